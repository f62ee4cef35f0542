//! What a second thread brings: on one hot key, on one cache, on many scopes.

use super::{Make, Racers, race_on_threads};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped, visit_shared};
use crate::measure::{Figures, Round};
use crate::requests::{Requests, Shape};
use crate::table::{Cell, Column, Spread, Table};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let one = |world, keys| Shape {
        world,
        keys,
        gets_per_request: 8,
        requests: options.size(20_000, 5_000),
        new_ids: false,
        spawned: false,
    };
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
        let (mut table, figures) = race_on_threads(&mut racers.racers, options, |threads| {
            format!("ns a get, {threads}")
        });
        if let [one, two] = &figures[..] {
            table.push(Column::new("× the gets with 2 threads"), gains(one, two));
        }
        table.title = title.to_owned();
        table.about = about.to_owned();
        tables.push(table);
    }
    Ok(tables)
}

/// How many times as much two threads do as one: the median of the rounds.
fn gains(one: &[Figures], two: &[Figures]) -> Vec<Cell> {
    let gain = |(one, two): (&Figures, &Figures)| {
        let gains: Figures = one
            .iter()
            .zip(two)
            .map(|(one, two)| 2.0 * one / two)
            .collect();
        Cell::Spread {
            spread: Spread::of(&gains),
            ratio: None,
        }
    };
    one.iter().zip(two).map(gain).collect()
}

struct Hits(Shape);

impl Make for Hits {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        eprint!(":");
        Some(Box::new(Requests::<C>::new(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::gains;

    #[test]
    fn two_threads_that_are_not_in_each_others_way_do_twice_as_much() {
        // Gets took 10 and 20 ns on one thread, and as long on two; then twice as long, of the second contender.
        let one = [vec![10.0, 20.0], vec![10.0, 20.0]];
        let two = [vec![10.0, 20.0], vec![20.0, 40.0]];
        let heights: Vec<_> = gains(&one, &two).iter().map(super::Cell::height).collect();
        assert_eq!(heights, [Some(2.0), Some(1.0)]);
    }
}
