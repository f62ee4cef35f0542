//! Places: no two meet, whatever their names.

use cubbyhole_core::{CellEvent, TierInvalidation, TierPlace, TierScope};
use cubbyhole_policy::CacheType;
use proptest::array::uniform3;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::{GLOBAL, HOME, at, entry, of, session, user, value};
use crate::tier_conformance::Trial;
use crate::tier_conformance::trial::{Node, Seat};

/// Names that look like parts of a longer one, or like what a tier may write between two.
const HOSTILE: [&str; 22] = [
    "", "a", "a:", ":a", "a:b", ":", "::", "global", "user", "session", "user:ada", "{a}", "{",
    "}", "a\0", "\0", "\n", "a\r\nb", "*", "\u{e9}", "e\u{301}", "%3A",
];

pub async fn keys_are_told_apart_byte_for_byte(trial: &Trial) {
    let (here, there) = trial.pair(HOME).await;
    let long = "k".repeat(10_000);
    let longer = [&long[1..], &long].map(ToOwned::to_owned);
    let keys: Vec<_> = HOSTILE
        .iter()
        .copied()
        .chain(longer.iter().map(String::as_str))
        .collect();
    for (key, number) in keys.iter().zip(0..) {
        here.put(key, value([number])).await;
    }
    for (key, number) in keys.iter().zip(0..) {
        assert_eq!(there.get(key).await, Some(value([number])), "{key:.30?}");
        there.delete(key).await;
        assert!(!here.has(key).await, "{key:.30?}");
    }
}

pub async fn scopes_are_told_apart_by_type_and_id(trial: &Trial) {
    let long = "i".repeat(10_000);
    let ids = HOSTILE.into_iter().chain(["ada", &long[1..], &long]);
    let scopes: Vec<_> = ids
        .flat_map(|id| [user(id), session(id)])
        .chain([GLOBAL])
        .collect();
    let places: Vec<_> = scopes.iter().map(|scope| of(*scope)).collect();
    never_meet(trial, &places).await;
}

pub async fn entries_are_told_apart_by_kind_and_uid(trial: &Trial) {
    let long = "e".repeat(10_000);
    let names = HOSTILE.into_iter().chain([&long[1..], &long]);
    let swapped = names.flat_map(|name| [at(name, "x", HOME.scope), at("x", name, HOME.scope)]);
    let split = [
        ("a", "bc"),
        ("ab", "c"),
        ("abc", ""),
        ("", "abc"),
        ("a:b", "c"),
        ("a", "b:c"),
    ];
    let split = split
        .into_iter()
        .map(|(kind, uid)| at(kind, uid, HOME.scope));
    let places: Vec<_> = swapped.chain(split).collect();
    never_meet(trial, &places).await;
}

/// Each place has its own value under one key, and keeps it when the others lose theirs.
async fn never_meet(trial: &Trial, places: &[TierPlace<'_>]) {
    let [one, other] = trial.nodes().await;
    let seats: Vec<_> = places
        .iter()
        .map(|place| (one.open(*place), other.open(*place)))
        .collect();
    for ((seat, _), number) in seats.iter().zip(0_u8..) {
        seat.put("k", value([number])).await;
    }
    for ((seat, same), number) in seats.iter().zip(0_u8..) {
        assert_eq!(same.get("k").await, Some(value([number])), "place {number}");
        same.delete("k").await;
        assert!(!seat.has("k").await, "place {number}");
    }
    for ((seat, _), number) in seats.iter().zip(0_u8..) {
        let heard = trial
            .heard_before(seat, CellEvent::Deleted { key: "k" })
            .await;
        assert_eq!(heard, [""; 0], "place {number}");
        assert_eq!(seat.ears.heard().len(), 1, "place {number}");
    }
}

/// Compares random pairs of places whose names are one text, cut into parts in two ways.
pub async fn random_places_never_meet(trial: &Trial) {
    const PAIRS: usize = 100;
    let [one, other] = trial.nodes().await;
    for (left, right) in pairs().take(PAIRS) {
        let (here, there) = (one.open(left.place()), other.open(right.place()));
        stay_apart((&left, &here), (&right, &there), &other).await;
    }
}

/// Returns pairs of names that differ, the same ones in every run.
fn pairs() -> impl Iterator<Item = (Name, Name)> {
    let mut runner = TestRunner::deterministic();
    let text = vec(select(&["a", ":", "{", "}", "\0", "b"]), 1..6);
    let cuts = || (uniform3(0_usize..6), select(&CacheType::ALL));
    let strategy = (text, cuts(), cuts());
    let pairs = std::iter::repeat_with(move || strategy.new_tree(&mut runner));
    let pairs = pairs.filter_map(Result::ok).map(|tree| tree.current());
    let pairs = pairs.map(|(text, one, other)| (Name::cut(&text, one), Name::cut(&text, other)));
    pairs.filter(|(left, right)| left != right)
}

/// Whatever becomes of the one place, the other keeps what it has.
async fn stay_apart((left, here): (&Name, &Seat), (right, there): (&Name, &Seat), node: &Node) {
    here.put(&left.key, value("left")).await;
    assert!(!there.has(&right.key).await, "{left:?} is not {right:?}");
    there.put(&right.key, value("right")).await;
    there.delete(&right.key).await;
    if left.scope() != right.scope() {
        node.invalidate(TierInvalidation::Scope(right.scope()))
            .await;
    }
    if (&left.kind, &left.uid) != (&right.kind, &right.uid) {
        node.invalidate(entry(&right.kind, &right.uid)).await;
    }
    let found = here.get(&left.key).await;
    assert_eq!(found, Some(value("left")), "{left:?} is not {right:?}");
    here.delete(&left.key).await;
}

/// A place and a key, owned.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Name {
    kind: String,
    uid: String,
    cache_type: CacheType,
    id: String,
    key: String,
}

impl Name {
    fn cut(text: &[&str], (mut cuts, cache_type): ([usize; 3], CacheType)) -> Self {
        cuts.sort_unstable();
        let [kind, uid, id] = cuts.map(|at| at.min(text.len()));
        Self {
            kind: text[..kind].concat(),
            uid: text[kind..uid].concat(),
            cache_type,
            // The global scope has no id.
            id: match cache_type {
                CacheType::Global => String::new(),
                CacheType::Session | CacheType::User => text[uid..id].concat(),
            },
            key: text[id..].concat(),
        }
    }

    fn scope(&self) -> TierScope<'_> {
        let (cache_type, id) = (self.cache_type, self.id.as_str());
        TierScope { cache_type, id }
    }

    fn place(&self) -> TierPlace<'_> {
        at(&self.kind, &self.uid, self.scope())
    }
}
