//! `POST /v1/consent-requests`: asking for a client's consent, and answering what others ask of one's own clients.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gateway_exchange::requests::{Answer, Asked, NotRequested, Waiting, Wanted};
use gateway_types::{ConsentRequestId, Word as _};
use serde::{Deserialize, Serialize};

use super::consents::ConsentBody;
use super::words::{self, ClientRef};
use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// What every asker is told, whoever it is about.
const SAYS: &str = "The request is open until it closes, whether it is answered or not. If the client agrees, you see it \
when you ask about them; nothing else is told.";

/// A request for a consent.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestBody {
    /// Of whom.
    client: Option<ClientRef>,
    /// What for.
    purpose: Option<String>,
    /// For which information; at least one.
    categories: Vec<String>,
    /// For how many days after it is signed: 1 to 365.
    days: u16,
}

/// A request as who asked may know it. It reads the same whoever it is about.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AskedBody {
    request: String,
    closes: String,
    /// `open` until it closes, then `closed`. Nothing else changes it.
    state: &'static str,
    says: &'static str,
}

impl From<Asked> for AskedBody {
    fn from(asked: Asked) -> Self {
        Self {
            request: asked.id.to_string(),
            closes: asked.closes_at.to_string(),
            state: if asked.open { "open" } else { "closed" },
            says: SAYS,
        }
    }
}

/// Nothing is to be said: all that wait are listed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inbox {}

/// A request about a client of the caller's.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WaitingBody {
    request: String,
    /// The client, by the caller's own keys.
    own_keys: Vec<String>,
    /// The agency that asks.
    agency: String,
    /// The person, by their agency's handle.
    person: String,
    role: &'static str,
    purpose: &'static str,
    /// For which of the caller's records; what else was asked for is not told.
    categories: Vec<&'static str>,
    days: u16,
    asked: String,
    closes: String,
    /// In plain words, to be said to the client.
    says: String,
}

impl From<Waiting> for WaitingBody {
    fn from(waiting: Waiting) -> Self {
        Self {
            request: waiting.id.to_string(),
            own_keys: waiting
                .own_keys
                .iter()
                .map(|key| key.reveal().to_owned())
                .collect(),
            agency: waiting.agency.to_string(),
            person: waiting.person.to_string(),
            role: waiting.role.code(),
            purpose: waiting.purpose.code(),
            categories: waiting.categories.iter().map(|word| word.code()).collect(),
            days: waiting.days,
            asked: waiting.asked_at.to_string(),
            closes: waiting.closes_at.to_string(),
            says: waiting.says,
        }
    }
}

/// What waits for an answer, the oldest first, 200 at most.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WaitingList {
    requests: Vec<WaitingBody>,
}

/// An answer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    /// `draft` (forms are begun, to be put before the client), `declined` or `not_reached`.
    #[schema(value_type = String)]
    answer: AnswerWord,
}

/// An answer as a word.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerWord {
    Draft,
    Declined,
    NotReached,
}

/// The forms that were begun, each on its own paper; none for another answer.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DraftList {
    drafts: Vec<ConsentBody>,
}

impl From<NotRequested> for Problem {
    fn from(error: NotRequested) -> Self {
        match error {
            NotRequested::Refused(why) => Self::refused().with_detail(why.join("; ")),
            NotRequested::AskingTells | NotRequested::NotAgreed => {
                Self::refused().with_detail(error.to_string())
            }
            NotRequested::TooMany => Self::too_many().with_detail(error.to_string()),
            NotRequested::Days => Self::malformed().with_detail(error.to_string()),
            NotRequested::NoRequest => Self::not_found(),
            NotRequested::Answered => Self::conflict().with_detail(error.to_string()),
            NotRequested::NotRecorded(why) => why.into(),
            NotRequested::Unavailable => Self::unavailable(),
            NotRequested::Fault => Self::internal(),
        }
    }
}

/// Ask for a client's consent. The answer is the same whoever it is about, known or not, and stays the same until the
/// request closes on its day.
#[utoipa::path(post, path = "/v1/consent-requests", request_body = RequestBody,
    responses((status = 202, body = AskedBody), (status = 403, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ask(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(body): Json<RequestBody>,
) -> Result<Response, Problem> {
    let purpose = body.purpose.ok_or_else(Problem::no_purpose)?;
    if body.categories.is_empty() {
        return Err(Problem::malformed().with_detail("`categories` must name at least one"));
    }
    let wanted = Wanted {
        about: body.client.ok_or_else(Problem::no_client)?.read()?,
        purpose: words::word(&purpose, "purpose")?,
        categories: words::words(&body.categories, "categories")?,
        days: body.days,
    };
    let gateway = Arc::clone(&doors.gateway);
    let asked = doors
        .to_the_end(async move { gateway.request_consent(&requester, wanted).await })
        .await??;
    Ok((StatusCode::ACCEPTED, axum::Json(AskedBody::from(asked))).into_response())
}

/// Look at a request that the caller's agency made: whether it has closed.
#[utoipa::path(get, path = "/v1/consent-requests/{id}",
    params(("id" = String, Path, description = "the request's id")),
    responses((status = 200, body = AskedBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentRequestId>,
) -> Result<axum::Json<AskedBody>, Problem> {
    Ok(axum::Json(
        doors.gateway.requested_consent(&requester, id).await?.into(),
    ))
}

/// List what others ask of the caller's own clients, as far as a form of the caller's could let it happen. Nothing of
/// this is told to who asked.
#[utoipa::path(post, path = "/v1/consent-requests/inbox", request_body = Inbox,
    responses((status = 200, body = WaitingList)))]
pub(crate) async fn inbox(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(Inbox {}): Json<Inbox>,
) -> Result<axum::Json<WaitingList>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let waiting = doors
        .to_the_end(async move { gateway.consent_requests(&requester).await })
        .await??;
    let requests = waiting.into_iter().map(Into::into).collect();
    Ok(axum::Json(WaitingList { requests }))
}

/// Answer a request about a client of the caller's: begin the forms that it asks for, or say that the client said no or
/// could not be reached. Nothing of this is told to who asked.
#[utoipa::path(post, path = "/v1/consent-requests/{id}/answers", request_body = AnswerBody,
    params(("id" = String, Path, description = "the request's id")),
    responses((status = 200, body = DraftList), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn answer(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentRequestId>,
    Json(body): Json<AnswerBody>,
) -> Result<axum::Json<DraftList>, Problem> {
    let answer = match body.answer {
        AnswerWord::Draft => Answer::Draft,
        AnswerWord::Declined => Answer::Declined,
        AnswerWord::NotReached => Answer::NotReached,
    };
    let gateway = Arc::clone(&doors.gateway);
    let drafts = doors
        .to_the_end(async move { gateway.answer_consent_request(&requester, id, answer).await })
        .await??;
    let drafts = drafts.into_iter().map(Into::into).collect();
    Ok(axum::Json(DraftList { drafts }))
}
