//! Functions that return a `Result`.

use std::pin::Pin;

use cubbyhole::{CacheError, cached};

use crate::support::{Problem, Runs};

static SLOW: Runs = Runs::new();

#[cached(policy = "lru", max_size = 100)]
async fn slow(n: u32) -> Result<u32, Problem> {
    let run = SLOW.count();
    tokio::task::yield_now().await;
    Ok(n * 100 + run)
}

#[tokio::test]
async fn one_computation_answers_all_who_ask_at_once_and_later() {
    let (a, b, c) = tokio::join!(slow(1), slow(1), slow(1));
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (101, 101, 101));
    assert_eq!(slow(1).await.unwrap(), 101);
    assert_eq!(slow(2).await.unwrap(), 202);
    assert_eq!(SLOW.get(), 2);
}

static FAILING: Runs = Runs::new();

#[cached]
async fn failing(n: u32) -> Result<u32, Problem> {
    Err(Problem::Own(n + FAILING.count()))
}

#[tokio::test]
async fn an_error_comes_back_inside_that_of_the_cache_and_is_not_kept() {
    for run in 1..3 {
        let Err(Problem::Cache(error)) = failing(10).await else {
            panic!("it fails by way of the cache");
        };
        let Some(Problem::Own(number)) = error.downcast_ref::<Problem>() else {
            panic!("{error}: it is the function's own");
        };
        assert_eq!(*number, 10 + run);
    }
}

#[cached]
async fn panicking(n: u32) -> Result<u32, Problem> {
    assert!(n == 0, "{n} is too much");
    Ok(n)
}

#[tokio::test]
async fn a_panic_is_an_error_of_the_cache() {
    let Err(Problem::Cache(CacheError::Panicked { message, .. })) = panicking(7).await else {
        panic!("the panic is held back");
    };
    assert_eq!(&*message, "7 is too much");
    assert_eq!(panicking(0).await.unwrap(), 0);
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Result2<T> = Result<T, BoxError>;

mod aliased {
    //! An alias by the name of `Result`, as libraries have it.

    use super::{BoxError, Runs};

    pub(super) static RUNS: Runs = Runs::new();
    type Result<T, E = BoxError> = std::result::Result<T, E>;

    #[cubbyhole::cached]
    pub(super) async fn parse(text: &str) -> Result<u32> {
        RUNS.count();
        Ok(text.parse()?)
    }
}

#[tokio::test]
async fn aliases_of_result_are_results() {
    let first: Result2<u32> = aliased::parse("12").await;
    assert_eq!(first.unwrap(), 12);
    assert_eq!(aliased::parse("12").await.unwrap(), 12);
    assert_eq!(aliased::RUNS.get(), 1);
    let error = aliased::parse("a dozen").await.unwrap_err();
    let error: &CacheError = error.downcast_ref().unwrap();
    assert!(matches!(error, CacheError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("invalid digit"), "{error}");
}

#[cached(max_size = 100)]
async fn fibonacci(n: u64) -> Result<u64, CacheError> {
    if n < 2 {
        return Ok(n);
    }
    Ok(fibonacci_of(n - 1).await? + fibonacci_of(n - 2).await?)
}

/// Says that the future is `Send`, which the compiler cannot find out of a function that calls itself.
fn fibonacci_of(n: u64) -> Pin<Box<dyn Future<Output = Result<u64, CacheError>> + Send>> {
    Box::pin(fibonacci(n))
}

#[tokio::test]
async fn a_function_may_call_itself() {
    assert_eq!(fibonacci(80).await.unwrap(), 23_416_728_348_467_685);
}
