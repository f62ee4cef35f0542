//! Knowing that a request was made by the page, and not by another site in the name of whoever looks at it.
//!
//! A visitor has a random number in a cookie that scripts cannot read and other sites cannot have sent (`HttpOnly`,
//! `SameSite=Strict`). A token is a signature over that number and the time: only this process can make one, it is good
//! for this visitor alone, and not for long. Another site can neither read a token nor make a visitor have another
//! number together with a token for it, as long as it cannot read this one's responses.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::time::{Duration, Instant};

/// The header that a token comes in. No form of another site can set one.
pub(crate) const TOKEN: &str = "x-cubbyhole-token";

/// The name of the cookie.
const NAME: &str = "cubbyhole-inspect";

/// How long a token is good for. The page asks for one before each action.
const LIFE: Duration = Duration::from_secs(600);

/// Makes tokens, and knows its own.
pub(crate) struct Tokens {
    /// None if the operating system had no random numbers.
    key: Option<Hmac<Sha256>>,
    began: Instant,
}

/// A visitor, as the cookie names them.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Visitor(String);

impl Tokens {
    /// Draws a key that no other inspector has.
    pub(crate) fn new() -> Self {
        let key = random::<32>().and_then(|key| Hmac::new_from_slice(&key).ok());
        Self {
            key,
            began: Instant::now(),
        }
    }

    /// Returns a token for a visitor; `None` if there is no key.
    pub(crate) fn issue(&self, visitor: &Visitor) -> Option<String> {
        let issued = self.began.elapsed().as_secs();
        let mac = self.over(visitor, issued)?.finalize().into_bytes();
        Some(format!("{issued}.{}", hexadecimal(&mac)))
    }

    /// Returns whether a token was issued to this visitor, and lately.
    pub(crate) fn accepts(&self, visitor: &Visitor, token: &str) -> bool {
        self.check(visitor, token).is_some()
    }

    fn check(&self, visitor: &Visitor, token: &str) -> Option<()> {
        let (issued, mac) = token.split_once('.')?;
        let issued: u64 = issued.parse().ok()?;
        // In constant time.
        let mac = bytes(mac)?;
        self.over(visitor, issued)?.verify_slice(&mac).ok()?;
        let age = self.began.elapsed().as_secs().checked_sub(issued)?;
        (age <= LIFE.as_secs()).then_some(())
    }

    /// The number has a fixed length, so no two pairs are one text.
    fn over(&self, visitor: &Visitor, issued: u64) -> Option<Hmac<Sha256>> {
        let mut mac = self.key.clone()?;
        mac.update(visitor.0.as_bytes());
        mac.update(&issued.to_be_bytes());
        Some(mac)
    }
}

impl Visitor {
    /// Returns the visitor that a request names. Two cookies name nobody: one of them may be somebody else's.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter();
        let texts = cookies.filter_map(|value| value.to_str().ok());
        let pairs = texts.flat_map(|text| text.split(';'));
        let mut values = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name.trim() == NAME).then(|| value.trim())
        });
        let value = values.next().filter(|_| values.next().is_none())?;
        let is_ours = bytes(value).is_some_and(|number| number.len() == LENGTH);
        is_ours.then(|| Self(value.to_owned()))
    }

    /// Makes a visitor that nobody can guess; `None` if the operating system has no random numbers.
    pub(crate) fn new() -> Option<Self> {
        Some(Self(hexadecimal(&random::<LENGTH>()?)))
    }

    /// Returns what to set the cookie with. It has no path: a browser then sends it to the folder that it came from, which
    /// is that of the actions, wherever the router is mounted and whatever a proxy makes of its path.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        let cookie = format!("{NAME}={}; HttpOnly; SameSite=Strict", self.0);
        HeaderValue::from_str(&cookie).ok()
    }
}

/// How long the number of a visitor is, in bytes.
const LENGTH: usize = 16;

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// Reads what is written in hexadecimal, in small letters alone.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            let byte = digit(pair[0])? << 4 | digit(pair[1])?;
            u8::try_from(byte).ok()
        })
        .collect()
}
