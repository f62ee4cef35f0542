//! Eight processes play while their server does not work, and a checker looks at all that each was given.

use std::time::Duration;

use cubbyhole_fleet::{Cluster, Server};
use tokio::time::sleep;

use crate::support::change::Change;
use crate::support::fleet::{Fleet, Pace};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_and_comes_back_costs_no_truth() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Fast, &server.url()).await;
    fleet.play(millis(3000));
    sleep(millis(800)).await;
    server.kill();
    sleep(millis(900)).await;
    server.restart().await;
    fleet.end().await;
}

/// It comes back with what it had saved, which is older than what was invalidated since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_started_again_and_again_under_load_costs_no_truth() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Fast, &server.url()).await;
    fleet.play(millis(4500));
    for (up, down) in [(500, 0), (200, 300), (50, 50), (400, 600), (100, 0)] {
        sleep(millis(up)).await;
        let _: String = server.tell("SAVE").await;
        sleep(millis(up)).await;
        server.kill();
        sleep(millis(down)).await;
        server.restart().await;
    }
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_for_five_seconds_costs_no_truth() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Fast, &server.url()).await;
    fleet.play(millis(6300));
    sleep(millis(500)).await;
    server.signal("STOP");
    sleep(Duration::from_secs(5)).await;
    server.signal("CONT");
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full_or_flushed_costs_no_truth() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Fast, &server.url()).await;
    fleet.play(millis(2600));
    for words in [
        "CONFIG SET maxmemory 1",
        "CONFIG SET maxmemory 0",
        "FLUSHALL",
        "CONFIG SET maxmemory 1",
        "FLUSHALL",
        "CONFIG SET maxmemory 0",
    ] {
        sleep(millis(350)).await;
        let _: String = server.tell(words).await;
    }
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_the_cluster_that_is_killed_costs_no_truth() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Fast, &cluster.url()).await;
    fleet.play(millis(3000));
    sleep(millis(700)).await;
    cluster.servers[1].kill();
    sleep(millis(700)).await;
    cluster.servers[1].restart().await;
    cluster.is_formed().await;
    fleet.end().await;
}

/// Nothing goes wrong, and nothing but what is said makes a copy go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_changes_in_any_way_the_others_soon_lose() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Patient, &server.url()).await;
    fleet.agree().await;
    for how in 0..Change::EACH.len() {
        fleet.let_one(&format!("change-by {how}")).await;
        fleet.agree().await;
    }
    fleet.play(millis(1500));
    fleet.end().await;
}
