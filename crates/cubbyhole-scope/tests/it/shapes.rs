//! What the compiler would not mention if it changed.

use std::future::{Ready, ready};
use std::hash::Hash;

use cubbyhole_scope::{
    CacheScope, InScope, MissingScope, ScopeContext, ScopeFutureExt, ScopeId, ScopeMemo, scope,
};

fn send_and_sync<T: Send + Sync + 'static>() {}
fn key<T: Clone + Eq + Hash + Send + Sync + 'static>() {}
fn error<T: std::error::Error + Send + Sync + 'static>() {}
fn send<T: Send + 'static>(_: &T) {}

#[test]
fn all_is_send_sync_and_static() {
    key::<ScopeId>();
    key::<CacheScope>();
    send_and_sync::<ScopeContext>();
    send_and_sync::<ScopeMemo>();
    send_and_sync::<InScope<Ready<()>>>();
    error::<MissingScope>();
}

#[tokio::test]
async fn scoped_futures_are_send_when_the_inner_one_is() {
    send(&async {}.in_scope(ScopeContext::new()));
    send(&async {}.in_current_scope());
    send(&scope::spawn(async {}));
}

#[tokio::test]
async fn futures_that_are_not_send_have_scopes_too() {
    let local = std::rc::Rc::new(ScopeContext::current);
    let work = async { (*local)() };
    let ada = ScopeContext::new().user("ada");
    assert_eq!(work.in_scope(ada.clone()).await, ada);
}

#[tokio::test]
async fn scoped_future_of_an_unpin_one_is_unpin() {
    fn unpin<T: Unpin>(_: &T) {}
    let mut scoped = ready(1).in_scope(ScopeContext::new());
    unpin(&scoped);
    assert_eq!((&mut scoped).await, 1);
}

#[test]
fn sizes_stay_small() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<ScopeId>(), word);
    assert_eq!(size_of::<Option<ScopeId>>(), word);
    assert_eq!(size_of::<CacheScope>(), 2 * word);
    assert_eq!(size_of::<ScopeContext>(), 4 * word);

    let large = async {
        let buffer = [0_u8; 1024];
        tokio::task::yield_now().await;
        buffer.len()
    };
    let alone = size_of_val(&large);
    let scoped = size_of_val(&large.in_scope(ScopeContext::new()));
    assert!(
        scoped <= alone + 6 * word,
        "{scoped} for a future of {alone} bytes"
    );
}

#[test]
fn clones_share_their_memo() {
    let scope = CacheScope::user("ada");
    let context = ScopeContext::new().user(scope.id().unwrap().clone());
    let resolved = context.resolve(scope.cache_type()).unwrap();
    assert!(resolved.memo().unwrap().set(1, std::sync::Arc::new(())));
    assert!(scope.memo().unwrap().get(1).is_some());
    assert!(CacheScope::user("ada").memo().unwrap().get(1).is_none());
}
