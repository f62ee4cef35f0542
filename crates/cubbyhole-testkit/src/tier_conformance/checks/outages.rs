//! Outages: a node that is cut off says so, and makes up for what it could not tell.

use cubbyhole_core::{CellEvent, StoreEvent, TierInvalidation, TierState};

use super::{COVERING, HOME, TAGS, tagged, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::{Node, Seat, once_more, publish};

/// The number of the node that is cut off: the one that was added second.
const THERE: usize = 1;

pub async fn node_that_is_cut_off_says_so(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    cut(trial, &there).await;
    assert!(there.cell.get("k").await.is_err());
    assert!(there.cell.get_or_lease("k").await.is_err());
    assert!(there.cell.try_lease("k").await.is_err());
    assert!(there.cell.take_lease("k").await.is_err());
    assert!(there.cell.delete("k").await.is_err());
    let status = there.node.tier.status();
    assert!(
        status.queued > 0 && status.disconnects > 0 && status.failures > 0,
        "{status:?}"
    );
    assert!(here.has("k").await, "the others go on");
}

pub async fn errors_name_no_user(trial: &Trial) {
    const ID: &str = "ada-whose-id-is-a-secret";
    let (_here, there) = trial.pair(super::of(super::user(ID))).await;
    let lease = there.lease("k").await;
    cut(trial, &there).await;
    let dropped = TierInvalidation::Scope(super::user(ID));
    let errors = [
        there.cell.get("k").await.err(),
        there.cell.get_or_lease("k").await.err(),
        there.cell.take_lease("k").await.err(),
        lease.publish(value("v")).await.err(),
        there.cell.delete("k").await.err(),
        there.node.tier.invalidate(dropped).await.err(),
    ];
    for error in errors.iter().flatten() {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(ID), "{shown}");
    }
}

pub async fn store_is_told_again_and_again_while_it_lasts(trial: &Trial) {
    let (_here, there) = trial.pair(HOME).await;
    trial.fleet.cut(THERE).await;
    for times in [1, 3] {
        let distrusted = || count(&there.node, "Distrusted") >= times;
        trial.eventually("it is distrusted", distrusted).await;
    }
    mend(trial, &there).await;
    let told = there.node.ears.heard();
    let last = told.iter().rposition(|event| event == "CaughtUp");
    let distrusted = told.iter().rposition(|event| event == "Distrusted");
    assert!(last > distrusted, "{told:?}");
}

pub async fn what_was_invalidated_meanwhile_is_found_by_nobody_afterwards(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let scopes = [
        HOME.scope,
        super::user("bob"),
        super::session("ada"),
        super::GLOBAL,
    ];
    let [first, second, third, fourth] =
        scopes.map(|scope| (one.open(super::of(scope)), other.open(super::of(scope))));
    let seats = [&first, &second, &third, &fourth];
    for (seat, _) in seats {
        seat.put("k", tagged(&["red"])).await;
        seat.put("kept", value("v")).await;
    }
    cut(trial, &first.1).await;
    drop(first.1.cell.delete("k"));
    drop(other.tier.invalidate(TierInvalidation::Scope(scopes[1])));
    drop(other.tier.invalidate(TierInvalidation::Epoch(scopes[2])));
    drop(other.tier.invalidate(TAGS[1]));
    assert!(first.0.has("k").await, "nobody could tell");
    mend(trial, &first.1).await;
    for ((seat, same), kept) in seats.into_iter().zip([true, false, false, true]) {
        assert!(!seat.has("k").await && !same.has("k").await);
        assert_eq!(
            (seat.has("kept").await, same.has("kept").await),
            (kept, kept)
        );
    }
    assert_eq!(other.tier.status().queued, 0);
}

pub async fn clear_of_an_entry_meanwhile_is_made_up_for(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    cut(trial, &there).await;
    assert!(there.node.tier.invalidate(COVERING[0]).await.is_err());
    mend(trial, &there).await;
    assert!(!here.has("k").await && !there.has("k").await);
    let (kind, uid) = (HOME.kind, HOME.uid);
    trial
        .told_before(&here.node, StoreEvent::EntryCleared { kind, uid })
        .await;
}

pub async fn node_is_not_given_what_it_invalidated_while_it_was_cut_off(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    cut(trial, &there).await;
    drop(there.cell.delete("k"));
    trial.fleet.mend(THERE).await;
    let answer = trial.soon("it answers again", async {
        loop {
            if let Ok(answer) = there.cell.get("k").await {
                return answer;
            }
            once_more().await;
        }
    });
    assert_eq!(answer.await, None, "its own deletion holds from its call");
}

pub async fn others_hear_of_what_was_invalidated_meanwhile(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    cut(trial, &there).await;
    drop(there.cell.delete("k"));
    drop(there.node.tier.invalidate(COVERING[2]));
    mend(trial, &there).await;
    let heard = trial.heard_before(&here, CellEvent::EpochBumped).await;
    assert_eq!(heard, [r#"Deleted { key: "k" }"#]);
}

pub async fn publish_after_what_was_invalidated_meanwhile_is_refused(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    cut(trial, &there).await;
    drop(there.cell.delete("k"));
    let lease = here.lease("k").await;
    mend(trial, &there).await;
    assert!(!publish(lease, value("stale")).await);
    assert!(!here.has("k").await);
}

pub async fn node_hears_again_when_it_is_back(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    cut(trial, &there).await;
    here.put("k", value("missed")).await;
    mend(trial, &there).await;
    assert_eq!(there.get("k").await, Some(value("missed")));
    here.delete("k").await;
    trial
        .heard_before(&there, CellEvent::Deleted { key: "k" })
        .await;
    there.put("k", value("v")).await;
    assert!(here.has("k").await);
}

pub async fn lease_of_a_node_that_is_cut_off_runs_out(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lost = there.lease("k").await;
    let waiting = here.wait("k").await;
    cut(trial, &there).await;
    trial.pass(trial.fleet.lease_time()).await;
    trial.soon("the wait ends with the lease", waiting).await;
    let lease = trial.soon("the lease has run out", async {
        loop {
            if let Some(lease) = here.try_lease("k").await {
                return lease;
            }
            once_more().await;
        }
    });
    assert!(publish(lease.await, value("v")).await);
    assert!(!lost.publish(value("stale")).await.unwrap_or_default());
    assert_eq!(here.get("k").await, Some(value("v")));
    mend(trial, &there).await;
    let found = there.get("k").await;
    assert!(
        found.is_none_or(|found| found == value("v")),
        "what was lost is not published"
    );
}

pub async fn wait_of_a_node_that_is_cut_off_ends(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let _lease = here.lease("k").await;
    let waiting = there.wait("k").await;
    cut(trial, &there).await;
    trial.pass(trial.fleet.lease_time()).await;
    trial
        .soon("the wait ends with the connection, or in time", waiting)
        .await;
}

/// Cuts a node off, and waits until it has found out.
async fn cut(trial: &Trial, seat: &Seat) {
    trial.fleet.cut(THERE).await;
    let is_away = || is(&seat.node, TierState::Away);
    trial.eventually("it says that it is away", is_away).await;
}

/// Mends a node, and waits until it has made up for what it missed.
async fn mend(trial: &Trial, seat: &Seat) {
    let before = count(&seat.node, "CaughtUp");
    trial.fleet.mend(THERE).await;
    let has_caught_up = || count(&seat.node, "CaughtUp") > before;
    trial.eventually("it has caught up", has_caught_up).await;
    let is_connected = || is(&seat.node, TierState::Connected);
    trial
        .eventually("it says that it is connected", is_connected)
        .await;
}

/// Returns how often the store of a node was told of an event.
fn count(node: &Node, event: &str) -> usize {
    let heard = node.ears.heard();
    heard.iter().filter(|it| *it == event).count()
}

fn is(node: &Node, state: TierState) -> bool {
    node.tier.status().state == state
}
