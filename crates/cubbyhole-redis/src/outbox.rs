//! Invalidations on their way to Redis: none is lost, however long it takes, and they take up a bounded place.
//!
//! All go this way, so that there is one place to look at: what is here has not been told to the others yet, and this
//! node is not given what it covers.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cubbyhole_core::TierError;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use tokio::sync::{Notify, oneshot};

use crate::marks::MarksLock;
use crate::message::Why;
use crate::place::{CellName, Digest, EntryName};
use crate::stored::Stamp;
use crate::thing::Thing;

/// Something to be told.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// A key is deleted: what was written before, and what this node wrote up to `before`.
    Delete {
        cell: Arc<CellName>,
        key: Box<str>,
        before: u64,
    },
    Mark {
        thing: Thing,
        why: Why,
        /// Whose values are to be removed from Redis as well.
        erase: Option<Scope>,
    },
    /// What was begun in a cell before its scope was dropped is removed, because this node may have written it later.
    Erase { cell: Arc<CellName>, before: Stamp },
}

/// A scope by name, as it is needed to find the cells of entries that this process does not know.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Scope {
    pub(crate) cache_type: cubbyhole_policy::CacheType,
    pub(crate) id: Box<str>,
}

/// Hides the id.
impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a scope of type {}", self.cache_type)
    }
}

/// What is told once if it is asked for several times.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum OrderKey {
    Delete(Digest, Box<str>),
    Mark(Thing, Why),
    Erase(Digest),
}

/// Whoever wants to know that it was told.
type Done = oneshot::Sender<Result<(), TierError>>;

/// An order, and who waits for it.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) order: Order,
    /// How many had been put in when it was.
    number: u64,
    done: Vec<Done>,
}

/// The queue of one node.
#[derive(Debug)]
pub(crate) struct Outbox {
    most: usize,
    /// Where marks are pending for as long as they are here. Locked under `state`.
    marks: Arc<MarksLock>,
    state: Mutex<State>,
    /// Wakes the one who sends.
    pub(crate) filled: Notify,
    /// Wakes who waits until something was sent.
    progress: Notify,
}

#[derive(Debug, Default)]
struct State {
    items: HashMap<OrderKey, Item>,
    /// What is not being sent, in the order in which it was asked for.
    line: BTreeMap<u64, OrderKey>,
    /// Being sent. What is asked for again meanwhile is sent again afterwards.
    flying: HashMap<OrderKey, Order>,
    /// The numbers of all that is here.
    numbers: BTreeSet<u64>,
    last: u64,
}

impl Order {
    pub(crate) fn key(&self) -> OrderKey {
        match self {
            Self::Delete { cell, key, .. } => OrderKey::Delete(cell.digest, key.clone()),
            Self::Mark { thing, why, .. } => OrderKey::Mark(thing.clone(), *why),
            Self::Erase { cell, .. } => OrderKey::Erase(cell.digest),
        }
    }

    const fn mark(thing: Thing) -> Self {
        Self::Mark {
            thing,
            why: Why::Asked,
            erase: None,
        }
    }

    /// Takes over what a later order of the same key asks for.
    fn merge(&mut self, later: &Self) {
        match (self, later) {
            (Self::Delete { before, .. }, Self::Delete { before: later, .. }) => {
                *before = (*before).max(*later);
            }
            (Self::Erase { before, .. }, Self::Erase { before: later, .. }) => *before = *later,
            _ => {}
        }
    }

    /// Whether it says that whoever wants something erased may not be replaced by a mark.
    const fn erases(&self) -> bool {
        matches!(self, Self::Mark { erase: Some(_), .. })
    }
}

impl Outbox {
    pub(crate) fn new(most: usize, marks: Arc<MarksLock>) -> Self {
        Self {
            most,
            marks,
            state: Mutex::default(),
            filled: Notify::new(),
            progress: Notify::new(),
        }
    }

    /// Puts an order in, and tells `done` when it has been carried out, or has to wait.
    pub(crate) fn put(&self, order: Order, done: Option<Done>) {
        let mut state = self.state();
        state.put(order, done.into_iter().collect(), &self.marks);
        if state.items.len() > self.most {
            state.collapse_keys(&self.marks);
        }
        if state.items.len() > self.most {
            state.collapse_all(self.most, &self.marks);
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Takes the next order to send, but none of a key that is being sent.
    pub(crate) fn take(&self) -> Option<Item> {
        let mut state = self.state();
        let State { line, flying, .. } = &mut *state;
        let free = line.iter().find(|(_, key)| !flying.contains_key(*key));
        let number = free.map(|(number, _)| *number)?;
        let key = line.remove(&number)?;
        let item = state.items.remove(&key)?;
        state.flying.insert(key, item.order.clone());
        Some(item)
    }

    /// Ends an order that was taken. A mark has been noted with its number by now.
    pub(crate) fn sent(&self, item: Item) {
        let mut state = self.state();
        state.flying.remove(&item.order.key());
        state.numbers.remove(&item.number);
        self.unpend(item.order.thing());
        drop(state);
        self.progress.notify_waiters();
        item.finish(&Ok(()));
    }

    /// Puts an order back that could not be carried out. Whoever waits for it is told that it is made up for later.
    pub(crate) fn put_back(&self, item: Item, error: TierError) {
        let Item {
            order,
            number,
            done,
        } = item;
        let thing = order.thing().cloned();
        let mut state = self.state();
        state.flying.remove(&order.key());
        state.put_numbered(order, number, Vec::new(), &self.marks);
        self.unpend(thing.as_ref());
        drop(state);
        finish(done, &Err(error));
    }

    /// Tells all who wait that it has to wait.
    pub(crate) fn give_notice(&self, error: &TierError) {
        let mut state = self.state();
        let waiting: Vec<Done> = state
            .items
            .values_mut()
            .flat_map(|item| mem::take(&mut item.done))
            .collect();
        drop(state);
        finish(waiting, &Err(error.clone()));
    }

    /// Says up to which count of this node's own tokens a key is being deleted, if it is.
    pub(crate) fn deleting(&self, cell: Digest, key: &str) -> Option<u64> {
        let state = self.state();
        if state.is_empty() {
            return None;
        }
        let key = OrderKey::Delete(cell, key.into());
        let queued = state.items.get(&key).map(|item| &item.order);
        let orders = [queued, state.flying.get(&key)];
        let before = orders
            .into_iter()
            .flatten()
            .filter_map(|order| match order {
                Order::Delete { before, .. } => Some(*before),
                Order::Mark { .. } | Order::Erase { .. } => None,
            });
        before.max()
    }

    /// Returns how much the others have still to be told.
    pub(crate) fn len(&self) -> usize {
        let state = self.state();
        state.items.len() + state.flying.len()
    }

    /// Returns the number of what was put in last.
    pub(crate) fn last(&self) -> u64 {
        self.state().last
    }

    /// Waits until everybody has been told of everything up to this number.
    pub(crate) async fn sent_up_to(&self, number: u64) {
        loop {
            let mut progress = pin!(self.progress.notified());
            progress.as_mut().enable();
            let first = self.state().numbers.first().copied();
            if first.is_none_or(|first| first > number) {
                return;
            }
            progress.await;
        }
    }

    fn unpend(&self, thing: Option<&Thing>) {
        if let Some(thing) = thing {
            self.marks.write().unpend(thing);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.flying.is_empty()
    }

    fn put(&mut self, order: Order, done: Vec<Done>, marks: &MarksLock) {
        self.last += 1;
        self.put_numbered(order, self.last, done, marks);
    }

    fn put_numbered(&mut self, order: Order, number: u64, done: Vec<Done>, marks: &MarksLock) {
        match self.items.entry(order.key()) {
            Entry::Occupied(mut found) => {
                let key = found.key().clone();
                let item = found.get_mut();
                item.order.merge(&order);
                item.done.extend(done);
                // The earlier of the two places counts.
                for taken in [number, item.number] {
                    self.numbers.remove(&taken);
                    self.line.remove(&taken);
                }
                item.number = number.min(item.number);
                self.numbers.insert(item.number);
                self.line.insert(item.number, key);
            }
            Entry::Vacant(free) => {
                if let Some(thing) = order.thing() {
                    marks.write().pend(thing.clone());
                }
                self.line.insert(number, free.key().clone());
                self.numbers.insert(number);
                free.insert(Item {
                    order,
                    number,
                    done,
                });
            }
        }
    }

    /// Invalidates whole entries in place of keys.
    fn collapse_keys(&mut self, marks: &MarksLock) {
        let keys = self
            .items
            .extract_if(|key, _| matches!(key, OrderKey::Delete(..)));
        let keys: Vec<Item> = keys.map(|(_, item)| item).collect();
        for item in keys {
            self.numbers.remove(&item.number);
            if let Some(entry) = item.order.entry() {
                let mark = Order::mark(Thing::Entry(entry));
                self.put_numbered(mark, item.number, item.done, marks);
            }
        }
        self.forget_gone();
    }

    /// Invalidates everything in place of everything. What is to be erased is kept apart for as long as there is room.
    fn collapse_all(&mut self, most: usize, marks: &MarksLock) {
        let erasing = self.items.values().filter(|item| item.order.erases());
        let keep = erasing.count() < most;
        let all = self
            .items
            .extract_if(|_, item| !(keep && item.order.erases()));
        let all: Vec<Item> = all.map(|(_, item)| item).collect();
        let first = all.iter().map(|item| item.number).min();
        for item in &all {
            self.numbers.remove(&item.number);
        }
        let (orders, done): (Vec<Order>, Vec<Vec<Done>>) =
            all.into_iter().map(|item| (item.order, item.done)).unzip();
        let done = done.into_iter().flatten().collect();
        let number = first.unwrap_or(self.last);
        self.put_numbered(Order::mark(Thing::Everything), number, done, marks);
        let mut marks = marks.write();
        for thing in orders.iter().filter_map(Order::thing) {
            marks.unpend(thing);
        }
        self.forget_gone();
    }

    fn forget_gone(&mut self) {
        let items = &self.items;
        self.line.retain(|_, key| items.contains_key(key));
    }
}

impl Order {
    const fn thing(&self) -> Option<&Thing> {
        match self {
            Self::Mark { thing, .. } => Some(thing),
            Self::Delete { .. } | Self::Erase { .. } => None,
        }
    }

    fn entry(&self) -> Option<Arc<EntryName>> {
        match self {
            Self::Delete { cell, .. } => Some(Arc::clone(&cell.entry)),
            Self::Mark { .. } | Self::Erase { .. } => None,
        }
    }
}

impl Item {
    fn finish(self, result: &Result<(), TierError>) {
        finish(self.done, result);
    }
}

fn finish(done: Vec<Done>, result: &Result<(), TierError>) {
    for done in done {
        // Whoever does not wait any more does not need to be told.
        let _ = done.send(result.clone());
    }
}

#[cfg(test)]
mod tests;
