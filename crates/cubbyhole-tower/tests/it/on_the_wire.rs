//! hyper: many people on one connection, and connections that are no longer HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use cubbyhole_policy::CacheType;
use cubbyhole_scope::{ScopeContext, scope};
use cubbyhole_store::{CacheError, CacheStore};
use cubbyhole_tower::{ScopeLayer, carry_scope};
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Barrier;
use tower::{Layer, service_fn};

use crate::support::{Seen, WatchedBody, entry, who};

/// The tests are the proxy here that the service trusts.
fn by_header() -> ScopeLayer {
    ScopeLayer::from_header_i_trust(HeaderName::from_static("x-user"), |id| {
        ScopeContext::new().user(id)
    })
}

fn request_of(name: &str) -> Request<Empty<Bytes>> {
    let request = Request::get("http://service/").header("x-user", name);
    request.body(Empty::new()).unwrap()
}

type Handled = Result<Response<Full<Bytes>>, CacheError>;

/// Three times, together with the other request: stores under one key, and finds its own value.
async fn meet(store: CacheStore, barrier: Arc<Barrier>) -> Handled {
    let entry = entry(CacheType::User);
    for _ in 0..3 {
        barrier.wait().await;
        store.set(&entry, "mine", who()).await?;
        barrier.wait().await;
        assert_eq!(store.get(&entry, "mine").await?, Some(who()));
    }
    Ok(Response::new(Full::from(who())))
}

#[tokio::test]
async fn two_users_interleaved_on_one_connection_keep_apart() {
    let (client, server) = duplex(1 << 16);
    let (store, barrier) = (CacheStore::new(), Arc::new(Barrier::new(2)));
    let handler =
        service_fn(move |_request: Request<Incoming>| meet(store.clone(), Arc::clone(&barrier)));
    let service = TowerToHyperService::new(by_header().layer(handler));
    let serve = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(server), service);
    tokio::spawn(serve);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client))
            .await
            .unwrap();
    tokio::spawn(connection);

    let (ada, bob) = (
        sender.send_request(request_of("ada")),
        sender.send_request(request_of("bob")),
    );
    let (ada, bob) = tokio::join!(ada, bob);
    assert_eq!(ada.unwrap().collect().await.unwrap().to_bytes(), "ada/-");
    assert_eq!(bob.unwrap().collect().await.unwrap().to_bytes(), "bob/-");
}

#[tokio::test]
async fn one_connection_reused_by_another_user_has_no_trace_of_the_first() {
    let (client, server) = duplex(1 << 16);
    let seen = Seen::default();
    let noted = seen.clone();
    let handler = service_fn(move |_request: Request<Incoming>| {
        let body = WatchedBody::new(2, &noted);
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    let service = TowerToHyperService::new(by_header().layer(handler));
    let serve =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
    tokio::spawn(serve);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client))
        .await
        .unwrap();
    tokio::spawn(connection);

    for (name, expected) in [
        ("ada", "ada/-;ada/-;"),
        ("", "-/-;-/-;"),
        ("bob", "bob/-;bob/-;"),
    ] {
        let response = sender.send_request(request_of(name)).await.unwrap();
        assert_eq!(response.collect().await.unwrap().to_bytes(), expected);
    }
    assert_eq!(seen.all(), ["drop ada/-", "drop -/-", "drop bob/-"]);
}

/// Sends `request` for an upgrade and returns what the connection then says, to its end.
async fn upgraded(mut client: DuplexStream, name: &str) -> String {
    let request = format!(
        "GET / HTTP/1.1\r\nhost: service\r\nx-user: {name}\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    rest.to_owned()
}

/// Serves one connection with `handler`, which answers with 101 and sees to the upgrade.
fn serve_upgrade<F>(server: DuplexStream, handler: F)
where
    F: Fn(Request<Incoming>) + Clone + Send + 'static,
{
    let handler = service_fn(move |request: Request<Incoming>| {
        handler(request);
        async {
            let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            response
                .header("connection", "upgrade")
                .header("upgrade", "chat")
                .body(Empty::<Bytes>::new())
        }
    });
    let service = TowerToHyperService::new(by_header().layer(handler));
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(server), service)
        .with_upgrades();
    tokio::spawn(connection);
}

async fn say_who(upgraded: Upgraded) {
    let mut io = TokioIo::new(upgraded);
    io.write_all(who().as_bytes()).await.unwrap();
    io.shutdown().await.unwrap();
}

#[tokio::test]
async fn upgraded_connection_spawned_with_the_scope_stays_in_it() {
    let (client, server) = duplex(1 << 16);
    serve_upgrade(server, |mut request| {
        let upgrade = hyper::upgrade::on(&mut request);
        scope::spawn(async { say_who(upgrade.await.unwrap()).await });
    });
    assert_eq!(upgraded(client, "ada").await, "ada/-");
}

#[tokio::test]
async fn callback_that_a_server_spawns_plainly_carries_the_scope() {
    let (client, server) = duplex(1 << 16);
    serve_upgrade(server, |mut request| {
        let upgrade = hyper::upgrade::on(&mut request);
        // As web sockets do it: the callback is called in a task that is nobody.
        let callback = carry_scope(say_who);
        tokio::spawn(async { callback(upgrade.await.unwrap()).await });
    });
    assert_eq!(upgraded(client, "ada").await, "ada/-");
}

#[tokio::test]
async fn upgraded_connection_spawned_plainly_is_nobodys() {
    let (client, server) = duplex(1 << 16);
    serve_upgrade(server, |mut request| {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async { say_who(upgrade.await.unwrap()).await });
    });
    assert_eq!(upgraded(client, "ada").await, "-/-");
}

#[tokio::test]
async fn response_that_the_client_abandons_is_dropped_in_the_scope() {
    let (client, server) = duplex(64);
    let seen = Seen::default();
    let noted = seen.clone();
    let handler = service_fn(move |_request: Request<Incoming>| {
        let body = WatchedBody::new(u32::MAX, &noted);
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    let service = TowerToHyperService::new(by_header().layer(handler));
    let serve =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
    let serving = tokio::spawn(serve);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let mut response = sender.send_request(request_of("ada")).await.unwrap();
    let first = response
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_data()
        .unwrap();
    assert!(first.starts_with(b"ada/-;"));
    drop((response, sender));
    connection.abort();
    assert!(serving.await.unwrap().is_err(), "the connection broke");
    assert_eq!(seen.all(), ["drop ada/-"]);
}
