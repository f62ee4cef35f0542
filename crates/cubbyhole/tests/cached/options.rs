//! Options of a policy that stand in the attribute: time is moved by hand.

use std::sync::LazyLock;
use std::time::Duration;

use cubbyhole::{CachePolicy, CacheStore, ManualClock, PolicyOptions, cached};

use crate::support::{Problem, Runs};

static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);
static STORE: LazyLock<CacheStore> =
    LazyLock::new(|| CacheStore::builder().clock(CLOCK.clone()).build());

#[cached(
    policy = "ttl",
    ttl = "1h",
    cache_type = "global",
    jitter = "1m",
    refresh_after = "50m",
    stale_if_error = "1d",
    retry_after = 1.5,
    negative_ttl = "10s",
    soft_timeout = 1,
    hard_timeout = "30s",
    time_to_idle = "59m",
    max_computations = 4
)]
async fn all(n: u32) -> Result<u32, Problem> {
    Ok(n)
}

#[tokio::test]
async fn every_option_reaches_the_policy() {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let options = PolicyOptions::default()
        .with_jitter(minutes(1))
        .with_refresh_after(minutes(50))
        .with_stale_if_error(minutes(24 * 60))
        .with_retry_after(Duration::from_millis(1500))
        .with_negative_ttl(Duration::from_secs(10))
        .with_soft_timeout(Duration::from_secs(1))
        .with_hard_timeout(Duration::from_secs(30))
        .with_time_to_idle(minutes(59))
        .with_max_computations(4);
    let policy = CachePolicy::ttl(minutes(60))
        .unwrap()
        .with_options(options)
        .unwrap();
    assert_eq!(*all_entry().policy(), policy);
    assert_eq!(all(7).await.unwrap(), 7);
}

#[cached(max_size = 7, ttl = "5s", cache_type = "session")]
fn bounded_both_ways(n: u32) -> u32 {
    n
}

#[test]
fn the_ttl_of_an_lru_is_an_option_of_it() {
    let options = PolicyOptions::default().with_ttl(Duration::from_secs(5));
    let policy = CachePolicy::lru(7).unwrap().with_options(options).unwrap();
    let policy = policy.with_cache_type(cubbyhole::CacheType::Session);
    assert_eq!(*bounded_both_ways_entry().policy(), policy);
    assert_eq!(
        bounded_both_ways(1),
        1,
        "a call without a session passes the cache"
    );
}

static LOOKED_UP: Runs = Runs::new();

#[cached(ttl = "1h", negative_ttl = "10s", store = STORE)]
async fn look_up(name: &str) -> Result<Option<u32>, Problem> {
    LOOKED_UP.count();
    Ok(u32::try_from(name.len()).ok().filter(|length| *length > 0))
}

static GUESSED: Runs = Runs::new();

#[expect(clippy::unwrap_used, reason = "a test, and the policy is valid")]
fn policy() -> CachePolicy {
    let options = PolicyOptions::default().with_negative_ttl(Duration::from_secs(10));
    CachePolicy::lru(9)
        .and_then(|policy| policy.with_options(options))
        .unwrap()
}

#[cached(policy = policy(), negative, store = STORE)]
fn guess(n: u32) -> Option<u32> {
    GUESSED.count();
    n.checked_sub(1)
}

/// One test, for there is one clock.
#[tokio::test]
async fn none_is_remembered_for_the_negative_ttl() {
    let ask = async || {
        (
            look_up("").await.unwrap(),
            look_up("x").await.unwrap(),
            guess(0),
            guess(1),
        )
    };
    let answers = (None, Some(1), None, Some(0));
    let counts = || (LOOKED_UP.get(), GUESSED.get());
    assert_eq!((ask().await, counts()), (answers, (2, 2)));
    CLOCK.advance(Duration::from_secs(9));
    assert_eq!((ask().await, counts()), (answers, (2, 2)));
    CLOCK.advance(Duration::from_secs(1));
    assert_eq!((ask().await, counts()), (answers, (3, 3)));
}
