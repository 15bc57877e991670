//! `POST /v1/log/searches` and `POST /v1/log/breaches`: a compliance officer looks through their agency's part of the log.

use std::sync::Arc;

use axum::extract::State;
use gateway_exchange::account::search::{Breach, FoundLine, NotSearched, Touched, Wanted};
use gateway_types::{Date, Timestamp};
use serde::{Deserialize, Serialize};

use super::words::{id, word};
use crate::extract::{Auditing, Json};
use crate::problem::Problem;
use crate::state::Doors;

/// What is looked for. What is left out may be anything.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// From when on.
    #[schema(value_type = String)]
    from: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    until: Timestamp,
    /// The agency that received.
    recipient: Option<String>,
    /// The person who received.
    person: Option<String>,
    /// The purpose of use.
    purpose: Option<String>,
    /// A category of which something went.
    category: Option<String>,
    /// A legal basis on which something went, e.g. `HIP-512j1`.
    basis: Option<String>,
    /// `next` of the page before.
    after: Option<u64>,
}

/// A page of what was found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SearchBody {
    /// As in the accounting of each client, with `clients`, the keys by which the officer's agency names them.
    #[schema(value_type = Vec<Object>)]
    disclosures: Vec<FoundLine>,
    /// How often, among what was looked through for this page, the agency's own people asked and nothing was disclosed.
    refusals: u64,
    /// To be sent as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// What came out, where and when.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Breached {
    /// The agency at which it happened.
    recipient: String,
    /// The person, if only what they received is out.
    person: Option<String>,
    /// What was received from then on.
    #[schema(value_type = String)]
    from: Timestamp,
    /// And until then.
    #[schema(value_type = String)]
    until: Timestamp,
    /// The day of its discovery.
    #[schema(value_type = String)]
    discovered: Date,
}

/// Whom it touches.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BreachBody {
    /// Each with `clients` (the agency's own keys), `disclosures`, `first`, `last` and `categories`.
    #[schema(value_type = Vec<Object>)]
    individuals: Vec<Touched>,
    /// The day until which they are told (164.404(b)).
    #[schema(value_type = Option<String>)]
    notify_by: Option<Date>,
    /// Whether the media and the Secretary are told with them (164.406, 164.408).
    five_hundred_or_more: bool,
}

impl From<NotSearched> for Problem {
    fn from(error: NotSearched) -> Self {
        match error {
            NotSearched::TooMuch => Self::unacceptable().with_detail(error.to_string()),
            NotSearched::Failed(error) => error.into(),
        }
    }
}

fn in_order(from: Timestamp, until: Timestamp) -> Result<(), Problem> {
    if from < until {
        return Ok(());
    }
    Err(Problem::malformed().with_detail("`until` must come after `from`"))
}

/// Look through the log for disclosures of the officer's agency's own records, and for what its own people received. The search
/// is itself an entry of the log.
#[utoipa::path(post, path = "/v1/log/searches", request_body = Search,
    responses((status = 200, body = SearchBody), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(search): Json<Search>,
) -> Result<axum::Json<SearchBody>, Problem> {
    in_order(search.from, search.until)?;
    let wanted = Wanted {
        from: search.from,
        until: search.until,
        recipient: search.recipient.map(|text| id(&text, "recipient")).transpose()?,
        person: search.person.map(|text| id(&text, "person")).transpose()?,
        purpose: search.purpose.map(|text| word(&text, "purpose")).transpose()?,
        category: search.category.map(|text| word(&text, "category")).transpose()?,
        basis: search.basis.map(|text| word(&text, "basis")).transpose()?,
    };
    let (gateway, after) = (Arc::clone(&doors.gateway), search.after);
    let found = doors
        .to_the_end(async move { gateway.search_log(&officer, &wanted, after).await })
        .await??;
    Ok(axum::Json(SearchBody {
        disclosures: found.lines,
        refusals: found.refusals,
        next: found.next,
    }))
}

/// List whom it touches that what an agency received in a time is out: for the notices of 45 CFR 164.404 and 42 CFR 2.16(b).
#[utoipa::path(post, path = "/v1/log/breaches", request_body = Breached,
    responses((status = 200, body = BreachBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn breach(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(breached): Json<Breached>,
) -> Result<axum::Json<BreachBody>, Problem> {
    in_order(breached.from, breached.until)?;
    let wanted = Wanted {
        from: breached.from,
        until: breached.until,
        recipient: Some(id(&breached.recipient, "recipient")?),
        person: breached.person.map(|text| id(&text, "person")).transpose()?,
        purpose: None,
        category: None,
        basis: None,
    };
    let (gateway, discovered) = (Arc::clone(&doors.gateway), breached.discovered);
    let Breach {
        individuals,
        notify_by,
        five_hundred_or_more,
    } = doors
        .to_the_end(async move { gateway.whom_a_breach_touches(&officer, &wanted, discovered).await })
        .await??;
    Ok(axum::Json(BreachBody {
        individuals,
        notify_by,
        five_hundred_or_more,
    }))
}
