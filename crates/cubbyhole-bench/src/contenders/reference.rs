//! The reference: a bare hash table behind one lock that nobody else takes.
//!
//! It has no policy. Where more is stored than fits, the oldest goes, because something has to. Each thread has a table
//! of its own, so that its lock is always free.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::key::{Key, Lookup};
use super::{BigCache, Hasher, TextCache, World};
use crate::measure::worker;
use crate::workload::Value;

/// What the reference is called.
pub(super) const NAME: &str = "bare hashbrown";

const HOW: &str = "`hashbrown::HashMap` behind a `std::sync::Mutex`, one for each thread; no policy: the reference";

/// A table for each thread, of keys in design A or of texts.
pub(crate) struct Reference<K = Key> {
    tables: Vec<Mutex<Table<K>>>,
}

struct Table<K> {
    map: HashMap<K, Value, Hasher>,
    /// What was stored first, if there is a bound.
    oldest: Option<VecDeque<K>>,
    capacity: usize,
}

impl<K: Eq + std::hash::Hash + Clone> Reference<K> {
    fn new(capacity: usize, bound: bool) -> Self {
        let table = || {
            Mutex::new(Table {
                map: HashMap::default(),
                oldest: bound.then(VecDeque::new),
                capacity,
            })
        };
        let threads = crate::measure::thread_counts().len();
        Self {
            tables: (0..threads).map(|_| table()).collect(),
        }
    }

    /// The table of this thread.
    #[inline]
    fn mine(&self) -> std::sync::MutexGuard<'_, Table<K>> {
        self.tables[worker()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies what the first thread has to the others.
    fn share(&self) {
        let [first, others @ ..] = &*self.tables else {
            return;
        };
        let first = first.lock().unwrap_or_else(PoisonError::into_inner);
        for other in others {
            let mut other = other.lock().unwrap_or_else(PoisonError::into_inner);
            other.map.clone_from(&first.map);
            other.oldest.clone_from(&first.oldest);
        }
    }
}

impl<K: Eq + std::hash::Hash + Clone> Table<K> {
    fn insert(&mut self, key: K, value: Value) {
        let Some(oldest) = &mut self.oldest else {
            self.map.insert(key, value);
            return;
        };
        if self.map.insert(key.clone(), value).is_none() {
            oldest.push_back(key);
            if self.map.len() > self.capacity
                && let Some(key) = oldest.pop_front()
            {
                self.map.remove(&key);
            }
        }
    }
}

impl BigCache for Reference<Key> {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        Self::new(world.total(), world.overflows)
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        Some(self.mine().map.get(&Lookup { entry, scope, key }).cloned())
    }

    #[inline]
    fn set_now(&self, entry: u32, scope: &Arc<str>, key: &str, value: Value) -> Option<Value> {
        self.mine().insert(Key::new(entry, scope, key), value);
        None
    }

    fn is_loaded(&self) {
        self.share();
    }

    async fn len(&self) -> usize {
        self.mine().map.len()
    }
}

impl TextCache for Reference<Box<str>> {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(capacity: usize, _small: bool) -> Self {
        Self::new(capacity, true)
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        Some(self.mine().map.get(key).cloned())
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        self.mine().insert(key.into(), value);
        None
    }

    fn is_loaded(&self) {
        self.share();
    }

    async fn len(&self) -> usize {
        self.mine().map.len()
    }
}
