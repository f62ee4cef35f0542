//! What is asked for everywhere is computed once.

use std::time::Duration;

use cubbyhole_fleet::Server;
use tokio::time::Instant;

use crate::support::catalogue::KEYS;
use crate::support::fleet::{Fleet, PROCESSES, Pace};

/// How many tasks of a process ask at the same time.
const TASKS: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_computes_for_all() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Patient, &server.url()).await;
    for key in KEYS {
        let name = format!("all/ann/{key}");
        fleet.order(&format!("crowd {TASKS} {name}"));
        fleet.hear("served").await;
        assert_eq!(fleet.source.reads(&name), 1, "computations in the fleet");
    }
    let reads = fleet.check().await;
    let each = TASKS * KEYS.len() as u64;
    assert_eq!(reads.len(), PROCESSES);
    assert!(reads.iter().all(|(_, reads)| *reads == each), "{reads:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_computes_when_the_holder_is_killed() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Patient, &server.url()).await;
    let mut holder = fleet.processes.remove(0);
    holder.order("hold all/ann/a");
    assert_eq!(holder.answer().await, "held");
    fleet.order(&format!("crowd {TASKS} all/ann/a"));
    holder.kill();
    let killed = Instant::now();
    fleet.hear("served").await;
    assert_eq!(fleet.source.reads("all/ann/a"), 1);
    let limit = Duration::from_secs(1) + Duration::from_millis(1500);
    assert!(killed.elapsed() < limit, "the lease was of one second");
    let reads = fleet.check().await;
    assert!(reads.iter().all(|(_, reads)| *reads == TASKS), "{reads:?}");
}
