//! What is shown of keys and ids, if anything.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cubbyhole_scope::CacheScope;
use cubbyhole_store::StoreKey;

/// Something that may tell about a person, and is hidden unless the application [says](crate::Inspector::redact) what to
/// show in its place.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Private<'a> {
    /// The key of a value. It may be made of what somebody asked for.
    Key {
        /// The registry entry that the value is of.
        entry: &'a StoreKey,
        /// The key.
        key: &'a str,
    },
    /// A value, when somebody who may act asks for it by its key. `downcast_ref` makes of it what the entry keeps.
    Value {
        /// The registry entry that the value is of.
        entry: &'a StoreKey,
        /// The value.
        value: &'a (dyn Any + Send),
    },
    /// Whose a value is: a user or a session. The global scope is nobody's, and is shown as it is.
    Scope(&'a CacheScope),
}

/// Shows neither key nor value nor id.
impl fmt::Debug for Private<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { entry, .. } => f
                .debug_struct("Key")
                .field("entry", entry)
                .finish_non_exhaustive(),
            Self::Value { entry, .. } => f
                .debug_struct("Value")
                .field("entry", entry)
                .finish_non_exhaustive(),
            Self::Scope(scope) => f.debug_tuple("Scope").field(&scope.cache_type()).finish(),
        }
    }
}

/// What the application shows in place of what is private; nothing, if it said nothing.
#[derive(Clone, Default)]
pub(crate) struct Redaction(Option<Arc<Shows>>);

type Shows = dyn Fn(Private<'_>) -> Option<String> + Send + Sync;

impl Redaction {
    pub(crate) fn of(
        shows: impl Fn(Private<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(shows)))
    }

    /// Returns what to show. What a redaction does not get to say, because it panics, stays hidden.
    pub(crate) fn show(&self, private: Private<'_>) -> Option<String> {
        let shows = self.0.as_ref()?;
        let shown = catch_unwind(AssertUnwindSafe(|| shows(private))).ok()??;
        let longest = match private {
            Private::Value { .. } => LONGEST_VALUE,
            Private::Key { .. } | Private::Scope(_) => LONGEST,
        };
        Some(shortened(shown, longest))
    }

    /// Returns whether the application said what to show.
    pub(crate) const fn is_there(&self) -> bool {
        self.0.is_some()
    }
}

fn shortened(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// How much of a value is shown, in characters.
const LONGEST_VALUE: usize = 4000;

/// How much of a key or an id is shown, in characters.
const LONGEST: usize = 200;
