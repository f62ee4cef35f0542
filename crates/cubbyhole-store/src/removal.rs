//! Who wants to know what left a cache.

use std::any::TypeId;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use cubbyhole_core::{RemovalCause, StoredKey};

use crate::error::Invalidation;
use crate::panics::Panics;
use crate::sync::Mutex;

/// A value that left a cache.
///
/// A listener gets it ([`on_removal`](crate::CachedRegistryEntry::on_removal)). It does not say whose value it was.
pub struct Removal<V> {
    /// The key.
    pub key: String,
    /// The value.
    pub value: V,
    /// Why it left.
    pub by: RemovedBy,
}

/// Why a value left a cache.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RemovedBy {
    /// A new value took its place. A value that was past its time when that happened has expired.
    Replaced,
    /// The policy had no room for it.
    Evicted,
    /// It was past its time.
    Expired,
    /// It was invalidated: by its key, by a tag, with its scope, or with everything.
    Invalidated(Invalidation),
}

impl RemovedBy {
    pub(crate) const fn of(cause: RemovalCause) -> Self {
        match cause {
            RemovalCause::Replaced => Self::Replaced,
            RemovalCause::Evicted => Self::Evicted,
            RemovalCause::Expired => Self::Expired,
            _ => Self::Invalidated(Invalidation::Deleted),
        }
    }

    /// Returns the cause under which it is counted.
    pub(crate) const fn cause(self) -> RemovalCause {
        match self {
            Self::Replaced => RemovalCause::Replaced,
            Self::Evicted => RemovalCause::Evicted,
            Self::Expired => RemovalCause::Expired,
            Self::Invalidated(_) => RemovalCause::Deleted,
        }
    }
}

impl<V> fmt::Debug for Removal<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removal")
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

/// A listener, and what tells it from another.
pub(crate) struct Listener<V> {
    pub(crate) code: TypeId,
    pub(crate) call: Arc<dyn Fn(Removal<V>) + Send + Sync>,
}

impl<V> Clone for Listener<V> {
    fn clone(&self) -> Self {
        Self {
            code: self.code,
            call: Arc::clone(&self.call),
        }
    }
}

/// What left the caches of one registry entry, on its way to the listener.
///
/// It is put here under the lock of its scope, so that what happens to a key is in order, and delivered when the lock
/// is free, by one thread at a time: whoever comes while another delivers leaves it to that one.
pub(crate) struct Removals<V> {
    listener: Listener<V>,
    queue: Mutex<Queue<V>>,
}

struct Queue<V> {
    waiting: VecDeque<(StoredKey, V, RemovedBy)>,
    delivering: bool,
}

impl<V> Removals<V> {
    pub(crate) fn new(listener: Listener<V>) -> Arc<Self> {
        Arc::new(Self {
            listener,
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                delivering: false,
            }),
        })
    }

    pub(crate) fn push(&self, key: StoredKey, value: V, by: RemovedBy) {
        self.queue.lock().waiting.push_back((key, value, by));
    }

    /// Delivers what waits. A listener that panics has had its turn; the others come all the same.
    pub(crate) fn deliver(&self, panics: &mut Panics) {
        {
            let mut queue = self.queue.lock();
            if queue.delivering || queue.waiting.is_empty() {
                return;
            }
            queue.delivering = true;
        }
        loop {
            let next = {
                let mut queue = self.queue.lock();
                let next = queue.waiting.pop_front();
                queue.delivering = next.is_some();
                next
            };
            let Some((key, value, by)) = next else {
                return;
            };
            let key = key.to_text();
            panics.hold(|| (self.listener.call)(Removal { key, value, by }));
        }
    }
}
