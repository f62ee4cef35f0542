//! Which computation waits for which, so that a circle is an error and not a deadlock.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::{Arc, Weak};

use hashbrown::HashMap;

use crate::entry::StoreKey;
use crate::error::CacheError;
use crate::flight::Flight;
use crate::limits::Turn;
use crate::runtime::RunningComputation;
use crate::sync::Mutex;

/// The waits between computations of one store.
///
/// Only a computation that asks the store for another value has an edge here, and only while it waits.
#[derive(Debug)]
pub(crate) struct LoadGraph {
    waits: Mutex<HashMap<u64, Node>>,
}

/// A computation, and the computations it waits for (several, if it asks for several at once).
#[derive(Debug)]
struct Node {
    name: String,
    waits_for: Vec<u64>,
}

/// One wait, noted in the graph until it is dropped.
pub(crate) struct Edge {
    graph: Arc<LoadGraph>,
    from: u64,
    to: u64,
}

/// The computation that the running task belongs to.
#[derive(Clone)]
pub(crate) struct Computation {
    id: u64,
    name: Arc<str>,
    /// The graph's store: a computation of one store may ask another, whose graph knows nothing of it.
    graph: Arc<LoadGraph>,
    /// What it has to have to run, if something limits that.
    turn: Option<Weak<Turn>>,
}

impl Computation {
    /// Returns what the computation has to have to run, if something limits that.
    pub(crate) fn turn(&self) -> Option<Arc<Turn>> {
        self.turn.as_ref()?.upgrade()
    }
}

impl LoadGraph {
    pub(crate) fn new() -> Arc<Self> {
        let waits = Mutex::new(HashMap::new());
        Arc::new(Self { waits })
    }

    /// Runs `future` as the computation of `flight`.
    pub(crate) fn run<V, F: Future>(
        self: &Arc<Self>,
        flight: &Flight<V>,
        turn: Option<&Arc<Turn>>,
        future: F,
    ) -> impl Future<Output = F::Output> + use<V, F> {
        let mut computation = self.computation(flight);
        computation.turn = turn.map(Arc::downgrade);
        RunningComputation::scope(computation, future)
    }

    /// Returns the computation that brings the value of a flight.
    pub(crate) fn computation<V>(self: &Arc<Self>, flight: &Flight<V>) -> Computation {
        Computation {
            id: flight.id(),
            name: name(flight).into(),
            graph: Arc::clone(self),
            turn: None,
        }
    }

    /// Notes that the running computation, if one is running, waits for `flight`.
    ///
    /// # Errors
    ///
    /// [`CacheError::Cycle`] if `flight` waits for the running computation. O(computations that wait).
    pub(crate) fn wait_for<V>(
        self: &Arc<Self>,
        flight: &Flight<V>,
    ) -> Result<Option<Edge>, CacheError> {
        let Some(running) = RunningComputation::get() else {
            return Ok(None);
        };
        if !Arc::ptr_eq(&running.graph, self) {
            return Ok(None);
        }
        let mut waits = self.waits.lock();
        if let Some(path) = path(&waits, flight.id(), running.id) {
            let path = describe(&waits, &path, &running, &name(flight));
            let entry: StoreKey = flight.entry().clone();
            return Err(CacheError::Cycle { entry, path });
        }
        waits
            .entry(running.id)
            .or_insert_with(|| Node {
                name: running.name.to_string(),
                waits_for: Vec::new(),
            })
            .waits_for
            .push(flight.id());
        drop(waits);
        Ok(Some(Edge {
            graph: Arc::clone(self),
            from: running.id,
            to: flight.id(),
        }))
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let mut waits = self.graph.waits.lock();
        if let Some(node) = waits.get_mut(&self.from) {
            if let Some(at) = node.waits_for.iter().position(|&to| to == self.to) {
                node.waits_for.swap_remove(at);
            }
            if node.waits_for.is_empty() {
                waits.remove(&self.from);
            }
        }
    }
}

/// Finds a way from one computation to another along their waits, depth first.
fn path(waits: &HashMap<u64, Node>, from: u64, to: u64) -> Option<Vec<u64>> {
    let mut seen = vec![from];
    let mut path = vec![(from, 0)];
    while let Some((at, next)) = path.last_mut() {
        if *at == to {
            return Some(path.into_iter().map(|(at, _)| at).collect());
        }
        let successor = waits.get(at).and_then(|node| node.waits_for.get(*next));
        *next += 1;
        match successor {
            Some(&successor) if seen.contains(&successor) => {}
            Some(&successor) => {
                seen.push(successor);
                path.push((successor, 0));
            }
            None => {
                path.pop();
            }
        }
    }
    None
}

/// Writes a circle as the running computation, what it was about to wait for, and so on back to it.
fn describe(waits: &HashMap<u64, Node>, path: &[u64], running: &Computation, next: &str) -> String {
    let mut text = running.name.to_string();
    for (step, id) in path.iter().enumerate() {
        let name = match waits.get(id) {
            _ if step == 0 => next,
            _ if *id == running.id => &running.name,
            Some(node) => &node.name,
            None => "a computation",
        };
        // Writing to a `String` cannot fail.
        let _ = write!(text, " -> {name}");
    }
    text
}

fn name<V>(flight: &Flight<V>) -> String {
    let entry = flight.entry();
    format!(
        "{}/{}[{}]",
        entry.kind(),
        entry.uid(),
        flight.key().to_text()
    )
}
