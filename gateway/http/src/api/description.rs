//! What the routes' descriptions have in common: the problems that any of them may answer with.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};

use crate::problem::Problem;

#[derive(OpenApi)]
#[openapi(info(
    title = "Assent",
    description = "A consent-aware gateway between homeless services, health and crisis providers, police and 911/311. \
                   Agencies call over mutual TLS; people are named by a token that their agency signs and binds to its \
                   certificate. Once a client has been looked up, every answer that releases nothing is the same."
))]
pub(super) struct Description;

/// Adds to each operation the problems that its extractors and the gateway's state may bring, unless its handler has
/// described them.
pub(super) fn add_common_problems(description: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let calls_in = ["/v1/", "/fhir/", "/cds-services"];
        if !calls_in.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        let anybody = path.starts_with("/v1/log/") || path == "/cds-services";
        if let Some(operation) = &mut item.get {
            add(operation, &[Problem::internal(), Problem::unavailable()]);
            if !anybody {
                add(
                    operation,
                    &[Problem::not_authenticated(), Problem::agency_not_admitted()],
                );
            }
        }
        if let Some(operation) = &mut item.post {
            add(
                operation,
                &[
                    Problem::malformed(),
                    Problem::not_authenticated(),
                    Problem::too_slow(),
                    Problem::too_large(),
                    Problem::unsupported_media_type(),
                    Problem::internal(),
                    Problem::unavailable(),
                ],
            );
            // Compliance officers come without an agency's certificate.
            if path != "/v1/accountings" {
                add(operation, &[Problem::agency_not_admitted()]);
            }
            if path.starts_with("/v1/imports/") || path == "/v1/clients" {
                add(operation, &[Problem::conflict()]);
            }
        }
    }
}

fn add(operation: &mut Operation, problems: &[Problem]) {
    for problem in problems {
        let response = ResponseBuilder::new()
            .description(problem.title)
            .content(
                "application/problem+json",
                Content::new(Some(Ref::from_schema_name("Problem"))),
            )
            .build();
        operation
            .responses
            .responses
            .entry(problem.status.to_string())
            .or_insert(RefOr::T(response));
    }
}
