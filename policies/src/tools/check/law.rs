//! What a clause shares and the law will not let go, asked of the real engine: under an agreement that allows
//! everything, in a world that favours release ([`super::super::world`]). No list of what is withheld is kept anywhere.

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::AgencyId;
use gateway_types::vocabulary::{
    AgencyKind, Category, ConsentKind, Initiator, Instrument, InstrumentTerm, PurposeOfUse, Role, Word,
    WordSet,
};

use super::super::world::{Given, Way, World};
use super::Read;
use super::paper::terms_of;
use crate::agreements::{Agreement, Agreements, Clause, PolicePresent, Wording};
use crate::decision::codes;
use crate::facts::CategoryScope;
use crate::law;
use crate::mou::{ClauseLines, Code, Diagnostic};

pub(super) fn lint(read: &Read<'_>, answers: &mut Answers, found: &mut Vec<Diagnostic>) {
    let mut floor = Floor::new(read, answers);
    for (clause, lines) in read.file.agreement.clauses.iter().zip(&read.file.paper.clauses) {
        needless_purposes(read, clause, lines, found);
        let ways = ways(clause);
        if !ways.is_empty() {
            withheld(read, &mut floor, (clause, lines), &ways, found);
        }
    }
}

/// What the law was found to let go, for all files of a set. It knows agencies by what they are, not by their names: what
/// it lets go between two it lets go between any two of the same kinds under the same instruments.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<Asked, WordSet<Category>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    from: Option<AgencyKind>,
    to: Option<AgencyKind>,
    is_inside: bool,
    role: Role,
    purpose: PurposeOfUse,
    given: Given,
    is_segregated: bool,
    instruments: Vec<Instrument>,
    terms: Vec<InstrumentTerm>,
}

/// The law alone, as the parties of a file meet it.
struct Floor<'r> {
    world: World,
    agreement: &'r Agreement,
    /// The instruments that the file does not have, or not with all their terms.
    lacking: Vec<Instrument>,
    answers: &'r mut Answers,
}

impl<'r> Floor<'r> {
    fn new(read: &'r Read<'_>, answers: &'r mut Answers) -> Self {
        let agreement = &read.file.agreement;
        let kinds = read
            .file
            .paper
            .parties
            .iter()
            .filter_map(|party| Some((party.agency.clone(), party.kind?)))
            .collect();
        let lacking = Instrument::ALL.iter().copied().filter(|instrument| {
            !agreement.instruments.contains(*instrument)
                || !terms_of(*instrument).is_subset_of(agreement.terms)
        });
        Self {
            world: World::new(kinds, agreement.segregated),
            lacking: lacking.collect(),
            agreement,
            answers,
        }
    }

    /// What the law lets go this way, with the instruments of the file.
    fn lets_go(&mut self, way: &Way, given: &Given) -> WordSet<Category> {
        self.ask(way, given, None)
    }

    fn ask(&mut self, way: &Way, given: &Given, more: Option<Instrument>) -> WordSet<Category> {
        let envelope = envelope(self.agreement, more);
        let asked = Asked {
            from: self.world.registered(&way.from),
            to: self.world.registered(&way.to),
            is_inside: way.from == way.to,
            role: way.role,
            purpose: way.purpose,
            given: given.clone(),
            is_segregated: envelope.segregated,
            instruments: envelope.instruments.iter().collect(),
            terms: envelope.terms.iter().collect(),
        };
        if let Some(known) = self.answers.0.get(&asked) {
            return *known;
        }
        let seen = self.world.seen(&Agreements::of(vec![envelope]), way, given);
        self.answers.0.insert(asked, seen);
        seen
    }

    /// The instruments with which the law would let this go.
    fn instruments_for(&mut self, ways: &[Way], given: &Given, category: Category) -> Vec<Instrument> {
        let lacking = self.lacking.clone();
        lacking
            .into_iter()
            .filter(|instrument| {
                ways.iter()
                    .any(|way| self.ask(way, given, Some(*instrument)).contains(category))
            })
            .collect()
    }
}

/// An agreement of the same parties that allows everything: what it does not let through, the law does not.
fn envelope(agreement: &Agreement, more: Option<Instrument>) -> Agreement {
    Agreement {
        instruments: more.into_iter().fold(agreement.instruments, WordSet::with),
        terms: more.map_or(WordSet::EMPTY, terms_of).union(agreement.terms),
        effective: gateway_types::Timestamp::from_micros(i64::MIN),
        ends: None,
        clauses: vec![Clause {
            id: String::new(),
            from: Vec::new(),
            to: Vec::new(),
            roles: WordSet::EMPTY,
            purposes: WordSet::all(),
            share: CategoryScope::All,
            consent: WordSet::EMPTY,
            when: Vec::new(),
            duties: Vec::new(),
            wording: Wording::default(),
        }],
        promises: Vec::new(),
        police_present: PolicePresent::TreatAsRecipient,
        redisclosure: None,
        retention: Vec::new(),
        ..agreement.clone()
    }
}

fn needs_agreement(purpose: PurposeOfUse) -> bool {
    law::needs_agreement(purpose, Initiator::Requester)
}

fn ways(clause: &Clause) -> Vec<Way> {
    let mut ways = Vec::new();
    for from in &clause.from {
        for to in &clause.to {
            for role in clause.roles.iter() {
                for purpose in clause.purposes.iter().filter(|purpose| needs_agreement(*purpose)) {
                    ways.push(Way {
                        from: from.clone(),
                        to: to.clone(),
                        role,
                        purpose,
                    });
                }
            }
        }
    }
    ways
}

fn needless_purposes(read: &Read<'_>, clause: &Clause, lines: &ClauseLines, found: &mut Vec<Diagnostic>) {
    let needless: WordSet<PurposeOfUse> = clause
        .purposes
        .iter()
        .filter(|purpose| !needs_agreement(*purpose))
        .collect();
    if !needless.is_empty() {
        found.push(read.finding(
            Code::Idle,
            &lines.place,
            format!(
                "clause `{}` lists purposes for which the law alone decides: {}",
                clause.id,
                codes(needless).join(", ")
            ),
            "no agreement opens or closes them; take them off",
        ));
    }
}

fn withheld(
    read: &Read<'_>,
    floor: &mut Floor<'_>,
    (clause, lines): (&Clause, &ClauseLines),
    ways: &[Way],
    found: &mut Vec<Diagnostic>,
) {
    let shared: WordSet<Category> = Category::ALL
        .iter()
        .copied()
        .filter(|category| clause.share.covers(*category))
        .collect();
    let open: Vec<(&Way, WordSet<Category>)> = ways
        .iter()
        .map(|way| (way, floor.lets_go(way, &Given::everything()).intersection(shared)))
        .collect();
    let ever = open
        .iter()
        .fold(WordSet::EMPTY, |all, (_, seen)| all.union(*seen));
    if ever.is_empty() {
        dead(read, floor, (clause, lines), (ways, shared), found);
        return;
    }
    for entry in &lines.share {
        let never = entry.value.difference(ever);
        if never.is_empty() {
            continue;
        }
        let mut lacking: BTreeMap<Vec<Instrument>, WordSet<Category>> = BTreeMap::new();
        for category in never.iter() {
            let with = floor.instruments_for(ways, &Given::everything(), category);
            let known = lacking.entry(with).or_default();
            known.insert(category);
        }
        for (instruments, categories) in lacking {
            found.push(about_categories(
                read,
                clause,
                &entry.place,
                &instruments,
                categories,
            ));
        }
    }
    never_for(read, clause, lines, &open, found);
    unsaid(read, floor, (clause, lines), &open, found);
}

fn about_categories(
    read: &Read<'_>,
    clause: &Clause,
    place: &std::ops::Range<usize>,
    instruments: &[Instrument],
    categories: WordSet<Category>,
) -> Diagnostic {
    let named = codes(categories).join(", ");
    if instruments.is_empty() {
        read.finding(
            Code::AlwaysWithheld,
            place,
            format!(
                "the law withholds this from everybody whom clause `{}` admits: {named}",
                clause.id
            ),
            "take it off: a promise that the law never lets you keep misleads its readers",
        )
    } else {
        read.finding(
            Code::NoInstrument,
            place,
            format!(
                "without an instrument the law withholds what clause `{}` shares: {named}",
                clause.id
            ),
            &format!("it would let it go under: {}", instrument_list(instruments)),
        )
    }
}

fn instrument_list(instruments: &[Instrument]) -> String {
    let named: Vec<String> = instruments
        .iter()
        .map(|instrument| match terms_of(*instrument) {
            terms if terms.is_empty() => instrument.to_string(),
            terms => format!("{instrument} with {}", codes(terms).join(" and ")),
        })
        .collect();
    named.join(", or ")
}

/// The whole clause lets nothing through, ever.
fn dead(
    read: &Read<'_>,
    floor: &mut Floor<'_>,
    (clause, lines): (&Clause, &ClauseLines),
    (ways, shared): (&[Way], WordSet<Category>),
    found: &mut Vec<Diagnostic>,
) {
    let instruments: BTreeSet<Instrument> = shared
        .iter()
        .flat_map(|category| floor.instruments_for(ways, &Given::everything(), category))
        .collect();
    let instruments: Vec<Instrument> = instruments.into_iter().collect();
    if instruments.is_empty() {
        found.push(read.finding(
            Code::DeadClause,
            &lines.place,
            format!(
                "clause `{}` can never let anything through: the law withholds all that it shares",
                clause.id
            ),
            "take it out: as it stands it promises what no consent and no approval can open",
        ));
    } else {
        found.push(read.finding(
            Code::NoInstrument,
            &lines.place,
            format!(
                "clause `{}` lets nothing through without an instrument that the parties lack",
                clause.id
            ),
            &format!("the law would let it go under: {}", instrument_list(&instruments)),
        ));
    }
}

/// Roles, purposes and directions of a clause for which nothing of it ever goes.
fn never_for(
    read: &Read<'_>,
    clause: &Clause,
    lines: &ClauseLines,
    open: &[(&Way, WordSet<Category>)],
    found: &mut Vec<Diagnostic>,
) {
    let mut tell = |what: &str, named: Vec<String>| {
        if !named.is_empty() {
            found.push(read.finding(
                Code::AlwaysWithheld,
                &lines.place,
                format!(
                    "the law lets nothing of clause `{}` go {what} {}",
                    clause.id,
                    named.join(", ")
                ),
                "",
            ));
        }
    };
    let nothing = |test: &dyn Fn(&Way) -> bool| {
        open.iter()
            .filter(|(way, _)| test(way))
            .all(|(_, seen)| seen.is_empty())
    };
    let purposes: BTreeSet<PurposeOfUse> = open.iter().map(|(way, _)| way.purpose).collect();
    tell(
        "for",
        purposes
            .iter()
            .filter(|purpose| nothing(&|way| way.purpose == **purpose))
            .map(ToString::to_string)
            .collect(),
    );
    let roles: BTreeSet<Role> = open.iter().map(|(way, _)| way.role).collect();
    tell(
        "to the role",
        roles
            .iter()
            .filter(|role| nothing(&|way| way.role == **role))
            .map(ToString::to_string)
            .collect(),
    );
    let directions: BTreeSet<(&AgencyId, &AgencyId)> =
        open.iter().map(|(way, _)| (&way.from, &way.to)).collect();
    tell(
        "from and to",
        directions
            .iter()
            .filter(|(from, to)| nothing(&|way| way.from == **from && way.to == **to))
            .map(|(from, to)| format!("{from} to {to}"))
            .collect(),
    );
}

/// Categories that go only on a consent of kinds that the clause does not name.
fn unsaid(
    read: &Read<'_>,
    floor: &mut Floor<'_>,
    (clause, lines): (&Clause, &ClauseLines),
    open: &[(&Way, WordSet<Category>)],
    found: &mut Vec<Diagnostic>,
) {
    let ways: Vec<Way> = open.iter().map(|(way, _)| (*way).clone()).collect();
    let mut told: BTreeMap<(Vec<ConsentKind>, Vec<Instrument>), WordSet<Category>> = BTreeMap::new();
    let none = Given {
        consents: Vec::new(),
        ..Given::everything()
    };
    let ever = open
        .iter()
        .fold(WordSet::EMPTY, |all, (_, seen)| all.union(*seen));
    let freely = open.iter().fold(WordSet::EMPTY, |all, (way, _)| {
        all.union(floor.lets_go(way, &none))
    });
    for category in ever.difference(freely).iter() {
        let kinds: Vec<ConsentKind> = ConsentKind::ALL
            .iter()
            .copied()
            .filter(|kind| {
                let alone = Given {
                    consents: vec![*kind],
                    ..Given::everything()
                };
                open.iter()
                    .any(|(way, _)| floor.lets_go(way, &alone).contains(category))
            })
            .collect();
        if !kinds.iter().any(|kind| clause.consent.contains(*kind)) {
            let instruments = floor.instruments_for(&ways, &none, category);
            let known = told.entry((kinds, instruments)).or_default();
            known.insert(category);
        }
    }
    for ((kinds, instruments), categories) in told {
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let wanted = if kinds.is_empty() {
            "on several consents together".to_owned()
        } else {
            format!("on a consent: {}", kinds.join(" or "))
        };
        let said = if clause.consent.is_empty() {
            "the clause says `not_required`".to_owned()
        } else {
            format!(
                "the clause asks for {} instead, so both would be needed",
                codes(clause.consent).join(" or ")
            )
        };
        found.push(read.finding(
            Code::ConsentUnsaid,
            &lines.consent,
            format!(
                "the law lets {} go only {wanted}; {said}",
                codes(categories).join(", ")
            ),
            &if instruments.is_empty() {
                "say it in the clause, so that its readers know".to_owned()
            } else {
                format!(
                    "say it in the clause; or is there an instrument? it would go without consent under: {}",
                    instrument_list(&instruments)
                )
            },
        ));
    }
}
