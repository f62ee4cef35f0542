//! A plain hash map behind a readers-writer lock, without a bound.

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use super::{Hasher, TextCache};
use crate::workload::Value;

/// A map of texts.
pub(crate) struct Text(RwLock<HashMap<Box<str>, Value, Hasher>>);

impl TextCache for Text {
    const NAME: &'static str = "hashbrown+rwlock";
    const HOW: &'static str = "`hashbrown::HashMap` behind a `std::sync::RwLock`; it evicts nothing, so it is only in what overflows nowhere";

    fn build(_capacity: usize, _small: bool) -> Self {
        Self(RwLock::default())
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(map.get(key).map(Arc::clone))
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.insert(key.into(), value);
        None
    }

    async fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}
