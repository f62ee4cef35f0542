//! Leases: one at a time, lost to whoever takes them, given back when they are dropped.

use cubbyhole_core::TierAnswer;

use super::{BREATH, HOME, at, of, session, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::{Seat, join, once_more, publish};

pub async fn lease_excludes_all_others(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    for seat in [&here, &there] {
        assert!(matches!(seat.ask("k").await, TierAnswer::Busy(_)));
        assert!(seat.try_lease("k").await.is_none());
        assert!(!seat.has("k").await);
    }
    assert!(publish(lease, value("v")).await);
    assert!(matches!(there.ask("k").await, TierAnswer::Found(_)));
}

pub async fn many_who_ask_at_once_give_one_owner(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let ask = |number: usize| {
        let seat = [&here, &there][number % 2];
        seat.ask("k")
    };
    let answers = join((0..32).map(ask)).await;
    let leased = |answer: &&TierAnswer| matches!(answer, TierAnswer::Leased(_));
    let found = |answer: &TierAnswer| matches!(answer, TierAnswer::Found(_));
    assert_eq!(answers.iter().filter(leased).count(), 1);
    assert!(!answers.iter().any(found));
}

pub async fn lease_of_one_key_is_no_lease_of_another(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let home = one.open(HOME);
    let _lease = home.lease("k").await;
    let places = [
        at("api", "other", HOME.scope),
        at("other", "balance", HOME.scope),
        of(session("ada")),
    ];
    assert!(other.open(HOME).try_lease("other").await.is_some());
    for place in places {
        let seat = other.open(place);
        assert!(seat.try_lease("k").await.is_some(), "{place:?}");
    }
}

pub async fn lease_is_given_although_there_is_a_value(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("old")).await;
    let lease = here.try_lease("k").await;
    assert!(lease.is_some() && there.try_lease("k").await.is_none());
    assert!(matches!(there.ask("k").await, TierAnswer::Found(_)));
    assert_eq!(there.get("k").await, Some(value("old")));
    if let Some(lease) = lease {
        assert!(publish(lease, value("new")).await);
    }
    assert_eq!(there.get("k").await, Some(value("new")));
}

pub async fn taken_lease_beats_the_one_before(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for taker in [&there, &here] {
        let slow = here.lease("k").await;
        let taken = taker.take_lease("k").await;
        assert!(!publish(slow, value("computed")).await, "it was lost");
        assert!(!there.has("k").await, "nothing is stored");
        assert!(publish(taken, value("set")).await);
        assert_eq!(here.get("k").await, Some(value("set")));
        here.delete("k").await;
    }
}

pub async fn lease_that_comes_late_does_not_replace(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let slow = here.lease("k").await;
    there.put("k", value("set")).await;
    assert!(!publish(slow, value("computed")).await);
    assert_eq!(here.get("k").await, Some(value("set")));
}

pub async fn publish_gives_the_lease_back(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    assert!(there.try_lease("k").await.is_some());
}

pub async fn dropped_lease_is_given_back(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    drop(here.lease("k").await);
    obtain(trial, &there).await;
    assert!(!there.has("k").await);
}

pub async fn failed_lease_is_given_back(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.lease("k").await.fail("no luck").await;
    obtain(trial, &there).await;
    assert!(!there.has("k").await);
}

/// Waits until a lease can be had.
async fn obtain(trial: &Trial, seat: &Seat) {
    trial
        .soon("the lease is given back", async {
            while seat.try_lease("k").await.is_none() {
                once_more().await;
            }
        })
        .await;
}

pub async fn lost_lease_that_ends_takes_nothing_away(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let (first, second) = (here.lease("k").await, here.take_lease("k").await);
    let third = there.take_lease("k").await;
    drop(first);
    second.fail("no luck").await;
    trial.pass(BREATH).await;
    assert!(here.try_lease("k").await.is_none());
    assert!(there.try_lease("k").await.is_none());
    assert!(publish(third, value("v")).await);
}

pub async fn lease_is_kept_while_it_is_held(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    let half = trial.fleet.lease_time() / 2;
    for _ in 0..3 {
        trial.pass(half).await;
        assert!(there.try_lease("k").await.is_none());
    }
    assert!(publish(lease, value("v")).await);
}
