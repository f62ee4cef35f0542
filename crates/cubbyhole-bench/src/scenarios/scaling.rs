//! What a second thread brings: on one hot key, on one cache, on many scopes.

use super::{Make, Racers, race, threads};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped, visit_shared};
use crate::measure::Round;
use crate::requests::{Requests, Shape};
use crate::table::{Cell, Column, Table};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let one = |world, keys| Shape {
        world,
        keys,
        gets_per_request: 8,
        requests: options.size(20_000, 5_000),
        fresh_ids: false,
        spawned: false,
    };
    let rounds = options.size(11, 5);
    let worlds = [
        (
            "Scaling: one hot key",
            "One global cache, of which one key is asked for, always the same.",
            one(World::shared(100), 1),
        ),
        (
            "Scaling: one global cache",
            "One global cache of 8,000 values (room for 10,000), asked for at random.",
            one(World::shared(10_000), 8_000),
        ),
        (
            "Scaling: many scopes",
            "20 registry entries × 100 scopes × 8 keys, asked for at random.",
            one(World::of_scopes(20, 100, 10), 8),
        ),
    ];
    let mut tables = Vec::new();
    for (title, about, shape) in worlds {
        let mut racers = Racers::new(Hits(shape));
        if shape.world.entries == 0 {
            visit_shared(&mut racers);
        } else {
            visit_scoped(&mut racers);
        }
        let mut table = race(&mut racers.racers, rounds, &threads(), |threads| {
            format!("ns a get, {threads}")
        });
        add_gain(&mut table);
        table.title = title.to_owned();
        table.about = about.to_owned();
        tables.push(table);
    }
    Ok(tables)
}

/// Adds how many times as much two threads do as one.
fn add_gain(table: &mut Table) {
    if table.columns.len() < 2 {
        return;
    }
    table.columns.push(Column::new("× the gets with 2 threads"));
    for row in &mut table.rows {
        let cell = match &row.cells[..] {
            [one, two, ..] => one
                .height()
                .zip(two.height())
                .map(|(one, two)| 2.0 * one / two),
            _ => None,
        };
        row.cells.push(cell.map_or(Cell::Nothing, Cell::Number));
    }
}

struct Hits(Shape);

impl Make for Hits {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        eprint!(":");
        Some(Box::new(Requests::<C>::new(self.0)))
    }
}
