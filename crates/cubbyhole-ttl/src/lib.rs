//! The time-to-live cache of cubbyhole, which gives memory back by itself.
