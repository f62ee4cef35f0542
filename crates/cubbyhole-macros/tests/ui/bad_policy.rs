//! Policies that the policy crate refuses, each at the argument that is wrong.

use cubbyhole_macros::cached;

#[cached(policy = "lur")]
fn unknown_policy(n: u32) -> u32 {
    n
}

#[cached(policy = "ttl", ttl = "1 fortnight")]
fn bad_duration(n: u32) -> u32 {
    n
}

#[cached(policy = "ttl", ttl = 0)]
fn no_duration(n: u32) -> u32 {
    n
}

#[cached(max_size = 0)]
fn no_size(n: u32) -> u32 {
    n
}

#[cached(cache_type = "users", max_size = 5)]
fn unknown_cache_type(n: u32) -> u32 {
    n
}

#[cached(cache_type = "user", policy = "ttl")]
fn missing_ttl(n: u32) -> u32 {
    n
}

#[cached(policy = "keep-all", cache_type = "user", max_size = 5)]
fn of_another_policy(n: u32) -> u32 {
    n
}

#[cached(policy = make(), max_size = 5, cache_type = "user")]
fn of_an_expression(n: u32) -> u32 {
    n
}

#[cached(hard_timeout = "30s", max_computations = 2)]
fn without_a_task(n: u32) -> u32 {
    n
}

fn main() {}
