//! What is measured: one file a scenario, each a function from the options to tables.

mod cost;
mod drop_scope;
mod expiry;
#[cfg(peers)]
mod formats;
mod hot_get;
mod memory;
mod request_size;
mod scaling;
mod set_evict;
#[cfg(peers)]
mod sharing;
mod single_flight;
mod tail;
mod zipf;

use std::time::Instant;

pub(crate) use cost::{Watch, figures as cost_figures, run_operation};
#[cfg(peers)]
pub(crate) use sharing::run_child as run_sharing;
pub(crate) use {
    drop_scope::run_child as run_drop_scope, expiry::run_child as run_expiry,
    memory::run_child as run_memory, single_flight::run_child as run_single_flight,
};

use crate::arguments::Options;
use crate::contenders::{Contender, Visitor};
use crate::measure::{Figures, Racer, Round, cells, race, thread_counts, threads_name};
use crate::table::{Column, Table};
use crate::{Result, report};

/// A scenario that can be asked for by name.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    run: fn(&Options) -> Result<Vec<Table>>,
}

/// Every scenario, in the order of the report.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "hot_get",
        about: "hits: many entries, many scopes, few keys; a large world, a small one, new ids",
        run: hot_get::run,
    },
    Scenario {
        name: "zipf",
        about: "one global cache, smaller than what is asked for: time and hit ratio",
        run: zipf::run,
    },
    Scenario {
        name: "set_evict",
        about: "storing in full caches",
        run: set_evict::run,
    },
    Scenario {
        name: "memory",
        about: "bytes of a million scopes with one value, and of fewer with more",
        run: memory::run,
    },
    Scenario {
        name: "single_flight",
        about: "10,000 tasks that wait for one load",
        run: single_flight::run,
    },
    Scenario {
        name: "expiry",
        about: "a million values that are due at once",
        run: expiry::run,
    },
    Scenario {
        name: "drop_scope",
        about: "forgetting one of a million scopes",
        run: drop_scope::run,
    },
    Scenario {
        name: "request_size",
        about: "a task that reads 1, 8 or 64 keys",
        run: request_size::run,
    },
    Scenario {
        name: "scaling",
        about: "one thread and two: on one key, on one cache, on many scopes",
        run: scaling::run,
    },
    Scenario {
        name: "tail",
        about: "the slowest of a million stores into a cache that grows, and of gets while others store",
        run: tail::run,
    },
    Scenario {
        name: "cost",
        about: "allocations, instructions, bytes touched and cache lines fetched of one operation",
        run: cost::run,
    },
    #[cfg(peers)]
    Scenario {
        name: "formats",
        about: "values as bytes: how many, and how long to write and to read",
        run: formats::run,
    },
    #[cfg(peers)]
    Scenario {
        name: "sharing",
        about: "eight processes and a Redis: reads, throughput, and how soon all hear of a delete",
        run: sharing::run,
    },
];

/// Runs the scenarios that were asked for, prints their tables, and writes the page if there is to be one.
pub(crate) fn run(options: &Options) -> Result {
    let mut tables = Vec::new();
    let started = Instant::now();
    for scenario in SCENARIOS {
        let chosen = options.scenarios.iter().any(|name| name == scenario.name);
        if !chosen && !options.scenarios.is_empty() {
            continue;
        }
        eprint!("{:<14} ", scenario.name);
        let begun = Instant::now();
        let mut found = (scenario.run)(options)?;
        eprintln!(" {:.1} s", begun.elapsed().as_secs_f64());
        for table in &mut found {
            table.scenario = scenario.name;
            println!("{}", report::plain(table));
        }
        tables.extend(found);
    }
    let took = started.elapsed();
    eprintln!("in all {:.0} s", took.as_secs_f64());
    match &options.report {
        Some(path) => report::write(path, options, &tables, took),
        None => Ok(()),
    }
}

/// Has the racers work on one thread and on more, with a column for each number of threads.
fn race_on_threads(
    racers: &mut [Racer],
    options: &Options,
    column: impl Fn(&str) -> String,
) -> (Table, Vec<Vec<Figures>>) {
    let threads = thread_counts();
    let figures = race(racers, options.rounds(), &threads);
    let mut table = Table::of(racers.iter().map(|(contender, _)| contender));
    for (threads, figures) in threads.into_iter().zip(&figures) {
        let column = Column::plotted(column(&threads_name(threads)));
        table.push(column, cells(figures));
    }
    (table, figures)
}

/// Makes a racer of each contender that is shown to it.
struct Racers<F, Q = usize> {
    make: F,
    racers: Vec<Racer<Q>>,
}

/// How a racer is made of a contender.
trait Make<Q = usize> {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round<Q>>>;
}

impl<F: Make<Q>, Q> Racers<F, Q> {
    const fn new(make: F) -> Self {
        Self {
            make,
            racers: Vec::new(),
        }
    }
}

impl<F: Make<Q>, Q> Visitor for Racers<F, Q> {
    fn visit<C: Contender>(&mut self) {
        if let Some(racer) = self.make.make::<C>() {
            self.racers.push((C::name(), racer));
        }
    }
}

/// Whether a contender has a bound: where more is stored than fits, those without one have no place.
fn has_bound<C: Contender>() -> bool {
    !C::name().starts_with("DashMap") && !C::name().starts_with("hashbrown+rwlock")
}
