//! `POST /v1/consents` and its revocation: what a client agreed to, as the agency that holds the form records it.

pub(crate) mod artefact;
pub(crate) mod follow_ups;
pub(crate) mod form;
pub(crate) mod listing;
pub(crate) mod preview;
pub(crate) mod releases;
pub(crate) mod signing_links;
pub(crate) mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use consent::{Attested, ElementCheck, FollowUp, Outcome, Revocation, RightForm, Signature, Terms};
use gateway_exchange::consents::{Kept, NewConsent, NotRecorded, RecordedConsent};
use gateway_types::{ConsentId, SourceClientKey};
use serde::{Deserialize, Serialize};

use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// A signed form.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// The client, by the caller's own key.
    own_key: String,
    /// What stands on the form.
    #[schema(value_type = Object)]
    terms: Terms,
    /// Who signed it, when, and the digest of the signed paper.
    #[schema(value_type = Object)]
    signature: Signature,
    /// What the person who records it vouches for.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attested: BTreeSet<Attested>,
}

/// A consent on file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentBody {
    consent: String,
    version: u32,
    /// `active`, `inadequate`, `expired`, `revoked`, ...
    status: &'static str,
    /// What the law asks for and the form lacks, wholly or for some disclosures. An `inadequate` consent releases nothing.
    missing: Vec<Missing>,
    /// What is there for some disclosures and lacking for others: it releases less than it names.
    in_part: Vec<Missing>,
    /// The agencies that it names as disclosers and whose records it does not open until they confirm it.
    not_confirmed_by: Vec<String>,
    /// The digest of the terms, as it stands at the foot of the printed form.
    form: String,
    /// What it lets happen, in plain words, to be read back to the client.
    confirm_back: String,
    /// What the agency that holds it still has to do about it.
    follow_ups: Vec<FollowUpBody>,
    /// The forms that would do what a defective one was meant to, each on its own paper.
    right_forms: Vec<RightFormBody>,
}

/// Something that is still to be done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FollowUpBody {
    /// `write_revocation`, `replace_form` or `confirm_event`.
    kind: &'static str,
    /// Since when, or from when.
    due: String,
}

impl From<FollowUp> for FollowUpBody {
    fn from(follow_up: FollowUp) -> Self {
        Self {
            kind: follow_up.kind.code(),
            due: follow_up.due.to_string(),
        }
    }
}

/// A form that lacks nothing that a form can say.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RightFormBody {
    /// Its terms, as `POST /v1/consents/drafts` takes them.
    #[schema(value_type = Object)]
    terms: Terms,
    /// Why this one.
    because: &'static str,
}

impl From<RightForm> for RightFormBody {
    fn from(form: RightForm) -> Self {
        Self {
            terms: form.terms,
            because: form.because,
        }
    }
}

/// An element that is missing on a form.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Missing {
    element: &'static str,
    citation: &'static str,
    why: &'static str,
}

impl From<RecordedConsent> for ConsentBody {
    fn from(recorded: RecordedConsent) -> Self {
        Self {
            consent: recorded.id.to_string(),
            version: recorded.version,
            status: recorded.status.code(),
            missing: told(recorded.missing),
            in_part: told(recorded.in_part),
            not_confirmed_by: recorded
                .not_confirmed_by
                .iter()
                .map(ToString::to_string)
                .collect(),
            form: recorded.form.to_string(),
            confirm_back: recorded.confirm_back,
            follow_ups: recorded.follow_ups.into_iter().map(Into::into).collect(),
            right_forms: recorded.right_forms.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is missing, in words.
fn told(checks: Vec<ElementCheck>) -> Vec<Missing> {
    checks
        .into_iter()
        .map(|check| Missing {
            element: check.id,
            citation: check.citation,
            why: match check.outcome {
                Outcome::Missing(why) | Outcome::MetInPart(why) => why,
                Outcome::Met => "",
            },
        })
        .collect()
}

impl From<NotRecorded> for Problem {
    fn from(error: NotRecorded) -> Self {
        match error {
            NotRecorded::NoClient => {
                Self::unacceptable().with_detail("`own_key`: your records name no client by that key")
            }
            NotRecorded::OwnBenefit
            | NotRecorded::TooWide
            | NotRecorded::Ended
            | NotRecorded::NotADiscloser
            | NotRecorded::UnknownAgency { .. }
            | NotRecorded::SignedAhead
            | NotRecorded::OtherForm
            | NotRecorded::TooMany
            | NotRecorded::OnFile(_)
            | NotRecorded::OtherClient => Self::unacceptable().with_detail(error.to_string()),
            NotRecorded::NoConsent => Self::not_found(),
            NotRecorded::NoForm(why) => Self::unacceptable().with_detail(why.to_string()),
            NotRecorded::Unacceptable(why) => Self::unacceptable().with_detail(why.to_string()),
            NotRecorded::Unavailable => Self::unavailable(),
            NotRecorded::Fault => Self::internal(),
        }
    }
}

/// Record a signed consent, authorisation or release of one of the caller's own clients. The same form sent again is not
/// recorded twice; what is vouched for beyond what was is added.
#[utoipa::path(post, path = "/v1/consents", request_body = Form,
    responses((status = 201, body = ConsentBody), (status = 200, description = "the same form was on file", body = ConsentBody),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn record(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(form): Json<Form>,
) -> Result<Response, Problem> {
    if form.own_key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    let new = NewConsent {
        client: SourceClientKey::new(form.own_key),
        terms: form.terms,
        signature: form.signature,
        attested: form.attested,
    };
    let gateway = Arc::clone(&doors.gateway);
    let (kept, recorded) = doors
        .to_the_end(async move { gateway.record_consent(&requester, new).await })
        .await??;
    Ok((answered_with(kept), axum::Json(ConsentBody::from(recorded))).into_response())
}

/// A form that is on file already was not created.
pub(crate) const fn answered_with(kept: Kept) -> StatusCode {
    match kept {
        Kept::New => StatusCode::CREATED,
        Kept::OnFile => StatusCode::OK,
    }
}

/// Revoke a consent, wholly or as against some agencies. It counts at once.
#[utoipa::path(post, path = "/v1/consents/{id}/revocations", request_body(content = Object),
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = ConsentBody), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
    Json(revocation): Json<Revocation>,
) -> Result<axum::Json<ConsentBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let recorded = doors
        .to_the_end(async move { gateway.revoke_consent(&requester, id, revocation).await })
        .await??;
    doors.tell_recipients();
    Ok(axum::Json(recorded.into()))
}
