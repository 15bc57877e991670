//! Pushing files: received sealed, checked whole, stored whole or not at all; a job with progress and a report.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use gateway_exchange::ingest::{Door, DoorClosed, ImportStatus, MeantDeletions, Opened, Received};
use gateway_store::{Holdings, IngestKind};
use gateway_types::{IngestId, StaffId};
use hyper::body::Body as _;
use serde::Serialize;
use tokio::time::Instant;

use crate::extract::{Named, Pushing};
use crate::problem::Problem;
use crate::state::Doors;

/// The least bytes a second that a push has to come at, on average.
const LEAST_RATE: u64 = 64 << 10;

/// Says that what a push takes away is meant, where it is more than a push takes away unasked.
const MEANT: &str = "assent-deletions-meant";

/// Says that an export is to overtake one that was made later.
const OLDER: &str = "assent-older-meant";

/// A push as it stands.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportBody {
    /// Its id.
    import: String,
    /// `running`, `published`, `refused` or `failed`.
    state: &'static str,
    /// Records read so far.
    records: u64,
    /// How many there are, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_expected: Option<u64>,
    /// What became of them, by file and row, without any client data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<serde_json::Value>,
}

impl From<ImportStatus> for ImportBody {
    fn from(status: ImportStatus) -> Self {
        Self {
            import: status.id.to_string(),
            state: status.state_word(),
            records: status.records,
            records_expected: status.records_expected,
            report: status.report,
        }
    }
}

impl From<DoorClosed> for Problem {
    fn from(error: DoorClosed) -> Self {
        match error {
            DoorClosed::VictimServiceSource => Self::victim_service_source(),
            DoorClosed::NoGatewayRole | DoorClosed::NoSuchSourceKind => {
                Self::agency_not_admitted().with_detail(error.to_string())
            }
            DoorClosed::AlreadyRunning => Self::conflict().with_detail(error.to_string()),
            DoorClosed::TooLarge { .. } => Self::too_large().with_detail(error.to_string()),
            DoorClosed::NoRoom => Self::unavailable().with_detail(error.to_string()),
            DoorClosed::Unavailable => Self::unavailable(),
            DoorClosed::Fault => Self::internal(),
        }
    }
}

/// Push a HUD HMIS CSV export (FY2022, FY2024 or FY2026) as a zip file.
#[utoipa::path(post, path = "/v1/imports/hmis-csv",
    params(("assent-older-meant" = Option<String>, Header, description = "by=STAFF: it is to overtake an export that was made later"),
        ("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = Vec<u8>, content_type = "application/zip"),
    responses((status = 202, body = ImportBody), (status = 200, description = "the same bytes were taken in before", body = ImportBody),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 413, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn hmis_csv(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "application/zip")?;
    receive(&doors, sender, IngestKind::HmisCsv, &headers, body).await
}

/// Push a FHIR R4 bundle or resource (`application/fhir+json`), or the lines of a bulk export (`application/fhir+ndjson`).
#[utoipa::path(post, path = "/v1/imports/fhir",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content((Object = "application/fhir+json"), (String = "application/fhir+ndjson"))),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn fhir(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = if wants(&headers, "application/fhir+ndjson").is_ok() {
        IngestKind::FhirNdjson
    } else {
        wants(&headers, "application/fhir+json")?;
        IngestKind::FhirBundle
    };
    receive(&doors, sender, kind, &headers, body).await
}

/// Push a C-CDA document (R1.1 or R2.1).
#[utoipa::path(post, path = "/v1/imports/c-cda",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content((String = "application/xml"), (String = "application/cda+xml"))),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn c_cda(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "application/cda+xml").or_else(|_| wants(&headers, "application/xml"))?;
    receive(&doors, sender, IngestKind::Ccda, &headers, body).await
}

/// Push HL7 v2 ADT messages: one, several, or batches.
#[utoipa::path(post, path = "/v1/imports/hl7-v2",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = String, content_type = "application/hl7-v2"),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn hl7_v2(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "application/hl7-v2")?;
    receive(&doors, sender, IngestKind::Hl7V2, &headers, body).await
}

/// Push police calls for service as CSV, in the columns of the agency's mapping.
#[utoipa::path(post, path = "/v1/imports/calls-for-service",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn calls_for_service(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "text/csv")?;
    receive(&doors, sender, IngestKind::CallsForService, &headers, body).await
}

/// Push field forms of officers and responders: one form, or an array of them.
#[utoipa::path(post, path = "/v1/imports/field-forms",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = Object, content_type = "application/json"),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn field_forms(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "application/json")?;
    receive(&doors, sender, IngestKind::FieldForms, &headers, body).await
}

/// Push an emergency incident data object (NENA-STA-021.1b) of a 911 centre.
#[utoipa::path(post, path = "/v1/imports/eido",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content = Object, content_type = "application/json"),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn eido(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "application/json")?;
    receive(&doors, sender, IngestKind::Eido, &headers, body).await
}

/// Push a NIEM exchange (incident, booking, custody release, N-DEx, NIBRS) as XML or JSON.
#[utoipa::path(post, path = "/v1/imports/niem",
    params(("assent-deletions-meant" = Option<String>, Header, description = "clients=N, statements=M, by=STAFF: what it takes away is meant")),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses((status = 202, body = ImportBody), (status = 200, body = ImportBody), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn niem(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if wants(&headers, "application/json").is_err() {
        wants(&headers, "application/xml")?;
    }
    receive(&doors, sender, IngestKind::Niem, &headers, body).await
}

/// How far a push of the caller's own agency has come.
#[utoipa::path(get, path = "/v1/imports/{id}", params(("id" = String, Path, description = "the import's id")),
    responses((status = 200, body = ImportBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn progress(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    Named(id): Named<IngestId>,
) -> Result<axum::Json<ImportBody>, Problem> {
    let status = doors
        .gateway
        .import_status(&sender, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(axum::Json(status.into()))
}

pub(crate) fn wants(headers: &HeaderMap, media_type: &'static str) -> Result<(), Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(media_type) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type().with_detail(format!("`{media_type}` is wanted")))
    }
}

/// What the sender says may be taken away: `clients=12, statements=300, by=d-okafor`.
pub(crate) fn meant_deletions(headers: &HeaderMap) -> Result<Option<MeantDeletions>, Problem> {
    let Some(value) = headers.get(MEANT) else {
        return Ok(None);
    };
    let malformed = || {
        Problem::malformed().with_detail(format!(
            "`{MEANT}` is not of the form `clients=N, statements=M, by=STAFF`"
        ))
    };
    let (mut clients, mut statements, mut by) = (None, None, None);
    for part in value.to_str().map_err(|_| malformed())?.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(malformed)?;
        let twice = match name {
            "clients" => clients.replace(value.parse().map_err(|_| malformed())?).is_some(),
            "statements" => statements
                .replace(value.parse().map_err(|_| malformed())?)
                .is_some(),
            "by" => by
                .replace(StaffId::new(value).map_err(|_| malformed())?)
                .is_some(),
            _ => return Err(malformed()),
        };
        if twice {
            return Err(malformed());
        }
    }
    let (Some(clients), Some(statements), Some(by)) = (clients, statements, by) else {
        return Err(malformed());
    };
    Ok(Some(MeantDeletions {
        most: Holdings { clients, statements },
        by,
    }))
}

/// Who says that an export is to overtake a newer one: `by=d-okafor`.
fn meant_older(headers: &HeaderMap) -> Result<Option<StaffId>, Problem> {
    let Some(value) = headers.get(OLDER) else {
        return Ok(None);
    };
    let by = value
        .to_str()
        .ok()
        .and_then(|value| value.trim().strip_prefix("by="));
    by.and_then(|by| StaffId::new(by).ok())
        .map(Some)
        .ok_or_else(|| Problem::malformed().with_detail(format!("`{OLDER}` is not of the form `by=STAFF`")))
}

/// Receives a push: the door is checked before a byte of the body is read.
async fn receive(
    doors: &Doors,
    sender: gateway_exchange::requester::Sender,
    kind: IngestKind,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (meant, older) = (meant_deletions(headers)?, meant_older(headers)?);
    let door = doors.gateway.open_door(&sender, kind).await?;
    let announced = body.size_hint().lower();
    let mut stream = body.into_data_stream();
    let received = take_all(doors, door, announced, &mut stream).await?;
    let (gateway, after) = (Arc::clone(&doors.gateway), doors.after.clone());
    let beginning = async move {
        Ok::<_, DoorClosed>(
            match gateway
                .begin_import(received.meaning(meant).though_older(older))
                .await?
            {
                Opened::Before(status) => (status, StatusCode::OK, None),
                Opened::Running(import) => {
                    let status = import.status();
                    let location = format!("/v1/imports/{}", status.id);
                    after.spawn(import.run());
                    (status, StatusCode::ACCEPTED, Some(location))
                }
            },
        )
    };
    let (status, code, location) = doors.to_the_end(beginning).await??;
    let mut response = (code, axum::Json(ImportBody::from(status))).into_response();
    if let Some(location) = location.and_then(|text| http::HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Takes the body into the spool. Each piece has to come within the patience, and all of it at the least rate.
async fn take_all(
    doors: &Doors,
    door: Door,
    announced: u64,
    stream: &mut BodyDataStream,
) -> Result<Received, Problem> {
    let mut receiving = doors.gateway.receive(door, announced)?;
    let patience = doors.limits.patience;
    let begun = Instant::now();
    let mut bytes: u64 = 0;
    loop {
        let all_by = begun + patience + Duration::from_secs(bytes / LEAST_RATE);
        let next_by = all_by.min(Instant::now() + patience);
        let piece = tokio::time::timeout_at(next_by, stream.next())
            .await
            .map_err(|_| Problem::too_slow())?;
        let Some(piece) = piece else {
            return Ok(receiving.finish()?);
        };
        let piece = piece.map_err(|_| Problem::malformed().with_detail("the body ended early"))?;
        bytes += piece.len() as u64;
        receiving.take(&piece)?;
    }
}
