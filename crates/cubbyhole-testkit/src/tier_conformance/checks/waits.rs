//! Waits for what another node brings.

use std::task::{Context, Poll, Waker};

use cubbyhole_core::{TierLanding, TierWait};

use super::{COVERING, HOME, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::publish;

const LANDS: &str = "who waits is woken";

pub async fn wait_ends_when_the_value_is_published(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let waits = [
        there.wait("k").await,
        there.wait("k").await,
        here.wait("k").await,
    ];
    assert!(publish(lease, value("v")).await);
    for wait in waits {
        assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
    }
    assert!(there.has("k").await);
}

pub async fn wait_that_is_polled_before_is_woken(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let mut wait = there.wait("k").await;
    assert!(is_pending(&mut wait), "nothing has happened");
    assert!(publish(lease, value("v")).await);
    assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
}

pub async fn wait_ends_with_the_message_of_a_failure(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let long = "no luck ".repeat(2_000);
    for message in ["no luck", "", "a:b {c}\r\n\0\u{e9}", &long] {
        let lease = here.lease("k").await;
        let waits = [there.wait("k").await, here.wait("k").await];
        lease.fail(message).await;
        for wait in waits {
            let landing = trial.soon(LANDS, wait).await;
            assert_eq!(landing, TierLanding::Failed(message.to_owned()));
        }
    }
}

pub async fn wait_ends_when_the_lease_is_dropped(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let waits = [there.wait("k").await, here.wait("k").await];
    drop(lease);
    for wait in waits {
        assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
    }
    drop(there.lease("k").await);
}

pub async fn wait_ends_when_the_key_is_invalidated(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let waits = [there.wait("k").await, here.wait("k").await];
    there.delete("k").await;
    for wait in waits {
        assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
    }
    drop(lease);
    for what in COVERING {
        let _lease = here.take_lease("k").await;
        let waits = [there.wait("k").await, here.wait("k").await];
        here.invalidate(what).await;
        for wait in waits {
            assert_eq!(
                trial.soon(LANDS, wait).await,
                TierLanding::AskAgain,
                "{what:?}"
            );
        }
    }
}

pub async fn wait_ends_when_another_sets_the_value(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let _slow = here.lease("k").await;
    let waits = [there.wait("k").await, here.wait("k").await];
    there.put("k", value("set")).await;
    for wait in waits {
        assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
    }
}

pub async fn wait_for_one_key_is_not_ended_by_another(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let (lease, other) = (here.lease("k").await, here.lease("other").await);
    let (mut wait, other_wait) = (there.wait("k").await, there.wait("other").await);
    other.fail("no luck").await;
    let landing = trial.soon(LANDS, other_wait).await;
    assert_eq!(landing, TierLanding::Failed("no luck".to_owned()));
    assert!(is_pending(&mut wait), "nothing has happened to this key");
    assert!(publish(lease, value("v")).await);
    assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
}

pub async fn wait_that_is_given_up_changes_nothing(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let (mut given_up, wait) = (there.wait("k").await, there.wait("k").await);
    assert!(is_pending(&mut given_up), "nothing has happened");
    drop(given_up);
    drop(there.wait("k").await);
    assert!(
        there.try_lease("k").await.is_none(),
        "the lease is where it was"
    );
    assert!(publish(lease, value("v")).await);
    assert_eq!(trial.soon(LANDS, wait).await, TierLanding::AskAgain);
}

fn is_pending(wait: &mut TierWait) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(wait.as_mut().poll(&mut context), Poll::Pending)
}
