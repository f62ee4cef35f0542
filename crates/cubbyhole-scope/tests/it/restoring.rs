//! However a scope ends, the one before it is there again.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use tokio::task::yield_now;

use crate::support::{current, nobody, poll_once, session, user, who};

#[tokio::test]
async fn c2_nested_scopes_restore_on_exit_panic_and_cancel() {
    let work = async {
        let outer = user("ada").session("s1");

        // Exit, at once and after a suspension.
        who().in_scope(user("bob")).await;
        assert_eq!(current(), outer);
        let suspended = async {
            yield_now().await;
            yield_now().in_scope(session("s2")).await;
            assert_eq!(current(), user("bob").session("s1"));
        };
        suspended.in_scope(user("bob")).await;
        assert_eq!(current(), outer);

        // Panic, two scopes deep, in a future and in a closure.
        let panics = async { panic!("two scopes deep") };
        let mut panics = pin!(panics.in_scope(session("s2")).in_scope(user("bob")));
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(panics.as_mut()))).is_err());
        assert_eq!(current(), outer);
        let panics = || user("bob").enter(|| session("s2").enter(|| panic!("two scopes deep")));
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(current(), outer);

        // Cancel, of a future suspended two scopes deep.
        let never = pending::<()>()
            .in_scope(session("s2"))
            .in_scope(user("bob"));
        tokio::select! {
            biased;
            () = never => unreachable!("it is pending"),
            () = yield_now() => {}
        }
        assert_eq!(current(), outer);
    };
    work.in_scope(user("ada").session("s1")).await;
    assert_eq!(current(), nobody());
}

#[test]
fn suspended_future_leaves_nothing_behind() {
    let mut never = pin!(pending::<()>().in_scope(user("ada")));
    assert!(poll_once(never.as_mut()).is_pending());
    assert_eq!(current(), nobody());
}

#[test]
fn panic_in_a_reader_leaves_the_scope_as_it_is() {
    user("ada").enter(|| {
        let panics = || ScopeContext::with_current(|_| panic!("while reading"));
        assert!(catch_unwind(panics).is_err());
        assert_eq!(current(), user("ada"));
        assert_eq!(user("bob").enter(current), user("bob"));
    });
    assert_eq!(current(), nobody());
}

#[test]
fn panic_in_a_scope_entered_by_a_reader_restores() {
    user("ada").enter(|| {
        ScopeContext::with_current(|ada| {
            let panics = || user("bob").enter(|| panic!("entered while reading"));
            assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            assert_eq!((ada, current()), (&user("ada"), user("ada")));
        });
    });
}

#[test]
fn worker_thread_that_caught_a_panic_serves_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let panics = async { panic!("in ada's scope") };
        let ended = tokio::spawn(panics.in_scope(user("ada"))).await;
        assert!(ended.unwrap_err().is_panic());
        assert_eq!(tokio::spawn(who()).await.unwrap(), nobody());
    });
}

#[test]
fn scope_works_in_the_destructor_of_a_thread_local() {
    use std::cell::RefCell;
    use std::sync::mpsc::{Sender, channel};

    struct OnExit(Sender<ScopeContext>);
    impl Drop for OnExit {
        fn drop(&mut self) {
            let _ = self.0.send(current());
            let _ = self.0.send(user("ada").enter(current));
            drop(who().in_scope(user("ada")));
        }
    }
    thread_local! {
        static ON_EXIT: RefCell<Option<OnExit>> = const { RefCell::new(None) };
    }

    let (sender, seen) = channel();
    let thread = std::thread::spawn(|| {
        ON_EXIT.set(Some(OnExit(sender)));
        user("bob").enter(current)
    });
    assert_eq!(thread.join().unwrap(), user("bob"));
    assert_eq!(seen.iter().collect::<Vec<_>>(), [nobody(), user("ada")]);
}
