//! The test cases that an agreement carries inside: what this paper lets a role see. The law comes on top.

use std::collections::BTreeMap;
use std::ops::Range;

use gateway_types::vocabulary::{AgencyKind, Category, ConsentKind, PurposeOfUse, Role, Word, WordSet};
use gateway_types::{AgencyId, Timestamp};

use super::draft::{Names, Star, noon};
use super::page::{Page, Placed, Table};
use super::paper::Tested;
use super::{Code, Condition};
use crate::agreements::{Agreement, PolicePresent};
use crate::facts::CategoryScope;

/// Somebody who would see.
struct Side {
    agency: AgencyId,
    role: Role,
    police: bool,
}

/// One test case.
pub(super) struct TestCase {
    name: String,
    place: Range<usize>,
    from: AgencyId,
    /// Who asks, and who else is in the audience.
    seats: Vec<Side>,
    purpose: PurposeOfUse,
    on: Timestamp,
    /// Consents taken to be usable.
    consents: WordSet<ConsentKind>,
    conditions: Vec<Condition>,
    visible: CategoryScope,
    hidden: CategoryScope,
    /// The clause that shows a category, or the promise that hides it.
    because: BTreeMap<Category, String>,
}

/// How a test came out.
#[derive(Clone, Debug)]
pub(crate) struct TestOutcome {
    pub(crate) name: String,
    pub(crate) place: Range<usize>,
    pub(crate) differs: Vec<TestDifference>,
}

/// One category that came out otherwise.
#[derive(Clone, Debug)]
pub(crate) struct TestDifference {
    pub(crate) category: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// What one category comes to, and why.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight<'a> {
    /// Everybody present sees it; the clause for the first of them.
    Seen(&'a str),
    /// A promise hides it.
    Promised(&'a str),
    /// No clause shows it to everybody.
    Unseen,
}

pub(super) fn read_tests(top: &Table<'_, '_>, names: &Names) -> Vec<TestCase> {
    top.tables("test")
        .iter()
        .filter_map(|table| read_test(table, names))
        .collect()
}

fn read_test(table: &Table<'_, '_>, names: &Names) -> Option<TestCase> {
    let page = table.page();
    let name = table.text("name");
    let (given, expect) = (table.table("given")?, table.table("expect")?);
    let asks = given.text("as");
    let from = given.text("from");
    let purpose = given
        .text("purpose")
        .and_then(|word| page.word::<PurposeOfUse>(&word));
    let on = given.date("on");
    let consents = given.words::<ConsentKind>("consent");
    let known: Vec<(&str, Condition)> = Condition::WORDS
        .iter()
        .copied()
        .chain([(Condition::ReasonStated.code(), Condition::ReasonStated)])
        .collect();
    let conditions = given
        .list("facts")
        .iter()
        .filter_map(|item| page.one_of("condition", item, &known))
        .collect();
    let audience = given.list("audience");
    let visible = names.categories(page, &expect.list("visible"), Star::Refused);
    let hidden = names.categories(page, &expect.list("hidden"), Star::Allowed);
    let mut because = BTreeMap::new();
    for (entry, clause) in expect.pairs("because") {
        because.extend(
            names
                .named(page, &entry)
                .iter()
                .map(|category| (category, clause.value.clone())),
        );
    }
    if [visible, hidden]
        .iter()
        .all(|scope| *scope == CategoryScope::default())
        && because.is_empty()
    {
        page.fault(
            Code::Missing,
            expect.place(),
            "this test expects nothing, so it cannot fail",
            Some("name what is visible or hidden".to_owned()),
        );
    }
    let mut seats: Vec<Side> = asks
        .iter()
        .filter_map(|item| read_side(page, names, item))
        .collect();
    seats.extend(audience.iter().filter_map(|item| read_side(page, names, item)));
    Some(TestCase {
        name: name?.value,
        place: table.place().clone(),
        from: names.party(page, &from?)?.agency.clone(),
        seats,
        purpose: purpose?,
        on: noon(&names.zone, on?.value)?,
        consents,
        conditions,
        visible,
        hidden,
        because,
    })
}

/// The party and role that a test speaks for, written `party.role`.
fn read_side(page: &Page<'_>, names: &Names, item: &Placed<String>) -> Option<Side> {
    let Some((key, role)) = item.value.split_once('.') else {
        page.fault(
            Code::WrongKind,
            &item.place,
            format!("`{}` is not a party and a role", item.value),
            Some("write them like `crisis.clinician`".to_owned()),
        );
        return None;
    };
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

impl TestCase {
    pub(super) fn tested(&self) -> Tested {
        Tested {
            from: self.from.clone(),
            to: self
                .seats
                .iter()
                .map(|seat| (seat.agency.clone(), seat.role))
                .collect(),
            purpose: self.purpose,
            visible: self.visible,
        }
    }

    pub(super) fn run(&self, agreement: &Agreement) -> TestOutcome {
        let differs = Category::ALL
            .iter()
            .filter_map(|category| self.difference(agreement, *category))
            .collect();
        TestOutcome {
            name: self.name.clone(),
            place: self.place.clone(),
            differs,
        }
    }

    fn difference(&self, agreement: &Agreement, category: Category) -> Option<TestDifference> {
        let sight = self.sight(agreement, category);
        let seen = matches!(sight, Sight::Seen(_));
        let found = match sight {
            Sight::Seen(clause) => format!("visible by `{clause}`"),
            Sight::Promised(promise) => format!("hidden by `{promise}`"),
            Sight::Unseen => "hidden: no clause shows it to everybody present".to_owned(),
        };
        let expected = if self.visible.covers(category) && !seen {
            "visible".to_owned()
        } else if self.hidden.covers(category) && seen {
            "hidden".to_owned()
        } else {
            let wanted = self.because.get(&category)?;
            match sight {
                Sight::Seen(by) | Sight::Promised(by) if by == wanted => return None,
                _ => format!("decided by `{wanted}`"),
            }
        };
        Some(TestDifference {
            category: category.code().to_owned(),
            expected,
            found,
        })
    }

    /// Whether everybody present may see the category under this agreement.
    fn sight<'a>(&self, agreement: &'a Agreement, category: Category) -> Sight<'a> {
        let promised = self.seats.iter().find_map(|seat| {
            agreement
                .promises
                .iter()
                .find(|promise| promise.bars(&self.from, &seat.agency, self.purpose, category))
        });
        if let Some(promise) = promised {
            return Sight::Promised(&promise.id);
        }
        let police = self.seats.iter().any(|seat| seat.police);
        if !agreement.stands_at(self.on) || (police && agreement.police_present == PolicePresent::Withhold) {
            return Sight::Unseen;
        }
        let clauses: Vec<Option<&'a str>> = self
            .seats
            .iter()
            .map(|seat| {
                agreement
                    .clauses
                    .iter()
                    .find(|clause| {
                        clause.covers(&self.from, &seat.agency, Some(seat.role), self.purpose, category)
                            && (clause.consent.is_empty()
                                || !clause.consent.intersection(self.consents).is_empty())
                            && clause
                                .when
                                .iter()
                                .all(|condition| self.conditions.contains(condition))
                    })
                    .map(|clause| clause.id.as_str())
            })
            .collect();
        match clauses.first() {
            Some(Some(first)) if clauses.iter().all(Option::is_some) => Sight::Seen(first),
            _ => Sight::Unseen,
        }
    }
}
