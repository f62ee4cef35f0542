//! What a load found.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::answers::Fault;
use super::plan::Plan;
use super::watch::Usage;
use crate::times::Times;

/// What one visitor, or all of them, saw.
#[derive(Debug, Default)]
pub(super) struct Visit {
    routes: BTreeMap<String, Vec<Duration>>,
    faults: Vec<Fault>,
}

impl Visit {
    pub(super) fn note(&mut self, route: &str, took: Duration, fault: Option<Fault>) {
        match self.routes.get_mut(route) {
            Some(times) => times.push(took),
            None => drop(self.routes.insert(route.to_owned(), vec![took])),
        }
        self.faults.extend(fault);
    }

    pub(super) fn add(&mut self, other: Self) {
        for (route, times) in other.routes {
            self.routes.entry(route).or_default().extend(times);
        }
        self.faults.extend(other.faults);
    }
}

/// What a load found.
#[derive(Debug)]
pub struct Findings {
    plan: Plan,
    took: Duration,
    visit: Visit,
    usages: Vec<Usage>,
}

impl Findings {
    pub(super) const fn new(plan: Plan, took: Duration, visit: Visit, usages: Vec<Usage>) -> Self {
        Self {
            plan,
            took,
            visit,
            usages,
        }
    }

    /// Returns whether every answer came, was of whoever asked for it, and took no memory for good.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.visit.faults.is_empty() && self.memory_is_flat()
    }

    /// Returns how many requests were sent.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.visit.routes.values().map(Vec::len).sum()
    }

    fn leaks(&self) -> usize {
        let leaks = self.visit.faults.iter();
        leaks
            .filter(|fault| matches!(fault, Fault::Leak(_)))
            .count()
    }

    /// Whether the second half of the load took hardly more than the first, once everybody was there. A load that is too
    /// short to tell is not judged.
    fn memory_is_flat(&self) -> bool {
        let peak = |part: &[Usage]| {
            part.iter()
                .map(|usage| usage.resident_bytes)
                .fold(0.0, f64::max)
        };
        if self.usages.len() < FEW {
            return true;
        }
        let (first, second) = self.usages.split_at(self.usages.len() / 2);
        peak(second) <= peak(first) * SLACK
    }

    fn latencies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = ["route", "requests", "p50", "p90", "p99", "longest"];
        line(f, columns)?;
        for (route, times) in &self.visit.routes {
            latency(f, route, times.iter().copied())?;
        }
        latency(f, "all", self.visit.routes.values().flatten().copied())
    }

    fn memory(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, ["after", "resident", "files", "values", "scopes", ""])?;
        for usage in &self.usages {
            let resident = format!("{:.1} MiB", usage.resident_bytes / MIB);
            let counts = [usage.open_files, usage.entries, usage.scopes];
            let [files, values, scopes] = counts.map(|count| count.to_string());
            let at = format!("{:.0} s", usage.at.as_secs_f64());
            line(f, [&at, &resident, &files, &values, &scopes, ""])?;
        }
        Ok(())
    }

    fn faults(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaks = self.leaks();
        let errors = self.visit.faults.len() - leaks;
        let memory = if self.memory_is_flat() {
            "flat"
        } else {
            "growing"
        };
        writeln!(
            f,
            "errors: {errors}; answers of somebody else: {leaks}; memory: {memory}"
        )?;
        for fault in self.visit.faults.iter().take(SHOWN) {
            match fault {
                Fault::Error(text) => writeln!(f, "  error: {text}")?,
                Fault::Leak(text) => writeln!(f, "  of somebody else: {text}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requests, seconds) = (self.requests(), self.took.as_secs_f64());
        writeln!(
            f,
            "{} people, {requests} requests in {seconds:.1} s: {:.0} a second\n",
            self.plan.users(),
            requests as f64 / seconds,
        )?;
        self.latencies(f)?;
        writeln!(f)?;
        self.memory(f)?;
        writeln!(f)?;
        self.faults(f)
    }
}

fn latency(
    f: &mut fmt::Formatter<'_>,
    route: &str,
    times: impl Iterator<Item = Duration>,
) -> fmt::Result {
    let times: Times = times.collect();
    let count = times.len().to_string();
    let [p50, p90, p99, longest] = [50, 90, 99, 100].map(|percent| times.percentile(percent));
    line(f, [route, &count, &p50, &p90, &p99, &longest])
}

fn line(f: &mut fmt::Formatter<'_>, cells: [&str; 6]) -> fmt::Result {
    let [first, rest @ ..] = cells;
    write!(f, "{first:<24}")?;
    for cell in rest {
        write!(f, " {cell:>10}")?;
    }
    writeln!(f)
}

const MIB: f64 = 1024.0 * 1024.0;
const FEW: usize = 8;
const SLACK: f64 = 1.1;
const SHOWN: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(memory: &[f64], fault: Option<Fault>) -> Findings {
        let mut visit = Visit::default();
        visit.note("/api/me", Duration::from_millis(2), None);
        visit.note("/api/me", Duration::from_millis(4), fault);
        let usages = memory.iter().map(|mib| Usage {
            resident_bytes: mib * MIB,
            ..Usage::default()
        });
        Findings::new(Plan::USUAL, Duration::from_secs(2), visit, usages.collect())
    }

    #[test]
    fn a_load_passes_without_faults() {
        let found = findings(&[9.0, 20.0], None);
        assert!(found.passed());
        let text = found.to_string();
        assert!(
            text.contains("200 people, 2 requests in 2.0 s: 1 a second"),
            "{text}"
        );
        assert!(text.contains("20.0 MiB"), "{text}");
    }

    #[test]
    fn each_kind_of_fault_is_told() {
        let leak = findings(&[9.0], Some(Fault::Leak("bob's".to_owned())));
        assert!(!leak.passed());
        assert!(leak.to_string().contains("answers of somebody else: 1"));
        let error = findings(&[9.0], Some(Fault::Error("no reply".to_owned())));
        assert!(!error.passed());
        assert!(error.to_string().contains("errors: 1;"));
    }

    #[test]
    fn memory_that_grows_is_a_fault() {
        let flat = [9.0, 30.0, 31.0, 30.0, 31.0, 32.0, 31.0, 30.0];
        assert!(findings(&flat, None).passed());
        let growing = [9.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0];
        assert!(!findings(&growing, None).passed());
    }
}
