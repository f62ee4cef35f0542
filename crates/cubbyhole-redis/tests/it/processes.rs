//! A fleet of processes.

use std::io::{BufRead, Write};
use std::time::Duration;

use cubbyhole_core::{SharedTier, TierState};
use cubbyhole_fleet::{Server, now, until};
use cubbyhole_redis::RedisConfig;

use crate::support::history::check;
use crate::support::player::{KEYS, Player, USERS};
use crate::support::source::Source;
use crate::support::worker::{
    BOUND, MARK, VARIABLE, converge, events, fast_config, fleet, patient_config, play,
};

/// How many processes there are.
const PROCESSES: usize = 8;

/// What a worker runs, if this is one. Otherwise it starts one, and looks whether it comes to an end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_does_what_it_is_told() {
    if let Ok(told) = std::env::var(VARIABLE) {
        return work(&told).await;
    }
    let Some(server) = Server::start().await else {
        return;
    };
    let source = Source::serve();
    let mut workers = fleet(&fast_config(&server.url()), &source, 1);
    let [worker] = &mut workers[..] else {
        panic!("one worker")
    };
    worker.order("read-all");
    assert_eq!(worker.events().len(), USERS.len() * KEYS.len());
    worker.order("end");
    assert_eq!(worker.answer(), "ended");
}

async fn work(told: &str) {
    let [name, source, config] = told.splitn(3, ' ').collect::<Vec<_>>()[..] else {
        panic!("{told}")
    };
    let config: RedisConfig = serde_json::from_str(config).unwrap();
    let player = Player::new(name, config, source.parse().unwrap());
    until("connected", || {
        player.tier.status().state == TierState::Connected
    })
    .await;
    say("ready");
    loop {
        let order = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().next());
        let Some(Ok(order)) = order.await.unwrap() else {
            return;
        };
        let words: Vec<&str> = order.split(' ').collect();
        match words[..] {
            ["play", seed, millis] => {
                let time = Duration::from_millis(millis.parse().unwrap());
                player.play(seed.parse().unwrap(), time).await;
                until("everything is told", || {
                    player.settle();
                    let status = player.tier.status();
                    status.state == TierState::Connected && status.queued == 0
                })
                .await;
                report(&player);
            }
            ["read-all"] => {
                player.read_all().await;
                report(&player);
            }
            ["write-each"] => {
                player.write_each().await;
                report(&player);
            }
            ["crowd", tasks, key] => crowd(&player, tasks.parse().unwrap(), key).await,
            ["hold", key] => {
                let answer = player.hold(key).await;
                say(answer);
                std::future::pending::<()>().await;
            }
            ["end"] => return say("ended"),
            _ => panic!("{order}"),
        }
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{what}").unwrap();
    out.flush().unwrap();
}

fn report(player: &Player) {
    for event in player.take_events() {
        say(&event.to_string());
    }
    say("done");
}

/// Many tasks want the same at the same time.
async fn crowd(player: &Player, tasks: usize, key: &str) {
    let mut running = Vec::new();
    for _ in 0..tasks {
        running.push(player.read(USERS[0], key));
    }
    let mut set = running.into_iter().map(Box::pin).collect::<Vec<_>>();
    std::future::poll_fn(|cx| {
        set.retain_mut(|task| task.as_mut().poll(cx).is_pending());
        if set.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    report(player);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_computes_for_all() {
    let Some(server) = Server::start().await else {
        return;
    };
    let source = Source::serve();
    let mut workers = fleet(&patient_config(&server.url()), &source, PROCESSES);
    for round in 0..5 {
        for worker in &mut workers {
            worker.order(&format!("crowd 100 k{round}"));
        }
        let events = events(&mut workers);
        assert_eq!(events.len(), PROCESSES * 100);
        let reads = source.reads(&format!("{}/k{round}", USERS[0]));
        assert_eq!(reads, 1, "computations in the fleet");
        check(&events, BOUND).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_computes_when_the_holder_is_killed() {
    let Some(server) = Server::start().await else {
        return;
    };
    let source = Source::serve();
    let mut workers = fleet(&patient_config(&server.url()), &source, 3);
    workers[0].order("hold k");
    assert_eq!(workers[0].answer(), "held");
    for worker in &mut workers[1..] {
        worker.order("crowd 100 k");
    }
    workers[0].kill();
    let killed = now();
    let events = events(&mut workers[1..]);
    assert_eq!(events.len(), 200);
    assert_eq!(source.reads(&format!("{}/k", USERS[0])), 1);
    let limit = Duration::from_secs(1) + Duration::from_millis(1500);
    assert!(now() - killed < limit, "the lease was of one second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_and_comes_back_costs_no_truth() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let source = Source::serve();
    let mut workers = fleet(&fast_config(&server.url()), &source, PROCESSES);
    play(&mut workers, 4000);
    for pause in [700, 900] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.restart().await;
    }
    let events = events(&mut workers);
    let reads = check(&events, BOUND).unwrap();
    assert!(reads > 100, "{reads}");
    converge(&mut workers, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_changes_the_others_soon_lose() {
    let Some(server) = Server::start().await else {
        return;
    };
    let source = Source::serve();
    let mut workers = fleet(&patient_config(&server.url()), &source, PROCESSES);
    play(&mut workers, 2000);
    let events = events(&mut workers);
    // It is a few milliseconds where nothing else runs; whoever is not told keeps its copies for ever.
    let reads = check(&events, BOUND).unwrap();
    assert!(reads > 1000, "{reads}");
    converge(&mut workers, &source).await;
}
