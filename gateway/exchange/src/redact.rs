//! Redaction: what a permit names, and nothing else, leaves the candidates.
//!
//! [`Redacted`] has private fields and is made only here, from a [`Permit`] or for a denial, where it is empty. Its
//! body is fixed at once, as bytes, so that the audit entry can commit to exactly what will be sent.

use adapters::answer::{self, Released};
use adapters::ccda::answer::Made;
use gateway_crypto::{Digest, Secret};
use gateway_types::vocabulary::{Notice, Obligation, Word as _};
use gateway_types::{AgencyId, EventId, Timestamp, WordSet};
use policies::facts::{ElementFacts, Facts};
use policies::labels::{self, Confidentiality, Readers};
use policies::terms::AgreementTerm;
use policies::{Decision, Permit};
use serde::Serialize;

use crate::candidates::{Candidate, Candidates};
use crate::question::Shape;

/// Obligations that the recipient has to keep, and so must be told with the data. The others are the gateway's own.
pub(crate) const TOLD: [Obligation; 3] = [Obligation::Nored, Obligation::Noreuse, Obligation::Norelink];

/// The form of an answer, and what a form may say of the answer itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) shape: Shape,
    /// The event under which it is recorded: a document has its id.
    pub(crate) event: EventId,
    /// When it is made.
    pub(crate) at: Timestamp,
}

/// What is released: for a denial, nothing, in the same form.
pub(crate) struct Redacted {
    body: Vec<u8>,
    elements: usize,
    client_key: Secret,
}

#[derive(Serialize)]
struct Body<'a> {
    /// How confidential the whole is (HL7 v3-Confidentiality); absent where nothing in it is labelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidentiality: Option<&'static str>,
    elements: Vec<Item<'a>>,
    obligations: WordSet<Obligation>,
    notices: Vec<NoticeText>,
    /// What agreements ask of the recipients; absent where they ask nothing.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    terms: &'a [AgreementTerm],
}

#[derive(Serialize)]
struct Item<'a> {
    category: gateway_types::vocabulary::Category,
    source: &'a AgencyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<gateway_types::Date>,
    received: gateway_types::Date,
    /// Absent where the readers are not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidentiality: Option<&'static str>,
    /// HL7 v3-ActCode, of this element alone: what the recipient must refrain from; policies and sensitivities where
    /// the readers are told.
    security: Vec<&'static str>,
    fields: &'a gateway_types::Payload,
}

/// A notice that travels with the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NoticeText {
    pub(crate) notice: Notice,
    pub(crate) text: String,
}

impl Redacted {
    /// Keeps what the permit names.
    pub(crate) fn by(
        permit: &Permit,
        facts: &Facts,
        candidates: Candidates,
        notices: Vec<NoticeText>,
        form: Form,
    ) -> Result<Self, RedactionFailed> {
        let (elements, client_key) = candidates.into_elements();
        let kept: Vec<(Candidate, &ElementFacts)> = elements
            .into_iter()
            .filter(|candidate| permit.releases(&candidate.handle))
            .filter_map(|candidate| {
                let mut decided_on = facts.record.elements.iter();
                let facts = decided_on.find(|element| element.id == candidate.handle)?;
                Some((candidate, facts))
            })
            .collect();
        // A permit that names what is not there was made for other candidates.
        if kept.len() != permit.released().count() {
            return Err(RedactionFailed);
        }
        let told = permit
            .findings()
            .obligations()
            .intersection(TOLD.into_iter().collect());
        let readers = Readers::of(&facts.request);
        let attached = Attached {
            obligations: told,
            notices,
            terms: permit.findings().terms(),
        };
        Self::new(&kept, readers, attached, form, client_key)
    }

    /// The neutral body: nothing, for whatever reason.
    pub(crate) fn nothing(client_key: Secret, form: Form) -> Result<Self, RedactionFailed> {
        let attached = Attached {
            obligations: WordSet::EMPTY,
            notices: Vec::new(),
            terms: &[],
        };
        Self::new(&[], Readers::Others, attached, form, client_key)
    }

    fn new(
        kept: &[(Candidate, &ElementFacts)],
        readers: Readers,
        attached: Attached<'_>,
        form: Form,
        client_key: Secret,
    ) -> Result<Self, RedactionFailed> {
        let elements: Vec<Item<'_>> = kept
            .iter()
            .map(|(candidate, facts)| Item {
                category: candidate.category,
                source: &candidate.element.source,
                as_of: candidate.element.as_of,
                received: candidate.element.received_at.date(),
                confidentiality: Confidentiality::told(facts, readers).map(Confidentiality::code),
                security: labels::of_element(facts, attached.obligations, readers),
                fields: &candidate.element.payload,
            })
            .collect();
        let released = kept.iter().map(|(_, facts)| *facts);
        let confidentiality = Confidentiality::of_all(released, readers).map(Confidentiality::code);
        let body = match form.shape {
            Shape::Elements => serde_json::to_vec(&Body {
                confidentiality,
                elements,
                obligations: attached.obligations,
                notices: attached.notices,
                terms: attached.terms,
            })
            .map_err(|_| RedactionFailed)?,
            Shape::Fhir => in_standard(&elements, confidentiality, &attached, |released, attached| {
                serde_json::to_vec(&adapters::fhir::answer::bundle(released, attached))
                    .map_err(|_| RedactionFailed)
            })?,
            Shape::Ccda => in_standard(&elements, confidentiality, &attached, |released, attached| {
                let made = Made {
                    id: &form.event.as_uuid(),
                    at: form.at,
                };
                adapters::ccda::answer::document(released, attached, &made).map_err(|_| RedactionFailed)
            })?,
        };
        Ok(Self {
            body,
            elements: kept.len(),
            client_key,
        })
    }

    /// The bytes that will be sent.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The digest of the bytes that will be sent.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.body)
    }

    /// How many elements are released.
    pub(crate) const fn elements(&self) -> usize {
        self.elements
    }

    /// The key under which the audit entry is sealed.
    pub(crate) const fn client_key(&self) -> &Secret {
        &self.client_key
    }
}

/// What travels with the elements.
struct Attached<'a> {
    obligations: WordSet<Obligation>,
    notices: Vec<NoticeText>,
    terms: &'a [AgreementTerm],
}

/// The answer in a form of a standard, of the same elements and texts.
fn in_standard(
    elements: &[Item<'_>],
    confidentiality: Option<&'static str>,
    attached: &Attached<'_>,
    made: impl FnOnce(&[Released<'_>], &answer::Attached<'_>) -> Result<Vec<u8>, RedactionFailed>,
) -> Result<Vec<u8>, RedactionFailed> {
    let released: Vec<Released<'_>> = elements
        .iter()
        .map(|element| Released {
            category: element.category,
            source: element.source.as_str(),
            as_of: element.as_of,
            confidentiality: element.confidentiality,
            security: &element.security,
            fields: element.fields,
        })
        .collect();
    let codes = attached.obligations.iter().map(|code| Ok(code.code().to_owned()));
    let terms = attached
        .terms
        .iter()
        .map(|term| serde_json::to_string(term).map_err(|_| RedactionFailed));
    let obligations = codes.chain(terms).collect::<Result<Vec<_>, _>>()?;
    let notices: Vec<String> = attached
        .notices
        .iter()
        .map(|notice| notice.text.clone())
        .collect();
    let attached = answer::Attached {
        confidentiality,
        obligations: &obligations,
        notices: &notices,
    };
    made(&released, &attached)
}

impl std::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} elements]", self.elements)
    }
}

/// Redaction did not come out as the permit says. Nothing is released (promise 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("redaction did not come out as the permit says")]
pub(crate) struct RedactionFailed;

/// Redacts by a decision: what it permits, or nothing.
pub(crate) fn redact(
    decision: &Decision,
    facts: &Facts,
    candidates: Candidates,
    notices: Vec<NoticeText>,
    form: Form,
) -> Result<Redacted, RedactionFailed> {
    match decision {
        Decision::Permit(permit) => Redacted::by(permit, facts, candidates, notices, form),
        Decision::Denial(_) => Redacted::nothing(candidates.into_elements().1, form),
    }
}
