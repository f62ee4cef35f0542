//! Negative answers where there are none, or nobody remembers them.

use cubbyhole_macros::cached;

#[cached(negative)]
fn not_remembered(n: u32) -> Option<u32> {
    Some(n)
}

#[cached(policy = make(), negative)]
fn never_negative(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn main() {}
