//! Three nodes play at random while something goes wrong, and a checker looks at all that each was given.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{SharedTier, TierState};
use cubbyhole_fleet::{Mode, Proxy, Server, until};
use cubbyhole_redis::RedisConfig;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::history::{Event, check};
use crate::support::player::Player;
use crate::support::source::Source;
use crate::support::worker::{BOUND, fast_config};

/// Nodes that play, each in a task of its own.
struct Game {
    source: Source,
    players: Vec<Arc<Player>>,
    playing: JoinSet<()>,
}

impl Game {
    /// Begins when all are connected; each by a URL of its own.
    async fn begin(urls: &[String], time: Duration) -> Self {
        let source = Source::serve();
        let mut players = Vec::new();
        for (number, url) in urls.iter().enumerate() {
            let config: RedisConfig = serde_json::from_str(&fast_config(url)).unwrap();
            let player = Player::new(&format!("n{number}"), config, source.port);
            until("connected", || is_well(&player)).await;
            players.push(Arc::new(player));
        }
        let mut playing = JoinSet::new();
        for (seed, player) in (0..).zip(&players) {
            let player = Arc::clone(player);
            playing.spawn(async move { player.play(seed, time).await });
        }
        Self {
            source,
            players,
            playing,
        }
    }

    fn is_over(&mut self) -> bool {
        while let Some(ended) = self.playing.try_join_next() {
            ended.unwrap();
        }
        self.playing.is_empty()
    }

    /// Ends when everything is well again: all see the last versions, and nobody was given anything wrong meanwhile.
    async fn end(mut self) {
        while let Some(ended) = self.playing.join_next().await {
            ended.unwrap();
        }
        for player in &self.players {
            until("everything is told", || {
                player.settle();
                is_well(player) && player.tier.status().queued == 0
            })
            .await;
        }
        // Everybody has a copy of everything, and has to lose it.
        for player in &self.players {
            player.read_all().await;
        }
        self.players[0].write_each().await;
        for player in &self.players {
            let agreed = async {
                while player.read_all().await != self.source.texts() {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            timeout(BOUND, agreed).await.expect("all see the last");
        }
        let events: Vec<Event> = self
            .players
            .iter()
            .flat_map(|player| player.take_events())
            .collect();
        assert!(check(&events, BOUND).unwrap() > 100);
    }
}

fn is_well(player: &Player) -> bool {
    player.tier.status().state == TierState::Connected
}

/// Each node is behind a proxy of its own, and one after the other does what a bad network does.
async fn play_behind(modes: &[Mode]) {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut proxies = Vec::new();
    for _ in 0..3 {
        proxies.push(Proxy::to(server.port).await);
    }
    let urls: Vec<String> = proxies.iter().map(Proxy::url).collect();
    let mut game = Game::begin(&urls, Duration::from_millis(2500)).await;
    for round in 0.. {
        sleep(Duration::from_millis(150)).await;
        if game.is_over() {
            break;
        }
        proxies[round % 3].set(modes[round % modes.len()]);
        proxies[(round + 1) % 3].set(Mode::Pass);
    }
    for proxy in &proxies {
        proxy.set(Mode::Pass);
    }
    game.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_drops_costs_no_truth() {
    play_behind(&[Mode::Refuse, Mode::Pass, Mode::Swallow]).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_for_a_while_costs_no_truth() {
    let Some(server) = Server::start().await else {
        return;
    };
    let urls = [(); 3].map(|()| server.url());
    let game = Game::begin(&urls, Duration::from_millis(3500)).await;
    sleep(Duration::from_millis(500)).await;
    server.signal("STOP");
    sleep(Duration::from_secs(2)).await;
    server.signal("CONT");
    game.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full_or_flushed_costs_no_truth() {
    let Some(server) = Server::start().await else {
        return;
    };
    let urls = [(); 3].map(|()| server.url());
    let game = Game::begin(&urls, Duration::from_millis(2500)).await;
    for words in [
        "CONFIG SET maxmemory 1",
        "CONFIG SET maxmemory 0",
        "FLUSHALL",
        "CONFIG SET maxmemory 1",
        "FLUSHALL",
        "CONFIG SET maxmemory 0",
    ] {
        sleep(Duration::from_millis(350)).await;
        let _: () = server.tell(words).await;
    }
    game.end().await;
}
