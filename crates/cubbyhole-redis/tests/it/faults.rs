//! What goes wrong between a node and its server, and what the node makes of it.

use std::time::Duration;

use cubbyhole_core::{SharedTier, TierError, TierInvalidation, TierState};
use cubbyhole_fleet::{Mode, Proxy, Server, until};
use cubbyhole_redis::RedisConfig;
use tokio::time::{Instant, timeout};

use crate::support::node::{Node, patient, tagged, value};

/// A configuration in which things go fast.
fn fast(url: &str) -> RedisConfig {
    let mut config = RedisConfig::from_url(url);
    config.heartbeat = Duration::from_millis(50);
    config.heartbeat_timeout = Duration::from_millis(500);
    config.trust_for = Duration::from_millis(500);
    config.lease = Duration::from_secs(1);
    config.longest_pause = Duration::from_millis(200);
    config
}

/// Nothing takes longer than this: the limit on a call twice over, and what a busy machine adds.
const CALL: Duration = Duration::from_millis(1500);

/// Waits for a call, for as long as it may take.
async fn soon<T>(call: impl Future<Output = T>) -> T {
    timeout(CALL, call).await.expect("a call takes too long")
}

#[tokio::test]
async fn a_service_starts_without_a_server_and_finds_it_later() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    server.kill();
    let node = Node::lazy(patient(&server.url()));
    let cell = node.open("e", "u");
    assert!(matches!(
        soon(cell.cell.get("k")).await,
        Err(TierError::Away)
    ));
    assert!(matches!(
        soon(cell.cell.delete("k")).await,
        Err(TierError::Away)
    ));
    assert_eq!(node.tier.status().queued, 1);
    node.ear.hears("distrusted").await;
    server.restart().await;
    node.is(TierState::Connected).await;
    node.ear.hears("caught up").await;
    assert_eq!(node.tier.status().queued, 0);
    assert!(cell.set("k", value("v")).await);
}

#[tokio::test]
async fn connecting_returns_a_tier_that_is_away_when_nobody_answers() {
    let mut config = fast("redis://127.0.0.1:1");
    config.connect_timeout = Duration::from_millis(100);
    let tier = soon(cubbyhole_redis::RedisTier::connect(config))
        .await
        .unwrap();
    assert_eq!(tier.status().state, TierState::Away);
}

#[tokio::test]
async fn a_killed_server_is_noticed_at_once_and_told_of_again_and_again() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let node = Node::with(patient(&server.url())).await;
    let cell = node.open("e", "u");
    node.ear.forget();
    let killed = Instant::now();
    server.kill();
    node.ear.hears("distrusted").await;
    assert!(killed.elapsed() < Duration::from_millis(500 + 500));
    until("told again", || node.ear.heard().len() >= 3).await;
    assert!(matches!(
        soon(cell.cell.get("k")).await,
        Err(TierError::Away)
    ));
    let status = node.tier.status();
    assert_eq!((status.state, status.disconnects), (TierState::Away, 1));
}

#[tokio::test]
async fn a_server_that_is_silent_is_as_good_as_away() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::with(fast(&server.url())).await;
    let cell = node.open("e", "u");
    cell.set("k", value("v")).await;
    node.ear.forget();
    server.signal("STOP");
    let stopped = Instant::now();
    let asked = soon(cell.cell.get("k")).await;
    assert!(
        matches!(asked, Err(TierError::TimedOut { .. })),
        "{asked:?}"
    );
    node.ear.hears("distrusted").await;
    assert!(stopped.elapsed() < Duration::from_millis(50 + 500 + 500));
    let asked = Instant::now();
    assert!(matches!(cell.cell.get("k").await, Err(TierError::Away)));
    assert!(
        asked.elapsed() < Duration::from_millis(100),
        "it is not asked any more"
    );
    server.signal("CONT");
    node.is(TierState::Connected).await;
    assert_eq!(cell.get("k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn what_was_invalidated_meanwhile_is_made_up_for_before_anything_is_served() {
    let Some(server) = Server::start().await else {
        return;
    };
    let proxy = Proxy::to(server.port).await;
    let [cut, other] = [
        Node::with(patient(&proxy.url())).await,
        Node::of(&server).await,
    ];
    let [mine, theirs] = [cut.open("e", "u"), other.open("e", "u")];
    for key in ["k", "l", "m"] {
        mine.set(key, tagged("old", "t")).await;
    }
    theirs.ear.forget();
    proxy.set(Mode::Refuse);
    cut.is(TierState::Away).await;
    assert!(matches!(
        soon(mine.cell.delete("k")).await,
        Err(TierError::Away)
    ));
    let tag = TierInvalidation::Tag {
        scope: None,
        tag: "t",
    };
    assert!(matches!(
        soon(cut.tier.invalidate(tag)).await,
        Err(TierError::Away)
    ));
    assert!(matches!(
        soon(mine.cell.take_lease("n")).await,
        Err(TierError::Away)
    ));
    // What another does meanwhile is known afterwards.
    theirs.cell.delete("m").await.unwrap();
    proxy.set(Mode::Pass);
    cut.is(TierState::Connected).await;
    for key in ["k", "l", "m"] {
        assert_eq!(mine.get(key).await, None, "{key}");
        assert_eq!(theirs.get(key).await, None, "{key}");
    }
    theirs.ear.hears("deleted k").await;
    theirs.ear.hears("deleted n").await;
    other.ear.hears("tag t").await;
}

#[tokio::test]
async fn a_value_whose_fate_is_unknown_is_deleted() {
    let Some(server) = Server::start().await else {
        return;
    };
    let proxy = Proxy::to(server.port).await;
    let [cut, other] = [
        Node::with(fast(&proxy.url())).await,
        Node::of(&server).await,
    ];
    let [mine, theirs] = [cut.open("e", "u"), other.open("e", "u")];
    mine.set("k", value("old")).await;
    let lease = mine.cell.take_lease("k").await.unwrap();
    proxy.set(Mode::Swallow);
    assert!(soon(lease.publish(value("new"))).await.is_err());
    // The delete is swallowed as well, and has to be sent again.
    cut.is(TierState::Away).await;
    assert_eq!(cut.tier.status().queued, 1);
    proxy.set(Mode::Refuse);
    tokio::time::sleep(Duration::from_millis(50)).await;
    proxy.set(Mode::Pass);
    cut.is(TierState::Connected).await;
    assert_eq!(cut.tier.status().queued, 0);
    assert_eq!(theirs.get("k").await, None);
}

#[tokio::test]
async fn more_than_the_queue_takes_invalidates_entries() {
    let Some(server) = Server::start().await else {
        return;
    };
    let proxy = Proxy::to(server.port).await;
    let mut config = patient(&proxy.url());
    config.max_queued = 10;
    let [cut, other] = [Node::with(config).await, Node::of(&server).await];
    let [mine, theirs] = [cut.open("e", "u"), other.open("e", "u")];
    for key in 0..30 {
        mine.set(&key.to_string(), value("old")).await;
    }
    other.open("f", "u").set("k", value("kept")).await;
    proxy.set(Mode::Refuse);
    cut.is(TierState::Away).await;
    for key in 0..30 {
        drop(mine.cell.delete(&key.to_string()));
        assert!(cut.tier.status().queued <= 10);
    }
    proxy.set(Mode::Pass);
    cut.is(TierState::Connected).await;
    other.ear.hears("cleared kind e").await;
    for key in 0..30 {
        assert_eq!(theirs.get(&key.to_string()).await, None);
    }
    assert!(other.open("f", "u").get("k").await.is_some());
}

#[tokio::test]
async fn a_flushed_server_begins_a_new_era() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [
        Node::with(patient(&server.url())).await,
        Node::with(patient(&server.url())).await,
    ];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let lease = mine.cell.take_lease("k").await.unwrap();
    one.ear.forget();
    other.ear.forget();
    let _: () = server.tell("FLUSHALL").await;
    one.ear.hears("caught up").await;
    other.ear.hears("caught up").await;
    one.is(TierState::Connected).await;
    other.is(TierState::Connected).await;
    assert!(!lease.publish(value("old")).await.unwrap());
    assert!(mine.set("k", value("new")).await);
    assert_eq!(theirs.get("k").await.as_deref(), Some("new"));
    one.tier
        .invalidate(TierInvalidation::Entry {
            kind: "kind",
            uid: "e",
        })
        .await
        .unwrap();
    other.ear.hears("cleared kind e").await;
    assert_eq!(theirs.get("k").await, None);
}

#[tokio::test]
async fn values_of_an_earlier_life_of_the_server_are_not_used() {
    let arguments = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = Server::start_with(&arguments).await else {
        return;
    };
    let node = Node::with(patient(&server.url())).await;
    let cell = node.open("e", "u");
    cell.set("k", value("old")).await;
    server.kill();
    server.restart().await;
    node.ear.hears("distrusted").await;
    node.is(TierState::Connected).await;
    let names = server.keys().await;
    assert!(
        names.iter().any(|name| name.ends_with(":v=k")),
        "it is still there: {names:?}"
    );
    assert_eq!(cell.get("k").await, None);
}

#[tokio::test]
async fn a_full_server_refuses_values_and_still_tells_of_invalidations() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    for key in ["k", "l"] {
        mine.set(key, tagged("v", "t")).await;
    }
    let _: () = server.tell("CONFIG SET maxmemory-policy noeviction").await;
    let _: () = server.tell("CONFIG SET maxmemory 1").await;
    assert_eq!(
        theirs.get("k").await.as_deref(),
        Some("v"),
        "reading needs no memory"
    );
    assert!(matches!(
        theirs.ask("k").await,
        cubbyhole_core::TierAnswer::Found(_)
    ));
    let refused = mine.cell.take_lease("k").await.map(drop);
    assert!(
        matches!(&refused, Err(TierError::Refused(code)) if code == "OOM"),
        "{refused:?}"
    );
    theirs.ear.hears("deleted k").await;
    let tag = TierInvalidation::Tag {
        scope: None,
        tag: "t",
    };
    one.tier.invalidate(tag).await.unwrap();
    other.ear.hears("tag t").await;
    assert_eq!(theirs.get("l").await, None);
    assert_eq!(one.tier.status().state, TierState::Connected);
    let _: () = server.tell("CONFIG SET maxmemory 0").await;
    assert!(mine.set("k", value("v")).await);
}

#[tokio::test]
async fn dropping_a_tier_ends_its_tasks_and_its_connections() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    drop(node.tier);
    assert!(matches!(cell.cell.get("k").await, Err(TierError::Away)));
    let ended = async {
        // The one that asks is left.
        while server.tell::<String>("CLIENT LIST").await.lines().count() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(cubbyhole_fleet::PATIENCE, ended).await.unwrap();
}
