//! Very many values that are due at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::memory::Before;
use crate::Result;
use crate::arguments::Options;
use crate::child::{Found, Program, ask, tell};
use crate::contenders::expiring::{Expiring, ExpiringVisitor, visit_expiring};
use crate::heap::processor_time;
use crate::measure::block_on;
use crate::table::{Cell, Column, Row, Table, percentile};
use crate::workload::{Random, Value, key, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let count = options.size(1_000_000, 100_000);
    let ttl = options.size(6_000, 700);
    let mut names = Names::default();
    visit_expiring(&mut names);
    let mut table = Table {
        title: "Expiry".to_owned(),
        about: format!(
            "{count} values are stored in one global cache, to expire {ttl} ms later. Then nobody touches it until one \
             second after the last is due; *kept* is what of their bytes is still allocated then, and once more after \
             20,000 requests. Expiring costs what the process computes in the idle time, and what the requests \
             take beyond the usual. *Longest pause* is of a request, when requests come all the time."
        ),
        columns: [
            "ns to store",
            "ns to expire",
            "ns together",
            "% kept, untouched",
            "% kept after requests",
            "ms, first request after",
            "ms, longest pause",
            "ns, 99.9 % of requests",
        ]
        .map(Column::new)
        .into(),
        ..Table::default()
    };
    table.columns[2].plot = true;
    table.columns[6].plot = true;
    for name in names.0 {
        let ask = |program, mode: &str| {
            let words = ["expiry", name, &count.to_string(), &ttl.to_string(), mode];
            eprint!(".");
            ask(program, &words.map(str::to_owned))
        };
        let (idle, busy) = (ask(Program::Plain, IDLE)?, ask(Program::Plain, BUSY)?);
        let counted = ask(Program::Counting, IDLE)?;
        table.rows.push(Row {
            contender: name.to_owned(),
            cells: row(&idle, &busy, &counted),
        });
    }
    Ok(vec![table])
}

fn row(idle: &Found, busy: &Found, counted: &Found) -> Vec<Cell> {
    let cell = |found: &Found, name: &str| {
        found
            .get(name)
            .map_or(Cell::Nothing, |figure| Cell::Number(*figure))
    };
    let kept = |name: &str| {
        let part = counted.get(name).zip(counted.get("full"));
        part.map_or(Cell::Nothing, |(kept, full)| {
            Cell::Number((100.0 * kept / full).max(0.0))
        })
    };
    let given_back = counted
        .get("after")
        .zip(counted.get("full"))
        .is_some_and(|(after, full)| after * 2.0 < *full);
    let (store, expire) = (idle.get("store"), idle.get("expire"));
    // What is never expired costs nothing to expire: that is no figure.
    let expire = expire.filter(|_| given_back);
    let together = store.zip(expire).map(|(store, expire)| store + expire);
    let number = |figure: Option<f64>| figure.map_or(Cell::Text("never".to_owned()), Cell::Number);
    vec![
        cell(idle, "store"),
        number(expire.copied()),
        number(together),
        kept("idle"),
        kept("after"),
        cell(idle, "first"),
        cell(busy, "longest"),
        cell(busy, "slow"),
    ]
}

#[derive(Default)]
struct Names(Vec<&'static str>);

impl ExpiringVisitor for Names {
    fn visit<E: Expiring>(&mut self) {
        self.0.push(E::NAME);
    }
}

const IDLE: &str = "0";
const BUSY: &str = "1";

/// In a process of its own: stores, waits, tells.
pub(crate) fn run_child(contender: &str, numbers: &[usize]) -> Result {
    let &[count, ttl, busy] = numbers else {
        return Err(
            "expiry takes a number of values, milliseconds, and 0 (idle) or 1 (busy)".into(),
        );
    };
    let mut child = Child {
        contender,
        count,
        ttl: Duration::from_millis(ttl as u64),
        busy: busy == 1,
        done: false,
    };
    visit_expiring(&mut child);
    if child.done {
        Ok(())
    } else {
        Err(format!("there is no contender `{contender}`").into())
    }
}

struct Child<'a> {
    contender: &'a str,
    count: usize,
    ttl: Duration,
    busy: bool,
    done: bool,
}

impl ExpiringVisitor for Child<'_> {
    fn visit<E: Expiring>(&mut self) {
        if E::NAME == self.contender {
            self.done = true;
            let (count, ttl) = (self.count, self.ttl);
            if self.busy {
                block_on(busy::<E>(count, ttl));
            } else {
                block_on(idle::<E>(count, ttl));
            }
        }
    }
}

/// Stores values and returns how long that took.
async fn store<E: Expiring>(cache: &E, count: usize) -> Duration {
    let mut took = Duration::ZERO;
    for batch in (0..count).step_by(1_000) {
        let batch: Vec<(String, Value)> = (batch..count.min(batch + 1_000))
            .map(|number| (key(number), value(number)))
            .collect();
        let started = Instant::now();
        for (key, value) in batch {
            cache.set(&key, value).await;
        }
        took += started.elapsed();
    }
    took
}

async fn idle<E: Expiring>(count: usize, ttl: Duration) {
    let before = Before::now();
    let cache = Arc::new(E::build(ttl));
    let took = store(&*cache, count).await;
    tell("store", took.as_nanos() as f64 / count as f64);
    let bytes = || before.difference().0;
    if let Some(full) = bytes() {
        tell("full", full);
    }
    let ran = processor_time();
    tokio::time::sleep(ttl + Duration::from_secs(1)).await;
    let background = processor_time()
        .zip(ran)
        .map_or(0.0, |(now, then)| (now - then).as_nanos() as f64);
    if let Some(bytes) = bytes() {
        tell("idle", bytes);
    }
    let mut times = Vec::with_capacity(20_000);
    for number in 0..20_000 {
        let absent = key(number + count);
        let started = Instant::now();
        let found = cache.get(&absent).await;
        times.push(started.elapsed().as_nanos() as f64);
        assert!(found.is_none());
        if number % 1_000 == 999 {
            // Whoever works behind the requests has a chance to.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    tell("first", times[0] / 1e6);
    let sum: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let beyond = (sum - percentile(&times, 0.5) * times.len() as f64).max(0.0);
    let number = (count / 2).min(count - 1);
    assert!(
        cache.get(&key(number)).await.is_none(),
        "{} still has what is due",
        E::NAME
    );
    drop(times);
    if let Some(bytes) = bytes() {
        tell("after", bytes);
    }
    tell("expire", (background + beyond) / count as f64);
    std::mem::forget(cache);
}

async fn busy<E: Expiring>(count: usize, ttl: Duration) {
    let cache = Arc::new(E::build(ttl));
    let begun = Instant::now();
    store(&*cache, count).await;
    let end = Instant::now() + ttl + Duration::from_millis(500);
    let first_due = begun + ttl;
    tokio::time::sleep_until((first_due - Duration::from_millis(200)).into()).await;
    let keys: Vec<String> = (0..1_000)
        .map(|number| key(number * (count / 1_000)))
        .collect();
    let mut random = Random::new(1);
    let mut times = Histogram::default();
    while Instant::now() < end {
        for step in 0..1_000 {
            let key = &keys[random.below(keys.len())];
            let started = Instant::now();
            if step % 10 == 0 {
                cache.set(key, value(step)).await;
            } else {
                cache.get(key).await;
            }
            times.add(started.elapsed().as_nanos() as u64);
        }
        tokio::task::yield_now().await;
    }
    tell("longest", times.longest as f64 / 1e6);
    tell("slow", times.percentile(0.999));
    std::mem::forget(cache);
}

/// Times in classes that grow by a sixteenth.
struct Histogram {
    classes: Vec<u64>,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            classes: vec![0; 64 * 16],
            longest: 0,
        }
    }
}

impl Histogram {
    fn add(&mut self, nanoseconds: u64) {
        let magnitude = nanoseconds.max(16).ilog2();
        let class =
            magnitude as usize * 16 + (nanoseconds.max(16) >> (magnitude - 4)) as usize - 16;
        self.classes[class] += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    fn percentile(&self, part: f64) -> f64 {
        let total: u64 = self.classes.iter().sum();
        let mut left = (total as f64 * part) as u64;
        for (class, count) in self.classes.iter().enumerate() {
            if *count > left {
                let magnitude = class / 16;
                return ((class % 16 + 16) as f64) * f64::powi(2.0, magnitude as i32 - 4);
            }
            left -= count;
        }
        self.longest as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn percentiles_are_within_a_sixteenth() {
        let mut histogram = Histogram::default();
        for nanoseconds in 1..=10_000 {
            histogram.add(nanoseconds);
        }
        for part in [0.5, 0.9, 0.999] {
            let found = histogram.percentile(part) / (10_000.0 * part);
            assert!((0.93..1.01).contains(&found), "{part}: {found}");
        }
        assert_eq!(histogram.longest, 10_000);
    }
}
