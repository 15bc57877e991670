//! Pushing files and recording consents.

use std::io::Cursor;

use gateway_http::Answer;
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};

use crate::{CASE_MANAGER, PROGRAMME_STAFF, TestGateway};

/// The seed of the tests' town.
const SEED: u64 = 7;

impl TestGateway {
    /// Takes in everything about a town of so many clients, and returns the town.
    pub async fn take_in_town(&self, clients: usize) -> Town {
        let town = Town::new(SEED, clients, self.clock.now().date());
        let mut export = Cursor::new(Vec::new());
        gateway_synthetic::write_hmis_zip(&town, &mut export).expect("an export");
        let status = self
            .push(
                cast::RIVERTON_HMIS,
                "hmis-csv",
                "application/zip",
                export.into_inner(),
            )
            .await;
        assert_eq!(status["state"], "published", "{status}");
        for (agency, bundle) in gateway_synthetic::fhir_bundles(&town).expect("bundles") {
            let status = self
                .push(
                    agency.as_str(),
                    "fhir",
                    "application/fhir+json",
                    bundle.into_bytes(),
                )
                .await;
            assert_eq!(status["state"], "published", "{agency}: {status}");
        }
        let calls = gateway_synthetic::calls_for_service_csv(&town).into_bytes();
        let status = self
            .push(cast::RIVERTON_PD_OUTREACH, "calls-for-service", "text/csv", calls)
            .await;
        assert_eq!(status["state"], "published", "{status}");
        town
    }

    /// Pushes bytes, waits for the end and returns the import as it then stands.
    pub async fn push(&self, agency: &str, kind: &str, media_type: &str, bytes: Vec<u8>) -> Value {
        let answer = self.begin_push(agency, kind, media_type, bytes).await;
        if !answer.status.is_success() {
            return answer.json();
        }
        let id = answer.json()["import"].as_str().expect("an import id").to_owned();
        self.settle().await;
        self.caller(Some(agency))
            .get(&format!("/v1/imports/{id}"))
            .await
            .expect("an answer")
            .json()
    }

    /// Pushes bytes and returns the first answer.
    pub async fn begin_push(&self, agency: &str, kind: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
        self.caller(Some(agency))
            .call("POST", &format!("/v1/imports/{kind}"), media_type, bytes)
            .await
            .expect("an answer")
    }

    /// Records a Part 2 TPO consent of a member of the cast at the treatment programme; returns its id.
    pub async fn record_tpo(&self, town: &Town, member: CastMember) -> String {
        let terms = json!({
            "kind": "tpo",
            "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
            "recipients": { "classes": ["treating_providers"] },
            "purposes": ["TREAT", "HPAYMT", "HOPERAT"],
            "categories": { "only": ["sud_treatment", "medications", "conditions", "encounters", "enrollment"] },
            "expiry": "none",
            "statements": [
                "part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke",
                "part2_redisclosure_potential", "part2_refusal_consequences",
            ],
        });
        let answer = self
            .record_consent(
                PROGRAMME_STAFF,
                &patient_key(town, cast::CEDAR_RECOVERY, member),
                &terms,
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["consent"]
            .as_str()
            .expect("a consent id")
            .to_owned()
    }

    /// Records an HMIS release of a member of the cast that names the police outreach team; returns its id.
    pub async fn record_release(&self, town: &Town, member: CastMember) -> String {
        let terms = json!({
            "kind": "hmis_roi",
            "discloser": { "agencies": [cast::RIVERTON_HMIS] },
            "recipients": { "agencies": [cast::RIVERTON_PD_OUTREACH] },
            "purposes": ["LE-OUTREACH"],
            "categories": { "only": ["contact", "case_manager_contact", "shelter_status"] },
            "expiry": { "at": self.clock.now().plus_seconds(180 * 86_400).to_string() },
            "no_investigative_use": true,
        });
        let answer = self
            .record_consent(CASE_MANAGER, &town.personal_id(member.index()), &terms)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["consent"]
            .as_str()
            .expect("a consent id")
            .to_owned()
    }

    /// Records a consent with these terms, signed an hour ago, everything vouched for.
    pub async fn record_consent(&self, by: gateway_synthetic::Staff<'_>, key: &str, terms: &Value) -> Answer {
        let form = json!({
            "own_key": key,
            "terms": terms,
            "signature": {
                "signed_at": self.clock.now().plus_seconds(-3600).to_string(),
                "signer": { "role": "client" },
                "standing": "adult",
                "artefact": gateway_crypto::Digest::of(terms.to_string().as_bytes()).to_string(),
            },
            "attested": [
                "name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned",
                "plain_language", "copy_given",
            ],
        });
        self.asker(by).post("/v1/consents", &form).await
    }

    /// Revokes a consent orally, now.
    pub async fn revoke(&self, by: gateway_synthetic::Staff<'_>, consent: &str) -> Answer {
        let revocation = json!({ "at": self.clock.now().to_string(), "form": "oral", "scope": "whole" });
        self.asker(by)
            .post(&format!("/v1/consents/{consent}/revocations"), &revocation)
            .await
    }
}

/// Terms of a single Part 2 consent for treatment, payment and operations (42 CFR 2.31, 2.33) at the treatment programme.
#[must_use]
pub fn tpo_terms() -> Value {
    json!({
        "kind": "tpo",
        "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
        "recipients": { "classes": ["treating_providers"] },
        "purposes": ["TREAT", "HPAYMT", "HOPERAT"],
        "categories": { "only": ["sud_treatment", "medications", "conditions", "encounters"] },
        "expiry": "none",
        "statements": [
            "part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke",
            "part2_redisclosure_potential", "part2_refusal_consequences",
        ],
    })
}

/// The key by which a clinic's bundle names a member of the cast.
#[must_use]
pub fn patient_key(town: &Town, agency: &str, member: CastMember) -> String {
    let born = member.person().birth_date.to_string();
    gateway_synthetic::fhir_bundles(town)
        .expect("bundles")
        .iter()
        .filter(|(source, _)| source.as_str() == agency)
        .flat_map(|(_, bundle)| {
            let bundle: Value = serde_json::from_str(bundle).expect("a bundle");
            bundle["entry"].as_array().cloned().unwrap_or_default()
        })
        .map(|entry| entry["resource"].clone())
        .find(|resource| resource["resourceType"] == "Patient" && resource["birthDate"] == born.as_str())
        .and_then(|patient| patient["id"].as_str().map(str::to_owned))
        .expect("the clinic knows the member")
}

/// One client in the form of `POST /v1/clients`: entered at the HMIS lead, sleeping outside, reachable by phone.
#[must_use]
pub fn client_document(key: &str, first_name: &str, last_name: &str, born: &str) -> Value {
    json!({
        "version": "FY2026",
        "exported_at": "2026-11-10T14:00:00Z",
        "organizations": [{ "OrganizationID": "O1", "OrganizationName": "Harbour Housing", "VictimServiceProvider": 0 }],
        "projects": [{
            "ProjectID": "J1", "OrganizationID": "O1", "ProjectName": "Pier House", "ProjectType": 0,
            "TargetPopulation": 4, "HOPWAMedAssistedLivingFac": null,
        }],
        "funders": [],
        "users": [{ "UserID": "U1", "UserFirstName": "Wanda", "UserPhone": "5550100" }],
        "client": {
            "PersonalID": key, "FirstName": first_name, "LastName": last_name, "NameDataQuality": 1,
            "DOB": born, "DOBDataQuality": 1, "SSNDataQuality": 9,
        },
        "contact": { "phones": ["3125550123"], "address": "a tent by the pier" },
        "enrollments": [{ "EnrollmentID": format!("E-{key}"), "ProjectID": "J1", "EntryDate": "2026-09-01", "UserID": "U1" }],
        "current_living_situations": [{
            "CurrentLivingSitID": format!("C-{key}"), "EnrollmentID": format!("E-{key}"),
            "InformationDate": "2026-11-09", "CurrentLivingSituation": 116,
        }],
    })
}

impl TestGateway {
    /// Pushes one client as JSON.
    pub async fn push_client(&self, agency: &str, document: &Value) -> Answer {
        self.caller(Some(agency))
            .post_json("/v1/clients", document)
            .await
            .expect("an answer")
    }
}
