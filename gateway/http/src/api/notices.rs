//! `POST /v1/notices`: what a recipient's system is told about consents that ended, and that it has been told.

use std::sync::Arc;

use axum::extract::State;
use gateway_exchange::ended::{NotNotified, Told};
use gateway_types::{ConsentId, EventId};
use serde::{Deserialize, Serialize};

use crate::extract::{Asking, Json, Named, Pushing};
use crate::problem::Problem;
use crate::state::Doors;

/// From where on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// The last notice of the page before; absent for the first page.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    after: Option<EventId>,
}

/// A notice.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NoticeOfEnd {
    /// Its id, by which it is acknowledged: the event of its entry in the log.
    notice: String,
    /// When it was made.
    issued: String,
    /// The notice itself, a signed note (docs/notices.md).
    note: String,
}

/// Notices that the caller's agency has not acknowledged, the oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NoticePage {
    notices: Vec<NoticeOfEnd>,
    /// Whether there are more after the last of these.
    more: bool,
}

/// That it was acknowledged, and when first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Acknowledged {
    notice: String,
    acknowledged: String,
}

/// How far one recipient has been told.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ToldBody {
    recipient: String,
    notices: u64,
    acknowledged: u64,
    /// When the oldest that it has not acknowledged was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_since: Option<String>,
}

/// The recipients of the caller's own disclosures that were told.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ToldList {
    recipients: Vec<ToldBody>,
}

impl From<Told> for ToldBody {
    fn from(told: Told) -> Self {
        Self {
            recipient: told.recipient.to_string(),
            notices: told.notices,
            acknowledged: told.acknowledged,
            waiting_since: told.waiting_since.map(|at| at.to_string()),
        }
    }
}

impl From<NotNotified> for Problem {
    fn from(error: NotNotified) -> Self {
        match error {
            NotNotified::NoNotice => Self::not_found(),
            NotNotified::Unavailable => Self::unavailable(),
            NotNotified::Fault => Self::internal(),
        }
    }
}

impl Doors {
    /// Has the recipients told of what a step ended, after the answer to who took it.
    pub(crate) fn tell_recipients(&self) {
        let gateway = Arc::clone(&self.gateway);
        self.after.spawn(async move {
            if gateway.file_notices().await.is_err() {
                tracing::warn!("notices that a consent ended could not be filed; it is tried again");
            }
        });
    }
}

/// List the notices for the caller's agency that it has not acknowledged: a consent ended on which a disclosure to it
/// rests. A hundred at a time.
#[utoipa::path(post, path = "/v1/notices", request_body = Since, responses((status = 200, body = NoticePage)))]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    Json(from): Json<Since>,
) -> Result<axum::Json<NoticePage>, Problem> {
    let page = doors.gateway.open_notices(&sender, from.after).await?;
    let notices = page.notices.into_iter().map(|notice| NoticeOfEnd {
        notice: notice.id.to_string(),
        issued: notice.issued_at.to_string(),
        note: notice.note,
    });
    Ok(axum::Json(NoticePage {
        notices: notices.collect(),
        more: page.more,
    }))
}

/// Say that the caller's agency has a notice. Said again, nothing changes.
#[utoipa::path(post, path = "/v1/notices/{id}/acknowledge",
    params(("id" = String, Path, description = "the notice's id")),
    responses((status = 200, body = Acknowledged), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn acknowledge(
    State(doors): State<Doors>,
    Pushing(sender): Pushing,
    Named(id): Named<EventId>,
) -> Result<axum::Json<Acknowledged>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let at = doors
        .to_the_end(async move { gateway.acknowledge_notice(&sender, id).await })
        .await??;
    Ok(axum::Json(Acknowledged {
        notice: id.to_string(),
        acknowledged: at.to_string(),
    }))
}

/// Look at how far the recipients of the caller's own records under a consent have been told that it ended. The look is
/// logged.
#[utoipa::path(get, path = "/v1/consents/{id}/notices",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = ToldList), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn told(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<axum::Json<ToldList>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let told = doors
        .to_the_end(async move { gateway.told_of_end(&requester, id).await })
        .await??;
    let recipients = told.into_iter().map(Into::into).collect();
    Ok(axum::Json(ToldList { recipients }))
}
