//! `POST /v1/clients`: push one client as JSON; the answer comes when it is stored.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gateway_exchange::ingest::{ClientPushed, DoorClosed, NotPushed};
use serde::Serialize;

use super::imports::meant_deletions;
use crate::extract::{Pushing, read_json};
use crate::problem::Problem;
use crate::state::Doors;

/// What became of the client.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PushedBody {
    /// The push, under `/v1/imports`.
    import: String,
    /// Whether the record of it can be used from now on.
    state: &'static str,
    /// What is to be known about it, by JSON path, without any client data.
    #[schema(value_type = Object)]
    report: serde_json::Value,
}

impl From<NotPushed> for Problem {
    fn from(error: NotPushed) -> Self {
        match error {
            // Its turn did not come in time; it is to be sent again.
            NotPushed::Door(door @ DoorClosed::AlreadyRunning) => {
                Self::unavailable().with_detail(door.to_string())
            }
            NotPushed::Door(door) => door.into(),
            NotPushed::Unacceptable(report) => Self::unacceptable().with_detail(report),
            NotPushed::Asks(report) => {
                Self::many_deletions().with_detail(report.get("deletions").unwrap_or(&report).to_string())
            }
        }
    }
}

/// Push one client: who they are, their enrolments and contacts, in the form of `docs/adapters/hmis-csv.md`.
#[utoipa::path(post, path = "/v1/clients", params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = Object, content_type = "application/json"),
    responses((status = 201, body = PushedBody), (status = 503, description = "another push of the agency is still running; send it again after `Retry-After`", body = Problem, content_type = "application/problem+json"), (status = 403, body = Problem, content_type = "application/problem+json"), (status = 422, description = "the content cannot be accepted; or, as `many-deletions`, would take away so much that somebody has to say that it is meant", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn push(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    request: Request,
) -> Result<Response, Problem> {
    let meant = meant_deletions(request.headers())?;
    let door = doors
        .gateway
        .open_door(&sender, gateway_store::IngestKind::HmisJson)
        .await?;
    let bytes = read_json(request, &doors).await?;
    let gateway = Arc::clone(&doors.gateway);
    let pushed = doors
        .to_the_end(async move { gateway.push_client(door, &bytes, meant).await })
        .await??;
    let ClientPushed { import, report } = pushed;
    let body = PushedBody {
        import: import.to_string(),
        state: "published",
        report,
    };
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}
