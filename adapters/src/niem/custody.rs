//! A booking into a jail, or a release from it: custody as criminal history, and apart from it what the jail knows of the
//! person that somebody who plans a release needs.
//!
//! Indicators and diagnoses of behavioural health in such a report come from a provider whom it does not name as a
//! programme, so they are of unresolved provenance and held to 42 CFR Part 2; a jail's own record system says more.

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{Category, Sensitivity};
use gateway_types::{LabelledElement, Payload, RecordKey, Timestamp};
use serde_json::Value;

use super::incident::criminal_history;
use super::person::Known;
use super::tree::{Node, Space};
use super::{Names, Pushed, element, rules, when};
use crate::report::Report;

pub(super) fn custody<'n>(root: &'n Node, names: &Names<'n>, pushed: &mut Pushed, report: &mut Report) {
    let kind = if root.name.contains("Release") {
        "CustodyRelease"
    } else {
        "Booking"
    };
    let bookings: Vec<&Node> = root
        .descendants()
        .filter(|node| node.is(Space::Justice, "Booking"))
        .collect();
    for booking in &bookings {
        let subject = booking
            .part("BookingSubject")
            .and_then(|subject| names.person_of(subject));
        let at = booking.part("ActivityDate").and_then(when);
        let number = booking.text_at(&["BookingAgencyRecordIdentification", "IdentificationID"]);
        let whose = match (subject, at, number) {
            (_, None, _) => Err(&rules::BAD_TIME),
            (_, _, None) => Err(&rules::NO_NUMBER),
            (None, ..) => Err(&rules::NOBODY),
            (Some(subject), Some(at), Some(_)) => Known::of(subject, at),
        };
        // What stands beside the booking is its own only if it is the only one.
        let beside = (bookings.len() == 1).then_some(root);
        let at = at.unwrap_or(Timestamp::from_micros(0));
        pushed.keep(whose, booking.line, at, report, |key| {
            let record =
                |what: &str| RecordKey::new(kind, format!("{}|{what}|{key}", number.unwrap_or_default()));
            let mut elements = vec![booked(booking, beside, at, record("custody"))];
            if let Some(subject) = subject {
                elements.extend(about(subject, at, &record));
                elements.extend(
                    care_of(subject, names)
                        .iter()
                        .flat_map(|care| cared_for(care, at, &record)),
                );
            }
            elements
        });
    }
}

/// The custody itself: criminal history.
fn booked(booking: &Node, beside: Option<&Node>, at: Timestamp, record: RecordKey) -> LabelledElement {
    let mut payload = Payload::new().with("booked", at.to_string());
    let mut put = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            payload.insert(name, text);
        }
    };
    put(
        "booking",
        booking.text_at(&["BookingAgencyRecordIdentification", "IdentificationID"]),
    );
    put(
        "facility",
        booking
            .part("BookingDetentionFacility")
            .and_then(|facility| facility.text_within("IdentificationID")),
    );
    if let Some(beside) = beside {
        let released = beside
            .descendants()
            .find(|node| node.name.ends_with("ReleaseDate"))
            .and_then(when);
        let released = released.map(|moment| moment.to_string());
        put("released", released.as_deref());
        let charges: Vec<Value> = beside
            .descendants()
            .filter(|node| node.is(Space::Justice, "ChargeDescriptionText") && !node.text.is_empty())
            .map(|node| node.text.as_str().into())
            .collect();
        let bail = beside
            .descendants()
            .find(|node| node.is(Space::Justice, "BailBond"))
            .and_then(|bail| bail.text_at(&["ActivityStatus", "StatusDescriptionText"]));
        put("bail", bail);
        if !charges.is_empty() {
            payload.insert("charges", charges);
        }
    }
    let mut element = element(record, Category::Arrest, at, payload);
    criminal_history(&mut element);
    element
}

/// What the jail knows of the person beside the case.
fn about(subject: &Node, at: Timestamp, record: &dyn Fn(&str) -> RecordKey) -> Vec<LabelledElement> {
    let flag = |name: &str| yes_or_no(subject.text_within(name));
    let mut elements = Vec::new();
    let mut push = |what: &str, category, payload: Payload| {
        if !payload.is_empty() {
            elements.push(element(record(what), category, at, payload));
        }
    };
    let mut person = Payload::new();
    for (ours, theirs) in [
        ("language", "LanguageName"),
        ("sex", "PersonSexCode"),
        ("sex_text", "PersonSexText"),
    ] {
        if let Some(text) = subject.text_within(theirs) {
            person.insert(ours, text);
        }
    }
    push("person", Category::Demographics, person);
    for (what, category, name) in [
        ("homeless", Category::ShelterStatus, "PersonHomelessIndicator"),
        (
            "veteran",
            Category::Veteran,
            "PersonVeteranBenefitsEligibilityIndicator",
        ),
    ] {
        if let Some(said) = flag(name) {
            push(what, category, Payload::new().with(what, said));
        }
    }
    for element in &mut elements {
        if element.category == Some(Category::ShelterStatus) {
            element.sensitivity.insert(Sensitivity::Livarg);
        }
    }
    elements
}

/// The behavioural health information that a person refers to.
fn care_of<'n>(subject: &'n Node, names: &Names<'n>) -> Vec<&'n Node> {
    subject
        .children
        .iter()
        .filter(|child| child.name.ends_with("BehavioralHealthInformation"))
        .map(|child| names.resolve(child))
        .filter(|care| !care.children.is_empty())
        .collect()
}

/// What the report says of somebody's care.
fn cared_for(care: &Node, at: Timestamp, record: &dyn Fn(&str) -> RecordKey) -> Vec<LabelledElement> {
    let mut elements = Vec::new();
    let mut mind = Payload::new();
    for (ours, theirs) in [
        ("serious_mental_illness", "SeriousMentalIllnessIndicator"),
        ("mental_health_condition", "GeneralMentalHealthConditionIndicator"),
        ("high_risk_needs", "HighRiskNeedsIndicator"),
        ("court_ordered", "TreatmentCourtOrderedIndicator"),
        ("in_treatment", "TreatmentActiveIndicator"),
    ] {
        if let Some(said) = yes_or_no(care.text_within(theirs)) {
            mind.insert(ours, said);
        }
    }
    for (ours, theirs) in [
        ("category", "BehavioralHealthCategoryText"),
        ("diagnosis", "EvaluationDiagnosisDescriptionText"),
        ("treatment_status", "TreatmentStatusCode"),
    ] {
        if let Some(text) = care.text_within(theirs) {
            mind.insert(ours, text);
        }
    }
    if let Some(provider) = care
        .descendants()
        .find(|node| &*node.name == "TreatmentProvider")
        .and_then(|provider| provider.text_within("OrganizationName"))
    {
        mind.insert("provider", provider);
    }
    if !mind.is_empty() {
        let mut element = element(record("mental health"), Category::MentalHealth, at, mind);
        element.sensitivity.insert(Sensitivity::Mh);
        elements.push(element);
    }
    if let Some(said) = yes_or_no(care.text_within("SubstanceAbuseIndicator")) {
        let payload = Payload::new().with("substance_use", said);
        let mut element = element(record("substance use"), Category::SudTreatment, at, payload);
        element.sensitivity.insert(Sensitivity::Sud);
        elements.push(element);
    }
    let medications = care
        .descendants()
        .filter(|node| &*node.name == "PrescribedMedication");
    for medication in medications {
        let mut payload = Payload::new();
        for (ours, theirs) in [
            ("medication", "ItemName"),
            ("dose", "MeasureValueText"),
            ("dispensed", "Date"),
        ] {
            if let Some(text) = medication.text_within(theirs) {
                payload.insert(ours, text);
            }
        }
        if let Some(name) = medication.text_within("ItemName") {
            let record = record(&format!("medication {}", name.to_lowercase()));
            elements.push(element(record, Category::Medications, at, payload));
        }
    }
    if let Some(said) = yes_or_no(care.text_within("MedicaidIndicator")) {
        let payload = Payload::new().with("medicaid", said);
        elements.push(element(record("benefits"), Category::Income, at, payload));
    }
    for element in &mut elements {
        element.source_programme = Some(UNRESOLVED_PROGRAMME.to_owned());
    }
    elements
}

fn yes_or_no(text: Option<&str>) -> Option<bool> {
    match text? {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
