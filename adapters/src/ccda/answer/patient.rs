//! `recordTarget`: the one person the document is about, named by what of them was released and by nothing else.
//!
//! Sources may differ. Names and addresses stand side by side; of what a person has only one of (birth date, gender, death,
//! social security number) nothing is said where sources differ: a wrong one would link the document to somebody else.
//! Of telephone numbers those stand here that every source has that has any: who calls one from the header must reach the
//! person, and nobody else. What each source said stands in the narrative.

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::vocabulary::Category;
use serde_json::Value;

use super::markup::{Node, node};
use super::row::Row;
use super::values::{at, codes, fixed, time};

const SSN: &str = "2.16.840.1.113883.4.1";
const GENDER: &str = "2.16.840.1.113883.5.1";
const RACE_AND_ETHNICITY: &str = "2.16.840.1.113883.6.238";
/// The five categories of race of the Office of Management and Budget.
const RACES: [&str; 5] = ["1002-5", "2028-9", "2054-5", "2076-8", "2106-3"];
const ETHNICITIES: [&str; 2] = ["2135-2", "2186-5"];

/// Who the document is about.
pub(super) fn record_target(rows: &[Row<'_>], document: &str) -> Node {
    let of = |category: Category| {
        rows.iter()
            .filter(move |row| row.element.category == category && !row.denied)
    };
    let named = || of(Category::Demographics);
    let reached = || of(Category::Contact);
    let numbers: Vec<&Row<'_>> = of(Category::Ssn).collect();
    let number = agreed(&numbers, |row| {
        let number = row.text("ssn").or_else(|| row.text("SSN"))?;
        Some(number.chars().filter(char::is_ascii_alphanumeric).collect())
    });
    let ids = number
        .into_iter()
        .map(|number| node("id").with("root", SSN).with("extension", number));
    let role = node("patientRole")
        .holding(node("id").with("root", document).with("extension", "patient"))
        .all(ids)
        .all(or_none(reached().flat_map(addresses).collect(), no_address))
        .all(or_none(telecoms_of(reached()), no_telecom));
    node("recordTarget").holding(role.holding(person(&named().collect::<Vec<_>>())))
}

fn or_none(given: Vec<Node>, none: fn() -> Node) -> Vec<Node> {
    if given.is_empty() { vec![none()] } else { given }
}

/// There is no information about an address.
pub(super) fn no_address() -> Node {
    ["streetAddressLine", "city", "state", "postalCode"]
        .into_iter()
        .fold(node("addr"), |address, part| {
            address.holding(node(part).with("nullFlavor", "NI"))
        })
}

/// There is no information about a telephone number.
pub(super) fn no_telecom() -> Node {
    node("telecom").with("nullFlavor", "NI")
}

fn person(rows: &[&Row<'_>]) -> Node {
    let mut names: Vec<(Vec<String>, Vec<String>, Vec<String>)> = Vec::new();
    for row in rows {
        let name = name_of(row);
        if (!name.0.is_empty() || !name.1.is_empty()) && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(Default::default());
    }
    let gender = agreed(rows, |row| gender_of(row).map(str::to_owned));
    let birth = agreed(rows, |row| {
        ["birthDate", "DOB"]
            .iter()
            .find_map(|field| time(row.text(field)?))
    });
    let died = agreed(rows, |row| {
        row.text("deceasedDateTime")
            .or_else(|| row.text("deceasedDate"))
            .and_then(time)
    });
    // A source that says nothing of it disagrees with none; of two that speak both must say it.
    let is_dead = agreed(rows, |row| is_dead(row).map(|dead| dead.to_string())).as_deref() == Some("true");
    let race = agreed(rows, |row| one_of(row, "race_codes", &RACES));
    let ethnicity = agreed(rows, |row| one_of(row, "ethnicity_codes", &ETHNICITIES));
    let category = |name: &'static str, code: Option<String>, system: &str| match code {
        Some(code) => fixed(name, &code, system),
        None => node(name).with("nullFlavor", "NI"),
    };
    let dead = is_dead.then(|| {
        [
            node("sdtc:deceasedInd").with("value", "true"),
            at("sdtc:deceasedTime", died),
        ]
    });
    let languages: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| {
            let listed = row.texts("languages");
            listed.into_iter().chain(row.text("language"))
        })
        .filter(|language| is_language(language))
        .collect();
    node("patient")
        .all(names.into_iter().map(name))
        .holding(category("administrativeGenderCode", gender, GENDER))
        .holding(at("birthTime", birth))
        .all(dead.into_iter().flatten())
        .holding(category("raceCode", race, RACE_AND_ETHNICITY))
        .holding(category("ethnicGroupCode", ethnicity, RACE_AND_ETHNICITY))
        .all(languages.into_iter().map(|language| {
            node("languageCommunication").holding(node("languageCode").with("code", language))
        }))
}

/// What all sources that say anything say alike.
fn agreed(rows: &[&Row<'_>], said: impl Fn(&Row<'_>) -> Option<String>) -> Option<String> {
    let mut said = rows.iter().filter_map(|row| said(row));
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

/// Whether a source says of somebody that they have died, or live.
fn is_dead(row: &Row<'_>) -> Option<bool> {
    if row
        .text("deceasedDateTime")
        .or_else(|| row.text("deceasedDate"))
        .is_some()
    {
        return Some(true);
    }
    let said = ["deceasedBoolean", "deceased"];
    match said.iter().find_map(|field| row.text(field))? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn gender_of(row: &Row<'_>) -> Option<&'static str> {
    let coded = codes(row, "gender_codes")
        .into_iter()
        .find(|code| code.system == GENDER)
        .map(|code| code.code);
    let written = coded.or_else(|| row.text("gender").filter(|word| word.len() < 10))?;
    Some(match written.to_ascii_lowercase().as_str() {
        "f" | "female" => "F",
        "m" | "male" => "M",
        "un" | "other" => "UN",
        _ => return None,
    })
}

fn one_of(row: &Row<'_>, field: &str, known: &[&str]) -> Option<String> {
    codes(row, field)
        .into_iter()
        .find(|code| code.system == RACE_AND_ETHNICITY && known.contains(&code.code))
        .map(|code| code.code.to_owned())
}

fn is_language(tag: &str) -> bool {
    let (language, region) = tag.split_once('-').unwrap_or((tag, "US"));
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|letter| letter.is_ascii_lowercase())
        && region.len() == 2
        && region.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// Family names, given names, suffixes.
fn name_of(row: &Row<'_>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let Some(Value::Object(name)) = row.element.fields.fields().get("name") else {
        let part = |field: &str| row.text(field).map(str::to_owned);
        return (
            part("LastName").into_iter().collect(),
            part("FirstName").into_iter().chain(part("MiddleName")).collect(),
            part("NameSuffix").into_iter().collect(),
        );
    };
    let parts = |field: &str| -> Vec<String> {
        let all = match name.get(field) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        all.into_iter()
            .filter(|part| !part.trim().is_empty())
            .map(str::to_owned)
            .collect()
    };
    (parts("family"), parts("given"), parts("suffix"))
}

fn name((family, given, suffix): (Vec<String>, Vec<String>, Vec<String>)) -> Node {
    let each = |name: &'static str, parts: Vec<String>| {
        let parts = parts.into_iter().map(move |part| node(name).saying(part));
        parts.collect::<Vec<_>>()
    };
    let none = |name: &'static str| move || node(name).with("nullFlavor", "NI");
    let given = each("given", given);
    let family = match family.as_slice() {
        [] => none("family")(),
        parts => node("family").saying(parts.join(" ")),
    };
    node("name")
        .all(if given.is_empty() {
            vec![none("given")()]
        } else {
            given
        })
        .holding(family)
        .all(each("suffix", suffix))
}

/// The addresses of a contact, in the parts that the standard asks for.
fn addresses(row: &Row<'_>) -> Vec<Node> {
    let address = row.element.fields.fields().get("address");
    let made = |lines: Vec<&str>, part: &dyn Fn(&str) -> Option<String>| {
        let mut lines: Vec<&str> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
        lines.truncate(4);
        let lines: Vec<Node> = lines
            .into_iter()
            .map(|line| node("streetAddressLine").saying(line))
            .collect();
        let lines = or_none(lines, || node("streetAddressLine").with("nullFlavor", "NI"));
        let parts = [("city", "city"), ("state", "state"), ("postalCode", "postalCode")];
        let parts = parts.into_iter().map(|(name, field)| match part(field) {
            Some(text) => node(name).saying(text),
            None => node(name).with("nullFlavor", "NI"),
        });
        node("addr").all(lines).all(parts)
    };
    match address {
        Some(Value::String(text)) if !text.trim().is_empty() => vec![made(vec![text], &|_| None)],
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(|one| match one {
                Value::String(text) => Some(made(vec![text], &|_| None)),
                Value::Object(fields) => {
                    let text = |name: &str| fields.get(name).and_then(Value::as_str);
                    let lines = match fields.get("line") {
                        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
                        _ => text("line").or_else(|| text("text")).into_iter().collect(),
                    };
                    let part = |name: &str| {
                        text(name)
                            .filter(|part| !part.trim().is_empty())
                            .map(str::to_owned)
                    };
                    Some(made(lines, &part))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The ways to reach the person on which every source agrees that names any.
fn telecoms_of<'a>(rows: impl Iterator<Item = &'a Row<'a>>) -> Vec<Node> {
    // What one source says in several places it says together.
    let mut sources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        let own = telecoms_of_one(row);
        if !own.is_empty() {
            sources.entry(row.element.source).or_default().extend(own);
        }
    }
    let mut sources = sources.into_values();
    let mut agreed: Vec<String> = Vec::new();
    for one in sources.next().unwrap_or_default() {
        if !agreed.iter().any(|other| sign(other) == sign(&one)) {
            agreed.push(one);
        }
    }
    for source in sources {
        agreed.retain(|one| source.iter().any(|other| sign(other) == sign(one)));
    }
    agreed
        .into_iter()
        .map(|value| node("telecom").with("value", value))
        .collect()
}

/// What tells a number from another, however it is written.
fn sign(telecom: &str) -> String {
    match telecom.strip_prefix("tel:") {
        Some(number) => {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            // With and without the code of the country.
            match digits.strip_prefix('1') {
                Some(rest) if rest.len() == 10 => rest.to_owned(),
                _ => digits,
            }
        }
        None => telecom.to_ascii_lowercase(),
    }
}

fn telecoms_of_one(row: &Row<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let fields = row.element.fields.fields();
    let listed = fields.get("telecom").map(telecoms).unwrap_or_default();
    let phones = ["phone", "safe_phone"]
        .iter()
        .filter_map(|field| row.text(field))
        .chain(row.texts("phones"))
        .map(|number| format!("tel:{}", number.trim()));
    let mail = row.text("email").map(|mail| format!("mailto:{mail}"));
    for one in listed.into_iter().chain(phones).chain(mail) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The ways to reach somebody, as URLs: of a list of texts, or of FHIR contact points.
pub(super) fn telecoms(given: &Value) -> Vec<String> {
    let all = match given {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    all.iter()
        .filter_map(|one| {
            let text = |name: &str| one.get(name).and_then(Value::as_str);
            let value = one.as_str().or_else(|| text("value"))?.trim();
            let scheme = match text("system") {
                Some("email") => "mailto:",
                Some("fax") => "fax:",
                Some("url") => "",
                _ if value.contains('@') => "mailto:",
                _ => "tel:",
            };
            let is_url = ["tel:", "mailto:", "fax:", "http:", "https:"]
                .iter()
                .any(|known| value.starts_with(known));
            match value {
                "" => None,
                _ if is_url => Some(value.to_owned()),
                _ => Some(format!("{scheme}{value}")),
            }
        })
        .collect()
}
