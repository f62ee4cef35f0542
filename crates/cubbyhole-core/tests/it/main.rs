//! What another crate can do with this one.

/// A table of real size.
mod growth;
/// Caches of any value, implemented from outside.
mod implementers;
/// The lock of a cache.
mod locks;
