//! `GET /health` and `GET /ready`: is the process well, can it answer.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::state::Doors;

/// How the gateway is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    status: &'static str,
    /// What is not well, in fixed words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    troubles: Vec<&'static str>,
    /// What does not stop the gateway but needs somebody, in fixed words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    concerns: Vec<&'static str>,
}

/// Whether the process is well. Red if the audit log has stopped or a canary failed.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn health(State(doors): State<Doors>) -> Response {
    tell(doors.gateway.troubles(), doors.gateway.concerns())
}

/// Whether it can answer now: the stores are reachable, the log takes entries, and no canary bars release.
#[utoipa::path(get, path = "/ready", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn ready(State(doors): State<Doors>) -> Response {
    let mut troubles = doors.gateway.obstacles();
    troubles.extend(doors.gateway.unreachable_stores().await);
    tell(troubles, doors.gateway.concerns())
}

fn tell(troubles: Vec<&'static str>, concerns: Vec<&'static str>) -> Response {
    let (code, status) = if troubles.is_empty() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ok")
    };
    let health = Health {
        status,
        troubles,
        concerns,
    };
    (code, axum::Json(health)).into_response()
}
