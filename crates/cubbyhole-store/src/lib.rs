//! The registry-keyed, scope-aware cache store.
