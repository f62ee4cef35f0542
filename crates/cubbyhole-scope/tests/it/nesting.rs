//! What an inner scope inherits, and when that is settled.

use std::pin::pin;
use std::task::Poll;

use cubbyhole_scope::{ScopeContext, ScopeFutureExt, scope};

use crate::support::{current, nobody, poll_once, session, user, who, who_twice};

#[test]
fn nobody_asks_outside_of_every_scope() {
    assert_eq!(current(), nobody());
    assert_eq!(current().user_id(), None);
    assert_eq!(current().session_id(), None);
}

#[tokio::test]
async fn inner_scope_replaces_only_what_it_names() {
    let work = async {
        assert_eq!(
            who().in_scope(session("s2")).await,
            user("ada").session("s2")
        );
        assert_eq!(who().in_scope(user("bob")).await, user("bob").session("s1"));
        assert_eq!(
            who().in_scope(ScopeContext::new()).await,
            user("ada").session("s1")
        );
        assert_eq!(current(), user("ada").session("s1"));
    };
    work.in_scope(user("ada").session("s1")).await;
}

#[tokio::test]
async fn inner_scope_can_drop_an_identity() {
    let work = async {
        assert_eq!(who().in_scope(nobody().without_user()).await, session("s1"));
        assert_eq!(
            who().in_scope(nobody().without_session()).await,
            user("ada")
        );
        assert_eq!(who().in_scope(ScopeContext::anonymous()).await, nobody());
        assert_eq!(
            who()
                .in_scope(ScopeContext::new())
                .in_scope(ScopeContext::anonymous())
                .await,
            nobody()
        );
        assert_eq!(
            who().in_scope(ScopeContext::anonymous().user("bob")).await,
            user("bob")
        );
    };
    work.in_scope(user("ada").session("s1")).await;
}

#[tokio::test]
async fn last_word_of_the_builder_counts() {
    assert_eq!(user("ada").user("bob"), user("bob"));
    assert_eq!(user("ada").without_user(), nobody());
    assert_eq!(nobody().without_user().user("ada"), user("ada"));
    assert_eq!(session("s1").without_session().session("s2"), session("s2"));
}

#[tokio::test]
async fn layers_made_before_they_run_nest_in_any_order() {
    let both = user("ada").session("s1");
    assert_eq!(
        who().in_scope(session("s1")).in_scope(user("ada")).await,
        both
    );
    assert_eq!(
        who().in_scope(user("ada")).in_scope(session("s1")).await,
        both
    );
    assert_eq!(
        who()
            .in_scope(both.clone())
            .in_scope(user("bob").session("s2"))
            .await,
        both
    );
}

#[tokio::test]
async fn rest_is_inherited_where_first_polled_not_where_made() {
    let made_as_ada = user("ada").enter(|| who_twice().in_scope(session("s1")));
    assert_eq!(made_as_ada.await, [session("s1"), session("s1")]);

    let made_by_nobody = who_twice().in_scope(session("s1"));
    let seen = made_by_nobody.in_scope(user("ada")).await;
    assert_eq!(seen, [user("ada").session("s1"), user("ada").session("s1")]);
}

#[test]
fn first_poll_settles_who_is_asking() {
    let mut work = pin!(who_twice().in_scope(session("s1")));
    let first = user("ada").enter(|| poll_once(work.as_mut()));
    assert_eq!(first, Poll::Pending);

    let seen = user("bob").session("s2").enter(|| poll_once(work.as_mut()));
    let ada = user("ada").session("s1");
    assert_eq!(seen, Poll::Ready([ada.clone(), ada]));
}

#[test]
fn first_poll_by_nobody_settles_too() {
    let mut work = pin!(who_twice().in_scope(session("s1")));
    assert_eq!(poll_once(work.as_mut()), Poll::Pending);
    let seen = user("ada").enter(|| poll_once(work.as_mut()));
    assert_eq!(seen, Poll::Ready([session("s1"), session("s1")]));
}

#[tokio::test]
async fn plain_spawn_of_a_scoped_future_has_what_it_names_and_no_more() {
    let work = async {
        let plain = tokio::spawn(who().in_scope(session("s1"))).await.unwrap();
        let carried = scope::spawn(who().in_scope(session("s1"))).await.unwrap();
        (plain, carried)
    };
    let (plain, carried) = work.in_scope(user("ada")).await;
    assert_eq!(plain, session("s1"));
    assert_eq!(carried, user("ada").session("s1"));
}

#[tokio::test]
async fn in_current_scope_replaces_wholly() {
    let captured = user("ada").enter(|| who_twice().in_current_scope());
    let seen = captured.in_scope(user("bob").session("s2")).await;
    assert_eq!(seen, [user("ada"), user("ada")]);
}

#[tokio::test]
async fn in_current_scope_of_nobody_stays_nobody() {
    let captured = who().in_current_scope();
    assert_eq!(captured.in_scope(user("ada").session("s1")).await, nobody());
}

#[tokio::test]
async fn current_context_given_to_someone_else_stays_exact() {
    let captured = user("ada").enter(current);
    let work = async {
        assert_eq!(who().in_scope(captured.clone()).await, user("ada"));
        assert_eq!(captured.enter(current), user("ada"));
    };
    work.in_scope(user("bob").session("s2")).await;
}

#[test]
fn enter_merges_as_in_scope_does() {
    let seen = user("ada").enter(|| session("s1").enter(|| user("bob").enter(current)));
    assert_eq!(seen, user("bob").session("s1"));
}

#[tokio::test]
async fn enter_inside_of_a_future_and_a_future_made_inside_of_enter() {
    let work = async {
        assert_eq!(session("s1").enter(current), user("ada").session("s1"));
        let escaped = session("s1").enter(who);
        assert_eq!(escaped.await, user("ada"));
    };
    work.in_scope(user("ada")).await;
}

#[test]
fn scopes_may_be_entered_while_the_context_is_read() {
    user("ada").enter(|| {
        ScopeContext::with_current(|ada| {
            session("s1").enter(|| {
                assert_eq!(current(), user("ada").session("s1"));
                ScopeContext::with_current(|both| {
                    assert_eq!(user("bob").enter(current), user("bob").session("s1"));
                    assert_eq!(*both, user("ada").session("s1"));
                });
            });

            let mut polled = pin!(who_twice().in_scope(session("s2")));
            assert_eq!(poll_once(polled.as_mut()), Poll::Pending);
            let both = user("ada").session("s2");
            assert_eq!(poll_once(polled), Poll::Ready([both.clone(), both]));

            assert_eq!((ada, current()), (&user("ada"), user("ada")));
        });
    });
    assert_eq!(current(), nobody());
}

#[test]
fn future_may_begin_where_the_context_is_read_and_end_elsewhere() {
    let mut work = pin!(who_twice().in_scope(session("s1")));
    user("ada").enter(|| {
        ScopeContext::with_current(|_| assert_eq!(poll_once(work.as_mut()), Poll::Pending));
    });
    let both = user("ada").session("s1");
    assert_eq!(poll_once(work), Poll::Ready([both.clone(), both]));
}
