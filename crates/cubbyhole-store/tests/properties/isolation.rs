//! Whoever asks, from wherever, gets their own.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt, scope};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};
use proptest::prelude::*;
use tokio::task::yield_now;

use super::IDS;

/// What somebody does, and in which ways the scope is handed down to where they do it.
#[derive(Clone, Debug)]
enum Plan {
    Do(Vec<(usize, u8, Op)>),
    AsUser(usize, Box<Self>),
    AsSession(usize, Box<Self>),
    Spawn(Box<Self>),
    Block(Box<Self>),
    Enter(Vec<(usize, u8, Op)>),
    Join(Vec<Self>),
    Lost(Box<Self>),
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    Unpin,
    Wait,
    Set,
    Pin,
    Delete,
    Compute,
    Promise,
    Drop,
    Clear,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Get),
        2 => Just(Op::Unpin),
        3 => Just(Op::Wait),
        5 => Just(Op::Set),
        2 => Just(Op::Pin),
        2 => Just(Op::Delete),
        4 => Just(Op::Compute),
        2 => Just(Op::Promise),
        1 => Just(Op::Drop),
        1 => Just(Op::Clear),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let ops = || proptest::collection::vec((0..POLICIES * 3, 0..3_u8, op()), 1..8);
    let leaf = prop_oneof![3 => ops().prop_map(Plan::Do), 1 => ops().prop_map(Plan::Enter)];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => (0..IDS.len(), boxed()).prop_map(|(id, plan)| Plan::AsUser(id, plan)),
            3 => (0..IDS.len(), boxed()).prop_map(|(id, plan)| Plan::AsSession(id, plan)),
            2 => boxed().prop_map(Plan::Spawn),
            1 => boxed().prop_map(Plan::Block),
            3 => proptest::collection::vec(inner.clone(), 2..5).prop_map(Plan::Join),
            1 => boxed().prop_map(Plan::Lost),
        ]
    })
}

/// A value says whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Value {
    owner: Owner,
    entry: usize,
    key: u8,
}

type Owner = (CacheType, Option<usize>);

/// Who is asking, as the plan has it: never taken from the task.
#[derive(Clone, Copy, Debug, Default)]
struct Who {
    user: Option<usize>,
    session: Option<usize>,
}

impl Who {
    fn owner(self, cache_type: CacheType) -> Option<Owner> {
        let id = match cache_type {
            CacheType::Global => None,
            CacheType::User => Some(self.user?),
            CacheType::Session => Some(self.session?),
        };
        Some((cache_type, id))
    }
}

const POLICIES: usize = 4;

struct World {
    store: CacheStore,
    entries: Vec<CachedRegistryEntry<Value>>,
    answers: AtomicUsize,
}

impl World {
    fn new() -> Arc<Self> {
        let policies = [
            CachePolicy::lru(2).unwrap(),
            CachePolicy::most_recent(),
            CachePolicy::keep_all(),
            CachePolicy::ttl(Duration::from_secs(3_600)).unwrap(),
        ];
        let types = [CacheType::Global, CacheType::Session, CacheType::User];
        let policies = policies
            .into_iter()
            .flat_map(|policy| types.map(|of| policy.clone().with_cache_type(of)));
        let entry = |(number, policy)| CachedRegistryEntry::new(format!("{number}"), policy);
        Arc::new(Self {
            store: CacheStore::new(),
            entries: policies.enumerate().map(entry).collect(),
            answers: AtomicUsize::new(0),
        })
    }

    /// Checks that a value is the asker's own, and the one that was asked for.
    fn check(&self, expected: &Value, found: Option<&Value>) {
        if let Some(found) = found {
            assert_eq!(found, expected);
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn act(&self, who: Who, number: usize, key: u8, op: Op) {
        let (store, entry) = (&self.store, &self.entries[number]);
        let text = format!("{key}");
        let cache_type = entry.policy().cache_type();
        let Some(owner) = who.owner(cache_type) else {
            let asked = store.get(entry, &text).await;
            assert!(matches!(asked, Err(CacheError::MissingScope { .. })));
            return;
        };
        let own = Value {
            owner,
            entry: number,
            key,
        };
        match op {
            Op::Get => self.check(&own, store.get(entry, &text).await.unwrap().as_ref()),
            Op::Unpin => self.check(&own, store.get_unpin(entry, &text).await.unwrap().as_ref()),
            Op::Delete => self.check(&own, store.delete(entry, &text).await.unwrap().as_ref()),
            Op::Set => assert!(store.set(entry, &text, own).await.is_ok()),
            Op::Pin => assert!(store.set_pinned(entry, &text, own).await.is_ok()),
            Op::Wait => {
                if let Ok(found) = store.get_or_wait(entry, &text).await {
                    self.check(&own, found.as_ref());
                }
            }
            Op::Compute => {
                let computed = own.clone();
                let loader = move || async move {
                    // The computation is in the scope of who asked for it.
                    let resolved = ScopeContext::current().resolve(cache_type).unwrap();
                    assert_eq!(
                        resolved.id().map(cubbyhole_scope::ScopeId::as_str),
                        owner.1.map(|id| IDS[id])
                    );
                    yield_now().await;
                    Ok::<_, std::fmt::Error>(computed)
                };
                if let Ok(found) = store.get_or_compute(entry, &text, loader).await {
                    self.check(&own, Some(&found));
                }
            }
            Op::Promise => {
                let pending = store.set_pending(entry, &text).unwrap();
                yield_now().await;
                if key == 0 {
                    let _ = store.set(entry, &text, own).await.unwrap();
                } else if key == 1 {
                    let _ = store.fail(entry, &text, std::fmt::Error).unwrap();
                }
                drop(pending);
            }
            Op::Drop => {
                let scope = match owner {
                    (CacheType::User, Some(id)) => CacheScope::user(IDS[id]),
                    (_, Some(id)) => CacheScope::session(IDS[id]),
                    (_, None) => CacheScope::Global,
                };
                store.drop_scope(&scope).await;
            }
            Op::Clear => store.clear().await,
        }
    }
}

fn run(world: Arc<World>, plan: Plan, who: Who) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        match plan {
            Plan::Do(ops) => {
                for (entry, key, op) in ops {
                    world.act(who, entry, key, op).await;
                }
            }
            Plan::AsUser(user, plan) => {
                let inner = Who {
                    user: Some(user),
                    ..who
                };
                let context = ScopeContext::new().user(IDS[user]);
                run(world, *plan, inner).in_scope(context).await;
            }
            Plan::AsSession(session, plan) => {
                let inner = Who {
                    session: Some(session),
                    ..who
                };
                let context = ScopeContext::new().session(IDS[session]);
                run(world, *plan, inner).in_scope(context).await;
            }
            Plan::Spawn(plan) => scope::spawn(run(world, *plan, who)).await.unwrap(),
            Plan::Block(plan) => {
                let runtime = tokio::runtime::Handle::current();
                let block = move || runtime.block_on(run(world, *plan, who));
                scope::spawn_blocking(block).await.unwrap();
            }
            Plan::Enter(ops) => {
                let inner = Who {
                    user: Some(0),
                    ..who
                };
                ScopeContext::new().user(IDS[0]).enter(|| {
                    for (entry, key, op) in ops {
                        // What would wait is polled once and given up.
                        let act = pin!(world.act(inner, entry, key, op));
                        let _ = act.poll(&mut Context::from_waker(Waker::noop()));
                    }
                });
            }
            Plan::Join(plans) => {
                let mut parts: Vec<_> = plans
                    .into_iter()
                    .map(|plan| run(Arc::clone(&world), plan, who))
                    .collect();
                std::future::poll_fn(|cx| {
                    parts.retain_mut(|part| part.as_mut().poll(cx).is_pending());
                    if parts.is_empty() {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
            }
            // Plain spawning loses the scope, and nobody's identity is nobody else's.
            Plan::Lost(plan) => tokio::spawn(run(world, *plan, Who::default()))
                .await
                .unwrap(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 128 } else { 2_000 }))]

    #[test]
    fn nobody_reads_what_is_another_s(plans in proptest::collection::vec(plan(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let world = World::new();
        runtime.block_on(async {
            let tasks: Vec<_> = plans
                .into_iter()
                .map(|plan| tokio::spawn(run(Arc::clone(&world), plan, Who::default())))
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
}
