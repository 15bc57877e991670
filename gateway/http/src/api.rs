//! The routes under `/v1`, health, and the description of them all.

mod accountings;
mod cds_hooks;
mod clients;
mod consents;
mod description;
mod disclosures;
mod fhir;
mod health;
mod imports;
mod log;
mod notices;
mod requests;
mod restrictions;
mod searches;
mod service_requests;
mod witness;
mod words;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::description::{Description, add_common_problems};
use crate::problem::Problem;
use crate::state::Doors;

/// The names of fields in our own requests: the only words of a request that an error may repeat.
pub(crate) const FIELD_NAMES: &[&str] = &[
    "about",
    "actor",
    "after",
    "agency",
    "agree",
    "after",
    "amend",
    "answer",
    "area",
    "artefact",
    "as_of",
    "at",
    "attest",
    "attestations",
    "attested",
    "audience",
    "basis",
    "because",
    "birth_date",
    "by_agency",
    "by_role",
    "categories",
    "category",
    "class",
    "client",
    "client_able_to_consent",
    "client_refused",
    "code",
    "combined_with",
    "confirm",
    "consent",
    "consent_asserted",
    "consent_unobtainable",
    "context",
    "days",
    "discovered",
    "discloser",
    "done",
    "east",
    "emergency",
    "end_by_agency",
    "end_by_client",
    "enter_in_error",
    "event",
    "expires",
    "expiry",
    "find",
    "finding",
    "first_day",
    "first_name",
    "form",
    "from",
    "hook",
    "hookInstance",
    "how",
    "identity",
    "immediate_treatment_needed",
    "informed",
    "kind",
    "language",
    "last_day",
    "last_name",
    "limit",
    "middle_name",
    "minutes",
    "name_suffix",
    "nature",
    "narrows",
    "needed_categories",
    "north",
    "official",
    "on",
    "only",
    "person",
    "own_key",
    "patientId",
    "persons",
    "phones",
    "purpose",
    "purposeOfUse",
    "recipient",
    "purposes",
    "recipients",
    "refuse",
    "representative_available",
    "resume",
    "role",
    "scope",
    "screen",
    "self_paid",
    "sign",
    "signature",
    "signed_at",
    "signer",
    "signers",
    "since",
    "south",
    "ssn",
    "staff",
    "standing",
    "state",
    "stated",
    "statements",
    "superseded_by",
    "suspend",
    "system",
    "terms",
    "until",
    "value",
    "west",
    "why",
    "wish",
    "withhold",
    "youth_project",
];

/// All routes.
pub fn router(doors: Doors) -> Router {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(disclosures::disclose))
        .routes(routes!(consents::record))
        .routes(routes!(consents::revoke))
        .routes(routes!(consents::listing::search))
        .routes(routes!(consents::steps::draft))
        .routes(routes!(consents::steps::look))
        .routes(routes!(consents::steps::step))
        .routes(routes!(consents::steps::event))
        .routes(routes!(consents::follow_ups::list))
        .routes(routes!(consents::follow_ups::close))
        .routes(routes!(consents::preview::preview))
        .routes(routes!(consents::form::form))
        .routes(routes!(consents::artefact::hand_in))
        .routes(routes!(consents::artefact::look))
        .routes(routes!(consents::signing_links::make))
        .routes(routes!(consents::signing_links::end))
        .routes(routes!(notices::told))
        .routes(routes!(notices::list))
        .routes(routes!(notices::acknowledge))
        .routes(routes!(consents::releases::dry_run))
        .routes(routes!(consents::releases::take))
        .routes(routes!(fhir::record))
        .routes(routes!(fhir::look))
        .routes(routes!(cds_hooks::list))
        .routes(routes!(cds_hooks::consult))
        .routes(routes!(requests::ask))
        .routes(routes!(requests::look))
        .routes(routes!(requests::inbox))
        .routes(routes!(requests::answer))
        .routes(routes!(restrictions::ask))
        .routes(routes!(restrictions::list))
        .routes(routes!(restrictions::look))
        .routes(routes!(restrictions::step))
        .routes(routes!(imports::hmis_csv))
        .routes(routes!(imports::fhir))
        .routes(routes!(imports::c_cda))
        .routes(routes!(imports::hl7_v2))
        .routes(routes!(imports::calls_for_service))
        .routes(routes!(imports::field_forms))
        .routes(routes!(imports::eido))
        .routes(routes!(imports::niem))
        .routes(routes!(service_requests::push))
        .routes(routes!(service_requests::search))
        .routes(routes!(imports::progress))
        .routes(routes!(clients::push))
        .routes(routes!(accountings::account))
        .routes(routes!(accountings::suspensions::take_down))
        .routes(routes!(accountings::suspensions::list))
        .routes(routes!(accountings::suspensions::end))
        .routes(routes!(accountings::requests::take_down))
        .routes(routes!(accountings::requests::owed))
        .routes(routes!(accountings::requests::put_off))
        .routes(routes!(accountings::requests::given))
        .routes(routes!(searches::search))
        .routes(routes!(searches::breach))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::proof))
        .routes(routes!(log::witnessed))
        .routes(routes!(log::files_checkpoint))
        .routes(routes!(witness::add_checkpoint))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .split_for_parts();
    // The path of a tile has slashes in it, which a description cannot say of a parameter.
    let router = router.route("/log/tile/{*path}", axum::routing::get(log::tile));
    add_common_problems(&mut description);
    let document = serde_json::to_vec(&description).unwrap_or_default();
    router
        .route(
            "/openapi.json",
            axum::routing::get(move || {
                let document = document.clone();
                async move { ([(http::header::CONTENT_TYPE, "application/json")], document) }
            }),
        )
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn(log_request))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            // What the panic said is not told and not logged: it may hold client data.
            tracing::error!("a handler panicked");
            Problem::internal().into_response()
        }))
        .with_state(doors)
}

/// One line for each request: method, route pattern, status, time. Never a path with its values, a query or a body.
async fn log_request(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let begun = std::time::Instant::now();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Nothing is kept on the way, but for the full files of the public log.
    headers
        .entry(http::header::CACHE_CONTROL)
        .or_insert(http::HeaderValue::from_static("no-store"));
    headers.insert(
        http::header::X_CONTENT_TYPE_OPTIONS,
        http::HeaderValue::from_static("nosniff"),
    );
    tracing::info!(
        %method,
        route,
        status = response.status().as_u16(),
        micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}
