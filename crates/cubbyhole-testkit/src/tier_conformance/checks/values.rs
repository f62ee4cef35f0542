//! Values: what one node publishes, another finds, as it was.

use std::time::Duration;

use cubbyhole_core::{TierAnswer, TierValue};

use super::{HOME, tagged, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::publish;

pub async fn key_that_was_not_published_is_not_found(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    assert!(!here.has("k").await);
    there.put("k", value("v")).await;
    for key in ["", "K", "k ", "kk", "k\0"] {
        assert!(!here.has(key).await, "{key:?} is not \"k\"");
    }
}

pub async fn what_one_node_publishes_another_finds(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    assert_eq!(there.get("k").await, Some(value("v")));
    assert_eq!(here.get("k").await, Some(value("v")));
    assert!(matches!(there.ask("k").await, TierAnswer::Found(found) if found == value("v")));
}

pub async fn publishing_again_replaces_the_value(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let mut first = tagged(&["red"]);
    first.is_negative = true;
    first.lifetime = Some(Duration::from_secs(60));
    here.put("k", first).await;
    there.put("k", value("second")).await;
    let found = here.get("k").await;
    assert!(found.is_some(), "a value that was replaced is there");
    let found = found.unwrap_or_default();
    assert_eq!(found.bytes, b"second");
    assert!(found.tags.is_empty() && !found.is_negative, "{found:?}");
    here.invalidate(super::tag(None, "red")).await;
    assert!(
        there.has("k").await,
        "the tags of the old value are gone with it"
    );
}

pub async fn deleted_value_is_found_by_no_node(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for (one, other) in [(&here, &there), (&there, &here)] {
        one.put("k", value("v")).await;
        one.put("kept", value("v")).await;
        other.delete("k").await;
        assert!(!one.has("k").await && !other.has("k").await);
        assert!(one.has("kept").await && other.has("kept").await);
        other.delete("k").await;
    }
}

pub async fn bytes_come_back_as_they_were(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let all: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
    let bytes: [&[u8]; 6] = [b"", b"\0", b"\r\n", b"-1", &all, &large];
    for bytes in bytes {
        here.put("k", value(bytes)).await;
        let found = there.get("k").await.map(|found| found.bytes);
        let size = bytes.len();
        assert!(found.as_deref() == Some(bytes), "{size} bytes have changed");
    }
}

pub async fn tags_and_the_negative_flag_come_back(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let long = "t".repeat(10_000);
    let tags = [
        "", "red", "a b", "a,b", "a:b", "{a}", "\0", "\n", "\u{e9}", &long,
    ];
    for number in 0..=tags.len() {
        for is_negative in [false, true] {
            let mut given = tagged(&tags[..number]);
            given.is_negative = is_negative;
            here.put("k", given.clone()).await;
            let found = there.get("k").await.map(sorted);
            assert!(found == Some(sorted(given)), "{number} tags have changed");
        }
    }
}

/// Tags are a set: their order is nobody's business.
fn sorted(mut value: TierValue) -> TierValue {
    value.tags.sort();
    value
}

pub async fn lifetime_comes_back_without_the_time_that_has_passed(trial: &Trial) {
    const MINUTE: Duration = Duration::from_secs(60);
    const TOLERANCE: Duration = Duration::from_secs(5);
    let (here, there) = trial.pair(HOME).await;
    here.put("k", lasting(MINUTE)).await;
    trial.pass(Duration::from_millis(100)).await;
    let left = there.get("k").await.and_then(|found| found.lifetime);
    assert!(
        left.is_some_and(|left| left < MINUTE),
        "{left:?} of {MINUTE:?}"
    );
    let enough = left.is_some_and(|left| left >= MINUTE - TOLERANCE);
    assert!(enough, "{left:?} of {MINUTE:?}");
}

pub async fn value_leaves_when_its_lifetime_is_over(trial: &Trial) {
    const LIFETIME: Duration = Duration::from_millis(500);
    let (here, there) = trial.pair(HOME).await;
    here.put("short", lasting(LIFETIME)).await;
    here.put("long", lasting(LIFETIME * 100)).await;
    here.put("endless", value("v")).await;
    trial.pass(LIFETIME + Duration::from_millis(1)).await;
    assert!(!there.has("short").await && !here.has("short").await);
    assert!(there.has("long").await && there.has("endless").await);
    assert!(
        publish(there.lease("short").await, value("v")).await,
        "it can be brought again"
    );
}

/// Lifetimes that a tier may round to nothing, or count over the end of its numbers.
pub async fn lifetimes_of_any_length_are_kept_to(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let short = [0, 1, 999_999, 1_000_001].map(Duration::from_nanos);
    for lifetime in short {
        here.put("k", lasting(lifetime)).await;
        trial.pass(Duration::from_millis(5)).await;
        assert!(!there.has("k").await, "{lifetime:?} is over");
    }
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    for lifetime in [year, year * 1000, Duration::MAX] {
        here.put("k", lasting(lifetime)).await;
        let found = there.get("k").await;
        assert!(found.is_some(), "{lifetime:?} is not over");
        let left = found.and_then(|found| found.lifetime);
        assert!(left.is_none_or(|left| left <= lifetime), "{left:?}");
    }
}

fn lasting(lifetime: Duration) -> TierValue {
    let mut value = value("v");
    value.lifetime = Some(lifetime);
    value
}
