//! Measures, on this machine and with a server of its own, how soon eight processes hear of an invalidation, by the
//! tier, by a channel alone, and by the server's own tracking of keys; and what calls of the tier take.
//!
//! `cargo run --release -p cubbyhole-redis --example measure`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a program that measures prints, and stops at the first surprise"
)]

use std::error::Error;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use cubbyhole_core::{
    CellEvent, CellListener, SharedTier, TierAnswer, TierCell, TierPlace, TierScope, TierState,
    TierValue,
};
use cubbyhole_fleet::{Process, Server, next_order, now, say};
use cubbyhole_policy::CacheType;
use cubbyhole_redis::{RedisConfig, RedisTier};
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, Value};

const PROCESSES: usize = 8;
const MESSAGES: usize = 200;
/// Between two messages of a process.
const PAUSE: Duration = Duration::from_millis(5);

const PLACE: TierPlace<'_> = TierPlace {
    kind: "kind",
    uid: "uid",
    scope: TierScope {
        cache_type: CacheType::Global,
        id: "",
    },
};

type Done = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [way, port] = &arguments[..] {
        return take_part(way, port).await;
    }
    let Some(server) = Server::start().await else {
        println!("nothing is measured: redis-server is not installed");
        return Ok(());
    };
    println!(
        "{PROCESSES} processes, {MESSAGES} messages of each, in microseconds until one is heard by the others:\n"
    );
    println!("| by | with pauses: p50 | p99 | max | all at once: p50 | p99 | max |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (way, name) in [
        ("tier", "the tier"),
        ("channel", "a channel"),
        ("tracking", "tracking by prefix"),
    ] {
        let paced = hear(way, "paced", server.port).await;
        let burst = hear(way, "burst", server.port).await;
        println!("| {name} | {paced} | {burst} |");
    }
    println!("\nOne node, in microseconds:\n");
    calls(&server.url()).await
}

/// Lets processes send and hear, and returns p50, p99 and the longest.
async fn hear(way: &str, pace: &str, port: u16) -> String {
    let mut parts: Vec<Process> = (0..PROCESSES).map(|_| start(way, port)).collect();
    answers(&mut parts, "ready").await;
    for part in &mut parts {
        part.order(pace);
    }
    answers(&mut parts, "sent").await;
    for part in &mut parts {
        part.order("report");
    }
    let mut times: Vec<u64> = Vec::new();
    for part in &mut parts {
        let line = part.answer().await;
        let heard = line.split_whitespace();
        times.extend(heard.map(|time| time.parse::<u64>().unwrap()));
    }
    let expected = PROCESSES * (PROCESSES - 1) * MESSAGES;
    assert_eq!(
        times.len(),
        expected,
        "every message is heard by every other process"
    );
    summary(&mut times, " | ")
}

/// Starts a process that sends and hears.
fn start(way: &str, port: u16) -> Process {
    let program = std::env::current_exe().unwrap();
    Process::start(Command::new(program).args([way, &port.to_string()]))
}

async fn answers(parts: &mut [Process], answer: &str) {
    for part in parts {
        assert_eq!(part.answer().await, answer);
    }
}

fn summary(times: &mut [u64], between: &str) -> String {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    let last = times[times.len() - 1];
    [at(50), at(99), last]
        .map(|time| time.to_string())
        .join(between)
}

/// What a process has heard, and how long it took.
#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Heard {
    /// The key says when it was sent.
    fn note(&self, key: &str) {
        let Some(sent) = key.split('-').nth(1).and_then(|sent| sent.parse().ok()) else {
            return;
        };
        self.0.lock().unwrap().push(micros().saturating_sub(sent));
    }
}

impl CellListener for Heard {
    fn hear(&self, event: CellEvent<'_>) {
        if let CellEvent::Deleted { key } = event {
            self.note(key);
        }
    }
}

fn micros() -> u64 {
    u64::try_from(now().as_micros()).unwrap()
}

/// How a process tells the others.
enum Sender {
    Tier {
        cell: Arc<dyn TierCell>,
        /// Kept, because its tasks end with it.
        _tier: RedisTier,
    },
    Channel(redis::aio::MultiplexedConnection),
    Tracking(redis::aio::MultiplexedConnection),
}

impl Sender {
    async fn send(&mut self, key: &str) {
        match self {
            Self::Tier { cell, .. } => cell.delete(key).await.unwrap(),
            Self::Channel(connection) => {
                let mut both = redis::pipe();
                both.cmd("SET")
                    .arg(format!("measure:{key}"))
                    .arg(1)
                    .ignore();
                both.cmd("PUBLISH")
                    .arg("measure")
                    .arg(format!("{}{key}", std::process::id()));
                let _: Value = both.query_async(connection).await.unwrap();
            }
            Self::Tracking(connection) => {
                let mut set = redis::cmd("SET");
                set.arg(format!("measure:{key}")).arg(1);
                let _: Value = set.query_async(connection).await.unwrap();
            }
        }
    }
}

async fn take_part(way: &str, port: &str) -> Done {
    let heard = Arc::new(Heard::default());
    let url = format!("redis://127.0.0.1:{port}");
    let mut sender = match way {
        "tier" => tier(&url, &heard).await?,
        "channel" => channel(&url, &heard).await?,
        "tracking" => tracking(&url, &heard).await?,
        _ => panic!("{way}"),
    };
    say("ready");
    let pace = order().await;
    let process = std::process::id();
    for number in 0..MESSAGES {
        let key = format!("-{}-{process}-{number}", micros());
        sender.send(&key).await;
        if pace == "paced" {
            tokio::time::sleep(PAUSE).await;
        }
    }
    say("sent");
    order().await;
    let expected = (PROCESSES - 1) * MESSAGES;
    let begun = Instant::now();
    while heard.0.lock().unwrap().len() < expected && begun.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let times: Vec<String> = heard.0.lock().unwrap().iter().map(u64::to_string).collect();
    say(&times.join(" "));
    order().await;
    drop(sender);
    Ok(())
}

async fn order() -> String {
    next_order().await.unwrap_or_default()
}

async fn connected(config: RedisConfig) -> Result<RedisTier, Box<dyn Error>> {
    let tier = RedisTier::connect(config).await?;
    assert_eq!(tier.status().state, TierState::Connected);
    Ok(tier)
}

async fn tier(url: &str, heard: &Arc<Heard>) -> Result<Sender, Box<dyn Error>> {
    let tier = connected(RedisConfig::from_url(url)).await?;
    let weak: Weak<Heard> = Arc::downgrade(heard);
    let cell = tier.open(PLACE, weak);
    Ok(Sender::Tier { cell, _tier: tier })
}

async fn channel(url: &str, heard: &Arc<Heard>) -> Result<Sender, Box<dyn Error>> {
    let client = Client::open(url)?;
    let mut messages = client.get_async_pubsub().await?;
    messages.subscribe("measure").await?;
    let heard = Arc::clone(heard);
    let own = std::process::id().to_string();
    tokio::spawn(async move {
        use futures_core::Stream;
        let mut stream = std::pin::pin!(messages.into_on_message());
        while let Some(message) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let text: String = message.get_payload().unwrap();
            if !text.starts_with(&own) {
                heard.note(&text);
            }
        }
    });
    Ok(Sender::Channel(
        client.get_multiplexed_async_connection().await?,
    ))
}

async fn tracking(url: &str, heard: &Arc<Heard>) -> Result<Sender, Box<dyn Error>> {
    let client = Client::open(format!("{url}/?protocol=resp3"))?;
    let (sender, mut pushes) = tokio::sync::mpsc::unbounded_channel::<PushInfo>();
    let config = AsyncConnectionConfig::new().set_push_sender(sender);
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let mut track = redis::cmd("CLIENT");
    track.arg(&["TRACKING", "ON", "BCAST", "PREFIX", "measure:", "NOLOOP"]);
    let _: Value = track.query_async(&mut connection).await?;
    let heard = Arc::clone(heard);
    tokio::spawn(async move {
        while let Some(push) = pushes.recv().await {
            if push.kind == PushKind::Invalidate {
                push.data.iter().for_each(|value| note_keys(&heard, value));
            }
        }
    });
    Ok(Sender::Tracking(connection))
}

fn note_keys(heard: &Heard, value: &Value) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| note_keys(heard, value)),
        Value::BulkString(key) => heard.note(&String::from_utf8_lossy(key)),
        _ => {}
    }
}

/// How many calls are measured one after the other.
const CALLS: usize = 3000;
/// How many tasks ask at the same time, where it is counted how many calls there are.
const TASKS: usize = 64;

async fn calls(url: &str) -> Done {
    let tier = connected(RedisConfig::from_url(url)).await?;
    let nobody: Weak<Heard> = Weak::new();
    let cell = tier.open(PLACE, nobody);
    let value = || TierValue::new(vec![7; 256]);
    println!("| call | round trips | p50, p99, max |");
    println!("| --- | --- | --- |");
    let mut times = Vec::new();
    for number in 0..CALLS {
        let begun = Instant::now();
        let lease = cell.take_lease(&number.to_string()).await?;
        assert!(lease.publish(value()).await?);
        times.push(begun.elapsed());
    }
    report("take_lease and publish (a set)", 2, &times);
    times.clear();
    for number in 0..CALLS {
        let begun = Instant::now();
        assert!(cell.get(&number.to_string()).await?.is_some());
        times.push(begun.elapsed());
    }
    report("get", 1, &times);
    times.clear();
    for number in 0..CALLS {
        let begun = Instant::now();
        let TierAnswer::Leased(lease) = cell.get_or_lease(&format!("new{number}")).await? else {
            panic!("there is none");
        };
        assert!(lease.publish(value()).await?);
        times.push(begun.elapsed());
    }
    report("get_or_lease and publish (a miss)", 2, &times);
    times.clear();
    for number in 0..CALLS {
        let begun = Instant::now();
        cell.delete(&number.to_string()).await?;
        times.push(begun.elapsed());
    }
    report("delete", 1, &times);
    let asked = throughput(&cell).await;
    println!("\n{TASKS} tasks at the same time: {asked} gets a second");
    Ok(())
}

fn report(call: &str, trips: usize, times: &[Duration]) {
    let micros = |time: &Duration| u64::try_from(time.as_micros()).unwrap();
    let mut times: Vec<u64> = times.iter().map(micros).collect();
    println!("| {call} | {trips} | {} |", summary(&mut times, ", "));
}

async fn throughput(cell: &Arc<dyn TierCell>) -> u64 {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let cell = Arc::clone(cell);
            tokio::spawn(async move {
                let key = format!("new{task}");
                let mut asked = 0_u64;
                while begun.elapsed() < Duration::from_secs(2) {
                    assert!(cell.get(&key).await.unwrap().is_some());
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let mut asked = 0;
    for task in tasks {
        asked += task.await.expect("a task does not panic");
    }
    asked / 2
}
