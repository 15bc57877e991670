//! Putting the canaries on file, the way of any other client: pushed by their agencies, with signed forms.
//!
//! Everything is put there once; what is on file already is left as it is, so that a canary whose record was lost or
//! changed is noticed by what becomes of the questions about it.

use std::collections::BTreeSet;

use consent::{Attested, Consent, Recorder, Signature, Terms};
use gateway_crypto::Digest;
use gateway_store::{
    Begun, IngestKind, NewIngest, StagedBatch, StagedClient, StagedElement, StagedTreating, StoreError,
};
use gateway_types::registry::Agency;
use gateway_types::{
    AgencyId, ClientIdentity, ConsentId, Date, ElementId, IngestId, LabelledElement, Payload, Pii, RecordKey,
    StaffId, WordSet,
};
use serde_json::json;

use super::flock::{Flock, KEPT, Must, STAFF, bytes, own_key};
use crate::disclose::NotDisclosed;
use crate::gateway::Gateway;

/// What is on file about the canaries; another number puts the records there anew.
const EDITION: &str = "canaries/1";

/// The forms of the client who must be released: agency, terms.
fn forms() -> [(&'static str, serde_json::Value); 4] {
    let to_the_clinic = |kind: &str, discloser: &'static str, categories: &[&str], statements: &[&str]| {
        let terms = json!({
            "kind": kind,
            "discloser": { "agencies": [discloser] },
            "recipients": { "agencies": ["assent-canary-clinic"] },
            "purposes": ["TREAT"],
            "categories": { "only": categories },
            "expiry": { "at": "2199-12-31T00:00:00Z" },
            "statements": statements,
            "names_gateway": true,
        });
        (discloser, terms)
    };
    let (programme, housing) = ("assent-canary-programme", "assent-canary-housing");
    [
        to_the_clinic(
            "named",
            programme,
            &["sud_treatment", "medications"],
            &[
                "part2_redisclosure_by_hipaa_holders",
                "part2_right_to_revoke",
                "part2_redisclosure_potential",
                "part2_refusal_consequences",
            ],
        ),
        to_the_clinic(
            "notes",
            programme,
            &["sud_counseling_notes"],
            &[
                "part2_redisclosure_by_hipaa_holders",
                "part2_right_to_revoke",
                "part2_redisclosure_potential",
                "part2_refusal_consequences",
            ],
        ),
        to_the_clinic(
            "notes",
            programme,
            &["psychotherapy_notes"],
            &[
                "hipaa_right_to_revoke",
                "hipaa_conditioning",
                "hipaa_redisclosure_potential",
            ],
        ),
        to_the_clinic("hmis_roi", housing, &["shelter_status"], &[]),
    ]
}

impl Gateway {
    /// Puts on file what is not there yet.
    pub(super) async fn plant(&self, flock: &Flock) -> Result<(), NotDisclosed> {
        for agency in flock.agencies() {
            self.plant_records(agency).await?;
        }
        for (number, (agency, terms)) in (1_u8..).zip(forms()) {
            self.plant_form(number, agency, terms).await?;
        }
        Ok(())
    }

    async fn plant_records(&self, agency: &Agency) -> Result<(), NotDisclosed> {
        let now = self.now();
        let id = IngestId::generate(self.clock(), self.entropy()).map_err(|_| NotDisclosed::Fault)?;
        let begun = NewIngest {
            id,
            source: agency.id.clone(),
            kind: IngestKind::FhirBundle,
            digest: Digest::of(format!("{EDITION}/{}", agency.id).as_bytes()),
            received_at: now,
        };
        if matches!(self.records().begin_ingest(&begun).await?, Begun::Already(_)) {
            return Ok(());
        }
        let batch = self.batch(agency).await?;
        let staged = self.records().stage(id, &agency.id, batch).await;
        let report = json!({});
        match staged {
            Ok(_) => Ok(self.records().publish(id, &report, self.now()).await?),
            Err(error) => {
                let failed = gateway_store::IngestState::Failed;
                self.records().abort(id, failed, &report, self.now()).await?;
                Err(error.into())
            }
        }
    }

    async fn batch(&self, agency: &Agency) -> Result<StagedBatch, NotDisclosed> {
        let mut batch = StagedBatch::default();
        for must in [Must::Stay, Must::Go] {
            let client = must.client();
            let on_file = match self.records().client_key(Some(client)).await {
                Ok(_) => true,
                Err(StoreError::Missing { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            batch.clients.push(StagedClient {
                client,
                new: !on_file,
                source_key: own_key(must),
                identity: ClientIdentity {
                    birth_date: Date::new(1970, 1, 1).map(Pii::new),
                    ..ClientIdentity::default()
                },
                // Found under nothing.
                blocking: Vec::new(),
            });
            for kept in KEPT.iter().filter(|kept| agency.id.as_str() == kept.source) {
                let record = RecordKey::new("canary", format!("{}/{}", must.in_words(), kept.regime));
                batch.elements.push(StagedElement {
                    id: ElementId::generate(self.clock(), self.entropy()).map_err(|_| NotDisclosed::Fault)?,
                    client,
                    programme: kept.programme_id(),
                    element: LabelledElement {
                        record,
                        category: Some(kept.category),
                        source_programme: kept.programme.map(str::to_owned),
                        regimes: WordSet::EMPTY,
                        sensitivity: WordSet::EMPTY,
                        facts: WordSet::EMPTY,
                        as_of: None,
                        payload: Payload::new().with("canary", true),
                    },
                });
            }
            if !agency.roles.is_empty() {
                batch.treating.push(StagedTreating {
                    client,
                    staff: StaffId::new(STAFF).map_err(|_| NotDisclosed::Fault)?,
                    since: None,
                    until: None,
                    record: RecordKey::new("canary-team", must.in_words()),
                });
            }
        }
        Ok(batch)
    }

    async fn plant_form(
        &self,
        number: u8,
        agency: &str,
        terms: serde_json::Value,
    ) -> Result<(), NotDisclosed> {
        let id = form_id(number);
        if self.records().consent(id).await?.is_some() {
            return Ok(());
        }
        let fault = |error: serde_json::Error| {
            tracing::error!(%error, "a canary's form cannot be read");
            NotDisclosed::Fault
        };
        let now = self.now();
        let artefact = Digest::of(terms.to_string().as_bytes()).to_string();
        let terms: Terms = serde_json::from_value(terms).map_err(fault)?;
        let signature: Signature = serde_json::from_value(json!({
            "signed_at": now.to_string(),
            "signer": { "role": "client" },
            "standing": "adult",
            "artefact": artefact,
        }))
        .map_err(fault)?;
        let by = Recorder {
            agency: AgencyId::new(agency).map_err(|_| NotDisclosed::Fault)?,
            staff: StaffId::new(STAFF).map_err(|_| NotDisclosed::Fault)?,
        };
        let vouched = BTreeSet::from(Attested::ALL);
        let form = Consent::record_signed(id, Must::Go.client(), terms, signature, vouched, by, now);
        let form = form.map_err(|error| {
            tracing::error!(%error, "a canary's form cannot be recorded");
            NotDisclosed::Fault
        })?;
        Ok(self.records().record_consent(&form, 1, now).await?)
    }
}

/// The id of a form of the client who must be released.
#[must_use]
pub const fn form_id(number: u8) -> ConsentId {
    ConsentId::from_bytes(bytes(2, number))
}
