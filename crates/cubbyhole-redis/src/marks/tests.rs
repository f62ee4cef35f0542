//! What is invalidated is beaten, and in doubt everything is.

use std::sync::Arc;

use cubbyhole_core::{TierPlace, TierScope};
use cubbyhole_policy::CacheType;
use proptest::prelude::*;

use super::{Loaded, Marks};
use crate::place::{CellName, Names};
use crate::stored::Stamp;
use crate::thing::Thing;

const ERA: u64 = 1;

fn marks(most: usize) -> Marks {
    let mut marks = Marks::new(most);
    marks.load(Loaded {
        era: ERA,
        seq: 0,
        floor: 0,
        marks: vec![],
    });
    marks
}

fn cell(uid: &str, id: &str) -> CellName {
    let scope = TierScope {
        cache_type: CacheType::User,
        id,
    };
    let place = TierPlace {
        kind: "k",
        uid,
        scope,
    };
    Names::new("p", b"", false).cell(place)
}

const fn at(seq: u64) -> Stamp {
    Stamp { era: ERA, seq }
}

#[test]
fn each_thing_beats_what_it_covers_and_nothing_else() {
    let cell_of = cell("e", "u");
    let tags = ["t".into()];
    let covering = [
        Thing::Everything,
        Thing::Entry(Arc::clone(&cell_of.entry)),
        Thing::Scope(cell_of.scope),
        Thing::Tag("t".into()),
        Thing::ScopedTag(cell_of.scope, "t".into()),
    ];
    let other = cell("f", "v");
    let beside = [
        Thing::Entry(Arc::clone(&other.entry)),
        Thing::Scope(other.scope),
        Thing::Tag("x".into()),
        Thing::ScopedTag(other.scope, "t".into()),
    ];
    for (thing, covers) in covering
        .map(|it| (it, true))
        .into_iter()
        .chain(beside.map(|it| (it, false)))
    {
        let mut marks = marks(10);
        marks.hear(thing.clone(), 1);
        assert_eq!(marks.beat(at(0), &cell_of, &tags), covers, "{thing:?}");
        assert!(!marks.beat(at(1), &cell_of, &tags), "{thing:?}");
    }
}

#[test]
fn what_has_no_number_yet_beats_everything_that_it_covers() {
    let mut marks = marks(10);
    let thing = Thing::Tag("t".into());
    marks.pend(thing.clone());
    marks.pend(thing.clone());
    marks.unpend(&thing);
    assert!(marks.beat(at(u64::MAX), &cell("e", "u"), &["t".into()]));
    assert!(!marks.beat(at(0), &cell("e", "u"), &[]));
    marks.unpend(&thing);
    assert!(!marks.beat(at(0), &cell("e", "u"), &["t".into()]));
}

#[test]
fn values_of_another_era_are_beaten() {
    let other = Stamp { era: 2, seq: 100 };
    assert!(marks(10).beat(other, &cell("e", "u"), &[]));
}

#[test]
fn holes_are_known_until_they_are_filled() {
    let mut marks = marks(10);
    assert!(marks.hear(Thing::Tag("a".into()), 1));
    assert!(marks.hear(Thing::Tag("c".into()), 3));
    assert!(marks.heard_up_to(1) && !marks.heard_up_to(2));
    assert!(!marks.hear(Thing::Tag("c".into()), 3));
    assert!(marks.hear(Thing::Tag("b".into()), 2));
    assert!(marks.heard_up_to(3));
    assert!(!marks.hear(Thing::Tag("b".into()), 2));
}

proptest! {
    /// However little the table holds, it beats at least what a table without a bound beats.
    #[test]
    fn a_bounded_table_errs_to_the_safe_side(
        most in 1..4_usize, tags in prop::collection::vec("[a-f]", 1..20), seq in 0..20_u64, tag in "[a-f]",
    ) {
        let [mut small, mut large] = [marks(most), marks(1000)];
        for (tag, seq) in tags.iter().zip(1..) {
            small.hear(Thing::Tag(tag.as_str().into()), seq);
            large.hear(Thing::Tag(tag.as_str().into()), seq);
        }
        prop_assert!(small.seqs.len() <= most);
        prop_assert_eq!(small.seqs.len(), small.order.len());
        let cell = cell("e", "u");
        let tags = [tag.into()];
        if large.beat(at(seq), &cell, &tags) {
            prop_assert!(small.beat(at(seq), &cell, &tags));
        }
        let newest = at(u64::MAX);
        prop_assert!(!small.beat(newest, &cell, &tags));
    }
}
