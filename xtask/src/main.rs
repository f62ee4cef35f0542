//! The door for contributors.
fn main() {}
