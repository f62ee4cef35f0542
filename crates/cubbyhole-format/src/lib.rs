//! How the values of a cubbyhole store become bytes, and how those are read back years later.
//!
//! [`Format`] writes MessagePack with the names of fields, behind a header with a version and a checksum. Whatever is
//! read that is old, foreign or damaged is refused with a [`FormatError`](cubbyhole_core::FormatError) whose
//! [kind](cubbyhole_core::FormatErrorKind) says why: a miss that can be counted, and never a wrong value.
//!
//! ```
//! use cubbyhole_core::{FormatErrorKind, ValueFormat};
//! use cubbyhole_format::Format;
//!
//! #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
//! struct Forecast {
//!     kelvin: f64,
//! }
//!
//! let format = Format::new().named("Forecast").with_version(3);
//! let bytes = format.encode(&Forecast { kelvin: 281.5 })?;
//! assert_eq!(format.decode(&bytes).ok(), Some(Forecast { kelvin: 281.5 }));
//!
//! let next: Result<Forecast, _> = format.with_version(4).decode(&bytes);
//! assert_eq!(next.unwrap_err().kind(), FormatErrorKind::Version);
//! # Ok::<(), cubbyhole_core::FormatError>(())
//! ```
//!
//! # When a type changes
//!
//! Fields and variants are known by their names. So these changes need no new version, and what was stored before them
//! is still read: to change the order of fields or variants, to add a field that is an `Option` or has
//! `#[serde(default)]`, to add a variant, to leave a field out. A field that is missing or has another type than before
//! is an error of the kind [`Shape`](cubbyhole_core::FormatErrorKind::Shape), a miss.
//!
//! What keeps its name and type and changes its *meaning*, such as kelvin that become celsius, only you can know: raise
//! the [version](Format::with_version) then, and whenever in doubt. It costs one miss for each value.
//!
//! # What is refused
//!
//! - To write: `Some` of what is written as nothing, such as `Some(None)` and `Some(())`, which would come back as
//!   `None`; what nests more than 128 deep; what is larger than the [limit](Format::limit).
//! - To read: everything that is not a whole value written by this format, under this name and version, within the
//!   limit. No bytes make it panic, or use a deep stack, or take memory out of proportion to them.
//!
//! That is as far as the format goes. A `Deserialize` of your own that panics, panics.
//!
//! # Features
//!
//! `zstd`: compression of values above a size, with `Format::compress_above`. A build without it refuses compressed
//! values, as of the kind [`Layout`](cubbyhole_core::FormatErrorKind::Layout).

mod compression;
mod faithful;
mod format;
mod header;
mod outline;
mod payload;

pub use format::Format;
