//! Cookies signed with HMAC-SHA256.

use std::fmt;

use cubbyhole_scope::ScopeContext;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::cookie::VerifyCookie;

type Hmac256 = Hmac<Sha256>;

/// The shortest key, in bytes: as long as the hash, as RFC 2104, section 3, asks for.
const SHORTEST_KEY: usize = 32;

/// A verifier of cookies signed with HMAC-SHA256 (RFC 2104), and the one who signs them.
///
/// The value of a cookie is `payload.signature`, the signature in hexadecimal over `name=payload`: a cookie does not
/// pass under another name. Signatures are compared in constant time. What the payload means, and until when it is
/// good, is for the closure to say: a signature does not expire by itself.
///
/// The payload is signed and not encrypted: its owner can read it.
///
/// ```
/// use cubbyhole_scope::ScopeContext;
/// use cubbyhole_tower::{HmacCookie, ScopeLayer, VerifyCookie};
///
/// # let key = [7; 32];
/// // `key`: at least 32 random bytes from the service's secrets.
/// let cookie = HmacCookie::new(&key, |payload| Some(ScopeContext::new().session(payload)))?;
/// let value = cookie.sign("session", "s1")?;
/// assert_eq!(cookie.verify("session", &value), Some(ScopeContext::new().session("s1")));
/// assert_eq!(cookie.verify("other", &value), None);
/// let layer = ScopeLayer::from_signed_cookie("session", cookie);
/// # drop(layer);
/// # Ok::<(), cubbyhole_tower::SignError>(())
/// ```
#[derive(Clone)]
pub struct HmacCookie<F> {
    key: Hmac256,
    former: Vec<Hmac256>,
    identify: F,
}

impl<F> HmacCookie<F>
where
    F: Fn(&str) -> Option<ScopeContext> + Send + Sync + 'static,
{
    /// Makes a verifier that asks `identify` whose a genuine payload is.
    ///
    /// # Errors
    ///
    /// [`SignError::ShortKey`] for a key of less than 32 bytes.
    pub fn new(key: &[u8], identify: F) -> Result<Self, SignError> {
        Ok(Self {
            key: keyed(key)?,
            former: Vec::new(),
            identify,
        })
    }

    /// Accepts what was signed with `key` as well, and signs nothing with it: for the time in which a key is exchanged.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_former_key(mut self, key: &[u8]) -> Result<Self, SignError> {
        self.former.push(keyed(key)?);
        Ok(self)
    }

    /// Returns the value of a cookie that [`verify`](VerifyCookie::verify) accepts under this name.
    ///
    /// # Errors
    ///
    /// [`SignError::Unsendable`] if the name or the payload has characters that a cookie cannot have (RFC 6265,
    /// section 4.1.1), or the name is empty.
    pub fn sign(&self, name: &str, payload: &str) -> Result<String, SignError> {
        if !is_name(name) || !payload.bytes().all(is_cookie_octet) {
            return Err(SignError::Unsendable);
        }
        let signature = over(&self.key, name, payload).finalize().into_bytes();
        let mut value = format!("{payload}.");
        for byte in signature {
            for digit in [byte >> 4, byte & 15] {
                value.push(char::from(DIGITS[usize::from(digit)]));
            }
        }
        Ok(value)
    }
}

impl<F> VerifyCookie for HmacCookie<F>
where
    F: Fn(&str) -> Option<ScopeContext> + Send + Sync + 'static,
{
    fn verify(&self, name: &str, value: &str) -> Option<ScopeContext> {
        let (payload, signature) = value.rsplit_once('.').filter(|_| is_name(name))?;
        let signature = bytes_of(signature)?;
        let is_genuine = |key| over(key, name, payload).verify_slice(&signature).is_ok();
        let keys = std::iter::once(&self.key).chain(&self.former);
        if keys.into_iter().any(is_genuine) {
            (self.identify)(payload)
        } else {
            None
        }
    }
}

impl<F> fmt::Debug for HmacCookie<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacCookie").finish_non_exhaustive()
    }
}

/// Why a cookie cannot be signed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SignError {
    /// The key is too short to be safe.
    #[error("the key is shorter than 32 bytes: take 32 random bytes")]
    ShortKey,
    /// The name or the payload cannot be sent in a cookie.
    #[error(
        "the name or the payload has characters that a cookie cannot have: encode it, in base64url for one"
    )]
    Unsendable,
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn keyed(key: &[u8]) -> Result<Hmac256, SignError> {
    if key.len() < SHORTEST_KEY {
        return Err(SignError::ShortKey);
    }
    Hmac256::new_from_slice(key).map_err(|_never| SignError::ShortKey)
}

/// `name` must be a [name](is_name): none has a `=`, so two pairs of name and payload are never one text.
fn over(key: &Hmac256, name: &str, payload: &str) -> Hmac256 {
    let mut mac = key.clone();
    for part in [name, "=", payload] {
        mac.update(part.as_bytes());
    }
    mac
}

/// What is written in hexadecimal, in small letters alone: a signature has one spelling.
fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hexadecimal.as_bytes().as_chunks::<2>();
    let byte = |&[high, low]: &[u8; 2]| Some(value_of(high)? << 4 | value_of(low)?);
    if rest.is_empty() {
        pairs.iter().map(byte).collect()
    } else {
        None
    }
}

const fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// A character of a token, of which a cookie's name is made (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A character of a cookie's value (RFC 6265, section 4.1.1).
const fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}
