//! The bytes of very many scopes with few values each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Found, Job, Name, Named, Names, Program, ask, tell};
use crate::contenders::{Contender, World, visit_scoped};
use crate::heap::{heap, resident};
use crate::measure::{block_on, cells_of, interleave};
use crate::table::{Cell, Column, Table, thousands};
use crate::workload::{Value, key, keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    Ok(vec![
        measure(
            options,
            "Memory: a value in each scope",
            options.size(1_000_000, 100_000),
            1,
        )?,
        measure(
            options,
            "Memory: ten values in each scope",
            options.size(100_000, 10_000),
            10,
        )?,
    ])
}

fn measure(options: &Options, title: &str, scopes: usize, values: usize) -> Result<Table> {
    let mut names = Names::default();
    visit_scoped(&mut names);
    let mut worlds: Vec<Stored> = names
        .0
        .into_iter()
        .map(|Name { name, is_heavy }| Stored {
            contender: name,
            scopes: if is_heavy { scopes.min(HEAVY) } else { scopes },
            values,
        })
        .collect();
    worlds.insert(
        1,
        Stored {
            contender: PAYLOAD.to_owned(),
            scopes,
            values,
        },
    );
    let created = interleave(worlds.len(), options.rounds(), |at| {
        let found = worlds[at].fifth().ask(Program::Plain)?;
        Ok(found.get("created").copied())
    })?;
    let bytes = |program, which: &str| {
        let cell = |world: &Stored| {
            let found = world.ask(program)?;
            eprint!(".");
            Ok(Cell::number(
                found.get(which).map(|bytes| bytes / world.divisor()),
            ))
        };
        worlds.iter().map(cell).collect::<Result<Vec<_>>>()
    };
    let per = if values == 1 { "scope" } else { "value" };
    let mut table = Table::of(worlds.iter().map(|world| &*world.contender));
    title.clone_into(&mut table.title);
    let each = match values {
        1 => "a value".to_owned(),
        _ => format!("{values} values"),
    };
    let fewer = if scopes > HEAVY {
        format!(
            " Where an instance is so heavy that so many do not fit into memory, there are {} scopes.",
            thousands(HEAVY)
        )
    } else {
        String::new()
    };
    table.about = format!(
        "{} scopes with {each} each, of one registry entry with room for 10; everything counted: the 36 bytes of an \
         id, the 20 of a key, the 64 of a value. Each contender in processes of its own; *live* is what the allocator \
         was asked for, *resident* what the system has given.{fewer} The time is that of a fifth as many scopes, in \
         rounds. *payload* is a `Vec` of the ids, keys and values.",
        thousands(scopes)
    );
    table.push(
        Column::plotted(format!("resident bytes a {per}")),
        bytes(Program::Plain, "resident")?,
    );
    table.push(
        Column::new(format!("live bytes a {per}")),
        bytes(Program::Counting, "live")?,
    );
    table.push(
        Column::new("ns to store a scope"),
        cells_of(&created, |created| *created),
    );
    Ok(table)
}

/// What a contender is to store.
#[derive(Clone, Debug)]
struct Stored {
    contender: String,
    scopes: usize,
    values: usize,
}

impl Stored {
    /// Fewer scopes, for a time that is taken again and again.
    fn fifth(&self) -> Self {
        Self {
            scopes: (self.scopes / 5).max(1),
            ..self.clone()
        }
    }

    /// Has a child store it.
    fn ask(&self, program: Program) -> Result<Found> {
        let (scopes, values) = (self.scopes.to_string(), self.values.to_string());
        ask(
            program,
            &["memory", &self.contender, &scopes, &values].map(str::to_owned),
        )
    }

    /// The bytes are shown for each of these: scopes, or values where a scope has several.
    fn divisor(&self) -> f64 {
        (self.scopes * self.values) as f64
    }
}

/// In a process of its own: stores so many values in so many scopes.
pub(crate) fn run_child(contender: &str, numbers: &[usize]) -> Result {
    let &[scopes, values] = numbers else {
        return Err("memory takes the numbers of scopes and of values".into());
    };
    if contender == PAYLOAD {
        store_payload(scopes, values);
        return Ok(());
    }
    let mut named = Named::new(contender, Store { scopes, values });
    visit_scoped(&mut named);
    named.finish()
}

const PAYLOAD: &str = "payload";
const HEAVY: usize = 20_000;

struct Store {
    scopes: usize,
    values: usize,
}

impl Job for Store {
    fn run<C: Contender>(&self) {
        let &Self { scopes, values } = self;
        let before = Before::now();
        let cache = Arc::new(C::build(&World::of_scopes(1, scopes, 10)));
        let took = block_on(store(Arc::clone(&cache), scopes, values));
        before.tell_difference();
        tell("created", took.as_nanos() as f64 / scopes as f64);
        // Tearing down a million small things is not what is measured.
        std::mem::forget(cache);
    }
}

/// Stores values in new scopes; ids and values are made in batches, outside of the time.
async fn store<C: Contender>(cache: Arc<C>, scopes: usize, values: usize) -> Duration {
    let keys = keys(values);
    let mut took = Duration::ZERO;
    let mut made = 0;
    while made < scopes {
        let batch = (made..scopes.min(made + 1_000))
            .map(scope_id)
            .collect::<Vec<_>>();
        let mut ready: Vec<Value> = (0..batch.len() * values).map(value).collect();
        let started = Instant::now();
        for id in &batch {
            let scope = C::scope(id);
            let stored = ready.split_off(ready.len() - values);
            C::within(scope, async {
                for (key, value) in keys.iter().zip(stored) {
                    cache.set(0, key, value).await;
                }
            })
            .await;
        }
        took += started.elapsed();
        made += batch.len();
    }
    took
}

fn store_payload(scopes: usize, values: usize) {
    let before = Before::now();
    let mut payload: Vec<(Arc<str>, Box<str>, Value)> = Vec::with_capacity(scopes * values);
    let started = Instant::now();
    for scope in 0..scopes {
        let id: Arc<str> = scope_id(scope).into();
        for number in 0..values {
            payload.push((Arc::clone(&id), key(number).into(), value(number)));
        }
    }
    let took = started.elapsed();
    before.tell_difference();
    tell("created", took.as_nanos() as f64 / scopes as f64);
    std::mem::forget(payload);
}

/// What the process had before.
pub(super) struct Before {
    live: Option<u64>,
    resident: Option<u64>,
}

impl Before {
    pub(super) fn now() -> Self {
        Self {
            live: heap().map(|heap| heap.live),
            resident: resident(),
        }
    }

    /// Returns what the process has now and had not before.
    pub(super) fn difference(&self) -> (Option<f64>, Option<f64>) {
        let now = Self::now();
        let difference = |now: Option<u64>, then: Option<u64>| Some(now? as f64 - then? as f64);
        (
            difference(now.live, self.live),
            difference(now.resident, self.resident),
        )
    }

    pub(super) fn tell_difference(&self) {
        let (live, resident) = self.difference();
        if let Some(live) = live {
            tell("live", live);
        }
        if let Some(resident) = resident {
            tell("resident", resident);
        }
    }
}
