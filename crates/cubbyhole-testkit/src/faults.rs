//! A cache whose operations go wrong when a test says so.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};

/// An operation of a cache.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// `get`.
    Get,
    /// `get_unpin`.
    GetUnpin,
    /// `set`.
    Set,
    /// `delete`.
    Delete,
    /// `clear`.
    Clear,
}

/// How an operation goes wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// It has no effect: a read finds nothing, a write is not kept, a removal removes nothing.
    Lost,
    /// It waits, before it has any effect, until [`Faults::resume`].
    StalledBefore,
    /// It waits, after it has had its effect, until [`Faults::resume`].
    StalledAfter,
    /// It panics, before it has any effect.
    Panics,
}

/// Which operations of a [`FaultyCache`] go wrong, and how. Clones share their faults.
///
/// ```
/// use cubbyhole_testkit::{Fault, Faults, Operation};
///
/// let faults = Faults::new();
/// faults.next(Operation::Set, Fault::Lost); // the next `set` is lost
/// faults.next(Operation::Set, Fault::Panics); // and the one after it panics
/// assert_eq!(faults.pending(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    next: VecDeque<(Operation, Fault)>,
    always: Vec<(Operation, Fault)>,
    /// How often operations that stall have been let go on.
    resumed: usize,
    /// Those that stall now, by number, once they have been polled.
    stalled: Vec<(u64, Waker)>,
    watchers: Vec<Waker>,
    last: u64,
}

impl Faults {
    /// Makes one without a fault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next operation of this kind go wrong, after those that were said before.
    pub fn next(&self, operation: Operation, fault: Fault) {
        self.lock().next.push_back((operation, fault));
    }

    /// Lets every operation of this kind go wrong that has no fault of its own by [`next`](Self::next), until
    /// [`heal`](Self::heal): a cache that cannot be reached.
    ///
    /// ```
    /// use cubbyhole_testkit::{Fault, Faults, Operation};
    ///
    /// let outage = Faults::new();
    /// outage.always(Operation::Get, Fault::Lost);
    /// outage.always(Operation::Set, Fault::Lost);
    /// // … what the service does meanwhile …
    /// outage.heal();
    /// ```
    pub fn always(&self, operation: Operation, fault: Fault) {
        let mut state = self.lock();
        state.always.retain(|(other, _)| *other != operation);
        state.always.push((operation, fault));
    }

    /// Ends all faults, also those that have not happened yet, and lets what is stalled go on.
    pub fn heal(&self) {
        {
            let mut state = self.lock();
            state.next.clear();
            state.always.clear();
        }
        self.resume();
    }

    /// Waits until so many operations are stalled at the same time. Polls nothing meanwhile.
    ///
    /// If they never are it waits for ever: a test that may be wrong about that puts a time limit around it.
    pub async fn until_stalled(&self, number: usize) {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.stalled.len() >= number {
                return Poll::Ready(());
            }
            state.watchers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Returns how many faults have not happened yet, without those that [always](Self::always) do.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.lock().next.len()
    }

    /// Returns how many operations are stalled.
    #[must_use]
    pub fn stalled(&self) -> usize {
        self.lock().stalled.len()
    }

    /// Lets all operations that are stalled go on.
    pub fn resume(&self) {
        let stalled = {
            let mut state = self.lock();
            state.resumed += 1;
            std::mem::take(&mut state.stalled)
        };
        stalled.into_iter().for_each(|(_, waker)| waker.wake());
    }

    fn take(&self, operation: Operation) -> Option<Fault> {
        let mut state = self.lock();
        let is_of = |(other, _): &(Operation, Fault)| *other == operation;
        if let Some(at) = state.next.iter().position(is_of) {
            return state.next.remove(at).map(|(_, fault)| fault);
        }
        let always = state.always.iter().copied().find(is_of);
        always.map(|(_, fault)| fault)
    }

    async fn stall(&self) {
        let (number, resumed) = {
            let mut state = self.lock();
            state.last += 1;
            (state.last, state.resumed)
        };
        let _stalled = Stalled {
            faults: self,
            number,
        };
        poll_fn(|cx| {
            let watchers = {
                let mut state = self.lock();
                if state.resumed > resumed {
                    return Poll::Ready(());
                }
                state.note_stalled(number, cx.waker());
                std::mem::take(&mut state.watchers)
            };
            watchers.into_iter().for_each(Waker::wake);
            Poll::Pending
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note_stalled(&mut self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        match self.stalled.iter_mut().find(|(other, _)| *other == number) {
            Some((_, former)) => *former = waker,
            None => self.stalled.push((number, waker)),
        }
    }
}

/// An operation that stalls, until it goes on or is given up.
struct Stalled<'a> {
    faults: &'a Faults,
    number: u64,
}

impl Drop for Stalled<'_> {
    fn drop(&mut self) {
        let mut state = self.faults.lock();
        state.stalled.retain(|(number, _)| *number != self.number);
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Faults")
            .field("next", &state.next)
            .field("always", &state.always)
            .field("stalled", &state.stalled.len())
            .finish()
    }
}

/// Any cache, with faults: for tests of what stands behind it.
///
/// It has to be waited for, whatever the cache inside is, because its operations may stall. Hand it to a store with
/// `CachedRegistryEntry::with_cache`.
pub struct FaultyCache<V> {
    cache: Arc<dyn CacheStoreImpl<V>>,
    faults: Faults,
}

impl<V> FaultyCache<V> {
    /// Puts faults around a cache.
    #[must_use]
    pub fn new(cache: Arc<dyn CacheStoreImpl<V>>, faults: &Faults) -> Self {
        let faults = faults.clone();
        Self { cache, faults }
    }
}

impl<V: Send + 'static> FaultyCache<V> {
    /// Runs an operation as its fault has it; `None` if it is lost.
    async fn run<T>(&self, operation: Operation, run: impl Future<Output = T> + Send) -> Option<T> {
        match self.faults.take(operation) {
            None => Some(run.await),
            Some(Fault::Lost) => None,
            Some(Fault::StalledBefore) => {
                self.faults.stall().await;
                Some(run.await)
            }
            Some(Fault::StalledAfter) => {
                let result = run.await;
                self.faults.stall().await;
                Some(result)
            }
            #[expect(clippy::panic, reason = "that is what was asked for")]
            Some(Fault::Panics) => panic!("{operation:?} panics, as the test says"),
        }
    }
}

#[async_trait]
impl<V: Send + 'static> CacheStoreImpl<V> for FaultyCache<V> {
    async fn get(&self, key: &str) -> Option<V> {
        self.run(Operation::Get, self.cache.get(key))
            .await
            .flatten()
    }

    async fn get_unpin(&self, key: &str) -> Option<V> {
        let get = self.cache.get_unpin(key);
        self.run(Operation::GetUnpin, get).await.flatten()
    }

    async fn set(&self, key: &str, value: V, retention: Retention) -> SetOutcome {
        let set = self.cache.set(key, value, retention);
        let outcome = self.run(Operation::Set, set).await;
        outcome.unwrap_or(SetOutcome::NotKept)
    }

    async fn delete(&self, key: &str) -> Option<V> {
        let delete = self.cache.delete(key);
        self.run(Operation::Delete, delete).await.flatten()
    }

    async fn clear(&self) {
        self.run(Operation::Clear, self.cache.clear()).await;
    }

    fn len(&self) -> usize {
        self.cache.len()
    }

    fn values(&self) -> Vec<V> {
        self.cache.values()
    }
}

impl<V> fmt::Debug for FaultyCache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyCache")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
