//! Eight processes play, each behind a network of its own that does not always work.

use std::time::Duration;

use cubbyhole_fleet::{Mode, Proxy, Server};
use tokio::time::sleep;

use crate::support::fleet::{Fleet, PROCESSES, Pace};

/// How long a network stays as it is, and how often that changes. The end does not fall on a time at which copies are
/// distrusted, or there would be none that could be stale.
const STEP: Duration = Duration::from_millis(150);
const STEPS: u32 = 20;

/// Two processes have a bad network for longer than a copy may be stale, while the others change what they have
/// copied; the others have one in turn, for a step. When it gets better, nobody changes anything any more: what the two
/// have missed they have to find out.
async fn play_behind(modes: &[Mode]) {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut proxies = Vec::new();
    for _ in 0..PROCESSES {
        proxies.push(Proxy::to(server.port).await);
    }
    let urls: Vec<String> = proxies.iter().map(Proxy::url).collect();
    let mut fleet = Fleet::start(Pace::Fast, &urls).await;
    fleet.play(STEP * STEPS);
    for step in 0..STEPS as usize {
        sleep(STEP).await;
        for (number, proxy) in proxies.iter().enumerate() {
            proxy.set(match number {
                0 | 1 => modes[number % modes.len()],
                _ if number == 2 + step % 6 => modes[step % modes.len()],
                _ => Mode::Pass,
            });
        }
    }
    for proxy in &proxies {
        proxy.set(Mode::Pass);
    }
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_drops_costs_no_truth() {
    play_behind(&[Mode::Refuse, Mode::Swallow]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_late_costs_no_truth() {
    let [little, much] = [20, 400].map(Duration::from_millis);
    play_behind(&[Mode::Delay(little), Mode::Delay(much)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_truncates_and_splits_costs_no_truth() {
    play_behind(&[
        Mode::Split(1),
        Mode::Truncate(3000),
        Mode::Split(7),
        Mode::Truncate(10),
    ])
    .await;
}
