//! The test binary is started again for each process, and told what to do over pipes.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_fleet::{Server, next_order, say};

use crate::support::catalogue::Place;
use crate::support::change::Change;
use crate::support::fleet::{Fleet, PROCESSES, Pace, VARIABLE, lines};
use crate::support::player::Player;
use crate::support::{fast, patient};

/// What a process runs, if this is one. Otherwise it starts some, and looks whether they come to an end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_does_what_it_is_told() {
    if let Ok(told) = std::env::var(VARIABLE) {
        return work(&told).await;
    }
    let Some(server) = Server::start().await else {
        return;
    };
    let mut fleet = Fleet::of(Pace::Patient, &server.url()).await;
    fleet.order("read-each");
    for process in &mut fleet.processes {
        assert_eq!(lines(process).await.len(), Place::each().count());
    }
    fleet.order("end");
    fleet.hear("ended").await;
}

async fn work(told: &str) {
    die_of_panics();
    let [number, source, pace, url] = told.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{told}")
    };
    let config = if pace == "fast" {
        fast(url)
    } else {
        patient(url)
    };
    let name = format!("n{number}");
    let player = Player::start(&name, config, source.parse().unwrap()).await;
    let player = Arc::new(player);
    let number = number.parse().unwrap();
    say("ready");
    while let Some(order) = next_order().await {
        let words: Vec<&str> = order.split(' ').collect();
        if words == ["end"] {
            return say("ended");
        }
        obey(&player, number, &words).await;
    }
}

async fn obey(player: &Arc<Player>, number: usize, words: &[&str]) {
    match words {
        ["play", seed, millis] => {
            let time = Duration::from_millis(millis.parse().unwrap());
            player.play(seed.parse().unwrap(), time).await;
            say("played");
        }
        ["read-each"] => tell(&player.read_each().await),
        ["change-each"] => {
            player.change_each().await;
            say("changed");
        }
        ["change-by", number] => {
            let number: usize = number.parse().unwrap();
            player.change_by(Change::EACH[number]).await;
            say("changed");
        }
        ["report"] => tell(&player.take_events()),
        ["crowd", tasks, name] => {
            let tasks = tasks.parse().unwrap();
            player.crowd(tasks, Place::named(name)).await;
            say("served");
        }
        ["hold", name] => {
            player.hold(Place::named(name)).await;
            say("held");
        }
        ["copy"] => {
            player.watched.copy(PROCESSES).await;
            say("copied");
        }
        ["change"] => tell_times(player.watched.change(number).await),
        ["lose"] => tell_times(player.watched.lose(number, PROCESSES).await),
        _ => panic!("{words:?}"),
    }
}

fn tell(lines: &[impl ToString]) {
    for line in lines {
        say(&line.to_string());
    }
    say("done");
}

fn tell_times(times: Vec<(String, Duration)>) {
    let times = times.into_iter();
    let lines: Vec<String> = times
        .map(|(key, at)| format!("{key} {}", at.as_micros()))
        .collect();
    tell(&lines);
}

/// A panic in any task ends the process, and whoever waits for it fails.
fn die_of_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(101);
    }));
}
