//! `POST /v1/disclosures`: ask for what a client agreed to share.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use gateway_exchange::disclose::{Disclosure, NotDisclosed};
use gateway_exchange::question::{Attested, AudienceMember, EmergencyStatement, Question, Shape};
use gateway_types::Pii;
use gateway_types::vocabulary::{Category, PurposeOfUse};
use policies::facts::Attestation;
use serde::Deserialize;

use super::words::{ClientRef, id, word, words};
use crate::extract::{Asking, Json};
use crate::problem::Problem;
use crate::state::Doors;

/// A question.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    /// Who is asked about.
    client: Option<ClientRef>,
    /// The purpose of use: one code, e.g. `TREAT`.
    purpose: Option<String>,
    /// The categories wanted, e.g. `medications`. At least one.
    #[serde(default)]
    categories: Vec<String>,
    /// Everyone else who will see the answer.
    #[serde(default)]
    audience: Vec<Member>,
    /// What the person who asks attests in their own name.
    #[serde(default)]
    attested: Option<Attests>,
}

/// Somebody else who will see the answer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    agency: String,
    role: String,
    system: String,
    #[serde(default)]
    staff: Option<String>,
}

/// Attested circumstances.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attests {
    /// The emergency statement (42 CFR 2.51). Only what is said counts.
    #[serde(default)]
    emergency: Option<StatesEmergency>,
    /// Other attestations.
    #[serde(default)]
    attestations: Vec<AttestsThat>,
    /// A signed consent or authorisation is said to cover this audience.
    #[serde(default)]
    consent_asserted: bool,
}

/// What medical personnel state of an emergency. Records of a Part 2 programme go on it only if every line is there:
/// who receives, who discloses and when it was the gateway adds itself.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatesEmergency {
    /// Treatment is needed at once.
    #[serde(default)]
    immediate_treatment_needed: bool,
    /// The nature of the emergency, in words. Kept with the entry.
    #[serde(default)]
    nature: Option<String>,
    /// Why consent cannot be obtained, in words. Kept with the entry.
    #[serde(default)]
    consent_unobtainable: Option<String>,
    /// Whether the client is able to consent. Not said: able.
    #[serde(default)]
    client_able_to_consent: Option<bool>,
    /// Whether the client refused. Not said: refused.
    #[serde(default)]
    client_refused: Option<bool>,
    /// Whether a representative can be asked. Not said: can be asked.
    #[serde(default)]
    representative_available: Option<bool>,
    /// The categories that are needed.
    #[serde(default)]
    needed_categories: Vec<String>,
}

/// One attestation. Who attests is who asks.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttestsThat {
    kind: String,
    #[serde(default)]
    categories: Vec<String>,
    /// Facts stated in it, e.g. `recipient_can_lessen`.
    #[serde(default)]
    statements: Vec<String>,
}

impl Ask {
    fn read(
        self,
        requester: &gateway_exchange::requester::Requester,
        shape: Shape,
    ) -> Result<Question, Problem> {
        let purpose = self
            .purpose
            .as_deref()
            .filter(|code| !code.is_empty())
            .ok_or_else(Problem::no_purpose)?;
        let purpose: PurposeOfUse = word(purpose, "purpose")?;
        let categories = words::<Category>(&self.categories, "categories")?;
        if categories.is_empty() {
            return Err(Problem::malformed()
                .with_detail("`categories`: at least one is needed; empty never means all"));
        }
        let about = self.client.ok_or_else(Problem::no_client)?.read()?;
        let audience = self
            .audience
            .into_iter()
            .enumerate()
            .map(|(index, member)| member.read(index));
        let audience = audience.collect::<Result<_, _>>()?;
        let attested = match self.attested {
            Some(attests) => attests.read(requester)?,
            None => Attested::default(),
        };
        Ok(Question {
            about,
            purpose,
            categories,
            audience,
            attested,
            shape,
        })
    }
}

impl Member {
    fn read(self, index: usize) -> Result<AudienceMember, Problem> {
        let field = |name: &str| format!("audience[{index}].{name}");
        Ok(AudienceMember {
            agency: id(&self.agency, &field("agency"))?,
            role: word(&self.role, &field("role"))?,
            system: id(&self.system, &field("system"))?,
            staff: self.staff.map(|staff| id(&staff, &field("staff"))).transpose()?,
        })
    }
}

impl Attests {
    fn read(self, requester: &gateway_exchange::requester::Requester) -> Result<Attested, Problem> {
        let attestations = self
            .attestations
            .into_iter()
            .map(|attestation| {
                Ok(Attestation {
                    kind: word(&attestation.kind, "attested.attestations.kind")?,
                    by_role: requester.role(),
                    by_agency: requester.agency_id().clone(),
                    categories: words(&attestation.categories, "attested.attestations.categories")?,
                    facts: policies::facts::Flags(words(
                        &attestation.statements,
                        "attested.attestations.statements",
                    )?),
                })
            })
            .collect::<Result<_, Problem>>()?;
        let emergency = self.emergency.map(StatesEmergency::read).transpose()?;
        Ok(Attested {
            emergency,
            attestations,
            consent_asserted: self.consent_asserted,
        })
    }
}

/// The longest text of an emergency statement, in characters.
const LONGEST_STATEMENT: usize = 2_000;

impl StatesEmergency {
    fn read(self) -> Result<EmergencyStatement, Problem> {
        let words_of = |text: Option<String>, field: &str| match text {
            Some(text) if text.chars().count() > LONGEST_STATEMENT => {
                Err(Problem::malformed().with_detail(format!("`attested.emergency.{field}` is too long")))
            }
            Some(text) if text.trim().is_empty() => Ok(None),
            said => Ok(said.map(Pii::new)),
        };
        Ok(EmergencyStatement {
            immediate_treatment_needed: self.immediate_treatment_needed,
            nature: words_of(self.nature, "nature")?,
            consent_unobtainable: words_of(self.consent_unobtainable, "consent_unobtainable")?,
            client_able_to_consent: self.client_able_to_consent,
            client_refused: self.client_refused,
            representative_available: self.representative_available,
            needed_categories: words(&self.needed_categories, "attested.emergency.needed_categories")?,
        })
    }
}

impl From<NotDisclosed> for Problem {
    fn from(error: NotDisclosed) -> Self {
        match error {
            NotDisclosed::Refused(reasons) => Self::refused().with_detail(reasons.join("; ")),
            NotDisclosed::UnknownAudience => Self::unknown_word()
                .with_detail("`audience`: an agency, role or system in it is not registered"),
            NotDisclosed::Unavailable => Self::unavailable(),
            NotDisclosed::Fault => Self::internal(),
        }
    }
}

/// Ask for a client's elements.
///
/// Released elements come with their source, dates, obligations, notices and a receipt. If nothing is released, for
/// whatever reason, the answer has no element: whether the person is unknown, nothing is held or nothing may be told
/// looks the same.
///
/// With `Accept: application/fhir+json` the answer is a FHIR R4 searchset Bundle of the same elements, with
/// `Accept: application/cda+xml` a C-CDA R2.1 document. Either has the receipt in the header `Assent-Receipt`, base64url of
/// its JSON, without `inclusion` and `filing`.
#[utoipa::path(
    post,
    path = "/v1/disclosures",
    request_body = Ask,
    responses(
        (status = 200, description = "what is released, perhaps nothing, with a receipt", content(
            (super::log::DisclosureBody = "application/json"),
            (Object = "application/fhir+json"),
            (String = "application/cda+xml"),
        )),
        (status = 400, description = "the request cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "the caller could not be authenticated", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "the agency may not exchange, or the request is refused whoever it is about", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the gateway cannot answer now; nothing was released", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disclose(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    headers: HeaderMap,
    Json(ask): Json<Ask>,
) -> Result<Response, Problem> {
    let shape = shape(&headers);
    let question = ask.read(&requester, shape)?;
    let gateway = Arc::clone(&doors.gateway);
    let disclosure = doors
        .to_the_end(async move { gateway.disclose(&requester, question).await })
        .await??;
    send(disclosure, shape, &doors)
}

/// What cannot stand in a Bundle or a document, since the digest of the whole is in it.
static RECEIPT: HeaderName = HeaderName::from_static("assent-receipt");

const FHIR: &str = "application/fhir+json";
/// CDA, as IANA registers it.
const CDA: &str = "application/cda+xml";
const OWN: &str = "application/json";

/// A form of a standard if the caller accepts it and names none of the others before it.
fn shape(headers: &HeaderMap) -> Shape {
    let of = |one: &str| {
        let name = one.split(';').next().unwrap_or_default().trim();
        [(OWN, Shape::Elements), (FHIR, Shape::Fhir), (CDA, Shape::Ccda)]
            .into_iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known))
            .map(|(_, shape)| shape)
    };
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(of)
        .unwrap_or_default()
}

/// Sends what was recorded, and records how the sending ended.
fn send(disclosure: Disclosure, shape: Shape, doors: &Doors) -> Result<Response, Problem> {
    let receipt = match shape {
        Shape::Elements => None,
        Shape::Fhir | Shape::Ccda => {
            // Longer headers are cut off by many a proxy; the proof of the entry is had by its event.
            let receipt = serde_json::to_vec(&disclosure.receipt().without_proofs())
                .map_err(|_| Problem::internal())?;
            let receipt = BASE64URL.encode(receipt);
            Some(HeaderValue::from_str(&receipt).map_err(|_| Problem::internal())?)
        }
    };
    let (bytes, completion) = disclosure.into_bytes();
    let body = crate::body::Sent::new(bytes, completion, doors.after.clone());
    let media_type = match shape {
        Shape::Elements => OWN,
        Shape::Fhir => FHIR,
        Shape::Ccda => CDA,
    };
    let mut response = ([(header::CONTENT_TYPE, media_type)], axum::body::Body::new(body)).into_response();
    if let Some(receipt) = receipt {
        response.headers_mut().insert(&RECEIPT, receipt);
    }
    Ok(response)
}
