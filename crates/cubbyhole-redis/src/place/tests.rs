//! Names do not meet, and hide what they are made of.

use cubbyhole_core::{TierPlace, TierScope};
use cubbyhole_policy::CacheType;
use proptest::prelude::*;

use super::{EntryName, Names};

type Parts = (String, String, CacheType, String, String);

fn parts() -> impl Strategy<Value = Parts> {
    // Few letters, and those that separate: so that lists of parts are often alike as text.
    let text = || "[ab/:%{}=#]{0,4}";
    let cache_type = prop::sample::select(CacheType::ALL.to_vec());
    (text(), text(), cache_type, text(), text())
}

fn place((kind, uid, cache_type, id, _): &Parts) -> TierPlace<'_> {
    let scope = TierScope {
        cache_type: *cache_type,
        id,
    };
    TierPlace { kind, uid, scope }
}

fn value_name(names: &Names, parts: &Parts) -> String {
    names.cell(place(parts)).key(&parts.4).value
}

proptest! {
    // Hashes are slow without optimization.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn different_places_have_different_names(one in parts(), other in parts()) {
        for clear in [false, true] {
            let names = Names::new("p", b"secret", clear);
            let [a, b] = [&one, &other].map(|parts| value_name(&names, parts));
            prop_assert_eq!(one == other, a == b);
        }
    }

    #[test]
    fn all_keys_of_a_cell_share_one_hash_tag(one in parts()) {
        for clear in [false, true] {
            let names = Names::new("p", b"secret", clear);
            let key = names.cell(place(&one)).key(&one.4);
            let tags = [&key.value, &key.lease, &key.index].map(|name| hash_tag(name).to_owned());
            prop_assert!(!tags[0].is_empty());
            prop_assert_eq!(&tags[0], &tags[1]);
            prop_assert_eq!(&tags[0], &tags[2]);
        }
    }

    #[test]
    fn members_of_the_set_of_entries_are_read_back(kind in ".{0,6}", uid in ".{0,6}") {
        let entry = EntryName::new(&kind, &uid);
        prop_assert_eq!(EntryName::of_member(&entry.member()), Some(entry));
    }
}

/// What Redis looks at: from the first brace to the next closing one.
fn hash_tag(name: &str) -> &str {
    let (_, after) = name.split_once('{').unwrap();
    after.split_once('}').unwrap().0
}

#[test]
fn ids_are_hidden_unless_asked_for() {
    let parts = |id: &str| {
        (
            "kind".to_owned(),
            "uid".to_owned(),
            CacheType::User,
            id.to_owned(),
            "key".to_owned(),
        )
    };
    let hidden = value_name(&Names::new("p", b"secret", false), &parts("alice"));
    assert!(!hidden.contains("alice"));
    let clear = value_name(&Names::new("p", b"secret", true), &parts("alice"));
    assert_eq!(clear, "p:{kind/uid/user/alice}:v=key");
}

#[test]
fn another_secret_or_prefix_is_another_name() {
    let parts = (
        "kind".to_owned(),
        "uid".to_owned(),
        CacheType::User,
        "alice".to_owned(),
        "key".to_owned(),
    );
    let digest =
        |prefix, secret: &[u8]| Names::new(prefix, secret, false).cell(place(&parts)).digest;
    assert_ne!(digest("p", b"one"), digest("p", b"other"));
    assert_ne!(digest("p", b"one"), digest("q", b"one"));
}

#[test]
fn long_keys_are_hashed_and_do_not_meet_short_ones() {
    let parts = (
        String::new(),
        String::new(),
        CacheType::Global,
        String::new(),
        String::new(),
    );
    let cell = Names::new("p", b"", false).cell(place(&parts));
    let long = "k".repeat(257);
    let name = cell.key(&long).member;
    assert_eq!(name.len(), 65);
    assert_ne!(cell.key(&name).member, name);
}

#[test]
fn malformed_members_are_no_entries() {
    for member in ["", "x", "9:a", ":a", "-1:a", "1:é"] {
        assert_eq!(EntryName::of_member(member), None, "{member}");
    }
}
