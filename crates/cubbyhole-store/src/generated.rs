//! What the code that `#[cached]` writes calls: for that code alone, and different in every version.

use std::borrow::{Borrow, ToOwned};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use cubbyhole_policy::{CachePolicy, PolicyError};

use crate::arguments::ArgumentError;
use crate::entry::CachedRegistryEntry;
use crate::error::{CacheError, SharedError};

/// Takes a policy that was checked when the attribute was expanded.
#[must_use]
pub fn policy(checked: Result<CachePolicy, PolicyError>) -> CachePolicy {
    checked.unwrap_or_else(|error| {
        unreachable!("`cached` of the same version as the policies lets it through: {error}")
    })
}

/// Returns the path of a function from that of the `here` inside the companion that returns its entry.
#[must_use]
pub fn uid(here: &'static str) -> &'static str {
    here.strip_suffix("_entry::here").unwrap_or(here)
}

/// Makes the error of a call that has no key.
#[must_use]
pub fn no_key<V>(entry: &CachedRegistryEntry<V>, error: ArgumentError) -> CacheError {
    CacheError::Failed {
        entry: entry.store_key().clone(),
        error: SharedError::new(error),
    }
}

/// Returns the value, or `None` if the cache cannot answer. A panic of the function goes on in its caller.
pub fn answer<V>(outcome: Result<V, CacheError>) -> Option<V> {
    match outcome {
        Ok(value) => Some(value),
        // The hook has told of it where it began.
        Err(CacheError::Panicked { message, .. }) => {
            std::panic::resume_unwind(Box::new(String::from(&*message)))
        }
        Err(_) => None,
    }
}

/// What is in a `Result` that goes by the name of an alias.
pub trait Outcome {
    /// The value.
    type Value;
    /// The error.
    type Error;
}

impl<V, E> Outcome for Result<V, E> {
    type Value = V;
    type Error = E;
}

/// Makes owned what is borrowed, for a computation that may outlive the call.
pub fn hold<T: ToOwned + ?Sized>(borrowed: &T) -> Held<T, T::Owned> {
    Held {
        owned: borrowed.to_owned(),
        borrowed_as: PhantomData,
    }
}

/// What was borrowed as a `T`, now owned.
pub struct Held<T: ?Sized, O> {
    owned: O,
    borrowed_as: PhantomData<fn(&T)>,
}

impl<T: ?Sized, O: Borrow<T>> Held<T, O> {
    /// Borrows it again.
    pub fn get(&self) -> &T {
        self.owned.borrow()
    }
}

impl<T: ?Sized, O> fmt::Debug for Held<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

/// What a value has to be to be kept. In a signature, `<V as Value>::Same` is `V`, or an error that is shown at `V`.
pub trait Value: Clone + Send + Sync + 'static {
    /// The type itself.
    type Same;
}

impl<V: Clone + Send + Sync + 'static> Value for V {
    type Same = V;
}

/// What an error of a cached function has to be: it is shared by all who wait, and carries the errors of the cache.
pub trait Failure: From<CacheError> + Into<Box<dyn Error + Send + Sync>> + 'static {
    /// The type itself.
    type Same;
}

impl<E: From<CacheError> + Into<Box<dyn Error + Send + Sync>> + 'static> Failure for E {
    type Same = E;
}
