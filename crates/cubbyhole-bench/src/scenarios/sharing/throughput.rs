//! What eight processes get done, and what is left for the source to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::nodes::{Node, Source, Visitor, visit};
use super::{Fleet, PROCESSES, runtime};
use crate::Result;
use crate::arguments::Options;
use crate::child::{serve, tell};
use crate::measure::{cells_of, interleave};
use crate::table::{Column, Table, thousands};
use crate::workload::{Random, Zipf, key, value};

/// How many tasks of a process ask at the same time.
const TASKS: usize = 16;
/// How many values there are.
const KEYS: usize = 20_000;
/// How many of them a process has room for.
const CAPACITY: usize = 2_000;
/// One of so many operations writes.
const WRITES: usize = 200;
/// What the source takes for one, in milliseconds: a fast one, and one that is worth a cache.
const LOADS: [u64; 2] = [2, 20];

pub(super) fn run(options: &Options, url: &str) -> Result<Vec<Table>> {
    let mut fleets = Fleets {
        url,
        fleets: Vec::new(),
    };
    visit(&mut fleets);
    let (names, fleets): (Vec<&str>, Vec<Result<Fleet>>) = fleets.fleets.into_iter().unzip();
    let mut fleets = fleets.into_iter().collect::<Result<Vec<_>>>()?;
    LOADS
        .iter()
        .map(|load| measure(options, &names, &mut fleets, *load))
        .collect()
}

fn measure(options: &Options, names: &[&str], fleets: &mut [Fleet], load: u64) -> Result<Table> {
    let millis: u32 = options.size(1_000, 500);
    let said = interleave(fleets.len(), options.rounds(), |at| {
        let found = fleets[at].ask(&format!("{millis} {load}"))?;
        let sum = |name: &str| {
            found
                .iter()
                .filter_map(|found| found.get(name))
                .sum::<f64>()
        };
        Ok((sum("reads"), sum("loads")))
    })?;
    let seconds = f64::from(millis) / 1e3;
    let mut table = Table::of(names.iter().copied());
    table.title = format!("{PROCESSES} processes, a load of {load} ms");
    table.about = format!(
        "Each process has {TASKS} tasks that read {} values of 64 bytes by Zipf's law (exponent 0.9), and room for {}. \
         One operation in {WRITES} writes. A value that nobody has takes {load} ms to load, from a source that does any \
         number at the same time. Each round begins with new keys, and takes {seconds} s. All processes, and Redis, are \
         on this machine: what is counted is what all of them get done together, and how often the source was asked.",
        thousands(KEYS),
        thousands(CAPACITY),
    );
    table.push(
        Column::plotted("thousand reads a second"),
        cells_of(&said, |(reads, _)| Some(reads / seconds / 1e3)),
    );
    table.push(
        Column::plotted("loads, in a thousand reads"),
        cells_of(&said, |(reads, loads)| Some(loads / reads * 1e3)),
    );
    Ok(table)
}

/// Starts a fleet of each kind of node.
struct Fleets<'a> {
    url: &'a str,
    fleets: Vec<(&'static str, Result<Fleet>)>,
}

impl Visitor for Fleets<'_> {
    fn visit<N: Node>(&mut self) {
        let fleet = Fleet::start("throughput", N::NAME, self.url);
        self.fleets.push((N::NAME, fleet));
    }
}

/// In a process of its own: reads and writes for as many milliseconds as it is told.
pub(super) fn run_child(name: &str, url: &str, number: u64) -> Result {
    let mut part = Part {
        name,
        url,
        number,
        done: false,
    };
    visit(&mut part);
    if part.done {
        Ok(())
    } else {
        Err(format!("there is no node `{name}`").into())
    }
}

struct Part<'a> {
    name: &'a str,
    url: &'a str,
    number: u64,
    done: bool,
}

impl Visitor for Part<'_> {
    fn visit<N: Node>(&mut self) {
        if self.name != N::NAME {
            return;
        }
        self.done = true;
        let runtime = runtime(1);
        let process: Arc<Process<N>> = Arc::new(Process {
            node: runtime.block_on(N::join(self.url, CAPACITY)),
            source: Arc::default(),
            wanted: Zipf::new(KEYS, 0.9).sequence(&mut Random::new(self.number), 100_000),
            number: self.number,
            reads: AtomicUsize::new(0),
        });
        let mut round = 0;
        serve(|order| {
            // Without an order it has joined, and that is all.
            let Some((time, load)) = order.split_once(' ') else {
                return;
            };
            process.source.take(millis(load));
            runtime.block_on(Arc::clone(&process).work(round, millis(time)));
            round += 1;
            tell("reads", process.reads.swap(0, Ordering::Relaxed) as f64);
            tell("loads", process.source.take_loads() as f64);
        });
    }
}

fn millis(text: &str) -> Duration {
    Duration::from_millis(text.parse().expect("the parent writes numbers"))
}

struct Process<N> {
    node: N,
    source: Arc<Source>,
    /// The numbers of the keys that are wanted, one after the other.
    wanted: Vec<u32>,
    number: u64,
    reads: AtomicUsize,
}

impl<N: Node> Process<N> {
    async fn work(self: Arc<Self>, round: usize, time: Duration) {
        let end = Instant::now() + time;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(Arc::clone(&self).work_as(task, round, end)))
            .collect();
        for task in tasks {
            task.await.expect("the task ends");
        }
    }

    async fn work_as(self: Arc<Self>, task: usize, round: usize, end: Instant) {
        let mut random = Random::new(self.number * TASKS as u64 + task as u64);
        let mut at = random.below(self.wanted.len());
        let mut reads = 0;
        while Instant::now() < end {
            let key = format!("{}/{round}/{}", N::NAME, key(self.wanted[at] as usize));
            if random.below(WRITES) == 0 {
                self.node.write(&key, value(at)).await;
            } else {
                std::hint::black_box(self.node.read(&key, &self.source).await);
                reads += 1;
            }
            at = (at + 1) % self.wanted.len();
            // What is found at once gives nobody else a turn.
            if reads % 32 == 0 {
                tokio::task::yield_now().await;
            }
        }
        self.reads.fetch_add(reads, Ordering::Relaxed);
    }
}
