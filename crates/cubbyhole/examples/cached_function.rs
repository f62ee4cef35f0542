//! A function that keeps its answers: whose they are and for how long is said where the function is.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};

use cubbyhole::{CacheError, ScopeContext, ScopeFutureExt, cached};

/// How often somebody has looked at the sky.
static LOOKS: AtomicU32 = AtomicU32::new(0);

/// Says what the weather will be. Each user has answers of their own, the hundred that were used last.
#[cached(policy = "lru", max_size = 100, cache_type = "user")]
async fn forecast(city: &str, days: u32) -> Result<String, CacheError> {
    LOOKS.fetch_add(1, Ordering::SeqCst);
    Ok(format!("{days} days of rain in {city}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (ada, bob) = (
        ScopeContext::new().user("ada"),
        ScopeContext::new().user("bob"),
    );

    let at_once = async { tokio::join!(forecast("Bergen", 3), forecast("Bergen", 3)) };
    let (first, second) = at_once.in_scope(ada.clone()).await;
    assert_eq!(first?, second?);
    assert_eq!(LOOKS.load(Ordering::SeqCst), 1);
    println!("Ada asked twice at once, and one computation answered.");

    forecast("Bergen", 3).in_scope(bob).await?;
    assert_eq!(LOOKS.load(Ordering::SeqCst), 2);
    println!("Bob does not see what was computed for Ada.");

    let forgotten = forecast_invalidate("Bergen", 3)
        .in_scope(ada.clone())
        .await?;
    assert!(forgotten.is_some());
    forecast("Bergen", 3).in_scope(ada).await?;
    assert_eq!(LOOKS.load(Ordering::SeqCst), 3);
    println!(
        "What was deleted is computed anew: {}.",
        forecast_uncached("Oslo", 1).await?
    );

    let nobody = forecast("Bergen", 3).await;
    assert!(matches!(nobody, Err(CacheError::MissingScope { .. })));
    println!("Nobody gets an error.");
    Ok(())
}
