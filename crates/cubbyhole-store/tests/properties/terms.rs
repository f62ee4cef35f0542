//! A store whose values have terms of their own, against a plain model, for any order of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cubbyhole_core::ManualClock;
use cubbyhole_policy::{CachePolicy, PolicyOptions};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded, MissReason};
use proptest::prelude::*;

/// What is done.
#[derive(Clone, Debug)]
enum Op {
    Set(u8, Said),
    Get(u8),
    Unpin(u8),
    Delete(u8),
    InvalidateTag(u8),
    Advance(u64),
    Clear,
    /// Exchanges the policy for another one of the same kind, or back.
    Exchange,
}

/// What is said about a value.
#[derive(Clone, Debug)]
struct Said {
    ttl: Option<u64>,
    pinned: bool,
    tags: Vec<u8>,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = 0..6_u8;
    let said = (
        prop::option::weighted(0.3, 1..30_u64),
        prop::bool::weighted(0.15),
        prop::collection::vec(0..3_u8, 0..3),
    );
    let said = said.prop_map(|(ttl, pinned, tags)| Said { ttl, pinned, tags });
    let op = prop_oneof![
        6 => (key.clone(), said).prop_map(|(key, said)| Op::Set(key, said)),
        6 => key.clone().prop_map(Op::Get),
        1 => key.clone().prop_map(Op::Unpin),
        2 => key.prop_map(Op::Delete),
        2 => (0..3_u8).prop_map(Op::InvalidateTag),
        3 => (1..15_u64).prop_map(Op::Advance),
        1 => Just(Op::Clear),
        1 => Just(Op::Exchange),
    ];
    prop::collection::vec(op, 1..60)
}

/// A value of the model.
#[derive(Clone, Debug)]
struct Held {
    value: u32,
    set_at: u64,
    used_at: u64,
    own_ttl: Option<u64>,
    pinned: bool,
    tags: BTreeSet<u8>,
    /// When it was read or set last, among all reads and sets.
    turn: u64,
}

/// How long values are kept.
#[derive(Clone, Copy, Debug)]
struct Kind {
    max_size: Option<usize>,
    ttl: Option<u64>,
    idle: Option<u64>,
}

struct Model {
    kind: Kind,
    held: BTreeMap<u8, Held>,
    now: u64,
    turn: u64,
}

impl Model {
    fn is_due(&self, held: &Held) -> bool {
        let ttl = held.own_ttl.or(self.kind.ttl);
        let old = ttl.is_some_and(|ttl| self.now >= held.set_at + ttl);
        let idle = self
            .kind
            .idle
            .is_some_and(|idle| self.now >= held.used_at + idle);
        !held.pinned && (old || idle)
    }

    fn tidy(&mut self) {
        let due: Vec<_> = self
            .held
            .iter()
            .filter(|(_, held)| self.is_due(held))
            .map(|(key, _)| *key)
            .collect();
        for key in due {
            self.held.remove(&key);
        }
    }

    fn shrink(&mut self) {
        let Some(max) = self.kind.max_size else {
            return;
        };
        while self.held.len() > max {
            let evictable = self.held.iter().filter(|(_, held)| !held.pinned);
            let Some(key) = evictable
                .min_by_key(|(_, held)| held.turn)
                .map(|(key, _)| *key)
            else {
                return;
            };
            self.held.remove(&key);
        }
    }

    fn get(&mut self, key: u8, unpin: bool) -> Option<u32> {
        self.turn += 1;
        let (turn, now) = (self.turn, self.now);
        let held = self.held.get_mut(&key)?;
        held.turn = turn;
        held.used_at = now;
        let value = held.value;
        if unpin {
            held.pinned = false;
            self.tidy();
            self.shrink();
        }
        Some(value)
    }
}

fn policy(kind: Kind) -> CachePolicy {
    let mut options = PolicyOptions::new();
    if let Some(idle) = kind.idle {
        options = options.with_time_to_idle(Duration::from_secs(idle));
    }
    let policy = match (kind.max_size, kind.ttl) {
        (Some(max_size), ttl) => {
            if let Some(ttl) = ttl {
                options = options.with_ttl(Duration::from_secs(ttl));
            }
            CachePolicy::lru(max_size).unwrap()
        }
        (None, Some(ttl)) => CachePolicy::ttl(Duration::from_secs(ttl)).unwrap(),
        (None, None) => CachePolicy::keep_all(),
    };
    policy.with_options(options).unwrap()
}

const KINDS: [Kind; 7] = [
    Kind {
        max_size: Some(3),
        ttl: None,
        idle: None,
    },
    Kind {
        max_size: Some(3),
        ttl: Some(20),
        idle: None,
    },
    Kind {
        max_size: Some(3),
        ttl: Some(20),
        idle: Some(10),
    },
    Kind {
        max_size: Some(30),
        ttl: None,
        idle: Some(10),
    },
    Kind {
        max_size: None,
        ttl: Some(20),
        idle: None,
    },
    Kind {
        max_size: None,
        ttl: Some(20),
        idle: Some(10),
    },
    Kind {
        max_size: None,
        ttl: None,
        idle: None,
    },
];

fn check(kind: Kind, ops: &[Op]) -> Result<(), TestCaseError> {
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = CachedRegistryEntry::<u32>::new("terms", policy(kind));
    store.register(&entry).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let caches = store.scope_store(&entry).unwrap();
    let other = kind
        .ttl
        .map(|ttl| Kind {
            ttl: Some(ttl + 7),
            ..kind
        })
        .unwrap_or(kind);
    let mut model = Model {
        kind,
        held: BTreeMap::new(),
        now: 0,
        turn: 0,
    };
    for (number, op) in (0..).zip(ops) {
        match op {
            Op::Set(key, said) => {
                let mut loaded = Loaded::new(number).with_tags(said.tags.iter().map(u8::to_string));
                if let Some(ttl) = said.ttl {
                    loaded = loaded.with_ttl(Duration::from_secs(ttl));
                }
                if said.pinned {
                    loaded = loaded.pinned();
                }
                let outcome = runtime
                    .block_on(store.set_loaded(&entry, &key.to_string(), loaded))
                    .unwrap();
                model.turn += 1;
                model.held.insert(
                    *key,
                    Held {
                        value: number,
                        set_at: model.now,
                        used_at: model.now,
                        own_ttl: said.ttl,
                        pinned: said.pinned,
                        tags: said.tags.iter().copied().collect(),
                        turn: model.turn,
                    },
                );
                model.shrink();
                prop_assert_eq!(outcome.is_kept(), model.held.contains_key(key));
            }
            Op::Get(key) => {
                let found = runtime
                    .block_on(store.get(&entry, &key.to_string()))
                    .unwrap();
                prop_assert_eq!(found, model.get(*key, false), "step {}", number);
            }
            Op::Unpin(key) => {
                let found = runtime
                    .block_on(store.get_unpin(&entry, &key.to_string()))
                    .unwrap();
                prop_assert_eq!(found, model.get(*key, true), "step {}", number);
            }
            Op::Delete(key) => {
                let found = runtime
                    .block_on(store.delete(&entry, &key.to_string()))
                    .unwrap();
                let pinned = model.held.get(key).is_some_and(|held| held.pinned);
                let removed = if pinned { None } else { model.held.remove(key) };
                prop_assert_eq!(found, removed.map(|held| held.value), "step {}", number);
            }
            Op::InvalidateTag(tag) => {
                store.invalidate_tag(&tag.to_string());
                model.held.retain(|_, held| !held.tags.contains(tag));
            }
            Op::Advance(seconds) => {
                clock.advance(Duration::from_secs(*seconds));
                model.now += seconds;
                model.tidy();
            }
            Op::Clear => {
                runtime.block_on(store.clear());
                model.held.clear();
            }
            Op::Exchange => {
                model.kind = if model.kind.ttl == kind.ttl {
                    other
                } else {
                    kind
                };
                store.set_policy(&entry, policy(model.kind)).unwrap();
                model.tidy();
            }
        }
        let mut values = caches.values().unwrap();
        values.sort_unstable();
        let mut expected: Vec<_> = model.held.values().map(|held| held.value).collect();
        expected.sort_unstable();
        prop_assert_eq!(values, expected, "step {}", number);
        prop_assert_eq!(caches.len().unwrap(), model.held.len());
        let stats = store.stats().entries[0].clone();
        prop_assert_eq!(stats.entries, model.held.len() as u64, "step {}", number);
        prop_assert_eq!(stats.misses_by_reason.total(), stats.misses);
        for key in 0..6_u8 {
            let why = store.why_missing(&entry, &key.to_string()).unwrap();
            prop_assert_eq!(why.is_none(), model.held.contains_key(&key));
            let timed = model.kind.ttl.is_some() || model.kind.idle.is_some();
            let said = ops
                .iter()
                .any(|op| matches!(op, Op::Set(_, said) if said.ttl.is_some()));
            prop_assert!(timed || said || why != Some(MissReason::Expired));
        }
    }
    runtime.block_on(store.clear());
    prop_assert_eq!(store.stats().entries[0].scopes, 0);
    Ok(())
}

proptest! {
    #[test]
    fn store_with_terms_agrees_with_its_model(kind in prop::sample::select(&KINDS), ops in ops()) {
        check(kind, &ops)?;
    }
}
