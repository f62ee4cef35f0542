//! Functions that are not async.

use std::sync::Barrier;

use cubbyhole::{CacheError, cached};

use crate::support::{Problem, Runs};

static SLOW: Runs = Runs::new();
static STARTED: Barrier = Barrier::new(2);

#[cached]
fn slow(n: u32) -> Result<u32, Problem> {
    let run = SLOW.count();
    if run == 1 {
        STARTED.wait();
    }
    Ok(n + run)
}

#[test]
fn threads_share_one_computation() {
    std::thread::scope(|scope| {
        let first = scope.spawn(|| slow(10));
        // The computation has begun and goes on when this thread is here too.
        let others: Vec<_> = (0..3).map(|_| scope.spawn(|| slow(10))).collect();
        STARTED.wait();
        assert_eq!(first.join().unwrap().unwrap(), 11);
        for other in others {
            assert_eq!(other.join().unwrap().unwrap(), 11);
        }
    });
    assert_eq!(SLOW.get(), 1);
}

static BORROWING: Runs = Runs::new();

#[cached(skip(parts))]
fn borrowing<'a>(parts: &[&'a str], separator: char, _unused: Option<&'a [u8]>) -> String {
    BORROWING.count();
    parts.join(&separator.to_string())
}

#[test]
fn they_borrow_what_they_like() {
    let text = String::from("a b");
    let parts: Vec<&str> = text.split(' ').collect();
    assert_eq!(borrowing(&parts, ',', None), "a,b");
    assert_eq!(borrowing(&[], ',', None), "a,b");
    assert_eq!(borrowing(&parts, ';', None), "a;b");
    assert_eq!(BORROWING.get(), 2);
}

#[cached]
fn failing(text: String) -> Result<u32, Problem> {
    Err(Problem::Own(
        u32::try_from(text.into_bytes().len()).unwrap_or_default(),
    ))
}

#[test]
fn their_errors_come_back_too() {
    let Err(Problem::Cache(error @ CacheError::Failed { .. })) = failing("four".to_owned()) else {
        panic!("it fails by way of the cache");
    };
    assert!(matches!(error.downcast_ref(), Some(Problem::Own(4))));
}

#[cached(max_size = 100)]
fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fibonacci(n - 1) + fibonacci(n - 2)
    }
}

#[test]
fn they_may_call_themselves() {
    assert_eq!(fibonacci(80), 23_416_728_348_467_685);
}
