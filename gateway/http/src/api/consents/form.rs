//! `GET /v1/consents/{id}/form/{language}`: the form that a client signs, as a page to be printed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use consent::Language;
use gateway_types::ConsentId;

use crate::extract::Asking;
use crate::problem::Problem;
use crate::state::Doors;

/// The form of a consent that the caller holds, in plain `en` or `es`, made from its terms. Terms that lack something a
/// form has to say make none. The look is logged.
#[utoipa::path(get, path = "/v1/consents/{id}/form/{language}",
    params(("id" = String, Path, description = "the consent's id"), ("language" = String, Path, description = "`en` or `es`")),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn form(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    place: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, language)) = place.map_err(|_| Problem::not_found())?;
    let id: ConsentId = id.parse().map_err(|_| Problem::not_found())?;
    let language = Language::from_tag(&language).ok_or_else(Problem::not_found)?;
    let gateway = Arc::clone(&doors.gateway);
    let page = doors
        .to_the_end(async move { gateway.consent_form(&requester, id, language).await })
        .await??;
    let headers = [
        (http::header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // The page needs its own style and nothing else.
        (
            http::header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Ok((headers, page).into_response())
}
