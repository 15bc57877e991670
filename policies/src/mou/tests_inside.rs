//! The test cases that an agreement carries inside: what this paper lets a role see. The law comes on top.

use std::ops::Range;

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Role, Word, WordSet};
use gateway_types::{AgencyId, Timestamp};

use super::Condition;
use super::draft::{Names, Star, noon, read_side};
use super::page::Table;
use crate::agreements::{Agreement, PolicePresent};
use crate::facts::CategoryScope;

/// Somebody who would see.
pub(super) struct Side {
    pub(super) agency: AgencyId,
    pub(super) role: Role,
    pub(super) police: bool,
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
    let given = table.table("given");
    let expect = table.table("expect");
    table.finish();
    let (Some(given), Some(expect)) = (given, expect) else {
        page.fault(table.place(), "a test needs `given` and `expect`", None);
        return None;
    };
    let asks = given.text("as");
    let from = given.text("from");
    let purpose = given
        .text("purpose")
        .and_then(|word| page.word::<PurposeOfUse>(&word));
    let on = given.date("on");
    let consents = given.words::<ConsentKind>("consent");
    let conditions = given
        .list("facts")
        .iter()
        .filter_map(|item| page.one_of("condition", item, Condition::WORDS))
        .collect();
    let audience = given.list("audience");
    given.finish();
    let visible = names.categories(page, &expect.list("visible"), Star::Refused);
    let hidden = names.categories(page, &expect.list("hidden"), Star::Allowed);
    expect.finish();
    let mut seats: Vec<Side> = asks
        .iter()
        .filter_map(|item| read_side(page, names, item))
        .collect();
    seats.extend(audience.iter().filter_map(|item| read_side(page, names, item)));
    let from_key = from?;
    let Some(from) = names.parties.get(&from_key.value) else {
        page.unknown(
            "party of this agreement",
            &from_key,
            names.parties.keys().map(String::as_str),
        );
        return None;
    };
    Some(TestCase {
        name: name?.value,
        place: table.place().clone(),
        from: from.agency.clone(),
        seats,
        purpose: purpose?,
        on: noon(on?.value),
        consents,
        conditions,
        visible,
        hidden,
    })
}

/// Every test that does not come out as it says.
pub(super) fn failures(agreement: &Agreement, tests: &[TestCase]) -> Vec<(Range<usize>, String)> {
    tests
        .iter()
        .filter_map(|test| {
            let wrong: Vec<&str> = Category::ALL
                .iter()
                .filter(|category| {
                    let seen = test.sees(agreement, **category);
                    (test.visible.covers(**category) && !seen) || (test.hidden.covers(**category) && seen)
                })
                .map(|category| category.code())
                .collect();
            (!wrong.is_empty()).then(|| {
                (
                    test.place.clone(),
                    format!("test `{}` fails for {}", test.name, wrong.join(", ")),
                )
            })
        })
        .collect()
}

impl TestCase {
    /// Whether everybody present may see the category under this agreement.
    fn sees(&self, agreement: &Agreement, category: Category) -> bool {
        let police = self.seats.iter().any(|seat| seat.police);
        let open = agreement.stands_at(self.on)
            && !(police && agreement.police_present == PolicePresent::Withhold)
            && !self.seats.is_empty();
        open && self.seats.iter().all(|seat| {
            let barred = agreement
                .promises
                .iter()
                .any(|promise| promise.bars(&self.from, &seat.agency, self.purpose, category));
            !barred
                && agreement.clauses.iter().any(|clause| {
                    clause.covers(&self.from, &seat.agency, Some(seat.role), self.purpose, category)
                        && (clause.consent.is_empty()
                            || !clause.consent.intersection(self.consents).is_empty())
                        && clause
                            .when
                            .iter()
                            .all(|condition| self.conditions.contains(condition))
                })
        })
    }
}
