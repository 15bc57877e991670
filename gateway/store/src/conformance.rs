//! The one suite that every implementation of the ports must pass.
//!
//! Each case gets a store of its own, freshly made and empty. It panics when the store does not do as the port says.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, kept in a library so that every implementation runs the same"
)]

mod accountings;
mod agreements;
mod artefacts;
mod audit;
mod candidates;
mod clients;
mod consents;
mod ingest;
mod merges;
mod notices;
mod overtaking;
mod registry;
mod requests;
mod restrictions;
mod sample;
mod service_requests;
mod signing_links;
mod weighed;
mod witness;

use std::pin::Pin;

use crate::{AuditStore, RecordStore};

/// A case that runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A case for a record store.
pub struct RecordCase {
    /// What it shows, as a sentence.
    pub name: &'static str,
    /// Runs it on an empty store.
    pub run: for<'a> fn(&'a dyn RecordStore) -> Running<'a>,
}

/// A case for an audit store.
pub struct AuditCase {
    /// What it shows, as a sentence.
    pub name: &'static str,
    /// Runs it on an empty store.
    pub run: for<'a> fn(&'a dyn AuditStore) -> Running<'a>,
}

impl std::fmt::Debug for RecordCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl std::fmt::Debug for AuditCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! cases {
    ($case:ident: $($module:ident :: $name:ident,)+) => {
        &[$($case { name: stringify!($name), run: |store| Box::pin($module::$name(store)) },)+]
    };
}

/// Every case for a record store.
pub const RECORDS: &[RecordCase] = cases! { RecordCase:
    accountings::a_request_for_an_accounting_changes_one_step_at_a_time,
    accountings::what_is_owed_is_listed_by_day_until_it_is_given,
    agreements::what_is_in_force_follows_from_the_history,
    agreements::every_version_stays_readable_with_its_approval,
    agreements::of_two_who_change_at_once_one_does,
    artefacts::a_scan_comes_back_byte_by_byte,
    artefacts::a_scan_is_never_replaced,
    artefacts::a_scan_is_of_a_form_on_file_and_of_its_client,
    artefacts::scans_of_one_form_are_few,
    candidates::a_client_is_found_under_each_key_and_no_other,
    candidates::one_more_than_the_limit_is_returned,
    candidates::a_changed_identity_is_found_under_its_new_keys_only,
    clients::an_element_comes_back_as_it_was_staged,
    clients::unknown_people_and_nobody_have_nothing,
    clients::each_client_has_a_key_that_stays,
    clients::birth_dates_are_those_of_every_source_or_of_one,
    clients::treating_relationships_are_replaced_by_record,
    clients::clients_of_canaries_are_neither_listed_nor_counted,
    consents::versions_are_kept_in_order,
    consents::a_consent_stays_with_its_client,
    consents::the_newest_version_of_each_is_listed,
    consents::what_is_to_be_done_is_listed_for_the_holder_until_it_is_done,
    consents::many_new_consents_are_recorded_or_none,
    consents::one_form_of_one_holder_is_one_consent,
    consents::what_the_log_is_owed_is_noted_with_the_step_or_not_at_all,
    ingest::what_is_staged_is_invisible_until_published,
    ingest::an_aborted_push_leaves_nothing,
    ingest::what_a_push_takes_away_is_counted_beside_what_is_on_file,
    ingest::a_push_that_began_beside_one_that_was_undone_is_counted_and_undone_whole,
    ingest::what_was_superseded_long_ago_is_removed_and_nothing_else,
    ingest::only_refused_or_failed_ends_an_abort,
    ingest::the_same_bytes_again_are_recognised,
    ingest::bytes_that_were_overtaken_are_new,
    ingest::one_push_of_a_source_runs_at_a_time,
    ingest::only_a_running_push_of_its_source_is_staged_or_ended,
    ingest::only_clients_on_file_or_new_are_spoken_about,
    ingest::what_was_running_is_swept,
    ingest::pieces_count_in_their_order,
    ingest::after_a_piece_that_fails_none_is_written,
    ingest::a_large_piece_is_kept_whole,
    ingest::a_record_is_read_as_its_source_last_said_it,
    ingest::a_message_is_known_again_once_it_is_published,
    merges::a_key_that_was_taken_back_still_tells_whom_it_meant,
    merges::merges_are_kept_with_the_push_that_is_published,
    notices::a_step_is_noted_until_it_was_looked_at,
    notices::notices_are_listed_for_their_recipient_until_acknowledged,
    overtaking::an_unchanged_element_keeps_its_id,
    overtaking::what_a_record_says_no_longer_is_gone,
    overtaking::who_has_left_a_team_treats_no_longer,
    overtaking::a_withdrawn_record_is_gone,
    overtaking::a_withdrawn_client_is_gone_for_that_source_only,
    overtaking::a_withdrawal_counts_after_the_rest_of_its_piece,
    overtaking::what_was_withdrawn_can_be_said_again,
    overtaking::an_unchanged_element_keeps_the_time_it_was_received,
    overtaking::what_was_aborted_is_not_compared_with,
    overtaking::a_key_that_moves_to_another_client_leaves_the_first,
    overtaking::a_record_that_moves_to_another_client_leaves_the_first,
    registry::the_same_content_enters_nothing,
    registry::every_version_is_kept,
    requests::requests_are_kept_and_counted_whoever_they_are_about,
    requests::each_agency_answers_a_request_once_while_it_is_open,
    requests::a_source_hears_its_own_keys_of_a_client_alone,
    restrictions::versions_of_a_restriction_are_kept_in_order,
    restrictions::the_newest_restrictions_of_a_client_are_listed,
    service_requests::requests_are_found_by_place_and_time_the_newest_first,
    service_requests::the_later_word_on_a_request_stands,
    service_requests::old_requests_are_forgotten,
    signing_links::a_link_is_found_by_its_digest_until_its_last_second,
    signing_links::a_new_link_ends_the_former,
    signing_links::a_form_that_changes_ends_its_link,
    signing_links::a_link_signs_once_and_then_shows_the_copy,
    signing_links::of_two_who_sign_at_once_one_does,
    signing_links::a_link_signs_no_other_form,
    weighed::what_pushes_took_away_counts_together_until_somebody_means_it,
    weighed::the_export_that_was_published_last_is_told_by_project,
    weighed::the_clients_of_a_source_are_those_it_names,
};

/// Every case for an audit store.
pub const AUDIT: &[AuditCase] = cases! { AuditCase:
    audit::a_batch_is_appended_whole,
    audit::a_second_sequencer_writes_nothing,
    audit::lists_change_with_the_batch_alone,
    witness::a_checkpoint_is_replaced_only_by_who_saw_the_last,
    witness::evidence_and_cosigned_checkpoints_are_kept,
    audit::a_head_must_count_its_entries,
    audit::entries_are_found_by_place_event_and_client,
    audit::intents_are_open_until_they_have_an_outcome,
    audit::a_tile_is_written_once,
};
