//! The suite that every shared tier passes, with a server for each check, and a proxy before each node.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{SharedTier, TierState};
use cubbyhole_fleet::{Mode, Proxy, Server, until};
use cubbyhole_redis::RedisTier;
use cubbyhole_testkit::{Job, TierFleet, tier_conformance, tier_outage_conformance};
use tokio::runtime::{Builder, Runtime};

use crate::support::node::patient;

/// How long a lease lasts: longer than anything that is waited for.
const LEASE: Duration = Duration::from_secs(4);

/// A fleet whose nodes are each behind a proxy.
struct Fleet {
    runtime: Runtime,
    /// None where no server is installed: then nothing is checked, and a line has said so.
    server: Option<Server>,
    proxies: Mutex<Vec<Proxy>>,
}

fn fleet() -> Fleet {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    Fleet {
        server: runtime.block_on(Server::start()),
        runtime,
        proxies: Mutex::default(),
    }
}

impl Fleet {
    fn set(&self, node: usize, mode: Mode) {
        self.proxies.lock().unwrap()[node].set(mode);
    }
}

#[async_trait]
impl TierFleet for Fleet {
    async fn node(&self) -> Arc<dyn SharedTier> {
        let server = self.server.as_ref().unwrap();
        let proxy = Proxy::to(server.port).await;
        let mut config = patient(&proxy.url());
        config.lease = LEASE;
        self.proxies.lock().unwrap().push(proxy);
        let tier = RedisTier::connect_lazy(config).unwrap();
        until("connected", || tier.status().state == TierState::Connected).await;
        Arc::new(tier)
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn cut(&self, node: usize) {
        self.set(node, Mode::Refuse);
    }

    async fn mend(&self, node: usize) {
        self.set(node, Mode::Pass);
    }

    fn run(&self, job: Job<'_>) {
        if self.server.is_some() {
            self.runtime.block_on(job);
        }
    }

    fn lease_time(&self) -> Duration {
        LEASE
    }
}

tier_conformance!(reached, fleet);
tier_outage_conformance!(cut_off, fleet);
