//! `POST /v1/consents/search`: the forms of one client that the caller's agency holds. The client's key stands in the
//! body, since addresses are kept in logs.

use std::sync::Arc;

use axum::extract::State;
use consent::Terms;
use gateway_exchange::consents::{Listed, Listing, MOST_LISTED};
use gateway_types::{ConsentId, SourceClientKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::ConsentBody;
use crate::extract::{Asking, Json};
use crate::problem::Problem;
use crate::state::Doors;

/// Whose forms are wanted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The client, by the caller's own key.
    own_key: String,
    /// Those after this one, as `next` of the page before says.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    after: Option<ConsentId>,
    /// How many, 1 to 100; 50 if it is left out.
    #[serde(default)]
    limit: Option<usize>,
}

/// A form on file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListedBody {
    #[serde(flatten)]
    on_file: ConsentBody,
    /// What stands on it: kind, parties, purposes, information, end.
    #[schema(value_type = Object)]
    terms: Terms,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    /// When it was recorded as signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<String>,
}

impl From<Listed> for ListedBody {
    fn from(listed: Listed) -> Self {
        let told = |moment: Timestamp| moment.to_string();
        Self {
            on_file: listed.recorded.into(),
            terms: listed.terms,
            signed: listed.signed_at.map(told),
            recorded: listed.recorded_at.map(told),
        }
    }
}

/// The forms of one client that the caller's agency holds. Where it holds none, and where its records name nobody by that
/// key, there are none.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FormList {
    consents: Vec<ListedBody>,
    /// What to send as `after` for the next page; none: this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List the forms of one of the caller's own clients that the caller's agency holds, with what each lacks. The look is
/// logged.
#[utoipa::path(post, path = "/v1/consents/search", request_body = Wanted,
    responses((status = 200, body = FormList), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<FormList>, Problem> {
    if wanted.own_key.is_empty() {
        return Err(Problem::no_client().with_detail("`own_key` must not be empty"));
    }
    let limit = wanted.limit.unwrap_or(MOST_LISTED / 2);
    if limit == 0 || limit > MOST_LISTED {
        return Err(Problem::unacceptable().with_detail(format!("`limit`: 1 to {MOST_LISTED}")));
    }
    let listing = Listing {
        client: SourceClientKey::new(wanted.own_key),
        after: wanted.after,
        limit,
    };
    let gateway = Arc::clone(&doors.gateway);
    let page = doors
        .to_the_end(async move { gateway.consents_held(&requester, listing).await })
        .await??;
    Ok(axum::Json(FormList {
        next: page.next.map(|id| id.to_string()),
        consents: page.forms.into_iter().map(Into::into).collect(),
    }))
}
