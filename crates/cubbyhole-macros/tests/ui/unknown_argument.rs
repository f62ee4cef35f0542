//! Arguments that there are not; most of them nearly are.

use cubbyhole_macros::cached;

#[cached(max_sise = 10)]
fn misspelt(n: u32) -> u32 {
    n
}

#[cached(refresh-after = "1h", colour = "red", cachetype = "user")]
fn all_are_reported(n: u32) -> u32 {
    n
}

#[cached(max_size = 1, max_size = 2)]
fn twice(n: u32) -> u32 {
    n
}

#[cached(max_size = 1 cache_type = "user")]
fn without_a_comma(n: u32) -> u32 {
    n
}

fn main() {}
