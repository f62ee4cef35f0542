//! Storing in full caches.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::{Make, Racers, has_bound, race_on_threads};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::{Round, block_on, on_threads};
use crate::table::{Cell, Column, Table, thousands};
use crate::workload::{Random, keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let lengths = Lengths::default();
    let mut racers = Racers::new(Full {
        sets: options.size(100_000, 25_000),
        lengths: Arc::clone(&lengths),
    });
    visit_scoped(&mut racers);
    let (mut table, _) = race_on_threads(&mut racers.racers, options, |threads| {
        format!("ns a set, {threads}")
    });
    drop(racers);
    table.title = "Set with eviction".to_owned();
    table.about = format!(
        "One registry entry, {} scopes, room for {CAPACITY} values in each: {} in all. Each set is of one of {} keys \
         in the scope of somebody at random, so that nearly every one evicts. How many values are held afterwards \
         tells whether the bound holds.",
        thousands(SCOPES),
        thousands(SCOPES * CAPACITY),
        thousands(KEYS)
    );
    let lengths = lengths.lock().expect("no round has panicked");
    let length = |contender: &str| {
        let (_, length) = lengths.iter().find(|(name, _)| name == contender)?;
        Some(*length as f64)
    };
    let lengths = table.rows.iter().map(|row| length(&row.contender));
    let cells = lengths.map(Cell::number).collect();
    table.push(Column::new("values held"), cells);
    Ok(vec![table])
}

const SCOPES: usize = 1_000;
const CAPACITY: usize = 10;
const KEYS: usize = 1_000;

type Lengths = Arc<Mutex<Vec<(String, usize)>>>;

struct Full {
    sets: usize,
    lengths: Lengths,
}

struct Running<C: Contender> {
    cache: Arc<C>,
    scopes: Arc<[C::Scope]>,
    keys: Arc<[String]>,
    sets: usize,
    seed: u64,
    lengths: Lengths,
}

impl Make for Full {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        if !has_bound::<C>() {
            return None;
        }
        let world = World::of_scopes(1, SCOPES, CAPACITY).overflowing();
        let mut running = Running::<C> {
            cache: Arc::new(C::build(&world)),
            scopes: (0..SCOPES)
                .map(|number| C::scope(&scope_id(number)))
                .collect(),
            keys: keys(KEYS),
            sets: SCOPES * CAPACITY * 4,
            seed: 0,
            lengths: Arc::clone(&self.lengths),
        };
        running.run(1);
        running.cache.is_loaded();
        running.sets = self.sets;
        Some(Box::new(running))
    }
}

impl<C: Contender> Round for Running<C> {
    /// Returns the nanoseconds of a set.
    fn run(&mut self, threads: usize) -> f64 {
        self.seed += 1;
        let (cache, scopes, keys, sets, seed) =
            (&self.cache, &self.scopes, &self.keys, self.sets, self.seed);
        let took = on_threads(threads, |thread| {
            let (cache, scopes, keys) = (Arc::clone(cache), Arc::clone(scopes), Arc::clone(keys));
            async move {
                let mut random = Random::new(seed * 16 + thread as u64);
                // One value for all: making values is not what is measured.
                let value = value(thread);
                let mut started = Instant::now();
                for step in 0..sets + sets / 10 {
                    if step == sets / 10 {
                        started = Instant::now();
                    }
                    let scope = scopes[random.below(scopes.len())].clone();
                    let key = &keys[random.below(keys.len())];
                    C::within(scope, cache.set(0, key, Arc::clone(&value))).await;
                }
                started.elapsed()
            }
        });
        took.as_nanos() as f64 / sets as f64
    }
}

impl<C: Contender> Drop for Running<C> {
    fn drop(&mut self) {
        let cache = Arc::clone(&self.cache);
        let length = block_on(async move { cache.len().await });
        if let Ok(mut lengths) = self.lengths.lock() {
            lengths.push((C::name(), length));
        }
    }
}
