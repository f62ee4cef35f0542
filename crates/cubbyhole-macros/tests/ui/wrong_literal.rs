//! Values of the wrong kind.

use cubbyhole_macros::cached;

const SIZE: usize = 10;

#[cached(policy = 5, max_size = "10", cache_type = user, ttl = true, uid = 3)]
fn of_the_wrong_type(n: u32) -> u32 {
    n
}

#[cached(max_size = SIZE)]
fn not_a_literal(n: u32) -> u32 {
    n
}

#[cached(tags = "forecast", skip = n, key, negative = true)]
fn in_the_wrong_form(n: u32) -> u32 {
    n
}

fn main() {}
