//! Processes of a fleet: the test binary, started again, and told what to do over pipes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::history::Event;
use super::source::Source;

/// What says that a process is a worker: its name, the port of the source, and the configuration as JSON.
pub(crate) const VARIABLE: &str = "CUBBYHOLE_REDIS_TEST_WORKER";

/// The test that is run in a worker.
const TEST: &str = "processes::a_worker_does_what_it_is_told";

/// What the lines of a worker begin with, among those of the test harness.
pub(crate) const MARK: &str = "@";

/// A process. Killed when it is dropped.
pub(crate) struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(name: &str, source: u16, config: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture", "--test-threads=1"])
            .env(VARIABLE, format!("{name} {source} {config}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            orders: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    pub(crate) fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Returns the next line that it says.
    pub(crate) fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.answers.read_line(&mut line).unwrap();
            assert!(read > 0, "a worker has ended");
            // What the harness prints has no end of a line before it.
            if let Some((_, answer)) = line.split_once(MARK) {
                return answer.trim().to_owned();
            }
        }
    }

    /// Returns the events that it says, up to the word that ends them.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let answer = self.answer();
            if answer == "done" {
                return events;
            }
            events.push(answer.parse().unwrap());
        }
    }

    /// Lets it read everything, and returns the texts.
    fn read_all(&mut self) -> Vec<String> {
        self.order("read-all");
        let text = |event| match event {
            Event::Read { text, .. } => text,
            other => panic!("{other}"),
        };
        self.events().into_iter().map(text).collect()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration in which things go fast, as JSON.
pub(crate) fn fast_config(url: &str) -> String {
    format!(
        r#"{{"url":"{url}","heartbeat":"50ms","heartbeat_timeout":"500ms","trust_for":"500ms","lease":"1s","longest_pause":"200ms"}}"#
    )
}

/// A configuration that is patient with a busy machine: whoever is too slow for the tier computes alone.
pub(crate) fn patient_config(url: &str) -> String {
    format!(
        r#"{{"url":"{url}","call_timeout":"10s","heartbeat":"1s","heartbeat_timeout":"10s","lease":"1s"}}"#
    )
}

/// How long a copy may be stale where things go fast; and what a busy machine adds.
pub(crate) const BOUND: Duration = Duration::from_millis(50 + 500 + 500 + 450);

/// Starts processes, and waits until all are connected.
pub(crate) fn fleet(config: &str, source: &Source, size: usize) -> Vec<Worker> {
    let start = |number| Worker::start(&format!("n{number}"), source.port, config);
    let mut workers: Vec<Worker> = (0..size).map(start).collect();
    for worker in &mut workers {
        assert_eq!(worker.answer(), "ready");
    }
    workers
}

pub(crate) fn play(workers: &mut [Worker], millis: u64) {
    for (seed, worker) in workers.iter_mut().enumerate() {
        worker.order(&format!("play {seed} {millis}"));
    }
}

pub(crate) fn events(workers: &mut [Worker]) -> Vec<Event> {
    workers.iter_mut().flat_map(Worker::events).collect()
}

/// Everybody sees the last versions in the end, soon.
pub(crate) async fn converge(workers: &mut [Worker], source: &Source) {
    // Everybody has a copy of everything, and has to lose it.
    for worker in &mut *workers {
        worker.read_all();
    }
    workers[0].order("write-each");
    workers[0].events();
    for worker in workers {
        let agreed = async {
            while worker.read_all() != source.texts() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let agreed = tokio::time::timeout(BOUND, agreed).await;
        agreed.expect("all see the last");
    }
}
