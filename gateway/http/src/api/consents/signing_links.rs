//! `/v1/consents/{id}/signing-links`: a link with which the client signs the form on a screen.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use consent::{Attested, Language, Screen, Signer, Standing};
use gateway_exchange::consents::{LinkWanted, NotLinked};
use gateway_types::ConsentId;
use gateway_types::vocabulary::SignerRole;
use serde::{Deserialize, Serialize};

use super::{Missing, told};
use crate::extract::{Asking, Json, Named};
use crate::problem::Problem;
use crate::state::Doors;

/// A link that is wanted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// `in_person`: on a screen of the agency, beside its staff; `sent`: on the signer's own.
    #[schema(value_type = String)]
    screen: Screen,
    /// For how many minutes it is good: 30 in person, at most 120; 1440 if sent, at most 10080.
    minutes: Option<u32>,
    /// The language in which the form is shown first, `en` or `es`; the page has a switch.
    #[schema(value_type = String)]
    language: Language,
    /// What the client is in law: `adult`, `minor_acting_alone`, `minor`, `incapacitated`, `deceased`.
    #[schema(value_type = String)]
    standing: Standing,
    /// Who may sign, each capacity once; one of them does. Absent: the client.
    #[serde(default = "the_client")]
    #[schema(value_type = Vec<Object>)]
    signers: Vec<Signer>,
    /// What the caller vouches for. That the statements were seen, the scope was read back, the language is plain and a
    /// copy was given, the page itself shows.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attested: BTreeSet<Attested>,
}

fn the_client() -> Vec<Signer> {
    vec![Signer::new(SignerRole::Client)]
}

/// A link that was made.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LinkBody {
    /// The link, told this once. Whoever has it can sign: it is given to the client and to nobody else.
    url: String,
    /// Its id, by which the log names it. It opens nothing.
    link: String,
    /// The moment from which on it cannot be used.
    expires: String,
    /// What the form will still lack once it is signed, unless somebody vouches for it.
    will_lack: Vec<Missing>,
}

/// What became of a link.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EndedBody {
    /// Whether there was one.
    ended: bool,
}

impl From<NotLinked> for Problem {
    fn from(error: NotLinked) -> Self {
        match error {
            NotLinked::NotThere => Self::not_found(),
            NotLinked::Minutes(_) | NotLinked::Signers | NotLinked::Abuser | NotLinked::Lacks(_) => {
                Self::unacceptable().with_detail(error.to_string())
            }
            NotLinked::Overtaken => Self::conflict().with_detail(error.to_string()),
            NotLinked::NotRecorded(error) => error.into(),
        }
    }
}

/// Make a link with which the client signs a form that the caller holds and that waits for its signature. It is good once;
/// the one before it ends.
#[utoipa::path(post, path = "/v1/consents/{id}/signing-links", request_body = LinkRequest,
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 201, body = LinkBody), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn make(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
    Json(wanted): Json<LinkRequest>,
) -> Result<Response, Problem> {
    let pages = doors
        .pages
        .clone()
        .ok_or_else(|| Problem::conflict().with_detail("this gateway serves no signing pages"))?;
    let wanted = LinkWanted {
        screen: wanted.screen,
        minutes: wanted.minutes,
        language: wanted.language,
        standing: wanted.standing,
        signers: wanted.signers,
        attested: wanted.attested,
    };
    let gateway = Arc::clone(&doors.gateway);
    let made = doors
        .to_the_end(async move { gateway.make_signing_link(&requester, id, wanted).await })
        .await??;
    let body = LinkBody {
        url: pages.link(&made.secret),
        link: made.id.to_string(),
        expires: made.expires_at.to_string(),
        will_lack: told(made.will_lack),
    };
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// End the link of a form that the caller holds, and the sight of its copy. That there was none is no error.
#[utoipa::path(delete, path = "/v1/consents/{id}/signing-links",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, body = EndedBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<axum::Json<EndedBody>, Problem> {
    let gateway = Arc::clone(&doors.gateway);
    let ended = doors
        .to_the_end(async move { gateway.end_signing_link(&requester, id).await })
        .await??;
    Ok(axum::Json(EndedBody { ended }))
}
