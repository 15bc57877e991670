//! `GET /v1/consents/{id}/preview`: what a consent would share with whom, without disclosing.

use std::sync::Arc;

use axum::extract::State;
use gateway_exchange::consents::Preview;
use gateway_types::{ConsentId, Word as _};
use serde::Serialize;

use crate::extract::{Asking, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// What a consent would share of the caller's records.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PreviewBody {
    /// In plain words, as it is read back to the client.
    confirm_back: String,
    /// It is not signed; this is what it would do if it were.
    as_if_signed: bool,
    /// What is assumed of those who would ask: who treats the client elsewhere is not told.
    assuming: &'static str,
    /// Who would get which categories.
    shares: Vec<ShareBody>,
    /// Who is meant by the form and would get nothing.
    nothing_for: Vec<NothingBody>,
}

/// Who would get which categories.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShareBody {
    recipient: String,
    /// The person, if the form names one there.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    purpose: &'static str,
    roles: Vec<&'static str>,
    systems: Vec<String>,
    categories: Vec<&'static str>,
    /// What they would not get without this consent.
    by_this_consent: Vec<&'static str>,
}

/// Who would get nothing for which purpose.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NothingBody {
    recipient: String,
    purpose: &'static str,
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        let shares = preview.shares.into_iter().map(|share| ShareBody {
            recipient: share.recipient.to_string(),
            person: share.person.map(|person| person.to_string()),
            purpose: share.purpose.code(),
            roles: share.roles.iter().map(|role| role.code()).collect(),
            systems: share.systems.iter().map(ToString::to_string).collect(),
            categories: share.categories.iter().map(|word| word.code()).collect(),
            by_this_consent: share.by_this_consent.iter().map(|word| word.code()).collect(),
        });
        let nothing_for = preview
            .nothing_for
            .into_iter()
            .map(|(recipient, purpose)| NothingBody {
                recipient: recipient.to_string(),
                purpose: purpose.code(),
            });
        Self {
            confirm_back: preview.confirm_back,
            as_if_signed: preview.as_if_signed,
            assuming: "whoever provides health care and asks treats the client",
            shares: shares.collect(),
            nothing_for: nothing_for.collect(),
        }
    }
}

/// Show what a consent would share of the caller's own records, by recipient and purpose; categories only. Nothing is
/// disclosed; the look is logged.
#[utoipa::path(get, path = "/v1/consents/{id}/preview",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = PreviewBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<axum::Json<PreviewBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let preview = doors
        .to_the_end(async move { gateway.preview_consent(&requester, id).await })
        .await??;
    Ok(axum::Json(preview.into()))
}
