//! A service that is busy with nothing in particular, and its inspector at <http://127.0.0.1:3000/ops/cache>.
//!
//! `cargo run -p cubbyhole-inspect --example inspector [address]`. Actions are on: whoever is on this machine may act.

#![allow(
    clippy::print_stdout,
    reason = "an example says where to find what it serves"
)]

use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use cubbyhole_inspect::{Inspector, Private};
use cubbyhole_policy::{CachePolicy, CacheType, PolicyOptions};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A cached function: how long it takes, and how many keys and users there are.
#[derive(Clone)]
struct Work {
    entry: CachedRegistryEntry<u64>,
    milliseconds: u64,
    keys: u64,
    users: u64,
    fails: bool,
}

fn work(uid: &str, kind: &str, policy: CachePolicy, size: (u64, u64, u64)) -> Work {
    let (milliseconds, keys, users) = size;
    Work {
        entry: CachedRegistryEntry::new(uid, policy).with_kind(kind),
        milliseconds,
        keys,
        users,
        fails: uid == "exchange rates",
    }
}

fn works() -> Result<Vec<Work>, Failure> {
    let of = |seconds| CachePolicy::ttl(Duration::from_secs(seconds));
    let ahead = PolicyOptions::new()
        .with_refresh_after(Duration::from_secs(20))
        .with_stale_if_error(Duration::from_secs(600))
        .with_soft_timeout(Duration::from_millis(200))
        .with_hard_timeout(Duration::from_secs(10));
    let by = CachePolicy::with_cache_type;
    let query = "Query";
    Ok(vec![
        work(
            "forecast",
            "DerivedVariable",
            of(30)?.with_options(ahead)?,
            (40, 60, 1),
        ),
        work(
            "account balance",
            query,
            by(CachePolicy::lru(8)?, CacheType::User),
            (15, 12, 40),
        ),
        work(
            "shopping basket",
            query,
            by(CachePolicy::most_recent(), CacheType::Session),
            (3, 2, 60),
        ),
        work(
            "permissions",
            query,
            by(of(15)?, CacheType::User),
            (6, 4, 40),
        ),
        work("exchange rates", "Source", of(5)?, (250, 8, 1)),
        work("schema", "Source", CachePolicy::keep_all(), (900, 5, 1)),
        work(
            "monthly report",
            "DerivedVariable",
            by(CachePolicy::lru(3)?, CacheType::User),
            (2500, 6, 12),
        ),
        work(
            "<script>alert(1)</script>",
            "\"hostile\"\nname",
            CachePolicy::lru(10)?,
            (1, 30, 1),
        ),
        work("never asked", query, CachePolicy::lru(10)?, (0, 0, 0)),
    ])
}

/// A random number below another one. Not a good one; xorshift, by Marsaglia, 2003.
fn below(state: &mut u64, bound: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % bound
}

/// Asks for one value after the other, small keys more often than large ones.
async fn ask(store: CacheStore, work: Work, mut random: u64) {
    loop {
        tokio::time::sleep(Duration::from_millis(10 + below(&mut random, 120))).await;
        let key = below(&mut random, work.keys).min(below(&mut random, work.keys));
        let id = below(&mut random, work.users).to_string();
        let (fails, spread) = (
            work.fails && below(&mut random, 4) == 0,
            below(&mut random, 9),
        );
        let took = Duration::from_millis(work.milliseconds * (2 + spread * spread / 8) / 4);
        let load = move || async move {
            tokio::time::sleep(took).await;
            if fails {
                return Err("the source is away");
            }
            Ok(Loaded::new(key).with_tags(["example"]))
        };
        let key = format!("key {key}");
        let asking = store.get_or_load(&work.entry, &key, load);
        let context = ScopeContext::new().user(format!("user {id}")).session(id);
        // What failed is counted.
        let _ = asking.in_scope(context).await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let store = CacheStore::new();
    for (number, work) in (1..).zip(works()?) {
        store.register(&work.entry)?;
        for task in 0..if work.keys == 0 { 0 } else { 4 } {
            tokio::spawn(ask(store.clone(), work.clone(), number * 77 + task + 1));
        }
    }

    let listener = tokio::net::TcpListener::bind(&address).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let inspector = Inspector::new(store)
        .refresh(Duration::from_secs(1))
        .redact(|private| match private {
            Private::Key { key, .. } => Some(key.to_owned()),
            Private::Value { value, .. } => value.downcast_ref::<u64>().map(u64::to_string),
            Private::Scope(scope) => Some(scope.to_string()),
            _ => None,
        })
        .actions(|_: &Parts| true)
        .origin(origin.clone());
    let handle = inspector.handle();
    let app = Router::new().nest("/ops/cache", inspector.router());
    println!("{origin}/ops/cache");
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            // Without signals, it runs until it is killed.
            let _ = tokio::signal::ctrl_c().await;
            handle.close();
        })
        .await?;
    Ok(())
}
