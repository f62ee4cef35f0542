//! Who is let in, and where: users, passwords, databases, prefixes, sockets, TLS, Sentinels.

use cubbyhole_core::{SharedTier, TierInvalidation, TierState};
use cubbyhole_fleet::Server;

use crate::support::node::{Node, patient, user_scope, value};

/// What the documentation of the crate says that a user needs.
const RULES: &str = "~shop:* &shop:* -@all +evalsha +script|load +get +set +del +unlink +strlen +getrange +pttl +pexpire \
                     +time +zadd +zrem +zrange +zscan +zmscore +zcard +zremrangebyrank +hget +hset +hmget +hincrby +publish \
                     +sadd +smembers +subscribe +ping +info";

#[tokio::test]
async fn a_user_needs_what_is_documented_and_no_more() {
    let Some(server) = Server::start().await else {
        return;
    };
    let _: () = server
        .tell(&format!("ACL SETUSER app on >hunter2 {RULES}"))
        .await;
    let mut config = patient(&format!("redis://app:hunter2@127.0.0.1:{}", server.port));
    config.prefix = "shop".to_owned();
    let node = Node::with(config.clone()).await;
    let cell = node.open("e", "u");
    assert!(cell.set("k", value("v")).await);
    assert_eq!(cell.get("k").await.as_deref(), Some("v"));
    cell.cell.delete("k").await.unwrap();
    drop(cell.cell.take_lease("k").await.unwrap());
    node.tier
        .invalidate(TierInvalidation::Scope(user_scope("u")))
        .await
        .unwrap();
    for name in server.keys().await {
        assert!(name.starts_with("shop:"), "{name}");
    }
    // Nobody is let in with another password, and the tier says no more than that it is away.
    config.password = Some("wrong".into());
    let refused = Node::lazy(config);
    refused.ear.hears("distrusted").await;
    assert_eq!(refused.tier.status().state, TierState::Away);
}

#[tokio::test]
async fn prefixes_and_databases_are_apart() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut config = patient(&format!("{}/3", server.url()));
    let here = Node::with(config.clone()).await;
    config.prefix = "other".to_owned();
    let elsewhere = Node::with(config.clone()).await;
    config.prefix = "cubbyhole".to_owned();
    config.database = Some(4);
    let beside = Node::with(config).await;
    here.open("e", "u").set("k", value("v")).await;
    assert_eq!(elsewhere.open("e", "u").get("k").await, None);
    assert_eq!(beside.open("e", "u").get("k").await, None);
    assert!(server.keys().await.is_empty(), "nothing is in database 0");
}

#[tokio::test]
async fn another_secret_is_another_place() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut config = patient(&server.url());
    let [mut here, there] = [config.clone(), config.clone()];
    here.secret = Some("one".into());
    config.clear_ids = true;
    let nodes = [
        Node::with(here).await,
        Node::with(there).await,
        Node::with(config).await,
    ];
    for node in &nodes {
        let cell = node.open("e", "u");
        assert_eq!(cell.get("k").await, None);
        assert!(cell.set("k", value("v")).await);
    }
    let names = server.keys().await;
    assert!(
        names.contains(&"cubbyhole:{kind/e/user/u}:v=k".to_owned()),
        "{names:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_will_do() {
    let Some(server) = Server::start_with(&["--unixsocket", "redis.sock"]).await else {
        return;
    };
    let path = server.folder.join("redis.sock");
    let node = Node::with(patient(&format!("unix://{}", path.display()))).await;
    assert!(node.open("e", "u").set("k", value("v")).await);
}

#[cfg(feature = "tls")]
mod tls {
    use cubbyhole_core::{SharedTier, TierState};
    use cubbyhole_fleet::{Server, free_port};
    use cubbyhole_redis::{RedisConfig, RedisConfigError, RedisTier};

    use crate::support::node::{Node, value};

    fn file(name: &str) -> String {
        format!("{}/tests/it/data/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    fn config(port: u16, tls: &[(&str, &str)]) -> RedisConfig {
        let files: Vec<String> = tls
            .iter()
            .map(|(field, name)| format!("{field:?}: {:?}", file(name)))
            .collect();
        let json = format!(
            r#"{{"url": "rediss://127.0.0.1:{port}", "tls": {{{}}}, "connect_timeout": "10s"}}"#,
            files.join(",")
        );
        serde_json::from_str(&json).unwrap()
    }

    #[tokio::test]
    async fn both_ends_show_who_they_are() {
        let port = free_port();
        let [certificate, key, authority] = ["server.pem", "server.key", "ca.pem"].map(file);
        let port_text = port.to_string();
        let arguments = [
            "--tls-port",
            &port_text,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &authority,
        ];
        let Some(_server) = Server::start_with(&arguments).await else {
            return;
        };
        // No other test is about TLS, so nobody has chosen yet.
        let unchosen = RedisTier::connect_lazy(config(port, &[]));
        assert!(matches!(unchosen, Err(RedisConfigError::NoCryptography)));
        rustls::crypto::ring::default_provider()
            .install_default()
            .unwrap();
        let client = [
            ("ca_file", "ca.pem"),
            ("cert_file", "client.pem"),
            ("key_file", "client.key"),
        ];
        let node = Node::with(config(port, &client)).await;
        assert!(node.open("e", "u").set("k", value("v")).await);
        // Neither a client without a certificate nor a server that is not trusted will do.
        for wrong in [&client[..1], &client[1..]] {
            let refused = Node::lazy(config(port, wrong));
            refused.ear.hears("distrusted").await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            assert_eq!(refused.tier.status().state, TierState::Away);
        }
    }
}

#[cfg(feature = "sentinel")]
mod sentinel {
    use std::time::Duration;

    use cubbyhole_core::TierState;
    use cubbyhole_fleet::{PATIENCE, Server};

    use crate::support::node::{Node, patient, value};

    #[tokio::test]
    async fn the_new_master_is_found_and_nothing_of_the_old_is_used() {
        let Some(mut master) = Server::start().await else {
            return;
        };
        let port = master.port.to_string();
        let Some(replica) = Server::start_with(&["--replicaof", "127.0.0.1", &port]).await else {
            return;
        };
        let Some(sentinel) = Server::start_sentinel(&master).await else {
            return;
        };
        let watched = async {
            // The Sentinel has seen the replica, and the replica has what the master has.
            loop {
                let info: String = sentinel.tell("INFO sentinel").await;
                let state: String = replica.tell("INFO replication").await;
                if info.contains("slaves=1") && state.contains("master_link_status:up") {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, watched).await.unwrap();
        let url = format!("redis-sentinel://127.0.0.1:{}/main", sentinel.port);
        let mut config = patient(&url);
        config.longest_pause = Duration::from_millis(500);
        let node = Node::with(config).await;
        let cell = node.open("e", "u");
        assert!(cell.set("k", value("v")).await);
        let copied = async {
            while !replica
                .keys()
                .await
                .iter()
                .any(|name| name.ends_with(":v=k"))
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, copied).await.unwrap();
        master.kill();
        node.is(TierState::Away).await;
        node.is(TierState::Connected).await;
        assert_eq!(cell.get("k").await, None);
        assert!(cell.set("k", value("w")).await);
        assert!(
            replica
                .keys()
                .await
                .iter()
                .any(|name| name.ends_with(":v=k"))
        );
    }
}
