//! tonic: a call and a stream, served through the layer.

use std::convert::Infallible;

use bytes::{Buf, BufMut, Bytes};
use cubbyhole_policy::CacheType;
use cubbyhole_scope::ScopeContext;
use cubbyhole_store::CacheStore;
use cubbyhole_tower::{ScopeLayer, StoreLayer};
use http_body_util::{BodyExt, Full};
use tokio_stream::{Stream, StreamExt};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::{Request, Response, Status};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{entry, who};

/// Messages are texts.
#[derive(Default)]
struct Texts;

impl Codec for Texts {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Texts {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Texts {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = from.copy_to_bytes(from.remaining()).to_vec();
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

/// By metadata that the test, as the proxy, sets.
fn by_metadata() -> ScopeLayer {
    let name = http::HeaderName::from_static("x-user");
    ScopeLayer::from_header_i_trust(name, |id| ScopeContext::new().user(id))
}

/// Length-prefixed, as gRPC has it.
fn message(text: &str) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    framed.extend(text.as_bytes());
    framed
}

fn call(user: Option<&str>) -> http::Request<Full<Bytes>> {
    let request = http::Request::post("/service/method").header("content-type", "application/grpc");
    let request = user
        .into_iter()
        .fold(request, |request, user| request.header("x-user", user));
    request.body(Full::from(message("hello"))).unwrap()
}

/// Counts for each user how often they called.
async fn count(request: Request<String>) -> Result<Response<String>, Status> {
    let store = request.extensions().get::<CacheStore>().cloned().unwrap();
    let entry = entry(CacheType::User);
    let failed = |error: cubbyhole_store::CacheError| Status::unauthenticated(error.to_string());
    let calls = store
        .get(&entry, "calls")
        .await
        .map_err(failed)?
        .unwrap_or_default()
        + "I";
    store
        .set(&entry, "calls", calls.clone())
        .await
        .map_err(failed)?;
    Ok(Response::new(calls))
}

async fn stream(
    _request: Request<String>,
) -> Result<Response<impl Stream<Item = Result<String, Status>>>, Status> {
    Ok(Response::new(tokio_stream::iter(0..2).map(|_| Ok(who()))))
}

#[tokio::test]
async fn call_runs_as_its_caller() {
    let rpc = service_fn(|request: http::Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Grpc::new(Texts).unary(service_fn(count), request).await)
    });
    let service = StoreLayer::new(CacheStore::new()).layer(by_metadata().layer(rpc));
    for (user, expected) in [("ada", "I"), ("bob", "I"), ("ada", "II"), ("bob", "II")] {
        let response = service.clone().oneshot(call(Some(user))).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, message(expected), "{user}");
    }
    let response = service.oneshot(call(None)).await.unwrap();
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
}

#[tokio::test]
async fn stream_is_produced_as_its_caller() {
    let rpc = service_fn(|request: http::Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(
            Grpc::new(Texts)
                .server_streaming(service_fn(stream), request)
                .await,
        )
    });
    let response = by_metadata()
        .layer(rpc)
        .oneshot(call(Some("ada")))
        .await
        .unwrap();
    assert_eq!(who(), "-/-");
    let collected = response.into_body().collect().await.unwrap();
    let status = Status::from_header_map(collected.trailers().unwrap()).unwrap();
    assert_eq!(status.code(), tonic::Code::Ok);
    assert_eq!(
        collected.to_bytes(),
        [message("ada/-"), message("ada/-")].concat()
    );
}
