//! What the process has in memory.

use std::sync::OnceLock;

/// What an allocator that counts has counted.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Bytes that are allocated now, as they were asked for.
    pub live: u64,
    /// Allocations and reallocations so far.
    pub allocations: u64,
}

static PROBE: OnceLock<fn() -> Heap> = OnceLock::new();

pub(crate) fn install(probe: Option<fn() -> Heap>) {
    if let Some(probe) = probe {
        let _ = PROBE.set(probe);
    }
}

/// Returns what the allocator has counted, in the program whose allocator counts.
pub(crate) fn heap() -> Option<Heap> {
    PROBE.get().map(|probe| probe())
}

/// Returns the bytes of this process that are resident, where the system says so.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Returns the time that all threads of this process have run, where the system says so.
///
/// The time of threads that have ended is not in it.
pub(crate) fn processor_time() -> Option<std::time::Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let statistics = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += statistics.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(std::time::Duration::from_nanos(nanoseconds))
}
