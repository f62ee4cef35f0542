//! Hits: the normal case of a service with many users.

use super::{Make, Racers};
use crate::Result;
use crate::arguments::Options;
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::{Figures, Racer, Round, cells, race, thread_counts, threads_name};
use crate::requests::{Requests, Shape};
use crate::table::{Column, Table, thousands};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut tables = measure(options, 1_000, &[LARGE, NEW_IDS]);
    tables.splice(1..1, measure(options, 10, &[SMALL]));
    Ok(tables)
}

/// What is asked of a world.
struct Asked {
    title: &'static str,
    /// Whether each request makes its id.
    new_ids: bool,
    why: &'static str,
}

const LARGE: Asked = Asked {
    title: "Hot get",
    new_ids: false,
    why: "160,000 values: far more than the processor's caches hold. The ids were made before, as those of sessions \
          that a service keeps.",
};

const SMALL: Asked = Asked {
    title: "Hot get, small world",
    new_ids: false,
    why: "1,600 values: all of it is in the processor's caches.",
};

const NEW_IDS: Asked = Asked {
    title: "Hot get, new ids",
    new_ids: true,
    why: "Each request makes its id from a text, as one does that reads a cookie; nothing found for an earlier \
          request is remembered by it.",
};

/// What a racer is asked in its turn.
#[derive(Clone, Copy)]
struct Question {
    threads: usize,
    new_ids: bool,
}

/// Asks all there is to ask of worlds with so many scopes.
fn measure(options: &Options, scopes: usize, asked: &[Asked]) -> Vec<Table> {
    let mut racers = racers(options, scopes);
    let threads = thread_counts();
    let questions: Vec<Question> = asked
        .iter()
        .flat_map(|asked| {
            let question = |&threads| Question {
                threads,
                new_ids: asked.new_ids,
            };
            threads.iter().map(question)
        })
        .collect();
    let figures = race(&mut racers, options.rounds(), &questions);
    let tables = asked.iter().zip(figures.chunks(threads.len()));
    let table = |(asked, figures): (&Asked, &[Vec<Figures>])| {
        let mut table = Table::of(racers.iter().map(|(contender, _)| contender));
        asked.title.clone_into(&mut table.title);
        table.about = format!(
            "20 registry entries × {} scopes × 8 keys, all of them stored (room for 10 each), asked for at random: \
             each request runs in the scope of its caller and reads 8 keys. {}",
            thousands(scopes),
            asked.why
        );
        for (threads, figures) in threads.iter().zip(figures) {
            let column = format!("ns a get, {}", threads_name(*threads));
            table.push(Column::plotted(column), cells(figures));
        }
        table
    };
    tables.map(table).collect()
}

fn racers(options: &Options, scopes: usize) -> Vec<Racer<Question>> {
    let mut racers = Racers::new(Hits {
        shape: Shape {
            world: World::of_scopes(20, scopes, 10),
            keys: 8,
            gets_per_request: 8,
            requests: options.size(20_000, 5_000),
            new_ids: false,
            spawned: false,
        },
        // Tens of thousands of heavy instances take longer to make than a quick run has.
        heavy: !options.quick || scopes < 100,
    });
    visit_scoped(&mut racers);
    racers.racers
}

struct Hits {
    shape: Shape,
    heavy: bool,
}

impl Make<Question> for Hits {
    fn make<C: Contender>(&self) -> Option<Box<dyn Round<Question>>> {
        if C::is_heavy() && !self.heavy {
            return None;
        }
        eprint!(":");
        Some(Box::new(Requests::<C>::new(self.shape)))
    }
}

impl<C: Contender> Round<Question> for Requests<C> {
    fn run(&mut self, question: Question) -> f64 {
        self.set_new_ids(question.new_ids);
        self.ask_on(question.threads)
    }
}
