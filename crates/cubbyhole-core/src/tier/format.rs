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
    kind: FormatErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FormatError {
    /// Makes an error with a message, of the kind [`Other`](FormatErrorKind::Other).
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: FormatErrorKind::Other,
            message: message.into(),
            source: None,
        }
    }

    /// Says of which kind it is.
    #[must_use]
    pub const fn of_kind(mut self, kind: FormatErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Says what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns its kind, to count by.
    #[must_use]
    pub const fn kind(&self) -> FormatErrorKind {
        self.kind
    }
}

/// What kind of error it was that a value could not be written or read, to count by.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum FormatErrorKind {
    /// None of the others.
    Other,
    /// The bytes were not written by this format at all.
    Foreign,
    /// They were written by another version of the format, or with a part of it that this build has not.
    Layout,
    /// They are a value of another name.
    Name,
    /// They are a value of another version of its type.
    Version,
    /// They end too early.
    Truncated,
    /// They go on after their end.
    Trailing,
    /// They are not those that were written.
    Damaged,
    /// They, or the value in them, are larger than the limit.
    TooLarge,
    /// They are sound, and are not a value of the type.
    Shape,
    /// The value cannot be written so that it is read back as what it was.
    Unwritable,
}

impl FormatErrorKind {
    /// Every kind there is.
    pub const ALL: [Self; 11] = [
        Self::Other,
        Self::Foreign,
        Self::Layout,
        Self::Name,
        Self::Version,
        Self::Truncated,
        Self::Trailing,
        Self::Damaged,
        Self::TooLarge,
        Self::Shape,
        Self::Unwritable,
    ];

    /// Returns its name in lower case with underscores, as a metric would have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Foreign => "foreign",
            Self::Layout => "layout",
            Self::Name => "name",
            Self::Version => "version",
            Self::Truncated => "truncated",
            Self::Trailing => "trailing",
            Self::Damaged => "damaged",
            Self::TooLarge => "too_large",
            Self::Shape => "shape",
            Self::Unwritable => "unwritable",
        }
    }
}
