//! Functions that no cache can stand in for.

use cubbyhole_macros::cached;

#[cached]
const fn constant(n: u32) -> u32 {
    n
}

#[cached]
unsafe fn trusting(n: u32) -> u32 {
    n
}

#[cached]
extern "C" fn foreign(n: u32) -> u32 {
    n
}

#[cached]
struct NoFunction;

trait Load {
    #[cached(associated)]
    fn without_a_body(n: u32) -> u32;
}

fn main() {}
