//! The caches that are compared, each used as its own documentation says is best.
//!
//! A [`Contender`] answers as the cache of an async request handler does: who is asking is in a task-local of the
//! running task, keys come as `&str`, and every call is an `async fn`, polled in that task.
//!
//! - *A* ([`OneCache`]): one big cache for everybody, its key made of the registry entry, the scope and the key.
//! - *B* ([`PerScope`]): a cache of its own for each registry entry and scope, found in a concurrent map by scope.
//! - Where there are no scopes ([`Shared`]), one cache whose keys are texts.
//!
//! All hash with foldhash (hashbrown's default). Each looks up with borrowed parts of a key where it can, so that a
//! lookup makes no `String`.

pub(crate) mod expiring;
pub(crate) mod flights;
mod key;
mod ours;
mod reference;
mod scoping;

#[cfg(peers)]
mod cached;
#[cfg(peers)]
pub(crate) mod cachet;
#[cfg(peers)]
mod dashmap;
#[cfg(peers)]
mod foyer;
#[cfg(peers)]
mod hashlink;
#[cfg(peers)]
mod lru;
#[cfg(peers)]
mod moka_future;
#[cfg(peers)]
mod moka_sync;
#[cfg(peers)]
mod per_scope;
#[cfg(peers)]
mod quick_cache;
#[cfg(peers)]
mod rwlock;

use std::future::{Future, ready};
use std::sync::Arc;

pub(crate) use ours::Ours;
pub(crate) use reference::Reference;
pub(crate) use scoping::{OneCache, Shared};

use crate::workload::Value;

/// The hasher of all: foldhash.
pub(crate) type Hasher = hashbrown::DefaultHashBuilder;

/// How big the world is that a cache is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    /// Registry entries; 0 if there are no scopes: then there is one cache for all.
    pub(crate) entries: usize,
    pub(crate) scopes: usize,
    /// How many values each registry entry may have in each scope.
    pub(crate) capacity: usize,
    /// Whether more is stored than fits.
    pub(crate) overflows: bool,
    /// Whether scopes are dropped: some peers have to be told.
    pub(crate) drops_scopes: bool,
}

impl World {
    pub(crate) const fn of_scopes(entries: usize, scopes: usize, capacity: usize) -> Self {
        Self {
            entries,
            scopes,
            capacity,
            overflows: false,
            drops_scopes: false,
        }
    }

    pub(crate) const fn shared(capacity: usize) -> Self {
        Self::of_scopes(0, 1, capacity)
    }

    pub(crate) const fn overflowing(mut self) -> Self {
        self.overflows = true;
        self
    }

    pub(crate) const fn dropping_scopes(mut self) -> Self {
        self.drops_scopes = true;
        self
    }

    /// Returns how many values fit in all.
    pub(crate) const fn total(&self) -> usize {
        let entries = if self.entries == 0 { 1 } else { self.entries };
        entries * self.scopes * self.capacity
    }
}

/// A cache as a request handler sees it.
pub(crate) trait Contender: Sized + Send + Sync + 'static {
    /// Who is asking.
    type Scope: Clone + Send + Sync + 'static;

    /// What it is called in tables.
    fn name() -> String;

    /// How it is used, in a sentence for the report.
    fn how() -> &'static str;

    /// Whether an instance is so heavy that a million of them do not fit into memory.
    fn is_heavy() -> bool {
        false
    }

    fn build(world: &World) -> Self;

    /// Makes who is asking from the text of an id.
    fn scope(id: &str) -> Self::Scope;

    /// Runs a request as `scope`.
    fn within<F>(scope: Self::Scope, request: F) -> impl Future<Output = F::Output> + Send
    where
        F: Future + Send,
        F::Output: Send;

    /// Reads a value.
    fn get(&self, entry: usize, key: &str) -> impl Future<Output = Option<Value>> + Send;

    /// Stores a value.
    fn set(&self, entry: usize, key: &str, value: Value) -> impl Future<Output = ()> + Send;

    /// Forgets a scope. Returns whether the cache can do that.
    fn drop_scope(&self, scope: &Self::Scope) -> impl Future<Output = bool> + Send;

    /// Is told that what the world begins with has been stored.
    fn is_loaded(&self) {}

    /// Returns how many values are held, after any housekeeping has been done.
    fn len(&self) -> impl Future<Output = usize> + Send;
}

/// A cache whose keys are texts: one instance of design B, or the shared one.
///
/// A cache that never waits answers in `get_now` and `set_now`; another one in `get` and `set`.
pub(crate) trait TextCache: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const HOW: &'static str;
    const HEAVY: bool = false;

    /// Makes a cache for so many values; one of very many if it is `small`.
    fn build(capacity: usize, small: bool) -> Self;

    /// Reads a value, if that never waits.
    fn get_now(&self, _key: &str) -> Option<Option<Value>> {
        None
    }

    /// Stores a value, if that never waits; gives it back otherwise.
    fn set_now(&self, _key: &str, value: Value) -> Option<Value> {
        Some(value)
    }

    fn get(&self, key: &str) -> impl Future<Output = Option<Value>> + Send {
        ready(self.get_now(key).flatten())
    }

    fn set(&self, key: &str, value: Value) -> impl Future<Output = ()> + Send {
        let _stored = self.set_now(key, value);
        ready(())
    }

    fn is_loaded(&self) {}

    fn len(&self) -> impl Future<Output = usize> + Send;
}

/// A cache for everybody, whose keys have three parts. As [`TextCache`] otherwise.
pub(crate) trait BigCache: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const HOW: &'static str;

    fn build(world: &World) -> Self;

    fn get_now(&self, _entry: u32, _scope: &str, _key: &str) -> Option<Option<Value>> {
        None
    }

    fn set_now(&self, _entry: u32, _scope: &Arc<str>, _key: &str, value: Value) -> Option<Value> {
        Some(value)
    }

    /// Reads a value where `get_now` cannot.
    fn get(
        &self,
        _entry: u32,
        _scope: Arc<str>,
        _key: &str,
    ) -> impl Future<Output = Option<Value>> + Send {
        ready(None)
    }

    /// Stores a value where `set_now` cannot.
    fn set(
        &self,
        _entry: u32,
        _scope: Arc<str>,
        _key: &str,
        _value: Value,
    ) -> impl Future<Output = ()> + Send {
        ready(())
    }

    /// Forgets a scope. Returns whether the cache can do that.
    fn drop_scope(&self, _scope: &str) -> impl Future<Output = bool> + Send {
        ready(false)
    }

    fn is_loaded(&self) {}

    fn len(&self) -> impl Future<Output = usize> + Send;
}

/// Something to do with every contender.
pub(crate) trait Visitor {
    fn visit<C: Contender>(&mut self);
}

/// Shows all contenders of worlds with scopes, ours first.
pub(crate) fn visit_scoped(visitor: &mut impl Visitor) {
    visitor.visit::<Ours>();
    visitor.visit::<OneCache<Reference>>();
    #[cfg(peers)]
    {
        visitor.visit::<OneCache<quick_cache::Big>>();
        visitor.visit::<per_scope::PerScope<quick_cache::Text>>();
        visitor.visit::<OneCache<hashlink::Big>>();
        visitor.visit::<per_scope::PerScope<hashlink::Text>>();
        visitor.visit::<OneCache<dashmap::Big>>();
        visitor.visit::<per_scope::PerScope<rwlock::Text>>();
        visitor.visit::<OneCache<lru::Big>>();
        visitor.visit::<per_scope::PerScope<lru::Text>>();
        visitor.visit::<OneCache<cached::Big>>();
        visitor.visit::<per_scope::PerScope<cached::Text>>();
        visitor.visit::<OneCache<foyer::Big>>();
        visitor.visit::<per_scope::PerScope<foyer::Text<foyer::Lru>>>();
        visitor.visit::<OneCache<moka_sync::Big>>();
        visitor.visit::<per_scope::PerScope<moka_sync::Text>>();
        visitor.visit::<OneCache<moka_future::Big>>();
        visitor.visit::<per_scope::PerScope<moka_future::Text>>();
        visitor.visit::<OneCache<cachet::Big>>();
        visitor.visit::<per_scope::PerScope<cachet::Text>>();
    }
}

/// Shows all contenders of a world without scopes, ours first. Those without a bound are left out.
pub(crate) fn visit_shared(visitor: &mut impl Visitor) {
    visitor.visit::<Ours>();
    visitor.visit::<Shared<Reference<Box<str>>>>();
    #[cfg(peers)]
    {
        visitor.visit::<Shared<quick_cache::Text>>();
        visitor.visit::<Shared<hashlink::Text>>();
        visitor.visit::<Shared<lru::Text>>();
        visitor.visit::<Shared<cached::Text>>();
        visitor.visit::<Shared<foyer::Text<foyer::Lru>>>();
        visitor.visit::<Shared<foyer::Text<foyer::S3Fifo>>>();
        visitor.visit::<Shared<moka_sync::Text>>();
        visitor.visit::<Shared<moka_future::Text>>();
        visitor.visit::<Shared<cachet::Text>>();
    }
}
