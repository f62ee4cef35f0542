//! What a user of the store sees: every sentence of its contract, and every mistake that other caches made.
//!
//! A test that is named after one of those mistakes begins with its number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is all test code, helper functions included, and a panic is how a test fails"
)]

mod blocking; // computing on the thread of the caller
mod by_key; // what whoever knows the key of an entry can do
mod cancel; // dropping any operation at any of its polls
mod compute; // one computation for all who ask
mod conflicts; // entries that share a key and agree on nothing else
mod cycles; // computations that wait for themselves
mod destructors; // values that panic, or ask the store, when they are dropped
mod drop_store; // the end of the last handle
mod errors; // what errors say, and to whom
mod expiry; // time, and the memory it gives back
mod fleet; // values that several processes share
mod invalidation; // what began before an invalidation is not stored after it
mod lease; // computing without handing the computation over
mod leaving; // callers who go away, all or some
mod lifetimes; // how long a value is kept, by its policy and by its loader
mod limits; // how many computations run at the same time
mod listeners; // who is told what left a cache
mod misses; // why a lookup found nothing
mod old_values; // refreshing ahead, serving old values, backing off, time limits
mod overrides; // policies from a configuration, and exchanging them
mod panics; // clones, clocks, loaders and caches that panic
mod pending; // promises, and waiting for them
mod pins; // what stays until it is read
mod remote; // caches that have to be waited for
mod remote_races; // invalidations and sets of theirs that meet on their way
mod runtimes; // runtimes that end under a computation
mod saved; // values that leave a store, and come into another one
mod scopes; // whose value it is
mod scopes_at_random; // the same, for any ids and any order
mod shapes; // Send, sizes, and what must not compile
mod sharing; // who shares a computation, and who does not
mod stats; // what is counted
mod support; // polling by hand, gates, caches of another make
mod tags; // groups, and epochs of scopes
mod third_party; // caches of another make that answer at once
