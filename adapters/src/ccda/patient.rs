//! The patient: who they are, and how they are reached.

use gateway_types::vocabulary::Category;
use gateway_types::{ClientIdentity, Date, Payload, Pii, SourceClientKey};
use serde_json::{Map, Value};

use super::concept::{Narrative, at, child, children, put};
use super::provenance::{ids, written};
use super::{SDTC, rules};
use crate::hmis::{is_issued_ssn, last_four};
use crate::report::Rule;
use crate::xml::Element;

/// Social security numbers.
const SSN: &str = "2.16.840.1.113883.4.1";

/// A patient, read.
pub(super) struct Patient {
    pub(super) key: SourceClientKey,
    pub(super) identity: ClientIdentity,
    pub(super) payloads: Vec<(Category, Payload)>,
    /// The birth date stands there and is no full date.
    pub(super) bad_birth_date: bool,
}

impl Patient {
    /// The one patient of a document.
    pub(super) fn of(document: &Element) -> Result<Self, &'static Rule> {
        let mut targets = children(document, "recordTarget");
        let (Some(target), None) = (targets.next(), targets.next()) else {
            return Err(&rules::NOT_ONE_PATIENT);
        };
        let role = child(target, "patientRole").ok_or(&rules::NOT_ONE_PATIENT)?;
        let key = ids(role)
            .find(|(root, _)| *root != SSN)
            .map(|id| SourceClientKey::new(written(id)))
            .ok_or(&rules::NO_PATIENT_ID)?;
        let ssn = ids(role)
            .filter(|(root, _)| *root == SSN)
            .find_map(|(_, number)| number);
        let person = child(role, "patient");
        let name = person.and_then(legal_name);
        let birth = person
            .and_then(|person| child(person, "birthTime")?.attribute("value"))
            .map(str::to_owned);
        let born = birth.as_deref().and_then(day);
        let digits: String = ssn
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let issued = is_issued_ssn(digits.as_bytes()).then(|| digits.clone());
        let identity = ClientIdentity {
            first_name: part(name, "given", 0),
            middle_name: part(name, "given", 1),
            last_name: part(name, "family", 0),
            name_suffix: part(name, "suffix", 0),
            birth_date: born.map(Pii::new),
            ssn: issued.or_else(|| last_four(digits.as_bytes())).map(Pii::new),
            phones: children(role, "telecom")
                .filter(|telecom| telecom.attribute("use") != Some("BAD"))
                .filter_map(|telecom| telecom.attribute("value")?.strip_prefix("tel:"))
                .map(|phone| Pii::new(phone.to_owned()))
                .collect(),
        };
        let mut payloads = vec![
            (
                Category::Demographics,
                person.map(demographics).unwrap_or_default(),
            ),
            (Category::Contact, contact(role)),
        ];
        if let Some(ssn) = ssn {
            payloads.push((Category::Ssn, Payload::new().with("ssn", ssn)));
        }
        payloads.retain(|(_, payload)| !payload.is_empty());
        Ok(Self {
            key,
            identity,
            payloads,
            bad_birth_date: birth.is_some() && born.is_none(),
        })
    }
}

/// The day of a time, if it is a full one.
pub(super) fn day(written: &str) -> Option<Date> {
    let (year, month, day) = (written.get(..4)?, written.get(4..6)?, written.get(6..8)?);
    format!("{year}-{month}-{day}").parse().ok()
}

/// The name in use by law, not one that is assigned, a pseudonym or past.
fn legal_name(person: &Element) -> Option<&Element> {
    let is = |name: &Element, wanted: &str| {
        name.attribute("use")
            .is_some_and(|uses| uses.split_whitespace().any(|one| one == wanted))
    };
    let past = |name: &Element| child(name, "validTime").is_some_and(|time| child(time, "high").is_some());
    children(person, "name")
        .filter(|name| !["ASGN", "P", "A", "I", "R"].iter().any(|other| is(name, other)))
        .filter(|name| !past(name))
        .min_by_key(|name| !is(name, "L"))
        .or_else(|| child(person, "name"))
}

fn part(name: Option<&Element>, which: &'static str, at: usize) -> Option<Pii<String>> {
    let qualified = |part: &Element, wanted: &str| {
        part.attribute("qualifier")
            .is_some_and(|all| all.split_whitespace().any(|one| one == wanted))
    };
    children(name?, which)
        // What somebody is called, or was born as, is another name.
        .filter(|part| !qualified(part, "CL") && !qualified(part, "BR"))
        .map(Element::text)
        .filter(|text| !text.is_empty())
        .nth(at)
        .map(Pii::new)
}

fn demographics(person: &Element) -> Payload {
    let none = Narrative::default();
    let mut payload = Payload::new();
    if let Some(name) = legal_name(person) {
        let mut written = Map::new();
        for which in ["prefix", "given", "family", "suffix"] {
            let parts: Vec<String> = children(name, which).map(Element::text).collect();
            if !parts.is_empty() {
                written.insert(which.to_owned(), parts.into());
            }
        }
        payload.insert("name", written);
    }
    for (field, name) in [
        ("gender", "administrativeGenderCode"),
        ("marital_status", "maritalStatusCode"),
        ("race", "raceCode"),
        ("ethnicity", "ethnicGroupCode"),
    ] {
        put(&mut payload, field, child(person, name), &none);
    }
    let birth = child(person, "birthTime").and_then(|time| time.attribute("value"));
    if let Some(birth) = birth {
        payload.insert("birthDate", birth);
    }
    let languages: Vec<&str> = children(person, "languageCommunication")
        .filter_map(|language| at(language, &["languageCode"])?.attribute("code"))
        .collect();
    if !languages.is_empty() {
        payload.insert("languages", languages);
    }
    let deceased = person
        .elements()
        .filter(|element| element.is(SDTC, "deceasedInd"))
        .any(|element| element.attribute("value") == Some("true"));
    if deceased {
        payload.insert("deceased", true);
    }
    payload
}

fn contact(role: &Element) -> Payload {
    let mut payload = Payload::new();
    let telecom = telecoms(role);
    if !telecom.is_empty() {
        payload.insert("telecom", telecom);
    }
    let addresses: Vec<Value> = children(role, "addr")
        .filter(|address| address.attribute("nullFlavor").is_none())
        .map(|address| {
            let mut written = Map::new();
            for (field, name) in [
                ("line", "streetAddressLine"),
                ("city", "city"),
                ("state", "state"),
                ("postalCode", "postalCode"),
            ] {
                let parts: Vec<String> = children(address, name).map(Element::text).collect();
                if !parts.is_empty() {
                    written.insert(field.to_owned(), parts.join(", ").into());
                }
            }
            if let Some(use_of) = address.attribute("use") {
                written.insert("use".to_owned(), use_of.into());
            }
            Value::Object(written)
        })
        .collect();
    if !addresses.is_empty() {
        payload.insert("address", addresses);
    }
    payload
}

/// Telephone numbers and the like.
pub(super) fn telecoms(of: &Element) -> Vec<String> {
    children(of, "telecom")
        .filter_map(|telecom| telecom.attribute("value"))
        .map(|value| value.strip_prefix("tel:").unwrap_or(value).to_owned())
        .collect()
}
