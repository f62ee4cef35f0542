//! The loader runs in a task of its own, so its future must be `Send`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

struct Local(Rc<u32>);

impl Future for Local {
    type Output = io::Result<u32>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(*self.0))
    }
}

async fn compute(store: CacheStore) {
    let entry = CachedRegistryEntry::<u32>::new("numbers", CachePolicy::keep_all());
    let _ = store.get_or_compute(&entry, "k", || Local(Rc::new(1))).await;
}

fn main() {}
