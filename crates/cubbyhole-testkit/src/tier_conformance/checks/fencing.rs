//! An invalidation beats what began before it.

use cubbyhole_core::TierInvalidation;

use super::{BESIDE, COVERING, HOME, TAGS, tagged, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::publish;

pub async fn publish_after_delete_is_refused(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for deleter in [&there, &here] {
        let lease = here.lease("k").await;
        deleter.delete("k").await;
        assert!(!publish(lease, value("stale")).await);
        assert!(!here.has("k").await && !there.has("k").await);
    }
}

pub async fn publish_after_delete_is_refused_though_another_has_the_lease_now(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let slow = here.lease("k").await;
    there.delete("k").await;
    let quick = there.lease("k").await;
    assert!(!publish(slow, value("stale")).await);
    assert!(publish(quick, value("fresh")).await);
    assert_eq!(here.get("k").await, Some(value("fresh")));
}

pub async fn publish_after_clear_of_the_entry_is_refused(trial: &Trial) {
    is_refused_after(trial, &COVERING[0]).await;
}

pub async fn publish_after_drop_of_the_scope_is_refused(trial: &Trial) {
    is_refused_after(trial, &COVERING[1]).await;
}

pub async fn publish_after_bump_of_the_epoch_is_refused(trial: &Trial) {
    is_refused_after(trial, &COVERING[2]).await;
}

/// That a tag covers is known at publish only.
pub async fn publish_after_invalidation_of_a_tag_in_the_scope_is_refused(trial: &Trial) {
    is_refused_after(trial, &TAGS[0]).await;
}

pub async fn publish_after_invalidation_of_a_tag_everywhere_is_refused(trial: &Trial) {
    is_refused_after(trial, &TAGS[1]).await;
}

async fn is_refused_after(trial: &Trial, what: &TierInvalidation<'static>) {
    let (here, there) = trial.pair(HOME).await;
    for (invalidator, had_value) in [(&there, false), (&here, false), (&there, true)] {
        if had_value {
            here.put("k", value("old")).await;
        }
        let lease = here.take_lease("k").await;
        invalidator.invalidate(*what).await;
        let stored = publish(lease, tagged(&["blue", "red"])).await;
        assert!(!stored, "stored after {what:?}");
        let kept = had_value && TAGS.contains(what);
        assert_eq!(there.has("k").await, kept, "after {what:?}");
        here.delete("k").await;
    }
}

pub async fn invalidation_of_something_else_refuses_nothing(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    there.delete("other").await;
    assert!(publish(lease, value("v")).await, "another key was deleted");
    for what in BESIDE {
        let lease = here.take_lease("k").await;
        there.invalidate(what).await;
        assert!(publish(lease, tagged(&["red"])).await, "{what:?}");
    }
    let lease = here.take_lease("k").await;
    there.invalidate(TAGS[1]).await;
    assert!(
        publish(lease, tagged(&["blue"])).await,
        "it has another tag"
    );
}

pub async fn invalidation_before_the_lease_refuses_nothing(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for what in COVERING.iter().chain(&TAGS) {
        there.invalidate(*what).await;
        let lease = here.take_lease("k").await;
        assert!(publish(lease, tagged(&["red"])).await, "{what:?}");
    }
    there.delete("k").await;
    assert!(publish(here.lease("k").await, tagged(&["red"])).await);
}

pub async fn publish_that_is_refused_tells_nobody(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let lease = here.lease("k").await;
    here.delete("k").await;
    assert!(!publish(lease, value("stale")).await);
    here.put("marker", value("v")).await;
    let heard = trial
        .heard_before(&there, cubbyhole_core::CellEvent::Set { key: "marker" })
        .await;
    assert_eq!(heard, [r#"Deleted { key: "k" }"#]);
}
