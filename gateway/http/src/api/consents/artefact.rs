//! `/v1/consents/{id}/artefact`: the scan of a signed form, handed in and looked at by the agency that holds the form.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway_exchange::consents::{HandedIn, LARGEST_SCAN, NoScan};
use gateway_store::ScanFormat;
use gateway_types::ConsentId;
use serde::Serialize;

use crate::extract::{Asking, Named, read_bytes};
use crate::problem::Problem;
use crate::state::Doors;

/// A scan that is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ArtefactBody {
    /// SHA-256 of its bytes, as `signature.artefact` states it.
    artefact: String,
    /// `application/pdf`, `image/jpeg`, `image/png` or `image/tiff`.
    media_type: &'static str,
    /// When it was handed in.
    handed_in: String,
}

impl From<HandedIn> for ArtefactBody {
    fn from(scan: HandedIn) -> Self {
        Self {
            artefact: scan.digest.to_string(),
            media_type: scan.format.media_type(),
            handed_in: scan.at.to_string(),
        }
    }
}

impl From<NoScan> for Problem {
    fn from(error: NoScan) -> Self {
        match error {
            NoScan::NotThere => Self::not_found(),
            NoScan::NotAScan | NoScan::OtherPaper | NoScan::InError => {
                Self::unacceptable().with_detail(error.to_string())
            }
            NoScan::TooMany => Self::conflict().with_detail(error.to_string()),
            NoScan::Unavailable => Self::unavailable(),
            NoScan::Fault => Self::internal(),
        }
    }
}

/// Hand in the scan of a form that the caller holds: PDF, JPEG, PNG or TIFF, 10 MiB at most. If the form is signed, it has
/// to be the paper whose digest the signature states; where it states none, this paper is stated.
#[utoipa::path(post, path = "/v1/consents/{id}/artefact",
    params(("id" = String, Path, description = "the consent's id")),
    request_body(content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/tiff"))),
    responses((status = 201, body = ArtefactBody), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn hand_in(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
    request: Request,
) -> Result<Response, Problem> {
    let stated = stated_format(&request).ok_or_else(|| {
        Problem::unsupported_media_type()
            .with_detail("`application/pdf`, `image/jpeg`, `image/png` or `image/tiff` is wanted")
    })?;
    // A few at a time: each is held in memory while it is checked and sealed.
    let _turn = doors.scans.try_acquire().map_err(|_| Problem::unavailable())?;
    let bytes = read_bytes(request, LARGEST_SCAN, doors.limits.patience * 4).await?;
    if ScanFormat::of(&bytes) != Some(stated) {
        return Err(
            Problem::unacceptable().with_detail("the content is not of the media type that it is sent as")
        );
    }
    let gateway = Arc::clone(&doors.gateway);
    let kept = doors
        .to_the_end(async move { gateway.hand_in_scan(&requester, id, bytes).await })
        .await??;
    Ok((StatusCode::CREATED, axum::Json(ArtefactBody::from(kept))).into_response())
}

/// The scan of a form that the caller holds, as it was handed in. The look is logged.
#[utoipa::path(get, path = "/v1/consents/{id}/artefact",
    params(("id" = String, Path, description = "the consent's id")),
    responses((status = 200, content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/tiff"))), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Named(id): Named<ConsentId>,
) -> Result<Response, Problem> {
    let _turn = doors.scans.try_acquire().map_err(|_| Problem::unavailable())?;
    let gateway = Arc::clone(&doors.gateway);
    let scan = doors
        .to_the_end(async move { gateway.scan(&requester, id).await })
        .await??;
    let headers = [
        (header::CONTENT_TYPE, scan.handed_in.format.media_type()),
        // What was handed in is not ours: it is saved, never shown within the gateway's own origin.
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"signed-form\"",
        ),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, scan.bytes).into_response())
}

/// The format that the request says its body is in.
fn stated_format(request: &Request) -> Option<ScanFormat> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    ScanFormat::ALL
        .into_iter()
        .find(|format| essence.eq_ignore_ascii_case(format.media_type()))
}
