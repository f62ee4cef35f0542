//! Functions that return a value and nothing else.

use std::panic::AssertUnwindSafe;

use cubbyhole::{CacheScope, ScopeFutureExt, cached};

use crate::support::{Runs, user, who};

static SQUARE: Runs = Runs::new();

#[cached]
async fn square(n: u32) -> u32 {
    SQUARE.count();
    n * n
}

#[tokio::test]
async fn a_value_is_kept() {
    assert_eq!(
        (square(3).await, square(3).await, square(4).await),
        (9, 9, 16)
    );
    assert_eq!(SQUARE.get(), 2);
}

static WHOSE: Runs = Runs::new();

#[cached(cache_type = "user")]
async fn whose(prefix: String) -> (String, Option<CacheScope>, u32) {
    (prefix, who(), WHOSE.count())
}

#[tokio::test]
async fn a_cache_that_cannot_answer_is_passed_over() {
    let nobody = || whose("a".to_owned());
    assert_eq!(nobody().await, ("a".to_owned(), None, 1));
    assert_eq!(nobody().await, ("a".to_owned(), None, 2));
    let ada = Some(CacheScope::user("ada"));
    for _ in 0..2 {
        assert_eq!(
            nobody().in_scope(user("ada")).await,
            ("a".to_owned(), ada.clone(), 3)
        );
    }
}

#[cached]
async fn panicking(n: u32) -> u32 {
    assert!(n == 0, "{n} is too much");
    n
}

#[tokio::test]
async fn a_panic_is_a_panic_of_the_caller() {
    let task = tokio::spawn(panicking(7));
    let panic = task.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "7 is too much");
    assert_eq!(panicking(0).await, 0);
}

#[cached]
fn plain_panicking(n: u32) -> u32 {
    assert!(n == 0, "{n} is too much");
    n
}

#[test]
fn so_it_is_in_a_plain_function() {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| plain_panicking(7))).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "7 is too much");
    assert_eq!(plain_panicking(0), 0);
}
