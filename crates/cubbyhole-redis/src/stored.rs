//! A value as Redis keeps it: a header, which the scripts read in part, and the bytes.

use std::time::Duration;

use cubbyhole_core::{TierError, TierValue};

use crate::token::{LENGTH, Token};

/// The first byte: how the rest is laid out.
const LAYOUT: u8 = b'1';
const NEGATIVE: u8 = 1;
const HAS_LIFETIME: u8 = 2;

/// How much the header may have, tags included.
const MOST_HEADER: usize = 64 * 1024;

/// When a value was begun, in the logical time of the prefix: after everything up to `seq` had been invalidated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stamp {
    /// Which life of the counter: numbers of two eras cannot be compared.
    pub(crate) era: u64,
    pub(crate) seq: u64,
}

/// A value that was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) stamp: Stamp,
    pub(crate) value: TierValue,
}

/// Writes layout, flags, token, stamp, tags and bytes.
///
/// # Errors
///
/// [`TierError::Refused`] if the tags are too many or too long to be written.
pub(crate) fn encode(token: Token, stamp: Stamp, value: &TierValue) -> Result<Vec<u8>, TierError> {
    let mut bytes = header(token, stamp, value).ok_or_else(|| {
        TierError::Refused(format!("all tags of a value can be {MOST_HEADER} bytes"))
    })?;
    bytes.extend(&value.bytes);
    Ok(bytes)
}

fn header(token: Token, stamp: Stamp, value: &TierValue) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(128 + value.bytes.len());
    bytes.extend([LAYOUT, flags(value)]);
    bytes.extend(token.to_string().as_bytes());
    bytes.extend(format!("{:016x}{:016x}", stamp.era, stamp.seq).as_bytes());
    bytes.extend(length(value.tags.len())?);
    for tag in &value.tags {
        bytes.extend(length(tag.len())?);
        bytes.extend(tag.as_bytes());
    }
    (bytes.len() <= MOST_HEADER).then_some(bytes)
}

/// Says how many bytes in Redis a value can have that may have so many.
pub(crate) const fn most_stored(most: usize) -> usize {
    most.saturating_add(MOST_HEADER)
}

/// Refuses a value that has more bytes than it may.
///
/// # Errors
///
/// [`TierError::TooLarge`].
pub(crate) const fn check_size(bytes: usize, most: usize) -> Result<(), TierError> {
    if bytes > most {
        return Err(TierError::TooLarge { bytes, most });
    }
    Ok(())
}

fn flags(value: &TierValue) -> u8 {
    let negative = if value.is_negative { NEGATIVE } else { 0 };
    let lifetime = value.lifetime.map_or(0, |_| HAS_LIFETIME);
    negative | lifetime
}

fn length(length: usize) -> Option<[u8; 2]> {
    u16::try_from(length).map(u16::to_be_bytes).ok()
}

/// Reads what [`encode`] wrote; `None` for anything else. `left` is what is left of its time in Redis.
pub(crate) fn decode(bytes: &[u8], left: Duration) -> Option<Stored> {
    let mut rest = bytes;
    let [layout, flags] = take(&mut rest)?;
    let _token: [u8; LENGTH] = take(&mut rest)?;
    let era = number(&take::<16>(&mut rest)?)?;
    let seq = number(&take::<16>(&mut rest)?)?;
    let tags = tags(&mut rest)?;
    let known = layout == LAYOUT && flags & !(NEGATIVE | HAS_LIFETIME) == 0;
    known.then(|| {
        let mut value = TierValue::new(rest.to_vec());
        value.tags = tags;
        value.is_negative = flags & NEGATIVE != 0;
        value.lifetime = (flags & HAS_LIFETIME != 0).then_some(left);
        let stamp = Stamp { era, seq };
        Stored { stamp, value }
    })
}

/// The token of the value, whatever else is there: what the scripts compare.
pub(crate) fn token_text(bytes: &[u8]) -> &[u8] {
    bytes.get(2..2 + LENGTH).unwrap_or_default()
}

/// Who wrote the value, and when.
pub(crate) fn token(bytes: &[u8]) -> Option<Token> {
    let (node, count) = token_text(bytes).split_at_checked(LENGTH / 2)?;
    Some(Token {
        node: number(node)?,
        count: number(count)?,
    })
}

/// Reads hexadecimal digits, which the scripts can read too.
fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

fn tags(rest: &mut &[u8]) -> Option<Vec<Box<str>>> {
    let count = u16::from_be_bytes(take(rest)?);
    (0..count).map(|_| tag(rest)).collect()
}

fn tag(rest: &mut &[u8]) -> Option<Box<str>> {
    let length = u16::from_be_bytes(take(rest)?);
    let (tag, after) = rest.split_at_checked(length.into())?;
    *rest = after;
    std::str::from_utf8(tag).ok().map(Into::into)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cubbyhole_core::{TierError, TierValue};
    use proptest::prelude::*;

    use super::{Stamp, Stored, decode, encode, token, token_text};
    use crate::token::Token;

    const TOKEN: Token = Token { node: 7, count: 9 };

    proptest! {
        #[test]
        fn what_was_written_is_read_back(
            bytes: Vec<u8>, tags: Vec<String>, is_negative: bool, era: u64, seq: u64, has_lifetime: bool,
        ) {
            let left = Duration::from_secs(5);
            let mut value = TierValue::new(bytes);
            value.tags = tags.into_iter().map(Into::into).collect();
            value.is_negative = is_negative;
            value.lifetime = has_lifetime.then_some(left);
            let stamp = Stamp { era, seq };
            let written = encode(TOKEN, stamp, &value).unwrap();
            let text = TOKEN.to_string();
            prop_assert_eq!(token_text(&written), text.as_bytes());
            prop_assert_eq!(token(&written), Some(TOKEN));
            prop_assert_eq!(decode(&written, left), Some(Stored { stamp, value }));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes, Duration::ZERO);
            let _ = token(&bytes);
        }
    }

    #[test]
    fn other_layouts_are_refused() {
        let mut written = encode(TOKEN, Stamp::default(), &TierValue::new(vec![1])).unwrap();
        written[0] = b'2';
        assert_eq!(decode(&written, Duration::ZERO), None);
    }

    #[test]
    fn tags_that_do_not_fit_are_refused() {
        let mut value = TierValue::default();
        for tags in [
            vec!["t".repeat(65_536).into()],
            vec!["t".repeat(40_000).into(); 2],
        ] {
            value.tags = tags;
            let refused = encode(TOKEN, Stamp::default(), &value);
            assert!(matches!(refused, Err(TierError::Refused(_))));
        }
    }
}
