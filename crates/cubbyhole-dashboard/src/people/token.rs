//! The secret in the cookie.

use std::fmt;

use rand::TryRng;
use rand::rngs::{SysError, SysRng};

use super::digest::digest;

/// 128 random bits: who shows them is the session.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct Token([u8; 16]);

impl Token {
    /// The name of the cookie.
    pub(crate) const COOKIE: &'static str = "cubbyhole_session";

    /// Draws a token from the operating system.
    pub(crate) fn random() -> Result<Self, SysError> {
        let mut bytes = [0; 16];
        SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads the value of the cookie.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let is_written_so = value.len() == 32 && value.iter().all(u8::is_ascii_hexdigit);
        let text = str::from_utf8(value).ok().filter(|_| is_written_so)?;
        let bits = u128::from_str_radix(text, 16).ok()?;
        Some(Self(bits.to_be_bytes()))
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

    /// What others may know it by, who are not to know it: a key that Redis keeps.
    pub(crate) fn digest(self) -> String {
        digest("session", &self.0)
    }

    fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Draws bits from the operating system.
pub(crate) fn draw() -> Result<u64, SysError> {
    SysRng.try_next_u64()
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
        let (name, value) = pair.split_once('=').unwrap();
        assert_eq!(name, Token::COOKIE);
        assert_eq!(Token::read(value.as_bytes()), Some(token));
        assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for value in [
            "",
            "ada",
            "+0000000000000000000000000000001",
            "000000000000000000000000000000001",
            "0000000000000000000000000000000",
        ] {
            assert_eq!(Token::read(value.as_bytes()), None, "{value}");
        }
        assert_eq!(Token::read(&[0xff; 32]), None);
    }

    #[test]
    fn tokens_differ_and_hide() {
        let token = Token::random().unwrap();
        assert_ne!(token, Token::random().unwrap());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
