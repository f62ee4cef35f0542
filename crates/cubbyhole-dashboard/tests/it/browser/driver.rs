//! WebDriver, as far as these tests need it: commands to a driver that was started for them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::programs::Programs;
use super::window::Window;

/// A driver; every browser that it started ends with it.
pub(super) struct Driver {
    programs: Programs,
    process: Child,
    /// Kept open, so that it can go on talking.
    _talk: BufReader<ChildStdout>,
    pub(super) remote: Remote,
}

/// Where commands go.
#[derive(Clone)]
pub(super) struct Remote {
    address: SocketAddr,
    pool: Client<HttpConnector, Full<Bytes>>,
}

impl Driver {
    pub(super) fn start(programs: Programs) -> Self {
        let mut process = Command::new(&programs.driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(process.stdout.take().unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, read_port(&mut talk)));
        Self {
            programs,
            process,
            _talk: talk,
            remote: Remote {
                address,
                pool: Client::builder(TokioExecutor::new()).build_http(),
            },
        }
    }

    /// Opens a browser with a profile of its own, to look at a service.
    pub(super) async fn open(&self, service: SocketAddr) -> Window {
        let capabilities = json!({
            "browserName": "chrome",
            // Pages of the dashboard wait for what is under way; so do not wait for pages.
            "pageLoadStrategy": "none",
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "binary": self.programs.chromium, "args": FLAGS },
        });
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = self.remote.send(Method::POST, "/session", &body).await;
        let opened = opened.unwrap();
        Window::new(
            self.remote.clone(),
            opened["sessionId"].as_str().unwrap(),
            service,
        )
    }

    /// Tells the driver to end with all of its browsers, without a runtime: a test that failed may have none any more.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.remote.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = self.remote.address;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        stream.read(&mut [0]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            drop(self.process.kill());
        }
        drop(self.process.wait());
    }
}

/// Reads from what the driver says at first which port it listens on.
fn read_port(talk: &mut impl BufRead) -> u16 {
    let mut lines = talk.lines().map(Result::unwrap);
    let port = lines.find_map(|line| {
        let port = line.rsplit_once("started successfully on port ")?.1;
        port.trim_end_matches('.').parse().ok()
    });
    port.unwrap()
}

impl Remote {
    /// Sends a command; what went wrong is told as the driver tells it.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let text = if method == Method::POST {
            body.to_string()
        } else {
            String::new()
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json; charset=utf-8")
            .body(Full::new(Bytes::from(text)))
            .unwrap();
        let answer = async {
            let reply = self.pool.request(request).await.unwrap();
            let is_done = reply.status().is_success();
            let body = reply.into_body().collect().await.unwrap().to_bytes();
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let value = answer["value"].clone();
            if is_done {
                return Ok(value);
            }
            Err(format!("{path}: {}", value["message"]))
        };
        timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_late| panic!("no answer to {path} in {PATIENCE:?}"))
    }
}

/// No window, nothing in the background, and nobody out there to talk to. It looks at nothing but services of the tests
/// themselves, so that it needs no sandbox, which Chromium refuses to have as root.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
