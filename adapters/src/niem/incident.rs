//! An incident with the people in it: of a LEXS digest, or of a report that has incident, people and roles beside another.

use gateway_types::vocabulary::{Category, ElementFact, Regime};
use gateway_types::{Payload, RecordKey, Timestamp};

use super::person::Known;
use super::tree::{Node, Space};
use super::{FILE, Names, Pushed, element, rules, when};
use crate::markers;
use crate::report::{Place, Report, Rule, Severity};

/// One data item of a LEXS submission.
pub(super) fn package<'n>(package: &'n Node, names: &Names<'n>, pushed: &mut Pushed, report: &mut Report) {
    let within = |name: &str| package.text_within(name);
    let refused = if within("DataItemPublishInstruction") == Some("Delete") {
        Some(&rules::DELETION)
    } else if within("DisseminationCriteriaText") != Some("Green") {
        Some(&rules::DISSEMINATION)
    } else {
        None
    };
    if let Some(rule) = refused {
        return refuse(rule, package, report);
    }
    let number = within("DataItemID").map(str::to_owned);
    let activity = |category: &str| {
        package
            .descendants()
            .filter(|node| node.is(Space::Core, "Activity"))
            .filter(|activity| activity.text_at(&["ActivityCategoryText"]) == Some(category))
            .find(|activity| day_of(activity).is_some())
    };
    let what = activity("Incident")
        .or_else(|| activity("Service Call"))
        .or_else(|| activity("Offense"))
        .or_else(|| activity("Arrest"));
    take(package, what, number, names, pushed, report);
}

/// An incident report of NIEM without LEXS.
pub(super) fn report<'n>(root: &'n Node, names: &Names<'n>, pushed: &mut Pushed, report: &mut Report) {
    let what = root
        .descendants()
        .skip(1)
        .find(|node| &*node.name == "Incident" && !node.children.is_empty());
    take(root, what, None, names, pushed, report);
}

fn day_of(activity: &Node) -> Option<Timestamp> {
    activity
        .part("ActivityDate")
        .or_else(|| activity.part("ActivityDateRange"))
        .and_then(when)
}

fn refuse(rule: &'static Rule, node: &Node, report: &mut Report) {
    let counts = report.rows_of(FILE);
    counts.read += 1;
    match rule.severity {
        Severity::Barred => counts.barred += 1,
        _ => counts.refused += 1,
    }
    let place = Place::file(FILE);
    report.add(rule, node.line.map_or(place.clone(), |line| place.row(line)));
}

/// The roles that make somebody the subject of an incident.
const SUBJECT: [&str; 4] = ["IncidentSubject", "ArrestSubject", "Subject", "SubjectPerson"];

fn take<'n>(
    whole: &'n Node,
    what: Option<&'n Node>,
    number: Option<String>,
    names: &Names<'n>,
    pushed: &mut Pushed,
    report: &mut Report,
) {
    let number = number.or_else(|| {
        what.and_then(|what| what.text_at(&["ActivityIdentification", "IdentificationID"]))
            .map(str::to_owned)
    });
    let Some(number) = number else {
        return refuse(&rules::NO_NUMBER, whole, report);
    };
    let Some(at) = what.and_then(day_of) else {
        return refuse(&rules::BAD_TIME, whole, report);
    };
    let role_of = |wanted: &[&str]| -> Vec<&'n Node> {
        whole
            .descendants()
            .filter(|node| wanted.contains(&&*node.name))
            .filter_map(|role| names.person_of(role))
            .collect()
    };
    let (subjects, arrested) = (role_of(&SUBJECT), role_of(&["ArrestSubject"]));
    let is = |people: &[&Node], person: &Node| people.iter().any(|other| std::ptr::eq(*other, person));
    let category = what
        .and_then(|what| what.text_at(&["ActivityCategoryText"]))
        .filter(|category| !matches!(*category, "Arrest" | "Offense"));
    // A victim or witness is one even where the report makes them a subject as well.
    let third = role_of(&[
        "Victim",
        "IncidentVictim",
        "Witness",
        "IncidentWitness",
        "MissingPerson",
    ]);
    let persons = whole
        .descendants()
        .filter(|node| &*node.name == "Person" && !node.children.is_empty());
    for person in persons {
        let whose = if is(&subjects, person) && !is(&third, person) {
            Known::of(person, at)
        } else {
            Err(&rules::THIRD_PARTY)
        };
        let arrested = is(&arrested, person);
        pushed.keep(whose, person.line, at, report, |key| {
            elements(&number, key, at, category, arrested)
        });
    }
}

fn elements(
    number: &str,
    key: &str,
    at: Timestamp,
    category: Option<&str>,
    arrested: bool,
) -> Vec<gateway_types::LabelledElement> {
    let record = |kind: &str| RecordKey::new(kind, format!("{number}|{key}"));
    let mut payload = Payload::new()
        .with("incident", number)
        .with("on", at.date().to_string());
    if let Some(category) = category {
        payload.insert("kind", category);
    }
    let mut incident = element(record("Incident"), Category::PoliceIncident, at, payload);
    if category.is_some_and(markers::is_arrest_notation) {
        criminal_history(&mut incident);
    }
    let mut elements = vec![incident];
    if arrested {
        let payload = Payload::new().with("incident", number).with("arrested", true);
        let mut arrest = element(record("Arrest"), Category::Arrest, at, payload);
        criminal_history(&mut arrest);
        elements.push(arrest);
    }
    elements
}

/// Binds an element as criminal history record information (28 CFR 20.3(b)).
pub(super) fn criminal_history(element: &mut gateway_types::LabelledElement) {
    element.regimes.insert(Regime::Chri);
    element.facts.insert(ElementFact::ContainsArrestNotation);
}
