//! A site of somebody else, whose pages want the inspector to do something.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The site, until this is dropped.
pub(super) struct Elsewhere {
    pub(super) address: SocketAddr,
    server: JoinHandle<()>,
}

impl Elsewhere {
    /// Serves a page that has the store of `target` cleared, or tries to, in each way that a browser offers.
    pub(super) async fn serve(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = PAGE.replace(
            "TARGET",
            &format!("http://{target}/cache/api/actions/clear"),
        );
        let site = Router::new().route("/", get(move || async move { Html(page) }));
        let server = tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });
        Self { address, server }
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The title says what became of the requests that scripts can make: sent without a look at the answer, and not sent.
const PAGE: &str = r#"<!doctype html>
<title>trying</title>
<form method="post" action="TARGET" enctype="text/plain"><input name="{}"><button>Win a prize</button></form>
<script>
const send = (more) => fetch("TARGET", { method: "POST", credentials: "include", body: "{}", ...more })
  .then(() => "sent", () => "refused");
Promise.all([
  send({ mode: "no-cors", headers: { "content-type": "text/plain" } }),
  send({ headers: { "content-type": "application/json", "x-cubbyhole-token": "1.00" } }),
]).then((results) => { document.title = results.join(", "); });
</script>"#;
