//! A history on a cache and on its model, compared at every step.

use std::fmt;

use cubbyhole_core::{CacheStoreImpl, Clock, Retention};

use crate::model::Model;
use crate::ops::Op;
use crate::{Key, Profile};

/// Runs a history on an empty cache and on the naive model of its profile, and compares them after every step: the
/// result, `len`, `is_empty` and `values`. Then it calls `check_invariants`, which looks inside the cache.
///
/// The cache goes by the [clock](Profile::clock) of the profile, and the value of a `set` is the number of its step.
///
/// ```
/// use cubbyhole_testkit::{Key, Op, Profile, check_history};
/// # use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
/// # struct Forgetful;
/// # #[async_trait::async_trait]
/// # impl CacheStoreImpl<u64> for Forgetful {
/// #     async fn get(&self, _: &str) -> Option<u64> { None }
/// #     async fn get_unpin(&self, _: &str) -> Option<u64> { None }
/// #     async fn set(&self, _: &str, _: u64, _: Retention) -> SetOutcome { SetOutcome::NotKept }
/// #     async fn delete(&self, _: &str) -> Option<u64> { None }
/// #     async fn clear(&self) {}
/// #     fn len(&self) -> usize { 0 }
/// #     fn values(&self) -> Vec<u64> { Vec::new() }
/// # }
///
/// let history = [Op::Get(Key(1)), Op::Set(Key(1)), Op::Get(Key(1))];
/// let told = check_history(&Profile::keep_all(), &Forgetful, &history, || Ok(()));
/// assert_eq!(told.unwrap_err(), "step 1, Set(Key(1)): the cache says NotKept, the model Kept");
/// ```
///
/// # Errors
///
/// Says at which step, and in what, the cache and its model differ, or what is wrong inside the cache.
pub fn check_history(
    profile: &Profile,
    cache: &dyn CacheStoreImpl<u64>,
    history: &[Op],
    mut check_invariants: impl FnMut() -> Result<(), String>,
) -> Result<(), String> {
    let mut run = Run {
        profile,
        cache,
        model: profile.model(),
    };
    for (number, op) in (0..).zip(history) {
        run.step(number, op)
            .and_then(|()| run.compare_contents())
            .and_then(|()| check_invariants())
            .map_err(|difference| format!("step {number}, {op:?}: {difference}"))?;
    }
    Ok(())
}

struct Run<'a> {
    profile: &'a Profile,
    cache: &'a dyn CacheStoreImpl<u64>,
    model: Box<dyn Model>,
}

impl Run<'_> {
    fn step(&mut self, number: u64, op: &Op) -> Result<(), String> {
        let now = self.profile.clock().now();
        match op {
            Op::Get(key) => {
                let found = self.profile.run(self.cache.get(&key.to_string()));
                same(&found, &self.model.get(&key.to_string(), now))
            }
            Op::GetUnpin(key) => {
                let found = self.profile.run(self.cache.get_unpin(&key.to_string()));
                same(&found, &self.model.get_unpin(&key.to_string(), now))
            }
            Op::Set(key) => self.set(*key, number, Retention::Evictable),
            Op::SetPinned(key) => self.set(*key, number, Retention::Pinned),
            Op::Delete(key) => {
                let found = self.profile.run(self.cache.delete(&key.to_string()));
                same(&found, &self.model.delete(&key.to_string(), now))
            }
            Op::Clear => {
                self.profile.run(self.cache.clear());
                self.model.clear();
                Ok(())
            }
            Op::Advance(by) => {
                self.profile.clock().advance(*by);
                Ok(())
            }
        }
    }

    fn set(&mut self, key: Key, value: u64, retention: Retention) -> Result<(), String> {
        let now = self.profile.clock().now();
        let key = key.to_string();
        let outcome = self.profile.run(self.cache.set(&key, value, retention));
        same(&outcome, &self.model.set(&key, value, retention, now))
    }

    fn compare_contents(&self) -> Result<(), String> {
        let mut expected = self.model.values(self.profile.clock().now());
        let len = self.cache.len();
        same(&len, &expected.len()).map_err(|difference| format!("len: {difference}"))?;
        if self.cache.is_empty() != (len == 0) {
            return Err(format!("is_empty contradicts len, which is {len}"));
        }
        let mut values = self.cache.values();
        values.sort_unstable();
        expected.sort_unstable();
        same(&values, &expected).map_err(|difference| format!("values: {difference}"))
    }
}

fn same<T: PartialEq + fmt::Debug>(cache: &T, model: &T) -> Result<(), String> {
    if cache == model {
        return Ok(());
    }
    Err(format!("the cache says {cache:?}, the model {model:?}"))
}
