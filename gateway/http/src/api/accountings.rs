//! `POST /v1/accountings`: a compliance officer lists the disclosures of one client, for themselves or for the client.

mod form;
pub(super) mod requests;
pub(super) mod suspensions;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use consent::{Disclosed, DisclosedLine, Language};
use gateway_audit::lists::CompletenessProof;
use gateway_exchange::Gateway;
use gateway_exchange::account::views::View;
use gateway_exchange::account::{AccountLine, RequestLine};
use gateway_types::{AgencyId, Date, Timestamp};
use serde::{Deserialize, Serialize};

use self::form::Form;
use super::words::ClientRef;
use crate::extract::{Auditing, Json};
use crate::problem::Problem;
use crate::state::Doors;

/// Whose disclosures, and for which accounting.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    client: Option<ClientRef>,
    /// `hipaa`, `part2`, `intermediary`, `hmis`, `rhy` or `cjis`: what that accounting of the agency's own records lists.
    /// Wanted for all that is given to the client: HTML, PDF and CSV.
    view: Option<String>,
    /// `en` or `es`; English without it.
    language: Option<String>,
}

/// The disclosures in which the officer's agency took part, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AccountingBody {
    #[schema(value_type = Vec<Object>)]
    disclosures: Vec<AccountLine>,
    /// The requests for a consent that were shown to somebody of the officer's agency, oldest first.
    #[schema(value_type = Vec<Object>)]
    requests: Vec<RequestLine>,
    /// That no disclosure of the officer's agency's records is missing (`docs/audit-trail.md`); such as may be suspended under
    /// 45 CFR 164.528(a)(2) are never covered, whether there are any or not.
    #[schema(value_type = Object)]
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<CompletenessProof>,
    /// The same of each client whom the agency has merged into this one; their lines are among the others.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<CompletenessProof>,
    /// Of which accounting these are the lines, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounting: Option<AccountingOf>,
    /// The signature of an accounting by the log's key, over all that stands before it (`docs/audit-trail.md`).
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
}

/// An accounting that a law asks for.
#[derive(Serialize, utoipa::ToSchema)]
struct AccountingOf {
    view: &'static str,
    rule: &'static str,
    /// The first day it covers; absent where it goes back as far as the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    since: Option<Date>,
    /// What every accounting says about lines that may be kept off it for a time, whether there are any or not.
    suspensions: &'static str,
}

/// List the disclosures of one client in which the officer's agency was the source or the recipient, or those that an
/// accounting of the agency's own records lists.
///
/// By `Accept`: JSON; or, of an accounting, a page in plain words for the client (`text/html`, `application/pdf`) or a table
/// (`text/csv`). Reading the log is itself recorded in it.
#[utoipa::path(post, path = "/v1/accountings", request_body = Whose,
    responses((status = 200, content((AccountingBody = "application/json"), (String = "text/html"), (Vec<u8> = "application/pdf"), (String = "text/csv"))), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 406, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn account(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    headers: HeaderMap,
    Json(whose): Json<Whose>,
) -> Result<Response, Problem> {
    let about = whose.client.ok_or_else(Problem::no_client)?.read()?;
    let view = whose.view.as_deref().map(view).transpose()?;
    let language = whose
        .language
        .as_deref()
        .map_or(Ok(Language::English), language)?;
    let printer = doors.printer.clone();
    let form = Form::by(&headers, printer.is_some());
    // Before anybody is looked up, so that what is told follows from the request alone.
    if form != Form::Json && view.is_none() {
        return Err(Problem::malformed().with_detail("`view` is wanted: which accounting is to be given"));
    }
    if form == Form::Pdf && printer.is_none() {
        return Err(Problem::not_acceptable()
            .with_detail("this gateway makes no PDF; `text/html` is there to be printed"));
    }
    let gateway = Arc::clone(&doors.gateway);
    let agency = officer.agency().clone();
    let account = doors
        .to_the_end(async move { gateway.account(&officer, &about, view).await })
        .await??;
    let now = account.at;
    let Some(view) = view.filter(|_| form != Form::Json) else {
        let accounting = view.map(|view| AccountingOf {
            view: view.code(),
            rule: view.rule(),
            since: view.since(now),
            suspensions: consent::may_be_suspended(language),
        });
        let mut body = AccountingBody {
            disclosures: account.disclosures,
            requests: account.requests,
            proof: account.proof,
            merged: account.merged,
            accounting,
            signed: None,
        };
        if let Some(view) = view {
            let file = serde_json::to_vec(&body).map_err(|_| Problem::internal())?;
            body.signed = Some(doors.gateway.sign_accounting(&agency, view, now, &file)?);
        }
        return Ok(([(header::VARY, "accept")], axum::Json(body)).into_response());
    };
    let accounting = for_client(&doors.gateway, &agency, view, now, &account.disclosures);
    let file = match (form, printer) {
        (Form::Csv, _) => form::rows(&accounting, language).into_bytes(),
        (Form::Pdf, Some(printer)) => {
            let page = accounting.page(language);
            doors
                .to_the_end(async move { printer.pdf(&page).await })
                .await??
        }
        _ => accounting.page(language).into_bytes(),
    };
    let note = doors.gateway.sign_accounting(&agency, view, now, &file)?;
    form::signed(form::answer(form, file), &note)
}

fn view(code: &str) -> Result<View, Problem> {
    View::from_code(code).ok_or_else(|| {
        Problem::unknown_word().with_detail("`view`: hipaa, part2, intermediary, hmis, rhy or cjis is wanted")
    })
}

fn language(tag: &str) -> Result<Language, Problem> {
    Language::from_tag(tag)
        .ok_or_else(|| Problem::unknown_word().with_detail("`language`: en or es is wanted"))
}

/// The accounting as the client gets it: agencies by the names they are registered under.
fn for_client(
    gateway: &Gateway,
    agency: &AgencyId,
    view: View,
    now: Timestamp,
    lines: &[AccountLine],
) -> Disclosed {
    let directory = gateway.directory();
    let name_of = |id: &AgencyId| {
        directory
            .agency(id)
            .map_or_else(|| id.to_string(), |agency| agency.name.clone())
    };
    Disclosed {
        agency: name_of(agency),
        rule: view.rule(),
        since: view.since(now),
        made: now,
        lines: lines
            .iter()
            .map(|line| DisclosedLine {
                at: line.at,
                to: line.recipient.as_ref().map(name_of).unwrap_or_default(),
                what: line.categories,
                why: line.purpose,
                bases: line.bases,
                mark: format!("{} {}", line.index, line.event),
            })
            .collect(),
    }
}
