//! The error of a function also carries those of the cache.

use cubbyhole::cached;

#[derive(Debug)]
pub struct Problem;

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("problem")
    }
}

impl std::error::Error for Problem {}

#[cached]
pub async fn fallible(n: u32) -> Result<u32, Problem> {
    Ok(n)
}

fn main() {}
