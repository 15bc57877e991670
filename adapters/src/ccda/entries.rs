//! What the entries of a section say, as readable fields.

use gateway_types::vocabulary::Category;
use gateway_types::{Date, Payload};
use serde_json::{Map, Value};

use super::concept::{Narrative, at, child, children, is_masked, put, words};
use super::patient::{day, telecoms};
use super::sections::Section;
use super::{SDTC, V3, XSI};
use crate::xml::Element;

/// What one clinical statement says.
pub(super) struct Statement<'a> {
    /// The statement, whose id is the record's.
    pub(super) of: &'a Element,
    pub(super) category: Category,
    pub(super) payload: Payload,
    pub(super) as_of: Option<Date>,
    /// The source withholds what it is about.
    pub(super) is_masked: bool,
}

impl Statement<'_> {
    /// The source takes it back.
    pub(super) fn is_nullified(&self) -> bool {
        status(self.of) == Some("nullified")
    }
}

const STATEMENTS: [&str; 7] = [
    "act",
    "observation",
    "substanceAdministration",
    "encounter",
    "organizer",
    "procedure",
    "supply",
];

/// The statements of an entry of a section; none if it does not say what the section is for.
pub(super) fn read<'a>(
    section: Section,
    entry: &'a Element,
    narrative: &Narrative<'_>,
) -> Vec<Statement<'a>> {
    let Some(outer) = entry
        .elements()
        .find(|element| STATEMENTS.iter().any(|name| element.is(V3, name)))
    else {
        return Vec::new();
    };
    let each = |name: &'static str, read: &dyn Fn(&'a Element) -> Statement<'a>| {
        inner(outer, name).into_iter().map(read).collect()
    };
    match section {
        Section::Problems => each("observation", &|one| problem(one, narrative)),
        Section::Allergies => each("observation", &|one| allergy(one, narrative)),
        Section::Medications => each("substanceAdministration", &|one| medication(one, narrative)),
        Section::Results => each("observation", &|one| finding(one, Category::Labs, narrative)),
        Section::MentalStatus => each("observation", &|one| {
            finding(one, Category::MentalHealth, narrative)
        }),
        Section::Encounters => each("encounter", &|one| encounter(one, narrative)),
        Section::Plan => plans(outer, narrative),
        Section::CareTeam => care_team(outer, narrative).into_iter().collect(),
    }
}

/// The statements of this kind: the outermost itself, or those right inside it.
fn inner<'a>(outer: &'a Element, name: &'static str) -> Vec<&'a Element> {
    if outer.is(V3, name) {
        return vec![outer];
    }
    outer
        .elements()
        .filter(|element| element.is(V3, "entryRelationship") || element.is(V3, "component"))
        .filter_map(|link| child(link, name))
        .collect()
}

fn statement<'a>(of: &'a Element, category: Category, about: Option<&Element>) -> Statement<'a> {
    let mut payload = Payload::new();
    if of.attribute("negationInd") == Some("true") {
        payload.insert("negated", true);
    }
    if let Some(status) = status(of) {
        payload.insert("status", status);
    }
    Statement {
        of,
        category,
        payload,
        as_of: time(of).and_then(day),
        is_masked: about.is_some_and(is_masked),
    }
}

fn status(of: &Element) -> Option<&str> {
    child(of, "statusCode")?.attribute("code")
}

/// When it was or began.
fn time(of: &Element) -> Option<&str> {
    let time = child(of, "effectiveTime")?;
    time.attribute("value")
        .or_else(|| child(time, "low")?.attribute("value"))
}

fn put_period(payload: &mut Payload, of: &Element) {
    let Some(time) = child(of, "effectiveTime") else {
        return;
    };
    for (field, value) in [
        ("time", time.attribute("value")),
        ("from", child(time, "low").and_then(|low| low.attribute("value"))),
        (
            "until",
            child(time, "high").and_then(|high| high.attribute("value")),
        ),
    ] {
        if let Some(value) = value {
            payload.insert(field, value);
        }
    }
}

/// The observations that a statement is linked to in this way.
fn linked<'a>(of: &'a Element, how: &'static str) -> impl Iterator<Item = &'a Element> {
    children(of, "entryRelationship")
        .filter(move |link| link.attribute("typeCode") == Some(how))
        .filter_map(|link| child(link, "observation"))
}

fn problem<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Statement<'a> {
    let value = child(of, "value");
    let mut said = statement(of, Category::Conditions, value);
    put(&mut said.payload, "condition", value, narrative);
    put_period(&mut said.payload, of);
    said
}

fn allergy<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Statement<'a> {
    let substance = children(of, "participant")
        .filter_map(|participant| at(participant, &["participantRole", "playingEntity"]))
        .find_map(|entity| child(entity, "code").map(|code| (code, entity)));
    let mut said = statement(of, Category::Allergies, substance.map(|(code, _)| code));
    put(
        &mut said.payload,
        "allergy",
        substance.map(|(code, _)| code),
        narrative,
    );
    if !said.payload.fields().contains_key("allergy")
        && let Some(name) = substance.and_then(|(_, entity)| child(entity, "name"))
    {
        said.payload.insert("allergy", name.text());
    }
    put(&mut said.payload, "type", child(of, "value"), narrative);
    let reactions: Vec<Value> = linked(of, "MFST")
        .filter_map(|reaction| {
            let mut written = Map::new();
            written.insert(
                "manifestations".to_owned(),
                vec![words(child(reaction, "value")?, narrative)?].into(),
            );
            let severity =
                linked(reaction, "SUBJ").find_map(|severity| words(child(severity, "value")?, narrative));
            if let Some(severity) = severity {
                written.insert("severity".to_owned(), severity.into());
            }
            Some(Value::Object(written))
        })
        .collect();
    if !reactions.is_empty() {
        said.payload.insert("reactions", reactions);
    }
    let criticality = linked(of, "SUBJ")
        .filter(|observation| {
            child(observation, "code").and_then(|code| code.attribute("code")) == Some("82606-5")
        })
        .find_map(|observation| words(child(observation, "value")?, narrative));
    if let Some(criticality) = criticality {
        said.payload.insert("criticality", criticality);
    }
    put_period(&mut said.payload, of);
    said
}

fn medication<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Statement<'a> {
    let material = at(of, &["consumable", "manufacturedProduct", "manufacturedMaterial"]);
    let code = material.and_then(|material| child(material, "code"));
    let mut said = statement(of, Category::Medications, code);
    put(&mut said.payload, "medication", code, narrative);
    if !said.payload.fields().contains_key("medication")
        && let Some(name) = material.and_then(|material| child(material, "name"))
    {
        said.payload.insert("medication", name.text());
    }
    if let Some(mood) = of.attribute("moodCode") {
        // A plan is no fact.
        said.payload
            .insert("intent", if mood == "EVN" { "taken" } else { "order" });
    }
    put_period(&mut said.payload, of);
    let quantity = |element: &Element| {
        let (value, unit) = (element.attribute("value")?, element.attribute("unit"));
        Some(match unit.filter(|unit| *unit != "1") {
            Some(unit) => format!("{value} {unit}"),
            None => value.to_owned(),
        })
    };
    if let Some(dose) = child(of, "doseQuantity").and_then(quantity) {
        said.payload.insert("dose", dose);
    }
    let every = children(of, "effectiveTime").find_map(|time| quantity(child(time, "period")?));
    if let Some(every) = every {
        said.payload.insert("every", every);
    }
    put(&mut said.payload, "route", child(of, "routeCode"), narrative);
    let reasons: Vec<String> = linked(of, "RSON")
        .filter_map(|reason| words(child(reason, "value")?, narrative))
        .collect();
    if !reasons.is_empty() {
        said.payload.insert("reasons", reasons);
    }
    said
}

fn finding<'a>(of: &'a Element, category: Category, narrative: &Narrative<'_>) -> Statement<'a> {
    let value = child(of, "value");
    let mut said = statement(of, category, value.or_else(|| child(of, "code")));
    put(&mut said.payload, "observation", child(of, "code"), narrative);
    if let Some(value) = value {
        put_value(&mut said.payload, value, narrative);
    }
    let interpretations: Vec<String> = children(of, "interpretationCode")
        .filter_map(|code| words(code, narrative))
        .collect();
    if !interpretations.is_empty() {
        said.payload.insert("interpretation", interpretations);
    }
    put_period(&mut said.payload, of);
    said
}

/// A value by its type. One in words may say anything and is not kept; one of a type that is not known here neither.
fn put_value(payload: &mut Payload, value: &Element, narrative: &Narrative<'_>) {
    let kind = value.attribute_of(Some(XSI), "type").unwrap_or_default();
    match kind.rsplit(':').next().unwrap_or_default() {
        "CD" | "CE" | "CO" | "CV" => put(payload, "value", Some(value), narrative),
        "PQ" | "INT" | "REAL" | "BL" | "TS" => {
            for (field, name) in [("value", "value"), ("unit", "unit")] {
                if let Some(text) = value.attribute(name) {
                    payload.insert(field, text);
                }
            }
        }
        "IVL_PQ" | "IVL_INT" | "IVL_REAL" => {
            for (field, name) in [("value_from", "low"), ("value_until", "high")] {
                if let Some(end) = child(value, name).and_then(|end| end.attribute("value")) {
                    payload.insert(field, end);
                }
            }
        }
        _ => {}
    }
}

fn encounter<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Statement<'a> {
    let mut said = statement(of, Category::Encounters, child(of, "code"));
    put(&mut said.payload, "type", child(of, "code"), narrative);
    put_period(&mut said.payload, of);
    let places: Vec<String> = children(of, "participant")
        .filter(|participant| participant.attribute("typeCode") == Some("LOC"))
        .filter_map(|participant| at(participant, &["participantRole", "playingEntity", "name"]))
        .map(Element::text)
        .filter(|name| !name.is_empty())
        .collect();
    if !places.is_empty() {
        said.payload.insert("locations", places);
    }
    let reasons: Vec<String> = children(of, "entryRelationship")
        .filter_map(|link| child(link, "act").or_else(|| child(link, "observation")))
        .flat_map(|inside| inner(inside, "observation"))
        .filter_map(|diagnosis| words(child(diagnosis, "value")?, narrative))
        .collect();
    if !reasons.is_empty() {
        said.payload.insert("reasons", reasons);
    }
    let left = of
        .elements()
        .find(|element| element.is(SDTC, "dischargeDispositionCode"));
    put(&mut said.payload, "discharge", left, narrative);
    said
}

/// What is planned, and what stands inside it: an intervention holds its parts, a health concern what it is about.
/// References to other entries and who pays are neither.
fn plans<'a>(outer: &'a Element, narrative: &Narrative<'_>) -> Vec<Statement<'a>> {
    const OTHERS: [&str; 2] = [
        "2.16.840.1.113883.10.20.22.4.122",
        "2.16.840.1.113883.10.20.22.4.129",
    ];
    let is_other = |of: &Element| {
        children(of, "templateId")
            .filter_map(|id| id.attribute("root"))
            .any(|root| OTHERS.contains(&root))
    };
    let inside = children(outer, "entryRelationship")
        .filter(|link| matches!(link.attribute("typeCode"), Some("REFR" | "COMP")))
        .flat_map(Element::elements)
        .filter(|of| STATEMENTS.iter().any(|name| of.is(V3, name)) && !is_other(of))
        .map(|of| plan(of, narrative))
        .filter(|said| said.payload.fields().contains_key("activity"));
    std::iter::once(plan(outer, narrative)).chain(inside).collect()
}

fn plan<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Statement<'a> {
    let code = child(of, "code").or_else(|| {
        at(
            of,
            &[
                "consumable",
                "manufacturedProduct",
                "manufacturedMaterial",
                "code",
            ],
        )
    });
    let mut said = statement(of, Category::CarePlan, code);
    put(&mut said.payload, "activity", code, narrative);
    if let Some(mood) = of.attribute("moodCode") {
        said.payload.insert("mood", mood);
    }
    if let Some(value) = child(of, "value") {
        put_value(&mut said.payload, value, narrative);
    }
    put_period(&mut said.payload, of);
    said
}

fn care_team<'a>(of: &'a Element, narrative: &Narrative<'_>) -> Option<Statement<'a>> {
    let people: Vec<Value> = of
        .descendants()
        .flat_map(|element| children(element, "performer"))
        .filter_map(|performer| person(performer, narrative))
        .collect();
    let mut said = statement(of, Category::CaseManagerContact, None);
    said.payload = Payload::new().with("people", people.clone());
    (!people.is_empty()).then_some(said)
}

/// Somebody who cares for the client: name, role, organisation, and how to reach them.
pub(super) fn person(performer: &Element, narrative: &Narrative<'_>) -> Option<Value> {
    let entity = child(performer, "assignedEntity")?;
    let mut written = Map::new();
    if let Some(name) = at(entity, &["assignedPerson", "name"]).map(Element::text)
        && !name.is_empty()
    {
        written.insert("name".to_owned(), name.into());
    }
    let role = performer
        .elements()
        .find(|element| element.is(SDTC, "functionCode") || element.is(V3, "functionCode"))
        .or_else(|| child(entity, "code"));
    if let Some(role) = role.and_then(|role| words(role, narrative)) {
        written.insert("role".to_owned(), role.into());
    }
    if let Some(name) = at(entity, &["representedOrganization", "name"]).map(Element::text)
        && !name.is_empty()
    {
        written.insert("organization".to_owned(), name.into());
    }
    let telecom = telecoms(entity);
    if !telecom.is_empty() {
        written.insert("telecom".to_owned(), telecom.into());
    }
    (!written.is_empty()).then_some(Value::Object(written))
}
