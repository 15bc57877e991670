//! Recorded decisions, worked out again: the same comes out, and what a draft would have changed is counted.

use gateway_audit::EntryKind;
use gateway_exchange::replay::{Direction, NotReplayed, ReplayReport};
use gateway_store::AgreementAction;
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::vocabulary::{Category, PurposeOfUse};
use gateway_types::{Clock as _, EventId, StaffId, Timestamp};
use tests_support::{AGREEMENTS, Markers, TestGateway, change, leaf, nobody};

const ASKED: [&str; 3] = ["medications", "case_manager_contact", "shelter_status"];
const CARE: &str = AGREEMENTS[0].1;

fn somebody() -> StaffId {
    StaffId::new("d-whitfield").unwrap()
}

/// The agreement without whom of the housing side to call, as a draft that nobody has signed.
fn narrower() -> String {
    let fewer = CARE.replacen(
        "\"contact\", \"case_manager_contact\", \"shelter_status\"",
        "\"contact\", \"shelter_status\"",
        1,
    );
    assert_ne!(fewer, CARE);
    let draft = fewer.replacen("\"active\"", "\"draft\"", 1);
    // The tests inside say what version 1 shows.
    draft.split("[[test]]").next().unwrap().to_owned()
}

/// A gateway with all kinds of answers in its log: released, neutral about somebody and nobody, refused at the gates.
async fn busy() -> (TestGateway, Town) {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    for member in [CastMember::Rosa, CastMember::Marcus] {
        test.clinician().ask(member, "TREAT", &ASKED).await;
    }
    test.outreach_officer()
        .ask(CastMember::Rosa, "LE-OUTREACH", &ASKED)
        .await;
    test.outreach_officer()
        .ask_about(&nobody(), "LE-OUTREACH", &ASKED)
        .await;
    let refused = test.clinician().ask(CastMember::Rosa, "HRESCH", &ASKED).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    test.settle().await;
    (test, town)
}

async fn replay(test: &TestGateway, drafts: &[&str]) -> ReplayReport {
    let drafts: Vec<(String, String)> = drafts
        .iter()
        .map(|text| ("draft.toml".to_owned(), (*text).to_owned()))
        .collect();
    test.gateway
        .replay(&somebody(), Timestamp::from_micros(0), &drafts)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_comes_out_as_it_was_recorded_under_the_agreements_of_its_day() {
    let (test, _town) = busy().await;
    let first = replay(&test, &[]).await;
    assert!(first.holds(), "{first}");
    assert_eq!(
        (first.decisions, first.same, first.changed_decisions),
        (5, 5, 0),
        "{first}"
    );
    // The agreements change; those decided before still come out as before.
    change(&test.gateway, AgreementAction::Retire, CARE, test.clock.now())
        .await
        .unwrap();
    test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    test.settle().await;
    let second = replay(&test, &[]).await;
    assert!(second.holds(), "{second}");
    assert_eq!((second.decisions, second.same), (6, 6), "{second}");
    // From a later moment on there are fewer.
    let since = test.clock.now().plus_seconds(3600);
    let later = test.gateway.replay(&somebody(), since, &[]).await.unwrap();
    assert_eq!(later.decisions, 0);
    // Each look is an entry.
    let looks = test
        .log_from(0)
        .await
        .iter()
        .filter(|entry| leaf(entry).kind == EntryKind::LogAccess)
        .count();
    assert_eq!(looks, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_counted_by_recipient_purpose_and_category_and_names_nobody() {
    let (test, town) = busy().await;
    let report = replay(&test, &[&narrower()]).await;
    assert!(report.holds(), "{report}");
    assert!(!report.changes.is_empty(), "{report}");
    for change in &report.changes {
        assert_eq!(change.direction, Direction::NoLongerReleased, "{report}");
        assert_eq!(change.recipient.as_str(), cast::HARBOR_CRISIS);
        assert_eq!(change.purpose, PurposeOfUse::Treat);
        assert_eq!(change.category, Some(Category::CaseManagerContact));
        // The entries are those of the clinician's two questions at most.
        assert!(
            !change.entries.is_empty() && change.entries.len() <= 2,
            "{report}"
        );
    }
    // A draft that says what is in force changes nothing.
    let same = replay(&test, &[CARE]).await;
    assert_eq!(same.changed_decisions, 0, "{same}");
    // The other way round: what the retired agreement would have opened.
    change(&test.gateway, AgreementAction::Retire, CARE, test.clock.now())
        .await
        .unwrap();
    let begin = test.clock.now();
    test.clock.advance(60);
    test.clinician().ask(CastMember::Marcus, "TREAT", &ASKED).await;
    test.settle().await;
    let draft = [("draft.toml".to_owned(), CARE.to_owned())];
    let opened = test
        .gateway
        .replay(&somebody(), begin.plus_seconds(1), &draft)
        .await
        .unwrap();
    assert_eq!(opened.decisions, 1, "{opened}");
    assert!(
        opened
            .changes
            .iter()
            .any(|change| change.direction == Direction::NewlyReleased),
        "{opened}"
    );
    let json = serde_json::to_string(&report).unwrap();
    let markers = Markers::new(gateway_synthetic::markers(&town));
    for told in [report.to_string(), json] {
        assert_eq!(markers.found_in(told.as_bytes()), None, "{told}");
    }
    let faulty = [(
        "draft.toml".to_owned(),
        CARE.replacen("[\"TREAT\", \"COC\"]", "[\"TREATS\"]", 1),
    )];
    let refused = test.gateway.replay(&somebody(), begin, &faulty).await;
    assert!(
        matches!(&refused, Err(NotReplayed::Draft(found)) if found[0].line > 1),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_explained_years_later_under_the_agreements_of_its_day() {
    let (test, _town) = busy().await;
    let answer = test.clinician().ask(CastMember::Marcus, "TREAT", &ASKED).await;
    let event: EventId = answer.json()["receipt"]["event"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    change(&test.gateway, AgreementAction::Retire, CARE, test.clock.now())
        .await
        .unwrap();
    test.settle().await;
    let size = test.log_size().await;
    let explained = test.gateway.explain_decision(&somebody(), event).await.unwrap();
    assert_eq!(explained.unlike, Vec::<&str>::new());
    assert_eq!(explained.other_rules, None);
    assert_eq!(explained.explanation.response, "ok");
    let released: Vec<_> = explained
        .explanation
        .elements
        .iter()
        .filter(|element| element.outcome == "release")
        .collect();
    assert_eq!(released.len(), tests_support::elements(&answer).len());
    assert!(
        released
            .iter()
            .flat_map(|element| &element.because)
            .any(|fired| fired.rule.contains("riverton-crisis-care")),
        "the agreement that carried it is not named"
    );
    let kinds = test.kinds_from(size).await;
    assert_eq!(kinds, [EntryKind::LogAccess]);
    // A refusal at the gates is explained too, though nobody was looked up.
    let refusal = test
        .log_from(0)
        .await
        .iter()
        .rfind(|entry| leaf(entry).kind == EntryKind::Denial && entry.client.is_none())
        .unwrap()
        .event;
    let explained = test.gateway.explain_decision(&somebody(), refusal).await.unwrap();
    assert_eq!(explained.unlike, Vec::<&str>::new());
    let unknown = test
        .gateway
        .explain_decision(&somebody(), EventId::from_bytes([1; 16]))
        .await;
    assert!(
        matches!(unknown, Err(NotReplayed::NoSuchDecision(_))),
        "{unknown:?}"
    );
}
