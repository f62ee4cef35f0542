//! How soon the copies are gone of what another process has changed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use cubbyhole_fleet::{Process, Server};

use crate::support::fleet::{Fleet, PROCESSES, Pace, lines};
use crate::support::watched::KEYS;

/// How soon 99 of 100 copies are to be gone.
const LIMIT: Duration = Duration::from_millis(50);
/// Other programs of the machine may take its time: one round of so many has to be within the limit.
const ROUNDS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_changes_the_others_lose_within_fifty_milliseconds() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Patient, &server.url()).await;
    for _ in 0..ROUNDS {
        if round(&mut fleet).await < LIMIT {
            return;
        }
    }
    panic!("copies are not gone within {LIMIT:?}");
}

/// Lets every process change what all have copied, and returns within which time 99 of 100 copies are gone.
async fn round(fleet: &mut Fleet) -> Duration {
    // Twice: what is published while somebody reads it is dropped there once more.
    for _ in 0..2 {
        fleet.order("copy");
        fleet.hear("copied").await;
    }
    fleet.order("change");
    let changed = times(&mut fleet.processes).await;
    let changed: BTreeMap<String, Duration> = changed.into_iter().collect();
    assert_eq!(changed.len(), PROCESSES * KEYS);
    fleet.order("lose");
    let lost = times(&mut fleet.processes).await;
    let lost = lost.into_iter();
    let took: Vec<Duration> = lost
        .map(|(key, at)| at.saturating_sub(changed[&key]))
        .collect();
    assert_eq!(took.len(), PROCESSES * KEYS * (PROCESSES - 1));
    percentile(took)
}

fn percentile(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    let of_100 = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)];
    let [p50, p99, longest] = [of_100(50), of_100(99), of_100(100)];
    // Not `eprintln!`: what a test that passes prints is not shown.
    let _ = writeln!(
        io::stderr(),
        "{} copies in other processes are gone after p50 {p50:.1?}, p99 {p99:.1?}, at most {longest:.1?}",
        took.len()
    );
    p99
}

/// Collects keys with times from all.
async fn times(processes: &mut [Process]) -> Vec<(String, Duration)> {
    let mut times = Vec::new();
    for process in processes {
        for line in lines(process).await {
            let (key, micros) = line.split_once(' ').unwrap();
            let at = Duration::from_micros(micros.parse().unwrap());
            times.push((key.to_owned(), at));
        }
    }
    times
}
