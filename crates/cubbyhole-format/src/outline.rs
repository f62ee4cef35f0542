//! What MessagePack says of its own shape, looked at before a value is made of it.
//!
//! The deserializer counts how deep arrays and maps nest, but not enums; bytes that nest those a million deep would
//! overflow the stack, which ends the process. So the whole payload is walked first, without recursion.

use cubbyhole_core::{FormatError, FormatErrorKind};

use crate::header::truncated;

/// How deep arrays and maps may nest, as in JSON.
pub(crate) const DEEPEST: usize = 128;

/// Refuses what is not exactly one value, or nests too deep. O(bytes), no allocation.
pub(crate) fn check(payload: &[u8]) -> Result<(), FormatError> {
    let mut bytes = Bytes(payload);
    // How many values are still to come: at the top one, and in each container that is open.
    let mut open = [0_u64; DEEPEST + 1];
    open[0] = 1;
    let mut depth = 0;
    loop {
        while open[depth] == 0 {
            if depth == 0 {
                return bytes.end();
            }
            depth -= 1;
        }
        open[depth] -= 1;
        let inside = bytes.value()?;
        if inside > 0 {
            depth += 1;
            *open.get_mut(depth).ok_or_else(too_deep)? = inside;
        }
    }
}

/// What is left of the bytes.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    /// Passes over a value, or over the beginning of an array or a map; then returns how many values are in it.
    fn value(&mut self) -> Result<u64, FormatError> {
        let marker = self.number(1)?;
        match marker {
            0x80..=0x8f => return Ok((marker & 0x0f) * 2),
            0x90..=0x9f => return Ok(marker & 0x0f),
            0xdc => return self.number(2),
            0xdd => return self.number(4),
            0xde => return Ok(self.number(2)? * 2),
            0xdf => return Ok(self.number(4)? * 2),
            0xa0..=0xbf => self.skip(marker & 0x1f),
            0xc4 | 0xd9 => self.skip_counted(1, 0),
            0xc5 | 0xda => self.skip_counted(2, 0),
            0xc6 | 0xdb => self.skip_counted(4, 0),
            // An extension has a byte for its type.
            0xc7 => self.skip_counted(1, 1),
            0xc8 => self.skip_counted(2, 1),
            0xc9 => self.skip_counted(4, 1),
            0xcc | 0xd0 => self.skip(1),
            0xcd | 0xd1 => self.skip(2),
            0xca | 0xce | 0xd2 => self.skip(4),
            0xcb | 0xcf | 0xd3 => self.skip(8),
            0xd4..=0xd8 => self.skip((1 << (marker - 0xd4)) + 1),
            0xc1 => Err(shape("the bytes are not MessagePack")),
            _ => Ok(()),
        }?;
        Ok(0)
    }

    /// Reads a number of so many bytes.
    fn number(&mut self, length: usize) -> Result<u64, FormatError> {
        let (number, rest) = self.0.split_at_checked(length).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(number
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn skip_counted(&mut self, length: usize, more: u64) -> Result<(), FormatError> {
        let count = self.number(length)?;
        self.skip(count + more)
    }

    fn skip(&mut self, count: u64) -> Result<(), FormatError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.0 = self.0.get(count..).ok_or_else(truncated)?;
        Ok(())
    }

    fn end(&self) -> Result<(), FormatError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let message = "there are bytes after the end of the value";
        Err(FormatError::new(message).of_kind(FormatErrorKind::Trailing))
    }
}

fn too_deep() -> FormatError {
    shape(&format!("the value nests more than {DEEPEST} deep"))
}

fn shape(message: &str) -> FormatError {
    FormatError::new(message).of_kind(FormatErrorKind::Shape)
}
