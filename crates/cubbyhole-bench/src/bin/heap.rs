//! The same program with an allocator that counts.

use std::alloc::System;
use std::process::ExitCode;

use cubbyhole_bench::Heap;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    cubbyhole_bench::run(Some(heap))
}

fn heap() -> Heap {
    let stats = COUNTING.stats();
    Heap {
        live: stats
            .bytes_allocated
            .saturating_sub(stats.bytes_deallocated) as u64,
        allocations: (stats.allocations + stats.reallocations) as u64,
    }
}
