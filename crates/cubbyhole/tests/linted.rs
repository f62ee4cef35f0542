//! What `#[cached]` writes, in a crate that is strict: each lint that it broke would be an error here.

#![deny(missing_docs, unused, unreachable_pub, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Public, and so held to the most.
pub mod public {
    use cubbyhole::{CacheError, CacheStore, cached};

    /// Returns the length of a text, later.
    ///
    /// # Errors
    ///
    /// Those of the cache.
    #[cached(cache_type = "global", tags = ["length", format!("text:{text}")], skip(_client))]
    pub async fn length(_client: &u32, text: &str, more: String) -> Result<usize, CacheError> {
        tokio::task::yield_now().await;
        Ok(text.len() + more.len())
    }

    /// Returns twice a number.
    #[must_use]
    #[cached(policy = "keep-all")]
    pub fn twice(number: u64, list: Option<&[u8]>) -> Option<u64> {
        number.checked_mul(2).filter(|_| list.is_none())
    }

    /// Returns the sum of a list, later.
    #[cached(key = list.len(), store = store)]
    pub async fn sum<T: Copy + Into<u64> + Send + Sync + 'static>(
        list: &[T],
        store: &CacheStore,
    ) -> u64 {
        tokio::task::yield_now().await;
        let _ = store;
        list.iter().map(|number| (*number).into()).sum()
    }

    /// Counts from a number.
    #[derive(Clone, Copy, Debug)]
    pub struct Counter(pub u32);

    impl Counter {
        /// Returns the next number.
        #[must_use]
        #[cached(key = self.0)]
        pub fn next(self, step: u32) -> u32 {
            self.0 + step
        }

        /// Returns the one after a number.
        ///
        /// # Errors
        ///
        /// Those of the cache.
        #[cached(associated)]
        pub async fn after(number: u32) -> Result<u32, CacheError> {
            tokio::task::yield_now().await;
            Ok(number + 1)
        }
    }
}

mod private {
    use cubbyhole::cached;

    #[cached(policy = "most-recent")]
    pub(super) fn half(number: u32) -> u32 {
        number / 2
    }
}

#[test]
fn what_is_written_passes_the_lints_of_a_strict_crate() {
    assert_eq!(private::half(4), 2);
    assert_eq!(public::twice(4, None), Some(8));
    assert_eq!(public::Counter(1).next(2), 3);
}
