//! How soon seven processes hear what the eighth has deleted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry, SharedTier};
use cubbyhole_redis::RedisTier;
use hashbrown::HashMap;
use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind};

use super::nodes::{CHANNEL, connect, hear, join_tier, said};
use super::{Fleet, PROCESSES, runtime};
use crate::Result;
use crate::arguments::Options;
use crate::child::{serve, tell};
use crate::measure::{cells_of, interleave};
use crate::table::{Column, Table, percentile};
use crate::workload::{Bytes, Value, value};

/// How many values each process deletes in a round.
const DELETED: usize = 200;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(5);
/// How long is waited for the last message.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who tells the others, and by what.
const WAYS: [&str; 3] = [
    "cubbyhole: the copy is gone",
    "a channel alone: the message is there",
    "tracking by prefix: the message is there",
];

pub(super) fn run(options: &Options, url: &str) -> Result<Table> {
    let mut fleets = WAYS
        .map(|way| Fleet::start("invalidations", way, url))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let mut round = 0;
    let said = interleave(fleets.len(), options.rounds(), |at| {
        round += 1;
        delays(&mut fleets[at], round)
    })?;
    let mut table = Table::of(WAYS);
    "Invalidations".clone_into(&mut table.title);
    table.about = format!(
        "{PROCESSES} processes have a copy of each value, and each deletes {DELETED} of its own, one every {} ms: the \
         time from the call to each of the seven others, by the clock of the machine. *cubbyhole* is whole stores: the \
         value has left the cache and the listener of removals is called. The two others are what there would be to \
         build on: a message of a channel, and the server's tracking of keys (RESP3, `BCAST`); nothing is cached there.",
        PAUSE.as_millis()
    );
    for (name, part) in [("half", 0.5), ("99 %", 0.99), ("all", 1.0)] {
        table.push(
            Column::plotted(format!("ms until {name} are told")),
            cells_of(&said, |delays: &Vec<f64>| {
                Some(percentile(delays, part) / 1e3)
            }),
        );
    }
    Ok(table)
}

/// Lets everybody delete, and returns the microseconds until each other was told, in order.
fn delays(fleet: &mut Fleet, round: usize) -> Result<Vec<f64>> {
    // Whoever reads a value just before hearing that it was set drops it again: the second time nobody sets any.
    for _ in 0..2 {
        fleet.ask(&format!("prepare {round}"))?;
    }
    fleet.ask(&format!("delete {round}"))?;
    let found = fleet.ask("report")?;
    let (mut deleted, mut heard) = (HashMap::new(), Vec::new());
    for (name, at) in found.into_iter().flatten() {
        match name.split_once(' ') {
            Some(("deleted", key)) => drop(deleted.insert(key.to_owned(), at)),
            Some((_, key)) => heard.push((key.to_owned(), at)),
            None => {}
        }
    }
    let mut delays: Vec<f64> = heard.iter().map(|(key, at)| at - deleted[key]).collect();
    let expected = PROCESSES * (PROCESSES - 1) * DELETED;
    if delays.len() != expected {
        return Err(format!("{} of {expected} were told", delays.len()).into());
    }
    delays.sort_by(f64::total_cmp);
    Ok(delays)
}

/// In a process of its own: deletes, and hears.
pub(super) fn run_child(way: &str, url: &str, number: usize) -> Result {
    let runtime = runtime(1);
    let mut part = runtime.block_on(Part::join(way, url, number))?;
    serve(|order| {
        let words: Vec<&str> = order.split(' ').collect();
        match words[..] {
            ["prepare", round] => runtime.block_on(part.prepare(round)),
            ["delete", round] => runtime.block_on(part.delete(round)),
            ["report"] => runtime.block_on(part.report()),
            _ => {}
        }
    });
    Ok(())
}

/// A process that deletes and hears.
struct Part {
    herald: Herald,
    number: usize,
    heard: Arc<Heard>,
    deleted: Vec<(String, f64)>,
}

impl Part {
    async fn join(way: &str, url: &str, number: usize) -> Result<Self> {
        let heard = Arc::new(Heard {
            own: format!("{number}/"),
            times: Mutex::default(),
        });
        let herald = match WAYS.iter().position(|known| *known == way) {
            Some(0) => Herald::join(url, &heard).await,
            Some(1) => Herald::subscribe(url, &heard).await,
            Some(2) => Herald::track(url, &heard).await?,
            _ => return Err(format!("there is no way `{way}`").into()),
        };
        Ok(Self {
            herald,
            number,
            heard,
            deleted: Vec::new(),
        })
    }

    /// Has a copy of all that will be deleted.
    async fn prepare(&mut self, round: &str) {
        for number in 0..PROCESSES {
            for key in keys(number, round) {
                self.herald.read(&key).await;
            }
        }
    }

    async fn delete(&mut self, round: &str) {
        for key in keys(self.number, round) {
            let at = now();
            self.herald.delete(&key).await;
            self.deleted.push((key, at));
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn report(&mut self) {
        let expected = (PROCESSES - 1) * DELETED;
        let all = async {
            while self.heard.times.lock().expect("nobody panics").len() < expected {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        // Where some are missing, the parent says so.
        let _heard_all = tokio::time::timeout(PATIENCE, all).await;
        for (key, at) in self.deleted.drain(..) {
            tell(&format!("deleted {key}"), at);
        }
        let mut times = self.heard.times.lock().expect("nobody panics");
        for (key, at) in times.drain(..) {
            tell(&format!("heard {key}"), at);
        }
    }
}

fn keys(number: usize, round: &str) -> impl Iterator<Item = String> {
    (0..DELETED).map(move |key| format!("{number}/{round}/{key}"))
}

/// What a process was told, and when.
struct Heard {
    /// What the keys of this process begin with.
    own: String,
    times: Mutex<Vec<(String, f64)>>,
}

impl Heard {
    fn note(&self, key: &str) {
        let at = now();
        if !key.starts_with(&self.own) {
            let mut times = self.times.lock().expect("nobody panics");
            times.push((key.to_owned(), at));
        }
    }
}

/// Microseconds, the same for all processes of the machine.
fn now() -> f64 {
    cubbyhole_fleet::now().as_micros() as f64
}

/// How a process tells the others.
enum Herald {
    Store {
        store: CacheStore,
        entry: Box<CachedRegistryEntry<Value>>,
        /// Kept, because its tasks end with it.
        _tier: Arc<RedisTier>,
    },
    Channel(MultiplexedConnection),
    Tracking(MultiplexedConnection),
}

/// What the names of tracked keys begin with.
const TRACKED: &str = "tracked:";

impl Herald {
    async fn join(url: &str, heard: &Arc<Heard>) -> Self {
        let tier = join_tier(url).await;
        let heard = Arc::clone(heard);
        let policy = CachePolicy::lru(PROCESSES * DELETED * 2).expect("it is not zero");
        let entry = CachedRegistryEntry::new("heard", policy)
            .with_shared_tier(Arc::clone(&tier) as Arc<dyn SharedTier>, Bytes)
            .on_removal(move |removal| heard.note(&removal.key));
        Self::Store {
            store: CacheStore::new(),
            entry: Box::new(entry),
            _tier: tier,
        }
    }

    async fn subscribe(url: &str, heard: &Arc<Heard>) -> Self {
        let (connection, mut messages) = hear(url).await;
        let heard = Arc::clone(heard);
        tokio::spawn(async move {
            while let Some(push) = messages.recv().await {
                if let Some(key) = said(&push) {
                    heard.note(&key);
                }
            }
        });
        Self::Channel(connection)
    }

    async fn track(url: &str, heard: &Arc<Heard>) -> Result<Self> {
        let (mut connection, mut pushes) = connect(url).await;
        let mut track = redis::cmd("CLIENT");
        track.arg(&["TRACKING", "ON", "BCAST", "PREFIX", TRACKED, "NOLOOP"]);
        track.exec_async(&mut connection).await?;
        let heard = Arc::clone(heard);
        tokio::spawn(async move {
            while let Some(push) = pushes.recv().await {
                note_tracked(&push, &heard);
            }
        });
        Ok(Self::Tracking(connection))
    }

    async fn read(&self, key: &str) {
        if let Self::Store { store, entry, .. } = self {
            let load = || async { Ok::<_, std::convert::Infallible>(value(1)) };
            let read = store.get_or_compute(entry, key, load).await;
            read.expect("the loader does not fail");
        }
    }

    async fn delete(&mut self, key: &str) {
        let done = match self {
            Self::Store { store, entry, .. } => {
                let deleted = store.delete(entry, key).await;
                let _there = deleted.expect("the scope is everybody's");
                return;
            }
            Self::Channel(connection) => {
                let mut both = redis::pipe();
                both.del(key).ignore().publish(CHANNEL, key).ignore();
                both.exec_async(connection).await
            }
            // What is not there is not told of when it is deleted.
            Self::Tracking(connection) => {
                let mut set = redis::cmd("SET");
                set.arg(format!("{TRACKED}{key}")).arg(1);
                set.exec_async(connection).await
            }
        };
        done.expect("the server works");
    }
}

fn note_tracked(push: &PushInfo, heard: &Heard) {
    if push.kind != PushKind::Invalidate {
        return;
    }
    let keys = push
        .data
        .first()
        .map(redis::from_redis_value_ref::<Vec<String>>);
    for key in keys.and_then(std::result::Result::ok).unwrap_or_default() {
        if let Some(key) = key.strip_prefix(TRACKED) {
            heard.note(key);
        }
    }
}
