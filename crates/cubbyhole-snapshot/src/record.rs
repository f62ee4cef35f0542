//! What stands in the file, byte by byte. A change is a new layout.
//!
//! The file begins with `cb 68 73`, the version of this layout (1), and the time of saving in milliseconds since 1970
//! (8 bytes). Records follow, each behind a byte that says which:
//!
//! | | record | |
//! | --- | --- | --- |
//! | 1 | entry | cache type (1 byte), kind, uid |
//! | 2 | scope, of the entry before | 0; or 1 and an id |
//! | 3 | value, of the scope before | key, flags (1), age (8), times (8 each), count of tags (4), tags, value |
//! | 0 | end | count of values (8) |
//!
//! The first flag says that a value is pinned; each other one says that a time is there. The CRC-32 of all that is the
//! end of the file. Numbers have their lowest byte first, times are in nanoseconds, and a text or a value stands behind
//! its length (4). Values of one scope are in the order in which they would be evicted.

use std::io::{self, Write};
use std::time::Duration;

use cubbyhole_core::Retention;
use cubbyhole_policy::CacheType;
use cubbyhole_store::SavedTimes;

use crate::error::SnapshotError;

pub(crate) const MAGIC: [u8; 3] = [0xcb, b'h', b's'];
pub(crate) const LAYOUT: u8 = 1;
pub(crate) const HEADER: usize = 12;
pub(crate) const TRAILER: usize = 4;

const END: u8 = 0;
const ENTRY: u8 = 1;
const SCOPE: u8 = 2;
const VALUE: u8 = 3;
const PINNED: u8 = 1;

/// A record, as it is read.
#[derive(Debug, PartialEq)]
pub(crate) enum Record<'a> {
    Entry {
        cache_type: CacheType,
        kind: &'a str,
        uid: &'a str,
    },
    /// Without an id, the global one.
    Scope(Option<&'a str>),
    Value(Value<'a>),
    End {
        values: u64,
    },
}

/// A value with all that is known of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Value<'a> {
    pub(crate) key: &'a str,
    pub(crate) retention: Retention,
    pub(crate) times: SavedTimes,
    pub(crate) tags: Vec<Box<str>>,
    pub(crate) bytes: &'a [u8],
}

pub(crate) fn write_header(out: &mut impl Write, saved_at: u64) -> io::Result<()> {
    out.write_all(&MAGIC)?;
    out.write_all(&[LAYOUT])?;
    out.write_all(&saved_at.to_le_bytes())
}

impl Record<'_> {
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Entry {
                cache_type,
                kind,
                uid,
            } => {
                out.write_all(&[ENTRY, number_of(*cache_type)])?;
                write_bytes(out, kind.as_bytes())?;
                write_bytes(out, uid.as_bytes())
            }
            Self::Scope(None) => out.write_all(&[SCOPE, 0]),
            Self::Scope(Some(id)) => {
                out.write_all(&[SCOPE, 1])?;
                write_bytes(out, id.as_bytes())
            }
            Self::Value(value) => value.write(out),
            Self::End { values } => {
                out.write_all(&[END])?;
                out.write_all(&values.to_le_bytes())
            }
        }
    }
}

impl Value<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&[VALUE])?;
        write_bytes(out, self.key.as_bytes())?;
        let times = optional(&self.times);
        let flags = (0..).zip(times).filter(|(_, time)| time.is_some());
        let flags = flags.fold(u8::from(self.retention.is_pinned()), |flags, (at, _)| {
            flags | PINNED << 1 << at
        });
        out.write_all(&[flags])?;
        for time in [self.times.age]
            .into_iter()
            .chain(times.into_iter().flatten())
        {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            out.write_all(&nanos.to_le_bytes())?;
        }
        out.write_all(&length(self.tags.len())?)?;
        for tag in &self.tags {
            write_bytes(out, tag.as_bytes())?;
        }
        write_bytes(out, self.bytes)
    }
}

/// The times that a value may be without, in the order of their flags.
const fn optional(times: &SavedTimes) -> [Option<Duration>; 5] {
    [
        times.own_ttl,
        times.fresh_for,
        times.usable_for,
        times.reserve_for,
        times.idle_for,
    ]
}

fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&length(bytes.len())?)?;
    out.write_all(bytes)
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "more than 4 GiB in one piece");
    u32::try_from(length)
        .map(u32::to_le_bytes)
        .map_err(too_long)
}

const fn number_of(cache_type: CacheType) -> u8 {
    match cache_type {
        CacheType::Global => 0,
        CacheType::Session => 1,
        CacheType::User => 2,
    }
}

/// The records of a file that is known to be whole. What it says is not trusted all the same.
pub(crate) struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Reads the next record.
    pub(crate) fn read(&mut self) -> Result<Record<'a>, SnapshotError> {
        match self.byte()? {
            END => Ok(Record::End {
                values: self.number()?,
            }),
            ENTRY => Ok(Record::Entry {
                cache_type: self.cache_type()?,
                kind: self.text()?,
                uid: self.text()?,
            }),
            SCOPE => match self.byte()? {
                0 => Ok(Record::Scope(None)),
                1 => Ok(Record::Scope(Some(self.text()?))),
                _ => Err(malformed("an unknown kind of scope")),
            },
            VALUE => self.value().map(Record::Value),
            _ => Err(malformed("an unknown kind of record")),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn value(&mut self) -> Result<Value<'a>, SnapshotError> {
        let key = self.text()?;
        let flags = self.byte()?;
        if flags >> 6 != 0 {
            return Err(malformed("an unknown flag of a value"));
        }
        let mut times = SavedTimes::default();
        times.age = self.time()?;
        let optional = [
            &mut times.own_ttl,
            &mut times.fresh_for,
            &mut times.usable_for,
            &mut times.reserve_for,
            &mut times.idle_for,
        ];
        for (at, time) in (0..).zip(optional) {
            if flags & (PINNED << 1 << at) != 0 {
                *time = Some(self.time()?);
            }
        }
        let mut tags = Vec::new();
        for _ in 0..self.length()? {
            tags.push(self.text()?.into());
        }
        let retention = match flags & PINNED {
            0 => Retention::Evictable,
            _ => Retention::Pinned,
        };
        Ok(Value {
            key,
            retention,
            times,
            tags,
            bytes: self.bytes()?,
        })
    }

    fn cache_type(&mut self) -> Result<CacheType, SnapshotError> {
        match self.byte()? {
            0 => Ok(CacheType::Global),
            1 => Ok(CacheType::Session),
            2 => Ok(CacheType::User),
            _ => Err(malformed("an unknown cache type")),
        }
    }

    fn text(&mut self) -> Result<&'a str, SnapshotError> {
        std::str::from_utf8(self.bytes()?).map_err(|_not_text| malformed("a text that is none"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], SnapshotError> {
        let length = usize::try_from(self.length()?).unwrap_or(usize::MAX);
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn time(&mut self) -> Result<Duration, SnapshotError> {
        self.number().map(Duration::from_nanos)
    }

    fn byte(&mut self) -> Result<u8, SnapshotError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn length(&mut self) -> Result<u32, SnapshotError> {
        self.array().map(u32::from_le_bytes)
    }

    fn number(&mut self) -> Result<u64, SnapshotError> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(*array)
    }
}

pub(crate) const fn malformed(what: &'static str) -> SnapshotError {
    SnapshotError::Malformed { what }
}

const fn ends_early() -> SnapshotError {
    malformed("a record ends too early")
}
