//! `GET /v1/consents/follow-ups`: what the caller's agency still has to do about the forms that it holds.

use std::sync::Arc;

use axum::extract::State;
use consent::FollowUpKind;
use gateway_exchange::consents::ToDo;
use gateway_types::ConsentId;
use serde::{Deserialize, Serialize};

use super::{FollowUpBody, Missing, RightFormBody, told};
use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// Something that is still to be done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ToDoBody {
    consent: String,
    /// The kind of consent.
    consent_kind: String,
    #[serde(flatten)]
    follow_up: FollowUpBody,
    /// When it was found to be owed.
    opened: String,
    /// What a defective form lacks.
    missing: Vec<Missing>,
    /// The forms to offer instead of a defective one.
    right_forms: Vec<RightFormBody>,
    /// The event to ask about.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
}

impl From<ToDo> for ToDoBody {
    fn from(to_do: ToDo) -> Self {
        Self {
            consent: to_do.consent.to_string(),
            consent_kind: to_do.kind.to_string(),
            follow_up: to_do.follow_up.into(),
            opened: to_do.opened_at.to_string(),
            missing: told(to_do.missing),
            right_forms: to_do.right_forms.into_iter().map(Into::into).collect(),
            event: to_do.event.map(|event| event.to_string()),
        }
    }
}

/// What is to be done, the longest due first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ToDoList {
    follow_ups: Vec<ToDoBody>,
}

/// List what the caller's agency still has to do about the forms that it holds. Nobody else's are told.
#[utoipa::path(get, path = "/v1/consents/follow-ups", responses((status = 200, body = ToDoList)))]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Asking(requester): Asking,
) -> Result<axum::Json<ToDoList>, Problem> {
    let list = doors.gateway.consent_follow_ups(&requester).await?;
    let follow_ups = list.into_iter().map(Into::into).collect();
    Ok(axum::Json(ToDoList { follow_ups }))
}

/// What somebody has done with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// `write_revocation`, `replace_form` or `confirm_event`.
    #[schema(value_type = String)]
    done: FollowUpKind,
}

/// Close what was to be done about a consent without the form itself showing that it is; what is left is listed.
#[utoipa::path(post, path = "/v1/consents/{id}/follow-ups", request_body = Done,
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = ToDoList), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn close(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
    Json(Done { done }): Json<Done>,
) -> Result<axum::Json<ToDoList>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let left = doors
        .to_the_end(async move {
            gateway.close_consent_follow_up(&requester, id, done).await?;
            gateway.consent_follow_ups(&requester).await
        })
        .await??;
    let follow_ups = left.into_iter().map(Into::into).collect();
    Ok(axum::Json(ToDoList { follow_ups }))
}
