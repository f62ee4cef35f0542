//! How many computations run at the same time.
//!
//! A computation runs while it holds a permit of each limit that there is: of its scope, of its registry entry, of the
//! store, asked for in this order, so that who waits for its scope holds up nobody else. Each limit is first come, first
//! served.
//!
//! While a computation waits for another one, it does not run: it gives its permits back for that time. So no limit is
//! held by who waits for it, and nested computations cannot wait for each other's permits.

use std::sync::Arc;

use hashbrown::HashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::node::ScopeNode;
use crate::sync::Mutex;

/// How many computations may run at the same time, by a store's own reckoning.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MaxComputations {
    pub(crate) in_store: Option<usize>,
    pub(crate) in_each_scope: Option<usize>,
}

/// The limits of one store.
pub(crate) struct Limits {
    in_store: Option<Arc<Semaphore>>,
    in_each_scope: Option<usize>,
    /// Those of the scopes in which something computes, or waits to.
    scopes: Mutex<HashMap<usize, Arc<Semaphore>>>,
}

impl Limits {
    pub(crate) fn new(max: MaxComputations) -> Self {
        Self {
            in_store: max.in_store.map(limit),
            in_each_scope: max.in_each_scope,
            scopes: Mutex::new(HashMap::new()),
        }
    }

    /// Returns what a computation in a scope has to get permits of; `None` if nothing limits it.
    pub(crate) fn of(
        self: &Arc<Self>,
        node: &Arc<ScopeNode>,
        entry: Option<&Arc<Semaphore>>,
    ) -> Option<Arc<Turn>> {
        let scope = self.in_each_scope.map(|max| {
            let scope = Arc::as_ptr(node) as usize;
            let mut scopes = self.scopes.lock();
            Arc::clone(scopes.entry(scope).or_insert_with(|| limit(max)))
        });
        if scope.is_none() && entry.is_none() && self.in_store.is_none() {
            return None;
        }
        Some(Arc::new(Turn {
            scope,
            others: [entry.cloned(), self.in_store.clone()],
            state: Mutex::new(State {
                permits: Vec::new(),
                waits: 0,
            }),
            of: Arc::clone(self),
            node: Arc::clone(node),
        }))
    }

    /// Gives the limit of a scope back, and forgets it if nothing computes there any more.
    fn give_back(&self, node: &Arc<ScopeNode>, limit: Arc<Semaphore>) {
        let mut scopes = self.scopes.lock();
        drop(limit);
        let scope = Arc::as_ptr(node) as usize;
        let is_last = |limit: &Arc<Semaphore>| Arc::strong_count(limit) == 1;
        if scopes.get(&scope).is_some_and(is_last) {
            scopes.remove(&scope);
        }
    }
}

pub(crate) fn limit(max: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)))
}

/// The permits of one computation.
pub(crate) struct Turn {
    scope: Option<Arc<Semaphore>>,
    others: [Option<Arc<Semaphore>>; 2],
    state: Mutex<State>,
    of: Arc<Limits>,
    node: Arc<ScopeNode>,
}

struct State {
    permits: Vec<OwnedSemaphorePermit>,
    /// How many branches of the computation wait for another computation.
    waits: usize,
}

impl Turn {
    /// Waits until the computation may run.
    pub(crate) async fn begin(&self) {
        let mut permits = Vec::with_capacity(3);
        for limit in self.scope.iter().chain(self.others.iter().flatten()) {
            // A limit is never closed.
            permits.extend(Arc::clone(limit).acquire_owned().await.ok());
        }
        let mut state = self.state.lock();
        if state.waits == 0 {
            state.permits = permits;
        }
    }

    /// Gives the permits back for as long as the computation waits for another one.
    pub(crate) fn pause(self: Arc<Self>) -> Paused {
        let permits = {
            let mut state = self.state.lock();
            state.waits += 1;
            std::mem::take(&mut state.permits)
        };
        drop(permits);
        Paused { turn: Some(self) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.state.lock().permits.clear();
        if let Some(scope) = self.scope.take() {
            self.of.give_back(&self.node, scope);
        }
    }
}

/// A computation that waits for another one, and holds no permits meanwhile.
#[must_use]
pub(crate) struct Paused {
    turn: Option<Arc<Turn>>,
}

impl Paused {
    /// Waits until the computation may run on.
    pub(crate) async fn end(mut self) {
        let Some(turn) = self.turn.take() else { return };
        let last = {
            let mut state = turn.state.lock();
            state.waits -= 1;
            state.waits == 0
        };
        if last {
            turn.begin().await;
        }
    }
}

impl Drop for Paused {
    /// The wait was given up: the computation runs on without permits, rather than block a thread for them here. It gets
    /// them again at the end of its next wait.
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            turn.state.lock().waits -= 1;
        }
    }
}
