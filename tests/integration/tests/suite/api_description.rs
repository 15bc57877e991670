//! `/openapi.json` describes the API as it is, and is pinned: the committed `docs/openapi.json` is what partners build on.
//! After a wanted change: `ASSENT_WRITE_OPENAPI=1 cargo test -p tests-integration api_description`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tests_support::TestGateway;

async fn description() -> Value {
    let test = TestGateway::start().await;
    let answer = test.caller(None).get("/openapi.json").await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lists_exactly_the_routes() {
    let description = description().await;
    assert_eq!(
        description["openapi"].as_str().unwrap().split('.').next(),
        Some("3")
    );
    assert_eq!(description["info"]["title"], "Assent");
    let mut routes = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let wanted = [
        "DELETE /v1/consents/{id}/signing-links",
        "GET /cds-services",
        "GET /fhir/R4/Consent/{id}",
        "GET /health",
        "GET /log/checkpoint",
        "GET /ready",
        "GET /v1/consent-requests/{id}",
        "GET /v1/consents/follow-ups",
        "GET /v1/consents/{id}",
        "GET /v1/consents/{id}/artefact",
        "GET /v1/consents/{id}/form/{language}",
        "GET /v1/consents/{id}/notices",
        "GET /v1/consents/{id}/preview",
        "GET /v1/imports/{id}",
        "GET /v1/log/checkpoint",
        "GET /v1/log/checkpoint/witnessed",
        "GET /v1/log/proofs/{event}",
        "GET /v1/restrictions/{id}",
        "POST /cds-services/patient-consent-consult",
        "POST /fhir/R4/Consent",
        "POST /v1/accountings",
        "POST /v1/accountings/requests",
        "POST /v1/accountings/requests/owed",
        "POST /v1/accountings/requests/{id}/given",
        "POST /v1/accountings/requests/{id}/put-off",
        "POST /v1/accountings/suspensions",
        "POST /v1/accountings/suspensions/list",
        "POST /v1/accountings/suspensions/{id}/end",
        "POST /v1/clients",
        "POST /v1/consent-requests",
        "POST /v1/consent-requests/inbox",
        "POST /v1/consent-requests/{id}/answers",
        "POST /v1/consents",
        "POST /v1/consents/drafts",
        "POST /v1/consents/events",
        "POST /v1/consents/imports",
        "POST /v1/consents/imports/dry-run",
        "POST /v1/consents/search",
        "POST /v1/consents/{id}/artefact",
        "POST /v1/consents/{id}/follow-ups",
        "POST /v1/consents/{id}/revocations",
        "POST /v1/consents/{id}/signing-links",
        "POST /v1/consents/{id}/steps",
        "POST /v1/disclosures",
        "POST /v1/imports/c-cda",
        "POST /v1/imports/calls-for-service",
        "POST /v1/imports/eido",
        "POST /v1/imports/fhir",
        "POST /v1/imports/field-forms",
        "POST /v1/imports/hl7-v2",
        "POST /v1/imports/hmis-csv",
        "POST /v1/imports/niem",
        "POST /v1/imports/open311",
        "POST /v1/log/breaches",
        "POST /v1/log/searches",
        "POST /v1/notices",
        "POST /v1/notices/{id}/acknowledge",
        "POST /v1/restrictions",
        "POST /v1/restrictions/list",
        "POST /v1/restrictions/{id}/steps",
        "POST /v1/service-requests/search",
        "POST /v1/witness/add-checkpoint",
    ];
    assert_eq!(routes.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

/// Every `$ref` under a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.push(target.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_schema_it_names_is_there_and_every_answer_has_one() {
    let description = description().await;
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target.strip_prefix('#').expect("a reference into the document");
        assert!(description.pointer(pointer).is_some(), "{target} is not there");
    }
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(
                operation["description"].is_string() || operation["summary"].is_string(),
                "{place} is not described"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let content = response["content"]
                    .as_object()
                    .unwrap_or_else(|| panic!("{place} {status} has no content"));
                for (media_type, content) in content {
                    assert!(content["schema"].is_object(), "{place} {status}");
                    let refers_to_problem = content["schema"]["$ref"] == "#/components/schemas/Problem";
                    assert_eq!(
                        media_type == "application/problem+json",
                        refers_to_problem,
                        "{place} {status}: {media_type}"
                    );
                }
            }
        }
    }
}

/// The same with its keys in order, so that what is written anew differs only where it says something else.
fn in_order(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let keys: BTreeSet<&String> = fields.keys().collect();
            let ordered = keys.into_iter().map(|key| (key.clone(), in_order(&fields[key])));
            Value::Object(ordered.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(in_order).collect()),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_copy_is_what_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let served = description().await;
    if std::env::var_os("ASSENT_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, format!("{:#}\n", in_order(&served))).unwrap();
    }
    // Compared as values: the order of keys depends on what else is built beside the gateway.
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        committed == served,
        "docs/openapi.json is not what is served; if the change is wanted: ASSENT_WRITE_OPENAPI=1 cargo test -p tests-integration api_description"
    );
}
