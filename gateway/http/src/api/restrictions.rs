//! `POST /v1/restrictions`: what a client asks an agency to keep back, as that agency takes it down.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use consent::restriction::{LetGo, Mistake, NotAgreed, RestrictionStep, Wish};
use gateway_exchange::restrictions::{NotRestricted, RestrictionOnFile};
use gateway_types::{RestrictionId, SourceClientKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// What a client asks to be kept back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The client, by the caller's own key.
    own_key: String,
    /// `{"withhold": {"categories": ..., "from": ...}}`, or `{"self_paid": {"categories": ..., "first_day": ...,
    /// "last_day": ...}}`.
    #[schema(value_type = Object)]
    wish: Wish,
}

/// Whose restrictions are wanted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    /// The client, by the caller's own key.
    own_key: String,
}

/// A step in the life of a restriction: one key with what belongs to it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RestrictionStepBody {
    Agree {
        #[serde(default)]
        from: Option<Timestamp>,
    },
    Refuse {
        why: NotAgreed,
    },
    EndByClient {
        how: LetGo,
    },
    EndByAgency {
        informed: Timestamp,
    },
    EnterInError {
        why: Mistake,
    },
}

impl From<RestrictionStepBody> for RestrictionStep {
    fn from(body: RestrictionStepBody) -> Self {
        match body {
            RestrictionStepBody::Agree { from } => Self::Agree(from),
            RestrictionStepBody::Refuse { why } => Self::Refuse(why),
            RestrictionStepBody::EndByClient { how } => Self::EndByClient(how),
            RestrictionStepBody::EndByAgency { informed } => Self::EndByAgency(informed),
            RestrictionStepBody::EnterInError { why } => Self::EnterInError(why),
        }
    }
}

/// A restriction on file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RestrictionBody {
    restriction: String,
    version: u32,
    /// `requested`, `agreed` (from a later moment), `in_force`, `refused`, `ended_by_client`, `ended_by_agency` (it
    /// binds still what the agency had then) or `entered_in_error`.
    status: &'static str,
    /// When the client asked.
    asked: String,
    /// What was asked.
    #[schema(value_type = Object)]
    wish: Wish,
}

impl From<RestrictionOnFile> for RestrictionBody {
    fn from(on_file: RestrictionOnFile) -> Self {
        let restriction = on_file.restriction;
        Self {
            restriction: restriction.id().to_string(),
            version: restriction.version().number(),
            status: on_file.standing.code(),
            asked: restriction.asked_at().to_string(),
            wish: restriction.wish().clone(),
        }
    }
}

/// What a client asked of the caller's agency.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RestrictionList {
    restrictions: Vec<RestrictionBody>,
}

impl From<NotRestricted> for Problem {
    fn from(error: NotRestricted) -> Self {
        match error {
            NotRestricted::NoClient => {
                Self::unacceptable().with_detail("`own_key`: your records name no client by that key")
            }
            NotRestricted::NoRestriction => Self::not_found(),
            NotRestricted::Barred(why) => Self::unacceptable().with_detail(why.to_string()),
            NotRestricted::Unavailable => Self::unavailable(),
            NotRestricted::Fault => Self::internal(),
        }
    }
}

fn own_key(key: String) -> Result<SourceClientKey, Problem> {
    if key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    Ok(SourceClientKey::new(key))
}

/// Take down what one of the caller's own clients asks the caller's agency to keep back. What the client paid for in full
/// is kept from health plans at once; anything else when the agency agrees.
#[utoipa::path(post, path = "/v1/restrictions", request_body = Asked,
    responses((status = 201, body = RestrictionBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ask(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    let client = own_key(asked.own_key)?;
    let gateway = Arc::clone(&doors.gateway);
    let on_file = doors
        .to_the_end(async move { gateway.ask_restriction(&requester, client, asked.wish).await })
        .await??;
    Ok((StatusCode::CREATED, axum::Json(RestrictionBody::from(on_file))).into_response())
}

/// List what one of the caller's own clients asked of the caller's agency. Nobody else's are told.
#[utoipa::path(post, path = "/v1/restrictions/list", request_body = Whose,
    responses((status = 200, body = RestrictionList), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(whose): Json<Whose>,
) -> Result<axum::Json<RestrictionList>, Problem> {
    let client = own_key(whose.own_key)?;
    let list = doors.gateway.restrictions_of(&requester, client).await?;
    let restrictions = list.into_iter().map(Into::into).collect();
    Ok(axum::Json(RestrictionList { restrictions }))
}

/// Look at a restriction that the caller's agency was asked for.
#[utoipa::path(get, path = "/v1/restrictions/{id}",
    params(("id" = String, Path, description = "the restriction's id")),
    responses((status = 200, body = RestrictionBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<RestrictionId>,
) -> Result<axum::Json<RestrictionBody>, Problem> {
    let on_file = doors.gateway.restriction_on_file(&requester, id).await?;
    Ok(axum::Json(on_file.into()))
}

/// Answer or end a restriction.
#[utoipa::path(post, path = "/v1/restrictions/{id}/steps", request_body(content = Object),
    params(("id" = String, Path, description = "the restriction's id")),
    responses((status = 200, body = RestrictionBody), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn step(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<RestrictionId>,
    Json(body): Json<RestrictionStepBody>,
) -> Result<axum::Json<RestrictionBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let on_file = doors
        .to_the_end(async move { gateway.step_restriction(&requester, id, body.into()).await })
        .await??;
    Ok(axum::Json(on_file.into()))
}
