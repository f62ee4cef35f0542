//! Very many values that are due at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::memory::Before;
use crate::Result;
use crate::arguments::Options;
use crate::child::{Found, Program, ask, tell};
use crate::contenders::expiring::{Expiring, ExpiringVisitor, visit_expiring};
use crate::heap::processor_time;
use crate::histogram::Histogram;
use crate::measure::{block_on, cells_of, interleave};
use crate::table::{Cell, Column, Table, percentile, thousands};
use crate::workload::{Random, Value, key, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let count = options.size(1_000_000, 100_000);
    let mut names = Names::default();
    visit_expiring(&mut names);
    let names = names.0;
    let ask = |name: &str, program, mode: &str| {
        let words = ["expiry", name, &count.to_string(), mode];
        ask(program, &words.map(str::to_owned))
    };
    let counted = names
        .iter()
        .map(|name| ask(name, Program::Counting, IDLE))
        .collect::<Result<Vec<_>>>()?;
    let said = interleave(names.len(), options.rounds(), |at| {
        let (idle, busy) = (
            ask(names[at], Program::Plain, IDLE)?,
            ask(names[at], Program::Plain, BUSY)?,
        );
        Ok(Said { idle, busy })
    })?;
    let mut table = table(&names, &counted, &said);
    table.about = format!(
        "{} values are stored in one global cache, to expire {} ms later, or more where storing them takes long: they \
         are all due within the time that storing them took. Nobody touches the cache until one second after the last \
         is due; *kept* is what of their bytes is still allocated then, and once more after 20,000 requests. Expiring \
         costs what the process computes in the idle time, and what the requests take beyond the usual. *Longest \
         pause* is of a request, when requests come all the time; of the rounds, the middle one is shown.",
        thousands(count),
        thousands(SHORTEST.as_millis() as usize)
    );
    Ok(vec![table])
}

/// What a round has shown.
struct Said {
    /// When nobody touches the cache.
    idle: Found,
    /// When requests come all the time.
    busy: Found,
}

fn table(names: &[&str], counted: &[Found], said: &[Vec<Said>]) -> Table {
    let idle = |figure| cells_of(said, |round| round.idle.get(figure).copied());
    let busy = |figure| cells_of(said, |round| round.busy.get(figure).copied());
    let kept = |figure| {
        counted
            .iter()
            .map(|found| Cell::number(kept(found, figure)))
            .collect()
    };
    // What is never expired costs nothing to expire: that is no figure.
    let or_never = |cells: Vec<Cell>| {
        let or_never = |(cell, found): (Cell, &Found)| match kept_half(found) {
            true => Cell::Text("never".to_owned()),
            false => cell,
        };
        cells
            .into_iter()
            .zip(counted)
            .map(or_never)
            .collect::<Vec<_>>()
    };
    let together = cells_of(said, |Said { idle, .. }| {
        Some(idle.get("store")? + idle.get("expire")?)
    });
    let mut table = Table::of(names.iter().copied());
    table.title = "Expiry".to_owned();
    table.push(Column::new("ns to store"), idle("store"));
    table.push(Column::new("ns to expire"), or_never(idle("expire")));
    table.push(Column::plotted("ns together"), or_never(together));
    table.push(Column::new("% kept, untouched"), kept("idle"));
    table.push(Column::new("% kept after requests"), kept("after"));
    table.push(Column::new("µs, first request after"), idle("first"));
    table.push(Column::plotted("ms, longest pause"), busy("longest"));
    table.push(Column::new("ns, 99.9 % of requests"), busy("slow"));
    table
}

/// What part of the bytes was still there, in percent.
fn kept(found: &Found, when: &str) -> Option<f64> {
    Some((100.0 * found.get(when)? / found.get("full")?).max(0.0))
}

/// Whether a cache never gave back what was due.
fn kept_half(found: &Found) -> bool {
    kept(found, "after").is_none_or(|kept| kept >= 50.0)
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
    let &[count, busy] = numbers else {
        return Err("expiry takes a number of values, and 0 (idle) or 1 (busy)".into());
    };
    let mut child = Child {
        contender,
        count,
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
    busy: bool,
    done: bool,
}

impl ExpiringVisitor for Child<'_> {
    fn visit<E: Expiring>(&mut self) {
        if E::NAME == self.contender {
            self.done = true;
            if self.busy {
                block_on(busy::<E>(self.count));
            } else {
                block_on(idle::<E>(self.count));
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

/// Values that will expire.
struct Full<E> {
    cache: Arc<E>,
    ttl: Duration,
    /// When the first was stored.
    begun: Instant,
    took: Duration,
    /// What the process had before.
    before: Before,
}

/// The shortest time to live.
const SHORTEST: Duration = Duration::from_secs(1);

/// Stores values so that none expires before the last is stored: the time to live depends on who stores, and how fast
/// the machine is just now.
async fn fill<E: Expiring>(count: usize) -> Full<E> {
    let sample = count / 50;
    let took = store(&E::build(SHORTEST * 3_600), sample).await;
    let mut ttl = (took * 50 * 2).max(SHORTEST);
    loop {
        let before = Before::now();
        let cache = Arc::new(E::build(ttl));
        let begun = Instant::now();
        let took = store(&*cache, count).await;
        if begun.elapsed() < ttl {
            return Full {
                cache,
                ttl,
                begun,
                took,
                before,
            };
        }
        ttl *= 2;
    }
}

async fn idle<E: Expiring>(count: usize) {
    let Full {
        cache,
        ttl,
        took,
        before,
        ..
    } = fill::<E>(count).await;
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
    tell("first", times[0] / 1e3);
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

async fn busy<E: Expiring>(count: usize) {
    let Full {
        cache, ttl, begun, ..
    } = fill::<E>(count).await;
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
    tell("longest", times.longest() as f64 / 1e6);
    tell("slow", times.percentile(0.999));
    std::mem::forget(cache);
}

#[cfg(test)]
mod tests {
    use super::{Cell, Found, Said, table};

    fn found(figures: &[(&str, f64)]) -> Found {
        let figures = figures
            .iter()
            .map(|(name, figure)| ((*name).to_owned(), *figure));
        figures.collect()
    }

    #[test]
    fn what_never_expires_has_no_cost_of_expiring() {
        let round = || Said {
            idle: found(&[("store", 100.0), ("expire", 20.0), ("first", 0.1)]),
            busy: found(&[("longest", 3.0), ("slow", 900.0)]),
        };
        let counted = [
            found(&[("full", 200.0), ("idle", -2.0), ("after", 10.0)]),
            found(&[("full", 200.0), ("idle", 200.0), ("after", 190.0)]),
        ];
        let table = table(
            &["expires", "keeps"],
            &counted,
            &[vec![round(), round()], vec![round(), round()]],
        );
        let of = |row: usize, column: &str| {
            let at = table.columns.iter().position(|known| known.name == column);
            table.rows[row].cells[at.unwrap()].clone()
        };
        assert_eq!(of(0, "ns together").height(), Some(120.0));
        assert_eq!(
            of(0, "% kept, untouched").height(),
            Some(0.0),
            "less than before is nothing"
        );
        assert_eq!(of(1, "% kept after requests").height(), Some(95.0));
        assert!(matches!(of(1, "ns to expire"), Cell::Text(text) if text == "never"));
        assert_eq!(of(1, "ms, longest pause").height(), Some(3.0));
    }
}
