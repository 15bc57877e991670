//! What may be shared and what is promised not to be; what becomes of what was shared.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Role, WordSet};

use super::draft::{DEMANDS, Demand, EMERGENCY_PURPOSES, Names, POLICE_PRESENT, Star};
use super::page::{Page, Placed, Table};
use super::paper::{self, ClauseLines};
use super::{Code, Condition, Redisclosure, Retention};
use crate::agreements::{Clause, PolicePresent, Promise, Wording};
use crate::facts::CategoryScope;
use crate::terms::Term;

/// The id of the clause that `[emergency]` makes.
const EMERGENCY: &str = "emergency";

pub(super) fn read_clauses(top: &Table<'_, '_>, names: &Names) -> Vec<(Clause, ClauseLines)> {
    let page = top.page();
    let mut known = BTreeSet::new();
    let clauses: Vec<(Clause, ClauseLines)> = top
        .tables("clause")
        .iter()
        .map(|table| {
            let id = table.text("id");
            let clause = read_clause(table, names, id.as_ref().map_or("", |id| &id.value));
            if let Some(id) = id {
                if id.value == EMERGENCY {
                    page.fault(
                        Code::UsedTwice,
                        &id.place,
                        "`emergency` is the id of the `[emergency]` table",
                        None,
                    );
                }
                if !known.insert(id.value) {
                    page.fault(Code::UsedTwice, &id.place, "this clause id is used twice", None);
                }
            }
            clause
        })
        .collect();
    if top.has("clause") && clauses.is_empty() {
        page.fault(
            Code::Contradiction,
            top.place(),
            "an agreement without a clause shares nothing",
            None,
        );
    }
    clauses
}

fn read_clause(table: &Table<'_, '_>, names: &Names, id: &str) -> (Clause, ClauseLines) {
    let page = table.page();
    let wording = Wording {
        text: table.text("text").map(|text| text.value).unwrap_or_default(),
        // Commentary for the reader: an agreement is never the basis of anything.
        basis: table.text("basis").map(|basis| basis.value).unwrap_or_default(),
    };
    let from = table.full_list("from");
    let to = table.full_list("to");
    let roles = read_roles(table, names, &to);
    let share = read_share(table, names);
    let clause = Clause {
        id: id.to_owned(),
        from: names.agencies(page, &from),
        to: names.agencies(page, &to),
        roles,
        purposes: table.full_words::<PurposeOfUse>("purposes"),
        share: CategoryScope::Only(
            share
                .iter()
                .fold(WordSet::EMPTY, |all, entry| all.union(entry.value)),
        ),
        consent: read_consent_demand(table),
        when: table
            .list("when")
            .iter()
            .filter_map(|item| page.one_of("condition", item, Condition::WORDS))
            .collect(),
        duties: Vec::new(),
        wording,
    };
    let lines = ClauseLines {
        place: table.place().clone(),
        share,
        consent: table.place_of("consent").unwrap_or_else(|| table.place().clone()),
    };
    (clause, lines)
}

fn read_roles(table: &Table<'_, '_>, names: &Names, to: &[Placed<String>]) -> WordSet<Role> {
    let page = table.page();
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
                Code::NoSuchRole,
                &item.place,
                "no receiving party has this role",
                Some("add it to the party's roles".to_owned()),
            );
        }
        roles.insert(role);
    }
    roles
}

fn read_share(table: &Table<'_, '_>, names: &Names) -> Vec<paper::Placed<WordSet<Category>>> {
    table
        .full_list("share")
        .into_iter()
        .map(|item| {
            let scope = names.categories(table.page(), std::slice::from_ref(&item), Star::Refused);
            paper::Placed {
                value: match scope {
                    CategoryScope::Only(named) => named,
                    CategoryScope::All => WordSet::EMPTY,
                },
                place: item.place,
            }
        })
        .collect()
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

pub(super) fn read_emergency(top: &Table<'_, '_>, names: &Names) -> Option<(Clause, ClauseLines)> {
    let table = top.table(EMERGENCY)?;
    let page = top.page();
    let (mut clause, lines) = read_clause(&table, names, EMERGENCY);
    if !clause
        .purposes
        .iter()
        .all(|purpose| EMERGENCY_PURPOSES.contains(&purpose))
    {
        page.fault(
            Code::Contradiction,
            &lines.place,
            "the emergency clause serves ETREAT and BTG only",
            Some("other purposes belong in a clause of their own".to_owned()),
        );
    }
    let mut needs = vec![Condition::EmergencyStated];
    for item in table.list("requires") {
        match page.one_of("demand", &item, DEMANDS) {
            Some(Demand::Before(condition)) => needs.push(condition),
            Some(Demand::SecondPersonAfter(within_hours)) => {
                clause.duties.push(Term::SecondPerson { within_hours });
            }
            None => {}
        }
    }
    for condition in needs {
        if !clause.when.contains(&condition) {
            clause.when.push(condition);
        }
    }
    for item in table.list("notify") {
        clause.duties.extend(read_notice(page, names, item));
    }
    if let Some(hours) = table.number("max_hours") {
        clause.duties.push(Term::UseWithin { hours: hours.value });
    }
    Some((clause, lines))
}

/// Who is to be told of an emergency access.
fn read_notice(page: &Page<'_>, names: &Names, item: Placed<String>) -> Option<Term> {
    if item.value == "client_when_safe" {
        return Some(Term::NotifyClientWhenSafe);
    }
    let Some(key) = item.value.strip_prefix("privacy_officer:") else {
        page.fault(
            Code::UnknownWord,
            &item.place,
            format!("`{}` is nobody who can be told", item.value),
            Some("write `client_when_safe`, or `privacy_officer:` and the key of a party".to_owned()),
        );
        return None;
    };
    let party = Placed {
        value: key.to_owned(),
        place: item.place.clone(),
    };
    let of = names.party(page, &party)?.agency.clone();
    Some(Term::NotifyPrivacyOfficer { of })
}

pub(super) fn read_promises(top: &Table<'_, '_>, names: &Names) -> Vec<Placed<Promise>> {
    let page = top.page();
    let mut known = BTreeSet::new();
    top.tables("never")
        .iter()
        .map(|table| {
            let id = table.text("id");
            let promise = Promise {
                id: id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
                wording: Wording {
                    text: table.text("text").map(|text| text.value).unwrap_or_default(),
                    basis: String::new(),
                },
                from: names.agencies(page, &table.list("from")),
                to: names.agencies(page, &table.full_list("to")),
                purposes: table.words::<PurposeOfUse>("purposes"),
                share: names.categories(page, &table.full_list("share"), Star::Allowed),
            };
            // An empty list would mean "any" here: only leaving the key out may say that.
            for key in ["from", "purposes"] {
                if table.has(key) {
                    table.full_list(key);
                }
            }
            if let Some(id) = id
                && !known.insert(id.value)
            {
                page.fault(Code::UsedTwice, &id.place, "this promise id is used twice", None);
            }
            Placed {
                value: promise,
                place: table.place().clone(),
            }
        })
        .collect()
}

/// A clause may not share what a promise says is never shared.
pub(super) fn bar_broken_promises(
    page: &Page<'_>,
    clauses: &[(Clause, ClauseLines)],
    promises: &[Placed<Promise>],
) {
    for (shared, lines) in clauses {
        for promise in promises {
            let broken = promise.value.breaks(shared);
            if !broken.is_empty() {
                let codes: Vec<&str> = crate::decision::codes(broken);
                page.fault(
                    Code::BreaksPromise,
                    &lines.place,
                    format!(
                        "clause `{}` shares what this agreement promises never to share: {}",
                        shared.id,
                        codes.join(", ")
                    ),
                    Some(format!(
                        "promise `{}` says: {}",
                        promise.value.id, promise.value.wording.text
                    )),
                );
            }
        }
    }
}

pub(super) fn read_audience(top: &Table<'_, '_>) -> PolicePresent {
    let Some(table) = top.table("audience") else {
        return PolicePresent::TreatAsRecipient;
    };
    table.text("text");
    table
        .text("law_enforcement_present")
        .and_then(|word| top.page().one_of("audience rule", &word, POLICE_PRESENT))
        .unwrap_or(PolicePresent::Withhold)
}

/// Without the table nothing may be passed on either.
pub(super) fn read_redisclosure(top: &Table<'_, '_>, names: &Names) -> Vec<Redisclosure> {
    let Some(table) = top.table("redisclosure") else {
        return Vec::new();
    };
    let page = top.page();
    if let Some(default) = table.text("default") {
        page.one_of("default", &default, &[("prohibited", ())]);
    }
    table.text("notice");
    table
        .tables("allow")
        .iter()
        .filter_map(|allow| {
            allow.text("why");
            let party = allow.text("party");
            Some(Redisclosure {
                party: names.party(page, &party?)?.agency.clone(),
                to: names.agencies(page, &allow.full_list("to")),
                share: names.categories(page, &allow.full_list("share"), Star::Refused),
            })
        })
        .collect()
}

pub(super) fn read_retention(top: &Table<'_, '_>, names: &Names) -> Vec<Retention> {
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
            Some(Retention {
                party: names.party(page, &party?)?.agency.clone(),
                share,
                days: days?.value,
            })
        })
        .collect()
}

impl Promise {
    /// What a clause shares against this promise.
    pub(crate) fn breaks(&self, clause: &Clause) -> WordSet<Category> {
        let any = |mine: &[gateway_types::AgencyId], theirs: &[gateway_types::AgencyId]| {
            mine.is_empty() || theirs.is_empty() || mine.iter().any(|agency| theirs.contains(agency))
        };
        let same_purpose =
            self.purposes.is_empty() || !self.purposes.intersection(clause.purposes).is_empty();
        if !(any(&self.from, &clause.from) && any(&self.to, &clause.to) && same_purpose) {
            return WordSet::EMPTY;
        }
        <Category as gateway_types::vocabulary::Word>::ALL
            .iter()
            .copied()
            .filter(|category| clause.share.covers(*category) && self.share.covers(*category))
            .collect()
    }
}
