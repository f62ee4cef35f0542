//! The cache of cubbyhole that keeps everything until it is deleted.
