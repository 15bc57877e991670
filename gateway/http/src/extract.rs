//! Extractors: who is calling, and a JSON body read within limits.
//!
//! A handler that forgets to authenticate does not compile, since its use case takes the proof as an argument. Errors
//! name a place in the body, never its content: only field names of our own API are repeated.

use std::sync::Arc;
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt as _;
use gateway_exchange::requester::{NotAuthenticated, Officer, Requester, Sender};
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use crate::listener::Peer;
use crate::problem::Problem;
use crate::state::Doors;

impl From<NotAuthenticated> for Problem {
    fn from(error: NotAuthenticated) -> Self {
        let problem = match error {
            NotAuthenticated::UnknownAgency | NotAuthenticated::NoInstrument => Self::agency_not_admitted(),
            _ => Self::not_authenticated(),
        };
        problem.with_detail(error.to_string())
    }
}

/// A person of an agency: certificate and token.
#[derive(Debug)]
pub(crate) struct Asking(pub(crate) Requester);

/// An agency: certificate alone.
#[derive(Debug)]
pub(crate) struct Pushing(pub(crate) Sender);

/// A compliance officer: local signing key.
#[derive(Debug)]
pub(crate) struct Auditing(pub(crate) Officer);

impl FromRequestParts<Doors> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Problem> {
        let certificate = peer(parts);
        let requester = doors
            .gateway
            .authenticate(certificate.as_deref(), bearer(&parts.headers))?;
        Ok(Self(requester))
    }
}

impl FromRequestParts<Doors> for Pushing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Problem> {
        let certificate = peer(parts);
        Ok(Self(doors.gateway.authenticate_sender(certificate.as_deref())?))
    }
}

impl FromRequestParts<Doors> for Auditing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Problem> {
        Ok(Self(doors.gateway.authenticate_officer(bearer(&parts.headers))?))
    }
}

fn peer(parts: &Parts) -> Option<Arc<gateway_crypto::certificates::PeerCertificate>> {
    parts.extensions.get::<Peer>()?.certificate.clone()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The id in a path. One that cannot be read names nothing.
#[derive(Debug)]
pub(crate) struct Named<I>(pub(crate) I);

impl<I: std::str::FromStr> FromRequestParts<Doors> for Named<I> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Problem> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, doors).await else {
            return Err(Problem::not_found());
        };
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Doors> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, doors: &Doors) -> Result<Self, Problem> {
        parse(&read_json(request, doors).await?).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5 && essence.to_ascii_lowercase().ends_with("+json"))
}

/// Reads the bytes of a JSON body, within the limits of size and time.
pub(crate) async fn read_json(request: Request, doors: &Doors) -> Result<Vec<u8>, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::unsupported_media_type().with_detail("`application/json` is wanted"));
    }
    read_bytes(request, doors.limits.body, doors.limits.patience).await
}

/// Reads a body of at most `most` bytes, which may take as long as `patience`.
pub(crate) async fn read_bytes(
    request: Request,
    most: usize,
    patience: Duration,
) -> Result<Vec<u8>, Problem> {
    let body = request.into_body();
    let announced = body.size_hint().lower();
    let mut stream = body.into_data_stream();
    read_whole(announced, &mut stream, most, patience).await
}

async fn read_whole(
    announced: u64,
    stream: &mut BodyDataStream,
    most: usize,
    patience: Duration,
) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::too_large().with_detail(format!("at most {most} bytes are taken"));
    // What is announced as too large is refused before it is sent.
    if announced > most as u64 {
        return Err(too_large());
    }
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|_| Problem::malformed().with_detail("the body ended early"))?;
            if bytes.len() + piece.len() > most {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    tokio::time::timeout(patience, reading)
        .await
        .map_err(|_| Problem::too_slow())?
}

/// Reads JSON; on failure says where, never what.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = place(error.path());
        let error = error.into_inner();
        let what = match error.classify() {
            serde_json::error::Category::Data => "something else is wanted, or a field is missing or unknown",
            _ => "this is not JSON",
        };
        Problem::malformed().with_detail(format!(
            "line {}, column {}{place}: {what}",
            error.line(),
            error.column()
        ))
    })?;
    reader
        .end()
        .map_err(|_| Problem::malformed().with_detail("something follows the JSON value"))?;
    Ok(value)
}

/// The path to the trouble, in names of our own API; anything else becomes `?`, because a misplaced name may be there.
fn place(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                text.push('.');
                text.push_str(if crate::api::FIELD_NAMES.contains(&key.as_str()) {
                    key
                } else {
                    "?"
                });
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if text.is_empty() {
        text
    } else {
        format!(", at `{}`", text.trim_start_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Form {
        #[expect(dead_code, reason = "only read by serde")]
        purpose: u8,
    }

    #[test]
    fn an_error_names_the_place_and_repeats_nothing() {
        let wrong_type = parse::<Form>(br#"{"purpose": "Maria Lopez"}"#).unwrap_err();
        assert!(
            wrong_type.detail.as_deref().unwrap().contains("at `purpose`"),
            "{wrong_type:?}"
        );
        for body in [
            &br#"{"purpose": "Maria Lopez"}"#[..],
            br#"{"Maria Lopez": 1}"#,
            b"Maria Lopez",
            br#"{"purpose":1} Maria"#,
        ] {
            let problem = serde_json::to_string(&parse::<Form>(body).unwrap_err()).unwrap();
            assert!(!problem.contains("Maria"), "{problem}");
        }
    }
}
