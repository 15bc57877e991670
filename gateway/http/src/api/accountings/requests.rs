//! `POST /v1/accountings/requests`: what clients asked for and are owed, with its days (45 CFR 164.528(c)).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gateway_exchange::account::requested::NotRequested;
use gateway_store::AccountingRequest;
use gateway_types::{Date, EventId, Pii, SourceClientKey};
use serde::{Deserialize, Serialize};

use super::view;
use crate::extract::{Auditing, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// A client's request for an accounting.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requested {
    /// The client, by the officer's agency's own key.
    own_key: String,
    /// `hipaa`, `part2` or `intermediary`.
    view: String,
    /// The day it was received.
    #[schema(value_type = String)]
    received: Date,
}

/// Which part of the list.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// The last request of the page before; without it, the list from its beginning.
    after: Option<String>,
}

/// Why an accounting is put off.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutOff {
    /// The day by which it will be given.
    #[schema(value_type = String)]
    until: Date,
    /// The reason that the client is told in writing.
    reason: String,
}

/// That an accounting was given.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    /// The day.
    #[schema(value_type = String)]
    on: Date,
}

/// A request as it stands.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RequestBody {
    /// Its id: the event under which it stands in the log.
    request: String,
    own_key: String,
    view: String,
    #[schema(value_type = String)]
    received: Date,
    #[schema(value_type = String)]
    due: Date,
    /// Whether it should have been given before today.
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue: Option<bool>,
    /// Why it was put off.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_off: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    given: Option<Date>,
    /// Whether it must be free of charge: the first of this kind in twelve months.
    free: bool,
}

/// What is owed, the first due first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RequestList {
    requests: Vec<RequestBody>,
}

impl RequestBody {
    fn of(request: AccountingRequest, today: Option<Date>) -> Self {
        Self {
            request: request.id.to_string(),
            own_key: request.own_key.reveal().to_owned(),
            view: request.view,
            received: request.received,
            due: request.due,
            overdue: today.map(|today| request.given.is_none() && today > request.due),
            put_off: request.put_off.map(Pii::into_inner),
            given: request.given,
            free: request.free,
        }
    }
}

impl From<NotRequested> for Problem {
    fn from(error: NotRequested) -> Self {
        match error {
            NotRequested::NoClient => {
                Self::unacceptable().with_detail("`own_key`: your records name no client by that key")
            }
            NotRequested::NoRequest => Self::not_found(),
            NotRequested::Changed => Self::conflict(),
            NotRequested::NoStep(why) => Self::unacceptable().with_detail(why),
            NotRequested::Failed(error) => error.into(),
        }
    }
}

/// Take down that a client asked for an accounting, and from when its days are counted.
#[utoipa::path(post, path = "/v1/accountings/requests", request_body = Requested,
    responses((status = 201, body = RequestBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_down(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(requested): Json<Requested>,
) -> Result<Response, Problem> {
    if requested.own_key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    let key = SourceClientKey::new(requested.own_key);
    let view = view(&requested.view)?;
    let gateway = Arc::clone(&doors.gateway);
    let taken = doors
        .to_the_end(async move {
            gateway
                .take_down_request(&officer, key, view, requested.received)
                .await
        })
        .await??;
    Ok((StatusCode::CREATED, axum::Json(RequestBody::of(taken, None))).into_response())
}

/// List the accountings that the officer's agency still owes, the first due first, a hundred at a time.
#[utoipa::path(post, path = "/v1/accountings/requests/owed", request_body = After,
    responses((status = 200, body = RequestList), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn owed(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(page): Json<After>,
) -> Result<axum::Json<RequestList>, Problem> {
    let after = page
        .after
        .map(|after| after.parse::<EventId>())
        .transpose()
        .map_err(|_| Problem::malformed().with_detail("`after`: the id of a request is wanted"))?;
    let gateway = Arc::clone(&doors.gateway);
    let (requests, today) = doors
        .to_the_end(async move { gateway.owed_accountings(&officer, after).await })
        .await??;
    let requests = requests
        .into_iter()
        .map(|request| RequestBody::of(request, Some(today)))
        .collect();
    Ok(axum::Json(RequestList { requests }))
}

/// Put an accounting off, once, by thirty days at most. The client is told in writing why and until when.
#[utoipa::path(post, path = "/v1/accountings/requests/{id}/put-off", request_body = PutOff,
    params(("id" = String, Path, description = "the request's id")),
    responses((status = 200, body = RequestBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_off(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Named(id): Named<EventId>,
    Json(step): Json<PutOff>,
) -> Result<axum::Json<RequestBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let request = doors
        .to_the_end(async move {
            gateway
                .put_off_accounting(&officer, id, step.until, Pii::new(step.reason))
                .await
        })
        .await??;
    Ok(axum::Json(RequestBody::of(request, None)))
}

/// Take down that an accounting was given to the client.
#[utoipa::path(post, path = "/v1/accountings/requests/{id}/given", request_body = Given,
    params(("id" = String, Path, description = "the request's id")),
    responses((status = 200, body = RequestBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn given(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Named(id): Named<EventId>,
    Json(step): Json<Given>,
) -> Result<axum::Json<RequestBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let request = doors
        .to_the_end(async move { gateway.accounting_given(&officer, id, step.on).await })
        .await??;
    Ok(axum::Json(RequestBody::of(request, None)))
}
