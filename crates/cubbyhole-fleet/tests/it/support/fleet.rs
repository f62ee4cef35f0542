//! Eight processes, and what is asked of all of them.

use std::process::Command;
use std::time::Duration;

use cubbyhole_fleet::Process;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

use super::bound;
use super::history::{Event, check};
use super::source::Source;

/// How many processes there are.
pub(crate) const PROCESSES: usize = 8;

/// What says that a process is one of a fleet: its number, the port of the source, its pace, and the URL of its server.
pub(crate) const VARIABLE: &str = "CUBBYHOLE_FLEET_TEST_WORKER";

/// The test that is run in it.
const TEST: &str = "worker::a_process_does_what_it_is_told";

/// How much each process reads in a game at least, and all together: a game in which nothing happens proves nothing.
const LEAST_READS: [u64; 2] = [20, 2000];

/// Processes that play.
pub(crate) struct Fleet {
    pub(crate) source: Source,
    pub(crate) processes: Vec<Process>,
    events: Vec<Event>,
    /// Eight processes are enough for one machine.
    _turn: MutexGuard<'static, ()>,
}

/// How patient a process is.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    Fast,
    Patient,
}

static TURN: Mutex<()> = Mutex::const_new(());

impl Fleet {
    /// Starts a process for each URL, and waits until all are connected.
    pub(crate) async fn start(pace: Pace, urls: &[String]) -> Self {
        let turn = TURN.lock().await;
        let source = Source::serve();
        let numbered = urls.iter().enumerate();
        let mut fleet = Self {
            processes: numbered
                .map(|(number, url)| start(number, &source, pace, url))
                .collect(),
            source,
            events: Vec::new(),
            _turn: turn,
        };
        fleet.hear("ready").await;
        fleet
    }

    /// Starts eight processes that use one server.
    pub(crate) async fn of(pace: Pace, url: &str) -> Self {
        Self::start(pace, &vec![url.to_owned(); PROCESSES]).await
    }

    /// Orders something of all.
    pub(crate) fn order(&mut self, order: &str) {
        for process in &mut self.processes {
            process.order(order);
        }
    }

    /// Waits until all have said this.
    pub(crate) async fn hear(&mut self, answer: &str) {
        for process in &mut self.processes {
            assert_eq!(process.answer().await, answer);
        }
    }

    /// Lets all play.
    pub(crate) fn play(&mut self, time: Duration) {
        for (seed, process) in self.processes.iter_mut().enumerate() {
            process.order(&format!("play {seed} {}", time.as_millis()));
        }
    }

    /// Lets one process do something, which then has been told to all.
    pub(crate) async fn let_one(&mut self, order: &str) {
        self.processes[0].order(order);
        assert_eq!(self.processes[0].answer().await, "changed");
    }

    /// Waits until all have played. Then everything is well again: all come to see the newest versions, and nobody was
    /// given anything wrong meanwhile.
    pub(crate) async fn end(mut self) {
        self.hear("played").await;
        let reads = self.check().await;
        let [each, all] = LEAST_READS;
        let is_enough = reads.len() == PROCESSES && reads.iter().all(|(_, reads)| *reads > each);
        let sum: u64 = reads.iter().map(|(_, reads)| reads).sum();
        assert!(is_enough && sum > all, "too few reads: {reads:?}");
        // What was said last has reached everybody, without another word.
        self.agree().await;
        // And everybody hears.
        self.let_one("change-each").await;
        self.agree().await;
        self.check().await;
    }

    /// Waits until all see the newest versions, for as long as a copy may be stale. Whoever made the changes is last: what
    /// it publishes again would tell the others once more.
    pub(crate) async fn agree(&mut self) {
        let newest = self.source.texts();
        let began = Instant::now();
        for number in (0..self.processes.len()).rev() {
            loop {
                let texts = self.texts(number).await;
                if texts == newest {
                    break;
                }
                let is_late = began.elapsed() > bound();
                assert!(!is_late, "{number}: {:?}", differences(&texts, &newest));
                sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Lets a process read everything, and returns the texts.
    async fn texts(&mut self, number: usize) -> Vec<String> {
        let process = &mut self.processes[number];
        process.order("read-each");
        lines(process).await
    }

    /// Collects what has happened, and returns how much each process has read.
    pub(crate) async fn check(&mut self) -> Vec<(String, u64)> {
        self.order("report");
        for process in &mut self.processes {
            let lines = lines(process).await.into_iter();
            self.events
                .extend(lines.map(|line| line.parse::<Event>().unwrap()));
        }
        let reads = check(&self.events, bound(), |name| self.source.newest(name));
        let reads = reads.unwrap_or_else(|wrong| panic!("{wrong}")).into_iter();
        reads
            .map(|(node, reads)| (node.to_owned(), reads))
            .collect()
    }
}

/// Returns what a process says, up to the word that ends it.
pub(crate) async fn lines(process: &mut Process) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let line = process.answer().await;
        if line == "done" {
            return lines;
        }
        lines.push(line);
    }
}

fn start(number: usize, source: &Source, pace: Pace, url: &str) -> Process {
    let pace = match pace {
        Pace::Fast => "fast",
        Pace::Patient => "patient",
    };
    let program = std::env::current_exe().unwrap();
    let mut program = Command::new(program);
    program
        .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, format!("{number} {} {pace} {url}", source.port));
    Process::start(&mut program)
}

fn differences<'a>(texts: &'a [String], newest: &'a [String]) -> Vec<(&'a String, &'a String)> {
    let both = texts.iter().zip(newest);
    both.filter(|(text, newest)| text != newest).collect()
}
