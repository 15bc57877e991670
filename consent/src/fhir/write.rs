//! A consent as a FHIR Consent that [`super::read()`] reads back to the same.
//!
//! `active` is written of a consent that may be relied on at that moment and of no other: a reader that knows no more
//! than FHIR must not take a defective or resting form for one in force. `consent-status` says which it is.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{ConsentKind, PurposeOfUse, SignerRole};
use gateway_types::{AgencyId, SourceClientKey, Timestamp, Word};
use serde_json::{Map, Value, json};

use super::names;
use crate::adequacy::{ElementCheck, Outcome};
use crate::consent::Consent;
use crate::signing::{RevocationScope, Signature, Signer};
use crate::terms::{CategoryScope, Expiry, Terms};
use crate::usable::Status;

/// Writes a consent as it stands at `now`. `patient`, the client by the reader's own key, is left out if it is not
/// known; `confirm_back` becomes its narrative.
#[must_use]
pub fn write(
    consent: &Consent,
    patient: Option<&SourceClientKey>,
    confirm_back: Option<&str>,
    now: Timestamp,
) -> Value {
    let terms = consent.terms();
    let status = consent.status(now);
    let mut resource = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty);
        if !empty && !value.is_null() {
            resource.insert(name.to_owned(), value);
        }
    };
    put("resourceType", json!("Consent"));
    put("id", json!(consent.id().to_string()));
    put("meta", json!({ "versionId": consent.version().to_string() }));
    put("text", confirm_back.map_or(Value::Null, narrative));
    put("extension", Value::Array(extensions(consent, now)));
    put(
        "identifier",
        json!([{ "system": names::CONSENT, "value": consent.id().to_string() }]),
    );
    put("status", json!(fhir_status(status)));
    put("scope", concept(names::SCOPE, "patient-privacy"));
    put("category", Value::Array(categories(terms.kind)));
    let patient = patient.map(
        |key| json!({ "type": "Patient", "identifier": { "system": names::OWN_KEY, "value": key.reveal() } }),
    );
    if let Some(patient) = &patient {
        put("patient", patient.clone());
    }
    if let Some(signature) = consent.signature() {
        put("dateTime", json!(signature.signed_at.to_string()));
        if signature.signer.role == SignerRole::Client
            && let Some(patient) = patient
        {
            put("performer", json!([patient]));
        }
        put("sourceAttachment", source(signature));
    }
    put(
        "organization",
        terms.discloser.agencies.iter().map(agency).collect(),
    );
    put("policy", json!([{ "uri": names::policy(terms.kind) }]));
    put("provision", provision(consent, now));
    Value::Object(resource)
}

/// A signed paper as an attachment with its digest; what it says is not ours to pass on.
fn source(signature: &Signature) -> Value {
    signature.artefact.map_or(Value::Null, |digest| {
        json!({
            "extension": [extension("consent-artefact", "valueString", &json!(digest.to_string()))],
            "title": "the signed form, by its digest",
        })
    })
}

const fn fhir_status(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Requested => "proposed",
        Status::Declined => "rejected",
        Status::Active => "active",
        Status::EnteredInError => "entered-in-error",
        Status::Inadequate
        | Status::Suspended
        | Status::Unconfirmed
        | Status::Expired
        | Status::Revoked
        | Status::Superseded => "inactive",
    }
}

fn categories(kind: ConsentKind) -> Vec<Value> {
    let law = match kind {
        ConsentKind::Tpo
        | ConsentKind::Named
        | ConsentKind::Notes
        | ConsentKind::LegalProceedings
        | ConsentKind::CriminalJustice => Some("42CFRPart2CD"),
        ConsentKind::Authorization => Some("HIPAAAuthCD"),
        ConsentKind::Research => Some("HIPAAResearchAuthCD"),
        ConsentKind::VawaRelease | ConsentKind::HmisRoi => None,
    };
    law.map(|code| concept(names::ACT_CODE, code))
        .into_iter()
        .chain([concept(names::KIND, kind.code())])
        .collect()
}

fn extensions(consent: &Consent, now: Timestamp) -> Vec<Value> {
    let terms = consent.terms();
    let mut all = Vec::new();
    let mut put = |name: &str, kind: &str, value: Value| all.push(extension(name, kind, &value));
    put("consent-status", "valueCode", json!(consent.status(now).code()));
    for agency_id in &terms.discloser.agencies {
        put("consent-discloser", "valueReference", agency(agency_id));
    }
    for class in terms.discloser.classes.iter() {
        put(
            "consent-discloser",
            "valueReference",
            identified("Group", names::CLASS, class.code()),
        );
    }
    for kind in terms.combined_with.iter() {
        put("consent-combined-with", "valueCode", json!(kind.code()));
    }
    match terms.expiry {
        Expiry::Event(event) => put("consent-expiry", "valueCode", json!(event.code())),
        Expiry::None => put("consent-expiry", "valueCode", json!("none")),
        Expiry::At(_) | Expiry::Unstated => {}
    }
    for statement in terms.statements.iter() {
        put("consent-statement", "valueCode", json!(statement.code()));
    }
    if terms.no_investigative_use {
        put("consent-no-investigative-use", "valueBoolean", json!(true));
    }
    if terms.names_gateway {
        put("consent-names-gateway", "valueBoolean", json!(true));
    }
    if let Some(proceeding) = &terms.proceeding {
        put("consent-proceeding", "valueString", json!(proceeding.reveal()));
    }
    if let Some(project) = terms.youth_project {
        put("consent-youth-project", "valueCode", json!(project));
    }
    if let Some(paper) = consent.paper() {
        let signature = &paper.signature;
        put("consent-standing", "valueCode", json!(signature.standing));
        for attested in paper.attested.keys() {
            put("consent-attested", "valueCode", json!(attested));
        }
        let signers = std::iter::once(&signature.signer).chain(&signature.co_signer);
        all.extend(signers.map(signer));
        if let (Some(heard), Expiry::Event(_)) = (&paper.event, terms.expiry) {
            all.push(complex(
                "consent-event-state",
                vec![
                    part("state", "valueCode", &json!(heard.report.state)),
                    part("as-of", "valueDateTime", &json!(heard.report.as_of)),
                ],
            ));
        }
    }
    all.extend(consent.adequacy(now).iter().map(adequacy));
    all
}

fn signer(signer: &Signer) -> Value {
    complex(
        "consent-signer",
        vec![
            part("role", "valueCode", &json!(signer.role.code())),
            part(
                "authority-documented",
                "valueBoolean",
                &json!(signer.authority_documented),
            ),
            part(
                "suspected-abuser",
                "valueBoolean",
                &json!(signer.suspected_abuser),
            ),
        ],
    )
}

/// One element of the law, told and never read: adequacy is judged anew by whoever relies on it.
fn adequacy(check: &ElementCheck) -> Value {
    let (outcome, why) = match check.outcome {
        Outcome::Met => ("met", None),
        Outcome::MetInPart(why) => ("in_part", Some(why)),
        Outcome::Missing(why) => ("missing", Some(why)),
    };
    let mut parts = vec![
        part("element", "valueString", &json!(check.id)),
        part("citation", "valueString", &json!(check.citation)),
        part("outcome", "valueCode", &json!(outcome)),
    ];
    parts.extend(why.map(|why| part("why", "valueString", &json!(why))));
    if let Some(act) = &check.vouched {
        parts.push(part(
            "attested-by",
            "valueReference",
            &identified(
                "Practitioner",
                names::STAFF,
                &format!("{}/{}", act.by.agency, act.by.staff),
            ),
        ));
        parts.push(part("at", "valueDateTime", &json!(act.at)));
    }
    complex("consent-adequacy", parts)
}

fn provision(consent: &Consent, now: Timestamp) -> Value {
    let terms = consent.terms();
    let mut provision = Map::new();
    provision.insert("type".to_owned(), json!("permit"));
    if let Expiry::At(end) = terms.expiry {
        provision.insert("period".to_owned(), json!({ "end": end }));
    }
    let mut put = |name: &str, list: Vec<Value>| {
        if !list.is_empty() {
            provision.insert(name.to_owned(), Value::Array(list));
        }
    };
    put("actor", actors(terms));
    put("purpose", terms.purposes.iter().map(purpose).collect());
    put("extension", described(terms.categories));
    let revoked: BTreeSet<&AgencyId> = consent
        .revocations()
        .filter(|revocation| revocation.at <= now)
        .filter_map(|revocation| match &revocation.scope {
            RevocationScope::Recipients(agencies) => Some(agencies),
            RevocationScope::Whole => None,
        })
        .flatten()
        .collect();
    if !revoked.is_empty() {
        let actors: Vec<Value> = revoked.into_iter().map(|id| actor(&agency(id))).collect();
        put("provision", vec![json!({ "type": "deny", "actor": actors })]);
    }
    Value::Object(provision)
}

fn actors(terms: &Terms) -> Vec<Value> {
    let recipients = &terms.recipients;
    let agencies = recipients.agencies.iter().map(agency);
    let classes = recipients
        .classes
        .iter()
        .map(|class| identified("Group", names::CLASS, class.code()));
    let persons = recipients.persons.iter().map(|person| {
        let name = format!("{}/{}", person.agency, person.staff);
        identified("Practitioner", names::STAFF, &name)
    });
    agencies
        .chain(classes)
        .chain(persons)
        .map(|who| actor(&who))
        .collect()
}

fn actor(who: &Value) -> Value {
    json!({ "role": concept(names::PARTICIPATION, "IRCP"), "reference": who })
}

fn purpose(purpose: PurposeOfUse) -> Value {
    json!({ "system": names::purpose_system(purpose), "code": purpose.code() })
}

/// Which information. PCF bars `class` and `code`, so it stands in an extension.
fn described(categories: CategoryScope) -> Vec<Value> {
    let category = |code: &str| extension("consent-category", "valueCode", &json!(code));
    match categories {
        CategoryScope::All => vec![category(names::ALL)],
        CategoryScope::Only(set) => set.iter().map(|word| category(word.code())).collect(),
    }
}

fn agency(id: &AgencyId) -> Value {
    identified("Organization", names::AGENCY, id.as_str())
}

fn identified(kind: &str, system: &str, value: &str) -> Value {
    json!({ "type": kind, "identifier": { "system": system, "value": value } })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn extension(name: &str, kind: &str, value: &Value) -> Value {
    part(&names::extension(name), kind, value)
}

fn part(url: &str, kind: &str, value: &Value) -> Value {
    let mut part = Map::new();
    part.insert("url".to_owned(), json!(url));
    part.insert(kind.to_owned(), value.clone());
    Value::Object(part)
}

fn complex(name: &str, parts: Vec<Value>) -> Value {
    json!({ "url": names::extension(name), "extension": parts })
}

/// The narrative, as XHTML.
fn narrative(text: &str) -> Value {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    json!({
        "status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{escaped}</p></div>"),
    })
}
