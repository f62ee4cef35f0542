//! Each check of tiers catches the bug it is there for.

use std::collections::BTreeSet;

use cubbyhole_testkit::tier_conformance::attempt;
use cubbyhole_testkit::tier_conformance::{
    cells, events, fencing, invalidation, leases, outages, places, values, waits,
};
use cubbyhole_testkit::{Failure, TierFleet, tier_conformance_failures};

use crate::broken::{Broken, Flaw};

/// A test for each flaw: the checks that are named catch it.
macro_rules! caught {
    ($($test:ident: $flaw:ident => $($group:ident::$check:ident),*;)*) => {
        $(
            #[test]
            fn $test() {
                let make = || Broken::new(Flaw::$flaw);
                $(
                    let check = stringify!($check);
                    let caught = attempt(check, |trial| Box::pin($group::$check(trial)), make);
                    assert!(caught.is_err(), "{check} lets it pass");
                )*
            }
        )*

        /// The checks that are known to catch something.
        const PROVEN: &[&str] = &[$($(stringify!($check)),*),*];
    };
}

caught! {
    a_tier_that_is_never_empty: FindsWhatIsNotThere => values::key_that_was_not_published_is_not_found;
    a_tier_that_stores_nothing: StoresNothing => values::what_one_node_publishes_another_finds, values::publishing_again_replaces_the_value;
    bytes_taken_for_text: EndsBytesAtNul => values::bytes_come_back_as_they_were;
    tags_that_are_lost: LosesTags => values::tags_and_the_negative_flag_come_back, invalidation::each_tag_of_a_value_takes_it;
    lifetimes_that_are_lost: LosesLifetimes => values::lifetime_comes_back_without_the_time_that_has_passed;
    lifetimes_in_seconds: RoundsLifetimesUp => values::value_leaves_when_its_lifetime_is_over, values::lifetimes_of_any_length_are_kept_to;
    a_delete_that_keeps: DeletesNothing => values::deleted_value_is_found_by_no_node, fencing::publish_after_delete_is_refused;
    a_delete_that_takes_too_much: DeletesTheEntry => values::deleted_value_is_found_by_no_node, invalidation::invalidation_of_something_else_takes_nothing, fencing::invalidation_of_something_else_refuses_nothing;
    keys_that_end_at_nul: KeysEndAtNul => places::keys_are_told_apart_byte_for_byte;
    names_that_are_joined: EntriesAreOneName => places::entries_are_told_apart_by_kind_and_uid, places::random_places_never_meet;
    scopes_without_a_type: ScopesAreTheirIds => places::scopes_are_told_apart_by_type_and_id, places::random_places_never_meet;
    a_lease_for_each: LeasesToAll => leases::lease_excludes_all_others, leases::many_who_ask_at_once_give_one_owner;
    a_lease_for_new_values_only: LeasesNoValueThatIsThere => leases::lease_is_given_although_there_is_a_value;
    a_lease_of_the_whole_entry: LeasesTheEntry => leases::lease_of_one_key_is_no_lease_of_another;
    a_publish_without_a_fence: ForcesItsWay => leases::taken_lease_beats_the_one_before, leases::lease_that_comes_late_does_not_replace, fencing::publish_after_delete_is_refused, fencing::publish_after_delete_is_refused_though_another_has_the_lease_now, fencing::publish_after_clear_of_the_entry_is_refused, fencing::publish_after_drop_of_the_scope_is_refused, fencing::publish_after_bump_of_the_epoch_is_refused, fencing::publish_after_invalidation_of_a_tag_in_the_scope_is_refused, fencing::publish_after_invalidation_of_a_tag_everywhere_is_refused;
    a_lease_that_outlives_its_value: KeepsThePublished => leases::publish_gives_the_lease_back;
    a_lease_that_outlives_its_holder: KeepsTheDropped => leases::dropped_lease_is_given_back, waits::wait_ends_when_the_lease_is_dropped;
    a_lease_that_outlives_its_failure: KeepsTheFailed => leases::failed_lease_is_given_back;
    a_failure_without_a_word: FailsWithoutAWord => waits::wait_ends_with_the_message_of_a_failure;
    a_lost_lease_that_takes: GivesBackWhatIsLost => leases::lost_lease_that_ends_takes_nothing_away;
    a_lease_that_is_not_renewed: LosesLeasesInTime => leases::lease_is_kept_while_it_is_held;
    a_wait_without_an_end: WaitsForEver => waits::wait_ends_when_the_value_is_published, waits::wait_that_is_polled_before_is_woken, waits::wait_ends_when_the_key_is_invalidated, waits::wait_ends_when_another_sets_the_value, outages::wait_of_a_node_that_is_cut_off_ends;
    a_wait_that_does_not_wait: DoesNotWait => waits::wait_for_one_key_is_not_ended_by_another;
    a_wait_that_takes: GivingUpAWaitTakes => waits::wait_that_is_given_up_changes_nothing;
    an_invalidation_that_waits_to_be_polled: IsLazy => invalidation::delete_holds_from_its_call, invalidation::invalidation_holds_from_its_call, invalidation::invalidation_that_is_not_polled_reaches_the_others;
    a_clear_that_keeps: IgnoresEntries => invalidation::invalidation_of_the_whole_takes_every_key, invalidation::clear_of_an_entry_takes_it_from_every_scope, fencing::publish_after_clear_of_the_entry_is_refused;
    a_drop_of_a_scope_that_keeps: IgnoresScopes => invalidation::drop_of_a_scope_takes_every_entry_of_it, fencing::publish_after_drop_of_the_scope_is_refused, invalidation::invalidation_holds_from_its_call;
    a_bump_that_keeps: IgnoresEpochs => invalidation::bump_of_an_epoch_takes_every_entry_of_its_scope, fencing::publish_after_bump_of_the_epoch_is_refused, events::change_of_a_scope_is_heard_in_all_cells_of_it;
    a_tag_in_a_scope_that_keeps: IgnoresTagsInAScope => invalidation::tag_in_a_scope_takes_every_entry_of_it, fencing::publish_after_invalidation_of_a_tag_in_the_scope_is_refused;
    a_tag_everywhere_that_keeps: IgnoresTagsEverywhere => invalidation::tag_everywhere_takes_every_scope_and_entry, fencing::publish_after_invalidation_of_a_tag_everywhere_is_refused;
    a_fence_that_stays: RefusesForEver => invalidation::what_was_invalidated_can_be_brought_again, fencing::invalidation_before_the_lease_refuses_nothing;
    news_of_what_was_refused: TellsOfTheRefused => fencing::publish_that_is_refused_tells_nobody;
    news_that_come_twice: TellsTwice => events::others_hear_of_each_change_once_and_in_order;
    news_of_oneself: TellsItself => events::nobody_is_told_of_what_it_did_itself;
    news_that_are_trimmed: TrimsWhatItTells => events::keys_are_told_as_they_are, events::store_hears_what_concerns_more_than_a_scope;
    news_for_everybody: TellsEveryCell => events::change_is_heard_in_its_own_cell_only, events::change_of_a_scope_is_heard_in_all_cells_of_it;
    a_store_that_is_not_told: TellsNoStore => events::store_hears_what_concerns_more_than_a_scope, outages::store_is_told_again_and_again_while_it_lasts, outages::clear_of_an_entry_meanwhile_is_made_up_for;
    news_for_the_closed: TellsTheClosed => events::cell_that_is_closed_hears_nothing_more;
    news_for_the_first: TellsTheFirstAlone => events::place_can_be_opened_more_than_once;
    a_listener_that_is_missed: MissesTheListener => events::listener_that_is_gone_is_not_missed;
    news_under_a_lock: TellsUnderALock => events::listener_may_use_the_tier;
    a_tier_that_says_nothing: SaysNothingOfItself => cells::status_says_that_it_is_connected, outages::node_that_is_cut_off_says_so;
    a_tier_that_shows_ids: ShowsIds => cells::debug_names_no_user;
    an_error_that_shows_ids: ShowsIdsInErrors => outages::errors_name_no_user;
    a_read_that_deletes: GivingUpAReadDeletes => cells::read_that_is_given_up_changes_nothing;
    a_publish_in_two_steps: PublishesInTwoSteps => cells::publish_that_is_given_up_is_done_or_not_done;
    distrust_that_is_told_once: TellsOfDistrustOnce => outages::store_is_told_again_and_again_while_it_lasts;
    an_outage_that_forgets: ForgetsWhileAway => outages::node_that_is_cut_off_says_so, outages::what_was_invalidated_meanwhile_is_found_by_nobody_afterwards, outages::clear_of_an_entry_meanwhile_is_made_up_for, outages::node_is_not_given_what_it_invalidated_while_it_was_cut_off, outages::others_hear_of_what_was_invalidated_meanwhile, outages::publish_after_what_was_invalidated_meanwhile_is_refused;
    an_outage_that_deafens: IsDeafAfterwards => outages::node_hears_again_when_it_is_back;
    a_lease_that_outlives_its_node: LeasesLastForEver => outages::lease_of_a_node_that_is_cut_off_runs_out;
}

#[test]
fn every_check_is_proven_to_catch_something() {
    let failures = tier_conformance_failures!(|| NoFleet);
    let all: BTreeSet<_> = failures.iter().map(Failure::check).collect();
    assert_eq!(all.len(), failures.len());
    assert_eq!(all, PROVEN.iter().copied().collect());
}

/// What catches the flaws is not what stands around the fleet.
#[test]
fn a_fleet_without_a_flaw_passes() {
    let failures = tier_conformance_failures!(|| Broken::new(Flaw::Nothing));
    assert!(failures.is_empty(), "{failures:?}");
}

/// Not even a fleet.
struct NoFleet;

#[async_trait::async_trait]
impl TierFleet for NoFleet {
    #[expect(clippy::panic, reason = "this is how every check fails")]
    async fn node(&self) -> std::sync::Arc<dyn cubbyhole_core::SharedTier> {
        panic!("no fleet at all");
    }

    async fn pass(&self, _: std::time::Duration) {}
}
