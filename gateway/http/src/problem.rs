//! Problem documents (RFC 9457): the one form of every error, with a stable type and never any client data.
//!
//! What is told depends on the request and its sender alone. Anything that happens after a client was looked up is
//! not a problem but the neutral answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A problem, as told to the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name for the kind of problem: `urn:assent:problem:...`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What to do about this one. Never repeats input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

macro_rules! problems {
    ($($(#[$meta:meta])* $name:ident = $status:ident, $kind:literal, $title:literal;)+) => {
        impl Problem {
            $($(#[$meta])*
            #[must_use]
            pub const fn $name() -> Self {
                Self { kind: concat!("urn:assent:problem:", $kind), title: $title, status: StatusCode::$status.as_u16(), detail: None }
            })+

            /// Every kind of problem: type, title, status. For the documentation and its test.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name(),)+]
            }
        }
    };
}

problems! {
    /// No client certificate, no token, or one that does not hold.
    not_authenticated = UNAUTHORIZED, "not-authenticated", "the caller could not be authenticated";
    /// A client certificate was presented that does not hold: foreign, out of its dates, of no agency.
    certificate_refused = UNAUTHORIZED, "certificate-refused", "the client certificate cannot be accepted";
    /// The certificate's agency is not registered or has no instrument in force.
    agency_not_admitted = FORBIDDEN, "agency-not-admitted", "the agency may not exchange through this gateway";
    /// The request was refused before any client was looked up.
    refused = FORBIDDEN, "refused", "this request is not allowed, whoever it is about";
    /// A victim service provider pushed client records.
    victim_service_source = FORBIDDEN, "victim-service-source", "client records of a victim service provider are not taken in";
    /// The body is not JSON of the right shape.
    malformed = BAD_REQUEST, "malformed", "the request could not be read";
    /// The body says nothing about why.
    no_purpose = BAD_REQUEST, "no-purpose", "a purpose of use is needed";
    /// A word is not in its vocabulary.
    unknown_word = BAD_REQUEST, "unknown-word", "a word is not in its vocabulary";
    /// The request does not say which client is meant, or says too little.
    no_client = BAD_REQUEST, "no-client", "the request does not say who it is about";
    /// The page is not made in any of the media types that `Accept` names.
    not_acceptable = NOT_ACCEPTABLE, "not-acceptable", "this is not made in the media type asked for";
    /// The media type is not the one wanted.
    unsupported_media_type = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "another media type is wanted";
    /// The body is larger than allowed.
    too_large = PAYLOAD_TOO_LARGE, "too-large", "the request is too large";
    /// The body came too slowly.
    too_slow = REQUEST_TIMEOUT, "too-slow", "the request took too long to arrive";
    /// No such path.
    not_found = NOT_FOUND, "not-found", "there is nothing here";
    /// The path exists, the method does not.
    method_not_allowed = METHOD_NOT_ALLOWED, "method-not-allowed", "this method is not for this path";
    /// The thing changed meanwhile, or is already running.
    conflict = CONFLICT, "conflict", "this cannot be done in the present state";
    /// What was pushed or recorded was read and cannot be accepted.
    unacceptable = UNPROCESSABLE_ENTITY, "unacceptable", "the content cannot be accepted";
    /// So much would be taken away that somebody has to say that it is meant.
    many_deletions = UNPROCESSABLE_ENTITY, "many-deletions", "so much would be taken away that somebody has to say that it is meant";
    /// More of this kind than the caller may do in a while; it does not depend on the client.
    too_many = TOO_MANY_REQUESTS, "too-many", "this was done too often";
    /// The store or the audit log cannot be reached: nothing is released.
    unavailable = SERVICE_UNAVAILABLE, "unavailable", "the gateway cannot answer now";
    /// A fault of ours.
    internal = INTERNAL_SERVER_ERROR, "internal", "the gateway failed";
}

impl Problem {
    /// The problem with something to do about it. `detail` must not repeat input.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_type_of_its_own() {
        let mut kinds: Vec<_> = Problem::all().iter().map(|problem| problem.kind).collect();
        kinds.sort_unstable();
        let count = kinds.len();
        kinds.dedup();
        assert_eq!(kinds.len(), count);
    }
}
