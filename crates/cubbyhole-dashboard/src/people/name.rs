//! The name somebody signs in with.

use std::fmt;
use std::sync::Arc;

/// A name that was checked; compared letter by letter, so that "ada" and "Ada" are two people.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct UserName(Arc<str>);

impl UserName {
    /// The longest name, in characters.
    pub(crate) const LONGEST: usize = 64;

    /// Accepts what can be read on a page: any letters, signs and inner spaces.
    pub(crate) fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().count() > Self::LONGEST {
            return Err(NameError::TooLong);
        }
        if name.chars().any(is_invisible) {
            return Err(NameError::Invisible);
        }
        Ok(Self(name.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A log shows nobody's name.
impl fmt::Debug for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UserName(…)")
    }
}

/// Control characters, and those that hide or reverse the text around them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Why a name was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("write a name: it can be any name")]
    Empty,
    #[error("write a shorter name: at most {longest} characters", longest = UserName::LONGEST)]
    TooLong,
    #[error("write the name without invisible characters")]
    Invisible,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_that_can_be_read_is_a_name() {
        for name in [
            "ada",
            "global",
            "a:b",
            "Ada Lovelace",
            "李清照",
            "<b>",
            "../..",
            "user/ada",
            "🐈",
        ] {
            assert_eq!(UserName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(UserName::parse("  ada ").unwrap().as_str(), "ada");
        assert_ne!(UserName::parse("ada"), UserName::parse("Ada"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(UserName::parse(""), Err(NameError::Empty));
        assert_eq!(UserName::parse(" \t"), Err(NameError::Empty));
        assert!(UserName::parse(&"ä".repeat(64)).is_ok());
        assert_eq!(UserName::parse(&"a".repeat(65)), Err(NameError::TooLong));
        for hidden in ["a\0b", "a\nb", "a\u{202e}b", "a\u{200b}", "\u{feff}a"] {
            assert_eq!(
                UserName::parse(hidden),
                Err(NameError::Invisible),
                "{hidden:?}"
            );
        }
    }

    #[test]
    fn a_log_shows_no_name() {
        assert!(!format!("{:?}", UserName::parse("ada").unwrap()).contains("ada"));
    }
}
