//! The whole gateway, from outside: over mutual TLS, or as the `assent` binary. A module for each promise it keeps.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests: a failure here is a failed test"
)]

mod abuse;
mod accounting;
mod accountings_for_clients;
mod accountings_owed;
mod agreements;
mod api_description;
mod architecture;
mod bad_requests;
mod binary;
mod binary_agreements;
mod binary_pages;
mod binary_push;
mod binary_witnesses;
mod canaries;
mod ccda_answers;
mod cds_hooks;
mod charts;
mod consent_authority;
mod consent_fhir;
mod consent_import;
mod consent_life;
mod consent_listing;
mod consent_preview;
mod consent_requests;
mod consent_research;
mod consent_scans;
mod consents;
mod consents_decide;
mod consents_on_paper;
mod disclosing;
mod emergencies;
mod exports;
mod fhir_answers;
mod full_disk;
mod go_verifiers;
mod high_water;
mod imports;
mod kill;
mod labels;
mod log_searches;
mod lost_writes;
mod many_small_deletions;
mod messages;
mod neutral;
mod nothing_leaks;
mod older_exports;
mod outages;
mod police_records;
mod postgres;
mod pushes;
mod raw;
mod registered_late;
mod replay;
mod restrictions;
mod revocation_travels;
mod service_requests;
mod signing_links;
mod signing_pages;
mod standing;
mod stops_at_once;
mod suspensions;
mod taken_back;
mod who_it_was;
mod witnesses;
mod witnesses_that_lie;
