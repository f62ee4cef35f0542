//! Several processes with one tier: whatever happens in whatever order, once everybody has heard of everything, nobody
//! finds a value that is older than the last change.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use cubbyhole_core::{FormatError, ManualClock, ValueFormat};
use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Loaded};
use cubbyhole_testkit::{ManualFleet, ManualTier};
use proptest::prelude::*;
use tokio::sync::Semaphore;

/// What is done, and in which process.
#[derive(Clone, Debug)]
enum Op {
    Set(usize),
    Delete(usize),
    InvalidateTag(usize),
    DropScope(usize),
    Clear(usize),
    /// Sets another key, for which a small cache makes room.
    Crowd(usize),
    /// Looks the value up, and goes on without waiting for it.
    Get(usize),
    /// Asks for the value, which is computed if it is nowhere, and goes on without waiting for it.
    Ask(usize),
    /// Gives up the oldest question that is still open.
    GiveUp,
    /// Lets one computation end.
    LetLoad,
    HoldMessages(usize),
    Deliver(usize),
    DeliverAll(usize),
    HoldAnswers(usize),
    Release(usize),
    Disconnect(usize),
    Reconnect(usize),
}

const PROCESSES: usize = 3;

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let at = 0..PROCESSES;
    let op = prop_oneof![
        3 => at.clone().prop_map(Op::Set),
        2 => at.clone().prop_map(Op::Delete),
        2 => at.clone().prop_map(Op::InvalidateTag),
        1 => at.clone().prop_map(Op::DropScope),
        1 => at.clone().prop_map(Op::Clear),
        2 => at.clone().prop_map(Op::Crowd),
        5 => at.clone().prop_map(Op::Get),
        6 => at.clone().prop_map(Op::Ask),
        1 => Just(Op::GiveUp),
        4 => Just(Op::LetLoad),
        2 => at.clone().prop_map(Op::HoldMessages),
        3 => at.clone().prop_map(Op::Deliver),
        2 => at.clone().prop_map(Op::DeliverAll),
        2 => at.clone().prop_map(Op::HoldAnswers),
        3 => at.clone().prop_map(Op::Release),
        1 => at.clone().prop_map(Op::Disconnect),
        2 => at.prop_map(Op::Reconnect),
    ];
    prop::collection::vec(op, 1..50)
}

/// Versions as bytes.
struct Version;

impl ValueFormat<u32> for Version {
    fn encode(&self, value: &u32) -> Result<Vec<u8>, FormatError> {
        Ok(value.to_be_bytes().to_vec())
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, FormatError> {
        let bytes = bytes.try_into();
        let bytes = bytes.map_err(|_other_length| FormatError::new("not four bytes"))?;
        Ok(u32::from_be_bytes(bytes))
    }
}

struct Process {
    store: CacheStore,
    entry: CachedRegistryEntry<u32>,
    tier: Arc<ManualTier>,
}

/// A question that is open.
type Open = Pin<Box<dyn Future<Output = Result<Option<u32>, CacheError>>>>;

struct Fleet {
    clock: ManualClock,
    processes: Vec<Arc<Process>>,
    open: Vec<Open>,
    gate: Arc<Semaphore>,
    /// What is read from now on is no older than the change that this counts: values are numbered as they begin to be.
    versions: Arc<AtomicU32>,
    latest: u32,
}

impl Fleet {
    fn new(policy: &CachePolicy) -> Self {
        let clock = ManualClock::new();
        let fleet = ManualFleet::new(clock.clone());
        let processes = (0..PROCESSES).map(|_| {
            let tier = fleet.node();
            let entry = CachedRegistryEntry::new("shared", policy.clone())
                .with_shared_tier(Arc::<ManualTier>::clone(&tier), Version);
            let store = CacheStore::builder().clock(clock.clone()).build();
            store.register(&entry).unwrap();
            Arc::new(Process { store, entry, tier })
        });
        Self {
            processes: processes.collect(),
            clock,
            open: Vec::new(),
            gate: Arc::new(Semaphore::new(0)),
            versions: Arc::default(),
            latest: 0,
        }
    }

    /// Begins something, and leaves it open if it waits.
    fn begin(&mut self, question: impl Future<Output = Result<Option<u32>, CacheError>> + 'static) {
        self.open.push(Box::pin(question));
        self.poll_open();
    }

    fn poll_open(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        self.open
            .retain_mut(|question| question.as_mut().poll(&mut cx).is_pending());
    }

    async fn settle(&mut self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
            self.poll_open();
        }
    }

    fn next_version(&self) -> u32 {
        self.versions.fetch_add(1, Ordering::SeqCst) + 1
    }

    async fn apply(&mut self, op: &Op) {
        match *op {
            Op::Set(at) => {
                let version = self.next_version();
                self.latest = version;
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move {
                    let loaded = Loaded::new(version).with_tags(["tag"]);
                    let set = process.store.set_loaded(&process.entry, "k", loaded);
                    set.await.map(|_| None)
                });
            }
            Op::Delete(at) => {
                self.latest = self.next_version();
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move { process.store.delete(&process.entry, "k").await });
            }
            Op::InvalidateTag(at) => {
                self.latest = self.next_version();
                self.processes[at].store.invalidate_tag("tag");
            }
            Op::DropScope(at) => {
                self.latest = self.next_version();
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move {
                    process.store.drop_scope(&CacheScope::Global).await;
                    Ok(None)
                });
            }
            Op::Clear(at) => {
                self.latest = self.next_version();
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move {
                    process.store.clear().await;
                    Ok(None)
                });
            }
            Op::Crowd(at) => {
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move {
                    let set = process.store.set(&process.entry, "other", 0);
                    set.await.map(|_| None)
                });
            }
            Op::Get(at) => {
                let process = Arc::clone(&self.processes[at]);
                self.begin(async move { process.store.get(&process.entry, "k").await });
            }
            Op::Ask(at) => {
                let process = Arc::clone(&self.processes[at]);
                let (gate, versions) = (Arc::clone(&self.gate), Arc::clone(&self.versions));
                let loader = move || async move {
                    let version = versions.fetch_add(1, Ordering::SeqCst) + 1;
                    gate.acquire().await.unwrap().forget();
                    Ok::<_, std::io::Error>(Loaded::new(version).with_tags(["tag"]))
                };
                self.begin(async move {
                    let value = process.store.get_or_load(&process.entry, "k", loader).await;
                    value.map(Some)
                });
            }
            Op::GiveUp => drop((!self.open.is_empty()).then(|| self.open.remove(0))),
            Op::LetLoad => self.gate.add_permits(1),
            Op::HoldMessages(at) => self.processes[at].tier.hold_messages(),
            Op::Deliver(at) => drop(self.processes[at].tier.deliver_one()),
            Op::DeliverAll(at) => self.processes[at].tier.deliver_all(),
            Op::HoldAnswers(at) => self.processes[at].tier.hold_answers(),
            Op::Release(at) => self.processes[at].tier.release_all(),
            Op::Disconnect(at) => self.processes[at].tier.disconnect(),
            Op::Reconnect(at) => self.processes[at].tier.reconnect(),
        }
        self.settle().await;
    }

    /// Lets everybody hear of everything, and everything end.
    async fn come_to_rest(&mut self) {
        self.gate.add_permits(1_000);
        for _ in 0..3 {
            for process in &self.processes {
                process.tier.reconnect();
                process.tier.release_all();
                process.tier.deliver_all();
            }
            self.clock.advance(ManualFleet::LEASE);
            self.settle().await;
        }
    }

    async fn check(&mut self) {
        self.come_to_rest().await;
        assert!(self.open.is_empty(), "nobody waits for ever");
        let mut found = Vec::new();
        for process in &self.processes {
            let value = process.store.get(&process.entry, "k").await.unwrap();
            assert!(
                value.is_none_or(|value| value >= self.latest),
                "{value:?} is older than {}",
                self.latest
            );
            found.push(value);
            let stats = &process.store.stats().entries[0];
            let held = process.store.scope_store(&process.entry).unwrap();
            assert_eq!(stats.entries, held.len().unwrap() as u64, "counted right");
            assert_eq!(stats.scopes, stats.entries.min(1), "no empty shell");
            assert!(process.store.in_flight().is_empty());
        }
        // One may have what the tier has lost; no two have what differs.
        let mut found = found.into_iter().flatten();
        if let Some(first) = found.next() {
            assert!(found.all(|value| value == first), "two values of one key");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4_000 }))]

    #[test]
    fn nobody_finds_what_is_older_than_the_last_change(ops in ops(), has_room in any::<bool>()) {
        let policy = match has_room {
            true => CachePolicy::keep_all(),
            false => CachePolicy::most_recent(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut fleet = Fleet::new(&policy);
            for op in &ops {
                fleet.apply(op).await;
            }
            fleet.check().await;
            // And it goes on.
            fleet.apply(&Op::Set(0)).await;
            fleet.check().await;
        });
    }
}
