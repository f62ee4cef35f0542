//! What is left out of the key, and what replaces it.

use cubbyhole_macros::cached;

#[cached(skip(clint))]
fn misspelt(client: u32, n: u32) -> u32 {
    client + n
}

#[cached(skip(self))]
fn has_no_arguments() -> u32 {
    1
}

#[cached(skip(client), key = n)]
fn both(client: u32, n: u32) -> u32 {
    client + n
}

fn main() {}
