//! Authorisations for research, from recording to disclosure: one for research alone may last until the study ends, or have
//! no end; one for anything beside it may not (45 CFR 164.508(c)(1)(v)).

use gateway_store::AgreementAction;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::Clock as _;
use gateway_types::vocabulary::Role;
use serde_json::{Value, json};
use tests_support::{TestGateway, change, elements, patient_key};

const HOSPITAL_STAFF: Staff<'_> = Staff {
    agency: cast::LAKESIDE_HOSPITAL,
    staff: "r-hale",
    role: Role::Clinician,
    system: "lakeside-ehr",
};

const AGREEMENT: &str = r#"#:schema mou.schema.json
format    = "mou/1"
id        = "crisis-study"
version   = "1.0.0"
title     = "Study of care after a crisis"
status    = "active"
effective = 2025-01-01
review_by = 2027-01-01
instruments = ["RESEARCH"]

[[party]]
key    = "crisis"
agency = "harbor-crisis"
name   = "Harbor Crisis Services"
kind   = "behavioral_health_provider"
roles  = ["clinician"]

[[party]]
key    = "hospital"
agency = "lakeside-hospital"
name   = "Lakeside Hospital"
kind   = "hospital"
roles  = ["clinician"]

[[signature]]
party = "crisis"
name  = "Ines Abara-Holt"
title = "Chief Executive Officer"
on    = 2024-12-09

[[signature]]
party = "hospital"
name  = "Tomas Wrenfield"
title = "Chief Medical Officer"
on    = 2024-12-10

[[clause]]
id       = "2.1"
text     = "The study sees conditions and encounters of those who authorised it."
from     = "hospital"
to       = "crisis"
roles    = ["clinician"]
purposes = ["HRESCH"]
share    = ["conditions", "encounters"]
consent  = "authorization"
basis    = "45 CFR 164.508"

[redisclosure]
default = "prohibited"

[[test]]
name   = "the study sees conditions on an authorisation"
given  = { as = "crisis.clinician", from = "hospital", purpose = "HRESCH", on = 2026-03-01, consent = ["authorization"] }
expect = { visible = ["conditions"], hidden = ["medications"] }

[[test]]
name   = "and nothing without"
given  = { as = "crisis.clinician", from = "hospital", purpose = "HRESCH", on = 2026-03-01 }
expect = { hidden = ["*"] }
"#;

struct Study {
    test: TestGateway,
    key: String,
    signed: i64,
}

impl Study {
    async fn start() -> Self {
        let test = TestGateway::start().await;
        let town = test.take_in_town(60).await;
        let key = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
        change(
            &test.gateway,
            AgreementAction::Activate,
            AGREEMENT,
            test.clock.now(),
        )
        .await
        .unwrap();
        Self { test, key, signed: 0 }
    }

    /// Records an authorisation; returns its id and where it stands.
    async fn record(&mut self, purposes: &[&str], expiry: Value) -> (String, Value) {
        self.signed += 1;
        let form = json!({
            "own_key": self.key,
            "terms": {
                "kind": "authorization",
                "discloser": { "agencies": [cast::LAKESIDE_HOSPITAL] },
                "recipients": { "agencies": [cast::HARBOR_CRISIS] },
                "purposes": purposes,
                "categories": { "only": ["conditions", "encounters"] },
                "expiry": expiry,
                "statements": ["hipaa_right_to_revoke", "hipaa_conditioning", "hipaa_redisclosure_potential"],
            },
            "signature": {
                "signed_at": self.test.clock.now().plus_seconds(-60 * self.signed).to_string(),
                "signer": { "role": "client" },
                "standing": "adult",
            },
            "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned", "plain_language", "copy_given"],
        });
        let answer = self.test.asker(HOSPITAL_STAFF).post("/v1/consents", &form).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let kept = answer.json();
        (kept["consent"].as_str().unwrap().to_owned(), kept)
    }

    /// Whether the study is shown anything of the hospital now.
    async fn is_shown(&self) -> bool {
        let asked = ["conditions", "encounters"];
        let answer = self
            .test
            .clinician()
            .ask(CastMember::Rosa, "HRESCH", &asked)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let of_it = |element: &Value| element["source"] == cast::LAKESIDE_HOSPITAL;
        elements(&answer).iter().any(of_it)
    }

    async fn says(&self, consent: &str, state: &str) -> Value {
        let word = json!({ "event": { "state": state, "as_of": self.test.clock.now().to_string() } });
        let answer = self.test.step_consent(HOSPITAL_STAFF, consent, &word).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["status"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_for_research_alone_holds_until_the_study_ends() {
    let mut study = Study::start().await;
    assert!(!study.is_shown().await);
    let (id, kept) = study
        .record(&["HRESCH"], json!({ "event": "end_of_study" }))
        .await;
    assert_eq!(
        (&kept["status"], &kept["missing"]),
        (&json!("unconfirmed"), &json!([])),
        "{kept:#}"
    );
    assert!(!study.is_shown().await, "nobody has said that the study goes on");
    assert_eq!(study.says(&id, "not_occurred").await, "active");
    assert!(study.is_shown().await);
    assert_eq!(study.says(&id, "occurred").await, "expired");
    assert!(!study.is_shown().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_for_research_alone_needs_no_end_and_one_for_more_does() {
    let mut study = Study::start().await;
    for expiry in [json!("none"), json!({ "event": "end_of_study" })] {
        let (id, kept) = study.record(&["HRESCH", "TREAT"], expiry).await;
        assert_eq!(kept["missing"][0]["element"], "164.508(c)(1)(v)", "{kept:#}");
        // The study goes on; the form is not one that may last as long.
        let as_of = study.test.clock.now().to_string();
        let word = json!({ "event": { "state": "not_occurred", "as_of": as_of } });
        study.test.step_consent(HOSPITAL_STAFF, &id, &word).await;
        assert!(!study.is_shown().await);
    }
    let (id, kept) = study.record(&["HRESCH"], json!("none")).await;
    assert_eq!(kept["status"], "active", "{kept:#}");
    assert!(study.is_shown().await);
    let revocation = json!({ "at": study.test.clock.now().to_string(), "form": "written", "scope": "whole" });
    let path = format!("/v1/consents/{id}/revocations");
    let revoked = study.test.asker(HOSPITAL_STAFF).post(&path, &revocation).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert!(!study.is_shown().await);
}
