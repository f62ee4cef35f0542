//! How much of a load.

use std::time::{Duration, Instant};

/// How many people, for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Plan {
    users: usize,
    length: Length,
}

/// When a load is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Length {
    /// After this time; who is in the middle of a question has its answer first.
    Time(Duration),
    /// When everybody has had so many sessions, and asked everything in each.
    Sessions(u32),
}

impl Length {
    /// Whether there is no more to ask for whoever has had so many sessions.
    pub(super) fn is_over(self, sessions: u32, begun: Instant) -> bool {
        match self {
            Self::Time(time) => begun.elapsed() >= time,
            Self::Sessions(all) => sessions >= all,
        }
    }
}

/// Why a plan was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// That is no time to load a service for.
    #[error("`{0}` is no length of a load: write a number of seconds from 1 to 86400")]
    Seconds(String),
    /// That is no number of people.
    #[error("`{0}` is no number of users: write one from 1 to 5000")]
    Users(String),
}

impl Plan {
    /// A minute of two hundred people.
    pub const USUAL: Self = Self {
        users: 200,
        length: Length::Time(Duration::from_secs(60)),
    };

    /// Reads a plan from a number of seconds and a number of users; what is not said is as usual.
    ///
    /// # Errors
    ///
    /// [`PlanError`] names the number that was refused.
    pub fn read(seconds: Option<&str>, users: Option<&str>) -> Result<Self, PlanError> {
        let mut plan = Self::USUAL;
        if let Some(text) = seconds {
            let seconds =
                within(text, 1..=86_400).ok_or_else(|| PlanError::Seconds(text.into()))?;
            plan.length = Length::Time(Duration::from_secs(seconds));
        }
        if let Some(text) = users {
            let users = within(text, 1..=5_000).ok_or_else(|| PlanError::Users(text.into()))?;
            plan.users = usize::try_from(users).unwrap_or(usize::MAX);
        }
        Ok(plan)
    }

    /// Lets so many people have so many sessions, however long that takes.
    #[must_use]
    pub const fn sessions(users: usize, sessions: u32) -> Self {
        let length = Length::Sessions(sessions);
        Self { users, length }
    }

    pub(super) const fn users(self) -> usize {
        self.users
    }

    pub(super) const fn length(self) -> Length {
        self.length
    }
}

fn within(text: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    text.parse().ok().filter(|number| range.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(Plan::read(None, None), Ok(Plan::USUAL));
        let ten = Plan::read(Some("10"), None).unwrap();
        assert_eq!(
            (ten.users, ten.length),
            (200, Length::Time(Duration::from_secs(10)))
        );
        assert_eq!(Plan::read(Some("1"), Some("7")).unwrap().users, 7);
    }

    #[test]
    fn a_number_that_makes_no_sense_is_named() {
        for seconds in ["0", "-1", "86401", "long", "1.5", ""] {
            let refused = Plan::read(Some(seconds), None);
            assert_eq!(refused, Err(PlanError::Seconds(seconds.to_owned())));
        }
        for users in ["0", "5001", "99999999999999999999"] {
            let refused = Plan::read(None, Some(users));
            assert_eq!(refused, Err(PlanError::Users(users.to_owned())));
        }
    }
}
