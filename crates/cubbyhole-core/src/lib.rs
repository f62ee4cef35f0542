//! What an implementer of a cubbyhole cache needs: the cache trait, the clock, and the parts caches are made of.
