//! What a tier says of itself, and calls that are given up half way.

use std::task::{Context, Waker};

use cubbyhole_core::{TierState, TierValue};

use super::{HOME, at, tagged, user, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::Seat;

pub async fn status_says_that_it_is_connected(trial: &Trial) {
    let [node] = trial.nodes().await;
    let before = node.tier.status();
    assert_eq!(before.state, TierState::Connected);
    let seat = node.open(HOME);
    seat.put("k", value("v")).await;
    assert!(seat.has("k").await);
    let after = node.tier.status();
    assert!(after.calls > before.calls, "{after:?}");
    assert_eq!((after.queued, after.failures, after.disconnects), (0, 0, 0));
}

pub async fn debug_names_no_user(trial: &Trial) {
    const ID: &str = "ada-whose-id-is-a-secret";
    let [node] = trial.nodes().await;
    let place = at("api", "balance", user(ID));
    let seat = node.open(place);
    seat.put("k", value("v")).await;
    let lease = seat.take_lease("k").await;
    let (tier, answer) = (&node.tier, seat.ask("k").await);
    let shown = format!("{tier:?} {:?} {answer:?} {place:?}", tier.status());
    assert!(!shown.contains(ID), "{shown}");
    drop(lease);
}

/// Dropped after no poll or one, a read has changed nothing, and what it may have leased runs out.
pub async fn read_that_is_given_up_changes_nothing(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    for polls in 0..3 {
        give_up(here.cell.get("k"), polls);
        give_up(here.cell.get_or_lease("k"), polls);
        assert_eq!(there.get("k").await, Some(value("v")));
    }
    assert!(
        there.try_lease("k").await.is_some(),
        "whoever found a value has no lease"
    );
    give_up(here.cell.get_or_lease("none"), 1);
    give_up(here.cell.try_lease("none"), 1);
    give_up(here.cell.take_lease("none"), 1);
    run_out(trial, &there, "none").await;
}

/// Dropped after no poll or one, the value is there or not there, never half, and the lease runs out.
pub async fn publish_that_is_given_up_is_done_or_not_done(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for (polls, key) in ["none", "one", "two"].into_iter().enumerate() {
        let (lease, given) = (here.lease(key).await, tagged(&["red", "blue"]));
        give_up(lease.publish(given.clone()), polls);
        run_out(trial, &there, key).await;
        let found = there.get(key).await;
        assert!(found.is_none() || found.map(sorted) == Some(sorted(given)));
        there.put(key, value("v")).await;
        assert_eq!(here.get(key).await, Some(value("v")));
    }
}

fn sorted(mut value: TierValue) -> TierValue {
    value.tags.sort();
    value
}

/// Polls a future so often, and drops it.
fn give_up<T>(future: impl Future<Output = T>, polls: usize) {
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if future.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
}

/// Waits until a lease can be had, for as long as leases last.
async fn run_out(trial: &Trial, seat: &Seat, key: &str) {
    let part = trial.fleet.lease_time() / 20;
    for _ in 0..30 {
        if seat.try_lease(key).await.is_some() {
            return;
        }
        trial.pass(part).await;
    }
    assert!(
        seat.try_lease(key).await.is_some(),
        "a lease has not run out"
    );
}
