//! Values that processes share through Redis: what a read costs, what eight processes get done, and how soon they hear.
//!
//! It starts a `redis-server` of its own, and measures nothing where there is none.

mod invalidations;
mod nodes;
mod reads;
mod throughput;

use cubbyhole_fleet::Server;
use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Found, Program, Servant};
use crate::table::Table;

/// How many processes a fleet has.
const PROCESSES: usize = 8;

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let runtime = runtime(2);
    let Some(server) = runtime.block_on(Server::start()) else {
        return Ok(Vec::new());
    };
    let url = server.url();
    let mut tables = vec![reads::run(options, &runtime, &url)?];
    tables.extend(throughput::run(options, &url)?);
    tables.push(invalidations::run(options, &url)?);
    Ok(tables)
}

/// In a process of its own: takes part in a fleet.
pub(crate) fn run_child(words: &[&str]) -> Result {
    match *words {
        ["throughput", node, url, number] => throughput::run_child(node, url, number.parse()?),
        ["invalidations", way, url, number] => invalidations::run_child(way, url, number.parse()?),
        _ => Err(format!("nobody takes part like this: `{}`", words.join(" ")).into()),
    }
}

/// A runtime whose tasks go on while the thread that made it does something else.
fn runtime(threads: usize) -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
    runtime.expect("a runtime starts")
}

/// Processes that do the same at the same time.
struct Fleet(Vec<Servant>);

impl Fleet {
    /// Starts processes that share what is at `url`, and waits until all have joined.
    fn start(part: &str, name: &str, url: &str) -> Result<Self> {
        let start = |number: usize| {
            let words = ["sharing", part, name, url, &number.to_string()].map(str::to_owned);
            Servant::start(Program::Plain, &words)
        };
        let mut fleet = Self((0..PROCESSES).map(start).collect::<Result<_>>()?);
        fleet.ask("")?;
        Ok(fleet)
    }

    fn ask(&mut self, order: &str) -> Result<Vec<Found>> {
        for servant in &mut self.0 {
            servant.order(order)?;
        }
        self.0.iter_mut().map(Servant::answer).collect()
    }
}
