//! What a read costs, by where the value is found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::nodes::{Node, Source, Visitor, visit};
use crate::Result;
use crate::arguments::Options;
use crate::measure::{cells_of, interleave};
use crate::table::{Column, Table, thousands};
use crate::workload::{key, value};

/// How many values are read in a round from one place.
const KEYS: usize = 500;
/// How often each is read from the process.
const REPEATED: usize = 200;
/// Until messages about what was written have been heard, and are not in the way.
const HEARD: Duration = Duration::from_millis(50);

pub(super) fn run(options: &Options, runtime: &Runtime, url: &str) -> Result<Table> {
    let mut racers = Racers {
        runtime,
        url,
        racers: Vec::new(),
    };
    visit(&mut racers);
    let mut racers = racers.racers;
    let said = interleave(racers.len(), options.rounds(), |at| Ok((racers[at].1)()))?;
    let mut table = Table::of(racers.iter().map(|(name, _)| *name));
    "A read, by where the value is".clone_into(&mut table.title);
    table.about = format!(
        "One task reads a value of 64 bytes after the other, {} of each in a round: those that this process has, those \
         that another process has written, and those that nobody has, from a source that takes no time. Redis is on the \
         same machine. What is read from it is kept, and what is computed is stored for the others; ours does so under \
         a lease, so that nobody else computes it, and by hand it is one GET and one SET.",
        thousands(KEYS)
    );
    table.push(
        Column::plotted("ns, in this process"),
        cells_of(&said, |seen| seen.kept),
    );
    table.push(
        Column::plotted("µs, from the shared tier"),
        cells_of(&said, |seen| seen.shared),
    );
    table.push(
        Column::plotted("µs, computed"),
        cells_of(&said, |seen| Some(seen.computed)),
    );
    Ok(table)
}

/// What one round has shown.
struct Seen {
    /// Nanoseconds of a read from the process.
    kept: Option<f64>,
    /// Microseconds of a read from what is shared.
    shared: Option<f64>,
    /// Microseconds of a read that nobody had.
    computed: f64,
}

/// Makes a pair of each kind of node.
struct Racers<'a> {
    runtime: &'a Runtime,
    url: &'a str,
    racers: Vec<(&'static str, Round<'a>)>,
}

type Round<'a> = Box<dyn FnMut() -> Seen + 'a>;

impl Visitor for Racers<'_> {
    fn visit<N: Node>(&mut self) {
        let runtime = self.runtime;
        let pair: Arc<Pair<N>> = Arc::new(runtime.block_on(Pair::join(self.url)));
        let mut round = 0;
        let ask = move || {
            let playing = Arc::clone(&pair).play(round);
            round += 1;
            let played = runtime.block_on(async { tokio::spawn(playing).await });
            played.expect("the round ends")
        };
        self.racers.push((N::NAME, Box::new(ask)));
    }
}

/// One writes, the other reads.
struct Pair<N> {
    writer: N,
    reader: N,
    source: Arc<Source>,
}

impl<N: Node> Pair<N> {
    async fn join(url: &str) -> Self {
        // Room for a few rounds, so that what is read again is there, and what is not is let go.
        let capacity = KEYS * 8;
        Self {
            writer: N::join(url, capacity).await,
            reader: N::join(url, capacity).await,
            source: Arc::default(),
        }
    }

    async fn play(self: Arc<Self>, round: usize) -> Seen {
        let name = |number: usize| format!("{}/{}", N::NAME, key(round * 2 * KEYS + number));
        let [written, new] = [0, KEYS].map(|first| {
            let names = (first..first + KEYS).map(name);
            names.collect::<Vec<_>>()
        });
        let mut shared = None;
        if N::SHARES {
            for (number, key) in written.iter().enumerate() {
                self.writer.write(key, value(number)).await;
            }
            tokio::time::sleep(HEARD).await;
            shared = Some(self.read(&written).await / 1e3);
        }
        let computed = self.read(&new).await / 1e3;
        let mut kept = 0.0;
        if N::KEEPS {
            tokio::time::sleep(HEARD).await;
            for _ in 0..REPEATED {
                kept += self.read(&new).await;
            }
        }
        Seen {
            kept: N::KEEPS.then_some(kept / REPEATED as f64),
            shared,
            computed,
        }
    }

    /// Returns the nanoseconds of a read.
    async fn read(&self, keys: &[String]) -> f64 {
        let begun = Instant::now();
        for key in keys {
            std::hint::black_box(self.reader.read(key, &self.source).await);
        }
        begun.elapsed().as_nanos() as f64 / keys.len() as f64
    }
}
