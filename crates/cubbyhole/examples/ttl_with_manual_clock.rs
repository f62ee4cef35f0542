//! Expiry in a test: time is moved by hand, nothing sleeps, and memory is given back without anybody asking.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry, ManualClock};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let policy = CachePolicy::ttl(10 * MINUTE)?;
    let forecast = CachedRegistryEntry::<Arc<str>>::new("forecast", policy);

    let sunny: Arc<str> = "sunny".into();
    assert!(
        store
            .set(&forecast, "Oslo", Arc::clone(&sunny))
            .await?
            .is_kept()
    );
    clock.advance(9 * MINUTE);
    assert_eq!(
        store.get(&forecast, "Oslo").await?,
        Some(Arc::clone(&sunny))
    );
    println!("After nine minutes the forecast is there.");

    assert!(
        store
            .set(&forecast, "Oslo", Arc::clone(&sunny))
            .await?
            .is_kept()
    );
    clock.advance(9 * MINUTE);
    assert!(store.get(&forecast, "Oslo").await?.is_some());
    println!("Setting it again starts its time again.");

    clock.advance(MINUTE);
    assert_eq!(Arc::strong_count(&sunny), 1);
    println!("When its time is over it is dropped, although nobody has asked for it.");

    assert!(
        store
            .set_pinned(&forecast, "Rome", Arc::clone(&sunny))
            .await?
            .is_kept()
    );
    clock.advance(60 * MINUTE);
    assert!(store.get_unpin(&forecast, "Rome").await?.is_some());
    assert_eq!(store.get(&forecast, "Rome").await?, None);
    println!("A pinned value waits for the read that unpins it, and is gone after it.");

    let stats = store.stats();
    let forecast = stats.of(forecast.store_key()).ok_or("the entry was used")?;
    assert_eq!(
        (forecast.expirations, forecast.entries, forecast.scopes),
        (2, 0, 0)
    );
    println!("Two values have expired; the store holds nothing.");
    Ok(())
}
