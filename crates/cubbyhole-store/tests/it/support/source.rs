//! A source of values that a test makes slow, broken or changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use cubbyhole_store::{CacheError, Loaded};

use super::{Gate, Hand, Seen, Shelf};

/// Where values come from: numbers from 1 on, one with each load.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) gate: Gate,
    /// Loads that have begun.
    pub(crate) loads: Seen,
    broken: Arc<AtomicBool>,
    last: Arc<AtomicU32>,
}

#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the source is broken")
    }
}

impl std::error::Error for Broken {}

impl Source {
    pub(crate) fn new() -> Self {
        Self {
            gate: Gate::opened(),
            loads: Seen::default(),
            broken: Arc::default(),
            last: Arc::default(),
        }
    }

    pub(crate) fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    pub(crate) async fn load(self) -> Result<u32, Broken> {
        self.loads.note();
        self.gate.pass().await;
        if self.broken.load(Ordering::SeqCst) {
            Err(Broken)
        } else {
            Ok(self.last.fetch_add(1, Ordering::SeqCst) + 1)
        }
    }

    /// Asks for `k`.
    pub(crate) fn ask<'a>(&self, shelf: &'a Shelf<u32>) -> Hand<'a, Result<u32, CacheError>> {
        self.ask_with(shelf, Loaded::new)
    }

    /// Asks for `k`, and says how the value is kept.
    pub(crate) fn ask_with<'a>(
        &self,
        shelf: &'a Shelf<u32>,
        how: impl FnOnce(u32) -> Loaded<u32> + Send + 'static,
    ) -> Hand<'a, Result<u32, CacheError>> {
        let source = self.clone();
        let loader = move || async move { source.load().await.map(how) };
        Hand::new(shelf.store.get_or_load(&shelf.entry, "k", loader))
    }

    /// Asks for `k` anew.
    pub(crate) fn refresh<'a>(&self, shelf: &'a Shelf<u32>) -> Hand<'a, Result<u32, CacheError>> {
        let source = self.clone();
        let loader = move || source.load();
        Hand::new(shelf.store.refresh(&shelf.entry, "k", loader))
    }
}
