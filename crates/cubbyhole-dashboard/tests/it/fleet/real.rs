//! Two processes and a real Redis.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole::{RedisTier, Secret, SharedTier, TierState};
use cubbyhole_dashboard::{client::Client, redis};
use tokio::time::Instant;

use super::{asked, json, post};
use crate::server::Server;

async fn join(server: &cubbyhole_fleet::Server) -> Arc<RedisTier> {
    let tier = Arc::new(redis::join(Secret::new(server.url())).await.unwrap());
    until("it is connected", async || is_connected(&tier)).await;
    tier
}

fn is_connected(tier: &RedisTier) -> bool {
    tier.status().state == TierState::Connected
}

/// Asks again and again, for as long as a busy machine may take.
async fn until(what: &str, asked: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !asked().await {
        assert!(begun.elapsed() < PATIENCE, "in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
const WIND: &str = "/api/monthly?measure=wind";

async fn forget(client: &Client) {
    assert_eq!(post(client, "/api/monthly/forget?measure=wind").await, 204);
}

#[tokio::test]
async fn two_processes_share_a_redis_do_without_it_and_share_it_again() {
    let Some(mut server) = cubbyhole_fleet::Server::start().await else {
        return;
    };
    let tiers = [join(&server).await, join(&server).await];
    let [one, other] = tiers.clone();
    let servers = [
        Server::in_fleet(one as Arc<dyn SharedTier>).await,
        Server::in_fleet(other as Arc<dyn SharedTier>).await,
    ];
    let first = servers[0].sign_in("ada").await;
    let second = servers[1].visit(&first);
    let (computed, source) = asked(&first, WIND).await;
    assert_eq!(source, "computed");
    assert_eq!(asked(&second, WIND).await.0, computed);
    forget(&second).await;
    until("the other has heard of it", async || {
        asked(&first, WIND).await.0 != computed
    })
    .await;

    server.kill();
    until("both have noticed", async || {
        !tiers.iter().any(|tier| is_connected(tier))
    })
    .await;
    for client in [&first, &second] {
        assert_eq!(client.get("/").await.unwrap().status, 200);
        assert_eq!(post(client, "/api/role?role=analyst").await, 503);
    }
    server.restart().await;
    until("both are back", async || {
        tiers.iter().all(|tier| is_connected(tier))
    })
    .await;
    assert_eq!(json(&first, "/api/me").await["user"], "ada");
    forget(&first).await;
    until("they share again", async || {
        asked(&first, WIND).await.0 == asked(&second, WIND).await.0
    })
    .await;
    let user = json(&second, "/api/me").await["user"].clone();
    assert_eq!(
        user, "ada",
        "Redis has lost everything, and nobody is signed out"
    );
    for server in servers {
        server.stop().await;
    }
}
