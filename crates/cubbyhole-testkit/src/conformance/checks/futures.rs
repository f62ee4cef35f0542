//! Futures that are dropped before their end.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use cubbyhole_core::Retention;

use crate::conformance::subject::Cache;
use crate::conformance::{CacheUnderTest, Subject};

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A cache that answers through the synchronous view never waits; any other need only come to an end.
pub fn cache_that_does_not_wait_is_ready_at_once(subject: &Subject<u64>) {
    let cache = subject.cache();
    let shared = cache.shared();
    if shared.as_in_process().is_none() {
        assert!(cache.set("a", 1).is_kept());
        assert_eq!(cache.delete("a"), Some(1));
        return;
    }
    let ready = [
        is_ready(shared.set("a", 1, Retention::Evictable)),
        is_ready(shared.get("a")),
        is_ready(shared.get_unpin("a")),
        is_ready(shared.delete("a")),
        is_ready(shared.clear()),
    ];
    assert_eq!(ready, [true; 5], "set, get, get_unpin, delete, clear");
}

/// Drops each operation at every point at which it waits: it is done or not done, and the cache can be used.
pub fn dropped_future_leaves_its_operation_done_or_not_done(subject: &Subject<u64>) {
    sweep(
        subject,
        |cache| cache.set("a", 2, Retention::Evictable),
        &[Some(1), Some(2)],
    );
    sweep(
        subject,
        |cache| cache.set("a", 2, Retention::Pinned),
        &[Some(1), Some(2)],
    );
    sweep(subject, |cache| cache.get("a"), &[Some(1)]);
    sweep(subject, |cache| cache.get_unpin("a"), &[Some(1)]);
    sweep(subject, |cache| cache.delete("a"), &[Some(1), None]);
    sweep(subject, |cache| cache.clear(), &[Some(1), None]);
}

/// Drops an operation on a cache that holds one value after no poll, after one, and so on until it is finished.
fn sweep<T: Send>(
    subject: &Subject<u64>,
    operation: impl for<'a> Fn(&'a Cache<u64>) -> Pending<'a, T>,
    allowed: &[Option<u64>],
) {
    for polls in 0.. {
        let cache = subject.cache();
        assert!(cache.set("a", 1).is_kept());
        let started = operation(cache.shared());
        let finished = subject.profile().run(abandon_after(polls, started));
        check_after(&cache, allowed, polls);
        if finished.is_some() {
            return;
        }
    }
}

fn check_after(cache: &CacheUnderTest<u64>, allowed: &[Option<u64>], polls: usize) {
    let found = cache.get_unpin("a");
    assert!(
        allowed.contains(&found),
        "dropped after {polls} polls: found {found:?}, which is neither before nor after"
    );
    assert_eq!(cache.len(), usize::from(found.is_some()));
    assert_eq!(cache.values(), Vec::from_iter(found));
    assert!(cache.set("a", 3).is_kept());
    assert_eq!((cache.get("a"), cache.len()), (Some(3), 1));
}

/// Polls a future so often and drops it, unless it is finished by then.
async fn abandon_after<T>(polls: usize, mut future: Pending<'_, T>) -> Option<T> {
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn is_ready<T>(mut future: Pending<'_, T>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    future.as_mut().poll(&mut context).is_ready()
}
