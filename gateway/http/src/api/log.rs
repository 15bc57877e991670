//! The audit log from outside: the newest checkpoint, and the proof that an entry is in it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use gateway_exchange::account::NotAccounted;
use gateway_types::EventId;
use serde::Serialize;

use crate::extract::Named;
use crate::problem::Problem;
use crate::state::Doors;

/// The answer to a question. The exchange writes these bytes; this type only describes them.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DisclosureBody {
    disclosure: Released,
    receipt: ReceiptBody,
}

/// What is released.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Released {
    /// How confidential the whole is (HL7 v3-Confidentiality: `N`, `R`, `V`); absent where nothing in it is labelled.
    confidentiality: Option<String>,
    elements: Vec<ReleasedElement>,
    /// Obligations that the recipient has to keep: `NORED`, `NOREUSE`, `NORELINK`.
    obligations: Vec<String>,
    notices: Vec<NoticeBody>,
    /// What agreements ask of the recipients; absent where they ask nothing.
    terms: Option<Vec<TermBody>>,
}

/// A term of an agreement.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TermBody {
    agreement: String,
    clause: Option<String>,
    /// The digest of the agreement's meaning.
    hash: Option<String>,
    recipient: String,
    /// `keep_at_most` (`days`, `categories`), `use_within` (`hours`), `second_person` (`within_hours`),
    /// `notify_privacy_officer` (`of`) or `notify_client_when_safe`.
    term: String,
    days: Option<u32>,
    categories: Option<Vec<String>>,
    hours: Option<u32>,
    within_hours: Option<u32>,
    of: Option<String>,
}

/// One element.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReleasedElement {
    category: String,
    source: String,
    as_of: Option<String>,
    received: String,
    /// HL7 v3-Confidentiality of this element; absent where somebody will see it who does not give care, and on what
    /// is no clinical record. Keep it as restricted then.
    confidentiality: Option<String>,
    /// HL7 v3-ActCode: what the recipient must refrain from; policies and sensitivities where `confidentiality` is given.
    security: Vec<String>,
    #[schema(value_type = Object)]
    fields: serde_json::Value,
}

/// A notice that travels with the data.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NoticeBody {
    notice: String,
    text: String,
}

/// The receipt of a disclosure.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReceiptBody {
    event: String,
    index: u64,
    leaf_hash: String,
    disclosure_digest: String,
    checkpoint: String,
    /// The entry's leaf, base64.
    leaf: String,
    /// That the leaf is in the tree: hashes in base64, from its sibling upwards. Absent in a header.
    inclusion: Option<Vec<String>>,
    /// What was disclosed, to whom and why, and what opens the entry's commitment to it; absent where nothing was.
    stated: Option<StatedBody>,
    /// The client's lists that the disclosure was filed under; absent where nothing was disclosed, and in a header.
    filing: Option<FilingBody>,
}

/// What a receipt says of a disclosure. It does not say of whom.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StatedBody {
    #[schema(value_type = Object)]
    statement: serde_json::Value,
    /// Base64.
    opening: String,
}

/// The proof that a disclosure is on its client's lists, and so in every accounting (`docs/audit-trail.md`).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FilingBody {
    /// The client's accounting number: the same in every receipt about the same client.
    number: String,
    /// Base64.
    label_key: String,
    lists: Vec<FiledBody>,
    map: MapLeafBody,
}

/// One list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FiledBody {
    #[schema(value_type = Object)]
    list: serde_json::Value,
    /// Base64.
    label_proof: String,
    /// Base64.
    before: String,
    /// Base64.
    path: String,
}

/// The root of all lists, in the log.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MapLeafBody {
    /// Base64.
    leaf: String,
    /// Base64.
    inclusion: Vec<String>,
}

impl From<NotAccounted> for Problem {
    fn from(error: NotAccounted) -> Self {
        match error {
            NotAccounted::Unavailable => Self::unavailable(),
            NotAccounted::Fault => Self::internal(),
        }
    }
}

/// The newest signed checkpoint of the audit log (C2SP signed note). It tells nothing about anyone.
#[utoipa::path(get, path = "/v1/log/checkpoint",
    responses((status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn checkpoint(State(doors): State<Doors>) -> Result<Response, Problem> {
    let text = doors.gateway.checkpoint().await?.ok_or_else(Problem::not_found)?;
    Ok(([(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The log as files, for other people's tools (C2SP tlog-tiles): the newest checkpoint.
#[utoipa::path(get, path = "/log/checkpoint",
    responses((status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn files_checkpoint(doors: State<Doors>) -> Result<Response, Problem> {
    checkpoint(doors).await
}

/// The log as files: a hash tile (`0/x001/067`, `0/000.p/12`) or a bundle of entries (`entries/000`). They tell nothing about
/// anyone.
#[utoipa::path(get, path = "/log/tile/{path}", params(("path" = String, Path, description = "the path below `tile/`")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn tile(
    State(doors): State<Doors>,
    axum::extract::Path(path): axum::extract::Path<String>,
) -> Result<Response, Problem> {
    let bytes = doors
        .gateway
        .log_file(&path)
        .await?
        .ok_or_else(Problem::not_found)?;
    // A full one never changes; a partial one gives way to a wider one, and is asked for once.
    let keep = if path.contains(".p/") {
        "no-store"
    } else {
        "public, max-age=31536000, immutable"
    };
    let headers = [
        (http::header::CONTENT_TYPE, "application/octet-stream"),
        (http::header::CACHE_CONTROL, keep),
    ];
    Ok((headers, bytes).into_response())
}

/// The newest checkpoint of the audit log that witnesses have cosigned, with their cosignatures (C2SP tlog-cosignature).
#[utoipa::path(get, path = "/v1/log/checkpoint/witnessed",
    responses((status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn witnessed(State(doors): State<Doors>) -> Result<Response, Problem> {
    let text = doors
        .gateway
        .witnessed_checkpoint()
        .await
        .map_err(NotAccounted::from)?;
    let text = text.ok_or_else(Problem::not_found)?;
    Ok(([(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The proof that the entries of an event are in the log, to be checked offline (C2SP tlog-proof).
#[utoipa::path(get, path = "/v1/log/proofs/{event}", params(("event" = String, Path, description = "the event of a receipt")),
    responses((status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn proof(
    State(doors): State<Doors>,
    Named(event): Named<EventId>,
) -> Result<Response, Problem> {
    let text = doors.gateway.proof(event).await?.ok_or_else(Problem::not_found)?;
    Ok(([(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
