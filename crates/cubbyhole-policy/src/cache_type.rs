//! Whose a cached value is: everyone's, one session's, or one user's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{PolicyError, one_of};
use crate::parsed::ParsedVisitor;

/// Who shares a cached value.
///
/// Its text form, in [`Display`](fmt::Display), [`FromStr`] and serde alike, is `global`, `session`
/// or `user`, in lower case. The enum is exhaustive on purpose: code that decides whose a value is
/// handles each type.
///
/// ```
/// use cubbyhole_policy::CacheType;
///
/// assert_eq!("user".parse(), Ok(CacheType::User));
/// assert_eq!(CacheType::default().to_string(), "global");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CacheType {
    /// One cache that everyone shares.
    #[default]
    Global,
    /// A cache for each session.
    Session,
    /// A cache for each user, across that user's sessions.
    User,
}

impl CacheType {
    /// Every cache type, in order.
    pub const ALL: [Self; 3] = [Self::Global, Self::Session, Self::User];

    /// Returns the text form: `global`, `session` or `user`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Session => "session",
            Self::User => "user",
        }
    }

    /// Lists the text forms for an error message.
    pub(crate) fn allowed() -> String {
        one_of(&Self::ALL.map(Self::as_str))
    }
}

impl fmt::Display for CacheType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CacheType {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| PolicyError::UnknownCacheType {
            given: text.to_owned(),
        })
    }
}

impl Serialize for CacheType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CacheType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || format!("a cache type ({})", Self::allowed());
        deserializer.deserialize_str(ParsedVisitor::new(expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_from_its_text() {
        for cache_type in CacheType::ALL {
            assert_eq!(cache_type.to_string().parse(), Ok(cache_type));
            let json = serde_json::to_string(&cache_type).unwrap();
            assert_eq!(json, format!("{:?}", cache_type.as_str()));
            assert_eq!(
                serde_json::from_str::<CacheType>(&json).unwrap(),
                cache_type
            );
        }
    }

    #[test]
    fn the_text_form_is_exact() {
        for given in ["", "User", "GLOBAL", " user", "users"] {
            let error = given.parse::<CacheType>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(r#"unknown cache type {given:?}: expected "global", "session" or "user""#)
            );
        }
    }

    #[test]
    fn display_honours_width() {
        assert_eq!(format!("{:>8}", CacheType::User), "    user");
    }

    #[test]
    fn global_is_the_default_and_the_first() {
        assert_eq!(CacheType::default(), CacheType::Global);
        assert!(CacheType::Global < CacheType::Session);
        assert!(CacheType::Session < CacheType::User);
    }
}
