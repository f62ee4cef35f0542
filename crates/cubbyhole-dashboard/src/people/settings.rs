//! What each person has set: what they call a good day, and their role.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::Role;
use crate::analytics::Taste;

/// The tastes that people set.
pub(crate) type Tastes = Settings<Taste>;

/// The roles that people have.
pub(crate) type Roles = Settings<Role>;

/// A setting by name; everyone else has the usual one.
#[derive(Debug)]
pub(crate) struct Settings<T> {
    most: usize,
    by_name: Mutex<HashMap<String, T>>,
}

/// The service remembers as many settings as it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many people have settings of their own: try again later")]
pub(crate) struct TooManySettings;

impl<T: Copy + Default> Settings<T> {
    /// At most `most` people have a setting of their own.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            by_name: Mutex::default(),
        }
    }

    pub(crate) fn of(&self, user: &str) -> T {
        self.lock().get(user).copied().unwrap_or_default()
    }

    pub(crate) fn set(&self, user: &str, setting: T) -> Result<(), TooManySettings> {
        let mut by_name = self.lock();
        if by_name.len() >= self.most && !by_name.contains_key(user) {
            return Err(TooManySettings);
        }
        by_name.insert(user.to_owned(), setting);
        Ok(())
    }

    pub(crate) fn forget(&self, user: &str) {
        self.lock().remove(user);
    }

    /// A panic while the map was locked leaves it whole: every change is a single step.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, T>> {
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
        assert_eq!(tastes.set("bob", warm), Err(TooManySettings));
        assert_eq!(tastes.of("ada"), warm);
        assert_eq!(tastes.of("bob"), Taste::default());
        tastes.forget("ada");
        assert_eq!(tastes.of("ada"), Taste::default());
    }

    #[test]
    fn who_has_no_role_is_a_viewer() {
        let roles = Roles::new(9);
        roles.set("ada", Role::Analyst).unwrap();
        assert_eq!(roles.of("ada"), Role::Analyst);
        assert_eq!(roles.of("Ada"), Role::Viewer);
    }
}
