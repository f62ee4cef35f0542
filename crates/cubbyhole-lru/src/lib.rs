//! The least-recently-used cache of cubbyhole, with pins.
