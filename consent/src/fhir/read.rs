//! A FHIR Consent, read whole or not at all.

use gateway_types::vocabulary::{ConsentKind, ExpiryEvent, Statement};
use gateway_types::{AgencyId, Pii, Timestamp, Word as _, WordSet};
use serde_json::Value;

use super::node::{At, Found, WRONG_FORM};
use super::parties::{Named, Resolver};
use super::provision::{permitted, time};
use super::scope::Permitted;
use super::times::{Precision, Time};
use super::{Draft, Remark, names, signing};
use crate::signing::Standing;
use crate::terms::{Discloser, EventReport, EventState, Expiry, Terms};

const NO_CONSENT: &str = "this is not a FHIR Consent";
const TEST_DATA: &str = "labelled as test data (`HTEST`)";
const NOT_ACTIVE: &str = "only a Consent with the status `active` is recorded";
const SCOPE: &str =
    "the scope has to be consentscope `patient-privacy`, or `research` for a consent to research";
const NO_KIND: &str = "the kind of consent cannot be told: `category` needs a code of the system consent-kind, `HIPAAAuthCD` or `HIPAAResearchAuthCD`";
const TWO_KINDS: &str =
    "more than one kind of consent; the others on the same form stand in `consent-combined-with`";
const CATEGORY: &str = "this category of consent is not known here";
const NOT_OF_PART2: &str = "`42CFRPart2CD` does not go with this kind of consent";
const NO_POLICY: &str = "neither `policy` nor `policyRule` says under which policy it is (FHIR rule ppc-1)";
const POLICY: &str = "this policy is not known here";
const OTHER_POLICY: &str = "this is the policy of another kind of consent";
const UNVERIFIED: &str = "it was not verified with the client";
const NO_PROVISION: &str = "there is no provision: nothing is permitted";
const NO_DATE: &str = "the date of signing is missing, or not told to the day";
const TWO_ENDS: &str = "`provision.period.end` and `consent-expiry` say two ends";
const NO_EVENT: &str = "there is no event whose state could be told";
const NO_DISCLOSER: &str = "nobody is named who may disclose";
const NOT_A_DISCLOSER: &str = "a person cannot be named as who may disclose; their agency can";
const OTHER_RESOLVED: &str = "an agency is wanted";

/// Extensions of ours at the Consent itself.
const EXTENSIONS: [&str; 15] = [
    "consent-adequacy",
    "consent-attested",
    "consent-combined-with",
    "consent-discloser",
    "consent-event-state",
    "consent-expiry",
    "consent-names-gateway",
    "consent-no-investigative-use",
    "consent-note",
    "consent-proceeding",
    "consent-signer",
    "consent-standing",
    "consent-statement",
    "consent-status",
    "consent-youth-project",
];

/// Reads a Consent. `document` has to come from a reader that refuses a key given twice; `knows` says which agencies
/// are registered.
///
/// # Errors
/// Everything for which it cannot be evaluated, each with its place.
pub fn read(
    document: &Value,
    knows: &dyn Fn(&AgencyId) -> bool,
    now: Timestamp,
) -> Result<Draft, Vec<Remark>> {
    let mut found = Found::default();
    let at = At {
        value: document,
        path: "Consent".to_owned(),
    };
    let draft = consent(&at, knows, now, &mut found);
    found.faults.sort_unstable();
    found.faults.dedup();
    match draft {
        Some(mut draft) if found.faults.is_empty() => {
            draft.notes = found.notes;
            Ok(draft)
        }
        _ => {
            if found.faults.is_empty() {
                found.fault(&at.path, WRONG_FORM);
            }
            Err(found.faults)
        }
    }
}

fn consent(
    at: &At<'_>,
    knows: &dyn Fn(&AgencyId) -> bool,
    now: Timestamp,
    found: &mut Found,
) -> Option<Draft> {
    if at.value.get("resourceType").and_then(Value::as_str) != Some("Consent") {
        found.fault(&at.path, NO_CONSENT);
        return None;
    }
    let known = [
        "resourceType",
        "meta",
        "language",
        "text",
        "contained",
        "identifier",
        "status",
        "scope",
        "category",
        "patient",
        "dateTime",
        "performer",
        "organization",
        "sourceAttachment",
        "sourceReference",
        "policy",
        "policyRule",
        "verification",
        "provision",
    ];
    at.fields(&known, found)?;
    let extensions = at.extensions(&EXTENSIONS, found);
    let resolver = Resolver {
        contained: at.value.get("contained"),
        knows,
    };
    live(at, found);
    if let Some(status) = signing::once("consent-status", &extensions, found)
        && status.value.get("valueCode").and_then(Value::as_str) != Some("active")
    {
        found.fault(&status.path, NOT_ACTIVE);
    }
    let kind = kind(at, found);
    scope(at, kind, found);
    policy(at, kind, found);
    let patient = signing::patient(at, found);
    let signers = signing::signers(at, &extensions, patient.as_ref(), found);
    let standing: Option<Standing> = signing::standing(at, &extensions, found);
    let source = signing::source(at, found);
    let attested = signing::attested(&extensions, found);
    let signed_at = signed_at(at, found);
    let discloser = discloser(at, &extensions, resolver, found);
    let permitted = match at.get("provision") {
        Some(provision) => permitted(&provision, resolver, now, found),
        None => {
            found.fault(&at.path, NO_PROVISION);
            None
        }
    };
    let until = permitted.as_ref().and_then(|permitted| permitted.until);
    let (expiry, event) = expiry(until, at, &extensions, found);
    let terms = terms(kind?, &extensions, found);
    let (signer, co_signer) = signers?;
    let Permitted {
        who,
        except,
        purposes,
        categories,
        ..
    } = permitted?;
    Some(Draft {
        patient: patient?,
        terms: Terms {
            discloser,
            recipients: who,
            purposes,
            categories,
            expiry,
            ..terms
        },
        except,
        signed_at: signed_at?,
        signer,
        co_signer,
        standing: standing?,
        attested,
        event,
        attached: source.attached,
        stated: source.stated,
        notes: Vec::new(),
    })
}

/// What makes it a Consent to be acted on at all.
fn live(at: &At<'_>, found: &mut Found) {
    if let Some(meta) = at.get("meta") {
        for labels in ["tag", "security"] {
            for label in meta.list(labels, found) {
                if label.value.get("code").and_then(Value::as_str) == Some("HTEST") {
                    found.fault(&label.path, TEST_DATA);
                }
            }
        }
    }
    if at.text_of("status", found) != Some("active") {
        found.fault(&format!("{}.status", at.path), NOT_ACTIVE);
    }
    for verification in at.list("verification", found) {
        verification.object(&["verified", "verifiedWith", "verificationDate"], found);
        if verification.value.get("verified") != Some(&Value::Bool(true)) {
            found.fault(&verification.path, UNVERIFIED);
        }
    }
}

fn scope(at: &At<'_>, kind: Option<ConsentKind>, found: &mut Found) {
    let codes = at
        .get("scope")
        .map(|scope| scope.concept(found))
        .unwrap_or_default();
    let fits = |code: &super::node::Code<'_>| {
        code.system == names::SCOPE
            && match code.code {
                "patient-privacy" => true,
                "research" => kind == Some(ConsentKind::Research),
                _ => false,
            }
    };
    if codes.is_empty() || !codes.iter().all(fits) {
        found.fault(&format!("{}.scope", at.path), SCOPE);
    }
}

fn kind(at: &At<'_>, found: &mut Found) -> Option<ConsentKind> {
    let mut kinds = Vec::new();
    let mut part2 = None;
    for category in at.list("category", found) {
        for code in category.concept(found) {
            match (code.system, code.code) {
                (names::KIND, word) => match ConsentKind::from_code(word) {
                    Ok(kind) => kinds.push(kind),
                    Err(_) => found.fault(&code.path, CATEGORY),
                },
                (names::ACT_CODE | names::US_PRIVACY_LAW, "HIPAAAuthCD") => {
                    kinds.push(ConsentKind::Authorization);
                }
                (names::ACT_CODE | names::US_PRIVACY_LAW, "HIPAAResearchAuthCD") => {
                    kinds.push(ConsentKind::Research);
                }
                (names::ACT_CODE | names::US_PRIVACY_LAW, "42CFRPart2CD") => part2 = Some(code.path),
                // Kinds of document, which say nothing of what was agreed.
                (names::LOINC, "59284-0" | "64292-6" | "57016-8" | "57017-6") => {}
                _ => found.fault(&code.path, CATEGORY),
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let place = format!("{}.category", at.path);
    match kinds.as_slice() {
        [kind] => {
            if let Some(place) = part2
                && matches!(
                    kind,
                    ConsentKind::Authorization | ConsentKind::VawaRelease | ConsentKind::HmisRoi
                )
            {
                found.fault(&place, NOT_OF_PART2);
            }
            Some(*kind)
        }
        [] => {
            found.fault(&place, NO_KIND);
            None
        }
        _ => {
            found.fault(&place, TWO_KINDS);
            None
        }
    }
}

fn policy(at: &At<'_>, kind: Option<ConsentKind>, found: &mut Found) {
    let policies = at.list("policy", found);
    for policy in &policies {
        policy.object(&["authority", "uri"], found);
        let uri = policy.text_of("uri", found).unwrap_or_default();
        let of = ConsentKind::ALL.iter().find(|kind| names::policy(**kind) == uri);
        match (of, kind) {
            (None, _) => found.fault(&policy.path, POLICY),
            (Some(of), Some(kind)) if *of != kind => found.fault(&policy.path, OTHER_POLICY),
            _ => {}
        }
    }
    let Some(rule) = at.get("policyRule") else {
        if policies.is_empty() {
            found.fault(&at.path, NO_POLICY);
        }
        return;
    };
    for code in rule.concept(found) {
        // A base policy that would permit widens nothing here: what no provision permits is withheld.
        let known = matches!(
            code.code,
            "OPTIN"
                | "OPTINR"
                | "OPTOUT"
                | "OPTOUTE"
                | "42CFRPart2"
                | "42CFRPart2CD"
                | "HIPAAAuth"
                | "HIPAAAuthCD"
                | "HIPAAResearchAuthCD"
        );
        if code.system != names::ACT_CODE || !known {
            found.fault(&code.path, POLICY);
        }
    }
}

fn signed_at(at: &At<'_>, found: &mut Found) -> Option<Timestamp> {
    let written = at.get("dateTime");
    let time = written.and_then(|written| time(&written, found));
    match time {
        Some(Time::Exact(moment)) => Some(moment),
        Some(
            days @ Time::Days {
                precise: Precision::Day,
                ..
            },
        ) => Some(days.earliest_start()),
        _ => {
            found.fault(&format!("{}.dateTime", at.path), NO_DATE);
            None
        }
    }
}

/// Who may disclose: those of the extension, or else the organisations that the Consent is of.
fn discloser(
    at: &At<'_>,
    extensions: &[(&'static str, At<'_>)],
    resolver: Resolver<'_>,
    found: &mut Found,
) -> Discloser {
    let mut discloser = Discloser::default();
    let said: Vec<&At<'_>> = extensions
        .iter()
        .filter(|(name, _)| *name == "consent-discloser")
        .map(|(_, at)| at)
        .collect();
    for extension in &said {
        let Some(reference) = extension.value_of("valueReference", found) else {
            continue;
        };
        match resolver.resolve(&reference, found) {
            Some(Named::Agency(id)) => {
                discloser.agencies.insert(id);
            }
            Some(Named::Class(class)) => discloser.classes.insert(class),
            Some(Named::Person(_)) => found.fault(&reference.path, NOT_A_DISCLOSER),
            None => {}
        }
    }
    for organization in at.list("organization", found) {
        match resolver.resolve(&organization, found) {
            Some(Named::Agency(id)) if said.is_empty() => {
                discloser.agencies.insert(id);
            }
            Some(Named::Agency(_)) | None => {}
            Some(_) => found.fault(&organization.path, OTHER_RESOLVED),
        }
    }
    if discloser == Discloser::default() {
        found.note(&at.path, NO_DISCLOSER);
    }
    discloser
}

/// Its end: a time, or an event with the last word on it.
fn expiry(
    until: Option<Timestamp>,
    at: &At<'_>,
    extensions: &[(&'static str, At<'_>)],
    found: &mut Found,
) -> (Expiry, Option<EventReport>) {
    let said = signing::once("consent-expiry", extensions, found);
    let word = said.and_then(|said| {
        let code = said.value_of("valueCode", found)?;
        match code.text(found)? {
            "none" => Some(Expiry::None),
            _ => said.word::<ExpiryEvent>(found).map(Expiry::Event),
        }
    });
    let state = signing::once("consent-event-state", extensions, found);
    let expiry = match (until, said) {
        (Some(_), Some(said)) => {
            found.fault(&said.path, TWO_ENDS);
            Expiry::Unstated
        }
        (Some(end), None) => Expiry::At(end),
        (None, _) => word.unwrap_or(Expiry::Unstated),
    };
    let event = state.and_then(|state| event(state, found));
    if let (Some(state), false) = (state, matches!(expiry, Expiry::Event(_))) {
        found.fault(&state.path, NO_EVENT);
    }
    if expiry == Expiry::Unstated {
        found.note(
            &at.path,
            "no end is stated: the form has to say one, or that there is none",
        );
    }
    (expiry, event)
}

fn event(at: &At<'_>, found: &mut Found) -> Option<EventReport> {
    let (mut state, mut as_of) = (None::<EventState>, None);
    for (name, part) in at.parts(&["state", "as-of"], found) {
        if name == "state" {
            state = part.word(found);
            continue;
        }
        let value = part.value_of("valueDateTime", found)?;
        match time(&value, found)? {
            Time::Exact(moment) => as_of = Some(moment),
            Time::Days { .. } => found.fault(&value.path, "a moment is wanted"),
        }
    }
    let report = state
        .zip(as_of)
        .map(|(state, as_of)| EventReport { state, as_of });
    if report.is_none() {
        found.fault(&at.path, WRONG_FORM);
    }
    report
}

/// What else stands on the form.
fn terms(kind: ConsentKind, extensions: &[(&'static str, At<'_>)], found: &mut Found) -> Terms {
    fn words<W: gateway_types::Word + serde::de::DeserializeOwned>(
        wanted: &str,
        extensions: &[(&'static str, At<'_>)],
        found: &mut Found,
    ) -> WordSet<W> {
        let named = extensions.iter().filter(|(name, _)| *name == wanted);
        named.filter_map(|(_, at)| at.word(found)).collect()
    }
    let truth = |wanted, found: &mut Found| {
        let said = signing::once(wanted, extensions, found);
        said.and_then(|at| at.truth(found)).unwrap_or(false)
    };
    let no_investigative_use = truth("consent-no-investigative-use", found);
    let names_gateway = truth("consent-names-gateway", found);
    Terms {
        combined_with: words("consent-combined-with", extensions, found),
        statements: words::<Statement>("consent-statement", extensions, found),
        no_investigative_use,
        names_gateway,
        proceeding: signing::once("consent-proceeding", extensions, found)
            .and_then(|at| at.value_of("valueString", found)?.text(found))
            .map(|text| Pii::new(text.to_owned())),
        youth_project: signing::once("consent-youth-project", extensions, found)
            .and_then(|at| at.word(found)),
        ..Terms::of(kind)
    }
}
