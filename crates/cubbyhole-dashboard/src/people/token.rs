//! The secret in the cookie.

use std::fmt;

use rand::TryRng;
use rand::rngs::{SysError, SysRng};

/// 128 random bits: who shows them is the session.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct Token([u8; 16]);

impl Token {
    /// The name of the cookie.
    const COOKIE: &'static str = "cubbyhole_session";

    /// Draws a token from the operating system.
    pub(crate) fn random() -> Result<Self, SysError> {
        let mut bytes = [0; 16];
        SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Finds the token in a `Cookie` header; the first one counts.
    pub(crate) fn in_cookies(header: &str) -> Option<Self> {
        let mut cookies = header
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='));
        let (_, value) = cookies.find(|(name, _)| *name == Self::COOKIE)?;
        Self::from_hex(value)
    }

    /// The `Set-Cookie` header that hands the token out: no script reads it, no other site sends it.
    pub(crate) fn as_cookie(self) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax",
            Self::COOKIE,
            self.hex()
        )
    }

    /// The `Set-Cookie` header that takes any token back.
    pub(crate) fn no_cookie() -> String {
        format!(
            "{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            Self::COOKIE
        )
    }

    fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u128::from_str_radix(text, 16)
            .ok()
            .map(|bits| Self(bits.to_be_bytes()))
    }
}

/// A log shows no secret.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_cookie() {
        let token = Token::random().unwrap();
        let cookie = token.as_cookie();
        let (pair, attributes) = cookie.split_once(';').unwrap();
        assert_eq!(Token::in_cookies(pair), Some(token));
        assert_eq!(
            Token::in_cookies(&format!("theme=dark; {pair}; other=1")),
            Some(token)
        );
        assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for header in [
            "",
            "cubbyhole_session",
            "cubbyhole_session=",
            "cubbyhole_session=ada",
            "cubbyhole_session=+0000000000000000000000000000001",
            "other=00000000000000000000000000000001",
        ] {
            assert_eq!(Token::in_cookies(header), None, "{header}");
        }
    }

    #[test]
    fn tokens_differ_and_hide() {
        let token = Token::random().unwrap();
        assert_ne!(token, Token::random().unwrap());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
