//! Nodes and ears.

pub(crate) mod node;
