//! Parameters that have no name, are changed, or cannot be made owned.

use std::fmt::Display;

use cubbyhole_macros::cached;

#[cached]
fn pattern((a, b): (u32, u32), _: u32) -> u32 {
    a + b
}

#[cached]
fn changed(list: &mut Vec<u32>) -> usize {
    list.len()
}

#[cached]
async fn borrowed_inside(names: &[&str]) -> usize {
    names.len()
}

#[cached]
async fn trait_object(shown: &dyn Display) -> String {
    shown.to_string()
}

fn main() {}
