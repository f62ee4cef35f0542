//! How values become bytes and are read back.

use std::error::Error;

/// Makes bytes of values and values of bytes, for tiers and files outside of the process.
///
/// What it cannot read it refuses: bytes of another version, of another type, damaged ones. It MUST NOT panic, nor take
/// memory out of proportion to the bytes, whatever the bytes are.
pub trait ValueFormat<V>: Send + Sync {
    /// Makes bytes of a value.
    ///
    /// # Errors
    ///
    /// [`FormatError`] if the value cannot be written.
    fn encode(&self, value: &V) -> Result<Vec<u8>, FormatError>;

    /// Reads a value back.
    ///
    /// # Errors
    ///
    /// [`FormatError`] if these are not the bytes of such a value, in this version.
    fn decode(&self, bytes: &[u8]) -> Result<V, FormatError>;
}

/// Why a value could not be written or read. Its message names no value.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct FormatError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FormatError {
    /// Makes an error with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Says what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
