//! Whose value it is, in every process.

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};
use cubbyhole_store::CacheError;
use proptest::prelude::*;

use crate::support::{
    Hand, Processes, Source, by_session, by_user, lru, place, session, settle, user,
};

#[tokio::test]
async fn d12_nobody_is_shown_the_value_of_another_in_any_process() {
    let names = [
        "", "ada", "bob", "global", "user", "session", "ada:k", "a\0da", "{ada}", "Ada",
    ];
    let processes = Processes::new(by_user(lru(3)));
    let (here, there) = processes.start_two();
    for (number, name) in (1..).zip(names) {
        here.set(number).in_scope(user(name)).await;
    }
    for (number, name) in (1..).zip(names) {
        assert_eq!(
            there.get().in_scope(user(name)).await,
            Some(number),
            "{name:?}"
        );
    }
    assert_eq!(there.get().in_scope(user("eve")).await, None);
}

#[tokio::test]
async fn user_and_session_of_one_id_are_two() {
    let of_users = Processes::new(by_user(lru(3)));
    let (here, there) = of_users.start_two();
    here.set(1).in_scope(user("ada")).await;
    let both = ScopeContext::new().user("bob").session("ada");
    assert_eq!(there.get().in_scope(both).await, None);
    let place = |cache_type| place(cache_type, "ada");
    assert!(of_users.fleet.value(place(CacheType::User), "k").is_some());
    assert!(
        of_users
            .fleet
            .value(place(CacheType::Session), "k")
            .is_none()
    );
    there.store.drop_scope(&CacheScope::session("ada")).await;
    assert_eq!(here.held(), (1, 1));
    assert_eq!(there.get().in_scope(user("ada")).await, Some(1));
}

#[tokio::test]
async fn missing_scope_fails_before_the_tier_is_asked() {
    let processes = Processes::new(by_session(lru(3)));
    let here = processes.start();
    let source = Source::new();
    let errors = [
        here.store.get(&here.entry, "k").await.unwrap_err(),
        here.store.set(&here.entry, "k", 1).await.unwrap_err(),
        here.store.delete(&here.entry, "k").await.unwrap_err(),
        here.ask(&source).finish().await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, CacheError::MissingScope { .. }), "{error}");
    }
    assert!(processes.fleet.values().is_empty());
    assert_eq!(here.store.shared_tiers()[0].calls, 0);
}

#[tokio::test]
async fn s13_callers_of_two_scopes_never_share_a_computation_of_the_fleet() {
    let processes = Processes::new(by_session(lru(3)));
    let (here, there) = processes.start_two();
    let source = Source::new();
    source.gate.close();
    let one = Hand::waiting(here.ask(&source).finish().in_scope(session("one")));
    settle().await;
    let other = Hand::waiting(there.ask(&source).finish().in_scope(session("other")));
    settle().await;
    assert_eq!(source.loads.times(), 2);
    source.gate.open();
    assert_ne!(one.finish().await.unwrap(), other.finish().await.unwrap());
}

#[tokio::test]
async fn c6_no_error_or_debug_output_shows_an_id() {
    let processes = Processes::that_require_it(by_user(lru(3)));
    let here = processes.start();
    here.tier.disconnect();
    let error = here
        .store
        .get(&here.entry, "k")
        .in_scope(user("ada-secret"))
        .await;
    let shown = format!("{error:?} {} {:?}", error.as_ref().unwrap_err(), here.entry);
    assert!(!shown.contains("ada-secret"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any two ids and any two keys: a value is found by who set it, and by nobody else.
    #[test]
    fn any_ids_and_keys_stay_apart(
        ids in proptest::collection::hash_set(any::<String>(), 2),
        keys in proptest::collection::hash_set(any::<String>(), 2),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let processes = Processes::new(by_user(lru(3)));
            let (here, there) = processes.start_two();
            let (id, other) = { let mut ids = ids.iter(); (ids.next().unwrap(), ids.next().unwrap()) };
            let (key, unused) = { let mut keys = keys.iter(); (keys.next().unwrap(), keys.next().unwrap()) };
            here.store.set(&here.entry, key, 7).in_scope(user(id)).await.unwrap();
            for (who, what, found) in
                [(id, key, Some(7)), (id, unused, None), (other, key, None), (other, unused, None)]
            {
                let got = there.store.get(&there.entry, what).in_scope(user(who)).await.unwrap();
                assert_eq!(got, found);
            }
        });
    }
}
