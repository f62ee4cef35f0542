//! Invalidations: what they cover, and from when on.

use cubbyhole_core::{CellEvent, TierAnswer, TierInvalidation};

use super::{
    BESIDE, COVERING, GLOBAL, HOME, TAGS, at, entry, of, session, tag, tagged, user, value,
};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::Seat;

pub async fn delete_holds_from_its_call(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    there.put("k", value("v")).await;
    assert!(here.has("k").await);
    let done = here.cell.delete("k");
    assert!(!here.has("k").await, "it was deleted, though not polled");
    assert!(!matches!(here.ask("k").await, TierAnswer::Found(_)));
    assert!(done.await.is_ok());
}

pub async fn invalidation_holds_from_its_call(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for what in COVERING.into_iter().chain(TAGS) {
        there.put("k", tagged(&["red"])).await;
        assert!(here.has("k").await);
        let done = here.node.tier.invalidate(what);
        assert!(!here.has("k").await, "{what:?}, though not polled");
        assert!(!matches!(here.ask("k").await, TierAnswer::Found(_)));
        assert!(done.await.is_ok());
    }
}

pub async fn invalidation_that_is_not_polled_reaches_the_others(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", value("v")).await;
    drop(there.cell.delete("k"));
    trial
        .heard_before(&here, CellEvent::Deleted { key: "k" })
        .await;
    assert!(!here.has("k").await);
    let events = [CellEvent::ScopeDropped, CellEvent::EpochBumped];
    for (what, event) in COVERING[1..].iter().zip(events) {
        here.put("k", value("v")).await;
        drop(there.node.tier.invalidate(*what));
        trial.heard_before(&here, event).await;
        assert!(!here.has("k").await, "{what:?}");
    }
}

pub async fn invalidation_of_the_whole_takes_every_key(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for what in COVERING {
        for key in ["", "a", "b"] {
            here.put(key, value("v")).await;
        }
        there.invalidate(what).await;
        for key in ["", "a", "b"] {
            assert!(
                !here.has(key).await && !there.has(key).await,
                "{what:?}: {key:?}"
            );
        }
    }
}

pub async fn clear_of_an_entry_takes_it_from_every_scope(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let scopes = [GLOBAL, user("ada"), user("bob"), session("ada")];
    let seats = scopes.map(|scope| one.open(of(scope)));
    fill(&seats).await;
    other.invalidate(entry("api", "balance")).await;
    assert_eq!(kept(&seats).await, [false; 4]);
}

pub async fn drop_of_a_scope_takes_every_entry_of_it(trial: &Trial) {
    takes_the_scope(trial, TierInvalidation::Scope(user("ada"))).await;
}

pub async fn bump_of_an_epoch_takes_every_entry_of_its_scope(trial: &Trial) {
    takes_the_scope(trial, TierInvalidation::Epoch(user("ada"))).await;
}

pub async fn tag_in_a_scope_takes_every_entry_of_it(trial: &Trial) {
    takes_the_scope(trial, tag(Some(user("ada")), "red")).await;
}

/// "user ada", "session ada" and "global" are three scopes.
async fn takes_the_scope(trial: &Trial, what: TierInvalidation<'_>) {
    let [one, other] = trial.nodes().await;
    let ids = [
        "ad", "adaa", "ada ", "Ada", "", "user", "global", "user:ada",
    ];
    let kept_scopes = ids
        .map(user)
        .into_iter()
        .chain([session("ada"), session(""), GLOBAL]);
    let inside = [of(user("ada")), at("other", "", user("ada"))].map(|place| one.open(place));
    let outside: Vec<_> = kept_scopes.map(|scope| one.open(of(scope))).collect();
    fill(&inside).await;
    fill(&outside).await;
    other.invalidate(what).await;
    assert_eq!(kept(&inside).await, [false; 2]);
    assert_eq!(kept(&outside).await, [true; 11]);
}

pub async fn tag_everywhere_takes_every_scope_and_entry(trial: &Trial) {
    let [one, other] = trial.nodes().await;
    let places = [
        HOME,
        of(GLOBAL),
        of(session("ada")),
        at("other", "", user("bob")),
    ];
    let seats = places.map(|place| one.open(place));
    fill(&seats).await;
    seats[0].put("untagged", value("v")).await;
    seats[0].put("other", tagged(&["blue", "", "re"])).await;
    other.invalidate(TAGS[1]).await;
    assert_eq!(kept(&seats).await, [false; 4]);
    assert!(seats[0].has("untagged").await && seats[0].has("other").await);
}

pub async fn each_tag_of_a_value_takes_it(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let tags = ["", "red", "a:b", "{a}", "\n", "\u{e9}"];
    for name in tags {
        for scope in [None, Some(HOME.scope)] {
            here.put("k", tagged(&tags)).await;
            there.invalidate(tag(scope, name)).await;
            assert!(!here.has("k").await, "{name:?}");
        }
    }
}

pub async fn invalidation_of_something_else_takes_nothing(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    here.put("k", tagged(&["red"])).await;
    there.delete("other").await;
    for what in BESIDE {
        there.invalidate(what).await;
        assert!(here.has("k").await && there.has("k").await, "{what:?}");
    }
}

pub async fn what_was_invalidated_can_be_brought_again(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    for what in COVERING.into_iter().chain(TAGS) {
        here.put("k", tagged(&["red"])).await;
        there.invalidate(what).await;
        here.put("k", tagged(&["red"])).await;
        assert!(here.has("k").await && there.has("k").await, "{what:?}");
    }
}

async fn fill(seats: &[Seat]) {
    for seat in seats {
        seat.put("k", tagged(&["red"])).await;
    }
}

async fn kept(seats: &[Seat]) -> Vec<bool> {
    let mut kept = Vec::new();
    for seat in seats {
        kept.push(seat.has("k").await);
    }
    kept
}
