//! Processes of a fleet: each a store of its own over the tier of its node, all with the entry of one name.

use std::sync::Arc;

use cubbyhole_core::{FormatError, ManualClock, TierPlace, TierScope, ValueFormat};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, EntryStats, SharedStats};
use cubbyhole_testkit::{ManualFleet, ManualTier};

use super::{Hand, Source};

/// Numbers as text.
pub(crate) struct Digits;

impl ValueFormat<u32> for Digits {
    fn encode(&self, value: &u32) -> Result<Vec<u8>, FormatError> {
        match value {
            &UNWRITABLE => Err(FormatError::new("this number is not written")),
            value => Ok(value.to_string().into_bytes()),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, FormatError> {
        let text = std::str::from_utf8(bytes).map_err(|_not_utf8| FormatError::new("no text"))?;
        text.parse()
            .map_err(|_not_digits| FormatError::new("no number"))
    }
}

/// What [`Digits`] refuses to write.
pub(crate) const UNWRITABLE: u32 = 666;

pub(crate) struct Process {
    pub(crate) store: CacheStore,
    pub(crate) entry: CachedRegistryEntry<u32>,
    pub(crate) tier: Arc<ManualTier>,
}

pub(crate) struct Processes {
    pub(crate) clock: ManualClock,
    pub(crate) fleet: ManualFleet,
    policy: CachePolicy,
    require: bool,
}

impl Processes {
    pub(crate) fn new(policy: CachePolicy) -> Self {
        let clock = ManualClock::new();
        Self {
            fleet: ManualFleet::new(clock.clone()),
            clock,
            policy,
            require: false,
        }
    }

    /// The same, of an entry that cannot do without its tier.
    pub(crate) fn that_require_it(policy: CachePolicy) -> Self {
        let require = true;
        Self {
            require,
            ..Self::new(policy)
        }
    }

    pub(crate) fn start(&self) -> Process {
        let tier = self.fleet.node();
        let entry = CachedRegistryEntry::new("shelf", self.policy.clone());
        let entry = entry.with_shared_tier(Arc::<ManualTier>::clone(&tier), Digits);
        let entry = match self.require {
            true => entry.require_shared_tier(),
            false => entry,
        };
        let store = CacheStore::builder().clock(self.clock.clone()).build();
        store.register(&entry).unwrap();
        Process { store, entry, tier }
    }

    pub(crate) fn start_two(&self) -> (Process, Process) {
        (self.start(), self.start())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// What the fleet has under `k` in the global scope.
    pub(crate) fn value(&self) -> Option<u32> {
        let value = self.fleet.value(global_place(), "k")?;
        Digits.decode(&value.bytes).ok()
    }
}

impl Process {
    pub(crate) async fn get(&self) -> Option<u32> {
        self.store.get(&self.entry, "k").await.unwrap()
    }

    pub(crate) async fn set(&self, value: u32) {
        let set = self.store.set(&self.entry, "k", value).await;
        assert!(set.unwrap().is_kept());
    }

    pub(crate) async fn delete(&self) -> Option<u32> {
        self.store.delete(&self.entry, "k").await.unwrap()
    }

    /// Computes `k` if it is nowhere.
    pub(crate) fn ask(&self, source: &Source) -> Hand<'_, Result<u32, CacheError>> {
        let source = source.clone();
        let loader = move || source.load();
        Hand::new(self.store.get_or_compute(&self.entry, "k", loader))
    }

    pub(crate) fn stats(&self) -> EntryStats {
        let stats = self.store.stats();
        stats.of(self.entry.store_key()).unwrap().clone()
    }

    pub(crate) fn shared(&self) -> SharedStats {
        self.stats().shared.unwrap()
    }

    /// What is here: values, and scopes that hold anything.
    pub(crate) fn held(&self) -> (u64, u64) {
        let stats = self.stats();
        (stats.entries, stats.scopes)
    }
}

pub(crate) const fn global_place() -> TierPlace<'static> {
    place(CacheType::Global, "")
}

pub(crate) const fn place(cache_type: CacheType, id: &str) -> TierPlace<'_> {
    TierPlace {
        kind: CachedRegistryEntry::<u32>::DEFAULT_KIND,
        uid: "shelf",
        scope: TierScope { cache_type, id },
    }
}
