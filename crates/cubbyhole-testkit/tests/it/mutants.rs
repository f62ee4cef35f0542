//! Each check catches the bug it is there for: a test that cannot fail is no test.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_testkit::conformance::attempt;
use cubbyhole_testkit::conformance::{
    bounds, contents, futures, histories, keys, locks, panics, pins, synchronous, threads, time,
    values,
};
use cubbyhole_testkit::{Failure, Profile, conformance_failures};

use crate::asynchronous::{Flaw, Waiting};
use crate::naive::{Bug, Naive};

/// A test for each bug: the check that is named catches it.
macro_rules! caught {
    ($($test:ident: $make:expr, $profile:expr => $group:ident::$check:ident;)*) => {
        $(
            #[test]
            fn $test() {
                let profile = $profile.with_patience(Duration::from_secs(3));
                let check = $group::$check;
                let caught = attempt(stringify!($check), check, profile, $make);
                assert!(caught.is_err(), "{} lets it pass", stringify!($check));
            }
        )*

        /// The checks that are known to catch something.
        const PROVEN: &[&str] = &[$(stringify!($check)),*];
    };
}

/// Makes naive caches with a bug.
macro_rules! naive {
    ($bug:ident) => {
        |profile| Arc::new(Naive::with_bug(profile, Bug::$bug))
    };
}

/// Makes caches that wait, with a flaw.
macro_rules! waiting {
    ($flaw:ident) => {
        |profile| Arc::new(Waiting::with_flaw(profile, Flaw::$flaw))
    };
}

caught! {
    a_cache_that_is_never_empty: naive!(EmptyCacheHasAnEntry), keep_all() => contents::key_that_was_not_set_is_not_found;
    a_cache_that_compares_lengths: naive!(KeysOfOneLengthAreOne), keep_all() => contents::value_that_was_set_is_found;
    a_set_that_adds: naive!(SetAddsAnother), keep_all() => contents::set_replaces_the_value_and_keeps_one_entry;
    a_delete_that_keeps: naive!(DeleteKeepsTheEntry), keep_all() => contents::delete_returns_the_value_once;
    a_clear_that_spares: naive!(ClearSparesThePinned), ttl() => contents::clear_removes_everything_pinned_or_not;
    values_without_the_first: naive!(ValuesForgetTheFirst), keep_all() => contents::len_and_values_agree_with_reads;
    a_delete_of_the_pinned: naive!(DeletesThePinned), ttl() => pins::pinned_entry_is_not_deleted;
    a_get_that_unpins: naive!(GetUnpins), lru(3) => pins::get_keeps_the_pin;
    a_pin_that_stays: naive!(GetUnpinKeepsThePin), keep_all() => pins::get_unpin_returns_the_value_and_clears_the_pin;
    a_set_that_keeps_the_pin: naive!(SetKeepsTheOldPin), lru(1) => pins::set_unpins_unless_asked;
    a_set_that_cannot_pin: naive!(SetCannotPinWhatIsThere), keep_all() => pins::set_pins_what_was_not_pinned;
    an_eviction_of_the_pinned: naive!(EvictsThePinned), lru(3) => pins::pinned_entry_survives_sets_and_time;
    an_expiry_of_the_pinned: naive!(PinnedExpires), ttl() => pins::pinned_entry_survives_sets_and_time;
    an_unpinned_entry_that_stays: naive!(UnpinnedStaysForEver), lru(3) => pins::unpinned_entry_leaves_when_its_turn_has_come;
    a_queue_for_an_lru: naive!(FirstInFirstOut), lru(3) => bounds::least_recently_used_entry_leaves_first;
    a_cache_that_freezes: naive!(FreezesWhenTheFirstIsTouched), lru(2) => bounds::using_the_most_recent_entry_changes_nothing;
    a_frozen_list_in_the_known_traps: naive!(FreezesWhenTheFirstIsTouched), lru(2) => histories::known_traps_agree_with_the_model;
    a_refusal_of_pins: naive!(RefusesMorePinsThanTheBound), lru(3) => bounds::pinned_entries_may_be_more_than_the_bound;
    an_overflow_that_stays: naive!(UnpinningEvictsNothing), lru(3) => bounds::unpinning_brings_the_cache_back_within_its_bound;
    a_silent_loss: naive!(SaysKeptAlways), lru(3) => bounds::value_that_finds_everything_pinned_is_not_lost_silently;
    an_expiry_that_is_late: naive!(ExpiresOneNanosecondLate), ttl() => time::entry_expires_its_time_after_it_was_set_and_not_before;
    an_old_deadline: naive!(SetKeepsTheOldTime), ttl() => time::setting_again_restarts_the_time;
    an_old_deadline_in_the_known_traps: naive!(SetKeepsTheOldTime), ttl() => histories::known_traps_agree_with_the_model;
    an_old_deadline_of_a_pin: naive!(SetPinnedKeepsTheOldTime), ttl() => time::setting_pinned_restarts_the_time;
    a_read_that_prolongs: naive!(ReadRestartsTheTime), ttl() => time::reading_does_not_restart_the_time;
    a_count_of_the_expired: naive!(CountsTheExpired), ttl() => time::expired_entry_is_not_counted;
    a_delete_of_the_expired: naive!(DeletesTheExpired), ttl() => time::expired_entry_is_not_there_to_be_deleted;
    an_expiry_of_what_is_pinned: naive!(PinnedExpires), ttl() => time::pinned_entry_outlives_its_time_until_a_read_unpins_it;
    an_unpinning_that_prolongs: naive!(UnpinRestartsTheTime), ttl() => time::unpinning_does_not_restart_the_time;
    keys_that_end_at_nul: naive!(KeysEndAtNul), keep_all() => keys::keys_are_told_apart_byte_for_byte;
    zero_size_taken_for_nothing: naive!(ZeroSizedValuesAreNothing), keep_all() => keys::zero_sized_values_are_values;
    a_subtle_bug_of_order: naive!(FirstInFirstOut), lru(10) => histories::random_histories_agree_with_the_model;
    a_subtle_bug_of_pins: naive!(UnpinnedStaysForEver), lru(3) => histories::random_histories_agree_with_the_model;
    a_subtle_bug_of_time: naive!(ExpiresOneNanosecondLate), ttl() => histories::random_histories_agree_with_the_model;
    a_race: naive!(LooksAndInsertsInTwoSteps), keep_all() => threads::threads_leave_the_cache_consistent;
    a_value_under_another_key: naive!(KeysOfOneLengthAreOne), keep_all() => threads::threads_leave_the_cache_consistent;
    a_replaced_value_kept: naive!(KeepsTheReplacedValue), keep_all() => values::replaced_value_is_dropped_at_once;
    a_deleted_value_kept: naive!(KeepsWhatItReturns), keep_all() => values::deleted_value_belongs_to_its_caller;
    cleared_values_kept: naive!(KeepsWhatItClears), keep_all() => values::cleared_values_are_dropped_at_once;
    an_evicted_value_kept: naive!(KeepsWhatItEvicts), lru(3) => values::evicted_value_is_dropped_at_once;
    memory_that_waits_for_a_visitor: naive!(RingsNoAlarm), ttl() => values::expired_value_is_dropped_without_being_asked_for;
    a_cache_that_keeps_itself_alive: naive!(KeepsItselfAlive), keep_all() => values::dropped_cache_drops_its_values;
    a_drop_under_the_lock: naive!(DropsUnderTheLock), keep_all() => locks::value_is_dropped_with_the_lock_free;
    an_eviction_under_the_lock: naive!(DropsUnderTheLock), lru(3) => locks::value_is_dropped_with_the_lock_free;
    a_poisoned_lock: naive!(StaysPoisoned), keep_all() => panics::panic_in_clone_leaves_the_cache_correct;
    a_set_that_is_half_done: naive!(ReplacesInTwoSteps), keep_all() => panics::panic_in_drop_leaves_the_cache_correct;
    an_alarm_that_a_panic_stops: naive!(PanicStopsTheAlarm), ttl() => panics::panic_in_drop_does_not_stop_expiry;
    a_removal_nobody_hears_of: naive!(HandsNothingOver), lru(3) => synchronous::synchronous_view_hands_over_what_it_removes;
    a_view_of_another_cache: waiting!(ViewOfAnother), keep_all() => synchronous::synchronous_view_is_the_same_cache;
    a_view_of_a_cache_that_waits: waiting!(ViewThatPromisesTooMuch), keep_all() => futures::cache_that_does_not_wait_is_ready_at_once;
    a_set_that_can_be_cut_in_two: waiting!(SetInTwoSteps), keep_all() => futures::dropped_future_leaves_its_operation_done_or_not_done;
    a_flag_that_is_left_behind: waiting!(LeavesItsFlag), keep_all() => futures::dropped_future_leaves_its_operation_done_or_not_done;
}

#[test]
fn every_check_is_proven_to_catch_something() {
    let failures = conformance_failures!(keep_all(), |_| panic!("no cache at all"));
    let all: BTreeSet<_> = failures.iter().map(Failure::check).collect();
    assert_eq!(all.len(), failures.len());
    assert_eq!(all, PROVEN.iter().copied().collect());
}

#[test]
fn a_failure_names_the_check_and_the_reason() {
    let failures = conformance_failures!(keep_all(), naive!(DeletesThePinned));
    let failure = &failures[0];
    assert_eq!(failure.check(), "pinned_entry_is_not_deleted");
    assert!(failure.reason().contains("Some(1)"), "{failure}");
}

fn keep_all() -> Profile {
    Profile::keep_all()
}

fn lru(capacity: usize) -> Profile {
    Profile::lru(capacity)
}

fn ttl() -> Profile {
    Profile::ttl(Duration::from_secs(10))
}
