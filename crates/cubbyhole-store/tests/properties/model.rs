//! Random histories on the store and on a model of it: naive caches by entry and scope.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cubbyhole_core::{Clock, ManualClock, Retention, SetOutcome};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased};
use cubbyhole_testkit::model::{Model, NaiveKeepAll, NaiveLru, NaiveTtl};
use hashbrown::HashMap;
use proptest::prelude::*;

use super::IDS;

const TTL: Duration = Duration::from_secs(8);

#[derive(Clone, Debug)]
enum Step {
    On(Who, usize, Key, Op),
    DropUser(usize),
    DropSession(usize),
    DropGlobal,
    Clear,
    ClearEntry(usize),
    Advance(Duration),
}

/// Who is asking: a user and a session, or neither, by their number.
#[derive(Clone, Copy, Debug)]
struct Who {
    user: Option<usize>,
    session: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Key(u8);

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    GetUnpin,
    GetOrWait,
    Set,
    SetPinned,
    Delete,
    Compute,
    ComputeAndFail,
    Lease,
    LeaseAndLeave,
    PromiseAndSet,
    PromiseAndFail,
    PromiseAndLeave,
    PromiseAndDelete,
}

fn who() -> impl Strategy<Value = Who> {
    let id = || prop_oneof![5 => (0..IDS.len()).prop_map(Some), 1 => Just(None)];
    (id(), id()).prop_map(|(user, session)| Who { user, session })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Get),
        3 => Just(Op::GetUnpin),
        2 => Just(Op::GetOrWait),
        8 => Just(Op::Set),
        3 => Just(Op::SetPinned),
        3 => Just(Op::Delete),
        3 => Just(Op::Compute),
        1 => Just(Op::ComputeAndFail),
        2 => Just(Op::Lease),
        1 => Just(Op::LeaseAndLeave),
        2 => Just(Op::PromiseAndSet),
        1 => Just(Op::PromiseAndFail),
        1 => Just(Op::PromiseAndLeave),
        1 => Just(Op::PromiseAndDelete),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 0..IDS.len();
    prop_oneof![
        40 => (who(), 0..ENTRIES, (0..5_u8).prop_map(Key), op())
            .prop_map(|(who, entry, key, op)| Step::On(who, entry, key, op)),
        2 => id().prop_map(Step::DropUser),
        2 => id().prop_map(Step::DropSession),
        1 => Just(Step::DropGlobal),
        1 => Just(Step::Clear),
        1 => (0..ENTRIES).prop_map(Step::ClearEntry),
        5 => (0..=5_u32).prop_map(|quarters| Step::Advance(TTL / 4 * quarters)),
    ]
}

const ENTRIES: usize = 7;

fn policies() -> [CachePolicy; ENTRIES] {
    let ttl = CachePolicy::ttl(TTL).unwrap();
    [
        CachePolicy::lru(2)
            .unwrap()
            .with_cache_type(CacheType::User),
        CachePolicy::lru(3)
            .unwrap()
            .with_cache_type(CacheType::Global),
        CachePolicy::most_recent().with_cache_type(CacheType::Session),
        CachePolicy::keep_all().with_cache_type(CacheType::User),
        ttl.clone().with_cache_type(CacheType::User),
        ttl.clone().with_cache_type(CacheType::Session),
        ttl.with_cache_type(CacheType::Global),
    ]
}

/// A scope by the number of its id: the model knows no texts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Scope {
    Global,
    User(usize),
    Session(usize),
}

struct Run {
    clock: ManualClock,
    store: CacheStore,
    entries: Vec<CachedRegistryEntry<u64>>,
    caches: HashMap<(usize, Scope), Box<dyn Model>>,
    /// Hits, misses and sets of each entry.
    counts: [(u64, u64, u64); ENTRIES],
    /// Contexts that live on through a history, and remember their scopes.
    remembered: Vec<ScopeContext>,
}

impl Run {
    fn new() -> Self {
        let clock = ManualClock::new();
        let entry = |(number, policy)| CachedRegistryEntry::new(format!("{number}"), policy);
        Self {
            store: CacheStore::builder().clock(clock.clone()).build(),
            clock,
            entries: policies().into_iter().enumerate().map(entry).collect(),
            caches: HashMap::new(),
            counts: [(0, 0, 0); ENTRIES],
            remembered: IDS
                .iter()
                .map(|id| ScopeContext::anonymous().user(*id).session(*id))
                .collect(),
        }
    }

    /// Every other time an id that was just made, and else one that remembers its scope.
    fn context(&self, who: Who, number: u64) -> ScopeContext {
        let mut context = ScopeContext::anonymous();
        if let Some(user) = who.user {
            let remembered = self.remembered[user].user_id().unwrap().clone();
            let fresh = IDS[user].into();
            context = context.user(if number.is_multiple_of(2) {
                fresh
            } else {
                remembered
            });
        }
        if let Some(session) = who.session {
            let remembered = self.remembered[session].session_id().unwrap().clone();
            let fresh = IDS[session].into();
            context = context.session(if number.is_multiple_of(3) {
                fresh
            } else {
                remembered
            });
        }
        context
    }

    fn scope(&self, who: Who, entry: usize) -> Option<Scope> {
        match self.entries[entry].policy().cache_type() {
            CacheType::Global => Some(Scope::Global),
            CacheType::User => who.user.map(Scope::User),
            CacheType::Session => who.session.map(Scope::Session),
        }
    }

    fn cache(&mut self, entry: usize, scope: Scope) -> &mut Box<dyn Model> {
        let policy = self.entries[entry].policy();
        self.caches
            .entry((entry, scope))
            .or_insert_with(|| match policy {
                CachePolicy::Lru(policy) => Box::new(NaiveLru::new(policy.max_size())),
                CachePolicy::MostRecent(_) => Box::new(NaiveLru::new(1)),
                CachePolicy::Ttl(_) => Box::new(NaiveTtl::new(TTL)),
                _ => Box::new(NaiveKeepAll::new()),
            })
    }

    async fn step(&mut self, number: u64, step: &Step) {
        match step {
            Step::On(who, entry, key, op) => self.on(number, *who, *entry, *key, *op).await,
            Step::DropUser(user) => {
                self.store.drop_scope(&CacheScope::user(IDS[*user])).await;
                self.caches
                    .retain(|(_, scope), _| *scope != Scope::User(*user));
            }
            Step::DropSession(session) => {
                self.store
                    .drop_scope(&CacheScope::session(IDS[*session]))
                    .await;
                self.caches
                    .retain(|(_, scope), _| *scope != Scope::Session(*session));
            }
            Step::DropGlobal => {
                self.store.drop_scope(&CacheScope::Global).await;
                self.caches.retain(|(_, scope), _| *scope != Scope::Global);
            }
            Step::Clear => {
                self.store.clear().await;
                self.caches.clear();
            }
            Step::ClearEntry(entry) => {
                self.store
                    .scope_store(&self.entries[*entry])
                    .unwrap()
                    .clear()
                    .await;
                self.caches.retain(|(of, _), _| of != entry);
            }
            Step::Advance(by) => self.clock.advance(*by),
        }
    }

    async fn on(&mut self, number: u64, who: Who, entry: usize, Key(key): Key, op: Op) {
        let context = self.context(who, number);
        let key = "k".repeat(usize::from(key) * 7);
        let (store, of) = (self.store.clone(), self.entries[entry].clone());
        let Some(scope) = self.scope(who, entry) else {
            let asked = store.get(&of, &key).in_scope(context.clone()).await;
            assert!(
                matches!(asked, Err(CacheError::MissingScope { .. })),
                "{asked:?}"
            );
            let set = store.set(&of, &key, number).in_scope(context).await;
            assert!(
                matches!(set, Err(CacheError::MissingScope { .. })),
                "{set:?}"
            );
            return;
        };
        let done = perform(store, of, &key, number, op).in_scope(context).await;
        let now = self.clock.now();
        let cache = self.cache(entry, scope);
        let (expected, looked_up, stored) = expect(&mut **cache, &key, number, op, now);
        assert_eq!(done, expected);
        let (hits, misses, sets) = &mut self.counts[entry];
        *hits += u64::from(looked_up == Some(true));
        *misses += u64::from(looked_up == Some(false));
        *sets += u64::from(stored);
    }

    /// Compares what is in every cache, of whatever scope, and every count.
    fn compare(&mut self) {
        let now = self.clock.now();
        let mut totals = [(0, 0); ENTRIES];
        for ((entry, scope), cache) in &self.caches {
            let store = self.store.scope_store(&self.entries[*entry]).unwrap();
            let context = match scope {
                Scope::Global => ScopeContext::anonymous(),
                Scope::User(user) => ScopeContext::anonymous().user(IDS[*user]),
                Scope::Session(session) => ScopeContext::anonymous().session(IDS[*session]),
            };
            let (mut found, len) =
                context.enter(|| (store.values().unwrap(), store.len().unwrap()));
            let mut expected = cache.values(now);
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "values of entry {entry} in {scope:?}");
            assert_eq!(len, expected.len(), "len of entry {entry} in {scope:?}");
            totals[*entry].0 += len as u64;
            totals[*entry].1 += u64::from(len > 0);
        }
        for (number, (entry, counts)) in self.entries.iter().zip(self.counts).enumerate() {
            let stats = self.store.stats();
            if let Some(stats) = stats.of(entry.store_key()) {
                let found = (stats.hits, stats.misses, stats.sets);
                assert_eq!(found, counts, "hits, misses and sets of entry {number}");
                let found = (stats.entries, stats.scopes);
                assert_eq!(
                    found, totals[number],
                    "entries and scopes of entry {number}"
                );
            }
        }
    }
}

/// What an operation came to.
#[derive(Debug, Eq, PartialEq)]
enum Done {
    Value(Option<u64>),
    Outcome(SetOutcome),
    Failed,
    Abandoned,
    Invalidated,
}

async fn perform(
    store: CacheStore,
    entry: CachedRegistryEntry<u64>,
    key: &str,
    value: u64,
    op: Op,
) -> Done {
    let waited = |waited: Result<Option<u64>, CacheError>| match waited {
        Ok(value) => Done::Value(value),
        Err(CacheError::Failed { .. }) => Done::Failed,
        Err(CacheError::Abandoned { .. }) => Done::Abandoned,
        Err(CacheError::Invalidated { .. }) => Done::Invalidated,
        Err(error) => unreachable!("{error}"),
    };
    match op {
        Op::Get => Done::Value(store.get(&entry, key).await.unwrap()),
        Op::GetUnpin => Done::Value(store.get_unpin(&entry, key).await.unwrap()),
        Op::GetOrWait => Done::Value(store.get_or_wait(&entry, key).await.unwrap()),
        Op::Set => Done::Outcome(store.set(&entry, key, value).await.unwrap()),
        Op::SetPinned => Done::Outcome(store.set_pinned(&entry, key, value).await.unwrap()),
        Op::Delete => Done::Value(store.delete(&entry, key).await.unwrap()),
        Op::Compute => {
            let loader = move || async move { Ok::<_, std::fmt::Error>(value) };
            waited(store.get_or_compute(&entry, key, loader).await.map(Some))
        }
        Op::ComputeAndFail => {
            let loader = || async { Err(std::fmt::Error) };
            waited(store.get_or_compute(&entry, key, loader).await.map(Some))
        }
        Op::Lease | Op::LeaseAndLeave => match store.get_or_lease(&entry, key).await.unwrap() {
            Leased::Value(value) => Done::Value(Some(value)),
            Leased::Lease(lease) if matches!(op, Op::Lease) => {
                Done::Outcome(lease.publish(value).await.unwrap())
            }
            Leased::Lease(lease) => {
                drop(lease);
                Done::Value(None)
            }
        },
        Op::PromiseAndSet | Op::PromiseAndFail | Op::PromiseAndLeave | Op::PromiseAndDelete => {
            let pending = store.set_pending(&entry, key).unwrap();
            assert!(pending.is_pending() && !pending.is_joined());
            // Not by `get_or_wait`, which finds the value that is there until the new one comes.
            let waiting = store.set_pending(&entry, key).unwrap();
            let mut waiting = pin!(waiting.wait());
            let mut context = Context::from_waker(Waker::noop());
            assert!(waiting.as_mut().poll(&mut context).is_pending());
            match op {
                Op::PromiseAndSet => assert!(store.set(&entry, key, value).await.is_ok()),
                Op::PromiseAndFail => assert!(store.fail(&entry, key, std::fmt::Error).unwrap()),
                Op::PromiseAndDelete => assert!(store.delete(&entry, key).await.is_ok()),
                _ => {}
            }
            drop(pending);
            match waiting.poll(&mut context) {
                Poll::Ready(ended) => waited(ended.map(Some)),
                Poll::Pending => unreachable!("nobody has told the waiter"),
            }
        }
    }
}

/// What the model says: what the operation comes to, whether it looked something up and found it, and whether it
/// stored something.
fn expect(
    cache: &mut dyn Model,
    key: &str,
    value: u64,
    op: Op,
    now: Duration,
) -> (Done, Option<bool>, bool) {
    let looked_up = |value: Option<u64>| (Done::Value(value), Some(value.is_some()), false);
    match op {
        Op::Get | Op::GetOrWait => looked_up(cache.get(key, now)),
        Op::GetUnpin => looked_up(cache.get_unpin(key, now)),
        Op::Set => {
            let outcome = cache.set(key, value, Retention::Evictable, now);
            (Done::Outcome(outcome), None, true)
        }
        Op::SetPinned => {
            let outcome = cache.set(key, value, Retention::Pinned, now);
            (Done::Outcome(outcome), None, true)
        }
        Op::Delete => (Done::Value(cache.delete(key, now)), None, false),
        Op::Compute | Op::ComputeAndFail | Op::Lease | Op::LeaseAndLeave => {
            if let Some(value) = cache.get(key, now) {
                return looked_up(Some(value));
            }
            match op {
                Op::ComputeAndFail => (Done::Failed, Some(false), false),
                Op::LeaseAndLeave => looked_up(None),
                _ => {
                    let outcome = cache.set(key, value, Retention::Evictable, now);
                    let done = match op {
                        Op::Lease => Done::Outcome(outcome),
                        _ => Done::Value(Some(value)),
                    };
                    (done, Some(false), true)
                }
            }
        }
        Op::PromiseAndSet => {
            let _ = cache.set(key, value, Retention::Evictable, now);
            (Done::Value(Some(value)), None, true)
        }
        Op::PromiseAndFail => (Done::Failed, None, false),
        Op::PromiseAndLeave => (Done::Abandoned, None, false),
        Op::PromiseAndDelete => {
            let _ = cache.delete(key, now);
            (Done::Invalidated, None, false)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 256 } else { 4_000 }))]

    #[test]
    fn every_answer_is_that_of_the_model(history in proptest::collection::vec(step(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut run = Run::new();
        for (number, step) in (0..).zip(&history) {
            runtime.block_on(run.step(number, step));
            run.compare();
        }
    }
}

#[test]
fn a_value_that_was_unpinned_is_counted_until_its_own_time_only() {
    let ada = Who {
        user: Some(0),
        session: None,
    };
    let on = |key, op| Step::On(ada, 4, Key(key), op);
    let history = [
        on(0, Op::SetPinned),
        Step::Advance(TTL / 2),
        on(1, Op::Set),
        on(0, Op::GetUnpin),
        Step::Advance(TTL / 2),
        Step::Advance(TTL / 2),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut run = Run::new();
    for (number, step) in (0..).zip(&history) {
        runtime.block_on(run.step(number, step));
        run.compare();
    }
}
