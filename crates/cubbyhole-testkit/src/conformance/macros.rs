//! The macros, and the one list of checks that they go by.

/// Mounts the conformance suite on a cache: a module of tests, so that a failure reads `lru::pinned_entry_is_not_deleted`.
///
/// Takes the name of the module, the [`Profile`](crate::Profile) that the cache promises to keep, and a function that
/// makes an empty cache for a profile, as an `Arc<dyn CacheStoreImpl<_>>`. The suite stores values of several types,
/// so the cache has to be generic, and the function a closure written in place or a generic function; for one that can only hold data that can be serialized there is
/// [`conformance_of_data!`](crate::conformance_of_data). Time is that of [`Profile::clock`](crate::Profile::clock).
///
/// Every test runs on a thread of its own and fails if it is not done after
/// [`Profile::patience`](crate::Profile::patience): a deadlock is a failure.
///
/// ```
/// use std::sync::Arc;
/// use cubbyhole_testkit::{Profile, conformance};
/// # use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
/// # struct MyCache<V>(std::marker::PhantomData<fn() -> V>);
/// # impl<V> MyCache<V> { fn new(_: usize) -> Self { Self(std::marker::PhantomData) } }
/// # #[async_trait::async_trait]
/// # impl<V: Send + 'static> CacheStoreImpl<V> for MyCache<V> {
/// #     async fn get(&self, _: &str) -> Option<V> { None }
/// #     async fn get_unpin(&self, _: &str) -> Option<V> { None }
/// #     async fn set(&self, _: &str, _: V, _: Retention) -> SetOutcome { SetOutcome::NotKept }
/// #     async fn delete(&self, _: &str) -> Option<V> { None }
/// #     async fn clear(&self) {}
/// #     fn len(&self) -> usize { 0 }
/// #     fn values(&self) -> Vec<V> { Vec::new() }
/// # }
///
/// conformance!(my_cache_of_three, Profile::lru(3), |_| Arc::new(MyCache::new(3)));
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $profile:expr, $make:expr $(,)?) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "what the expressions name is up to the caller"
            )]
            use super::*;

            $crate::__data_checks!(__tests($profile, $make));
            $crate::__value_checks!(__tests($profile, $make));
        }
    };
}

/// Mounts the part of the suite that stores plain data only (`u64` and `()`): for caches that serialize their values.
///
/// What is left out of [`conformance!`](crate::conformance) is when values are dropped, and what happens when their
/// `Clone` or `Drop` panics or calls back: a value that is serialized does none of that.
#[macro_export]
macro_rules! conformance_of_data {
    ($name:ident, $profile:expr, $make:expr $(,)?) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "what the expressions name is up to the caller"
            )]
            use super::*;

            $crate::__data_checks!(__tests($profile, $make));
        }
    };
}

/// Runs the conformance suite and returns the [`Failure`](crate::Failure)s, of which there are none if the cache
/// passes.
///
/// Takes what [`conformance!`](crate::conformance) takes, but for the name. For the author of a cache who wants to
/// know that the suite would notice: break the cache on purpose and see what fails.
///
/// ```
/// use std::sync::Arc;
/// use cubbyhole_testkit::{Profile, conformance_failures};
/// # use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
/// # struct Forgetful;
/// # #[async_trait::async_trait]
/// # impl<V: Send + 'static> CacheStoreImpl<V> for Forgetful {
/// #     async fn get(&self, _: &str) -> Option<V> { None }
/// #     async fn get_unpin(&self, _: &str) -> Option<V> { None }
/// #     async fn set(&self, _: &str, _: V, _: Retention) -> SetOutcome { SetOutcome::NotKept }
/// #     async fn delete(&self, _: &str) -> Option<V> { None }
/// #     async fn clear(&self) {}
/// #     fn len(&self) -> usize { 0 }
/// #     fn values(&self) -> Vec<V> { Vec::new() }
/// # }
///
/// let failures = conformance_failures!(Profile::keep_all(), |_| Arc::new(Forgetful));
/// assert!(failures.iter().any(|failure| failure.check() == "value_that_was_set_is_found"));
/// ```
#[macro_export]
macro_rules! conformance_failures {
    ($profile:expr, $make:expr $(,)?) => {{
        let mut failures = ::std::vec::Vec::<$crate::Failure>::new();
        $crate::__data_checks!(__attempts(failures, $profile, $make));
        $crate::__value_checks!(__attempts(failures, $profile, $make));
        failures
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __data_checks {
    ($callback:ident $arguments:tt) => {
        $crate::$callback! { $arguments
            contents::key_that_was_not_set_is_not_found
            contents::value_that_was_set_is_found
            contents::set_replaces_the_value_and_keeps_one_entry
            contents::delete_returns_the_value_once
            contents::clear_removes_everything_pinned_or_not
            contents::len_and_values_agree_with_reads
            pins::pinned_entry_is_not_deleted
            pins::get_keeps_the_pin
            pins::get_unpin_returns_the_value_and_clears_the_pin
            pins::set_unpins_unless_asked
            pins::set_pins_what_was_not_pinned
            pins::pinned_entry_survives_sets_and_time
            pins::unpinned_entry_leaves_when_its_turn_has_come
            bounds::least_recently_used_entry_leaves_first
            bounds::using_the_most_recent_entry_changes_nothing
            bounds::pinned_entries_may_be_more_than_the_bound
            bounds::unpinning_brings_the_cache_back_within_its_bound
            bounds::value_that_finds_everything_pinned_is_not_lost_silently
            time::entry_expires_its_time_after_it_was_set_and_not_before
            time::setting_again_restarts_the_time
            time::setting_pinned_restarts_the_time
            time::reading_does_not_restart_the_time
            time::expired_entry_is_not_counted
            time::expired_entry_is_not_there_to_be_deleted
            time::pinned_entry_outlives_its_time_until_a_read_unpins_it
            time::unpinning_does_not_restart_the_time
            keys::keys_are_told_apart_byte_for_byte
            keys::zero_sized_values_are_values
            histories::known_traps_agree_with_the_model
            histories::random_histories_agree_with_the_model
            threads::threads_leave_the_cache_consistent
            futures::cache_that_does_not_wait_is_ready_at_once
            futures::dropped_future_leaves_its_operation_done_or_not_done
            synchronous::synchronous_view_is_the_same_cache
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __value_checks {
    ($callback:ident $arguments:tt) => {
        $crate::$callback! { $arguments
            values::replaced_value_is_dropped_at_once
            values::deleted_value_belongs_to_its_caller
            values::cleared_values_are_dropped_at_once
            values::evicted_value_is_dropped_at_once
            values::expired_value_is_dropped_without_being_asked_for
            values::dropped_cache_drops_its_values
            locks::value_is_dropped_with_the_lock_free
            panics::panic_in_clone_leaves_the_cache_correct
            panics::panic_in_drop_leaves_the_cache_correct
            panics::panic_in_drop_does_not_stop_expiry
            synchronous::synchronous_view_hands_over_what_it_removes
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ($arguments:tt $($group:ident :: $check:ident)*) => {
        $($crate::__test!($arguments $group $check);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    (($profile:expr, $make:expr) $group:ident $check:ident) => {
        #[test]
        fn $check() {
            $crate::conformance::run($crate::conformance::$group::$check, $profile, $make);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __attempts {
    ($arguments:tt $($group:ident :: $check:ident)*) => {
        $($crate::__attempt!($arguments $group $check);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __attempt {
    (($failures:ident, $profile:expr, $make:expr) $group:ident $check:ident) => {
        let check = $crate::conformance::$group::$check;
        $failures.extend(
            $crate::conformance::attempt(::core::stringify!($check), check, $profile, $make).err(),
        );
    };
}
