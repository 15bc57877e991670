//! One resource: what it says, about whom, and what that tells.

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity, Word, WordSet};
use gateway_types::{
    ClientIdentity, Date, LabelledElement, Payload, Pii, RecordKey, SourceClientKey, SourceRecord, StaffId,
    Timestamp,
};
use serde_json::Value;

use super::bundle::{Index, relative, text, withdrawn};
use super::provenance::each;
use super::rules;
use crate::hmis::{is_issued_ssn, last_four};
use crate::labelling::{CodeSystem, close, code_sensitivity, text_sensitivity};
use crate::report::{Place, Report, Rule};

const SSN: [&str; 2] = ["http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"];
const STAFF: &str = "urn:assent:staff";

/// A resource in its bundle.
pub(super) struct Context<'a, 'r> {
    pub(super) index: &'r Index<'a>,
    pub(super) resource: &'a Value,
    pub(super) kind: &'static str,
    pub(super) id: &'a str,
    pub(super) number: u64,
    /// The unit it comes from.
    pub(super) programme: Option<String>,
    pub(super) report: &'r mut Report,
}

impl<'a> Context<'a, '_> {
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.resource.get(field)
    }

    pub(super) fn text(&self, field: &str) -> Option<&'a str> {
        text(self.resource, field)
    }

    /// The resource that a reference field names, if it is at hand.
    fn resolve(&self, reference: &Value) -> Option<&'a Value> {
        self.index.resolve(text(reference, "reference")?, self.resource)
    }

    /// The client that the resource is about.
    pub(super) fn client(&self) -> Result<SourceClientKey, &'static Rule> {
        let subject = self.get("subject").or_else(|| self.get("patient"));
        subject
            .and_then(|subject| self.id_of(subject, "Patient"))
            .map(SourceClientKey::new)
            .ok_or(&rules::NO_SUBJECT)
    }

    /// The id of the resource of type `kind` that `reference` names.
    fn id_of(&self, reference: &'a Value, kind: &str) -> Option<String> {
        let name = text(reference, "reference");
        if let Some(found) = self.resolve(reference) {
            if text(found, "resourceType") != Some(kind) {
                return None;
            }
            if let Some(id) = text(found, "id") {
                return Some(id.to_owned());
            }
            return name?.strip_prefix("urn:uuid:").map(str::to_owned);
        }
        name.and_then(relative)
            .and_then(|name| name.strip_prefix(kind)?.strip_prefix('/'))
            .map(str::to_owned)
    }

    pub(super) fn updated(&self) -> Option<Timestamp> {
        self.resource.pointer("/meta/lastUpdated")?.as_str()?.parse().ok()
    }

    /// The day in a date or time field, if it is a full one.
    pub(super) fn day(&mut self, field: &'static str) -> Option<Date> {
        let written = self.resource.pointer(field)?.as_str()?;
        let day = written.get(..10).and_then(|day| day.parse().ok());
        if day.is_none() {
            let place = Place::file(self.kind).column(field).row(self.number);
            self.report.add(&rules::BAD_DATE, place);
        }
        day
    }

    /// The labels that the source itself put on the resource.
    fn stated_labels(&self) -> (WordSet<Sensitivity>, WordSet<Regime>) {
        let labels = self.resource.pointer("/meta/security").and_then(Value::as_array);
        let codes = || {
            labels
                .into_iter()
                .flatten()
                .filter_map(|label| text(label, "code"))
        };
        let sensitivity = codes()
            .filter_map(|code| Sensitivity::from_code(code).ok())
            .collect();
        let regimes = codes()
            .filter_map(|code| match code {
                "42CFRPart2" => Some(Regime::P2),
                "Title38Section7332" => Some(Regime::Va7332),
                "HIPAAPsyNotes" => Some(Regime::Psyn),
                _ => None,
            })
            .collect();
        (sensitivity, regimes)
    }

    /// An element of this resource.
    pub(super) fn element(
        &self,
        category: Option<Category>,
        payload: Payload,
        as_of: Option<Date>,
    ) -> LabelledElement {
        let (stated, regimes) = self.stated_labels();
        let mut sensitivity = stated.union(told(self.resource, self));
        if let Some(Category::Conditions) = category {
            sensitivity.insert(Sensitivity::Dia);
        }
        close(&mut sensitivity);
        LabelledElement {
            record: RecordKey::new(self.kind, self.id),
            category,
            source_programme: self.programme.clone(),
            regimes,
            sensitivity,
            facts: WordSet::EMPTY,
            as_of,
            payload,
        }
    }

    /// The records of a resource about a client: its element, and what is written beside it.
    pub(super) fn about(
        &self,
        client: SourceClientKey,
        element: LabelledElement,
        notes: Vec<String>,
    ) -> Vec<SourceRecord> {
        let note_kind = format!("{}.note", self.kind);
        let mut records = Vec::new();
        let updated = self.updated();
        if notes.is_empty() {
            // An earlier version may have had notes.
            records.extend(withdrawn(&client, &[note_kind], self.id));
        } else {
            let mut note = element.clone();
            note.record = RecordKey::new(note_kind, self.id);
            note.facts.insert(ElementFact::FreeText);
            note.payload = Payload::new().with("notes", notes);
            records.push(SourceRecord::About {
                client: client.clone(),
                elements: vec![note],
                updated,
            });
        }
        let elements = vec![element];
        records.insert(
            0,
            SourceRecord::About {
                client,
                elements,
                updated,
            },
        );
        records
    }

    pub(super) fn withdrawal(&self, client: &SourceClientKey) -> Vec<SourceRecord> {
        let kinds = [self.kind.to_owned(), format!("{}.note", self.kind)];
        withdrawn(client, &kinds, self.id)
    }
}

/// What the codes and words of a resource tell, with those of the medication, the provider and the place it names.
/// The narrative and the names of people are not looked at.
fn told(value: &Value, context: &Context<'_, '_>) -> WordSet<Sensitivity> {
    let mut found = WordSet::EMPTY;
    gather(value, &mut found);
    for field in ["medicationReference", "serviceProvider", "managingOrganization"] {
        each(value.get(field))
            .filter_map(|reference| context.resolve(reference))
            .for_each(|named| gather(named, &mut found));
    }
    found
}

fn gather(value: &Value, found: &mut WordSet<Sensitivity>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, found)),
        Value::String(words) => *found = found.union(text_sensitivity(words)),
        Value::Object(fields) => {
            if let (Some(system), Some(code)) = (text(value, "system"), text(value, "code"))
                && let Some(system) = CodeSystem::from_uri(system)
            {
                *found = found.union(code_sensitivity(system, code));
            }
            for (name, value) in fields {
                let silent = matches!(
                    name.as_str(),
                    "div"
                        | "system"
                        | "code"
                        | "reference"
                        | "id"
                        | "meta"
                        | "url"
                        | "fullUrl"
                        | "family"
                        | "given"
                        | "identifier"
                        | "telecom"
                        | "address"
                        | "contact"
                        | "subject"
                        | "requester"
                        | "encounter"
                );
                if !silent || (name == "code" && !value.is_string()) {
                    gather(value, found);
                }
            }
        }
        _ => {}
    }
}

/// The words of a `CodeableConcept`.
pub(super) fn words(concept: Option<&Value>) -> Option<String> {
    let concept = concept?;
    text(concept, "text")
        .or_else(|| codings(concept).find_map(|coding| text(coding, "display")))
        .or_else(|| codings(concept).find_map(|coding| text(coding, "code")))
        .map(str::to_owned)
}

pub(super) fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    concept
        .get("coding")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(super) fn list<'a>(resource: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    resource
        .get(field)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(super) fn put_text(payload: &mut Payload, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        payload.insert(name, value);
    }
}

/// The code of a concept with its system, as `system|code`.
pub(super) fn put_concept(payload: &mut Payload, name: &str, concept: Option<&Value>) {
    put_text(payload, name, words(concept));
    let codes: Vec<String> = concept
        .into_iter()
        .flat_map(codings)
        .filter_map(|coding| {
            Some(format!(
                "{}|{}",
                text(coding, "system").unwrap_or(""),
                text(coding, "code")?
            ))
        })
        .collect();
    if !codes.is_empty() {
        payload.insert(format!("{name}_codes"), codes);
    }
}

pub(super) fn notes_of(resource: &Value) -> Vec<String> {
    list(resource, "note")
        .filter_map(|note| text(note, "text"))
        .chain(
            ["dosageInstruction", "dosage"]
                .into_iter()
                .flat_map(|field| list(resource, field))
                .filter_map(|dosage| text(dosage, "patientInstruction")),
        )
        .map(str::to_owned)
        .collect()
}

/// A patient: who they are, and how they are reached.
pub(super) fn patient(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let resource = context.resource;
    if list(resource, "link").any(|link| text(link, "type") == Some("replaced-by")) {
        return Err(&rules::MERGED);
    }
    let name = list(resource, "name")
        .filter(|name| !matches!(text(name, "use"), Some("old" | "anonymous" | "temp" | "nickname")))
        .min_by_key(|name| text(name, "use") != Some("official"));
    let part = |field: &str, at: usize| {
        let values = name?.get(field)?;
        values
            .as_array()
            .map_or_else(|| values.as_str(), |values| values.get(at)?.as_str())
    };
    let pii = |text: Option<&str>| text.map(|text| Pii::new(text.to_owned()));
    let ssn = list(resource, "identifier")
        .filter(|identifier| text(identifier, "system").is_some_and(|system| SSN.contains(&system)))
        .find_map(|identifier| text(identifier, "value"));
    let digits: String = ssn
        .unwrap_or_default()
        .chars()
        .filter(|letter| *letter != '-')
        .collect();
    let issued = is_issued_ssn(digits.as_bytes()).then(|| digits.clone());
    let phones = list(resource, "telecom").filter(|telecom| {
        matches!(text(telecom, "system"), Some("phone" | "sms")) && text(telecom, "use") != Some("old")
    });
    let identity = ClientIdentity {
        first_name: pii(part("given", 0)),
        middle_name: pii(part("given", 1)),
        last_name: pii(part("family", 0)),
        name_suffix: pii(part("suffix", 0)),
        birth_date: context.day("/birthDate").map(Pii::new),
        ssn: issued.or_else(|| last_four(digits.as_bytes())).map(Pii::new),
        phones: phones
            .filter_map(|phone| text(phone, "value"))
            .map(|phone| Pii::new(phone.to_owned()))
            .collect(),
    };
    let as_of = context.updated().map(Timestamp::date);
    let mut demographics = Payload::new();
    if let Some(name) = name {
        demographics.insert("name", name.clone());
    }
    for field in [
        "gender",
        "birthDate",
        "deceasedBoolean",
        "deceasedDateTime",
        "maritalStatus",
        "communication",
    ] {
        put_text(&mut demographics, field, resource.get(field).cloned());
    }
    let mut contact = Payload::new();
    for field in ["telecom", "address"] {
        put_text(&mut contact, field, resource.get(field).cloned());
    }
    let mut withheld = Payload::new();
    for field in [
        "identifier",
        "contact",
        "generalPractitioner",
        "extension",
        "photo",
    ] {
        let value = resource
            .get(field)
            .cloned()
            .map(|value| without_ssn(field, value));
        put_text(&mut withheld, field, value);
    }
    let mut elements = Vec::new();
    let categories = [
        (Some(Category::Demographics), demographics),
        (Some(Category::Contact), contact),
        (
            Some(Category::Ssn),
            ssn.map_or_else(Payload::new, |ssn| Payload::new().with("ssn", ssn)),
        ),
        (None, withheld),
    ];
    for (category, payload) in categories {
        if !payload.is_empty() {
            elements.push(context.element(category, payload, as_of));
        }
    }
    Ok(vec![SourceRecord::Client {
        client: SourceClientKey::new(context.id),
        identity,
        elements,
        updated: context.updated(),
    }])
}

/// The identifiers less the social security number, which has an element of its own.
fn without_ssn(field: &str, value: Value) -> Value {
    match value {
        Value::Array(values) if field == "identifier" => values
            .into_iter()
            .filter(|one| text(one, "system").is_none_or(|system| !SSN.contains(&system)))
            .collect(),
        other => other,
    }
}

/// A problem or diagnosis.
pub(super) fn condition(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    let status = |field: &str| words(resource.get(field));
    let verification = resource
        .get("verificationStatus")
        .and_then(|concept| codings(concept).find_map(|coding| text(coding, "code")));
    if matches!(verification, Some("entered-in-error" | "refuted")) {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    put_concept(&mut payload, "condition", resource.get("code"));
    put_text(&mut payload, "clinical_status", status("clinicalStatus"));
    put_text(&mut payload, "verification_status", status("verificationStatus"));
    put_text(&mut payload, "severity", words(resource.get("severity")));
    for field in [
        "onsetDateTime",
        "abatementDateTime",
        "recordedDate",
        "onsetString",
    ] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let as_of = context
        .day("/recordedDate")
        .or_else(|| context.day("/onsetDateTime"))
        .or_else(|| context.updated().map(Timestamp::date));
    let element = context.element(Some(Category::Conditions), payload, as_of);
    Ok(context.about(client, element, notes_of(resource)))
}

/// A prescription, an order, or what the client is known to take.
pub(super) fn medication(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if context.text("status") == Some("entered-in-error") {
        return Ok(context.withdrawal(&client));
    }
    let referred = context
        .get("medicationReference")
        .and_then(|reference| context.resolve(reference))
        .and_then(|medicine| medicine.get("code"));
    let medicine = context.get("medicationCodeableConcept").or(referred);
    let mut payload = Payload::new();
    // A modifier: an order *not* to give a medicine must never read as one to give it.
    match resource.get("doNotPerform") {
        None | Some(Value::Bool(false)) => {}
        Some(_) => {
            payload.insert("negated", true);
        }
    }
    put_concept(&mut payload, "medication", medicine);
    if medicine.is_none() {
        let display = context
            .get("medicationReference")
            .and_then(|reference| text(reference, "display"));
        put_text(&mut payload, "medication", display);
    }
    for field in [
        "status",
        "intent",
        "authoredOn",
        "dispenseRequest",
        "effectiveDateTime",
        "effectivePeriod",
    ] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let dosage: Vec<&str> = ["dosageInstruction", "dosage"]
        .into_iter()
        .flat_map(|field| list(resource, field))
        .filter_map(|dose| text(dose, "text"))
        .collect();
    if !dosage.is_empty() {
        payload.insert("dosage", dosage);
    }
    let reasons: Vec<String> = list(resource, "reasonCode")
        .filter_map(|reason| words(Some(reason)))
        .collect();
    if !reasons.is_empty() {
        payload.insert("reasons", reasons);
    }
    let requester = context
        .get("requester")
        .and_then(|requester| text(requester, "display"));
    put_text(&mut payload, "requester", requester);
    let as_of = context
        .day("/authoredOn")
        .or_else(|| context.day("/effectiveDateTime"))
        .or_else(|| context.day("/effectivePeriod/start"))
        .or_else(|| context.updated().map(Timestamp::date));
    let element = context.element(Some(Category::Medications), payload, as_of);
    Ok(context.about(client, element, notes_of(resource)))
}

/// A visit.
pub(super) fn encounter(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if context.text("status") == Some("entered-in-error") {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    for field in ["status", "period"] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let class = context
        .get("class")
        .and_then(|class| text(class, "display").or_else(|| text(class, "code")));
    put_text(&mut payload, "class", class);
    for (name, field) in [("types", "type"), ("reasons", "reasonCode")] {
        let all: Vec<String> = list(resource, field)
            .filter_map(|concept| words(Some(concept)))
            .collect();
        if !all.is_empty() {
            payload.insert(name, all);
        }
    }
    put_text(&mut payload, "service", words(context.get("serviceType")));
    let places: Vec<&str> = list(resource, "location")
        .filter_map(|location| text(location.get("location")?, "display"))
        .collect();
    if !places.is_empty() {
        payload.insert("locations", places);
    }
    let provider = context.get("serviceProvider");
    let provider = provider.and_then(|reference| {
        text(reference, "display").or_else(|| text(context.resolve(reference)?, "name"))
    });
    put_text(&mut payload, "provider", provider);
    let left = context
        .get("hospitalization")
        .and_then(|stay| words(stay.get("dischargeDisposition")));
    put_text(&mut payload, "discharge", left);
    let as_of = context
        .day("/period/start")
        .or_else(|| context.updated().map(Timestamp::date));
    let element = context.element(Some(Category::Encounters), payload, as_of);
    Ok(context.about(client, element, notes_of(resource)))
}

/// Who cares for a client: contacts, and which of the source's own staff treats them.
pub(super) fn care_team(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if !matches!(context.text("status"), None | Some("active")) {
        return Ok(context.withdrawal(&client));
    }
    let team_since = context.day("/period/start");
    let team_until = context.day("/period/end");
    let mut records = Vec::new();
    let mut people = Vec::new();
    for participant in list(resource, "participant") {
        let Some(member) = participant.get("member") else {
            continue;
        };
        let resolved = context.resolve(member);
        if resolved.and_then(|member| text(member, "resourceType")) == Some("Patient") {
            continue;
        }
        let identifiers = member
            .get("identifier")
            .into_iter()
            .chain(resolved.into_iter().flat_map(|member| list(member, "identifier")));
        for staff in identifiers.filter(|identifier| text(identifier, "system") == Some(STAFF)) {
            let Ok(staff) = StaffId::new(text(staff, "value").unwrap_or_default()) else {
                let place = Place::file(context.kind)
                    .column("participant.member")
                    .row(context.number);
                context.report.add(&rules::BAD_STAFF, place);
                continue;
            };
            let day = |field: &str| {
                participant
                    .pointer(field)?
                    .as_str()?
                    .get(..10)?
                    .parse::<Date>()
                    .ok()
            };
            let client = client.clone();
            // Keyed by the team: whoever is no longer in it treats nobody because of it.
            records.push(SourceRecord::Treating {
                client,
                staff,
                since: day("/period/start").or(team_since),
                until: day("/period/end").or(team_until),
                record: RecordKey::new(context.kind, context.id),
            });
        }
        let mut person = serde_json::Map::new();
        let name = text(member, "display")
            .map(str::to_owned)
            .or_else(|| full_name(resolved?));
        if let Some(name) = name {
            person.insert("name".to_owned(), name.into());
        }
        if let Some(role) = list(participant, "role").find_map(|role| words(Some(role))) {
            person.insert("role".to_owned(), role.into());
        }
        if let Some(telecom) = resolved.and_then(|member| member.get("telecom")) {
            person.insert("telecom".to_owned(), telecom.clone());
        }
        if !person.is_empty() {
            people.push(Value::Object(person));
        }
    }
    let mut payload = Payload::new();
    put_text(&mut payload, "organization", organization_name(context));
    put_text(&mut payload, "telecom", context.get("telecom").cloned());
    put_text(&mut payload, "period", context.get("period").cloned());
    if !people.is_empty() {
        payload.insert("people", people);
    }
    if !payload.is_empty() {
        let as_of = team_since.or_else(|| context.updated().map(Timestamp::date));
        let element = context.element(Some(Category::CaseManagerContact), payload, as_of);
        // The title of a team tends to hold the patient's name or what is treated: it is kept with the notes.
        let mut notes = notes_of(resource);
        notes.extend(context.text("name").map(str::to_owned));
        records.extend(context.about(client, element, notes));
    } else if records.is_empty() {
        // It says nothing any more, which no record would tell.
        records = context.withdrawal(&client);
    }
    Ok(records)
}

fn organization_name(context: &Context<'_, '_>) -> Option<String> {
    let reference = each(context.get("managingOrganization")).next()?;
    text(reference, "display")
        .or_else(|| text(context.resolve(reference)?, "name"))
        .map(str::to_owned)
}

fn full_name(resource: &Value) -> Option<String> {
    if let Some(name) = text(resource, "name") {
        return Some(name.to_owned());
    }
    let name = list(resource, "name").next()?;
    let given = list(name, "given").filter_map(Value::as_str);
    let words: Vec<&str> = given.chain(text(name, "family")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
