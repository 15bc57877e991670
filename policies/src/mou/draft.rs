//! From the page to the agreement: parties, signatures, field sets, clauses, promises, and what must fit together.

use std::collections::{BTreeMap, BTreeSet};

use gateway_crypto::Digest;
use gateway_types::vocabulary::{
    AgencyKind, Category, ConsentKind, Instrument, InstrumentTerm, PurposeOfUse, Role, Word, WordSet,
};
use gateway_types::{AgencyId, MouId, Timestamp};
use toml::de::{DeTable, DeValue};

use super::page::{Page, Placed, Table};
use super::tests_inside::{Side, TestCase, failures, read_tests};
use super::{Condition, Diagnostic, File, Redisclosure, Retention, Status};
use crate::agreements::{Agreement, Clause, PolicePresent, Promise};
use crate::facts::CategoryScope;

const FORMAT: &str = "mou/1";
const STATUSES: &[(&str, Status)] = &[
    ("draft", Status::Draft),
    ("in_review", Status::InReview),
    ("active", Status::Active),
    ("suspended", Status::Suspended),
    ("terminated", Status::Terminated),
];
const POLICE_PRESENT: &[(&str, PolicePresent)] = &[
    ("treat_as_recipient", PolicePresent::TreatAsRecipient),
    ("withhold", PolicePresent::Withhold),
];
/// What breaking the glass asks for besides the law.
const EMERGENCY_DEMANDS: &[(&str, ())] = &[("stated_reason", ()), ("second_person_within_24h", ())];
const EMERGENCY_PURPOSES: &[PurposeOfUse] = &[PurposeOfUse::Etreat, PurposeOfUse::Btg];

/// Reads one file.
pub(crate) fn read(name: &str, text: &str) -> Result<File, Vec<Diagnostic>> {
    read_counting_tests(name, text).map(|(file, _)| file)
}

/// Reads one file and says how many tests inside it came out right.
pub(super) fn read_counting_tests(name: &str, text: &str) -> Result<(File, usize), Vec<Diagnostic>> {
    let page = Page::new(name, text);
    let (document, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        for error in &broken {
            let place = error.span().unwrap_or(0..0);
            page.fault(
                &place,
                error.message().to_owned(),
                Some("this is not TOML".to_owned()),
            );
        }
        return Err(page.into_diagnostics());
    }
    let hash = content_hash(document.get_ref());
    let read = {
        let top = Table::new(&page, 0..0, document.get_ref());
        Draft::read(&top).map(|draft| draft.into_file(&page, hash))
    };
    let found = page.into_diagnostics();
    match read {
        Some(outcome) if found.is_empty() => Ok(outcome),
        _ if found.is_empty() => Err(vec![Diagnostic::whole_file(
            name,
            "the file could not be read",
            "start from an agreement that works",
        )]),
        _ => Err(found),
    }
}

/// SHA-256 over canonical JSON of the file, without status and signatures: comments and layout do not matter.
fn content_hash(document: &DeTable<'_>) -> Digest {
    let entries: serde_json::Map<String, serde_json::Value> = document
        .iter()
        .filter(|(key, _)| !matches!(key.get_ref().as_ref(), "status" | "signature"))
        .map(|(key, value)| (key.get_ref().to_string(), canonical(value.get_ref())))
        .collect();
    Digest::of(serde_json::Value::Object(entries).to_string().as_bytes())
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

/// A party as the file names it.
pub(super) struct Party {
    pub(super) agency: AgencyId,
    pub(super) kind: Option<AgencyKind>,
    pub(super) roles: WordSet<Role>,
}

/// What the file names once and uses often.
#[derive(Default)]
pub(super) struct Names {
    pub(super) parties: BTreeMap<String, Party>,
    pub(super) field_sets: BTreeMap<String, WordSet<Category>>,
}

impl Names {
    fn party(&self, page: &Page<'_>, item: &Placed<String>) -> Option<&Party> {
        let party = self.parties.get(&item.value);
        if party.is_none() {
            page.unknown(
                "party of this agreement",
                item,
                self.parties.keys().map(String::as_str),
            );
        }
        party
    }

    fn agencies(&self, page: &Page<'_>, items: &[Placed<String>]) -> Vec<AgencyId> {
        items
            .iter()
            .filter_map(|item| self.party(page, item).map(|party| party.agency.clone()))
            .collect()
    }

    /// Categories and field sets; `*` only where everything may be meant.
    pub(super) fn categories(&self, page: &Page<'_>, items: &[Placed<String>], star: Star) -> CategoryScope {
        let mut named = WordSet::EMPTY;
        for item in items {
            if item.value == "*" {
                if star == Star::Allowed {
                    return CategoryScope::All;
                }
                page.fault(
                    &item.place,
                    "`*` may not be shared",
                    Some("name the categories: the minimum necessary has to be chosen".to_owned()),
                );
            } else if let Some(set) = self.field_sets.get(&item.value) {
                named = named.union(*set);
            } else if let Ok(category) = Category::from_code(&item.value) {
                named.insert(category);
            } else {
                let known = self
                    .field_sets
                    .keys()
                    .map(String::as_str)
                    .chain(Category::ALL.iter().map(|category| category.code()));
                page.unknown("category or field set", item, known);
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
    status: Status,
    all_signed: bool,
    tests: Vec<TestCase>,
}

impl Draft {
    fn read(top: &Table<'_, '_>) -> Option<Self> {
        let page = top.page();
        if let Some(format) = top.text("format")
            && format.value != FORMAT
        {
            page.fault(
                &format.place,
                "unknown format",
                Some(format!("write format = \"{FORMAT}\"")),
            );
        }
        let id = top.text("id").and_then(|id| match MouId::new(id.value) {
            Ok(slug) => Some(slug),
            Err(error) => {
                page.fault(&id.place, error.to_string(), None);
                None
            }
        });
        let version = top.text("version");
        top.text("title");
        let status = top
            .text("status")
            .and_then(|status| page.one_of("status", &status, STATUSES));
        let effective = top.date("effective");
        let expires = top.date_if_any("expires");
        if let (Some(first), Some(last)) = (&effective, &expires)
            && last.value < first.value
        {
            page.fault(&last.place, "the agreement expires before it starts", None);
        }
        top.date_if_any("review_by");
        top.text_if_any("signed_document_sha256");
        if let Some(older) = top.table("supersedes") {
            older.text("version");
            older.text("hash");
            older.finish();
        }
        let instruments = top.full_words::<Instrument>("instruments");
        let terms = top.words::<InstrumentTerm>("terms");
        let segregated = top.flag("segregated_clinical_record");
        let names = read_names(top);
        let all_signed = read_signatures(top, &names);
        let mut clauses = read_clauses(top, &names);
        clauses.extend(read_emergency(top, &names));
        let promises = read_promises(top, &names);
        bar_broken_promises(page, &clauses, &promises);
        let police_present = read_audience(top);
        let redisclosure = read_redisclosure(top, &names);
        let retention = read_retention(top, &names);
        let tests = read_tests(top, &names);
        top.finish();
        let agreement = Agreement {
            id: id?,
            version: Some(version?.value),
            hash: None,
            parties: names.parties.values().map(|party| party.agency.clone()).collect(),
            effective: effective?.value.start_utc(),
            ends: expires
                .and_then(|last| last.value.plus_days(1))
                .map(|day| day.start_utc()),
            instruments,
            terms,
            segregated,
            clauses: clauses.into_iter().map(|placed| placed.value).collect(),
            promises: promises.into_iter().map(|placed| placed.value).collect(),
            police_present,
            redisclosure: Some(redisclosure),
            retention,
        };
        Some(Self {
            agreement,
            status: status?,
            all_signed,
            tests,
        })
    }

    fn into_file(mut self, page: &Page<'_>, hash: Digest) -> (File, usize) {
        self.agreement.hash = Some(hash);
        for (place, message) in failures(&self.agreement, &self.tests) {
            page.fault(
                &place,
                message,
                Some("the test and the clauses disagree: one of them is wrong".to_owned()),
            );
        }
        let count = self.tests.len();
        let file = File {
            agreement: self.agreement,
            status: self.status,
            all_signed: self.all_signed,
        };
        (file, count)
    }
}

fn read_names(top: &Table<'_, '_>) -> Names {
    let page = top.page();
    let mut names = Names::default();
    for table in top.tables("party") {
        let key = table.text("key");
        let agency = table.text("agency");
        table.text("name");
        let kind = table.text("kind").and_then(|kind| page.word::<AgencyKind>(&kind));
        let roles = table.full_words::<Role>("roles");
        table.finish();
        let (Some(key), Some(agency)) = (key, agency) else {
            continue;
        };
        match AgencyId::new(agency.value) {
            Ok(id) => {
                let party = Party {
                    agency: id,
                    kind,
                    roles,
                };
                if names.parties.insert(key.value, party).is_some() {
                    page.fault(&key.place, "this party key is used twice", None);
                }
            }
            Err(error) => page.fault(&agency.place, error.to_string(), None),
        }
    }
    if names.parties.len() < 2 {
        page.fault(top.place(), "an agreement has at least two parties", None);
    }
    for table in top.tables("field_set") {
        let key = table.text("key");
        table.text_if_any("about");
        let fields = table.full_words::<Category>("fields");
        table.finish();
        if let Some(key) = key {
            if Category::from_code(&key.value).is_ok() {
                page.fault(&key.place, "a field set may not be called like a category", None);
            }
            if names.field_sets.insert(key.value, fields).is_some() {
                page.fault(&key.place, "this field set is defined twice", None);
            }
        }
    }
    names
}

fn read_signatures(top: &Table<'_, '_>, names: &Names) -> bool {
    let page = top.page();
    let mut signed = BTreeSet::new();
    for table in top.tables("signature") {
        let party = table.text("party");
        table.text("name");
        table.text("title");
        table.date("on");
        table.finish();
        if let Some(party) = party
            && names.party(page, &party).is_some()
        {
            signed.insert(party.value);
        }
    }
    names.parties.keys().all(|party| signed.contains(party))
}

fn read_clauses(top: &Table<'_, '_>, names: &Names) -> Vec<Placed<Clause>> {
    let page = top.page();
    let mut known = BTreeSet::new();
    let clauses: Vec<Placed<Clause>> = top
        .tables("clause")
        .iter()
        .map(|table| {
            let id = table.text("id");
            table.text("text");
            // Commentary for the reader: an agreement is never the basis of anything.
            table.text("basis");
            let clause = read_clause(table, names, id.as_ref().map_or("", |id| &id.value));
            if let Some(id) = id
                && !known.insert(id.value)
            {
                page.fault(&id.place, "this clause id is used twice", None);
            }
            clause
        })
        .collect();
    if clauses.is_empty() {
        page.fault(top.place(), "an agreement without a clause shares nothing", None);
    }
    clauses
}

fn read_clause(table: &Table<'_, '_>, names: &Names, id: &str) -> Placed<Clause> {
    let page = table.page();
    let from = table.full_list("from");
    let to = table.full_list("to");
    let mut roles = WordSet::EMPTY;
    for item in table.full_list("roles") {
        let Some(role) = page.word::<Role>(&item) else {
            continue;
        };
        let admitted = to
            .iter()
            .filter_map(|party| names.parties.get(&party.value))
            .any(|party| party.roles.contains(role));
        if !admitted {
            page.fault(
                &item.place,
                "no receiving party has this role",
                Some("add it to the party's roles".to_owned()),
            );
        }
        roles.insert(role);
    }
    let purposes = table.full_words::<PurposeOfUse>("purposes");
    let share = names.categories(page, &table.full_list("share"), Star::Refused);
    let consent = read_consent_demand(table);
    let when = table
        .list("when")
        .iter()
        .filter_map(|item| page.one_of("condition", item, Condition::WORDS))
        .collect();
    let clause = Clause {
        id: id.to_owned(),
        from: names.agencies(page, &from),
        to: names.agencies(page, &to),
        roles,
        purposes,
        share,
        consent,
        when,
    };
    table.finish();
    Placed {
        value: clause,
        place: table.place().clone(),
    }
}

/// The kinds of consent that a clause demands besides the law; `not_required` demands none and permits nothing either.
fn read_consent_demand(table: &Table<'_, '_>) -> WordSet<ConsentKind> {
    let items = table.full_list("consent");
    if let [only] = items.as_slice()
        && only.value == "not_required"
    {
        return WordSet::EMPTY;
    }
    items
        .iter()
        .filter_map(|item| table.page().word::<ConsentKind>(item))
        .collect()
}

fn read_emergency(top: &Table<'_, '_>, names: &Names) -> Option<Placed<Clause>> {
    let table = top.table("emergency")?;
    let page = top.page();
    table.text("text");
    for item in table.list("requires") {
        page.one_of("demand", &item, EMERGENCY_DEMANDS);
    }
    for item in table.list("notify") {
        if item.value == "client_when_safe" {
            continue;
        }
        let party = Placed {
            value: item
                .value
                .strip_prefix("privacy_officer:")
                .unwrap_or_default()
                .to_owned(),
            place: item.place,
        };
        names.party(page, &party);
    }
    table.number("max_hours");
    let mut clause = read_clause(&table, names, "emergency");
    if !clause
        .value
        .purposes
        .iter()
        .all(|purpose| EMERGENCY_PURPOSES.contains(&purpose))
    {
        page.fault(
            &clause.place,
            "the emergency clause serves ETREAT and BTG only",
            Some("other purposes belong in a clause of their own".to_owned()),
        );
    }
    if !clause.value.when.contains(&Condition::EmergencyStated) {
        clause.value.when.push(Condition::EmergencyStated);
    }
    Some(clause)
}

fn read_promises(top: &Table<'_, '_>, names: &Names) -> Vec<Placed<Promise>> {
    let page = top.page();
    top.tables("never")
        .iter()
        .map(|table| {
            table.text("id");
            table.text("text");
            let promise = Promise {
                from: names.agencies(page, &table.list("from")),
                to: names.agencies(page, &table.full_list("to")),
                purposes: table.words::<PurposeOfUse>("purposes"),
                share: names.categories(page, &table.full_list("share"), Star::Allowed),
            };
            table.finish();
            Placed {
                value: promise,
                place: table.place().clone(),
            }
        })
        .collect()
}

/// A clause may not share what a promise says is never shared.
fn bar_broken_promises(page: &Page<'_>, clauses: &[Placed<Clause>], promises: &[Placed<Promise>]) {
    for clause in clauses {
        for promise in promises {
            let (shared, barred) = (&clause.value, &promise.value);
            let same_way = shared.to.iter().any(|to| barred.to.contains(to))
                && (barred.from.is_empty() || shared.from.iter().any(|from| barred.from.contains(from)));
            let same_purpose = barred.purposes.is_empty()
                || shared
                    .purposes
                    .iter()
                    .any(|purpose| barred.purposes.contains(purpose));
            let same_fields = Category::ALL
                .iter()
                .any(|category| shared.share.covers(*category) && barred.share.covers(*category));
            if same_way && same_purpose && same_fields {
                page.fault(
                    &clause.place,
                    format!(
                        "clause `{}` shares what this agreement promises never to share",
                        shared.id
                    ),
                    None,
                );
            }
        }
    }
}

fn read_audience(top: &Table<'_, '_>) -> PolicePresent {
    let Some(table) = top.table("audience") else {
        return PolicePresent::TreatAsRecipient;
    };
    table.text_if_any("text");
    let rule = table
        .text("law_enforcement_present")
        .and_then(|word| top.page().one_of("audience rule", &word, POLICE_PRESENT));
    table.finish();
    rule.unwrap_or(PolicePresent::Withhold)
}

fn read_redisclosure(top: &Table<'_, '_>, names: &Names) -> Vec<Redisclosure> {
    let Some(table) = top.table("redisclosure") else {
        return Vec::new();
    };
    let page = top.page();
    if let Some(default) = table.text("default") {
        page.one_of("default", &default, &[("prohibited", ())]);
    }
    table.text_if_any("notice");
    let allowed = table
        .tables("allow")
        .iter()
        .filter_map(|allow| {
            let party = allow.text("party");
            let exception = Redisclosure {
                party: names.party(page, &party?)?.agency.clone(),
                to: names.agencies(page, &allow.full_list("to")),
                share: names.categories(page, &allow.full_list("share"), Star::Refused),
            };
            allow.text("why");
            allow.finish();
            Some(exception)
        })
        .collect();
    table.finish();
    allowed
}

fn read_retention(top: &Table<'_, '_>, names: &Names) -> Vec<Retention> {
    let page = top.page();
    top.tables("retention")
        .iter()
        .filter_map(|table| {
            let party = table.text("party");
            let share = names.categories(page, &table.full_list("share"), Star::Allowed);
            let days = table.number("days");
            if let Some(then) = table.text("then") {
                page.one_of("end of retention", &then, &[("delete", ())]);
            }
            table.finish();
            Some(Retention {
                party: names.party(page, &party?)?.agency.clone(),
                share,
                days: days?.value,
            })
        })
        .collect()
}

/// The party and role that a test speaks for, written `party.role`.
pub(super) fn read_side(page: &Page<'_>, names: &Names, item: &Placed<String>) -> Option<Side> {
    let (key, role) = item.value.split_once('.').unwrap_or((&item.value, ""));
    let placed = |value: &str| Placed {
        value: value.to_owned(),
        place: item.place.clone(),
    };
    let party = names.party(page, &placed(key))?;
    let role = page.word::<Role>(&placed(role))?;
    Some(Side {
        agency: party.agency.clone(),
        role,
        police: party.kind.is_some_and(|kind| {
            matches!(
                kind,
                AgencyKind::LawEnforcement
                    | AgencyKind::Prosecutor
                    | AgencyKind::Supervision
                    | AgencyKind::Jail
            )
        }),
    })
}

/// The moment in the middle of a date, for tests.
pub(super) fn noon(date: gateway_types::Date) -> Timestamp {
    date.start_utc().plus_seconds(12 * 60 * 60)
}
