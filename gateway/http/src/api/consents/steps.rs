//! A form from its draft to its end: drafting, the steps after, the word on an event, a look at it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use consent::{
    ArtefactDigest, Attested, ElementCheck, EntryError, EventReport, EventState, Finding, Narrowing, Outcome,
    Resumption, Signature, Suspension, Terms,
};
use gateway_crypto::Digest;
use gateway_exchange::consents::{ConsentOnFile, EventWord, Step};
use gateway_types::vocabulary::ExpiryEvent;
use gateway_types::{ConsentId, SourceClientKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::ConsentBody;
use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// A form that is not signed yet.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// The client, by the caller's own key.
    own_key: String,
    /// What stands on the form.
    #[schema(value_type = Object)]
    terms: Terms,
}

/// Begin a form for one of the caller's own clients. It covers nothing until it is signed.
#[utoipa::path(post, path = "/v1/consents/drafts", request_body = Draft,
    responses((status = 201, body = ConsentBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn draft(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(draft): Json<Draft>,
) -> Result<Response, Problem> {
    let client = own_key(draft.own_key)?;
    let gateway = Arc::clone(&doors.gateway);
    let drafted = doors
        .to_the_end(async move { gateway.draft_consent(&requester, client, draft.terms).await })
        .await??;
    Ok((StatusCode::CREATED, axum::Json(ConsentBody::from(drafted))).into_response())
}

fn own_key(key: String) -> Result<SourceClientKey, Problem> {
    if key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    Ok(SourceClientKey::new(key))
}

/// A step in the life of a consent: a word, or one key with what belongs to it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum StepBody {
    Amend {
        terms: Terms,
    },
    Request,
    Decline,
    Sign {
        form: Digest,
        signature: Signature,
        #[serde(default)]
        attested: BTreeSet<Attested>,
    },
    Confirm {
        own_key: String,
    },
    Attest {
        attested: BTreeSet<Attested>,
    },
    StateArtefact {
        artefact: ArtefactDigest,
    },
    Event {
        state: EventState,
        as_of: Timestamp,
    },
    WithdrawEventWord,
    Suspend {
        why: Suspension,
    },
    Resume {
        because: Resumption,
    },
    Find {
        finding: Finding,
    },
    SupersededBy {
        consent: ConsentId,
        #[serde(default)]
        narrows: bool,
    },
    EnterInError {
        why: EntryError,
    },
}

impl From<StepBody> for Step {
    fn from(body: StepBody) -> Self {
        match body {
            StepBody::Amend { terms } => Self::Amend(Box::new(terms)),
            StepBody::Request => Self::Request,
            StepBody::Decline => Self::Decline,
            StepBody::Sign {
                form,
                signature,
                attested,
            } => Self::Sign {
                form,
                signature,
                attested,
            },
            StepBody::Confirm { own_key } => Self::Confirm(SourceClientKey::new(own_key)),
            StepBody::Attest { attested } => Self::Attest(attested),
            StepBody::StateArtefact { artefact } => Self::StateArtefact(artefact),
            StepBody::Event { state, as_of } => Self::Event(EventReport { state, as_of }),
            StepBody::Suspend { why } => Self::Suspend(why),
            StepBody::WithdrawEventWord => Self::WithdrawEventWord,
            StepBody::Resume { because } => Self::Resume(because),
            StepBody::Find { finding } => Self::Find(finding),
            StepBody::SupersededBy { consent, narrows } => {
                let narrowing = if narrows {
                    Narrowing::Meant
                } else {
                    Narrowing::Barred
                };
                Self::SupersededBy(consent, narrowing)
            }
            StepBody::EnterInError { why } => Self::EnterInError(why),
        }
    }
}

/// Take a step in the life of a consent that concerns the caller. What narrows it counts at once.
#[utoipa::path(post, path = "/v1/consents/{id}/steps", request_body(content = Object),
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = ConsentBody), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn step(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
    Json(step): Json<StepBody>,
) -> Result<axum::Json<ConsentBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let stepped = doors
        .to_the_end(async move { gateway.step_consent(&requester, id, step.into()).await })
        .await??;
    doors.tell_recipients();
    Ok(axum::Json(stepped.into()))
}

/// What an agency says of an event in the life of one of its clients.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventBody {
    /// The client, by the caller's own key.
    own_key: String,
    /// The event, such as `discharge`.
    #[schema(value_type = String)]
    event: ExpiryEvent,
    /// `occurred`, `not_occurred` or `unknown`.
    #[schema(value_type = String)]
    state: EventState,
    /// As of when.
    #[schema(value_type = String)]
    as_of: Timestamp,
}

/// The consents that heard of an event.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct HeardBody {
    heard: Vec<ConsentBody>,
}

/// Tell that an event has happened in the life of a client, or has not: every form that the caller holds and that ends
/// by it hears of it.
#[utoipa::path(post, path = "/v1/consents/events", request_body = EventBody,
    responses((status = 200, body = HeardBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn event(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(body): Json<EventBody>,
) -> Result<axum::Json<HeardBody>, Problem> {
    let word = EventWord {
        client: own_key(body.own_key)?,
        event: body.event,
        report: EventReport {
            state: body.state,
            as_of: body.as_of,
        },
    };
    let gateway = Arc::clone(&doors.gateway);
    let heard = doors
        .to_the_end(async move { gateway.hear_of_event(&requester, word).await })
        .await??;
    doors.tell_recipients();
    let heard = heard.into_iter().map(Into::into).collect();
    Ok(axum::Json(HeardBody { heard }))
}

/// A consent with its terms and every element of the law.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OnFileBody {
    #[serde(flatten)]
    consent: ConsentBody,
    /// What stands on it.
    #[schema(value_type = Object)]
    terms: Terms,
    /// Every element that the law asks of its kind; none before it is signed.
    elements: Vec<ElementBody>,
}

/// An element, and who vouches for it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ElementBody {
    element: &'static str,
    citation: &'static str,
    /// `met`, `in_part` or `missing`.
    outcome: &'static str,
    /// What is wrong, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    /// Who vouches for it and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    vouched: Option<VouchedBody>,
}

/// Who vouches for an element, since when.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VouchedBody {
    agency: String,
    staff: String,
    at: String,
}

impl From<ElementCheck> for ElementBody {
    fn from(check: ElementCheck) -> Self {
        let (outcome, why) = match check.outcome {
            Outcome::Met => ("met", None),
            Outcome::MetInPart(why) => ("in_part", Some(why)),
            Outcome::Missing(why) => ("missing", Some(why)),
        };
        Self {
            element: check.id,
            citation: check.citation,
            outcome,
            why,
            vouched: check.vouched.map(|act| VouchedBody {
                agency: act.by.agency.to_string(),
                staff: act.by.staff.to_string(),
                at: act.at.to_string(),
            }),
        }
    }
}

/// Look at a consent that the caller holds or is named in as discloser. The look is logged.
#[utoipa::path(get, path = "/v1/consents/{id}",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = OnFileBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<axum::Json<OnFileBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let ConsentOnFile {
        terms,
        elements,
        recorded,
    } = doors
        .to_the_end(async move { gateway.consent_on_file(&requester, id).await })
        .await??;
    Ok(axum::Json(OnFileBody {
        consent: recorded.into(),
        terms,
        elements: elements.into_iter().map(Into::into).collect(),
    }))
}
