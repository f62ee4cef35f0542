//! Whose a request is: of the one it is from, and of nobody else.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore};
use cubbyhole_tower::{ScopeLayer, ScopeSource};
use http::{Request, Response};
use tokio::sync::Barrier;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{NotesDrop, Seen, by_account, entry, request, request_of, user, who};

async fn tell(_request: Request<String>) -> Result<Response<String>, Infallible> {
    tokio::task::yield_now().await;
    Ok(Response::new(who()))
}

async fn answer_to(layer: ScopeLayer, request: Request<String>) -> String {
    let response = layer
        .layer(service_fn(tell))
        .oneshot(request)
        .await
        .unwrap();
    let body = http_body_util::BodyExt::collect(response.into_body())
        .await
        .unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn request_runs_as_whom_it_is_from() {
    assert_eq!(answer_to(by_account(), request_of("ada")).await, "ada/-");
    assert_eq!(answer_to(by_account(), request()).await, "-/-");
}

#[tokio::test]
async fn nothing_is_inherited_from_the_caller() {
    let outer = user("eve").session("s9");
    let known = answer_to(by_account(), request_of("ada"))
        .in_scope(outer.clone())
        .await;
    assert_eq!(
        known, "ada/-",
        "the session is the caller's and not the request's"
    );
    let unknown = answer_to(by_account(), request()).in_scope(outer).await;
    assert_eq!(unknown, "-/-");
}

#[tokio::test]
async fn call_itself_is_in_the_scope_and_becoming_ready_is_nobodys() {
    struct Eager(Seen);
    impl Service<Request<String>> for Eager {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<String>, Infallible>>;
        fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0.note(format_args!("ready {}", who()));
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _request: Request<String>) -> Self::Future {
            self.0.note(format_args!("call {}", who()));
            std::future::ready(Ok(Response::default()))
        }
    }
    let seen = Seen::default();
    let service = by_account().layer(Eager(seen.clone()));
    service
        .oneshot(request_of("ada"))
        .in_scope(user("eve"))
        .await
        .unwrap();
    assert_eq!(seen.all(), ["ready -/-", "call ada/-"]);
}

#[tokio::test]
async fn inner_layer_replaces_the_outer_one_as_a_whole() {
    let by_session = || {
        ScopeLayer::from_extension(|session: &u32| ScopeContext::new().session(session.to_string()))
    };
    let nested = by_account().layer(by_session().layer(service_fn(tell)));
    let mut request = request_of("ada");
    request.extensions_mut().insert(7_u32);
    let response = nested.clone().oneshot(request).await.unwrap();
    assert_eq!(text(response).await, "-/7");
    let response = nested.oneshot(request_of("ada")).await.unwrap();
    assert_eq!(
        text(response).await,
        "-/-",
        "a layer that knows nobody fails closed"
    );
}

#[tokio::test]
async fn inner_layer_inherits_if_it_says_so() {
    let adding = ScopeLayer::from_fn(|_| Ok(ScopeContext::current().session("s1")));
    let nested = by_account().layer(adding.layer(service_fn(tell)));
    let response = nested.oneshot(request_of("ada")).await.unwrap();
    assert_eq!(text(response).await, "ada/s1");
}

async fn text<B: http_body::Body<Data = bytes::Bytes>>(response: Response<B>) -> String
where
    B::Error: std::fmt::Debug,
{
    let body = http_body_util::BodyExt::collect(response.into_body())
        .await
        .unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn two_users_interleaved_in_one_task_keep_apart() {
    let (store, entry) = (CacheStore::new(), entry(CacheType::User));
    let meet = Arc::new(Barrier::new(2));
    let handler = service_fn(move |_request: Request<String>| {
        let (store, entry, meet) = (store.clone(), entry.clone(), Arc::clone(&meet));
        async move {
            for round in 0..3 {
                meet.wait().await;
                store
                    .set(&entry, "mine", format!("{round} {}", who()))
                    .await?;
                meet.wait().await;
                assert_eq!(
                    store.get(&entry, "mine").await?.unwrap(),
                    format!("{round} {}", who())
                );
            }
            let computed =
                store.get_or_compute(&entry, "computed", || async { Ok::<_, Infallible>(who()) });
            Ok::<_, CacheError>(Response::new(computed.await?))
        }
    });
    let service = by_account().layer(handler);
    let (ada, bob) = tokio::join!(
        service.clone().oneshot(request_of("ada")),
        service.oneshot(request_of("bob"))
    );
    assert_eq!(text(ada.unwrap()).await, "ada/-");
    assert_eq!(text(bob.unwrap()).await, "bob/-");
}

#[tokio::test]
async fn panicking_handler_leaves_no_scope_behind() {
    let panicking = service_fn(|request: Request<String>| async move {
        tokio::task::yield_now().await;
        assert!(request.body().len() > 9, "{}", who());
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let service = by_account().layer(panicking);
    let mut future = Box::pin(service.oneshot(request_of("ada")));
    let mut context = Context::from_waker(Waker::noop());
    let polled = std::panic::catch_unwind(AssertUnwindSafe(|| {
        while future.as_mut().poll(&mut context).is_pending() {}
    }));
    assert_eq!(
        polled.unwrap_err().downcast_ref::<String>().unwrap(),
        "ada/-"
    );
    assert_eq!(who(), "-/-");
    drop(future);
    assert_eq!(who(), "-/-");
    assert_eq!(answer_to(by_account(), request_of("bob")).await, "bob/-");
}

#[tokio::test]
async fn what_a_cancelled_request_drops_sees_its_scope() {
    let seen = Seen::default();
    let handler = service_fn(|_request: Request<String>| {
        let guard = NotesDrop(seen.clone());
        async move {
            let _guard = guard;
            std::future::pending::<Result<Response<String>, Infallible>>().await
        }
    });
    let mut future = Box::pin(by_account().layer(handler).oneshot(request_of("ada")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    user("eve").enter(|| drop(future));
    assert_eq!(seen.all(), ["drop ada/-"]);
    assert_eq!(who(), "-/-");
}

#[tokio::test]
async fn request_that_is_never_polled_is_dropped_in_its_scope() {
    let seen = Seen::default();
    let handler = service_fn(|_request: Request<String>| {
        let guard = NotesDrop(seen.clone());
        async move {
            drop(guard);
            Ok::<_, Infallible>(Response::new(String::new()))
        }
    });
    drop(by_account().layer(handler).call(request_of("ada")));
    assert_eq!(seen.all(), ["drop ada/-"]);
}

#[tokio::test]
async fn plainly_spawned_work_is_nobodys_and_fails_closed() {
    let handler = service_fn(|_request: Request<String>| async {
        let plain = tokio::spawn(async { who() }).await.unwrap();
        let carried = cubbyhole_scope::scope::spawn(async { who() })
            .await
            .unwrap();
        Ok::<_, Infallible>(Response::new(format!("{plain} {carried}")))
    });
    let response = by_account()
        .layer(handler)
        .oneshot(request_of("ada"))
        .await
        .unwrap();
    assert_eq!(text(response).await, "-/- ada/-");
}

#[tokio::test]
async fn error_of_the_service_comes_through() {
    let failing =
        service_fn(|_request: Request<String>| async { Err::<Response<String>, _>(who()) });
    let error = by_account()
        .layer(failing)
        .oneshot(request_of("ada"))
        .await
        .unwrap_err();
    assert_eq!(error, "ada/-");
}

#[tokio::test]
async fn source_is_on_the_request_and_a_copy_of_ours_replaces_an_older_one() {
    let handler = service_fn(|request: Request<String>| async move {
        let source = request.extensions().get::<ScopeSource>().copied();
        Ok::<_, Infallible>(Response::new(format!("{source:?}")))
    });
    let nested = ScopeLayer::from_fn(|_| Ok(user("eve"))).layer(by_account().layer(handler));
    let response = nested.oneshot(request_of("ada")).await.unwrap();
    assert_eq!(text(response).await, "Some(Extension)");
}

#[test]
fn debug_shows_no_id() {
    let service = by_account().layer(());
    let shown = format!("{:?} {service:?}", by_account());
    assert!(shown.contains("Extension"), "{shown}");
    let future = ScopeLayer::from_fn(|_| Ok(user("ada")))
        .layer(service_fn(tell))
        .call(request());
    let shown = format!("{future:?}");
    assert!(!shown.contains("ada"), "{shown}");
}
