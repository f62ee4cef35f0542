//! What each person calls a good day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use crate::analytics::Taste;

/// The tastes that people set, by name; everyone else has the usual one.
#[derive(Debug)]
pub(crate) struct Tastes {
    most: usize,
    by_name: Mutex<HashMap<String, Taste>>,
}

/// The service remembers as many tastes as it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many people have a taste of their own: try again later")]
pub(crate) struct TooManyTastes;

impl Tastes {
    /// At most `most` people have a taste of their own.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            by_name: Mutex::default(),
        }
    }

    pub(crate) fn of(&self, user: &str) -> Taste {
        self.lock().get(user).copied().unwrap_or_default()
    }

    pub(crate) fn set(&self, user: &str, taste: Taste) -> Result<(), TooManyTastes> {
        let mut by_name = self.lock();
        if by_name.len() >= self.most && !by_name.contains_key(user) {
            return Err(TooManyTastes);
        }
        by_name.insert(user.to_owned(), taste);
        Ok(())
    }

    pub(crate) fn forget(&self, user: &str) {
        self.lock().remove(user);
    }

    /// A panic while the map was locked leaves it whole: every change is a single step.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Taste>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_a_taste_of_their_own() {
        let tastes = Tastes::new(1);
        let warm = Taste {
            warm_from: 24.0,
            warm_to: 34.0,
            ..Taste::default()
        };
        tastes.set("ada", warm).unwrap();
        assert_eq!(tastes.set("bob", warm), Err(TooManyTastes));
        assert_eq!(tastes.of("ada"), warm);
        assert_eq!(tastes.of("bob"), Taste::default());
        tastes.forget("ada");
        assert_eq!(tastes.of("ada"), Taste::default());
    }
}
