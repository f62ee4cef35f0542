//! What stands before the bytes of a value. It is read for ever: a change is a new layout beside this one.
//!
//! | at | bytes | |
//! | --- | --- | --- |
//! | 0 | 3 | `cb 68 76` |
//! | 3 | 1 | version of this layout: 1 |
//! | 4 | 1 | flags: 1 if the payload is compressed |
//! | 5 | 4 | version of the type |
//! | 9 | 4 | CRC-32 of the name of the type, 0 without one |
//! | 13 | 4 | length of the payload |
//! | 17 | 4 | CRC-32 of the 17 bytes before, and of the payload |
//!
//! Numbers have their lowest byte first. A CRC-32 tells of every error that is one bit, or lies within 32 bits, and of
//! all but one of four billion others.

use cubbyhole_core::{FormatError, FormatErrorKind};

/// The length of the header.
pub(crate) const LENGTH: usize = 21;

const MAGIC: [u8; 3] = [0xcb, b'h', b'v'];
const LAYOUT: u8 = 1;
const COMPRESSED: u8 = 1;
const CHECKED: usize = LENGTH - 4;

/// What a header says, apart from what is to be checked with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    pub(crate) is_compressed: bool,
    pub(crate) version: u32,
    pub(crate) name: u32,
}

impl Header {
    /// Writes it into the room that was left for it before the payload.
    pub(crate) fn seal(self, bytes: &mut [u8]) {
        let (header, payload) = bytes.split_at_mut(LENGTH);
        // The payload was written within a limit that is less.
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        header[..3].copy_from_slice(&MAGIC);
        header[3] = LAYOUT;
        header[4] = if self.is_compressed { COMPRESSED } else { 0 };
        header[5..9].copy_from_slice(&self.version.to_le_bytes());
        header[9..13].copy_from_slice(&self.name.to_le_bytes());
        header[13..CHECKED].copy_from_slice(&length.to_le_bytes());
        let checksum = checksum(&header[..CHECKED], payload);
        header[CHECKED..].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Reads the header and returns the payload, if both are whole.
    pub(crate) fn open(bytes: &[u8]) -> Result<(Self, &[u8]), FormatError> {
        check_origin(bytes)?;
        let Some((header, payload)) = bytes.split_first_chunk::<LENGTH>() else {
            return Err(truncated());
        };
        check_length(u32_at(header, 13), payload)?;
        if u32_at(header, CHECKED) != checksum(&header[..CHECKED], payload) {
            let message = "the bytes are damaged: their checksum is another";
            return Err(FormatError::new(message).of_kind(FormatErrorKind::Damaged));
        }
        let header = Self {
            is_compressed: is_compressed(header[4])?,
            version: u32_at(header, 5),
            name: u32_at(header, 9),
        };
        Ok((header, payload))
    }
}

/// Refuses what this format has not written, and what it writes in another layout.
fn check_origin(bytes: &[u8]) -> Result<(), FormatError> {
    let begin = &bytes[..bytes.len().min(MAGIC.len())];
    if !MAGIC.starts_with(begin) {
        let message = "the bytes were not written by this format";
        return Err(FormatError::new(message).of_kind(FormatErrorKind::Foreign));
    }
    match bytes.get(MAGIC.len()) {
        Some(&LAYOUT) => Ok(()),
        Some(other) => Err(layout(&format!(
            "the bytes have layout {other} and only {LAYOUT} is known here"
        ))),
        None => Err(truncated()),
    }
}

fn check_length(length: u32, payload: &[u8]) -> Result<(), FormatError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if payload.len() < length {
        return Err(truncated());
    }
    if payload.len() > length {
        let message = format!("there are {} bytes after the end", payload.len() - length);
        return Err(FormatError::new(message).of_kind(FormatErrorKind::Trailing));
    }
    Ok(())
}

fn is_compressed(flags: u8) -> Result<bool, FormatError> {
    match flags {
        0 => Ok(false),
        COMPRESSED => Ok(true),
        other => Err(layout(&format!(
            "the flags {other:#04x} are not known here: a later version wrote the bytes"
        ))),
    }
}

fn checksum(header: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.finalize()
}

fn u32_at(header: &[u8; LENGTH], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&header[at..at + 4]);
    u32::from_le_bytes(number)
}

pub(crate) fn layout(message: &str) -> FormatError {
    FormatError::new(message).of_kind(FormatErrorKind::Layout)
}

pub(crate) fn truncated() -> FormatError {
    FormatError::new("the bytes end too early").of_kind(FormatErrorKind::Truncated)
}
