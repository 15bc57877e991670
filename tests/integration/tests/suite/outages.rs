//! No record, no release (promise 2): while the audit store does not take entries, nothing is told to anybody.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;
use tests_support::signing::with_a_link;
use tests_support::{Outage, PROGRAMME_STAFF, TestGateway, client_document, elements, identity};

const ASKED: [&str; 3] = ["medications", "case_manager_contact", "shelter_status"];

#[track_caller]
fn is_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.json()["type"], "urn:assent:problem:unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    assert!(answer.body.len() < 200, "{}", answer.text());
}

async fn health(test: &TestGateway, path: &str) -> u16 {
    test.caller(None).get(path).await.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_cannot_be_written_nothing_is_released_and_afterwards_all_is_as_before() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    for outage in [Outage::Whole, Outage::Appends] {
        let before = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
        assert!(!elements(&before).is_empty());
        test.settle().await;
        let size = test.log_size().await;
        assert_eq!(
            (health(&test, "/health").await, health(&test, "/ready").await),
            (200, 200)
        );

        test.audit.set(outage);
        is_unavailable(&test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await);
        // The neutral answer and a refusal are not given without their entry either.
        is_unavailable(
            &test
                .outreach_officer()
                .ask(CastMember::Rosa, "LE-OUTREACH", &["contact"])
                .await,
        );
        is_unavailable(
            &test
                .outreach_officer()
                .ask(CastMember::Rosa, "LE-INVEST", &["contact"])
                .await,
        );
        let account = json!({ "client": { "own_key": town.personal_id(0) } });
        is_unavailable(
            &test
                .auditor(cast::RIVERTON_HMIS)
                .post("/v1/accountings", &account)
                .await,
        );
        assert_eq!(health(&test, "/health").await, 503, "{outage:?}");
        assert_eq!(health(&test, "/ready").await, 503, "{outage:?}");

        test.audit.set(Outage::None);
        assert!(
            test.kinds_from(size).await.is_empty(),
            "{outage:?}: nothing was recorded of what was not answered"
        );
        let after = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
        assert_eq!(elements(&after), elements(&before), "{outage:?}");
        assert_eq!(
            (health(&test, "/health").await, health(&test, "/ready").await),
            (200, 200),
            "{outage:?}"
        );
    }
    test.settle().await;
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_whose_answer_was_lost_stays_and_the_log_goes_on_behind_it() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let before = test.log_size().await;
    test.audit.set(Outage::AnswersToAppends);
    is_unavailable(&test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await);
    test.audit.set(Outage::None);
    assert_eq!(
        test.clinician()
            .ask(CastMember::Rosa, "TREAT", &ASKED)
            .await
            .status,
        200
    );
    // The first intent has no completion: it counts as disclosed, though nobody got anything.
    assert_eq!(
        test.kinds_from(before).await,
        [EntryKind::Intent, EntryKind::Intent, EntryKind::Completion]
    );
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
    // The next start says so in the log.
    let size = test.log_size().await;
    let folder = test.stop().await;
    let again = TestGateway::start_in(folder, Default::default()).await;
    let kinds = again.kinds_from(size).await;
    assert_eq!(kinds.first(), Some(&EntryKind::Recovery), "{kinds:?}");
    assert!(again.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_in_that_the_log_does_not_know_of() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let clients = test.records.count_clients().await.unwrap();
    test.audit.set(Outage::Appends);
    is_unavailable(
        &test
            .push_client(
                cast::RIVERTON_HMIS,
                &client_document("NEW1", "Zanzibara", "Quillfeather", "1980-05-06"),
            )
            .await,
    );
    let status = test
        .push(
            cast::RIVERTON_PD_OUTREACH,
            "calls-for-service",
            "text/csv",
            gateway_synthetic::calls_for_service_csv(&gateway_synthetic::Town::new(9, 80, town.today()))
                .into_bytes(),
        )
        .await;
    assert_eq!(status["state"], "failed", "{status}");
    is_unavailable(
        &test
            .begin_push(cast::SAFE_HAVEN, "hmis-csv", "application/zip", vec![1; 10])
            .await,
    );
    test.audit.set(Outage::None);
    assert_eq!(test.records.count_clients().await.unwrap(), clients);
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, "NEW1").await, None);
    // What failed can be pushed again.
    let again = test
        .push_client(
            cast::RIVERTON_HMIS,
            &client_document("NEW1", "Zanzibara", "Quillfeather", "1980-05-06"),
        )
        .await;
    assert_eq!(again.status, 201, "{}", again.text());
    let found = test
        .clinician()
        .ask_about(
            &identity("Zanzibara", "Quillfeather", "1980-05-06"),
            "TREAT",
            &["shelter_status"],
        )
        .await;
    assert!(!elements(&found).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_counts_only_when_recorded_and_a_revocation_counts_even_when_it_cannot_be() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let from_cedar = |answer: &Answer| {
        elements(answer)
            .iter()
            .any(|element| element["source"] == cast::CEDAR_RECOVERY)
    };
    assert!(from_cedar(
        &test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await
    ));
    test.audit.set(Outage::Appends);
    is_unavailable(&test.revoke(PROGRAMME_STAFF, &consent).await);
    let terms = json!({ "kind": "hmis_roi", "discloser": { "agencies": [cast::RIVERTON_HMIS] },
        "recipients": { "agencies": [cast::RIVERTON_PD_OUTREACH] }, "purposes": ["LE-OUTREACH"],
        "categories": { "only": ["case_manager_contact"] }, "expiry": "none", "no_investigative_use": true });
    is_unavailable(
        &test
            .record_consent(
                tests_support::CASE_MANAGER,
                &town.personal_id(CastMember::Marcus.index()),
                &terms,
            )
            .await,
    );
    test.audit.set(Outage::None);
    assert!(
        !from_cedar(&test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await),
        "a revoked consent lives on"
    );
    let officer = test
        .outreach_officer()
        .ask(CastMember::Marcus, "LE-OUTREACH", &["case_manager_contact"])
        .await;
    assert!(elements(&officer).is_empty());
}

/// How many entries of a kind there are from number `from` on.
async fn entries(test: &TestGateway, from: u64, kind: EntryKind) -> usize {
    let kinds = test.kinds_from(from).await;
    kinds.into_iter().filter(|other| *other == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counted_before_it_was_in_the_log_has_its_entry_once_when_the_log_is_back() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    for outage in [Outage::Appends, Outage::AnswersToAppends] {
        let consent = test.record_tpo(&town, CastMember::Rosa).await;
        test.settle().await;
        let before = test.log_size().await;
        test.audit.set(outage);
        is_unavailable(&test.revoke(PROGRAMME_STAFF, &consent).await);
        test.audit.set(Outage::None);
        // The log finds out by itself that its store is back.
        while !test.records.owed_entries(1).await.unwrap().is_empty() {
            test.gateway.make_owed_entries().await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        test.gateway.make_owed_entries().await;
        assert_eq!(
            entries(&test, before, EntryKind::ConsentRevoked).await,
            1,
            "{outage:?}"
        );
        test.clock.advance(2 * 3600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_cut_off_between_store_and_log_has_its_entry_after_the_next_start() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let released = test.record_release(&town, CastMember::Marcus).await;
    test.settle().await;
    let before = test.log_size().await;
    test.audit.set(Outage::Appends);
    is_unavailable(&test.revoke(PROGRAMME_STAFF, &consent).await);
    let path = format!("/v1/consents/{released}/steps");
    let suspend = json!({ "suspend": { "why": "disputed" } });
    is_unavailable(
        &test
            .asker(tests_support::CASE_MANAGER)
            .post(&path, &suspend)
            .await,
    );
    let folder = test.stop().await;

    let again = TestGateway::start_in(folder, Default::default()).await;
    let kinds = again.kinds_from(before).await;
    let of = |kind| kinds.iter().filter(|other| **other == kind).count();
    assert_eq!(
        (of(EntryKind::ConsentRevoked), of(EntryKind::ConsentRecorded)),
        (1, 1),
        "{kinds:?}"
    );
    again.gateway.make_owed_entries().await;
    assert_eq!(entries(&again, before, EntryKind::ConsentRevoked).await, 1);
}

/// A link is ended at once, and its end is in the log for good, whatever happens between the two.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_signing_link_has_its_entry_once_when_the_log_is_back_or_after_the_next_start() {
    let (test, _, consent, link) = with_a_link().await;
    test.settle().await;
    let before = test.log_size().await;
    test.audit.set(Outage::Appends);
    let path = format!("/v1/consents/{consent}/signing-links");
    let end = async |test: &TestGateway| {
        let staff = test.asker(PROGRAMME_STAFF).0;
        staff.call("DELETE", &path, "application/json", "").await.unwrap()
    };
    is_unavailable(&end(&test).await);
    assert_eq!(link.get("").await.status, 404, "it is ended");
    // Ended again, there is nothing more to be said.
    assert_eq!(end(&test).await.json()["ended"], false);
    let folder = test.stop().await;
    let again = TestGateway::start_in(folder, Default::default()).await;
    assert_eq!(entries(&again, before, EntryKind::ConsentRecorded).await, 1);
    again.gateway.make_owed_entries().await;
    assert_eq!(entries(&again, before, EntryKind::ConsentRecorded).await, 1);
}
