//! Loads that are held.

use std::task::{Context, Poll, Waker};

use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};
use cubbyhole_testkit::HeldLoads;

fn poll<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> Poll<T> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn load_waits_until_it_is_let_go() {
    let loads = HeldLoads::new();
    let mut first = Box::pin(loads.hold("a", || async { 1 })());
    let mut second = Box::pin(loads.hold("a", || async { 2 })());
    assert_eq!(loads.begun("a"), 0, "a load begins with its first poll");
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    assert_eq!(
        (loads.begun("a"), loads.held(), loads.finished("a")),
        (2, 2, 0)
    );
    assert!(!loads.release("b"));
    assert!(loads.release("a"));
    assert!(poll(&mut second).is_pending(), "the first one goes first");
    assert_eq!(poll(&mut first), Poll::Ready(1));
    assert_eq!((loads.held(), loads.finished("a")), (1, 1));
    loads.release_all();
    assert_eq!(poll(&mut second), Poll::Ready(2));
    let mut third = Box::pin(loads.hold("a", || async { 3 })());
    assert_eq!(poll(&mut third), Poll::Ready(3), "nothing is held any more");
}

#[test]
fn load_is_remembered_with_its_scope() {
    let loads = HeldLoads::new();
    loads.release_all();
    let (ada, bob) = (
        ScopeContext::new().user("ada"),
        ScopeContext::new().user("bob"),
    );
    for context in [&ada, &ada, &bob] {
        let load = loads.hold("a", || async {})();
        cubbyhole_testkit::block_on(load.in_scope(context.clone()));
    }
    assert_eq!(
        (loads.begun_for("a", &ada), loads.begun_for("a", &bob)),
        (2, 1)
    );
    assert_eq!(loads.begun_for("b", &ada), 0);
}

#[test]
fn load_is_found_by_one_part_of_its_scope() {
    let loads = HeldLoads::new();
    loads.release_all();
    let context = ScopeContext::new().user("ada").session("s1");
    cubbyhole_testkit::block_on(loads.load("a", async {}).in_scope(context.clone()));
    let begun = |scope: &CacheScope| loads.begun_in("a", scope);
    assert_eq!(begun(&CacheScope::user("ada")), 1);
    assert_eq!(begun(&CacheScope::session("s1")), 1);
    assert_eq!(begun(&CacheScope::Global), 1);
    assert_eq!(begun(&CacheScope::user("s1")), 0);
    assert_eq!(begun(&CacheScope::session("ada")), 0);
    assert_eq!(loads.begun_in("b", &CacheScope::user("ada")), 0);
    assert_eq!(loads.begun_for("a", &ScopeContext::new().user("ada")), 0);
    assert_eq!(loads.begun_for("a", &context), 1);
}

#[test]
fn loads_are_listed_without_ids() {
    let loads = HeldLoads::new();
    let context = ScopeContext::new().user("ada");
    let mut load = Box::pin(loads.load("balance", async {}).in_scope(context));
    assert!(poll(&mut load).is_pending());
    let listed = format!("{loads:?}");
    assert!(listed.contains("\"balance\" Held"), "{listed}");
    assert!(!listed.contains("ada"), "{listed}");
}

#[test]
fn load_that_is_given_up_is_told_from_one_that_finished() {
    let loads = HeldLoads::new();
    let mut load = Box::pin(loads.hold("a", || async {})());
    assert!(poll(&mut load).is_pending());
    drop(load);
    drop(loads.hold("a", || async {})());
    assert_eq!(
        (loads.cancelled("a"), loads.finished("a"), loads.held()),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn who_waits_for_loads_is_woken_by_them() {
    let loads = HeldLoads::new();
    let watching = {
        let loads = loads.clone();
        tokio::spawn(async move { loads.until_held(2).await })
    };
    let tasks = [1, 2].map(|value| tokio::spawn(loads.hold("a", move || async move { value })()));
    watching.await.unwrap();
    loads.release_all();
    for (task, value) in tasks.into_iter().zip([1, 2]) {
        assert_eq!(task.await.unwrap(), value);
    }
}
