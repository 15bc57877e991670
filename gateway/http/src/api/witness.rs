//! `POST /v1/witness/add-checkpoint`: this gateway cosigns another agency's log (C2SP tlog-witness).
//!
//! Open to whoever reaches the listener: what counts is the log's signature, and nothing here is about a person.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use gateway_exchange::account::NotAccounted;
use gateway_exchange::witness::WitnessReply;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::extract::read_bytes;
use crate::problem::Problem;
use crate::state::Doors;

const SIZE: &str = "text/x.tlog.size";
/// A proof of 63 hashes and a checkpoint with all its signatures are shorter.
const MOST: usize = 64 << 10;
const TEXT: &str = "text/plain; charset=utf-8";

/// Cosign a checkpoint of a log that this gateway witnesses.
///
/// The body is `old SIZE`, the consistency proof, an empty line and the checkpoint. 200: the cosignature line. 409: the size held
/// of that log, from which the proof has to lead. 403: not the log's signature. 404: not witnessed here. 422: the proof
/// does not hold.
#[utoipa::path(post, path = "/v1/witness/add-checkpoint", request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, content_type = "text/plain", body = String),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, content_type = "text/plain", body = String),
        (status = 404, content_type = "text/plain", body = String),
        (status = 409, content_type = "text/x.tlog.size", body = String),
        (status = 422, content_type = "text/plain", body = String),
    ))]
pub(crate) async fn add_checkpoint(
    State(doors): State<Doors>,
    request: Request,
) -> Result<Response, Problem> {
    let body = read_bytes(request, MOST, doors.limits.patience).await?;
    let body = String::from_utf8(body).map_err(|_| malformed())?;
    let gateway = std::sync::Arc::clone(&doors.gateway);
    // Held and cosigned together, or neither, even if the caller goes away.
    let reply = doors
        .to_the_end(async move { gateway.cosign(&body).await })
        .await?;
    let say = |status: StatusCode, media_type: &'static str, text: String| {
        (status, [(CONTENT_TYPE, media_type)], text).into_response()
    };
    let words = |status, text: &str| say(status, TEXT, format!("{text}\n"));
    Ok(match reply.map_err(NotAccounted::from)? {
        WitnessReply::Cosigned(line) => say(StatusCode::OK, TEXT, line),
        WitnessReply::Holds(size) => say(StatusCode::CONFLICT, SIZE, format!("{size}\n")),
        WitnessReply::Malformed => return Err(malformed()),
        WitnessReply::NotSigned => words(StatusCode::FORBIDDEN, "not signed by the log"),
        WitnessReply::UnknownLog => words(StatusCode::NOT_FOUND, "this log is not witnessed here"),
        WitnessReply::NotConsistent => words(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the consistency proof does not hold",
        ),
    })
}

fn malformed() -> Problem {
    Problem::malformed().with_detail("not a request to cosign a checkpoint")
}
