//! A value as Redis keeps it: a header, which the scripts read in part, and the bytes.

use std::time::Duration;

use cubbyhole_core::{TierError, TierValue};

use crate::token::{LENGTH, Token};

/// The first byte: how the rest is laid out.
const LAYOUT: u8 = b'1';
const NEGATIVE: u8 = 1;
const HAS_LIFETIME: u8 = 2;

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
    let mut bytes = Vec::with_capacity(64 + value.bytes.len());
    bytes.extend([LAYOUT, flags(value)]);
    bytes.extend(token.to_string().as_bytes());
    bytes.extend(stamp.era.to_be_bytes());
    bytes.extend(stamp.seq.to_be_bytes());
    bytes.extend(length(value.tags.len())?);
    for tag in &value.tags {
        bytes.extend(length(tag.len())?);
        bytes.extend(tag.as_bytes());
    }
    bytes.extend(&value.bytes);
    Ok(bytes)
}

fn flags(value: &TierValue) -> u8 {
    let negative = if value.is_negative { NEGATIVE } else { 0 };
    let lifetime = value.lifetime.map_or(0, |_| HAS_LIFETIME);
    negative | lifetime
}

fn length(length: usize) -> Result<[u8; 2], TierError> {
    let short = u16::try_from(length).map(u16::to_be_bytes);
    short.map_err(|_| {
        let most = u16::MAX;
        TierError::Refused(format!(
            "tags can be {most} of {most} bytes each, not {length}"
        ))
    })
}

/// Reads what [`encode`] wrote; `None` for anything else. `left` is what is left of its time in Redis.
pub(crate) fn decode(bytes: &[u8], left: Duration) -> Option<Stored> {
    let mut rest = bytes;
    let [layout, flags] = take(&mut rest)?;
    let _token: [u8; LENGTH] = take(&mut rest)?;
    let era = u64::from_be_bytes(take(&mut rest)?);
    let seq = u64::from_be_bytes(take(&mut rest)?);
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
    let text = std::str::from_utf8(token_text(bytes)).ok()?;
    let (node, count) = text.split_at_checked(LENGTH / 2)?;
    Some(Token {
        node: u64::from_str_radix(node, 16).ok()?,
        count: u64::from_str_radix(count, 16).ok()?,
    })
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
        value.tags = vec!["t".repeat(65_536).into()];
        let refused = encode(TOKEN, Stamp::default(), &value);
        assert!(matches!(refused, Err(TierError::Refused(_))));
    }
}
