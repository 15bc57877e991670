//! `/fhir/R4/Consent`: FHIR R4 Consents in and out.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use consent::fhir::{Remark, names};
use gateway_exchange::consents::{FhirConsent, FhirNotRecorded};
use gateway_types::ConsentId;
use serde::Serialize;
use serde_json::{Value, json};

use super::consents::answered_with;
use crate::extract::{Asking, Named, read_json};
use crate::problem::Problem;
use crate::state::Doors;

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

/// What is wrong with a resource, element by element.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationOutcome {
    /// `OperationOutcome`.
    resource_type: &'static str,
    issue: Vec<Issue>,
}

/// One thing that is wrong.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Issue {
    /// `error`.
    severity: &'static str,
    /// `structure` if it is not JSON, `processing` if it cannot be evaluated or recorded.
    code: &'static str,
    /// What, in words. Never repeats input.
    diagnostics: String,
    /// Where, as FHIRPath.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expression: Vec<String>,
}

impl OperationOutcome {
    fn of(code: &'static str, remarks: impl IntoIterator<Item = (Option<String>, String)>) -> Self {
        let issue = remarks.into_iter().map(|(path, diagnostics)| Issue {
            severity: "error",
            code,
            diagnostics,
            expression: path.into_iter().collect(),
        });
        Self {
            resource_type: "OperationOutcome",
            issue: issue.collect(),
        }
    }
}

/// What is answered instead of a recorded Consent: an outcome about what was sent, or a problem like any other.
pub(crate) enum NotTaken {
    Outcome(StatusCode, OperationOutcome),
    Problem(Problem),
}

impl From<Problem> for NotTaken {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<FhirNotRecorded> for NotTaken {
    fn from(error: FhirNotRecorded) -> Self {
        let refused = |outcome| Self::Outcome(StatusCode::UNPROCESSABLE_ENTITY, outcome);
        match error {
            FhirNotRecorded::Unreadable(fault) => Self::Outcome(
                StatusCode::BAD_REQUEST,
                OperationOutcome::of("structure", [(None, fault.to_string())]),
            ),
            FhirNotRecorded::NotEvaluated(remarks) => {
                let told = |remark: Remark| (Some(remark.path), remark.says.to_owned());
                refused(OperationOutcome::of("processing", remarks.into_iter().map(told)))
            }
            FhirNotRecorded::OtherArtefact => {
                let place = Some("Consent.source".to_owned());
                refused(OperationOutcome::of("processing", [(place, error.to_string())]))
            }
            FhirNotRecorded::NotRecorded(why) => {
                let problem = Problem::from(why);
                if problem.status != StatusCode::UNPROCESSABLE_ENTITY.as_u16() {
                    return Self::Problem(problem);
                }
                let what = problem.detail.unwrap_or_else(|| problem.title.to_owned());
                refused(OperationOutcome::of("processing", [(None, what)]))
            }
        }
    }
}

impl IntoResponse for NotTaken {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Outcome(status, outcome) => {
                let body = serde_json::to_vec(&outcome).unwrap_or_default();
                (status, [(header::CONTENT_TYPE, FHIR_JSON)], body).into_response()
            }
        }
    }
}

/// Record a FHIR R4 Consent (IHE PCF basic, intermediate or advanced) about one of the caller's own clients.
///
/// It is read whole or refused, with each element that cannot be evaluated. One that lacks what its law asks for is
/// kept, releases nothing, and comes back `inactive` with what it lacks.
#[utoipa::path(post, path = "/fhir/R4/Consent", request_body(content = Object, content_type = "application/fhir+json"),
    responses((status = 201, description = "the Consent as it is on file", body = Object, content_type = "application/fhir+json"),
        (status = 200, description = "the same form was on file", body = Object, content_type = "application/fhir+json"),
        (status = 400, description = "it is not JSON, or too much of it", body = OperationOutcome, content_type = "application/fhir+json"),
        (status = 422, description = "it cannot be evaluated or recorded, and is not kept", body = OperationOutcome, content_type = "application/fhir+json")))]
pub(crate) async fn record(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    request: Request,
) -> Result<Response, NotTaken> {
    let bytes = read_json(request, &doors).await?;
    let gateway = Arc::clone(&doors.gateway);
    let (kept, recorded) = doors
        .to_the_end(async move { gateway.record_fhir_consent(&requester, &bytes).await })
        .await??;
    let place = format!("/fhir/R4/Consent/{}", recorded.id);
    let mut response = (answered_with(kept), resource(recorded)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Look at a consent that the caller holds or is named in as discloser, as FHIR R4. The look is logged.
#[utoipa::path(get, path = "/fhir/R4/Consent/{id}",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = Object, content_type = "application/fhir+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<Response, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let found = doors
        .to_the_end(async move { gateway.fhir_consent(&requester, id).await })
        .await??;
    Ok(resource(found).into_response())
}

/// The resource, with what is to be told about how it was read.
fn resource(consent: FhirConsent) -> (HeaderMap, Vec<u8>) {
    let mut resource = consent.resource;
    if let Some(extensions) = resource.get_mut("extension").and_then(Value::as_array_mut) {
        extensions.extend(consent.notes.iter().map(|note| {
            json!({ "url": names::extension("consent-note"), "extension": [
                { "url": "path", "valueString": note.path },
                { "url": "says", "valueString": note.says },
            ] })
        }));
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, FHIR_JSON);
    if let Ok(version) = HeaderValue::from_str(&format!("W/\"{}\"", consent.version)) {
        headers.insert(header::ETAG, version);
    }
    (headers, serde_json::to_vec(&resource).unwrap_or_default())
}
