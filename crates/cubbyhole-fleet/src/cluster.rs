//! A cluster of three servers.

use std::time::Duration;

use crate::{PATIENCE, Server, free_port};

/// How many slots a cluster has.
const SLOTS: u32 = 16_384;

/// A cluster of three primaries, each with a third of the slots. It ends when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    /// The primaries, in the order of their slots.
    pub servers: Vec<Server>,
}

impl Cluster {
    /// Starts a cluster, and waits until it is formed; `None` where there is no `redis-server`, as with
    /// [`Server::start`].
    ///
    /// # Panics
    ///
    /// If a server does not start, or they do not find each other.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the servers.
    pub async fn start() -> Option<Self> {
        let mut servers = Vec::new();
        for _ in 0..3 {
            let bus = free_port().to_string();
            let arguments = [
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
                "--cluster-node-timeout",
                "2000",
                "--cluster-require-full-coverage",
                "no",
            ];
            servers.push((Server::start_with(&arguments).await?, bus));
        }
        for (number, (server, _)) in (0..).zip(&servers) {
            let first = number * SLOTS / 3;
            let last = (number + 1) * SLOTS / 3 - 1;
            let _: () = server
                .tell(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"))
                .await;
        }
        for (server, bus) in &servers[1..] {
            let port = server.port;
            let _: () = servers[0]
                .0
                .tell(&format!("CLUSTER MEET 127.0.0.1 {port} {bus}"))
                .await;
        }
        let servers = servers.into_iter().map(|(server, _)| server).collect();
        let cluster = Self { servers };
        cluster.is_formed().await;
        Some(cluster)
    }

    /// Waits until all servers know of all slots.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`PATIENCE`], or a server does not answer.
    pub async fn is_formed(&self) {
        let forming = async {
            for server in &self.servers {
                loop {
                    let info: String = server.tell("CLUSTER INFO").await;
                    let is_whole = info.contains("cluster_slots_ok:16384");
                    if is_whole
                        && info.contains("cluster_known_nodes:3")
                        && info.contains("cluster_state:ok")
                    {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        tokio::time::timeout(PATIENCE, forming).await.unwrap();
    }

    /// Returns where its servers are, for a client.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .servers
            .iter()
            .map(|server| format!("127.0.0.1:{}", server.port))
            .collect();
        format!("redis-cluster://{}", hosts.join(","))
    }
}
