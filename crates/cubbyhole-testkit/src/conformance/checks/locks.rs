//! Values that ask their cache while they are dropped: whoever drops them under a lock never returns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Waker};

use cubbyhole_core::CacheStoreImpl;

use super::key;
use crate::CallOnDrop;
use crate::conformance::{CacheUnderTest, Subject};

/// A cache, and values that ask it when they are dropped.
struct Asking {
    cache: CacheUnderTest<CallOnDrop>,
    value: CallOnDrop,
    asked: Arc<AtomicUsize>,
}

impl Asking {
    fn new(subject: &Subject<CallOnDrop>) -> Self {
        let cache = subject.cache();
        let known = Arc::new(OnceLock::new());
        known.get_or_init(|| Arc::downgrade(cache.shared()));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let value = CallOnDrop::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            if let Some(cache) = known.get().and_then(Weak::upgrade) {
                ask(&*cache);
            }
        });
        Self {
            cache,
            value,
            asked,
        }
    }

    /// Runs an operation, which has to drop a value.
    fn drops(&self, operation: impl FnOnce(&CacheUnderTest<CallOnDrop>)) {
        let before = self.asked.load(Ordering::SeqCst);
        operation(&self.cache);
        let after = self.asked.load(Ordering::SeqCst);
        assert!(after > before, "the operation has dropped no value");
    }
}

/// Does what takes the lock, if there is one.
fn ask(cache: &dyn CacheStoreImpl<CallOnDrop>) {
    cache.len();
    let mut context = Context::from_waker(Waker::noop());
    let found = cache.get("not there").as_mut().poll(&mut context);
    assert!(!matches!(found, std::task::Poll::Ready(Some(_))));
}

pub fn value_is_dropped_with_the_lock_free(subject: &Subject<CallOnDrop>) {
    let asking = Asking::new(subject);
    let value = || asking.value.clone();
    assert!(asking.cache.set("a", value()).is_kept());
    asking.drops(|cache| assert!(cache.set("a", value()).is_kept()));
    asking.drops(CacheUnderTest::clear);
    if let Some(capacity) = subject.profile().capacity() {
        for number in 0..capacity {
            assert!(asking.cache.set(&key(number), value()).is_kept());
        }
        asking.drops(|cache| assert!(cache.set("one too many", value()).is_kept()));
        asking.cache.clear();
        for number in 0..capacity {
            assert!(asking.cache.set_pinned(&key(number), value()).is_kept());
        }
        asking.drops(|cache| assert!(!cache.set("one too many", value()).is_kept()));
        asking.cache.clear();
    }
    if let Some(ttl) = subject.profile().time_to_live() {
        assert!(asking.cache.set("a", value()).is_kept());
        asking.drops(|cache| cache.advance(ttl));
    }
    assert!(asking.cache.set("a", value()).is_kept());
    asking.drops(|cache| drop(cache.delete("a")));
}
