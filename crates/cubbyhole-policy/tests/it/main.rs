//! The public face of the crate, tested as one binary.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but that does not reach their helpers"
)]

mod garbage; // Nothing that can be written down makes it panic.
mod inputs; // What is accepted, and as what.
mod messages; // Every refusal, word for word.
mod option_fields; // How options are written and read.
mod options; // Which options go together, through both doors.
mod round_trip; // What is written is read back, in every format.
mod shapes; // What the compiler would not mention.
mod strategies; // Arbitrary valid policies.
