//! An entry whose copies are watched: when each of them went.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole::{
    CachePolicy, CacheStore, CacheType, CachedRegistryEntry, Format, Loaded, ScopeContext,
    ScopeFutureExt, SharedTier,
};
use cubbyhole_fleet::{now, until};

use super::catalogue::USERS;

/// How many keys each process changes.
pub(crate) const KEYS: usize = 25;
/// Between two changes of a process.
const PAUSE: Duration = Duration::from_millis(5);

/// The entry in one process.
pub(crate) struct Watched {
    store: CacheStore,
    entry: CachedRegistryEntry<String>,
    lost: Arc<Mutex<BTreeMap<String, Duration>>>,
}

/// The keys that a process changes, each of one of the users.
fn keys_of(process: usize) -> impl Iterator<Item = (String, ScopeContext)> {
    (0..KEYS).map(move |number| {
        let user = USERS[number % USERS.len()];
        (
            format!("{process}-{number}"),
            ScopeContext::new().user(user),
        )
    })
}

impl Watched {
    pub(crate) fn new(store: CacheStore, tier: Arc<dyn SharedTier>) -> Self {
        let lost: Arc<Mutex<BTreeMap<String, Duration>>> = Arc::default();
        let noting = Arc::clone(&lost);
        let policy = CachePolicy::keep_all().with_cache_type(CacheType::User);
        let entry = CachedRegistryEntry::new("watched", policy)
            .with_shared_tier(tier, Format::new())
            .on_removal(move |removal| {
                noting.lock().unwrap().insert(removal.key, now());
            });
        store.register(&entry).unwrap();
        Self { store, entry, lost }
    }

    /// Gets a copy of what each of so many processes will change.
    pub(crate) async fn copy(&self, processes: usize) {
        for (key, context) in (0..processes).flat_map(keys_of) {
            let tag = key.clone();
            let load = async move || Ok::<_, Infallible>(Loaded::new(tag.clone()).with_tags([tag]));
            let get = self.store.get_or_load(&self.entry, &key, load);
            get.in_scope(context).await.unwrap();
        }
        self.lost.lock().unwrap().clear();
    }

    /// Changes what this process changes, in each of three ways, and says when.
    pub(crate) async fn change(&self, process: usize) -> Vec<(String, Duration)> {
        let mut changed = Vec::new();
        for ((key, context), way) in keys_of(process).zip((0..3).cycle()) {
            changed.push((key.clone(), now()));
            let Self { store, entry, .. } = self;
            match way {
                0 => drop(store.delete(entry, &key).in_scope(context).await.unwrap()),
                1 => {
                    let new = Loaded::new(key.clone()).with_tags([key.clone()]);
                    let set = store.set_loaded(entry, &key, new);
                    set.in_scope(context).await.unwrap();
                }
                _ => store.invalidate_tag(&key),
            }
            tokio::time::sleep(PAUSE).await;
        }
        changed
    }

    /// Waits until all copies of what the others have changed are gone, and says since when.
    pub(crate) async fn lose(&self, process: usize, processes: usize) -> Vec<(String, Duration)> {
        let others = (0..processes).filter(|other| *other != process);
        let keys: Vec<String> = others.flat_map(keys_of).map(|(key, _)| key).collect();
        let lost = || {
            let lost = self.lost.lock().unwrap();
            let found = keys.iter().map(|key| Some((key.clone(), *lost.get(key)?)));
            found.collect::<Option<Vec<_>>>()
        };
        until("all copies are gone", || lost().is_some()).await;
        lost().unwrap()
    }
}
