//! `POST /v1/consents/imports`: the forms that an agency has on paper, as one CSV file, and a dry run of it.

mod sheet;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use gateway_exchange::consents::{Mender, NotTakenIn, Reason, ReleaseReport, RowReport, Run};
use gateway_exchange::requester::Requester;
use hyper::body::Body as _;
use serde::Serialize;

use super::{Missing, told};
use crate::api::imports::wants;
use crate::extract::Asking;
use crate::problem::Problem;
use crate::state::Doors;

/// What became, or would become, of each row.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReleasesBody {
    /// Nothing was kept.
    dry_run: bool,
    /// How many rows came to each end.
    #[schema(value_type = Object)]
    counts: std::collections::BTreeMap<&'static str, u64>,
    /// What asks for something to be done, by reason, most rows first.
    reasons: Vec<ReasonBody>,
    /// Every row, in its order.
    rows: Vec<RowBody>,
}

/// Rows that came to one end for one reason.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReasonBody {
    /// What became of them.
    outcome: &'static str,
    /// The element that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<&'static str>,
    /// Where the law asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    citation: Option<&'static str>,
    why: String,
    to_do: String,
    /// Who can do it: `clerk` (a cell or a key is wrong), `form_holder` (who has the signed form), `client` (by signing
    /// anew); left out: there is nothing to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    mended_by: Option<&'static str>,
    /// How many rows. One that lacks two things is counted with each.
    rows: u64,
    /// The first of their lines.
    first_lines: Vec<u64>,
}

impl From<Reason> for ReasonBody {
    fn from(reason: Reason) -> Self {
        Self {
            outcome: reason.outcome,
            element: reason.element.map(|(element, _)| element),
            citation: reason.element.map(|(_, citation)| citation),
            why: reason.why,
            to_do: reason.to_do,
            mended_by: reason.mended_by.map(Mender::word),
            rows: reason.rows,
            first_lines: reason.first_lines,
        }
    }
}

/// What became of one row.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RowBody {
    /// Its line in the file.
    line: u64,
    /// `active`, `inadequate`, `unconfirmed`, `expired`; on file or further up, and more is said of it: `completed`; not
    /// recorded: `on_file`, `other_paper`, `ended`, `no_client`, `refused`, `unreadable`.
    outcome: &'static str,
    /// Where the form now stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Why it was not recorded, or does not hold although it lacks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The consent, if it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    /// What the form lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Missing>,
    /// The kinds of form to offer instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    right_forms: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_do: Option<String>,
    /// Who can do it: `clerk`, `form_holder`, `client`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mended_by: Option<&'static str>,
}

impl From<RowReport> for RowBody {
    fn from(row: RowReport) -> Self {
        Self {
            line: row.line,
            outcome: row.outcome.word(),
            status: row.outcome.status().map(consent::Status::code),
            to_do: row.to_do(),
            mended_by: row.mended_by().map(Mender::word),
            why: row.outcome.why(),
            consent: row.consent.map(|id| id.to_string()),
            missing: told(row.missing),
            right_forms: row.right_forms.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<NotTakenIn> for Problem {
    fn from(error: NotTakenIn) -> Self {
        match error {
            NotTakenIn::File(why) => Self::unacceptable().with_detail(why.to_string()),
            NotTakenIn::AlreadyRunning => Self::conflict().with_detail(error.to_string()),
            NotTakenIn::TooLong => Self::unacceptable().with_detail(error.to_string()),
            NotTakenIn::NotRecorded(error) => error.into(),
        }
    }
}

/// Say what would become of each row of a file of forms. Nothing is kept. With `Accept: text/csv` the rows come as a sheet.
#[utoipa::path(post, path = "/v1/consents/imports/dry-run",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, content((ReleasesBody = "application/json"), (String = "text/csv"))), (status = 413, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn dry_run(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "text/csv")?;
    take_in(&doors, requester, &headers, body, Run::Dry).await
}

/// Take in a file of forms, one a row. An inadequate one is kept and releases nothing; one that is on file is not
/// recorded twice. With `Accept: text/csv` the rows come as a sheet.
#[utoipa::path(post, path = "/v1/consents/imports",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, content((ReleasesBody = "application/json"), (String = "text/csv"))), (status = 413, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    wants(&headers, "text/csv")?;
    take_in(&doors, requester, &headers, body, Run::Real).await
}

async fn take_in(
    doors: &Doors,
    requester: Requester,
    headers: &HeaderMap,
    body: Body,
    run: Run,
) -> Result<Response, Problem> {
    let file = read_file(doors, body).await?;
    let gateway = Arc::clone(&doors.gateway);
    let report: ReleaseReport = doors
        .to_the_end(async move { gateway.take_in_releases(&requester, &file, run).await })
        .await??;
    let vary = (header::VARY, "accept");
    if wants_sheet(headers) {
        let rows: Vec<RowBody> = report.rows.into_iter().map(Into::into).collect();
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
            vary,
        ];
        return Ok((headers, sheet::sheet(&rows)).into_response());
    }
    let report = ReleasesBody {
        dry_run: run == Run::Dry,
        counts: report.counts(),
        reasons: report.reasons().into_iter().map(Into::into).collect(),
        rows: report.rows.into_iter().map(Into::into).collect(),
    };
    Ok(([vary], axum::Json(report)).into_response())
}

/// Whether the report is wanted as a sheet: by whoever names CSV and does not name JSON before it.
fn wants_sheet(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(header::ACCEPT).into_iter();
    let mut named = ranges
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .map(|range| range.trim().to_ascii_lowercase())
        .filter(|range| ["text/csv", "application/json"].contains(&range.as_str()));
    named.next().is_some_and(|first| first == "text/csv")
}

/// Reads a file of forms whole. Each piece has to come within the patience.
async fn read_file(doors: &Doors, body: Body) -> Result<Vec<u8>, Problem> {
    let most = doors.gateway.largest_file_of_forms();
    let announced = body.size_hint().lower();
    let mut stream = body.into_data_stream();
    let reading = async {
        let too_large = || Problem::too_large().with_detail(format!("at most {most} bytes are taken"));
        if announced > most {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = tokio::time::timeout(doors.limits.patience, stream.next())
            .await
            .map_err(|_| Problem::too_slow())?
        {
            let piece = piece.map_err(|_| Problem::malformed().with_detail("the body ended early"))?;
            if (bytes.len() + piece.len()) as u64 > most {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    reading.await
}
