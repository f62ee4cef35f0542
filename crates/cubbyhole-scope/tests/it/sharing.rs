//! Many futures in one task, each in its own scope.

use std::pin::Pin;

use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use proptest::prelude::*;
use tokio::task::yield_now;

use crate::support::{current, nobody, poll_once, session, user, who, who_twice};

#[tokio::test]
async fn join_keeps_the_scope() {
    let work = async { tokio::join!(who_twice(), who_twice(), who()) };
    let (a, b, c) = work.in_scope(user("ada")).await;
    assert!(
        [a, b]
            .iter()
            .flatten()
            .chain([&c])
            .all(|seen| *seen == user("ada"))
    );
}

#[tokio::test]
async fn select_keeps_the_scope_in_branches_and_handlers() {
    let work = async {
        tokio::select! {
            biased;
            () = std::future::pending::<()>().in_scope(user("bob")) => unreachable!("it is pending"),
            seen = who_twice() => (seen, current()),
        }
    };
    let (branch, handler) = work.in_scope(user("ada")).await;
    assert_eq!((branch, handler), ([user("ada"), user("ada")], user("ada")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn block_in_place_keeps_the_scope() {
    let work = async {
        tokio::task::block_in_place(|| {
            let inside = current();
            let blocked_on = tokio::runtime::Handle::current().block_on(who_twice());
            (inside, blocked_on)
        })
    };
    let (inside, blocked_on) = work.in_scope(user("ada")).await;
    assert_eq!(
        (inside, blocked_on),
        (user("ada"), [user("ada"), user("ada")])
    );

    let spawned = async { tokio::task::block_in_place(current) };
    assert_eq!(
        tokio::spawn(spawned.in_scope(user("ada"))).await.unwrap(),
        user("ada")
    );
}

#[tokio::test]
async fn siblings_polled_in_turn_never_see_each_other() {
    let watch = |expected: ScopeContext| async move {
        for _ in 0..20 {
            assert_eq!(current(), expected);
            yield_now().await;
        }
    };
    let outer = user("ada").session("s1");
    let work = async {
        tokio::join!(
            watch(user("bob").session("s1")).in_scope(user("bob")),
            watch(user("ada").session("s2")).in_scope(session("s2")),
            watch(nobody()).in_scope(ScopeContext::anonymous()),
            watch(user("ada").session("s1")),
        );
    };
    work.in_scope(outer).await;
}

/// A user or none, and a session or none.
type Identity = (Option<u8>, Option<u8>);

fn exactly((user, session): Identity) -> ScopeContext {
    let mut context = ScopeContext::anonymous();
    if let Some(id) = user {
        context = context.user(id.to_string());
    }
    if let Some(id) = session {
        context = context.session(id.to_string());
    }
    context
}

/// Enters one scope in the other, for ever, and looks who is there at each step.
async fn wander(outer: Identity, inner: Identity) {
    loop {
        assert_eq!(current(), exactly(outer));
        yield_now().await;
        let inside = async {
            assert_eq!(current(), exactly(inner));
            yield_now().await;
            assert_eq!(current(), exactly(inner));
        };
        inside.in_scope(exactly(inner)).await;
    }
}

fn identity() -> impl Strategy<Value = Identity> {
    (proptest::option::of(0..3_u8), proptest::option::of(0..3_u8))
}

proptest! {
    #[test]
    fn any_interleaving_of_siblings_keeps_them_apart(
        siblings in prop::collection::vec((identity(), identity()), 1..6),
        schedule in prop::collection::vec((any::<prop::sample::Index>(), identity()), 0..60),
    ) {
        let mut futures: Vec<Pin<Box<dyn Future<Output = ()>>>> = siblings
            .into_iter()
            .map(|(outer, inner)| {
                Box::pin(wander(outer, inner).in_scope(exactly(outer))) as Pin<Box<_>>
            })
            .collect();
        for (turn, poller) in schedule {
            let future = turn.get_mut(&mut futures);
            exactly(poller).enter(|| {
                assert!(poll_once(future.as_mut()).is_pending());
                assert_eq!(current(), exactly(poller));
            });
        }
        prop_assert_eq!(current(), nobody());
    }

    #[test]
    fn inner_scope_is_the_outer_one_except_for_what_it_names(
        outer in identity(),
        inner in identity(),
        drops in any::<(bool, bool)>(),
    ) {
        let mut context = ScopeContext::new();
        let mut expected = outer;
        match (inner.0, drops.0) {
            (Some(id), _) => { context = context.user(id.to_string()); expected.0 = Some(id); }
            (None, true) => { context = context.without_user(); expected.0 = None; }
            (None, false) => {}
        }
        match (inner.1, drops.1) {
            (Some(id), _) => { context = context.session(id.to_string()); expected.1 = Some(id); }
            (None, true) => { context = context.without_session(); expected.1 = None; }
            (None, false) => {}
        }
        let seen = exactly(outer).enter(|| context.enter(current));
        prop_assert_eq!(seen, exactly(expected));
    }
}
