//! `GET /v1/consents/{id}/form/{language}`: the form that a client signs, as a page to be printed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use consent::Language;
use gateway_types::ConsentId;

use crate::extract::Asking;
use crate::print::{Wanted, pdf_answer};
use crate::problem::Problem;
use crate::state::Doors;

/// The form of a consent that the caller holds, in plain `en` or `es`, made from its terms. Terms that lack something a
/// form has to say make none. PDF for whoever accepts `application/pdf`, where the gateway is set up to make it. The look
/// is logged.
#[utoipa::path(get, path = "/v1/consents/{id}/form/{language}",
    params(("id" = String, Path, description = "the consent's id"), ("language" = String, Path, description = "`en` or `es`")),
    responses((status = 200, content((String = "text/html"), (Vec<u8> = "application/pdf"))), (status = 406, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn form(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    headers: HeaderMap,
    place: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, language)) = place.map_err(|_| Problem::not_found())?;
    let id: ConsentId = id.parse().map_err(|_| Problem::not_found())?;
    let language = Language::from_tag(&language).ok_or_else(Problem::not_found)?;
    let printer = match (Wanted::by(&headers), doors.printer.clone()) {
        (Wanted::Html, _) | (Wanted::PdfRather, None) => None,
        (_, Some(printer)) => Some(printer),
        (Wanted::Pdf, None) => {
            return Err(Problem::not_acceptable()
                .with_detail("this gateway makes no PDF; `text/html` is there to be printed"));
        }
    };
    let gateway = Arc::clone(&doors.gateway);
    let page = doors
        .to_the_end(async move { gateway.consent_form(&requester, id, language).await })
        .await??;
    if let Some(printer) = printer {
        let pdf = doors
            .to_the_end(async move { printer.pdf(&page).await })
            .await??;
        return Ok(pdf_answer(pdf));
    }
    let headers = [
        (http::header::VARY, "accept"),
        (http::header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // The page needs its own style and nothing else.
        (
            http::header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Ok((headers, page).into_response())
}
