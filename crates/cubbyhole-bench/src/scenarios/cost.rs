//! What repeats exactly: the allocations, instructions, bytes touched and cache lines fetched of one operation.

use std::sync::Arc;

use crate::Result;
use crate::arguments::Options;
use crate::callgrind::{self, Caches};
use crate::child::{Job, Named, Names, Program, ask};
use crate::contenders::{Contender, World, visit_scoped};
use crate::guard;
use crate::measure::{block_on, poll_once, side_by_side};
use crate::table::{Cell, Column, Row, Table};
use crate::workload::{Random, key, keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut names = Names::default();
    visit_scoped(&mut names);
    // In a quick run only ours and the reference.
    let names: Vec<String> = names
        .0
        .into_iter()
        .map(|name| name.name)
        .take(options.size(99, 2))
        .collect();
    let watch = if callgrind::is_there() {
        Watch::Everything
    } else {
        Watch::Nothing
    };
    if watch == Watch::Nothing {
        eprint!("(valgrind is not there: no instructions, bytes and misses) ");
    }
    let mut tables = Vec::new();
    for operation in Operation::ALL {
        let mut table = Table {
            title: format!("Cost of {}", operation.name()),
            about: format!(
                "{ENTRIES} registry entries × {SCOPES} scopes × {KEYS} keys, at random, 8 operations a request; the \
                 request's own work is in the figures. {} Counted, not timed: under callgrind and DHAT. *Bytes touched* \
                 are those of the heap that are read and written, each time again; *cache lines fetched* are those that \
                 were not in a data cache of 32 KiB.",
                operation.about()
            ),
            columns: vec![
                Column::new("allocations"),
                Column::plotted("instructions"),
                Column::new("bytes touched"),
                Column::new("cache lines fetched"),
            ],
            ..Table::default()
        };
        let figures = side_by_side(names.len(), |at| {
            eprint!(".");
            figures(&names[at], operation.name(), watch)
        })?;
        for (name, figures) in names.iter().zip(figures) {
            if let Some(figures) = figures {
                table.rows.push(Row {
                    contender: name.clone(),
                    cells: figures.cells(),
                });
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

/// What one operation costs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) allocations: f64,
    pub(crate) instructions: Option<f64>,
    touched: Option<f64>,
    misses: Option<f64>,
}

impl Figures {
    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Number(self.allocations),
            Cell::number(self.instructions),
            Cell::number(self.touched),
            Cell::number(self.misses),
        ]
    }
}

/// What is to be counted beside allocations; all of it needs valgrind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Watch {
    Nothing,
    /// Instructions, with those of an allocator that counts.
    Instructions,
    Everything,
}

/// Counts what an operation costs a contender; nothing if the contender cannot do it.
pub(crate) fn figures(contender: &str, operation: &str, watch: Watch) -> Result<Option<Figures>> {
    let words =
        |count: usize| ["cost", contender, operation, &count.to_string()].map(str::to_owned);
    let found = ask(Program::Counting, &words(COUNT))?;
    let Some(&allocations) = found.get("allocations") else {
        return Ok(None);
    };
    let mut figures = Figures {
        allocations,
        ..Figures::default()
    };
    let of_one = |sum: f64| Some(sum / COUNT as f64);
    let counts = match watch {
        Watch::Nothing => None,
        // The guard has built only one of the programs. What its allocator adds is the same every time.
        Watch::Instructions => Some((Program::Counting, Caches::Ignored)),
        Watch::Everything => Some((Program::Plain, Caches::Simulated)),
    };
    if let Some((program, caches)) = counts {
        let counts = callgrind::count(program, &words(COUNT), caches)?;
        figures.instructions = of_one(counts.instructions);
        figures.misses = of_one(counts.misses);
    }
    if watch == Watch::Everything {
        let once = callgrind::touched(&words(COUNT))?;
        let twice = callgrind::touched(&words(COUNT * 2))?;
        // DHAT watches all of it; each run does everything twice.
        figures.touched = of_one((twice - once) / 2.0);
    }
    Ok(Some(figures))
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Hit,
    Miss,
    Set,
    Evict,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::Set, Self::Evict];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hit => "a hit",
            Self::Miss => "a miss",
            Self::Set => "a set",
            Self::Evict => "a set that evicts",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Hit => "A get of a key that is there.",
            Self::Miss => "A get of a key that is not there, in a scope that is.",
            Self::Set => "A set of a key that is there; the value was made before.",
            Self::Evict => {
                "A set of a key that is not there, in a full cache; the value was made before."
            }
        }
    }
}

const ENTRIES: usize = 4;
const SCOPES: usize = 100;
const KEYS: usize = 8;
/// How many operations are counted.
const COUNT: usize = 2_400;

/// In a process of its own: does an operation `count` times, and then as often again, which is counted.
pub(crate) fn run_operation(contender: &str, operation: &str, count: usize) -> Result {
    let Some(operation) = Operation::ALL
        .into_iter()
        .find(|known| known.name() == operation)
    else {
        return guard::run_operation(operation, count);
    };
    let mut named = Named::new(contender, Operate { operation, count });
    visit_scoped(&mut named);
    named.finish()
}

struct Operate {
    operation: Operation,
    count: usize,
}

impl Job for Operate {
    fn run<C: Contender>(&self) {
        let &Self { operation, count } = self;
        if operation == Operation::Evict && !super::has_bound::<C>() {
            return;
        }
        block_on(operate::<C>(operation, count));
    }
}

/// Does an operation `count` times, and as often again to be counted.
async fn operate<C: Contender>(operation: Operation, count: usize) {
    let mut world = World::of_scopes(ENTRIES, SCOPES, 10);
    if operation == Operation::Evict {
        world = World::of_scopes(ENTRIES, SCOPES, KEYS).overflowing();
    }
    let cache = Arc::new(C::build(&world));
    let scopes: Vec<C::Scope> = (0..SCOPES)
        .map(|number| C::scope(&scope_id(number)))
        .collect();
    let stored = keys(KEYS);
    for entry in 0..ENTRIES {
        for scope in &scopes {
            C::within(scope.clone(), async {
                for key in &*stored {
                    cache.set(entry, key, value(entry)).await;
                }
            })
            .await;
        }
    }
    cache.is_loaded();
    let asked: Vec<String> = match operation {
        Operation::Hit | Operation::Set => stored.to_vec(),
        Operation::Miss | Operation::Evict => (1_000..2_000).map(key).collect(),
    };
    let value = value(0);
    let mut random = Random::new(1);
    let mut work = async || {
        for _ in 0..count / 8 {
            let scope = scopes[random.below(SCOPES)].clone();
            C::within(scope, async {
                for _ in 0..8 {
                    let entry = random.below(ENTRIES);
                    let key = &asked[random.below(asked.len())];
                    match operation {
                        Operation::Hit | Operation::Miss => {
                            std::hint::black_box(cache.get(entry, key).await);
                        }
                        Operation::Set | Operation::Evict => {
                            cache.set(entry, key, Arc::clone(&value)).await;
                        }
                    }
                }
            })
            .await;
        }
    };
    callgrind::count_twice(count, || poll_once(work()));
}
