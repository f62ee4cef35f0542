//! The macros of the suite for tiers, and the one list of checks that they go by.

/// Mounts the conformance suite on a shared tier: a module of tests, so that a failure reads
/// `redis::publish_after_delete_is_refused`.
///
/// Takes the name of the module, and a function that makes a fleet without nodes, as a [`TierFleet`](crate::TierFleet). It
/// is called for each check, and checks run at the same time: what they make must not meet, although it may be on one
/// server.
///
/// Every sentence of the contract of [`SharedTier`](cubbyhole_core::SharedTier) that is about a tier that can be reached
/// has a check; what outages do is [`tier_outage_conformance!`](crate::tier_outage_conformance).
///
/// Every test runs on a thread of its own and fails if it is not done after
/// [`TierFleet::patience`](crate::TierFleet::patience): a deadlock is a failure.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use async_trait::async_trait;
/// use cubbyhole_core::{ManualClock, SharedTier};
/// use cubbyhole_testkit::{ManualFleet, TierFleet, tier_conformance};
///
/// struct MyFleet(ManualClock, ManualFleet);
///
/// #[async_trait]
/// impl TierFleet for MyFleet {
///     async fn node(&self) -> Arc<dyn SharedTier> {
///         self.1.node()
///     }
///     async fn pass(&self, time: Duration) {
///         self.0.advance(time);
///     }
/// }
///
/// fn my_fleet() -> MyFleet {
///     let clock = ManualClock::new();
///     MyFleet(clock.clone(), ManualFleet::new(clock))
/// }
///
/// tier_conformance!(my_tier, my_fleet);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! tier_conformance {
    ($name:ident, $make:expr $(,)?) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "what the expression names is up to the caller"
            )]
            use super::*;

            $crate::__tier_checks!(__tier_tests($make));
        }
    };
}

/// Mounts the part of the suite for tiers that cuts nodes off.
///
/// Takes what [`tier_conformance!`](crate::tier_conformance) takes, of a fleet that implements
/// [`TierFleet::cut`](crate::TierFleet::cut) and [`TierFleet::mend`](crate::TierFleet::mend): through a proxy in front of a
/// server, for one.
#[macro_export]
macro_rules! tier_outage_conformance {
    ($name:ident, $make:expr $(,)?) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "what the expression names is up to the caller"
            )]
            use super::*;

            $crate::__tier_outage_checks!(__tier_tests($make));
        }
    };
}

/// Runs the conformance suite for tiers and returns the [`Failure`](crate::Failure)s, of which there are none if the tier
/// passes. Outages are part of it.
///
/// Takes what [`tier_outage_conformance!`](crate::tier_outage_conformance) takes, but for the name.
#[macro_export]
macro_rules! tier_conformance_failures {
    ($make:expr $(,)?) => {{
        let mut failures = ::std::vec::Vec::<$crate::Failure>::new();
        $crate::__tier_checks!(__tier_attempts(failures, $make));
        $crate::__tier_outage_checks!(__tier_attempts(failures, $make));
        failures
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_checks {
    ($callback:ident $arguments:tt) => {
        $crate::$callback! { $arguments
            values::key_that_was_not_published_is_not_found
            values::what_one_node_publishes_another_finds
            values::publishing_again_replaces_the_value
            values::deleted_value_is_found_by_no_node
            values::bytes_come_back_as_they_were
            values::tags_and_the_negative_flag_come_back
            values::lifetime_comes_back_without_the_time_that_has_passed
            values::value_leaves_when_its_lifetime_is_over
            values::lifetimes_of_any_length_are_kept_to
            leases::lease_excludes_all_others
            leases::many_who_ask_at_once_give_one_owner
            leases::lease_of_one_key_is_no_lease_of_another
            leases::lease_is_given_although_there_is_a_value
            leases::taken_lease_beats_the_one_before
            leases::lease_that_comes_late_does_not_replace
            leases::publish_gives_the_lease_back
            leases::dropped_lease_is_given_back
            leases::failed_lease_is_given_back
            leases::lost_lease_that_ends_takes_nothing_away
            leases::lease_is_kept_while_it_is_held
            waits::wait_ends_when_the_value_is_published
            waits::wait_that_is_polled_before_is_woken
            waits::wait_ends_with_the_message_of_a_failure
            waits::wait_ends_when_the_lease_is_dropped
            waits::wait_ends_when_the_key_is_invalidated
            waits::wait_ends_when_another_sets_the_value
            waits::wait_for_one_key_is_not_ended_by_another
            waits::wait_that_is_given_up_changes_nothing
            fencing::publish_after_delete_is_refused
            fencing::publish_after_delete_is_refused_though_another_has_the_lease_now
            fencing::publish_after_clear_of_the_entry_is_refused
            fencing::publish_after_drop_of_the_scope_is_refused
            fencing::publish_after_bump_of_the_epoch_is_refused
            fencing::publish_after_invalidation_of_a_tag_in_the_scope_is_refused
            fencing::publish_after_invalidation_of_a_tag_everywhere_is_refused
            fencing::invalidation_of_something_else_refuses_nothing
            fencing::invalidation_before_the_lease_refuses_nothing
            fencing::publish_that_is_refused_tells_nobody
            invalidation::delete_holds_from_its_call
            invalidation::invalidation_holds_from_its_call
            invalidation::invalidation_that_is_not_polled_reaches_the_others
            invalidation::invalidation_of_the_whole_takes_every_key
            invalidation::clear_of_an_entry_takes_it_from_every_scope
            invalidation::drop_of_a_scope_takes_every_entry_of_it
            invalidation::bump_of_an_epoch_takes_every_entry_of_its_scope
            invalidation::tag_in_a_scope_takes_every_entry_of_it
            invalidation::tag_everywhere_takes_every_scope_and_entry
            invalidation::each_tag_of_a_value_takes_it
            invalidation::invalidation_of_something_else_takes_nothing
            invalidation::what_was_invalidated_can_be_brought_again
            events::others_hear_of_each_change_once_and_in_order
            events::nobody_is_told_of_what_it_did_itself
            events::keys_are_told_as_they_are
            events::change_is_heard_in_its_own_cell_only
            events::change_of_a_scope_is_heard_in_all_cells_of_it
            events::store_hears_what_concerns_more_than_a_scope
            events::cell_that_is_closed_hears_nothing_more
            events::place_can_be_opened_more_than_once
            events::listener_that_is_gone_is_not_missed
            events::listener_may_use_the_tier
            places::keys_are_told_apart_byte_for_byte
            places::scopes_are_told_apart_by_type_and_id
            places::entries_are_told_apart_by_kind_and_uid
            places::random_places_never_meet
            cells::status_says_that_it_is_connected
            cells::debug_names_no_user
            cells::read_that_is_given_up_changes_nothing
            cells::publish_that_is_given_up_is_done_or_not_done
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_outage_checks {
    ($callback:ident $arguments:tt) => {
        $crate::$callback! { $arguments
            outages::node_that_is_cut_off_says_so
            outages::errors_name_no_user
            outages::store_is_told_again_and_again_while_it_lasts
            outages::what_was_invalidated_meanwhile_is_found_by_nobody_afterwards
            outages::clear_of_an_entry_meanwhile_is_made_up_for
            outages::node_is_not_given_what_it_invalidated_while_it_was_cut_off
            outages::others_hear_of_what_was_invalidated_meanwhile
            outages::publish_after_what_was_invalidated_meanwhile_is_refused
            outages::node_hears_again_when_it_is_back
            outages::lease_of_a_node_that_is_cut_off_runs_out
            outages::wait_of_a_node_that_is_cut_off_ends
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_tests {
    ($arguments:tt $($group:ident :: $check:ident)*) => {
        $($crate::__tier_test!($arguments $group $check);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_test {
    (($make:expr) $group:ident $check:ident) => {
        #[test]
        fn $check() {
            $crate::tier_conformance::run(
                |trial| ::std::boxed::Box::pin($crate::tier_conformance::$group::$check(trial)),
                $make,
            );
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_attempts {
    ($arguments:tt $($group:ident :: $check:ident)*) => {
        $($crate::__tier_attempt!($arguments $group $check);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tier_attempt {
    (($failures:ident, $make:expr) $group:ident $check:ident) => {
        $failures.extend(
            $crate::tier_conformance::attempt(
                ::core::stringify!($check),
                |trial| ::std::boxed::Box::pin($crate::tier_conformance::$group::$check(trial)),
                $make,
            )
            .err(),
        );
    };
}
