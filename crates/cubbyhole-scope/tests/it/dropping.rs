//! What is dropped with a future sees the scope of that future.

use std::future::{pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};

use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt, ScopeId};

use crate::support::{current, nobody, poll_once, session, user};

/// Sends the context that it is dropped in.
struct OnDrop(Sender<ScopeContext>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(current());
    }
}

fn on_drop() -> (OnDrop, Receiver<ScopeContext>) {
    let (sender, seen) = channel();
    (OnDrop(sender), seen)
}

/// Never ends, and holds a guard on the way.
async fn hold(guard: OnDrop) {
    let _guard = guard;
    pending::<()>().await;
}

#[test]
fn guard_in_a_cancelled_future_sees_its_scope() {
    let (guard, seen) = on_drop();
    let mut future = Box::pin(hold(guard).in_scope(user("ada").session("s1")));
    assert!(poll_once(future.as_mut()).is_pending());

    user("bob").enter(|| drop(future));
    assert_eq!(seen.recv(), Ok(user("ada").session("s1")));
    assert_eq!(current(), nobody());
}

#[test]
fn guard_in_a_cancelled_future_sees_what_was_inherited() {
    let (guard, seen) = on_drop();
    let mut future = Box::pin(hold(guard).in_scope(session("s1")));
    user("ada").enter(|| assert!(poll_once(future.as_mut()).is_pending()));

    drop(future);
    assert_eq!(seen.recv(), Ok(user("ada").session("s1")));
}

#[test]
fn guard_in_a_future_never_polled_sees_what_was_named_and_no_more() {
    let (guard, seen) = on_drop();
    let future = hold(guard).in_scope(session("s1"));
    user("bob").session("s2").enter(|| drop(future));
    assert_eq!(seen.recv(), Ok(session("s1")));
}

#[test]
fn guard_dropped_while_the_context_is_read_sees_its_scope() {
    let (guard, seen) = on_drop();
    let future = hold(guard).in_scope(user("ada"));
    user("bob").enter(|| {
        ScopeContext::with_current(|_| drop(future));
        assert_eq!(current(), user("bob"));
    });
    assert_eq!(seen.recv(), Ok(user("ada")));
}

#[test]
fn nested_guards_each_see_their_own_scope() {
    let (inner, seen_inside) = on_drop();
    let (outer, seen_outside) = on_drop();
    let work = async {
        let _outer = outer;
        hold(inner).in_scope(user("bob")).await;
    };
    let mut future = Box::pin(work.in_scope(user("ada").session("s1")));
    assert!(poll_once(future.as_mut()).is_pending());

    drop(future);
    assert_eq!(seen_inside.recv(), Ok(user("bob").session("s1")));
    assert_eq!(seen_outside.recv(), Ok(user("ada").session("s1")));
}

#[tokio::test]
async fn guard_in_an_aborted_task_sees_its_scope() {
    let (guard, seen) = on_drop();
    let task = tokio::spawn(hold(guard).in_scope(user("ada")));
    tokio::task::yield_now().await;

    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(seen.recv(), Ok(user("ada")));
    assert_eq!(current(), nobody());
}

#[tokio::test]
async fn guard_in_a_task_aborted_before_it_began_sees_its_scope() {
    let (guard, seen) = on_drop();
    let task = tokio::spawn(hold(guard).in_scope(user("ada")));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(seen.recv(), Ok(user("ada")));
}

#[test]
fn guard_in_a_task_that_dies_with_its_runtime_sees_its_scope() {
    let (guard, seen) = on_drop();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::spawn(hold(guard).in_scope(user("ada")));
        tokio::task::yield_now().await;
    });
    drop(runtime);
    assert_eq!(seen.recv(), Ok(user("ada")));
}

#[test]
fn guard_that_a_finished_future_still_holds_sees_its_scope() {
    /// Ends at once, and keeps its guard until it is dropped.
    struct Keeps {
        _guard: OnDrop,
    }
    impl Future for Keeps {
        type Output = ScopeContext;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<ScopeContext> {
            Poll::Ready(current())
        }
    }

    let (guard, seen) = on_drop();
    let mut future = Box::pin(Keeps { _guard: guard }.in_scope(user("ada")));
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(user("ada")));
    drop(future);
    assert_eq!(seen.recv(), Ok(user("ada")));
}

#[test]
fn guard_that_panics_leaves_the_outer_scope_in_place() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            assert_eq!(current(), nobody(), "dropped in a scope, as it should be");
        }
    }

    let mut future = Box::pin(
        async {
            let _guard = Panics;
            pending::<()>().await;
        }
        .in_scope(user("ada")),
    );
    assert!(poll_once(future.as_mut()).is_pending());
    user("bob").enter(|| {
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(future)));
        assert!(dropped.is_err());
        assert_eq!(current(), user("bob"));
    });
}

#[test]
fn memo_dropped_with_the_last_clone_of_its_id_sees_the_outer_scope() {
    let (guard, seen) = on_drop();
    let ada = ScopeId::from("ada");
    assert!(
        CacheScope::User(ada.clone())
            .memo()
            .unwrap()
            .set(1, Arc::new(guard))
    );
    let mut future = Box::pin(ready(()).in_scope(user(ada)));
    assert!(poll_once(future.as_mut()).is_ready());

    user("bob").enter(|| ScopeContext::with_current(|_| drop(future)));
    assert_eq!(seen.recv(), Ok(user("bob")));
}
