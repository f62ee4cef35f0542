//! Options that need others, or exclude each other: the policy crate knows the rules.

use cubbyhole_macros::cached;

#[cached(max_size = 5, jitter = "5m")]
fn without_a_ttl(n: u32) -> u32 {
    n
}

#[cached(ttl = "1h", cache_type = "user", refresh_after = "2h")]
fn later_than_the_ttl(n: u32) -> u32 {
    n
}

#[cached(stale_if_error = 60)]
fn never_stale(n: u32) -> u32 {
    n
}

#[cached(ttl = "1h", soft_timeout = "1s")]
async fn nothing_to_fall_back_on(n: u32) -> u32 {
    n
}

#[cached(max_computations = 0)]
async fn none_at_all(n: u32) -> u32 {
    n
}

#[cached(policy = "keep-all", time_to_idle = "1h")]
fn nothing_expires(n: u32) -> u32 {
    n
}

#[cached(negative_ttl = "10x")]
fn in_no_unit(n: u32) -> Option<u32> {
    Some(n)
}

fn main() {}
