//! `POST /v1/accountings/suspensions`: a compliance officer takes down that an agency suspends the accounting of a client
//! (45 CFR 164.528(a)(2)).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gateway_exchange::account::suspensions::{NotSuspended, Stated, SuspensionOnFile};
use gateway_types::{AgencyId, EventId, Pii, SourceClientKey, Timestamp};
use policies::facts::StatementForm;
use serde::{Deserialize, Serialize};

use crate::api::words::id;
use crate::extract::{Auditing, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// What a health oversight agency or the police has stated.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    /// The client, by the officer's agency's own key.
    own_key: String,
    /// The agency whose work an accounting would impede: police or a health oversight agency.
    agency: String,
    /// Who stated it: name and office.
    official: String,
    /// `written`, or `oral`, which is good for thirty days.
    #[schema(value_type = String)]
    form: StatementForm,
    /// When it was stated.
    #[schema(value_type = String)]
    stated: Timestamp,
    /// Until when, as a written statement says.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

/// Whose accounting.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhoseAccounting {
    /// The client, by the officer's agency's own key.
    own_key: String,
}

/// A suspension on file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SuspensionBody {
    /// Its id: the event under which it stands in the log.
    suspension: String,
    #[schema(value_type = String)]
    agency: AgencyId,
    official: String,
    #[schema(value_type = String)]
    form: StatementForm,
    #[schema(value_type = String)]
    stated: Timestamp,
    /// When it lapses by itself.
    #[schema(value_type = String)]
    lapses: Timestamp,
    /// When the agency took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    ended: Option<Timestamp>,
    /// Whether it runs now.
    running: bool,
}

/// The suspensions of one client's accounting.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SuspensionList {
    suspensions: Vec<SuspensionBody>,
}

impl SuspensionBody {
    fn of(on_file: SuspensionOnFile) -> Self {
        Self {
            suspension: on_file.event.to_string(),
            lapses: on_file.suspension.ends(),
            running: on_file.running,
            agency: on_file.suspension.agency,
            official: on_file.official.into_inner(),
            form: on_file.suspension.form,
            stated: on_file.suspension.start,
            ended: on_file.ended,
        }
    }
}

impl From<NotSuspended> for Problem {
    fn from(error: NotSuspended) -> Self {
        match error {
            NotSuspended::NoClient => {
                Self::unacceptable().with_detail("`own_key`: your records name no client by that key")
            }
            NotSuspended::NoSuspension => Self::not_found(),
            NotSuspended::NoStatement(why) => Self::unacceptable().with_detail(why),
            NotSuspended::Failed(error) => error.into(),
        }
    }
}

fn own_key(key: String) -> Result<SourceClientKey, Problem> {
    if key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    Ok(SourceClientKey::new(key))
}

/// Take down that an agency suspends the accounting of one of the officer's agency's own clients. What went to that agency for
/// health oversight or to the police (164.512(d) and (f)) is then left out of what the client gets, until the statement
/// lapses.
#[utoipa::path(post, path = "/v1/accountings/suspensions", request_body = Statement,
    responses((status = 201, body = SuspensionBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_down(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(statement): Json<Statement>,
) -> Result<Response, Problem> {
    let client = own_key(statement.own_key)?;
    let stated = Stated {
        agency: id(&statement.agency, "agency")?,
        official: Pii::new(statement.official),
        form: statement.form,
        at: statement.stated,
        until: statement.until,
    };
    let gateway = Arc::clone(&doors.gateway);
    let on_file = doors
        .to_the_end(async move { gateway.suspend_accounting(&officer, client, stated).await })
        .await??;
    Ok((StatusCode::CREATED, axum::Json(SuspensionBody::of(on_file))).into_response())
}

/// List the suspensions of a client's accounting, also those that have ended.
#[utoipa::path(post, path = "/v1/accountings/suspensions/list", request_body = WhoseAccounting,
    responses((status = 200, body = SuspensionList), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(whose): Json<WhoseAccounting>,
) -> Result<axum::Json<SuspensionList>, Problem> {
    let client = own_key(whose.own_key)?;
    let gateway = Arc::clone(&doors.gateway);
    let on_file = doors
        .to_the_end(async move { gateway.suspensions(&officer, client).await })
        .await??;
    let suspensions = on_file.into_iter().map(SuspensionBody::of).collect();
    Ok(axum::Json(SuspensionList { suspensions }))
}

/// End a suspension before it lapses, because the agency has taken it back.
#[utoipa::path(post, path = "/v1/accountings/suspensions/{id}/end", request_body = WhoseAccounting,
    params(("id" = String, Path, description = "the suspension's id")),
    responses((status = 200, body = SuspensionBody), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Named(event): Named<EventId>,
    Json(whose): Json<WhoseAccounting>,
) -> Result<axum::Json<SuspensionBody>, Problem> {
    let client = own_key(whose.own_key)?;
    let gateway = Arc::clone(&doors.gateway);
    let on_file = doors
        .to_the_end(async move { gateway.end_suspension(&officer, client, event).await })
        .await??;
    Ok(axum::Json(SuspensionBody::of(on_file)))
}
