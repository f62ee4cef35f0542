//! Nodes and ears, and players of histories.

pub(crate) mod history;
pub(crate) mod node;
pub(crate) mod player;
pub(crate) mod source;
pub(crate) mod worker;
