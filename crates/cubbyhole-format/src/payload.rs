//! A value as MessagePack, written within a limit and read with care.

use std::io::{self, Write};

use cubbyhole_core::{FormatError, FormatErrorKind};
use rmp_serde::Serializer;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::faithful::{Faithful, Refusal};
use crate::outline;

/// Writes a value behind so many bytes that are left for a header.
pub(crate) fn write<V: Serialize>(
    value: &V,
    room: usize,
    limit: usize,
) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::with_capacity(room + 128);
    bytes.resize(room, 0);
    let largest = limit.saturating_add(room);
    let mut serializer = Serializer::new(Bounded::new(bytes, largest)).with_struct_map();
    let refusal = Refusal::default();
    let written = value.serialize(Faithful::new(&mut serializer, &refusal));
    match written {
        Ok(()) => Ok(serializer.into_inner().bytes),
        Err(_) if serializer.get_ref().is_full => Err(too_large(limit)),
        Err(_) => Err(unwritable(&refusal)),
    }
}

/// Reads a value that is all of the payload.
///
/// What the deserializer has to say is not passed on: it quotes values.
pub(crate) fn read<V: DeserializeOwned>(payload: &[u8]) -> Result<V, FormatError> {
    outline::check(payload)?;
    rmp_serde::from_slice(payload).map_err(|_quotes_values| {
        let message = "the bytes are sound but not a value of this type: \
                       was the version of the format raised when the type changed?";
        FormatError::new(message).of_kind(FormatErrorKind::Shape)
    })
}

pub(crate) fn too_large(limit: usize) -> FormatError {
    let message = format!("the value has more than {limit} bytes; the limit can be raised");
    FormatError::new(message).of_kind(FormatErrorKind::TooLarge)
}

fn unwritable(refusal: &Refusal) -> FormatError {
    let message = refusal
        .message()
        .unwrap_or("the value's `Serialize` failed");
    FormatError::new(message).of_kind(FormatErrorKind::Unwritable)
}

/// A buffer that does not grow beyond a length, whatever is written into it.
struct Bounded {
    bytes: Vec<u8>,
    largest: usize,
    /// Whether something did not fit.
    is_full: bool,
}

impl Bounded {
    const fn new(bytes: Vec<u8>, largest: usize) -> Self {
        Self {
            bytes,
            largest,
            is_full: false,
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.largest.saturating_sub(self.bytes.len()) < bytes.len() {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
