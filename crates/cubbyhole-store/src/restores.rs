//! What was invalidated while values of an earlier process are being brought back.
//!
//! Such a value is read, checked and decoded before it is put into its cache. A key that is deleted meanwhile, or a scope
//! that is dropped, leaves nothing behind that could tell; so it is noted here, for as long as a restore goes on. (What
//! is cleared, or invalidated by tag, is known by its epoch and its stamp.)

use hashbrown::HashSet;

use crate::node::EntryIndex;
use crate::sync::{AtomicU32, Mutex, Ordering};

/// What was invalidated since the first of the restores began that go on.
pub(crate) struct Restores {
    running: AtomicU32,
    invalidated: Mutex<Invalidated>,
}

#[derive(Default)]
struct Invalidated {
    /// By hash: one that is the same by chance is not restored.
    keys: HashSet<(EntryIndex, u64, u32)>,
    scopes: HashSet<u64>,
    /// More than is noted one by one.
    everything: bool,
}

impl Restores {
    pub(crate) fn new() -> Self {
        Self {
            running: AtomicU32::new(0),
            invalidated: Mutex::new(Invalidated::default()),
        }
    }

    pub(crate) fn begin(&self) {
        self.running.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn end(&self) {
        let mut invalidated = self.invalidated.lock();
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            *invalidated = Invalidated::default();
        }
    }

    /// Notes that a key is being deleted. Called before its scope is locked for that: whoever restores asks under that
    /// lock, and so either finds this or is found.
    #[inline]
    pub(crate) fn note_key(&self, entry: EntryIndex, scope: impl FnOnce() -> u64, key: u32) {
        if self.is_any() {
            let key = (entry, scope(), key);
            self.note(|invalidated| invalidated.keys.insert(key));
        }
    }

    /// Notes that a scope is being dropped, before it is.
    pub(crate) fn note_scope(&self, scope: u64) {
        if self.is_any() {
            self.note(|invalidated| invalidated.scopes.insert(scope));
        }
    }

    /// Returns whether a key of a scope may be restored.
    pub(crate) fn may_restore(&self, entry: EntryIndex, scope: u64, key: u32) -> bool {
        let invalidated = self.invalidated.lock();
        !invalidated.everything
            && !invalidated.scopes.contains(&scope)
            && !invalidated.keys.contains(&(entry, scope, key))
    }

    #[inline]
    fn is_any(&self) -> bool {
        self.running.load(Ordering::Acquire) > 0
    }

    #[cold]
    fn note(&self, insert: impl FnOnce(&mut Invalidated) -> bool) {
        let mut invalidated = self.invalidated.lock();
        // The last restore may have ended meanwhile.
        if !self.is_any() {
            return;
        }
        insert(&mut invalidated);
        if invalidated.keys.len() + invalidated.scopes.len() > MOST {
            *invalidated = Invalidated {
                everything: true,
                ..Invalidated::default()
            };
        }
    }
}

/// How many invalidations are noted one by one; after more of them nothing is restored.
const MOST: usize = 100_000;

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn invalidations_are_noted_while_a_restore_goes_on() {
        let restores = Restores::new();
        restores.note_key(1, || 2, 3);
        restores.begin();
        assert!(restores.may_restore(1, 2, 3));
        restores.note_key(1, || 2, 3);
        restores.note_scope(7);
        assert!(!restores.may_restore(1, 2, 3));
        assert!(!restores.may_restore(9, 7, 9));
        assert!(restores.may_restore(1, 2, 4) && restores.may_restore(2, 2, 3));
        restores.begin();
        restores.end();
        assert!(!restores.may_restore(1, 2, 3), "the first one goes on");
        restores.end();
        assert!(restores.may_restore(1, 2, 3));
    }

    #[test]
    fn after_too_many_invalidations_nothing_is_restored() {
        let restores = Restores::new();
        restores.begin();
        for key in 0..=u32::try_from(MOST).unwrap() {
            restores.note_key(1, || 2, key);
        }
        assert!(!restores.may_restore(5, 5, 5));
        assert!(restores.invalidated.lock().keys.is_empty());
    }
}
