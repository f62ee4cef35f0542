//! The conformance suite and reference models for authors of cubbyhole caches.
