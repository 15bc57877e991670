//! What four people agreed to: one Part 2 consent, one HMIS release, one consent that will be revoked, nothing.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value indexed by a name it lacks is null, not a panic"
)]

use anyhow::Context as _;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Timestamp;
use serde_json::{Value, json};

use super::setting::{CASE_MANAGER, PROGRAMME_STAFF};
use super::tour::Guide;
use super::voice::Voice;

impl Guide<'_> {
    /// Records the consents.
    pub(super) async fn sign(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.part("What people agreed to");
        for member in [CastMember::Rosa, CastMember::Tamsin] {
            let recorded = self.record_treatment_consent(member).await?;
            voice.check(
                &format!(
                    "{} signed one consent for treatment, payment and operations (42 CFR 2.31) at {}.",
                    name(member),
                    cast::CEDAR_RECOVERY
                ),
                recorded["status"] == "active",
            );
            voice.tell(&format!(
                "Read back to her: \"{}\"",
                recorded["confirm_back"].as_str().unwrap_or_default()
            ));
            if member == CastMember::Tamsin {
                let id = recorded["consent"].as_str().context("no consent id")?.to_owned();
                let _first = self.revocable.set(id);
            }
        }
        let released = self.record_hmis_release(CastMember::Marcus).await?;
        voice.check(
            &format!(
                "{} signed an HMIS release that names {}.",
                name(CastMember::Marcus),
                cast::RIVERTON_PD_OUTREACH
            ),
            released["status"] == "active",
        );
        voice.tell(&format!(
            "Read back to him: \"{}\"",
            released["confirm_back"].as_str().unwrap_or_default()
        ));
        voice.tell(&format!("{} has agreed to nothing.", name(CastMember::Ezekiel)));
        Ok(())
    }

    async fn record_treatment_consent(&self, member: CastMember) -> anyhow::Result<Value> {
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
        let token = self.setting.credentials.token(PROGRAMME_STAFF)?;
        self.record(
            cast::CEDAR_RECOVERY,
            &token,
            &self.patient_key(cast::CEDAR_RECOVERY, member)?,
            &terms,
        )
        .await
    }

    async fn record_hmis_release(&self, member: CastMember) -> anyhow::Result<Value> {
        let terms = json!({
            "kind": "hmis_roi",
            "discloser": { "agencies": [cast::RIVERTON_HMIS] },
            "recipients": { "agencies": [cast::RIVERTON_PD_OUTREACH] },
            "purposes": ["LE-OUTREACH"],
            "categories": { "only": ["contact", "case_manager_contact", "shelter_status"] },
            "expiry": { "at": self.now().plus_seconds(180 * 86_400).to_string() },
            "no_investigative_use": true,
        });
        let token = self.setting.credentials.token(CASE_MANAGER)?;
        self.record(
            cast::RIVERTON_HMIS,
            &token,
            &self.town.personal_id(member.index()),
            &terms,
        )
        .await
    }

    async fn record(&self, agency: &str, token: &str, key: &str, terms: &Value) -> anyhow::Result<Value> {
        let form = json!({
            "own_key": key,
            "terms": terms,
            "signature": {
                "signed_at": self.now().plus_seconds(-3600).to_string(),
                "signer": { "role": "client" },
                "standing": "adult",
                "artefact": gateway_crypto::Digest::of(terms.to_string().as_bytes()).to_string(),
            },
            "attested": [
                "name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned",
                "plain_language", "copy_given",
            ],
        });
        let answer = self
            .caller(agency)?
            .with_token(token)
            .post_json("/v1/consents", &form)
            .await?;
        anyhow::ensure!(
            answer.status == 201,
            "{agency}: the consent was not recorded: {}",
            answer.text()
        );
        Ok(answer.json())
    }

    /// The key by which a clinic's bundle names a member of the cast.
    fn patient_key(&self, agency: &str, member: CastMember) -> anyhow::Result<String> {
        let born = member.person().birth_date.to_string();
        for (source, bundle) in gateway_synthetic::fhir_bundles(self.town)? {
            if source.as_str() != agency {
                continue;
            }
            let bundle: Value = serde_json::from_str(&bundle)?;
            let entries = bundle["entry"].as_array().context("a bundle without entries")?;
            let patient = entries.iter().map(|entry| &entry["resource"]).find(|resource| {
                resource["resourceType"] == "Patient" && resource["birthDate"] == born.as_str()
            });
            if let Some(id) = patient.and_then(|patient| patient["id"].as_str()) {
                return Ok(id.to_owned());
            }
        }
        anyhow::bail!("{agency} has no such patient")
    }

    fn now(&self) -> Timestamp {
        use gateway_types::Clock as _;
        gateway_types::SystemClock.now()
    }
}

/// A cast member's name.
pub(super) fn name(member: CastMember) -> String {
    member.person().full_name()
}
