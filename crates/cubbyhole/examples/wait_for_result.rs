//! A value that somebody has promised: others wait for it, and hear of it when it comes, fails, or never will.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use cubbyhole::{CacheError, CachePolicy, CacheStore, CachedRegistryEntry};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = CacheStore::new();
    let report = CachedRegistryEntry::<String>::new("report", CachePolicy::lru(10)?);

    // A key that nobody works on is a plain miss: there is nothing to wait for.
    assert_eq!(store.get_or_wait(&report, "2026-10").await?, None);

    let promise = store.set_pending(&report, "2026-10")?;
    assert_eq!(store.get(&report, "2026-10").await?, None);
    let producer = tokio::spawn({
        let (store, report) = (store.clone(), report.clone());
        async move {
            let kept = store
                .set(&report, "2026-10", "all is well".to_owned())
                .await;
            drop(promise); // The handle is the promise: it is kept until the value is there.
            kept
        }
    });
    let value = store.get_or_wait(&report, "2026-10").await?;
    assert_eq!(value.as_deref(), Some("all is well"));
    assert!(producer.await??.is_kept());
    println!("The value was promised, and it came: {value:?}.");

    let promise = store.set_pending(&report, "2026-11")?;
    assert!(store.fail(&report, "2026-11", std::fmt::Error)?);
    let failed = promise.wait().await;
    let cause = failed.as_ref().err().and_then(CacheError::downcast_ref);
    assert_eq!(cause, Some(&std::fmt::Error));
    println!("A promise can be failed; whoever waits gets the error: {failed:?}.");

    let promise = store.set_pending(&report, "2026-12")?;
    let (waited, ()) = tokio::join!(store.get_or_wait(&report, "2026-12"), async {
        drop(promise);
    });
    assert!(matches!(waited, Err(CacheError::Abandoned { .. })));
    println!("A promise that is dropped is an error for whoever waits, never a wait without end.");

    // In all three cases the key is free again.
    let computed = store.get_or_compute(&report, "2026-12", || async {
        Ok::<_, std::io::Error>("at last".to_owned())
    });
    assert_eq!(computed.await?, "at last");
    println!("After that the next one may try.");
    Ok(())
}
