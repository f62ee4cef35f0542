//! What nodes are told: once, in order, where it belongs, and not of what they did themselves.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cubbyhole_core::{CellEvent, CellListener, SharedTier, StoreEvent, TierInvalidation};

use super::{COVERING, GLOBAL, HOME, TAGS, at, entry, of, session, tag, user, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::{Node, Seat, publish};

const SET: CellEvent<'_> = CellEvent::Set { key: "k" };
const DELETED: CellEvent<'_> = CellEvent::Deleted { key: "k" };
const MARKER: CellEvent<'_> = CellEvent::Set { key: "marker" };

pub async fn others_hear_of_each_change_once_and_in_order(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let (here, there) = (one.open(HOME), other.open(HOME));
    let mut expected = Vec::new();
    for round in 0..20 {
        let key = format!("k{}", round % 3);
        here.put(&key, value("v")).await;
        expected.push(format!("{:?}", CellEvent::Set { key: &key }));
        here.delete(&key).await;
        expected.push(format!("{:?}", CellEvent::Deleted { key: &key }));
        here.invalidate(TAGS[0]).await;
        expected.push(format!("{:?}", CellEvent::TagInvalidated { tag: "red" }));
        here.invalidate(COVERING[1]).await;
        expected.push(format!("{:?}", CellEvent::ScopeDropped));
        here.invalidate(COVERING[2]).await;
        expected.push(format!("{:?}", CellEvent::EpochBumped));
    }
    mark(&here).await;
    assert_eq!(trial.heard_before(&there, MARKER).await, expected);
}

pub async fn nobody_is_told_of_what_it_did_itself(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let (here, there) = (one.open(HOME), other.open(HOME));
    let beside = one.open(HOME);
    here.put("k", value("v")).await;
    here.delete("k").await;
    for what in COVERING.into_iter().chain(TAGS) {
        one.invalidate(what).await;
    }
    mark(&there).await;
    assert_eq!(trial.heard_before(&here, MARKER).await, [""; 0]);
    assert_eq!(trial.heard_before(&beside, MARKER).await, [""; 0]);
    assert_eq!(told_in_between(trial, &one, &other).await, [""; 0]);
}

pub async fn keys_are_told_as_they_are(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let long = "k".repeat(10_000);
    let keys = [
        "",
        " ",
        ":",
        "{a}",
        "a\0b",
        "\r\n",
        "*",
        "\u{e9}",
        "e\u{301}",
        "\u{1f980}",
        &long,
    ];
    for key in keys {
        here.put(key, value("v")).await;
        here.delete(key).await;
    }
    mark(&here).await;
    let told = |key| [CellEvent::Set { key }, CellEvent::Deleted { key }];
    let expected: Vec<_> = keys.into_iter().flat_map(told).collect();
    let expected: Vec<_> = expected.iter().map(|event| format!("{event:?}")).collect();
    assert!(trial.heard_before(&there, MARKER).await == expected);
}

pub async fn change_is_heard_in_its_own_cell_only(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let places = [
        HOME,
        of(user("bob")),
        of(session("ada")),
        of(GLOBAL),
        at("api", "other", HOME.scope),
        at("other", "balance", HOME.scope),
    ];
    let seats = places.map(|place| other.open(place));
    let home = one.open(HOME);
    home.put("k", value("v")).await;
    home.delete("k").await;
    for place in places {
        mark(&one.open(place)).await;
    }
    for (seat, number) in seats.iter().zip(0..) {
        let expected = if number == 0 {
            vec![SET, DELETED]
        } else {
            vec![]
        };
        let expected: Vec<_> = expected.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(
            trial.heard_before(seat, MARKER).await,
            expected,
            "place {number}"
        );
    }
}

pub async fn change_of_a_scope_is_heard_in_all_cells_of_it(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let inside = [HOME, at("other", "", HOME.scope)].map(|place| other.open(place));
    let scopes = [user("bob"), session("ada"), GLOBAL];
    let outside = scopes.map(|scope| other.open(of(scope)));
    for what in [COVERING[1], COVERING[2], TAGS[0]] {
        one.invalidate(what).await;
    }
    for place in [HOME, at("other", "", HOME.scope)]
        .into_iter()
        .chain(scopes.map(of))
    {
        mark(&one.open(place)).await;
    }
    let expected = [
        "ScopeDropped",
        "EpochBumped",
        r#"TagInvalidated { tag: "red" }"#,
    ];
    for seat in &inside {
        assert_eq!(trial.heard_before(seat, MARKER).await, expected);
    }
    for seat in &outside {
        assert_eq!(trial.heard_before(seat, MARKER).await, [""; 0]);
    }
    assert_eq!(told_in_between(trial, &other, &one).await, [""; 0]);
}

pub async fn store_hears_what_concerns_more_than_a_scope(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let seat = other.open(HOME);
    let strange = ["", "a:b", "{a}", "\0", "\n", "\u{e9}"];
    let mut expected = Vec::new();
    for text in strange {
        one.invalidate(entry(text, "uid")).await;
        one.invalidate(entry("kind", text)).await;
        one.invalidate(tag(None, text)).await;
        let (kind, uid, tag) = (text, text, text);
        expected.extend([
            format!("{:?}", StoreEvent::EntryCleared { kind, uid: "uid" }),
            format!("{:?}", StoreEvent::EntryCleared { kind: "kind", uid }),
            format!("{:?}", StoreEvent::TagInvalidated { tag }),
        ]);
    }
    one.invalidate(tag(None, "marker")).await;
    let marker = StoreEvent::TagInvalidated { tag: "marker" };
    assert_eq!(told(trial, &other, marker).await, expected);
    mark(&one.open(HOME)).await;
    assert_eq!(
        trial.heard_before(&seat, MARKER).await,
        [""; 0],
        "and no cell"
    );
}

pub async fn cell_that_is_closed_hears_nothing_more(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let (here, Seat { cell, ears, .. }) = (one.open(HOME), other.open(HOME));
    let open = other.open(HOME);
    here.put("k", value("v")).await;
    trial.heard_before(&open, SET).await;
    trial
        .eventually("both have heard", || !ears.heard().is_empty())
        .await;
    drop(cell);
    here.delete("k").await;
    mark(&here).await;
    trial.heard_before(&open, MARKER).await;
    assert_eq!(ears.heard(), [r#"Set { key: "k" }"#]);
}

pub async fn place_can_be_opened_more_than_once(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let here = one.open(HOME);
    let (first, second) = (other.open(HOME), other.open(HOME));
    first.put("k", value("v")).await;
    assert!(second.has("k").await, "it is one place");
    second.delete("k").await;
    assert!(!first.has("k").await);
    here.put("k", value("v")).await;
    for seat in [&first, &second] {
        trial.heard_before(seat, SET).await;
    }
    drop(first);
    mark(&here).await;
    assert_eq!(
        trial.heard_before(&second, MARKER).await,
        [r#"Set { key: "k" }"#]
    );
    let again = other.open(HOME);
    here.delete("k").await;
    assert_eq!(trial.heard_before(&again, DELETED).await, [""; 0]);
}

pub async fn listener_that_is_gone_is_not_missed(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let (here, there) = (one.open(HOME), other.open(HOME));
    let Seat { cell, ears, .. } = other.open(HOME);
    drop(ears);
    here.put("k", value("v")).await;
    mark(&here).await;
    assert_eq!(
        trial.heard_before(&there, MARKER).await,
        [r#"Set { key: "k" }"#]
    );
    let found = cell.get("k").await;
    assert!(matches!(found, Ok(Some(_))), "{found:?}");
}

/// A listener is called with no lock of the tier held: it may use the tier.
pub async fn listener_may_use_the_tier(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let here = one.open(HOME);
    let busy = Arc::new(Busy::default());
    let cell = other.open_with(HOME, &busy);
    busy.tier.set(Arc::clone(&other.tier)).ok();
    here.put("k", value("v")).await;
    trial
        .eventually("the listener is called", || busy.has_heard("k"))
        .await;
    let deletion = CellEvent::Deleted { key: "cascade" };
    trial.heard_before(&here, deletion).await;
    let lease = here.lease("cascade").await;
    assert!(publish(lease, value("v")).await);
    drop(cell);
}

/// Opens, closes and deletes while it hears.
#[derive(Default)]
struct Busy {
    tier: OnceLock<Arc<dyn SharedTier>>,
    heard: Mutex<Vec<String>>,
}

impl Busy {
    fn has_heard(&self, key: &str) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().any(|it| it == key)
    }
}

impl CellListener for Busy {
    fn hear(&self, event: CellEvent<'_>) {
        let (CellEvent::Set { key: "k" }, Some(tier)) = (event, self.tier.get()) else {
            return;
        };
        let nobody: std::sync::Weak<Self> = std::sync::Weak::new();
        let cell = tier.open(HOME, nobody);
        drop(cell.delete("cascade"));
        drop(tier.invalidate(TierInvalidation::Scope(user("bob"))));
        let _ = tier.status();
        drop(cell);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push("k".to_owned());
    }
}

async fn mark(seat: &Seat) {
    seat.put("marker", value("v")).await;
}

async fn told(trial: &Trial, node: &Node, event: StoreEvent<'_>) -> Vec<String> {
    trial.told_before(node, event).await
}

/// Returns what a store has been told, up to now.
async fn told_in_between(trial: &Trial, node: &Node, by: &Node) -> Vec<String> {
    by.invalidate(tag(None, "marker")).await;
    told(trial, node, StoreEvent::TagInvalidated { tag: "marker" }).await
}
