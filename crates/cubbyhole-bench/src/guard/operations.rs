//! Operations of ours that no other contender has.

use std::time::Duration;

use cubbyhole::{
    CachePolicy, CacheScope, CacheStore, CacheType, CachedRegistryEntry, ManualClock, ScopeContext,
    ScopeFutureExt,
};
use cubbyhole_testkit::ManualFleet;

use crate::Result;
use crate::callgrind::count_twice;
use crate::measure::{block_on, poll_once};
use crate::workload::{Bytes, Value, keys, scope_id, value};

/// In a process of its own: does an operation of ours `count` times.
pub(crate) fn run_operation(name: &str, count: usize) -> Result {
    let policy = match name {
        "a global hit" => CachePolicy::lru(1_000)?,
        "a ttl hit" => {
            CachePolicy::ttl(Duration::from_secs(3_600))?.with_cache_type(CacheType::User)
        }
        "a keep-all hit" => CachePolicy::keep_all().with_cache_type(CacheType::User),
        "an unshared hit"
        | "a shared hit"
        | "a computed hit"
        | "a hit with a new id"
        | "a set in a new scope, and its end" => {
            CachePolicy::lru(10)?.with_cache_type(CacheType::User)
        }
        other => return Err(format!("there is no operation `{other}`").into()),
    };
    let world = World {
        store: CacheStore::new(),
        entry: match name {
            "a shared hit" => CachedRegistryEntry::new("guarded", policy)
                .with_shared_tier(ManualFleet::new(ManualClock::new()).node(), Bytes),
            _ => CachedRegistryEntry::new("guarded", policy),
        },
        ids: (0..100).map(scope_id).collect(),
        scopes: (0..100)
            .map(|number| ScopeContext::anonymous().user(scope_id(number)))
            .collect(),
        keys: keys(8).to_vec(),
    };
    let name = name.to_owned();
    block_on(async move {
        match name.as_str() {
            "a set in a new scope, and its end" => {}
            _ => world.load().await,
        }
        count_twice(count, || poll_once(world.operate(&name, count)));
    });
    Ok(())
}

struct World {
    store: CacheStore,
    entry: CachedRegistryEntry<Value>,
    ids: Vec<String>,
    scopes: Vec<ScopeContext>,
    keys: Vec<String>,
}

impl World {
    async fn load(&self) {
        for scope in &self.scopes {
            for key in &self.keys {
                let set = self.store.set(&self.entry, key, value(0));
                let _kept = set
                    .in_scope(scope.clone())
                    .await
                    .expect("the scope is there");
            }
        }
    }

    async fn operate(&self, name: &str, count: usize) {
        let (store, entry) = (&self.store, &self.entry);
        for step in 0..count {
            // A step that has no factor in common with the sizes goes through all of it.
            let (user, key) = (
                step * 37 % self.ids.len(),
                &self.keys[step * 3 % self.keys.len()],
            );
            match name {
                "a computed hit" => {
                    let computed = store
                        .get_or_compute(entry, key, || async { Ok::<_, std::io::Error>(value(1)) });
                    let found = computed.in_scope(self.scopes[user].clone()).await;
                    std::hint::black_box(found.expect("it is there"));
                }
                "a hit with a new id" => {
                    let context = ScopeContext::anonymous().user(self.ids[user].as_str());
                    let found = store.get(entry, key).in_scope(context).await;
                    std::hint::black_box(found.expect("the scope is there"));
                }
                "a set in a new scope, and its end" => {
                    let context = ScopeContext::anonymous().user(self.ids[user].as_str());
                    let set = store.set(entry, key, value(1)).in_scope(context).await;
                    let _kept = set.expect("the scope is there");
                    store
                        .drop_scope(&CacheScope::user(self.ids[user].as_str()))
                        .await;
                }
                _ => {
                    let found = store
                        .get(entry, key)
                        .in_scope(self.scopes[user].clone())
                        .await;
                    std::hint::black_box(found.expect("the scope is there"));
                }
            }
        }
    }
}
