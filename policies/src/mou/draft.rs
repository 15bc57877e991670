//! From the page to the agreement: what is at the top, parties, signatures, field sets, and what must fit together.

use std::collections::{BTreeMap, BTreeSet};

use gateway_crypto::Digest;
use gateway_types::vocabulary::{
    AgencyKind, Category, Instrument, InstrumentTerm, PurposeOfUse, Role, Word, WordSet,
};
use gateway_types::{AgencyId, MouId, Timestamp, Zone};
use toml::de::{DeTable, DeValue};

use super::clauses::{
    bar_broken_promises, read_audience, read_clauses, read_emergency, read_promises, read_redisclosure,
    read_retention,
};
use super::keys::TOP;
use super::page::{Page, Placed, Table};
use super::paper::{self, FieldSet, Paper, Party, Supersedes};
use super::tests_inside::{TestCase, read_tests};
use super::{Code, Condition, Diagnostic, File, Status, TestOutcome, Version};
use crate::agreements::{Agreement, PolicePresent};
use crate::facts::CategoryScope;

pub(super) const FORMAT: &str = "mou/1";
pub(super) const STATUSES: &[(&str, Status)] = &[
    ("draft", Status::Draft),
    ("in_review", Status::InReview),
    ("active", Status::Active),
    ("suspended", Status::Suspended),
    ("terminated", Status::Terminated),
];
pub(super) const POLICE_PRESENT: &[(&str, PolicePresent)] = &[
    ("treat_as_recipient", PolicePresent::TreatAsRecipient),
    ("withhold", PolicePresent::Withhold),
];
/// What breaking the glass asks for besides the law: a condition before, or a duty after.
pub(super) const DEMANDS: &[(&str, Demand)] = &[
    ("stated_reason", Demand::Before(Condition::ReasonStated)),
    ("second_person_within_24h", Demand::SecondPersonAfter(24)),
];
pub(super) const EMERGENCY_PURPOSES: &[PurposeOfUse] = &[PurposeOfUse::Etreat, PurposeOfUse::Btg];

/// What an emergency clause asks for, and when.
#[derive(Clone, Copy)]
pub(super) enum Demand {
    /// It must hold, or the clause stays shut.
    Before(Condition),
    /// A second person looks within so many hours.
    SecondPersonAfter(u32),
}

/// Reads one file; a test inside that does not come out right is one of its errors.
pub(crate) fn read(name: &str, text: &str) -> Result<File, Vec<Diagnostic>> {
    let file = read_untested(name, text)?;
    let failed: Vec<Diagnostic> = file
        .tests
        .iter()
        .filter(|test| !test.differs.is_empty())
        .map(|test| {
            let wrong: Vec<&str> = test
                .differs
                .iter()
                .map(|difference| difference.category.as_str())
                .collect();
            Diagnostic::at(
                Code::TestFails,
                name,
                text,
                &test.place,
                format!("test `{}` fails for {}", test.name, wrong.join(", ")),
                Some("the test and the clauses disagree: one of them is wrong".to_owned()),
            )
        })
        .collect();
    if failed.is_empty() { Ok(file) } else { Err(failed) }
}

/// Reads one file and runs the tests inside, however they come out.
pub(crate) fn read_untested(name: &str, text: &str) -> Result<File, Vec<Diagnostic>> {
    let page = Page::new(name, text);
    let (document, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        for error in &broken {
            let place = error.span().unwrap_or(0..0);
            page.fault(
                Code::NotToml,
                &place,
                error.message().to_owned(),
                Some("this is not TOML".to_owned()),
            );
        }
        return Err(page.into_diagnostics());
    }
    let hash = content_hash(document.get_ref());
    let file = {
        let top = Table::new(&page, 0..0, document.get_ref(), &TOP);
        Draft::read(&top).map(|draft| draft.into_file(hash))
    };
    let found = page.into_diagnostics();
    match file {
        Some(file) if found.is_empty() => Ok(file),
        _ if found.is_empty() => Err(vec![Diagnostic::whole_file(
            Code::Contradiction,
            name,
            "the file could not be read",
            "start from an agreement that works",
        )]),
        _ => Err(found),
    }
}

/// SHA-256 over canonical JSON of the file, without status and signatures: comments and layout do not matter.
fn content_hash(document: &DeTable<'_>) -> Digest {
    Digest::of(canonical_json(document).as_bytes())
}

/// Objects with sorted keys, no blanks, dates as texts.
fn canonical_json(document: &DeTable<'_>) -> String {
    let entries: serde_json::Map<String, serde_json::Value> = document
        .iter()
        .filter(|(key, _)| !matches!(key.get_ref().as_ref(), "status" | "signature"))
        .map(|(key, value)| (key.get_ref().to_string(), canonical(value.get_ref())))
        .collect();
    let mut value = serde_json::Value::Object(entries);
    value.sort_all_objects();
    value.to_string()
}

fn canonical(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string().into(), Into::into),
        DeValue::Float(number) => number.to_string().into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| canonical(item.get_ref())).collect(),
        DeValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), canonical(value.get_ref())))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// What the file names once and uses often.
pub(super) struct Names {
    pub(super) parties: BTreeMap<String, Party>,
    pub(super) field_sets: BTreeMap<String, FieldSet>,
    /// Where its days begin and end.
    pub(super) zone: Zone,
}

impl Names {
    pub(super) fn party(&self, page: &Page<'_>, item: &Placed<String>) -> Option<&Party> {
        let party = self.parties.get(&item.value);
        if party.is_none() {
            page.unknown(
                Code::UnknownParty,
                "party of this agreement",
                item,
                self.parties.keys().map(String::as_str),
            );
        }
        party
    }

    pub(super) fn agencies(&self, page: &Page<'_>, items: &[Placed<String>]) -> Vec<AgencyId> {
        items
            .iter()
            .filter_map(|item| self.party(page, item).map(|party| party.agency.clone()))
            .collect()
    }

    /// What one entry means: a category or a field set.
    pub(super) fn named(&self, page: &Page<'_>, item: &Placed<String>) -> WordSet<Category> {
        if let Some(set) = self.field_sets.get(&item.value) {
            return set.fields;
        }
        if let Ok(category) = Category::from_code(&item.value) {
            return WordSet::EMPTY.with(category);
        }
        let known = self
            .field_sets
            .keys()
            .map(String::as_str)
            .chain(Category::ALL.iter().map(|category| category.code()));
        page.unknown(Code::UnknownCategory, "category or field set", item, known);
        WordSet::EMPTY
    }

    /// Categories and field sets; `*` only where everything may be meant.
    pub(super) fn categories(&self, page: &Page<'_>, items: &[Placed<String>], star: Star) -> CategoryScope {
        let mut named = WordSet::EMPTY;
        for item in items {
            if item.value != "*" {
                named = named.union(self.named(page, item));
            } else if star == Star::Allowed {
                return CategoryScope::All;
            } else {
                page.fault(
                    Code::SharesEverything,
                    &item.place,
                    "`*` may not be shared",
                    Some("name the categories: the minimum necessary has to be chosen".to_owned()),
                );
            }
        }
        CategoryScope::Only(named)
    }
}

/// Whether `*` may stand for every category.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Star {
    Allowed,
    Refused,
}

struct Draft {
    agreement: Agreement,
    paper: Paper,
    tests: Vec<TestCase>,
}

impl Draft {
    fn read(top: &Table<'_, '_>) -> Option<Self> {
        let page = top.page();
        if let Some(format) = top.text("format")
            && format.value != FORMAT
        {
            page.fault(
                Code::UnknownWord,
                &format.place,
                "unknown format",
                Some(format!("write format = \"{FORMAT}\"")),
            );
        }
        let id = top.text("id").and_then(|id| read_slug(page, id, MouId::new));
        let version = top
            .text("version")
            .and_then(|version| read_version(page, &version));
        let title = top.text("title");
        let status = top
            .text("status")
            .and_then(|status| Some((page.one_of("status", &status, STATUSES)?, status.place)));
        let zone = read_zone(top);
        let effective = top.date("effective");
        let expires = top.date("expires");
        if let (Some(first), Some(last)) = (&effective, &expires)
            && last.value < first.value
        {
            page.fault(
                Code::EndsBeforeStart,
                &last.place,
                "the agreement expires before it starts",
                None,
            );
        }
        let review_by = top.date("review_by");
        if let Some(digest) = top.text("signed_document_sha256") {
            read_digest(page, &digest);
        }
        let supersedes = read_supersedes(top);
        let instruments = top.full_words::<Instrument>("instruments");
        let terms = top.words::<InstrumentTerm>("terms");
        let segregated = top.flag("segregated_clinical_record");
        let names = read_names(top, zone);
        let unsigned = read_signatures(top, &names);
        let mut clauses = read_clauses(top, &names);
        clauses.extend(read_emergency(top, &names));
        let promises = read_promises(top, &names);
        bar_broken_promises(page, &clauses, &promises);
        let police_present = read_audience(top);
        let redisclosure = read_redisclosure(top, &names);
        let retention = read_retention(top, &names);
        let tests = read_tests(top, &names);
        let (effective, (status, status_place)) = (effective?.value, status?);
        let (clauses, lines): (Vec<_>, Vec<_>) = clauses.into_iter().unzip();
        let agreement = Agreement {
            id: id?,
            version: Some(version?.to_string()),
            hash: None,
            parties: names.parties.values().map(|party| party.agency.clone()).collect(),
            effective: names.zone.start_of(effective)?,
            // The last day is included, as people read a paper.
            ends: match &expires {
                Some(last) => Some(names.zone.start_of(last.value.plus_days(1)?)?),
                None => None,
            },
            instruments,
            terms,
            segregated,
            clauses,
            promises: promises.into_iter().map(|placed| placed.value).collect(),
            police_present,
            redisclosure: Some(redisclosure),
            retention,
        };
        let paper = Paper {
            version: version?,
            title: title?.value,
            status,
            effective,
            expires: expires.map(paper_placed),
            review_by: review_by.map(paper_placed),
            zone: names.zone,
            supersedes,
            instruments: top.place_of("instruments").unwrap_or(0..0),
            unsigned,
            parties: names.parties.into_values().collect(),
            field_sets: names.field_sets.into_values().collect(),
            clauses: lines,
            tests: tests.iter().map(TestCase::tested).collect(),
            status_place,
        };
        Some(Self {
            agreement,
            paper,
            tests,
        })
    }

    fn into_file(mut self, hash: Digest) -> File {
        self.agreement.hash = Some(hash);
        let tests: Vec<TestOutcome> = self.tests.iter().map(|test| test.run(&self.agreement)).collect();
        File {
            agreement: self.agreement,
            paper: self.paper,
            tests,
        }
    }
}

fn paper_placed<T>(placed: Placed<T>) -> paper::Placed<T> {
    paper::Placed {
        value: placed.value,
        place: placed.place,
    }
}

fn read_slug<T, E: std::fmt::Display>(
    page: &Page<'_>,
    item: Placed<String>,
    read: impl FnOnce(String) -> Result<T, E>,
) -> Option<T> {
    match read(item.value) {
        Ok(slug) => Some(slug),
        Err(error) => {
            page.fault(Code::WrongKind, &item.place, error.to_string(), None);
            None
        }
    }
}

fn read_version(page: &Page<'_>, item: &Placed<String>) -> Option<Version> {
    let version = item.value.parse().ok();
    if version.is_none() {
        page.fault(
            Code::WrongKind,
            &item.place,
            "a version is three numbers",
            Some("write it like \"1.4.0\": newly visible, less visible, neither".to_owned()),
        );
    }
    version
}

fn read_digest(page: &Page<'_>, item: &Placed<String>) {
    let digits = item.value.strip_prefix("sha256:").unwrap_or(&item.value);
    if digits.len() != 64
        || !digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        page.fault(
            Code::WrongKind,
            &item.place,
            "a SHA-256 digest is 64 hexadecimal digits",
            Some("`sha256sum FILE` prints it".to_owned()),
        );
    }
}

fn read_zone(top: &Table<'_, '_>) -> Zone {
    let Some(name) = top.text("time_zone") else {
        return Zone::UTC;
    };
    Zone::named(&name.value).unwrap_or_else(|| {
        top.page().fault(
            Code::UnknownWord,
            &name.place,
            format!("`{}` is no known time zone", name.value),
            Some("a name of the IANA database, e.g. `America/Chicago`".to_owned()),
        );
        Zone::UTC
    })
}

fn read_supersedes(top: &Table<'_, '_>) -> Option<Supersedes> {
    let older = top.table("supersedes")?;
    let version = older.text("version");
    let hash = older.text("hash");
    if let Some(version) = &version {
        read_version(top.page(), version);
    }
    if let Some(hash) = &hash {
        read_digest(top.page(), hash);
    }
    Some(Supersedes {
        version: version?.value,
        hash: hash?.value,
    })
}

fn read_names(top: &Table<'_, '_>, zone: Zone) -> Names {
    let page = top.page();
    let mut names = Names {
        parties: BTreeMap::new(),
        field_sets: BTreeMap::new(),
        zone,
    };
    for table in top.tables("party") {
        let key = table.text("key");
        let agency = table.text("agency");
        table.text("name");
        let kind = table.text("kind").and_then(|kind| page.word::<AgencyKind>(&kind));
        let roles = table.full_words::<Role>("roles");
        let (Some(key), Some(agency)) = (key, agency) else {
            continue;
        };
        let agency_place = agency.place.clone();
        let Some(id) = read_slug(page, agency, AgencyId::new) else {
            continue;
        };
        if names.parties.values().any(|known| known.agency == id) {
            page.fault(
                Code::UsedTwice,
                &agency_place,
                "this agency is a party twice",
                None,
            );
        }
        let party = Party {
            key: key.value.clone(),
            agency: id,
            kind,
            roles,
            place: table.place().clone(),
        };
        if names.parties.insert(key.value, party).is_some() {
            page.fault(Code::UsedTwice, &key.place, "this party key is used twice", None);
        }
    }
    if top.has("party") && names.parties.len() < 2 {
        page.fault(
            Code::Contradiction,
            top.place(),
            "an agreement has at least two parties",
            None,
        );
    }
    for table in top.tables("field_set") {
        let key = table.text("key");
        table.text("about");
        let fields = table.full_words::<Category>("fields");
        let Some(key) = key else { continue };
        if Category::from_code(&key.value).is_ok() || key.value == "*" {
            page.fault(
                Code::Contradiction,
                &key.place,
                "a field set may not be called like a category",
                None,
            );
        }
        let set = FieldSet {
            key: key.value.clone(),
            fields,
            place: table.place().clone(),
        };
        if names.field_sets.insert(key.value, set).is_some() {
            page.fault(
                Code::UsedTwice,
                &key.place,
                "this field set is defined twice",
                None,
            );
        }
    }
    names
}

/// The keys of the parties that have not signed.
fn read_signatures(top: &Table<'_, '_>, names: &Names) -> Vec<String> {
    let page = top.page();
    let mut signed = BTreeSet::new();
    for table in top.tables("signature") {
        let party = table.text("party");
        let whole = [
            table.text("name").is_some(),
            table.text("title").is_some(),
            table.date("on").is_some(),
        ];
        if let Some(party) = party
            && names.party(page, &party).is_some()
            && whole.iter().all(|part| *part)
        {
            signed.insert(party.value);
        }
    }
    names
        .parties
        .keys()
        .filter(|party| !signed.contains(*party))
        .cloned()
        .collect()
}

/// The moment in the middle of a date, for tests.
pub(super) fn noon(zone: &Zone, date: gateway_types::Date) -> Option<Timestamp> {
    Some(zone.start_of(date)?.plus_seconds(12 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of `docs/mou-files.md`.
    #[test]
    fn the_digest_is_over_canonical_json_without_status_and_signatures() {
        let text = "title = \"Zürich\" # a remark\nstatus = \"draft\"\neffective = 2026-01-15\nnumber = 0x10\n\
                    [[signature]]\nparty = \"a\"\n[b]\nz = [true, \"x\"]\na = 1.5\n";
        let document = DeTable::parse(text).unwrap();
        assert_eq!(
            canonical_json(document.get_ref()),
            "{\"b\":{\"a\":\"1.5\",\"z\":[true,\"x\"]},\"effective\":\"2026-01-15\",\"number\":16,\"title\":\"Zürich\"}"
        );
        assert_eq!(
            content_hash(document.get_ref()).to_string(),
            "sha256:0598609a1a114ec086af1c110ced20e0afbf1625ec2edbddfe20d61aa13ccf7e"
        );
    }
}
