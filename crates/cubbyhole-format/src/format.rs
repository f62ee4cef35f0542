//! `Format`: the choices that an application makes, and the order of things when a value is written or read.

use cubbyhole_core::{FormatError, FormatErrorKind, ValueFormat};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compression;
use crate::header::{self, Header};
use crate::payload;

/// Values as MessagePack with the names of fields, behind a header with version and checksum.
///
/// It is plain data; make one for each registry entry. [The crate](crate) says what may change in a type without a new
/// version, and what cannot be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Format {
    version: u32,
    name: u32,
    limit: usize,
    compress_above: Option<usize>,
}

impl Format {
    /// How many bytes a value may have if nothing else is said: 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// Makes a format without a name, of version 0, that does not compress.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            version: 0,
            name: 0,
            limit: Self::DEFAULT_LIMIT,
            compress_above: None,
        }
    }

    /// Says which version of the type this is. A value of any other version, older or newer, is refused.
    #[must_use]
    pub const fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Gives the type a name, which need not be that of the Rust type. A value written under another name is refused.
    ///
    /// Four bytes of it are kept: it is a guard against mistakes, such as two services that use one place for two types.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = crc32fast::hash(name.as_bytes());
        self
    }

    /// Says how many bytes a value may have before it is compressed, when it is written and when it is read.
    ///
    /// At most 4 GiB less one byte; more is taken as that.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Compresses values of more bytes than this, unless that makes them larger.
    #[cfg(feature = "zstd")]
    #[must_use]
    pub const fn compress_above(mut self, bytes: usize) -> Self {
        self.compress_above = Some(bytes);
        self
    }

    fn limit_in_bytes(&self) -> usize {
        self.limit
            .min(usize::try_from(u32::MAX).unwrap_or(usize::MAX))
    }

    /// Refuses what is too large before a checksum is made of it.
    fn check_size(&self, bytes: &[u8]) -> Result<(), FormatError> {
        let largest = header::LENGTH + compression::PREFIX + self.limit_in_bytes();
        if bytes.len() > largest {
            return Err(payload::too_large(self.limit_in_bytes()));
        }
        Ok(())
    }

    /// Refuses what was written for another type.
    fn check_type(&self, header: &Header) -> Result<(), FormatError> {
        if header.name != self.name {
            let message =
                "the bytes are a value of another name: what else is stored in this place?";
            return Err(FormatError::new(message).of_kind(FormatErrorKind::Name));
        }
        if header.version != self.version {
            let (found, wanted) = (header.version, self.version);
            let message =
                format!("the bytes are a value of version {found}, and {wanted} is wanted");
            return Err(FormatError::new(message).of_kind(FormatErrorKind::Version));
        }
        Ok(())
    }
}

impl Default for Format {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Serialize + DeserializeOwned> ValueFormat<V> for Format {
    fn encode(&self, value: &V) -> Result<Vec<u8>, FormatError> {
        let mut bytes = payload::write(value, header::LENGTH, self.limit_in_bytes())?;
        let above = self.compress_above.unwrap_or(usize::MAX);
        let is_compressed = bytes.len() - header::LENGTH > above
            && compression::compress(&mut bytes, header::LENGTH)?;
        let header = Header {
            is_compressed,
            version: self.version,
            name: self.name,
        };
        header.seal(&mut bytes);
        Ok(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<V, FormatError> {
        self.check_size(bytes)?;
        let (header, payload) = Header::open(bytes)?;
        self.check_type(&header)?;
        if header.is_compressed {
            let payload = compression::decompress(payload, self.limit_in_bytes())?;
            return payload::read(&payload);
        }
        if payload.len() > self.limit_in_bytes() {
            return Err(payload::too_large(self.limit_in_bytes()));
        }
        payload::read(payload)
    }
}
