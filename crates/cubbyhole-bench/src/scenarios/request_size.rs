//! Tasks that read few keys, or many.

use super::{Make, Racers};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::{Round, cells, race};
use crate::requests::{Requests, Shape};
use crate::table::{Column, Table};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let shape = Shape {
        world: World::of_scopes(20, 100, 10),
        keys: 8,
        gets_per_request: 1,
        requests: 1,
        new_ids: false,
        spawned: true,
    };
    let mut racers = Racers::new(OfSizes(shape, options.size(20_000, 4_000)));
    visit_scoped(&mut racers);
    let figures = race(&mut racers.racers, options.rounds(), SIZES);
    let mut table = Table::of(racers.racers.iter().map(|(contender, _)| contender));
    "Request size".clone_into(&mut table.title);
    "20 registry entries × 100 scopes × 8 keys. Each request is a task of its own, spawned in the scope of its caller \
     and awaited; the time is that of the whole task."
        .clone_into(&mut table.about);
    for (size, figures) in SIZES.iter().zip(&figures) {
        let column = Column::plotted(format!("ns a task of {size}"));
        table.push(column, cells(figures));
    }
    Ok(vec![table])
}

const SIZES: &[usize] = &[1, 8, 64];

/// A world, and how many gets there are in a round.
struct OfSizes(Shape, usize);

/// Requests of a size that each round is told.
struct Sized<C: Contender>(Requests<C>, usize);

impl Make for OfSizes {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        eprint!(":");
        Some(Box::new(Sized(Requests::<C>::new(self.0), self.1)))
    }
}

impl<C: Contender> Round for Sized<C> {
    /// Asks for `size` keys in each task, on one thread.
    fn run(&mut self, size: usize) -> f64 {
        self.0.set_gets_per_request(size, self.1 / size.min(8));
        self.0.ask_on(1)
    }
}
