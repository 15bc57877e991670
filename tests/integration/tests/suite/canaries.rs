//! Canaries: who must never be released stops the gateway if they are, who must always be released turns health red if they
//! are not, and nobody else can meet either.

use consent::{Recorder, Revocation, RevocationScope};
use gateway_audit::EntryKind;
use gateway_exchange::canaries::{always, form_id, never};
use gateway_store::{AgreementAction, AuditStore as _, Begun, IngestKind, NewIngest};
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::vocabulary::RevocationForm;
use gateway_types::{AgencyId, Clock as _, IngestId, StaffId};
use serde_json::{Value, json};
use tests_support::{CASE_MANAGER, CLINICIAN, PROGRAMME_STAFF, TestGateway, change, elements, leaf};

/// How many are asked about at start: one that must stay for every regime, one that must go for those with a law for it.
const AT_START: usize = 15 + 6;

async fn health(test: &TestGateway) -> (u16, Value) {
    let answer = test.caller(None).get("/health").await.unwrap();
    (answer.status.as_u16(), answer.json())
}

async fn is_well(test: &TestGateway) {
    assert_eq!(health(test).await, (200, json!({ "status": "ok" })));
}

/// A consent of one canary, changed behind the gateway's back.
async fn tamper(test: &TestGateway, number: u8) {
    let stored = test.records.consent(form_id(number)).await.unwrap().unwrap();
    let now = test.clock.now();
    let by = Recorder {
        agency: stored.consent.holder().clone(),
        staff: StaffId::new("canary").unwrap(),
    };
    let revocation = Revocation {
        at: now,
        form: RevocationForm::Written,
        scope: RevocationScope::Whole,
    };
    let revoked = stored.consent.revoke(revocation, by, now).unwrap();
    test.records
        .record_consent(&revoked, stored.version + 1, now)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_regime_is_tried_at_start_and_one_after_another_each_minute() {
    let test = TestGateway::start().await;
    let before = test.log_size().await;
    test.gateway.try_canaries().await;
    is_well(&test).await;
    let kinds = test.kinds_from(before).await;
    assert_eq!(kinds, [EntryKind::Canary; AT_START]);
    let mut outcomes = Vec::new();
    for entry in test.log_from(before).await {
        let client = [never(), always()]
            .into_iter()
            .find(|client| test.audit.client_tag(*client) == entry.client.clone().unwrap());
        let detail = test.detail(&entry, client).await;
        assert_eq!(
            detail.released.len() + usize::try_from(detail.withheld).unwrap(),
            1
        );
        outcomes.push((client, detail.released.len()));
    }
    assert_eq!(outcomes[..15], [(Some(never()), 0); 15]);
    assert_eq!(outcomes[15..], [(Some(always()), 1); 6]);

    test.clock.advance(59);
    test.gateway.turn_canaries().await;
    assert_eq!(test.log_from(before).await.len(), AT_START, "before its time");
    test.clock.advance(1);
    test.gateway.turn_canaries().await;
    test.gateway.turn_canaries().await;
    assert_eq!(test.log_from(before).await.len(), AT_START + 2);
    // All have their turn.
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..15 {
        test.clock.advance(60);
        test.gateway.turn_canaries().await;
    }
    for entry in test.log_from(before + u64::try_from(AT_START).unwrap()).await {
        let staying = test.audit.client_tag(never()) == entry.client.clone().unwrap();
        let client = if staying { never() } else { always() };
        let detail = test.detail(&entry, Some(client)).await;
        let categories: Vec<_> = detail.released.iter().map(|released| released.category).collect();
        asked.insert((staying, format!("{:?}{categories:?}", detail.holders)));
    }
    is_well(&test).await;
    assert!(asked.len() >= 4 + 6, "{asked:?}");
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_go_and_was_withheld_turns_health_red_and_says_why() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    test.gateway.try_canaries().await;
    is_well(&test).await;
    tamper(&test, 4).await;
    test.gateway.try_canaries().await;
    let (status, told) = health(&test).await;
    assert_eq!(status, 503);
    assert_eq!(
        told["troubles"],
        json!(["the canary that must be released was withheld: HMIS"])
    );
    // It still answers everybody else.
    assert_eq!(test.caller(None).get("/ready").await.unwrap().status, 200);
    let answer = test
        .clinician()
        .ask(CastMember::Rosa, "TREAT", &["medications"])
        .await;
    assert_eq!(answer.status, 200);
    assert!(!elements(&answer).is_empty());
}

/// An agreement that came into force, with a promise that keeps back what must go.
const BROKEN: &str = r#"#:schema mou.schema.json
format    = "mou/1"
id        = "broken"
version   = "1.0.0"
title     = "An agreement that says too much"
status    = "active"
effective = 2025-01-01
review_by = 2027-01-01
instruments = ["OTHER"]

[[party]]
key    = "programme"
agency = "assent-canary-programme"
name   = "Canary treatment programme"
kind   = "sud_program"
roles  = ["clinician"]

[[party]]
key    = "clinic"
agency = "assent-canary-clinic"
name   = "Canary clinic"
kind   = "behavioral_health_provider"
roles  = ["clinician"]

[[signature]]
party = "programme"
name  = "nobody"
title = "invented"
on    = 2024-12-09

[[signature]]
party = "clinic"
name  = "nobody"
title = "invented"
on    = 2024-12-10

[[clause]]
id       = "1"
text     = "Conditions go."
from     = "programme"
to       = "clinic"
roles    = ["clinician"]
purposes = ["TREAT"]
share    = ["conditions"]
consent  = "not_required"
basis    = "none: invented"

[[never]]
id    = "2"
text  = "Allergies are never told."
to    = "clinic"
share = ["allergies"]

[redisclosure]
default = "prohibited"

[[test]]
name   = "conditions"
given  = { as = "clinic.clinician", from = "programme", purpose = "TREAT", on = 2026-03-01 }
expect = { visible = ["conditions"], hidden = ["allergies"] }

[[test]]
name   = "and nothing else"
given  = { as = "clinic.clinician", from = "programme", purpose = "COC", on = 2026-03-01 }
expect = { hidden = ["*"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_that_keeps_back_too_much_is_noticed_until_it_is_gone() {
    let test = TestGateway::start().await;
    test.gateway.try_canaries().await;
    is_well(&test).await;
    change(&test.gateway, AgreementAction::Activate, BROKEN, test.clock.now())
        .await
        .unwrap();
    test.gateway.try_canaries().await;
    let (status, told) = health(&test).await;
    assert_eq!(
        (status, &told["troubles"]),
        (
            503,
            &json!(["the canary that must be released was withheld: HIPAA"])
        )
    );
    change(&test.gateway, AgreementAction::Retire, BROKEN, test.clock.now())
        .await
        .unwrap();
    // What failed is tried again at every turn.
    test.clock.advance(60);
    test.gateway.turn_canaries().await;
    is_well(&test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_who_must_never_be_released_is_nothing_goes_to_anybody_and_all_look_the_same() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.gateway.try_canaries().await;
    is_well(&test).await;
    // A record of who must stay is taken for the asker's own: as if a rule, or the naming of sources, had gone wrong.
    mislabel(&test).await;
    let before = test.log_size().await;
    test.gateway.try_canaries().await;
    let (status, told) = health(&test).await;
    assert_eq!(status, 503);
    assert_eq!(
        told["troubles"],
        json!(["the canary that must never be released was: nothing is released"])
    );
    let kinds = test.kinds_from(before).await;
    assert!(kinds.iter().all(|kind| *kind == EntryKind::Canary), "{kinds:?}");

    let before = test.log_size().await;
    let known = test
        .clinician()
        .ask(CastMember::Rosa, "TREAT", &["medications"])
        .await;
    let unknown = test
        .clinician()
        .ask_about(&tests_support::nobody(), "TREAT", &["medications"])
        .await;
    let refused = test
        .clinician()
        .ask(CastMember::Rosa, "LE-INVEST", &["medications"])
        .await;
    for answer in [&known, &unknown, &refused] {
        assert_eq!(
            (answer.status.as_u16(), &answer.body),
            (503, &known.body),
            "{}",
            answer.text()
        );
    }
    let key = tests_support::patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let call = json!({
        "hook": "patient-consent-consult",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "patientId": [{ "system": consent::fhir::names::OWN_KEY, "value": key }],
            "scope": "patient-privacy",
            "purposeOfUse": "TREAT",
            "actor": [{ "system": consent::fhir::names::AGENCY, "value": cast::HARBOR_CRISIS }],
        },
    });
    let advice = test
        .asker(PROGRAMME_STAFF)
        .post("/cds-services/patient-consent-consult", &call)
        .await;
    assert_eq!(advice.status, 503, "{}", advice.text());
    assert_eq!(test.log_size().await, before, "nothing was even looked at");
    assert_eq!(test.caller(None).get("/ready").await.unwrap().status, 503);
    // It does not get well by itself.
    test.clock.advance(120);
    test.gateway.turn_canaries().await;
    assert_eq!(health(&test).await.0, 503);
}

/// Puts a record of the one who must stay on file as if it were the stranger's own, and so stayed inside its house.
async fn mislabel(test: &TestGateway) {
    use gateway_store::{StagedBatch, StagedElement};
    use gateway_types::vocabulary::Category;
    use gateway_types::{ElementId, LabelledElement, Payload, RecordKey, WordSet};
    let source = AgencyId::new("assent-canary-stranger").unwrap();
    let entropy = gateway_crypto::SystemEntropy;
    let id = IngestId::generate(&*test.clock, &entropy).unwrap();
    let begun = NewIngest {
        id,
        source: source.clone(),
        kind: IngestKind::FhirBundle,
        digest: gateway_crypto::Digest::of(b"mislabelled"),
        received_at: test.clock.now(),
    };
    assert!(matches!(
        test.records.begin_ingest(&begun).await.unwrap(),
        Begun::New
    ));
    let batch = StagedBatch {
        elements: vec![StagedElement {
            id: ElementId::generate(&*test.clock, &entropy).unwrap(),
            client: never(),
            programme: None,
            element: LabelledElement {
                record: RecordKey::new("canary", "mislabelled"),
                category: Some(Category::Allergies),
                source_programme: None,
                regimes: WordSet::EMPTY,
                sensitivity: WordSet::EMPTY,
                facts: WordSet::EMPTY,
                as_of: None,
                payload: Payload::new().with("canary", true),
            },
        }],
        ..StagedBatch::default()
    };
    test.records.stage(id, &source, batch).await.unwrap();
    test.records
        .publish(id, &json!({}), test.clock.now())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_meet_a_canary_and_no_count_has_them() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let people = test.gateway.count_clients().await.unwrap();
    let listed = test.records.every_client().await.unwrap();
    test.gateway.try_canaries().await;
    assert_eq!(test.gateway.count_clients().await.unwrap(), people);
    let after = test.records.every_client().await.unwrap();
    assert_eq!(after.len(), listed.len());
    assert!(!after.contains(&never()) && !after.contains(&always()));
    // By no agency's own key, and by nothing that is told of them.
    for by in [CLINICIAN, PROGRAMME_STAFF, CASE_MANAGER] {
        for key in ["go", "stay"] {
            assert!(test.client_of(by.agency, key).await.is_none());
        }
    }
    let mut born = tests_support::nobody();
    born.birth_date = Some(gateway_types::Pii::new(
        gateway_types::Date::new(1970, 1, 1).unwrap(),
    ));
    let answer = test
        .clinician()
        .ask_about(&born, "TREAT", &["medications", "allergies"])
        .await;
    assert!(elements(&answer).is_empty());
    // In no accounting.
    let account = test
        .auditor(cast::CEDAR_RECOVERY)
        .post("/v1/accountings", &json!({ "client": { "own_key": "go" } }))
        .await;
    assert!(!account.text().contains("canary"), "{}", account.text());
    // Nobody can be registered as one of their agencies.
    let text = "id = \"assent-canary-clinic\"\nname = \"x\"\nkind = \"hospital\"\n";
    assert!(gateway_exchange::directory::read_registration("x.toml", text).is_err());
    // And they are told from others in the log by their kind alone.
    for entry in test.log_from(0).await {
        let tag = entry.client.clone();
        let canary = [never(), always()]
            .iter()
            .any(|client| tag.as_ref() == Some(&test.audit.client_tag(*client)));
        assert_eq!(canary, leaf(&entry).kind == EntryKind::Canary);
    }
}
