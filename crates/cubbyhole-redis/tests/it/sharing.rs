//! What one node stores the others get, and what one changes the others are told.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{
    SharedTier, TierAnswer, TierError, TierInvalidation, TierLanding, TierPlace, TierScope,
};
use cubbyhole_fleet::{Server, until};
use cubbyhole_policy::CacheType;

use crate::support::node::{Node, patient, tagged, user_scope, value};

#[tokio::test]
async fn a_value_comes_back_with_all_that_belongs_to_it() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let mut stored = tagged("v", "t");
    stored.lifetime = Some(Duration::from_secs(60));
    stored.is_negative = true;
    assert!(one.open("e", "u").set("k", stored.clone()).await);
    let found = other.open("e", "u").cell.get("k").await.unwrap().unwrap();
    assert_eq!((&found.bytes, &found.tags), (&stored.bytes, &stored.tags));
    assert!(found.is_negative);
    let left = found.lifetime.unwrap();
    assert!(left <= Duration::from_secs(60) && left > Duration::from_secs(50));
}

#[tokio::test]
async fn keys_are_told_apart_byte_for_byte() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    let long = "l".repeat(1000);
    let keys = ["", "k", "K", "k ", "{k}", "é", "=k", "\0", long.as_str()];
    for key in keys {
        assert!(cell.set(key, value(key)).await);
    }
    for key in keys {
        assert_eq!(cell.get(key).await.as_deref(), Some(key));
    }
}

#[tokio::test]
async fn users_and_entries_are_told_apart() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    node.open("e", "u").set("k", value("v")).await;
    for (uid, user) in [("e", "w"), ("f", "u"), ("eu", ""), ("", "eu")] {
        assert_eq!(node.open(uid, user).get("k").await, None);
    }
    let session = TierScope {
        cache_type: CacheType::Session,
        id: "u",
    };
    let place = TierPlace {
        kind: "kind",
        uid: "e",
        scope: session,
    };
    let listener = std::sync::Weak::<crate::support::node::Ear>::new();
    let cell = node.tier.open(place, listener);
    assert_eq!(cell.get("k").await.unwrap(), None);
    for name in server.keys().await {
        assert!(name.starts_with("cubbyhole:{"), "{name}");
    }
}

#[tokio::test]
async fn others_are_told_of_a_key_and_the_node_itself_is_not() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let elsewhere = other.open("e", "w");
    mine.set("k", value("v")).await;
    theirs.ear.hears("set k").await;
    mine.cell.delete("k").await.unwrap();
    theirs.ear.hears("deleted k").await;
    assert_eq!(theirs.get("k").await, None);
    // By now the own messages have come too: they were sent before.
    theirs.set("l", value("v")).await;
    mine.ear.hears("set l").await;
    assert_eq!(mine.ear.heard(), ["set l"]);
    assert!(elsewhere.ear.heard().is_empty());
}

#[tokio::test]
async fn names_of_what_has_ended_leave_the_index_and_it_ends_with_the_last() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    let set = async |key: String, millis| {
        let mut value = value("v");
        value.lifetime = Some(Duration::from_millis(millis));
        assert!(cell.set(&key, value).await);
    };
    set("long".to_owned(), 3_600_000).await;
    for number in 0..300 {
        set(format!("short {number}"), 1).await;
    }
    let names = server.keys().await;
    let index = names.iter().find(|name| name.ends_with(":x")).unwrap();
    let mut names = 301;
    // One write of 16 takes up to 256 of them along: never once in so many is as good as impossible.
    for number in 0..600 {
        set(format!("other {number}"), 1).await;
        names = server.tell(&format!("ZCARD {index}")).await;
        if names < 100 {
            break;
        }
    }
    assert!(names < 100, "{names}");
    let left: i64 = server.tell(&format!("PTTL {index}")).await;
    assert!(left > 3_500_000, "as long as the last of them: {left}");
}

#[tokio::test]
async fn whoever_is_dropped_is_not_told() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let mine = one.open("e", "u");
    let [first, second] = [other.open("e", "u"), other.open("e", "u")];
    let ear = Arc::clone(&first.ear);
    drop(first.cell);
    mine.set("k", value("v")).await;
    second.ear.hears("set k").await;
    assert!(ear.heard().is_empty());
}

#[tokio::test]
async fn what_is_invalidated_is_gone_for_all() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let scope = user_scope("u");
    let invalidations = [
        (
            TierInvalidation::Entry {
                kind: "kind",
                uid: "e",
            },
            "store",
            "cleared kind e",
        ),
        (TierInvalidation::Scope(scope), "cell", "dropped"),
        (TierInvalidation::Epoch(scope), "cell", "epoch"),
        (
            TierInvalidation::Tag {
                scope: None,
                tag: "t",
            },
            "store",
            "tag t",
        ),
        (
            TierInvalidation::Tag {
                scope: Some(scope),
                tag: "t",
            },
            "cell",
            "tag t",
        ),
    ];
    for (what, whose, told) in invalidations {
        assert!(mine.set("k", tagged("v", "t")).await, "{what:?}");
        assert!(theirs.get("k").await.is_some(), "{what:?}");
        let done = one.tier.invalidate(what);
        assert_eq!(mine.get("k").await, None, "{what:?} holds from its call");
        done.await.unwrap();
        if whose == "cell" {
            theirs.ear.hears(told).await;
        } else {
            other.ear.hears(told).await;
        }
        assert_eq!(theirs.get("k").await, None, "{what:?}");
        theirs.ear.forget();
        other.ear.forget();
    }
    assert_eq!(mine.ear.heard(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_covered_stays() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    cell.set("k", tagged("v", "t")).await;
    let other = user_scope("w");
    for what in [
        TierInvalidation::Entry {
            kind: "kind",
            uid: "f",
        },
        TierInvalidation::Scope(other),
        TierInvalidation::Epoch(other),
        TierInvalidation::Tag {
            scope: None,
            tag: "x",
        },
        TierInvalidation::Tag {
            scope: Some(other),
            tag: "t",
        },
    ] {
        node.tier.invalidate(what).await.unwrap();
        assert!(cell.get("k").await.is_some(), "{what:?}");
    }
}

#[tokio::test]
async fn an_invalidation_beats_what_began_before_it() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    for invalidate_here in [true, false] {
        let node = if invalidate_here { &one } else { &other };
        let lease = mine.cell.take_lease("k").await.unwrap();
        let tag = TierInvalidation::Tag {
            scope: None,
            tag: "t",
        };
        node.tier.invalidate(tag).await.unwrap();
        // What the holder has heard by now does not matter: if it is stored, nobody gets it.
        let _ = lease.publish(tagged("old", "t")).await.unwrap();
        assert_eq!(theirs.get("k").await, None);
        let lease = mine.cell.take_lease("l").await.unwrap();
        let cell = if invalidate_here { &mine } else { &theirs };
        cell.cell.delete("l").await.unwrap();
        assert!(!lease.publish(value("old")).await.unwrap());
        assert_eq!(theirs.get("l").await, None);
    }
}

#[tokio::test]
async fn a_set_after_a_delete_stays() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    for round in 0..200 {
        let text = round.to_string();
        let deleted = cell.cell.delete("k");
        assert_eq!(cell.get("k").await, None);
        cell.set("k", value(&text)).await;
        deleted.await.unwrap();
        assert_eq!(cell.get("k").await, Some(text));
    }
}

#[tokio::test]
async fn a_lease_after_a_delete_is_given_and_kept() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    cell.set("k", value("old")).await;
    for round in 0..200 {
        let deleted = cell.cell.delete("k");
        let TierAnswer::Leased(lease) = cell.ask("k").await else {
            panic!("round {round}")
        };
        deleted.await.unwrap();
        assert!(lease.publish(value("new")).await.unwrap(), "round {round}");
    }
}

#[tokio::test]
async fn one_brings_the_value_and_the_others_wait() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let TierAnswer::Leased(lease) = mine.ask("k").await else {
        panic!("nobody has it")
    };
    let TierAnswer::Busy(there) = theirs.ask("k").await else {
        panic!("it is taken")
    };
    let TierAnswer::Busy(here) = mine.ask("k").await else {
        panic!("it is taken")
    };
    assert!(theirs.cell.try_lease("k").await.unwrap().is_none());
    assert!(lease.publish(value("v")).await.unwrap());
    assert_eq!(
        (there.await, here.await),
        (TierLanding::AskAgain, TierLanding::AskAgain)
    );
    let TierAnswer::Found(found) = theirs.ask("k").await else {
        panic!("it is there")
    };
    assert_eq!(found.bytes, b"v");
}

#[tokio::test]
async fn those_who_wait_are_told_why_there_is_nothing() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let TierAnswer::Leased(lease) = mine.ask("k").await else {
        panic!("nobody has it")
    };
    let TierAnswer::Busy(wait) = theirs.ask("k").await else {
        panic!("it is taken")
    };
    lease.fail(&"é".repeat(40_000)).await;
    assert_eq!(wait.await, TierLanding::Failed("é".repeat(32_768)));
    let TierAnswer::Leased(lease) = theirs.ask("k").await else {
        panic!("it was given back")
    };
    let TierAnswer::Busy(wait) = mine.ask("k").await else {
        panic!("it is taken")
    };
    drop(lease);
    assert_eq!(wait.await, TierLanding::AskAgain);
    assert!(matches!(mine.ask("k").await, TierAnswer::Leased(_)));
}

#[tokio::test]
async fn a_set_takes_the_right_from_who_has_it() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let TierAnswer::Leased(slow) = mine.ask("k").await else {
        panic!("nobody has it")
    };
    assert!(theirs.set("k", value("new")).await);
    assert!(!slow.publish(value("old")).await.unwrap());
    assert_eq!(mine.get("k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_lease_is_kept_for_as_long_as_its_holder_lives() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut config = patient(&server.url());
    config.lease = Duration::from_millis(300);
    let [one, other] = [Node::with(config.clone()).await, Node::with(config).await];
    let [mine, theirs] = [one.open("e", "u"), other.open("e", "u")];
    let TierAnswer::Leased(lease) = mine.ask("k").await else {
        panic!("nobody has it")
    };
    for _ in 0..3 {
        let TierAnswer::Busy(wait) = theirs.ask("k").await else {
            panic!("it is kept")
        };
        assert_eq!(wait.await, TierLanding::AskAgain);
    }
    // A node whose tasks have ended is as good as dead.
    drop(one);
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        while let TierAnswer::Busy(wait) = theirs.ask("k").await {
            wait.await;
        }
    });
    waited.await.unwrap();
    assert!(matches!(
        lease.publish(value("old")).await,
        Err(TierError::Away)
    ));
}

#[tokio::test]
async fn values_that_are_too_large_are_neither_stored_nor_read() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut config = patient(&server.url());
    let generous = Node::with(config.clone()).await;
    config.max_value_bytes = 100;
    let strict = Node::with(config).await;
    let [large, small] = [generous.open("e", "u"), strict.open("e", "u")];
    let lease = small.cell.take_lease("k").await.unwrap();
    let refused = lease.publish(value(&"v".repeat(101))).await;
    assert!(matches!(
        refused,
        Err(TierError::TooLarge { most: 100, .. })
    ));
    until("the key is deleted", || strict.tier.status().queued == 0).await;
    assert!(large.set("k", value(&"v".repeat(101))).await);
    assert!(matches!(
        small.cell.get("k").await,
        Err(TierError::TooLarge { .. })
    ));
    assert!(matches!(
        small.cell.get_or_lease("k").await,
        Err(TierError::TooLarge { .. })
    ));
}

#[tokio::test]
async fn a_dropped_scope_is_erased_in_entries_that_this_process_does_not_know() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [one, other] = [Node::of(&server).await, Node::of(&server).await];
    for uid in ["a", "b"] {
        for key in 0..600 {
            one.open(uid, "u")
                .set(&key.to_string(), value("secret"))
                .await;
        }
    }
    one.open("a", "w").set("k", value("kept")).await;
    other
        .tier
        .invalidate(TierInvalidation::Scope(user_scope("u")))
        .await
        .unwrap();
    let values = server.keys().await;
    let values: Vec<&String> = values.iter().filter(|name| name.contains(":v=")).collect();
    assert_eq!(values.len(), 1, "{values:?}");
}

#[tokio::test]
async fn garbage_in_the_place_of_a_value_is_nothing() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "u");
    cell.set("k", value("v")).await;
    let names = server.keys().await;
    let name = names.iter().find(|name| name.contains(":v=")).unwrap();
    let _: () = server.tell(&format!("SET {name} garbage")).await;
    assert_eq!(cell.get("k").await, None);
    let TierAnswer::Leased(lease) = cell.ask("k").await else {
        panic!("garbage is replaced")
    };
    assert!(lease.publish(value("w")).await.unwrap());
    assert_eq!(cell.get("k").await.as_deref(), Some("w"));
    let _: i64 = server.tell(&format!("DEL {name}")).await;
    let _: i64 = server.tell(&format!("LPUSH {name} garbage")).await;
    assert!(matches!(
        cell.cell.get("k").await,
        Err(TierError::Refused(_))
    ));
}

#[tokio::test]
async fn nothing_says_who_somebody_is() {
    let Some(server) = Server::start().await else {
        return;
    };
    let node = Node::of(&server).await;
    let cell = node.open("e", "hidden-user");
    cell.set("k", value("v")).await;
    node.tier
        .invalidate(TierInvalidation::Epoch(user_scope("hidden-user")))
        .await
        .unwrap();
    assert!(
        server
            .keys()
            .await
            .iter()
            .all(|name| !name.contains("hidden-user"))
    );
    assert!(!format!("{:?}", node.tier).contains("hidden-user"));
}
