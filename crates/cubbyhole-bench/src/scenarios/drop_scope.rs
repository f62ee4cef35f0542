//! Forgetting one scope of very many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Job, Named, Names, Program, ask, tell};
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::block_on;
use crate::table::{Cell, Column, Row, Spread, Table, percentile};
use crate::workload::{keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let scopes = options.size(1_000_000, 100_000);
    let mut names = Names::default();
    visit_scoped(&mut names);
    let mut table = Table {
        title: "Dropping a scope".to_owned(),
        about: format!(
            "{scopes} scopes have a value each ({HEAVY} where an instance is too heavy); then {DROPS} scopes with \
             {ENTRIES} registry entries × {KEYS} values each are dropped one by one. What cannot be asked to forget a \
             scope without listing its keys is left empty."
        ),
        columns: vec![
            Column::plotted("µs a scope, median"),
            Column::new("µs, longest"),
            Column::new("drops measured"),
        ],
        ..Table::default()
    };
    for name in names.0 {
        let scopes = if name.is_heavy {
            scopes.min(HEAVY)
        } else {
            scopes
        };
        let words = ["drop_scope", &name.name, &scopes.to_string()].map(str::to_owned);
        let found = ask(Program::Plain, &words)?;
        let cell = |which: &str| {
            found
                .get(which)
                .map_or(Cell::Nothing, |figure| Cell::Number(*figure))
        };
        let spread = found
            .get("median")
            .zip(found.get("low"))
            .zip(found.get("high"));
        let spread = spread.map_or(Cell::Nothing, |((median, low), high)| Cell::Spread {
            spread: Spread {
                median: *median,
                low: *low,
                high: *high,
            },
            ratio: None,
        });
        table.rows.push(Row {
            contender: name.name,
            cells: vec![spread, cell("longest"), cell("drops")],
        });
        eprint!(".");
    }
    Ok(vec![table])
}

const ENTRIES: usize = 4;
const KEYS: usize = 8;
const DROPS: usize = 64;
const HEAVY: usize = 10_000;
const LIMIT: Duration = Duration::from_secs(3);

/// In a process of its own: stores, drops, tells the times.
pub(crate) fn run_child(contender: &str, numbers: &[usize]) -> Result {
    let &[scopes] = numbers else {
        return Err("drop_scope takes the number of scopes".into());
    };
    let mut named = Named::new(contender, Drops { scopes });
    visit_scoped(&mut named);
    named.finish()
}

struct Drops {
    scopes: usize,
}

impl Job for Drops {
    fn run<C: Contender>(&self) {
        let world = World::of_scopes(ENTRIES, self.scopes, 10).dropping_scopes();
        let cache = Arc::new(C::build(&world));
        let times = block_on(store_and_drop(Arc::clone(&cache), self.scopes));
        std::mem::forget(cache);
        let mut microseconds: Vec<f64> = times
            .iter()
            .map(|time| time.as_nanos() as f64 / 1_000.0)
            .collect();
        microseconds.sort_by(f64::total_cmp);
        let Some(longest) = microseconds.last() else {
            return;
        };
        tell("longest", *longest);
        tell("median", percentile(&microseconds, 0.5));
        tell("low", percentile(&microseconds, 0.1));
        tell("high", percentile(&microseconds, 0.9));
        tell("drops", microseconds.len() as f64);
    }
}

async fn store_and_drop<C: Contender>(cache: Arc<C>, scopes: usize) -> Vec<Duration> {
    let keys = keys(KEYS);
    for number in 0..scopes {
        let scope = C::scope(&scope_id(number));
        C::within(scope, cache.set(0, &keys[0], value(number))).await;
    }
    let mut dropped = Vec::new();
    for number in 0..DROPS {
        let scope = C::scope(&scope_id(scopes + number));
        C::within(scope.clone(), async {
            for entry in 0..ENTRIES {
                for key in &*keys {
                    cache.set(entry, key, value(number)).await;
                }
            }
        })
        .await;
        dropped.push(scope);
    }
    let mut times = Vec::new();
    let begun = Instant::now();
    for scope in dropped {
        let started = Instant::now();
        let able = cache.drop_scope(&scope).await;
        times.push(started.elapsed());
        let gone = C::within(scope, async {
            let mut gone = true;
            for entry in 0..ENTRIES {
                gone &= cache.get(entry, &keys[KEYS - 1]).await.is_none();
            }
            gone
        })
        .await;
        if !able {
            return Vec::new();
        }
        assert!(gone, "{} still has a dropped scope", C::name());
        if begun.elapsed() > LIMIT {
            break;
        }
    }
    times
}
