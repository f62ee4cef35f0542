//! What the tests share: polling by hand, gates, caches of another make.

mod executor;
mod far;
mod gate;
mod gated;
mod process;
mod shelf;
mod source;
mod vec_cache;

pub(crate) use executor::{Hand, now, panics, settle};
pub(crate) use far::{Asked, Far, waiting};
pub(crate) use gate::{Gate, Seen};
pub(crate) use gated::Elsewhere;
pub(crate) use process::{Digits, Process, Processes, UNWRITABLE, global_place, place};
pub(crate) use shelf::{Shelf, by_session, by_user, keep_all, lru, session, ttl, user};
pub(crate) use source::{Broken, Source};
pub(crate) use vec_cache::VecCache;
