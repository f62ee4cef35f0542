//! How many computations run at the same time.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cubbyhole_policy::PolicyOptions;
use cubbyhole_scope::ScopeFutureExt;
use cubbyhole_store::{CacheError, CacheStore, CacheStoreBuilder, CachedRegistryEntry};

use crate::support::{Broken, Gate, Hand, Seen, by_user, lru, settle, user};

/// Counts computations that run, and the most that ever did at the same time.
#[derive(Clone, Default)]
struct Running(Arc<(AtomicUsize, AtomicUsize)>);

impl Running {
    fn begin(&self) {
        let running = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(running, Ordering::SeqCst);
    }

    fn end(&self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

fn store(limit: impl FnOnce(CacheStoreBuilder) -> CacheStoreBuilder) -> CacheStore {
    limit(CacheStore::builder()).build()
}

fn at_most(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

#[tokio::test]
async fn no_more_run_than_the_store_the_entry_or_the_scope_allow() {
    let limited = PolicyOptions::new().with_max_computations(3);
    let cases = [
        (store(|it| it.max_computations(at_most(2))), lru(50), 2),
        (store(|it| it), lru(50).with_options(limited).unwrap(), 3),
        (
            store(|it| it.max_computations_in_each_scope(at_most(4))),
            lru(50),
            4,
        ),
    ];
    for (store, policy, most) in cases {
        let entry = CachedRegistryEntry::<u32>::new("e", by_user(policy));
        let running = Running::default();
        let keys: Vec<_> = (0..20).map(|key| key.to_string()).collect();
        let asked = keys.iter().map(|key| {
            let running = running.clone();
            let loader = move || async move {
                running.begin();
                settle().await;
                running.end();
                Ok::<_, Broken>(1)
            };
            Hand::new(
                store
                    .get_or_compute(&entry, key, loader)
                    .in_scope(user("ada")),
            )
        });
        let mut asked: Vec<_> = asked.collect();
        for hand in &mut asked {
            assert!(hand.poll().is_pending());
        }
        for hand in asked {
            hand.finish().await.unwrap();
        }
        assert_eq!(running.most(), most);
    }
}

#[tokio::test]
async fn one_user_cannot_take_every_place() {
    let store = store(|it| {
        it.max_computations(at_most(4))
            .max_computations_in_each_scope(at_most(3))
    });
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(lru(50)));
    let gate = Gate::closed();
    let (greedy, other) = (Seen::default(), Seen::default());
    let ask = |id: &'static str, key: &'static str, seen: &Seen| {
        let (gate, seen) = (gate.clone(), seen.clone());
        let loader = move || async move {
            seen.note();
            gate.pass().await;
            Ok::<_, Broken>(1)
        };
        let store = store.clone();
        let entry = entry.clone();
        let asked = async move { store.get_or_compute(&entry, key, loader).await };
        tokio::spawn(asked.in_scope(user(id)))
    };
    let keys = ["a", "b", "c", "d", "e", "f"];
    let mut tasks: Vec<_> = keys.map(|key| ask("ada", key, &greedy)).into();
    settle().await;
    tasks.push(ask("bob", "a", &other));
    settle().await;
    assert_eq!((greedy.times(), other.times()), (3, 1));
    gate.open();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_came_first_runs_first() {
    let store = store(|it| it.max_computations(at_most(1)));
    let entry = CachedRegistryEntry::<usize>::new("e", lru(50));
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keys: Vec<_> = (0..10).map(|key| key.to_string()).collect();
    let mut asked: Vec<_> = (0..10)
        .map(|number| {
            let order = Arc::clone(&order);
            let loader = move || async move {
                order.lock().unwrap().push(number);
                tokio::task::yield_now().await;
                Ok::<_, Broken>(number)
            };
            Hand::new(store.get_or_compute(&entry, &keys[number], loader))
        })
        .collect();
    for hand in &mut asked {
        assert!(hand.poll().is_pending());
    }
    for hand in asked {
        hand.finish().await.unwrap();
    }
    assert!(order.lock().unwrap().is_sorted());
}

/// Computes `depth` levels of nested values, each asking for the next.
fn nested(
    store: CacheStore,
    entry: CachedRegistryEntry<u32>,
    branch: usize,
    depth: usize,
) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, CacheError>> + Send>> {
    Box::pin(async move {
        let key = format!("{branch}/{depth}");
        let (inner, same) = (store.clone(), entry.clone());
        let loader = move || async move {
            tokio::task::yield_now().await;
            if depth == 0 {
                return Ok(1);
            }
            nested(inner, same, branch, depth - 1)
                .await
                .map(|sum| sum + 1)
        };
        store.get_or_compute(&entry, &key, loader).await
    })
}

#[tokio::test]
async fn nested_computations_do_not_wait_for_each_others_places() {
    let limited = PolicyOptions::new().with_max_computations(1);
    for _ in 0..20 {
        let store = store(|it| {
            it.max_computations(at_most(1))
                .max_computations_in_each_scope(at_most(1))
        });
        let policy = lru(500).with_options(limited).unwrap();
        let entry = CachedRegistryEntry::<u32>::new("e", policy);
        let branches: Vec<_> = (0..5)
            .map(|branch| tokio::spawn(nested(store.clone(), entry.clone(), branch, 10)))
            .collect();
        for branch in branches {
            assert_eq!(branch.await.unwrap().unwrap(), 11);
        }
    }
}

#[tokio::test]
async fn place_of_a_computation_that_is_given_up_or_fails_is_free_again() {
    let store = store(|it| it.max_computations(at_most(1)));
    let entry = CachedRegistryEntry::<u32>::new("e", lru(50));
    for _ in 0..100 {
        let forever = || async {
            std::future::pending::<()>().await;
            Ok::<_, Broken>(1)
        };
        let mut running = Hand::new(store.get_or_compute(&entry, "a", forever));
        let mut queued = Hand::new(store.get_or_compute(&entry, "b", forever));
        assert!(running.poll().is_pending() && queued.poll().is_pending());
        settle().await;
        drop((running, queued));
        settle().await;
        let failing = || async { Err::<u32, _>(Broken) };
        let failed = Hand::new(store.get_or_compute(&entry, "c", failing));
        assert!(failed.finish().await.is_err());
        let panicking = || async {
            if true {
                panic!("at once");
            }
            Ok::<_, Broken>(1)
        };
        let panicked = Hand::new(store.get_or_compute(&entry, "d", panicking));
        assert!(panicked.finish().await.is_err());
    }
    let loader = || async { Ok::<_, Broken>(7) };
    let asked = Hand::new(store.get_or_compute(&entry, "e", loader));
    assert_eq!(asked.finish().await.unwrap(), 7);
}
