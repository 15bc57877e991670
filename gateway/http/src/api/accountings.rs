//! `POST /v1/accountings`: a compliance officer lists the disclosures of one client.

use std::sync::Arc;

use axum::extract::State;
use gateway_audit::lists::CompletenessProof;
use gateway_exchange::account::{AccountLine, RequestLine};
use serde::{Deserialize, Serialize};

use super::words::ClientRef;
use crate::extract::{Auditing, Json};
use crate::problem::Problem;
use crate::state::Doors;

/// Whose disclosures.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    client: Option<ClientRef>,
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
}

/// List the disclosures of one client in which the officer's agency was the source or the recipient.
///
/// Reading the log is itself recorded in it.
#[utoipa::path(post, path = "/v1/accountings", request_body = Whose,
    responses((status = 200, body = AccountingBody), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn account(
    State(doors): State<Doors>,
    Auditing(officer): Auditing,
    Json(whose): Json<Whose>,
) -> Result<axum::Json<AccountingBody>, Problem> {
    let about = whose.client.ok_or_else(Problem::no_client)?.read()?;
    let gateway = Arc::clone(&doors.gateway);
    let account = doors
        .to_the_end(async move { gateway.account(&officer, &about).await })
        .await??;
    Ok(axum::Json(AccountingBody {
        disclosures: account.disclosures,
        requests: account.requests,
        proof: account.proof,
    }))
}
