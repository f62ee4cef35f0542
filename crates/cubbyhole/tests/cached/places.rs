//! Where answers are kept, and by which policy.

use std::sync::LazyLock;

use cubbyhole::{CachePolicy, CacheStore, CacheType, cached};

use crate::support::{Problem, Runs};

static STORE: LazyLock<CacheStore> = LazyLock::new(CacheStore::new);
static ELSEWHERE: Runs = Runs::new();

#[cached(store = STORE)]
async fn elsewhere(n: u32) -> Result<u32, Problem> {
    Ok(n + ELSEWHERE.count())
}

#[tokio::test]
async fn a_store_of_ones_own_keeps_the_answers() {
    assert_eq!(elsewhere(10).await.unwrap(), 11);
    let uid = elsewhere_entry().store_key();
    let keeps = |store: &CacheStore| store.stats().entries.iter().any(|entry| entry.key == *uid);
    assert!(keeps(&STORE));
    assert!(!keeps(CacheStore::global()));
    STORE.clear().await;
    assert_eq!(elsewhere(10).await.unwrap(), 12);
}

/// Carries its store along.
#[derive(Clone, Debug)]
struct Service {
    store: CacheStore,
}

impl Service {
    #[cached(store = self.store, skip(self))]
    async fn answer(&self, n: u32) -> Result<u32, Problem> {
        Ok(n + ANSWERED.count())
    }
}

static ANSWERED: Runs = Runs::new();

#[tokio::test]
async fn the_store_can_come_with_an_argument() {
    let (a, b) = (
        Service {
            store: CacheStore::new(),
        },
        Service {
            store: CacheStore::new(),
        },
    );
    assert_eq!(
        (a.answer(10).await.unwrap(), b.answer(10).await.unwrap()),
        (11, 12)
    );
    assert_eq!(a.answer_invalidate(10).await.unwrap(), Some(11));
    assert_eq!(
        (a.answer(10).await.unwrap(), b.answer(10).await.unwrap()),
        (13, 12)
    );
}

fn policy() -> CachePolicy {
    CachePolicy::most_recent().with_cache_type(CacheType::Global)
}

static LATEST: Runs = Runs::new();

#[cached(policy = policy())]
async fn latest(n: u32) -> Result<u32, Problem> {
    Ok(n + LATEST.count())
}

#[tokio::test]
async fn a_policy_can_be_made_when_the_program_runs() {
    assert_eq!(latest(10).await.unwrap(), 11);
    assert_eq!(latest(20).await.unwrap(), 22);
    assert_eq!(latest(10).await.unwrap(), 13);
    assert_eq!(*latest_entry().policy(), policy());
}
