//! The slowest operations: stores into a cache that grows, and gets while others store.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, Visitor, World, visit_scoped, visit_shared};
use crate::measure::{block_on, cells_of, interleave, on_threads, thread_counts, threads_name};
use crate::table::{Column, Table, percentile, thousands};
use crate::workload::{Random, key, keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let stores = options.size(1_000_000, 200_000);
    let mut growing = Growing::default();
    visit_shared(&mut growing);
    let mut grown = race(&growing.0, stores, options)?;
    grown.title = "Slowest stores".to_owned();
    grown.about = format!(
        "{} new values into one global cache with room for twice as many, one after the other, each timed (which \
         adds some 30 ns to each): a table that is doubled in one go is seen in the last column. {OF_ROUNDS}",
        thousands(stores)
    );

    let operations = options.size(200_000, 50_000);
    let mut mixing = Mixing::default();
    visit_scoped(&mut mixing);
    let mut mixed = race(&mixing.0, operations, options)?;
    mixed.title = "Slowest gets".to_owned();
    mixed.about = format!(
        "{ENTRIES} registry entries × {SCOPES} scopes × {KEYS} keys, all of them stored, asked for at random on {}, \
         {} times on each; one operation in ten is a set instead. Each get is timed, which adds some 30 ns. \
         {OF_ROUNDS}",
        threads_name(most_threads()),
        thousands(operations)
    );
    Ok(vec![grown, mixed])
}

const OF_ROUNDS: &str = "The longest is that of a round, and of the rounds the middle one is shown; what the system \
                         takes a processor away for is in it.";

/// What a round has shown, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Times {
    median: f64,
    slow: f64,
    longest: f64,
}

impl Times {
    fn of(mut nanoseconds: Vec<f64>) -> Self {
        nanoseconds.sort_by(f64::total_cmp);
        Self {
            median: percentile(&nanoseconds, 0.5),
            slow: percentile(&nanoseconds, 0.999),
            longest: percentile(&nanoseconds, 1.0),
        }
    }
}

/// A contender, and what has it do so many operations.
type Racer = (String, fn(usize) -> Times);

fn race(racers: &[Racer], operations: usize, options: &Options) -> Result<Table> {
    let said = interleave(racers.len(), options.rounds(), |at| {
        Ok((racers[at].1)(operations))
    })?;
    let mut table = Table::of(racers.iter().map(|(contender, _)| contender));
    table.push(
        Column::new("ns, median"),
        cells_of(&said, |times| Some(times.median)),
    );
    table.push(
        Column::plotted("ns, 99.9 %"),
        cells_of(&said, |times| Some(times.slow)),
    );
    table.push(
        Column::plotted("µs, longest"),
        cells_of(&said, |times| Some(times.longest / 1_000.0)),
    );
    Ok(table)
}

#[derive(Default)]
struct Growing(Vec<Racer>);

impl Visitor for Growing {
    fn visit<C: Contender>(&mut self) {
        self.0
            .push((C::name(), |stores| block_on(grow::<C>(stores))));
    }
}

async fn grow<C: Contender>(stores: usize) -> Times {
    let cache = Arc::new(C::build(&World::shared(stores * 2)));
    let mut times = Vec::with_capacity(stores);
    C::within(C::scope("nobody"), async {
        for number in 0..stores {
            let (key, value) = (key(number), value(number));
            let started = Instant::now();
            cache.set(0, &key, value).await;
            times.push(started.elapsed().as_nanos() as f64);
        }
    })
    .await;
    Times::of(times)
}

const ENTRIES: usize = 4;
const SCOPES: usize = 100;
const KEYS: usize = 8;

fn most_threads() -> usize {
    thread_counts().into_iter().max().unwrap_or(1)
}

#[derive(Default)]
struct Mixing(Vec<Racer>);

impl Visitor for Mixing {
    fn visit<C: Contender>(&mut self) {
        self.0.push((C::name(), get_and_set::<C>));
    }
}

/// Gets on all threads, and now and then a set.
fn get_and_set<C: Contender>(operations: usize) -> Times {
    let cache = Arc::new(C::build(&World::of_scopes(ENTRIES, SCOPES, 10)));
    let scopes: Arc<[C::Scope]> = (0..SCOPES)
        .map(|number| C::scope(&scope_id(number)))
        .collect();
    block_on(store::<C>(Arc::clone(&cache), Arc::clone(&scopes)));
    cache.is_loaded();
    let times = Arc::new(Mutex::new(Vec::new()));
    on_threads(most_threads(), |thread| {
        let (cache, scopes, times) = (Arc::clone(&cache), Arc::clone(&scopes), Arc::clone(&times));
        async move {
            let begun = Instant::now();
            let mine = ask(&*cache, &scopes, operations, thread).await;
            times.lock().expect("no thread has panicked").extend(mine);
            begun.elapsed()
        }
    });
    let times = std::mem::take(&mut *times.lock().expect("no thread has panicked"));
    Times::of(times)
}

async fn store<C: Contender>(cache: Arc<C>, scopes: Arc<[C::Scope]>) {
    let keys = keys(KEYS);
    for scope in &*scopes {
        C::within(scope.clone(), async {
            for entry in 0..ENTRIES {
                for key in &*keys {
                    cache.set(entry, key, value(entry)).await;
                }
            }
        })
        .await;
    }
}

/// Makes requests of eight operations, and returns how long each get took.
async fn ask<C: Contender>(
    cache: &C,
    scopes: &[C::Scope],
    operations: usize,
    thread: usize,
) -> Vec<f64> {
    let mut random = Random::new(thread as u64);
    let (keys, value) = (keys(KEYS), value(thread));
    let mut times = Vec::with_capacity(operations);
    for _ in 0..operations / 8 {
        let scope = scopes[random.below(SCOPES)].clone();
        C::within(scope, async {
            for _ in 0..8 {
                let (entry, key) = (random.below(ENTRIES), &keys[random.below(KEYS)]);
                if random.below(10) == 0 {
                    cache.set(entry, key, Arc::clone(&value)).await;
                    continue;
                }
                let started = Instant::now();
                std::hint::black_box(cache.get(entry, key).await);
                let took: Duration = started.elapsed();
                times.push(took.as_nanos() as f64);
            }
        })
        .await;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn longest_is_the_last_of_all() {
        let times = Times::of((0..=1_000).rev().map(f64::from).collect());
        let expected = Times {
            median: 500.0,
            slow: 999.0,
            longest: 1_000.0,
        };
        assert_eq!(times, expected);
    }
}
