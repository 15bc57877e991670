//! Requests to 311 lines: pushed by the line, and looked for by place and time.

use std::sync::Arc;

use axum::extract::{Request, State};
use gateway_exchange::service_requests::{self, FoundRequests, NotTold, TakenRequests};
use gateway_store::StoredServiceRequest;
use gateway_types::{Spot, Timestamp, Word as _};
use serde::{Deserialize, Serialize};

use super::imports::wants;
use crate::extract::{Asking, Json, Pushing, read_bytes};
use crate::problem::Problem;
use crate::state::Doors;

/// What became of a push of service requests.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TakenBody {
    /// `published` or `refused`.
    state: &'static str,
    /// How many are new or other than before.
    kept: u64,
    /// What became of them, by row, without anything that was received.
    #[schema(value_type = Object)]
    report: serde_json::Value,
}

impl TryFrom<TakenRequests> for TakenBody {
    type Error = Problem;

    fn try_from(taken: TakenRequests) -> Result<Self, Problem> {
        Ok(Self {
            state: taken.kept.map_or("refused", |_| "published"),
            kept: taken.kept.unwrap_or_default(),
            report: serde_json::to_value(&taken.report).map_err(|_| Problem::internal())?,
        })
    }
}

/// A part of the map, in degrees; at most 0.3 each way.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaBody {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

/// Where and since when.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookBody {
    area: AreaBody,
    /// An RFC 3339 time, at most 90 days ago; nothing: all that are kept.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
}

/// A request: about a place, to a thousandth of a degree, and nobody.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ServiceRequestBody {
    /// The line that took it.
    agency: String,
    /// Its number there.
    number: String,
    /// `encampment` or `welfare_check`.
    kind: &'static str,
    /// `open` or `closed`.
    state: &'static str,
    requested: String,
    updated: String,
    latitude: f64,
    longitude: f64,
}

impl From<StoredServiceRequest> for ServiceRequestBody {
    fn from(stored: StoredServiceRequest) -> Self {
        let request = stored.request;
        let (latitude, longitude) = degrees(request.spot);
        Self {
            agency: stored.source.to_string(),
            number: request.number.as_str().to_owned(),
            kind: request.kind.code(),
            state: request.state.code(),
            requested: request.requested_at.to_string(),
            updated: request.updated_at.to_string(),
            latitude,
            longitude,
        }
    }
}

fn degrees(spot: Spot) -> (f64, f64) {
    (
        f64::from(spot.latitude()) / 1000.0,
        f64::from(spot.longitude()) / 1000.0,
    )
}

/// What stands there, the newest first, 500 at most.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ServiceRequestList {
    requests: Vec<ServiceRequestBody>,
    /// Whether there are more: look at a smaller area, or since later.
    more: bool,
}

impl From<FoundRequests> for ServiceRequestList {
    fn from(found: FoundRequests) -> Self {
        Self {
            requests: found.requests.into_iter().map(Into::into).collect(),
            more: found.more,
        }
    }
}

impl From<NotTold> for Problem {
    fn from(error: NotTold) -> Self {
        match error {
            NotTold::Agency | NotTold::Role | NotTold::System => {
                Self::refused().with_detail(error.to_string())
            }
            NotTold::Area | NotTold::Since => Self::malformed().with_detail(error.to_string()),
            NotTold::Unavailable => Self::unavailable(),
            NotTold::Fault => Self::internal(),
        }
    }
}

/// Push service requests of a 311 line (Open311 GeoReport v2), JSON or XML. Whoever called, and whatever they wrote, is not
/// read. Answered when it is stored.
#[utoipa::path(post, path = "/v1/imports/open311",
    request_body(content((Object = "application/json"), (String = "application/xml"))),
    responses((status = 200, body = TakenBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn push(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    request: Request,
) -> Result<axum::Json<TakenBody>, Problem> {
    if wants(request.headers(), "application/json").is_err() {
        wants(request.headers(), "application/xml")?;
    }
    doors.gateway.admit_service_requests(&sender).await?;
    let bytes = read_bytes(request, service_requests::MOST_BYTES, doors.limits.patience * 4).await?;
    let gateway = Arc::clone(&doors.gateway);
    let taken = doors
        .to_the_end(async move { gateway.take_service_requests(&sender, &bytes).await })
        .await??;
    Ok(axum::Json(taken.try_into()?))
}

/// Look which service requests stand in an area: for those who answer them with outreach or care.
#[utoipa::path(post, path = "/v1/service-requests/search", request_body = LookBody,
    responses((status = 200, body = ServiceRequestList), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(body): Json<LookBody>,
) -> Result<axum::Json<ServiceRequestList>, Problem> {
    let AreaBody {
        south,
        west,
        north,
        east,
    } = body.area;
    let area = service_requests::area((south, west), (north, east))?;
    let gateway = Arc::clone(&doors.gateway);
    let found = doors
        .to_the_end(async move { gateway.service_requests(&requester, area, body.since).await })
        .await??;
    Ok(axum::Json(found.into()))
}
