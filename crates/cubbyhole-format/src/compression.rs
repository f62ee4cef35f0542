//! Compressed payloads: four bytes with the length of what is inside, then a frame of zstd.

#[cfg(not(feature = "zstd"))]
use cubbyhole_core::FormatError;

/// How many bytes stand before the frame.
pub(crate) const PREFIX: usize = 4;

#[cfg(feature = "zstd")]
pub(crate) use with_zstd::{compress, decompress};

/// Without zstd there is nothing that could ask for it.
#[cfg(not(feature = "zstd"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "as it is when there is compression"
)]
pub(crate) const fn compress(_bytes: &mut Vec<u8>, _header: usize) -> Result<bool, FormatError> {
    Ok(false)
}

#[cfg(not(feature = "zstd"))]
pub(crate) fn decompress(_payload: &[u8], _limit: usize) -> Result<Vec<u8>, FormatError> {
    let message = "the value is compressed, and this program was built without the feature `zstd`";
    Err(crate::header::layout(message))
}

#[cfg(feature = "zstd")]
mod with_zstd {
    use std::io::Read;

    use cubbyhole_core::{FormatError, FormatErrorKind};
    use zstd::stream::read::Decoder;

    use super::PREFIX;
    use crate::header::truncated;
    use crate::payload::too_large;

    /// The library's own default: 3 of 22. Level 1 is hardly faster, and those above take several times as long.
    const LEVEL: i32 = zstd::DEFAULT_COMPRESSION_LEVEL;

    /// Compresses what is behind the header, if that makes it smaller. Returns whether it did.
    pub(crate) fn compress(bytes: &mut Vec<u8>, header: usize) -> Result<bool, FormatError> {
        let payload = &bytes[header..];
        let frame = zstd::bulk::compress(payload, LEVEL).map_err(|error| {
            let message = "zstd could not compress the value";
            FormatError::new(message)
                .of_kind(FormatErrorKind::Unwritable)
                .caused_by(error)
        })?;
        let Ok(length) = u32::try_from(payload.len()) else {
            return Ok(false);
        };
        if PREFIX + frame.len() >= payload.len() {
            return Ok(false);
        }
        bytes.truncate(header);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&frame);
        bytes.shrink_to_fit();
        Ok(true)
    }

    /// Returns what is inside, whose length has to be what was said and within the limit.
    ///
    /// Memory is taken as bytes come out, and the window that the frame may ask for is no larger than what it holds.
    pub(crate) fn decompress(payload: &[u8], limit: usize) -> Result<Vec<u8>, FormatError> {
        let (length, frame) = payload
            .split_first_chunk::<PREFIX>()
            .ok_or_else(truncated)?;
        let length = u32::from_le_bytes(*length);
        if usize::try_from(length).is_ok_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let mut inside = Vec::new();
        let mut decoder = Decoder::with_buffer(frame).map_err(damaged)?;
        decoder
            .window_log_max(window_log(length))
            .map_err(damaged)?;
        let read = decoder
            .take(u64::from(length) + 1)
            .read_to_end(&mut inside)
            .map_err(damaged)?;
        if read as u64 != u64::from(length) {
            return Err(damaged("another length than was said"));
        }
        Ok(inside)
    }

    /// The least window that holds so many bytes, within what zstd allows everywhere.
    fn window_log(length: u32) -> u32 {
        (u32::BITS - length.leading_zeros()).clamp(10, 30)
    }

    fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FormatError {
        FormatError::new("the compressed value is damaged")
            .of_kind(FormatErrorKind::Damaged)
            .caused_by(error)
    }
}
