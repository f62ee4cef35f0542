//! Hits: the normal case of a service with many users.

use super::{Make, Racers, race, threads};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::Round;
use crate::requests::{Requests, Shape};
use crate::table::Table;

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for (title, scopes, fresh_ids, why) in WORLDS {
        let shape = Shape {
            world: World::of_scopes(20, *scopes, 10),
            keys: 8,
            gets_per_request: 8,
            requests: options.size(20_000, 5_000),
            fresh_ids: *fresh_ids,
            spawned: false,
        };
        let mut racers = Racers::new(Hits {
            shape,
            // Tens of thousands of heavy instances take longer to make than a quick run has.
            heavy: !options.quick || *scopes < 100,
        });
        visit_scoped(&mut racers);
        let mut table = race(
            &mut racers.racers,
            options.size(15, 5),
            &threads(),
            |threads| format!("ns a get, {threads}"),
        );
        table.title = (*title).to_owned();
        table.about = format!(
            "20 registry entries × {scopes} scopes × 8 keys, all of them stored (room for 10 each), asked for at \
             random: each request runs in the scope of its caller and reads 8 keys. {why}"
        );
        tables.push(table);
    }
    Ok(tables)
}

/// What it is called, how many scopes there are, whether each request has an id of its own, and why that is measured.
const WORLDS: &[(&str, usize, bool, &str)] = &[
    (
        "Hot get",
        1_000,
        false,
        "160,000 values: far more than the processor's caches hold. The ids were made before, as those of sessions \
         that a service keeps.",
    ),
    (
        "Hot get, small world",
        10,
        false,
        "1,600 values: all of it is in the processor's caches.",
    ),
    (
        "Hot get, new ids",
        1_000,
        true,
        "Each request makes its id from a text, as one does that reads a cookie; nothing found for an earlier \
         request is remembered by it.",
    ),
];

struct Hits {
    shape: Shape,
    heavy: bool,
}

impl Make for Hits {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round>> {
        if C::is_heavy() && !self.heavy {
            return None;
        }
        eprint!(":");
        Some(Box::new(Requests::<C>::new(self.shape)))
    }
}
