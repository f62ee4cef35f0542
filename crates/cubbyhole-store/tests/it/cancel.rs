//! Dropping any operation at any of its polls: the others have their value or lead, the key works, the numbers add up,
//! and nothing leaks.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::Poll;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased};
use cubbyhole_testkit::{DropCounter, Tracked};

use crate::support::{Elsewhere, Gate, Hand, by_user, keep_all, lru, settle, ttl, user};

/// Where the values are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Here,
    HereWithTime,
    Elsewhere,
}

/// What is at the key when the operation begins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    Nothing,
    Value,
    Promise,
    /// A computation that another caller waits for.
    Computation,
    /// A lease that another caller holds.
    Lease,
}

/// A store with one operation under way on it.
struct Stage {
    store: CacheStore,
    entry: CachedRegistryEntry<Tracked>,
    counter: DropCounter,
    elsewhere: Elsewhere<Tracked>,
    /// What loaders wait for.
    loads: Gate,
}

type Operation = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

const OPERATIONS: [(&str, Operation); 12] = [
    ("get", |on| {
        Box::pin(async { drop(on.store.get(&on.entry, "k").await) })
    }),
    ("get_unpin", |on| {
        Box::pin(async { drop(on.store.get_unpin(&on.entry, "k").await) })
    }),
    ("set", |on| {
        Box::pin(async { drop(on.store.set(&on.entry, "k", on.counter.track(1)).await) })
    }),
    ("set_pinned", |on| {
        Box::pin(async {
            drop(
                on.store
                    .set_pinned(&on.entry, "k", on.counter.track(1))
                    .await,
            );
        })
    }),
    ("delete", |on| {
        Box::pin(async { drop(on.store.delete(&on.entry, "k").await) })
    }),
    ("clear", |on| Box::pin(async { on.store.clear().await })),
    ("drop_scope", |on| {
        Box::pin(async { on.store.drop_scope(&CacheScope::user("ada")).await })
    }),
    ("get_or_wait", |on| {
        Box::pin(async { drop(on.store.get_or_wait(&on.entry, "k").await) })
    }),
    ("PendingValue::wait", |on| {
        Box::pin(async {
            let wait = on
                .store
                .set_pending(&on.entry, "k")
                .map(|promise| promise.wait());
            if let Ok(wait) = wait {
                drop(wait.await);
            }
        })
    }),
    ("get_or_compute", |on| {
        Box::pin(async { drop(on.compute(1).await) })
    }),
    ("get_or_compute twice", |on| {
        Box::pin(async {
            let _both = tokio::join!(on.compute(1), on.compute(2));
        })
    }),
    ("get_or_lease and publish", |on| {
        Box::pin(async {
            if let Ok(Leased::Lease(lease)) = on.store.get_or_lease(&on.entry, "k").await {
                lease.publish(on.counter.track(1)).await;
            }
        })
    }),
];

impl Stage {
    fn new(place: Place) -> Self {
        let elsewhere = Elsewhere::new();
        let policy = match place {
            Place::Here => lru(2),
            Place::HereWithTime => ttl(10),
            Place::Elsewhere => keep_all(),
        };
        let mut entry = CachedRegistryEntry::new("stage", by_user(policy));
        if place == Place::Elsewhere {
            let there = elsewhere.clone();
            entry = entry.with_cache(move |scope| there.cache(scope));
        }
        Self {
            store: CacheStore::new(),
            entry,
            counter: DropCounter::new(),
            elsewhere,
            loads: Gate::closed(),
        }
    }

    async fn compute(&self, number: u64) -> Result<Tracked, CacheError> {
        let (gate, counter) = (self.loads.clone(), self.counter.clone());
        let loader = move || async move {
            gate.pass().await;
            Ok::<_, Infallible>(counter.track(number))
        };
        self.store.get_or_compute(&self.entry, "k", loader).await
    }

    async fn wait(&self) -> Result<Option<Tracked>, CacheError> {
        self.store.get_or_wait(&self.entry, "k").await
    }
}

/// In the scope of Ada, as everything here.
fn hand<'a, T>(future: impl Future<Output = T> + Send + 'a) -> Hand<'a, T> {
    Hand::new(future.in_scope(user("ada")))
}

/// Polls the operation `polls` times and drops it; returns whether it was done before that.
async fn sweep(place: Place, before: Before, operation: Operation, polls: usize) -> bool {
    let stage = Stage::new(place);
    let ada = user("ada");
    let mut others = Vec::new();
    let mut promise = None;
    let mut lease = None;
    match before {
        Before::Nothing => {}
        Before::Value => {
            let set = stage.store.set(&stage.entry, "k", stage.counter.track(0));
            hand(set).finish().await.unwrap();
        }
        Before::Promise => {
            promise = Some(ada.enter(|| stage.store.set_pending(&stage.entry, "k").unwrap()));
        }
        Before::Computation => {
            let mut leader = hand(stage.compute(0));
            while stage
                .store
                .stats()
                .of(stage.entry.store_key())
                .is_none_or(|of| of.computations == 0)
            {
                assert!(leader.poll().is_pending());
                settle().await;
            }
            let leader = async move { leader.finish().await.map(Some) };
            others.push(Hand::new(leader));
        }
        Before::Lease => {
            lease = Some(
                hand(stage.store.get_or_lease(&stage.entry, "k"))
                    .finish()
                    .await
                    .unwrap(),
            );
        }
    }
    // Somebody who only waits, and somebody who can bring the value.
    if before != Before::Nothing {
        others.push(hand(stage.wait()));
        others.push(hand(async { stage.compute(3).await.map(Some) }));
        others.retain_mut(|other| other.poll().is_pending());
        settle().await;
    }
    stage.elsewhere.gate.close();
    let done = {
        let mut operation = hand(operation(&stage));
        let mut done = false;
        for _ in 0..polls {
            done = operation.poll().is_ready();
            if done {
                break;
            }
            stage.elsewhere.gate.step();
            stage.loads.step();
            tokio::task::yield_now().await;
        }
        done
    };
    // The operation is dropped. Whoever promised a value goes as well, and everything moves again.
    stage.elsewhere.gate.open();
    stage.loads.open();
    drop((promise, lease));
    for outcome in finish_all(others).await {
        match outcome {
            Ok(_) | Err(CacheError::Abandoned { .. } | CacheError::Invalidated { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    settle().await;
    check(&stage, place).await;
    done
}

/// Polls all in turns, for one may wait for another.
async fn finish_all<T>(mut hands: Vec<Hand<'_, T>>) -> Vec<T> {
    let mut finished = Vec::new();
    for _ in 0..1000 {
        hands.retain_mut(|hand| match hand.poll() {
            Poll::Ready(output) => {
                finished.push(output);
                false
            }
            Poll::Pending => true,
        });
        if hands.is_empty() {
            return finished;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} wait for ever", hands.len());
}

/// What must be true once everybody has gone.
async fn check(stage: &Stage, place: Place) {
    assert!(!user("ada").enter(|| {
        stage
            .store
            .set_pending(&stage.entry, "k")
            .unwrap()
            .is_joined()
    }));
    drop(
        hand(stage.store.get_unpin(&stage.entry, "k"))
            .finish()
            .await
            .unwrap(),
    );
    hand(stage.store.delete(&stage.entry, "k"))
        .finish()
        .await
        .unwrap();
    let held = || {
        let stats = stage.store.stats();
        let stats = stats.of(stage.entry.store_key()).unwrap();
        (stats.entries, stats.scopes)
    };
    if place != Place::Elsewhere {
        assert_eq!(
            (held(), stage.counter.live()),
            ((0, 0), 0),
            "nothing is left"
        );
    }
    let value = hand(stage.compute(9)).finish().await.unwrap();
    assert_eq!(value.number(), 9, "the key works");
    drop(value);
    if place != Place::Elsewhere {
        assert_eq!((held(), stage.counter.live()), ((1, 1), 1));
    }
    hand(stage.store.drop_scope(&CacheScope::user("ada")))
        .finish()
        .await;
    assert_eq!(
        (held(), stage.elsewhere.len(), stage.counter.live()),
        ((0, 0), 0, 0)
    );
}

/// Every operation, dropped at each of its polls, on each kind of cache.
async fn sweep_all(before: Before) {
    for place in [Place::Here, Place::HereWithTime, Place::Elsewhere] {
        for (name, operation) in OPERATIONS {
            let mut polls = 0;
            loop {
                let case = format!("{name} {place:?} {before:?}, dropped after {polls} polls");
                let finished = sweep(place, before, operation, polls);
                let finished = named(&case, finished).await;
                if finished || polls == 12 {
                    break;
                }
                polls += 1;
            }
            let waits =
                name.contains("wait") || before == Before::Promise || before == Before::Lease;
            assert!(
                polls < 12 || waits,
                "{name} {place:?} {before:?} is never done"
            );
            if place != Place::Elsewhere && !name.contains("or") && !name.contains("wait") {
                assert_eq!(polls, 1, "{name} is complete at its first poll");
            }
        }
    }
}

/// Says which case it was if it panics.
async fn named<T>(case: &str, future: impl Future<Output = T>) -> T {
    struct Says<'a>(&'a str);
    impl Drop for Says<'_> {
        #[expect(clippy::print_stderr, reason = "it is how a test says what failed")]
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("it was {}", self.0);
            }
        }
    }
    let _says = Says(case);
    future.await
}

#[tokio::test]
async fn s1_any_operation_may_be_dropped_at_any_poll_when_nothing_is_there() {
    sweep_all(Before::Nothing).await;
}

#[tokio::test]
async fn s1_any_operation_may_be_dropped_at_any_poll_when_a_value_is_there() {
    sweep_all(Before::Value).await;
}

#[tokio::test]
async fn s1_any_operation_may_be_dropped_at_any_poll_when_the_key_is_pending() {
    sweep_all(Before::Promise).await;
}

#[tokio::test]
async fn s1_any_operation_may_be_dropped_at_any_poll_when_a_computation_is_under_way() {
    sweep_all(Before::Computation).await;
}

#[tokio::test]
async fn s1_any_operation_may_be_dropped_at_any_poll_when_somebody_has_the_lease() {
    sweep_all(Before::Lease).await;
}

#[tokio::test]
async fn operation_that_was_never_polled_has_done_nothing() {
    for (name, operation) in OPERATIONS {
        let stage = Stage::new(Place::Here);
        drop(operation(&stage));
        assert!(stage.store.stats().entries.is_empty(), "{name}");
        assert_eq!(stage.counter.live(), 0);
    }
}

#[tokio::test]
async fn e8_set_that_is_dropped_midway_is_done_or_not_done() {
    for polls in 0..4 {
        let stage = Stage::new(Place::Elsewhere);
        stage.elsewhere.gate.close();
        let mut set = hand(stage.store.set(&stage.entry, "k", stage.counter.track(1)));
        for _ in 0..polls {
            if let Poll::Ready(outcome) = set.poll() {
                assert!(outcome.unwrap().is_kept());
                break;
            }
            stage.elsewhere.gate.step();
        }
        drop(set);
        stage.elsewhere.gate.open();
        let found = hand(stage.store.get(&stage.entry, "k"))
            .finish()
            .await
            .unwrap();
        assert_eq!(found.is_some(), polls >= 2, "after {polls} polls");
    }
}
