//! Values in the data types of CDA: codes with OIDs, times in HL7's form, quantities.

use serde_json::Value;

use super::markup::{Node, node};
use super::row::Row;

pub(super) const LOINC: &str = "2.16.840.1.113883.6.1";
pub(super) const SNOMED: &str = "2.16.840.1.113883.6.96";
pub(super) const RXNORM: &str = "2.16.840.1.113883.6.88";
/// HL7 ActCode.
pub(super) const ACT_CODE: &str = "2.16.840.1.113883.5.4";
/// Our own words for kinds of information: a UUID, since CDA names code systems by OID or UUID alone.
pub(super) const CATEGORY: &str = "6f1c2f5e-4c0b-4d0f-9a57-3d9f8f0c7b11";

/// A code of a system that CDA can name.
pub(super) struct Code<'a> {
    pub(super) system: &'a str,
    pub(super) code: &'a str,
}

impl Code<'_> {
    fn node(&self, name: &'static str) -> Node {
        node(name).with("code", self.code).with("codeSystem", self.system)
    }
}

/// The OID of a code system, by what a source calls it: a URI, an OID, or a name of HL7 table 0396.
fn oid(system: &str) -> Option<&str> {
    if let Some(oid) = system.strip_prefix("urn:oid:") {
        let is_oid = oid.contains('.')
            && oid.split('.').all(|arc| {
                !arc.is_empty()
                    && arc.bytes().all(|digit| digit.is_ascii_digit())
                    && (arc == "0" || !arc.starts_with('0'))
            });
        return is_oid.then_some(oid);
    }
    Some(match system {
        "http://snomed.info/sct" | "SCT" | "SNM" => SNOMED,
        "http://loinc.org" | "LN" => LOINC,
        "http://www.nlm.nih.gov/research/umls/rxnorm" | "RXNORM" => RXNORM,
        "http://hl7.org/fhir/sid/icd-10-cm" | "I10C" => "2.16.840.1.113883.6.90",
        "http://hl7.org/fhir/sid/icd-10" | "I10" => "2.16.840.1.113883.6.3",
        "http://hl7.org/fhir/sid/icd-9-cm" | "I9C" => "2.16.840.1.113883.6.103",
        "http://www.cms.gov/Medicare/Coding/ICD10" => "2.16.840.1.113883.6.4",
        "http://www.ama-assn.org/go/cpt" | "C4" => "2.16.840.1.113883.6.12",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
        | "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets" => "2.16.840.1.113883.6.285",
        "http://hl7.org/fhir/sid/cvx" => "2.16.840.1.113883.12.292",
        "http://hl7.org/fhir/sid/ndc" => "2.16.840.1.113883.6.69",
        "http://fdasis.nlm.nih.gov" => "2.16.840.1.113883.4.9",
        _ => return None,
    })
}

/// The codes of a list of `system|code` that CDA can carry. The others stand in the narrative alone.
pub(super) fn codes<'a>(row: &Row<'a>, field: &str) -> Vec<Code<'a>> {
    row.texts(field)
        .into_iter()
        .filter_map(|code| code.split_once('|'))
        .filter_map(|(system, code)| {
            let system = oid(system)?;
            let is_code = !code.is_empty() && !code.contains(char::is_whitespace);
            is_code.then_some(Code { system, code })
        })
        .collect()
}

/// A concept: field `field` in words, `field_codes` in codes. The first code of a wanted system is the code, the others
/// are translations; without one, the concept is of another vocabulary (`OTH`), or there is no information (`NI`).
pub(super) fn concept(name: &'static str, row: &Row<'_>, field: &str, wanted: &[&str]) -> Node {
    coded(name, row, field, &codes(row, &format!("{field}_codes")), wanted)
}

/// A concept of these codes, named by the words in `field`.
pub(super) fn coded(
    name: &'static str,
    row: &Row<'_>,
    field: &str,
    codes: &[Code<'_>],
    wanted: &[&str],
) -> Node {
    let words = row.original(field);
    let first = codes
        .iter()
        .position(|code| wanted.is_empty() || wanted.contains(&code.system));
    let made = match first.and_then(|at| codes.get(at)) {
        Some(code) => code.node(name),
        None if words.is_none() && codes.is_empty() => node(name).with("nullFlavor", "NI"),
        None => node(name).with("nullFlavor", "OTH"),
    };
    let others = codes
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != first)
        .map(|(_, code)| code.node("translation"));
    made.all(words).all(others)
}

/// A code that is fixed.
pub(super) fn fixed(name: &'static str, code: &str, system: &str) -> Node {
    Code { system, code }.node(name)
}

/// A time of HL7 version 3, of a date or time as FHIR or HL7 version 2 and 3 write it.
pub(super) fn time(written: &str) -> Option<String> {
    let written = written.trim();
    let (day, clock) = match written.split_once(['T', ' ']) {
        Some((day, clock)) => (day, clock),
        None if written.contains('-') && written.get(4..5) == Some("-") => (written, ""),
        None => return is_hl7_time(written).then(|| written.to_owned()),
    };
    let parts: Vec<&str> = day.split('-').collect();
    let is_day = parts.first().is_some_and(|year| year.len() == 4)
        && parts.iter().skip(1).all(|part| part.len() == 2)
        && (parts.len() == 3 || (parts.len() < 3 && clock.is_empty()));
    if !is_day {
        return None;
    }
    let mut made = parts.concat();
    let zone = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at_checked(zone)?;
    // Fractions of a second tell nothing here.
    let clock = clock.split('.').next().unwrap_or_default();
    made.extend(clock.chars().filter(|sign| *sign != ':'));
    match zone {
        "" => {}
        "Z" => made.push_str("+0000"),
        other => made.extend(other.chars().filter(|sign| *sign != ':')),
    }
    is_hl7_time(&made).then_some(made)
}

fn is_hl7_time(written: &str) -> bool {
    let zone = written.find(['+', '-']).unwrap_or(written.len());
    let Some((moment, zone)) = written.split_at_checked(zone) else {
        return false;
    };
    let (moment, fraction) = moment.split_once('.').unwrap_or((moment, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let zone_is_one =
        zone.is_empty() || (zone.len() == 5 && moment.len() >= 8 && zone.get(1..).is_some_and(digits));
    let in_year = |from: usize, highest: u32| {
        moment
            .get(from..from + 2)
            .is_none_or(|two| two.parse::<u32>().is_ok_and(|two| two <= highest))
    };
    matches!(moment.len(), 4 | 6 | 8 | 10 | 12 | 14)
        && digits(moment)
        && !fraction.is_empty()
        && digits(fraction)
        && zone_is_one
        && in_year(4, 12)
        && in_year(6, 31)
        && in_year(8, 24)
}

/// An element that holds a time, or says that there is no information.
pub(super) fn at(name: &'static str, moment: Option<String>) -> Node {
    match moment {
        Some(moment) => node(name).with("value", moment),
        None => node(name).with("nullFlavor", "NI"),
    }
}

/// A number that a quantity may have.
pub(super) fn decimal(text: &str) -> Option<&str> {
    let text = text.trim();
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(part)).then_some(text)
}

/// A unit as UCUM writes them: without a space.
pub(super) fn unit(text: &str) -> Option<&str> {
    (!text.is_empty() && text.is_ascii() && !text.contains(char::is_whitespace)).then_some(text)
}

/// A quantity, typed.
fn quantity(value: &str, of: Option<&str>) -> Option<Node> {
    let made = node("value")
        .with("xsi:type", "PQ")
        .with("value", decimal(value)?);
    Some(match of.filter(|of| !of.is_empty()) {
        None => made.with("unit", "1"),
        Some(of) => made.with("unit", unit(of)?),
    })
}

/// What an observation found, typed by what it is; a value that no type takes is a reference to its words.
pub(super) fn found(row: &Row<'_>, under: &str) -> Option<Node> {
    let path = |name: &str| format!("{under}{name}");
    let words = |name: &str| row.text(&path(name));
    let value_codes = codes(row, &path("value_codes"));
    if !value_codes.is_empty() {
        return Some(coded("value", row, &path("value"), &value_codes, &[]).with("xsi:type", "CD"));
    }
    for (value, of) in [
        ("value", "unit"),
        ("valueQuantity.value", "valueQuantity.code"),
        ("valueQuantity.value", "valueQuantity.unit"),
    ] {
        let has_comparator = words("valueQuantity.comparator").is_some();
        if let Some(text) = words(value).filter(|_| !has_comparator)
            && let Some(made) = quantity(text, words(of))
        {
            return Some(made);
        }
    }
    if let Some(whole) = words("valueInteger") {
        return Some(
            node("value")
                .with("xsi:type", "INT")
                .with("value", decimal(whole)?),
        );
    }
    if let Some(said) = words("valueBoolean") {
        return Some(node("value").with("xsi:type", "BL").with("value", said));
    }
    for (low, high) in [
        ("value_from", "value_until"),
        ("valueRange.low.value", "valueRange.high.value"),
    ] {
        let end = |name: &'static str, of: &str| Some(node(name).with("value", decimal(words(of)?)?));
        let ends: Vec<Node> = end("low", low).into_iter().chain(end("high", high)).collect();
        if !ends.is_empty() {
            return Some(node("value").with("xsi:type", "IVL_PQ").all(ends));
        }
    }
    let any = row.first_under(&path("value"))?;
    Some(
        node("value")
            .with("xsi:type", "ED")
            .holding(node("reference").with("value", any)),
    )
}

/// One field as a value: yes or no, a whole number, or its words.
pub(super) fn plain(value: &Value, reference: &str) -> Node {
    let made = node("value");
    match value {
        Value::Bool(said) => made.with("xsi:type", "BL").with("value", said.to_string()),
        Value::Number(number) if number.is_i64() => {
            made.with("xsi:type", "INT").with("value", number.to_string())
        }
        _ => made
            .with("xsi:type", "ED")
            .holding(node("reference").with("value", reference)),
    }
}
