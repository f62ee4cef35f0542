//! One global cache, smaller than what is asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::{Make, Racers, race_on_threads};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_shared};
use crate::measure::{Round, on_threads};
use crate::table::{Cell, Column, Table, thousands};
use crate::workload::{Random, Zipf, keys, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let zipf = Zipf::new(KEYS, 0.99);
    let length = options.size(1_000_000, 250_000);
    let counts = Arc::new(Counts::default());
    let workload = Workload {
        keys: keys(KEYS),
        sequences: (0..4)
            .map(|seed| zipf.sequence(&mut Random::new(seed), length).into())
            .collect(),
        operations: options.size(400_000, 100_000),
        counts: Arc::clone(&counts),
    };
    let mut racers = Racers::new(workload);
    visit_shared(&mut racers);
    let (mut table, _) = race_on_threads(&mut racers.racers, options, |threads| {
        format!("ns an operation, {threads}")
    });
    table.title = "Global LRU, zipf".to_owned();
    table.about = format!(
        "One global cache of {} values; {} keys by Zipf's law (0.99); 95 % of the operations are gets, which are \
         followed by a set if they miss, 5 % are sets. The hit ratio is that of all rounds; the reference drops what \
         was stored first.",
        thousands(CAPACITY),
        thousands(KEYS)
    );
    add_hit_ratios(&mut table, &counts);
    Ok(vec![table])
}

fn add_hit_ratios(table: &mut Table, counts: &Counts) {
    let counts = counts.by_contender.lock().expect("no round has panicked");
    let ratio = |contender: &str| {
        let (_, hits, gets) = counts.iter().find(|(name, ..)| name == contender)?;
        let (hits, gets) = (hits.load(Ordering::Relaxed), gets.load(Ordering::Relaxed));
        Some(format!("{:.1}", 100.0 * hits as f64 / gets as f64))
    };
    let ratios = table.rows.iter().map(|row| ratio(&row.contender));
    let cells = ratios
        .map(|ratio| ratio.map_or(Cell::Nothing, Cell::Text))
        .collect();
    table.push(Column::new("hit ratio, %"), cells);
}

const KEYS: usize = 100_000;
const CAPACITY: usize = 10_000;

struct Workload {
    keys: Arc<[String]>,
    sequences: Vec<Arc<[u32]>>,
    operations: usize,
    counts: Arc<Counts>,
}

/// Hits and gets of each contender.
#[derive(Default)]
struct Counts {
    by_contender: Mutex<Vec<HitsAndGets>>,
}

type HitsAndGets = (String, Arc<AtomicU64>, Arc<AtomicU64>);

struct Running<C> {
    cache: Arc<C>,
    keys: Arc<[String]>,
    sequences: Vec<Arc<[u32]>>,
    operations: usize,
    at: usize,
    warm: bool,
    hits: Arc<AtomicU64>,
    gets: Arc<AtomicU64>,
}

impl Make for Workload {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        let (hits, gets) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let mut counts = self
            .counts
            .by_contender
            .lock()
            .expect("no round has panicked");
        counts.push((C::name(), Arc::clone(&hits), Arc::clone(&gets)));
        Some(Box::new(Running {
            cache: Arc::new(C::build(&World::shared(CAPACITY).overflowing())),
            keys: Arc::clone(&self.keys),
            sequences: self.sequences.clone(),
            operations: self.operations,
            at: 0,
            warm: false,
            hits,
            gets,
        }))
    }
}

impl<C: Contender> Round for Running<C> {
    /// Returns the nanoseconds of an operation.
    fn run(&mut self, threads: usize) -> f64 {
        if !self.warm {
            self.warm = true;
            self.run(threads);
            self.hits.store(0, Ordering::Relaxed);
            self.gets.store(0, Ordering::Relaxed);
        }
        self.at += self.operations;
        let (cache, keys, operations, at) = (&self.cache, &self.keys, self.operations, self.at);
        let took = on_threads(threads, |thread| {
            let sequence = Arc::clone(&self.sequences[thread]);
            let (cache, keys) = (Arc::clone(cache), Arc::clone(keys));
            let (hits, gets) = (Arc::clone(&self.hits), Arc::clone(&self.gets));
            async move {
                let scope = C::scope("nobody");
                let mut random = Random::new((at + thread) as u64);
                C::within(scope, async {
                    let work = async |count: usize, from: usize, random: &mut Random| {
                        let mut done = (0, 0);
                        for step in 0..count {
                            let number = sequence[(from + step) % sequence.len()] as usize;
                            let key = &keys[number];
                            if random.below(20) == 0 {
                                cache.set(0, key, value(number)).await;
                                continue;
                            }
                            done.1 += 1;
                            if cache.get(0, key).await.is_some() {
                                done.0 += 1;
                            } else {
                                cache.set(0, key, value(number)).await;
                            }
                        }
                        done
                    };
                    work(operations / 10, at, &mut random).await;
                    let started = Instant::now();
                    let done = work(operations, at + operations / 10, &mut random).await;
                    let took = started.elapsed();
                    hits.fetch_add(done.0, Ordering::Relaxed);
                    gets.fetch_add(done.1, Ordering::Relaxed);
                    took
                })
                .await
            }
        });
        took.as_nanos() as f64 / operations as f64
    }
}
