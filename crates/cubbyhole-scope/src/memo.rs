//! A place on an id where one store keeps what it found for it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A place where one store keeps what it found for an id, so that a request looks it up once.
///
/// This is for stores; who only uses a cache has no need of it. A store finds the memo of a scope
/// with [`CacheScope::memo`](crate::CacheScope::memo). Clones of a [`ScopeId`](crate::ScopeId)
/// share their memos, and a new id made from the same text has empty ones: a memo lives as long as
/// the request (or whatever else) that made the id, and is a shortcut, never the truth.
///
/// It is set once. The first store to set it keeps it for the life of the id, and finds its own
/// value there; another store finds nothing and looks its scope up as if there were no memo.
///
/// Three duties of the store:
///
/// - `owner` is a number that no other store of the process has, or ever had.
/// - The value must be able to say that it is stale (a generation, a flag), because a memo cannot
///   be emptied: an id outlives a `drop_scope`.
/// - The value must not own a clone of the id that carries it, not even indirectly: that would be
///   a cycle, and neither is ever freed. A `Weak`, or an id made anew from the text, breaks it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use cubbyhole_scope::CacheScope;
///
/// let scope = CacheScope::user("ada");
/// let memo = scope.memo().ok_or("a user has a memo")?;
///
/// assert!(memo.set(1, Arc::new("found by store 1")));
/// let value = memo.get(1).and_then(|value| value.downcast_ref::<&str>());
/// assert_eq!(value, Some(&"found by store 1"));
/// assert!(memo.get(2).is_none());
/// # Ok::<(), &str>(())
/// ```
#[derive(Default)]
pub struct ScopeMemo {
    slot: OnceLock<(u64, Arc<dyn Any + Send + Sync>)>,
}

impl ScopeMemo {
    /// Returns what the store `owner` has kept here; `None` if nobody or another store has.
    #[inline]
    #[must_use]
    pub fn get(&self, owner: u64) -> Option<&Arc<dyn Any + Send + Sync>> {
        match self.slot.get() {
            Some((set_by, value)) if *set_by == owner => Some(value),
            _ => None,
        }
    }

    /// Keeps `value` for the store `owner`, and returns whether it did.
    ///
    /// It does not if something is already here, whoever set it: `value` is then dropped.
    pub fn set(&self, owner: u64, value: Arc<dyn Any + Send + Sync>) -> bool {
        self.slot.set((owner, value)).is_ok()
    }
}

impl fmt::Debug for ScopeMemo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeMemo")
            .field("owner", &self.slot.get().map(|(owner, _)| owner))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_memo_has_nothing_for_anyone() {
        assert!(ScopeMemo::default().get(0).is_none());
    }

    #[test]
    fn only_the_owner_reads_its_value() {
        let memo = ScopeMemo::default();
        assert!(memo.set(1, Arc::new(7_u32)));
        assert_eq!(memo.get(1).unwrap().downcast_ref::<u32>(), Some(&7));
        assert!(memo.get(2).is_none());
    }

    #[test]
    fn first_value_stays() {
        let memo = ScopeMemo::default();
        assert!(memo.set(1, Arc::new(7_u32)));
        assert!(!memo.set(1, Arc::new(8_u32)));
        assert!(!memo.set(2, Arc::new(9_u32)));
        assert_eq!(memo.get(1).unwrap().downcast_ref::<u32>(), Some(&7));
    }

    #[test]
    fn one_of_many_threads_sets_it() {
        let memo = ScopeMemo::default();
        let won = std::thread::scope(|threads| {
            let memo = &memo;
            let attempts: Vec<_> = (0..8_u64)
                .map(|owner| threads.spawn(move || memo.set(owner, Arc::new(owner))))
                .collect();
            attempts
                .into_iter()
                .map(|attempt| attempt.join().unwrap())
                .filter(|won| *won)
                .count()
        });
        assert_eq!(won, 1);
        let kept: Vec<_> = (0..8).filter_map(|owner| memo.get(owner)).collect();
        assert_eq!(kept.len(), 1);
    }
}
