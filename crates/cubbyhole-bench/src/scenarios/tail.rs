//! The slowest operations: of a cache that grows.

use std::sync::Arc;
use std::time::Instant;

use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, Visitor, World, visit_shared};
use crate::measure::{Figures, block_on, cells};
use crate::table::{Column, Row, Table};
use crate::workload::{key, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut found = Found {
        stores: options.size(1_000_000, 200_000),
        rows: Vec::new(),
    };
    for _ in 0..options.size(5, 3) {
        visit_shared(&mut found);
    }
    let mut table = Table {
        title: "Slowest stores".to_owned(),
        about: format!(
            "{} new values into one global cache with room for twice as many, one after the other, each timed (which \
             adds some 30 ns to each): a table that is doubled in one go is seen in the last column. Of the longest \
             pauses of the rounds, the middle one.",
            found.stores
        ),
        columns: vec![
            Column::new("ns, median"),
            Column::new("ns, 99.9 %"),
            Column::plotted("µs, longest"),
        ],
        ..Table::default()
    };
    table.rows = found
        .rows
        .iter()
        .map(|(contender, _)| Row {
            contender: contender.clone(),
            cells: Vec::new(),
        })
        .collect();
    for column in 0..3 {
        let figures: Vec<Figures> = found
            .rows
            .iter()
            .map(|(_, rounds)| rounds.iter().map(|figures| figures[column]).collect())
            .collect();
        for (row, cell) in table.rows.iter_mut().zip(cells(&figures)) {
            row.cells.push(cell);
        }
    }
    Ok(vec![table])
}

struct Found {
    stores: usize,
    rows: Vec<(String, Vec<[f64; 3]>)>,
}

impl Visitor for Found {
    fn visit<C: Contender>(&mut self) {
        let figures = block_on(grow::<C>(self.stores));
        let name = C::name();
        match self.rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rounds)) => rounds.push(figures),
            None => self.rows.push((name, vec![figures])),
        }
        eprint!(".");
    }
}

async fn grow<C: Contender>(stores: usize) -> [f64; 3] {
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
    times.sort_by(f64::total_cmp);
    let at = |part: f64| crate::table::percentile(&times, part);
    [at(0.5), at(0.999), at(1.0) / 1_000.0]
}
