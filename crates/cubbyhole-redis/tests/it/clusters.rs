//! The tier over a cluster: the same promises, wherever the keys are.

use cubbyhole_core::{SharedTier, TierAnswer, TierInvalidation, TierLanding, TierState};
use cubbyhole_fleet::Cluster;

use crate::support::node::{Node, patient, tagged, user_scope, value};

async fn nodes(cluster: &Cluster) -> [Node; 2] {
    let config = patient(&cluster.url());
    [Node::with(config.clone()).await, Node::with(config).await]
}

#[tokio::test]
async fn cells_are_spread_and_each_is_in_one_place() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let [one, other] = nodes(&cluster).await;
    for user in 0..30 {
        let user = user.to_string();
        let [mine, theirs] = [one.open("e", &user), other.open("e", &user)];
        for key in ["a", "b"] {
            assert!(mine.set(key, value(&user)).await);
            theirs.ear.hears(&format!("set {key}")).await;
            assert_eq!(theirs.get(key).await, Some(user.clone()));
        }
        let mut heard = theirs.ear.heard();
        heard.sort();
        assert_eq!(
            heard,
            ["set a", "set b"],
            "each is told once, although it comes three times"
        );
    }
    for server in &cluster.servers {
        let values = server.keys().await;
        assert!(
            values.iter().any(|name| name.contains(":v=")),
            "every server has some"
        );
    }
}

#[tokio::test]
async fn what_is_invalidated_is_gone_on_all_servers() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let [one, other] = nodes(&cluster).await;
    let users: Vec<String> = (0..12).map(|user| user.to_string()).collect();
    let cells = |node: &Node| {
        users
            .iter()
            .map(|user| node.open("e", user))
            .collect::<Vec<_>>()
    };
    let [mine, theirs] = [cells(&one), cells(&other)];
    for what in [
        TierInvalidation::Entry {
            kind: "kind",
            uid: "e",
        },
        TierInvalidation::Tag {
            scope: None,
            tag: "t",
        },
    ] {
        for cell in &mine {
            assert!(cell.set("k", tagged("v", "t")).await);
        }
        one.tier.invalidate(what).await.unwrap();
        let told = if matches!(what, TierInvalidation::Tag { .. }) {
            "tag t"
        } else {
            "cleared kind e"
        };
        other.ear.hears(told).await;
        for cell in &theirs {
            assert_eq!(cell.get("k").await, None, "{what:?}");
        }
    }
    assert!(mine[3].set("k", value("secret")).await);
    one.tier
        .invalidate(TierInvalidation::Scope(user_scope("3")))
        .await
        .unwrap();
    theirs[3].ear.hears("dropped").await;
    assert_eq!(theirs[3].get("k").await, None);
}

#[tokio::test]
async fn one_brings_a_value_for_the_cluster() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let [one, other] = nodes(&cluster).await;
    for user in 0..10 {
        let user = user.to_string();
        let [mine, theirs] = [one.open("e", &user), other.open("e", &user)];
        let TierAnswer::Leased(lease) = mine.ask("k").await else {
            panic!("nobody has it")
        };
        let TierAnswer::Busy(wait) = theirs.ask("k").await else {
            panic!("it is taken")
        };
        assert!(lease.publish(value("v")).await.unwrap());
        assert_eq!(wait.await, TierLanding::AskAgain);
        assert_eq!(theirs.get("k").await.as_deref(), Some("v"));
    }
}

#[tokio::test]
async fn every_server_of_the_cluster_is_listened_to() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let node = Node::with(patient(&cluster.url())).await;
    for number in 0..cluster.servers.len() {
        cluster.servers[number].kill();
        node.is(TierState::Away).await;
        cluster.servers[number].restart().await;
        cluster.is_formed().await;
        node.is(TierState::Connected).await;
    }
}
