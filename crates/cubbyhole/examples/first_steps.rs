//! A store, two registry entries with two policies, and the one computation that everybody who asks shares.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io;
use std::time::Duration;

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry};

/// Stands for something that takes its time, such as a query.
async fn count_words(text: &str) -> io::Result<usize> {
    println!("  counting the words of {text:?}");
    tokio::task::yield_now().await;
    Ok(text.split_whitespace().count())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = CacheStore::new();
    let words = CachedRegistryEntry::<usize>::new("words", CachePolicy::lru(2)?);
    let price =
        CachedRegistryEntry::<f64>::new("price", CachePolicy::ttl(Duration::from_secs(60))?);

    println!("Ask three times at once: the words are counted once.");
    let ask = || store.get_or_compute(&words, "a b c", || count_words("a b c"));
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    assert_eq!((first?, second?, third?), (3, 3, 3));

    println!("Ask again: nothing is counted at all.");
    assert_eq!(ask().await?, 3);

    println!("The LRU of two keeps the two keys that were used last.");
    assert!(store.set(&words, "d", 1).await?.is_kept());
    assert!(store.set(&words, "e f", 2).await?.is_kept());
    assert_eq!(store.get(&words, "a b c").await?, None);
    assert_eq!(store.get(&words, "e f").await?, Some(2));

    println!("Another entry has its own policy, type and keys.");
    assert!(store.set(&price, "d", 0.25).await?.is_kept());
    assert_eq!(store.delete(&price, "d").await?, Some(0.25));
    assert_eq!(store.get(&words, "d").await?, Some(1));

    for entry in store.stats().entries {
        println!(
            "{}: {} hits, {} misses, {} computations, {} evictions",
            entry.key, entry.hits, entry.misses, entry.computations, entry.evictions
        );
    }
    let stats = store.stats();
    let words = stats.of(words.store_key()).ok_or("the entry was used")?;
    assert_eq!(
        (words.computations, words.evictions, words.entries),
        (1, 1, 2)
    );
    Ok(())
}
