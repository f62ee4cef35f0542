//! The store of the process.

use std::sync::OnceLock;

use super::CacheStore;

static GLOBAL: OnceLock<CacheStore> = OnceLock::new();

impl CacheStore {
    /// Returns the store of the process, which `#[cached]` functions use if they name no other one.
    ///
    /// It is the one that [`set_global`](Self::set_global) was given, or else a store as [`new`](Self::new) makes it, from
    /// the first call on.
    pub fn global() -> &'static Self {
        GLOBAL.get_or_init(Self::new)
    }

    /// Makes this the store of the process: once, before anybody has asked for it.
    ///
    /// # Errors
    ///
    /// Gives the store back if there is one already.
    pub fn set_global(store: Self) -> Result<(), Self> {
        GLOBAL.set(store)
    }
}
