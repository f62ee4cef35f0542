//! What another crate can do with this one.

/// Caches of any value, implemented from outside.
mod implementers;
