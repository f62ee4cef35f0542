//! Compiles and runs every example of the guide: each page of the book is the documentation of a module here.
//!
//! `cargo test --doc -p cubbyhole-guide` runs them, but for the pages that compare with another cache: these need that
//! cache, so `cargo xtask guide` runs them, and them alone, with `--cfg peers`.
//!
//! # Not here
//!
//! No code, and no page that is written here: the book is in `docs/guide`.
#![forbid(unsafe_code)]

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/beyond-one-process.md")]
pub mod beyond_one_process {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/first-steps.md")]
pub mod first_steps {}

#[cfg(peers)]
#[doc = include_str!("../../../docs/guide/src/from-cached.md")]
pub mod from_cached {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/from-map.md")]
pub mod from_map {}

#[cfg(peers)]
#[doc = include_str!("../../../docs/guide/src/from-moka.md")]
pub mod from_moka {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/operations.md")]
pub mod operations {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/policies.md")]
pub mod policies {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/scopes.md")]
pub mod scopes {}

#[cfg(not(peers))]
#[doc = include_str!("../../../docs/guide/src/testing.md")]
pub mod testing {}
