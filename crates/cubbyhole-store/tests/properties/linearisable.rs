//! Short histories of real threads at one key, each with an order in which one might have done it all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};
use hashbrown::HashMap;
use tokio::runtime::Runtime;

use super::order::{Call, Record, has_order, joins_the_past};

const THREADS: u64 = 2;
const CALLS: u64 = 6;
const HISTORIES: u64 = if cfg!(debug_assertions) {
    3_000
} else {
    30_000
};

#[derive(Clone, Copy)]
enum Kind {
    Get,
    Set,
    Delete,
    Clear,
    DropScope,
    BumpEpoch,
    Compute,
    /// A `set` of a value with a tag.
    SetTagged,
    /// A computation that says at its end that its value has a tag.
    LoadTagged,
    InvalidateTag,
}

/// What goes on at one key, seen from outside.
struct Scene {
    store: CacheStore,
    entry: CachedRegistryEntry<u64>,
    /// When each computed value was begun.
    computed: Arc<Mutex<HashMap<u64, u64>>>,
    clock: Arc<AtomicU64>,
}

impl Scene {
    fn new(cache_type: CacheType) -> Arc<Self> {
        let policy = CachePolicy::lru(4).unwrap().with_cache_type(cache_type);
        Arc::new(Self {
            store: CacheStore::new(),
            entry: CachedRegistryEntry::new("one", policy),
            computed: Arc::default(),
            clock: Arc::new(AtomicU64::new(1)),
        })
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    async fn call(&self, kind: Kind, unique: u64) -> Record {
        let (store, entry) = (&self.store, &self.entry);
        let began = self.tick();
        let call = match kind {
            Kind::Get => Call::Get(store.get(entry, "k").await.unwrap()),
            Kind::Set => {
                let _ = store.set(entry, "k", unique).await.unwrap();
                Call::Set(unique)
            }
            Kind::Delete => Call::Delete(store.delete(entry, "k").await.unwrap()),
            Kind::Clear => {
                store.clear().await;
                Call::Clear
            }
            Kind::DropScope => {
                store.drop_scope(&CacheScope::user("ada")).await;
                Call::Clear
            }
            Kind::BumpEpoch => {
                store.bump_epoch(&CacheScope::user("ada")).await;
                Call::Clear
            }
            Kind::InvalidateTag => {
                if unique.is_multiple_of(2) {
                    store.invalidate_tag("tag");
                } else {
                    store.invalidate_tag_in(&CacheScope::user("ada"), "tag");
                }
                Call::Clear
            }
            Kind::SetTagged => {
                let loaded = Loaded::new(unique).with_tags(["tag"]);
                let _ = store.set_loaded(entry, "k", loaded).await.unwrap();
                Call::Set(unique)
            }
            Kind::Compute | Kind::LoadTagged => {
                let (computed, clock) = (Arc::clone(&self.computed), Arc::clone(&self.clock));
                let tags: &[&str] = if let Kind::Compute = kind {
                    &[]
                } else {
                    &["tag"]
                };
                let loader = move || async move {
                    let begun = clock.fetch_add(1, Ordering::SeqCst);
                    computed.lock().unwrap().insert(unique, begun);
                    if unique.is_multiple_of(2) {
                        tokio::task::yield_now().await;
                    }
                    let loaded = Loaded::new(unique).with_tags(tags.iter().copied());
                    Ok::<_, std::fmt::Error>(loaded)
                };
                let got = store.get_or_load(entry, "k", loader).await.unwrap();
                Call::Compute { got, own: unique }
            }
        };
        let ended = self.tick();
        Record { began, ended, call }
    }
}

/// Numbers that look random (`SplitMix64`).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn histories_have_an_order(cache_type: CacheType, kinds: &'static [Kind], seed: u64) {
    // Tests at the same time would take the processors from each other's threads.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = Arc::new(Runtime::new().unwrap());
    let barrier = Arc::new(AtomicU64::new(0));
    let scenes: Arc<Mutex<HashMap<u64, Arc<Scene>>>> = Arc::default();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (runtime, barrier, scenes) = (
                Arc::clone(&runtime),
                Arc::clone(&barrier),
                Arc::clone(&scenes),
            );
            thread::spawn(move || {
                let mut state = seed ^ (thread << 32);
                let mut records = Vec::new();
                for number in 0..HISTORIES {
                    let scene = {
                        let mut scenes = scenes.lock().unwrap();
                        let scene = scenes
                            .entry(number)
                            .or_insert_with(|| Scene::new(cache_type));
                        Arc::clone(scene)
                    };
                    // Threads that slept until now would begin one after another.
                    barrier.fetch_add(1, Ordering::SeqCst);
                    let mut spins = 0_u32;
                    while barrier.load(Ordering::SeqCst) < (number + 1) * THREADS {
                        spins += 1;
                        if spins.is_multiple_of(1_000) {
                            thread::yield_now();
                        }
                        std::hint::spin_loop();
                    }
                    // Each thread is a request of its own; one id remembers its scope from call to call.
                    let ada = ScopeContext::anonymous().user("ada");
                    let mut mine = Vec::new();
                    for call in 0..CALLS {
                        let kind = kinds[random(&mut state) as usize % kinds.len()];
                        let fresh = ScopeContext::anonymous().user("ada");
                        let who = if thread == 0 { ada.clone() } else { fresh };
                        let unique = thread * CALLS + call + 1;
                        mine.push(runtime.block_on(scene.call(kind, unique).in_scope(who)));
                    }
                    records.push(mine);
                }
                records
            })
        })
        .collect();
    let records: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let mut overlapping = 0;
    for number in 0..HISTORIES {
        let history: Vec<_> = records
            .iter()
            .flat_map(|mine| mine[number as usize].clone())
            .collect();
        let scene = Arc::clone(&scenes.lock().unwrap()[&number]);
        let computed = scene.computed.lock().unwrap();
        assert!(has_order(&history), "history {number}: {history:#?}");
        assert!(
            !joins_the_past(&history, |value| computed.get(&value).copied()),
            "history {number}: {history:#?}, computed {computed:?}"
        );
        overlapping += u64::from(history.iter().enumerate().any(|(at, one)| {
            let others = &history[(at / CALLS as usize + 1) * CALLS as usize..];
            others.iter().any(|other| one.overlaps(other))
        }));
    }
    println!("{HISTORIES} histories have an order; in {overlapping} of them some calls overlap");
}

#[test]
fn sets_deletes_and_gets_have_an_order() {
    histories_have_an_order(CacheType::Global, &[Kind::Get, Kind::Set, Kind::Delete], 1);
}

#[test]
fn clears_have_an_order_too() {
    histories_have_an_order(
        CacheType::User,
        &[Kind::Get, Kind::Set, Kind::Delete, Kind::Clear],
        2,
    );
}

#[test]
fn drops_of_the_scope_have_an_order_too() {
    let kinds = &[Kind::Get, Kind::Set, Kind::Get, Kind::Set, Kind::DropScope];
    histories_have_an_order(CacheType::User, kinds, 3);
}

#[test]
fn computations_have_an_order_too() {
    let kinds = &[
        Kind::Get,
        Kind::Set,
        Kind::Delete,
        Kind::Clear,
        Kind::DropScope,
        Kind::Compute,
        Kind::Compute,
    ];
    histories_have_an_order(CacheType::User, kinds, 4);
    let kinds = &[Kind::Get, Kind::Delete, Kind::Compute, Kind::Compute];
    histories_have_an_order(CacheType::Global, kinds, 5);
}

#[test]
fn invalidations_of_tags_and_epochs_have_an_order_too() {
    let kinds = &[
        Kind::Get,
        Kind::SetTagged,
        Kind::Delete,
        Kind::InvalidateTag,
    ];
    histories_have_an_order(CacheType::User, kinds, 6);
    let kinds = &[
        Kind::Get,
        Kind::SetTagged,
        Kind::InvalidateTag,
        Kind::BumpEpoch,
        Kind::LoadTagged,
        Kind::LoadTagged,
    ];
    histories_have_an_order(CacheType::User, kinds, 7);
}
