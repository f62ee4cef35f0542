//! Two processes and a real Redis.

use std::io::{self, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cubbyhole::{RedisTier, Secret, SharedTier, TierState};
use cubbyhole_dashboard::{client::Client, redis};
use tokio::time::Instant;

use super::{asked, json, post};
use crate::server::Server;

/// A server. Killed when it is dropped, by a panic too.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// `None` where there is no `redis-server`, with a line that says so; a failure where there has to be one.
    fn start() -> Option<Self> {
        let asked = Command::new("redis-server").arg("--version").output();
        if !asked.is_ok_and(|output| output.status.success()) {
            assert!(
                std::env::var_os("CI").is_none(),
                "redis-server is not installed, and this is CI"
            );
            // Not `eprintln!`: what a test that passes prints is not shown.
            let _ = writeln!(
                io::stderr(),
                "skipped a test of the fleet: redis-server is not installed"
            );
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = run(port);
        Some(Self { child, port })
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = run(self.port);
    }

    async fn tier(&self) -> Arc<RedisTier> {
        let url = Secret::new(format!("redis://127.0.0.1:{}", self.port));
        let tier = Arc::new(redis::join(url).await.unwrap());
        until("it is connected", async || is_connected(&tier)).await;
        tier
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
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
    let Some(mut server) = Redis::start() else {
        return;
    };
    let tiers = [server.tier().await, server.tier().await];
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
    server.restart();
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
