//! Whose value it is, for any ids and in any order.

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{CacheScope, ScopeContext};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use hashbrown::HashMap;
use proptest::prelude::*;

use crate::support::{by_session, by_user, keep_all, now, user};

/// Ids of every kind: any text, and those that other caches stumble over.
fn id() -> impl Strategy<Value = String> {
    const ODD: &[&str] = &[
        "", "global", "user", "session", "a", "a:b", "a/b", "a_b", "\0", "a\0", "None", " a",
    ];
    prop_oneof![".{0,8}", prop::sample::select(ODD).prop_map(str::to_owned)]
}

/// A context with any user and any session.
fn context() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    (prop::option::of(id()), prop::option::of(id()))
}

fn enter<R>((user, session): &(Option<String>, Option<String>), f: impl FnOnce() -> R) -> R {
    let context = user
        .iter()
        .fold(ScopeContext::anonymous(), ScopeContext::user);
    session.iter().fold(context, ScopeContext::session).enter(f)
}

#[derive(Clone, Debug)]
enum Step {
    Set(u8, u8, bool),
    Delete(u8, u8),
    DropScope(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, key) = (0..4_u8, 0..3_u8);
    prop_oneof![
        4 => (who.clone(), key.clone(), any::<bool>()).prop_map(|(who, key, pin)| Step::Set(who, key, pin)),
        1 => (who.clone(), key).prop_map(|(who, key)| Step::Delete(who, key)),
        1 => who.prop_map(Step::DropScope),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn d12_a_value_is_seen_in_its_own_scope_and_in_no_other(writer in context(), reader in context()) {
        let store = CacheStore::new();
        for cache_type in [CacheType::Global, CacheType::Session, CacheType::User] {
            let entry = CachedRegistryEntry::<u32>::new(cache_type.as_str(), keep_all().with_cache_type(cache_type));
            let of = |(user, session): &(Option<String>, Option<String>)| match cache_type {
                CacheType::User => user.clone().map(Some),
                CacheType::Session => session.clone().map(Some),
                CacheType::Global => Some(None),
            };
            let written = enter(&writer, || now(store.set(&entry, "k", 1)));
            prop_assert_eq!(written.is_ok(), of(&writer).is_some());
            let read = enter(&reader, || now(store.get(&entry, "k")));
            prop_assert_eq!(read.is_ok(), of(&reader).is_some());
            if let Ok(read) = read {
                let same = of(&writer) == of(&reader);
                prop_assert_eq!(read, same.then_some(1));
            }
        }
    }

    #[test]
    fn d12_no_two_scopes_are_confused(ids in prop::collection::hash_set(id(), 1..12)) {
        let store = CacheStore::new();
        let users = CachedRegistryEntry::<String>::new("e", by_user(keep_all()));
        let sessions = CachedRegistryEntry::<String>::new("s", by_session(keep_all()));
        for id in &ids {
            user(id).session(id).enter(|| {
                now(store.set(&users, "k", format!("user {id}"))).unwrap();
                now(store.set(&sessions, "k", format!("session {id}"))).unwrap();
            });
        }
        for id in &ids {
            let (as_user, as_session) = user(id).session(id).enter(|| {
                (now(store.get(&users, "k")).unwrap(), now(store.get(&sessions, "k")).unwrap())
            });
            prop_assert_eq!(as_user, Some(format!("user {id}")));
            prop_assert_eq!(as_session, Some(format!("session {id}")));
        }
        prop_assert_eq!(store.stats().entries[0].scopes, ids.len() as u64);
    }

    #[test]
    fn c4_the_end_of_one_scope_leaves_the_others_intact(steps in prop::collection::vec(step(), 1..60)) {
        let store = CacheStore::new();
        let entries = ["1", "2"].map(|uid| CachedRegistryEntry::<u32>::new(uid, by_user(keep_all())));
        let mut model = HashMap::new();
        for (value, step) in (0..).zip(&steps) {
            match *step {
                Step::Set(who, key, pin) => user(&who.to_string()).enter(|| {
                    for entry in &entries {
                        let key = key.to_string();
                        if pin {
                            now(store.set_pinned(entry, &key, value)).unwrap();
                        } else {
                            now(store.set(entry, &key, value)).unwrap();
                        }
                    }
                    model.insert((who, key), (value, pin));
                }),
                Step::Delete(who, key) => user(&who.to_string()).enter(|| {
                    for entry in &entries {
                        now(store.delete(entry, &key.to_string())).unwrap();
                    }
                    if model.get(&(who, key)).is_some_and(|(_, pin)| !pin) {
                        model.remove(&(who, key));
                    }
                }),
                Step::DropScope(who) => {
                    now(store.drop_scope(&CacheScope::user(who.to_string())));
                    model.retain(|(of, _), _| *of != who);
                }
            }
            for (who, key) in (0..4).flat_map(|who| (0..3).map(move |key| (who, key))) {
                for entry in &entries {
                    let found = user(&who.to_string()).enter(|| now(store.get(entry, &key.to_string())));
                    prop_assert_eq!(found.unwrap(), model.get(&(who, key)).map(|(value, _)| *value));
                }
            }
            for stats in store.stats().entries {
                prop_assert_eq!(stats.entries, model.len() as u64);
            }
        }
        // The pins are where they were: what is pinned refuses to be deleted.
        for ((who, key), (_, pin)) in model {
            let deleted = user(&who.to_string()).enter(|| now(store.delete(&entries[0], &key.to_string())));
            prop_assert_eq!(deleted.unwrap().is_none(), pin);
        }
    }
}
