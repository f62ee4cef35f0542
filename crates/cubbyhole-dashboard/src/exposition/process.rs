//! What the operating system says about this process, under the names that Prometheus has for it; nothing where it says
//! nothing (`/proc` is Linux's).

use std::fs;

use metrics::{Unit, describe_gauge, gauge};

const RESIDENT: &str = "process_resident_memory_bytes";
const VIRTUAL: &str = "process_virtual_memory_bytes";
const THREADS: &str = "process_threads";
const FILES: &str = "process_open_fds";

pub(super) fn describe() {
    describe_gauge!(
        RESIDENT,
        Unit::Bytes,
        "memory of the process that is in RAM"
    );
    describe_gauge!(VIRTUAL, Unit::Bytes, "address space of the process");
    describe_gauge!(THREADS, Unit::Count, "threads of the process");
    describe_gauge!(
        FILES,
        Unit::Count,
        "files and connections that the process has open"
    );
}

pub(super) fn publish() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = |name: &'static str, value: Option<u32>, unit: f64| {
        if let Some(value) = value {
            gauge!(name).set(f64::from(value) * unit);
        }
    };
    set(RESIDENT, number_of("VmRSS", &status), KIB);
    set(VIRTUAL, number_of("VmSize", &status), KIB);
    set(THREADS, number_of("Threads", &status), 1.0);
    set(FILES, open_files(), 1.0);
}

/// The number in the line of this name.
fn number_of(name: &str, status: &str) -> Option<u32> {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(found, _)| *found == name)?;
    value.split_whitespace().next()?.parse().ok()
}

/// Among them is the one that lists them.
fn open_files() -> Option<u32> {
    let listed = fs::read_dir("/proc/self/fd").ok()?.count();
    u32::try_from(listed.saturating_sub(1)).ok()
}

const KIB: f64 = 1024.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let status = "VmHWM:\t    99 kB\nVmRSS:\t   512 kB\nThreads:\t3\n";
        assert_eq!(number_of("VmRSS", status), Some(512));
        assert_eq!(number_of("Threads", status), Some(3));
        assert_eq!(number_of("Vm", status), None);
        assert_eq!(number_of("VmRSS", "VmRSS: much"), None);
    }
}
