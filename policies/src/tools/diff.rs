//! `diff`: what newly becomes visible to whom under new agreements, and what no longer.
//!
//! The finite world of sender, recipient, role, purpose, category, consent and condition is walked through with the
//! real engine, once under the old agreements and once under the new, as if both were in force; what differs is told
//! in the fewest short sentences, each with the weakest that suffices. Dates are compared by themselves.

mod report;
mod sentences;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::vocabulary::{
    AgencyKind, Category, ConsentKind, Initiator, PurposeOfUse, Role, Word, WordSet,
};
use gateway_types::{AgencyId, Timestamp};

use super::world::{Given, Way, World};
use crate::agreements::{Agreement, Agreements};
use crate::law;
use crate::mou::{self, Condition, Diagnostic, Status};

pub use report::{Bump, Change, DiffReport, Sentence, VersionChange};

/// Compares two sets of files, given as name and text. Whatever their status, they are taken as in force, but for
/// those that are suspended or terminated.
///
/// # Errors
/// Everything that is wrong with the files.
pub fn diff(old: &[(String, String)], new: &[(String, String)]) -> Result<DiffReport, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut read = |files: &[(String, String)]| -> Vec<mou::File> {
        let mut set: Vec<mou::File> = Vec::new();
        for (name, text) in files {
            match mou::read_untested(name, text) {
                Ok(file) if matches!(file.paper.status, Status::Suspended | Status::Terminated) => {}
                Ok(file)
                    if set
                        .iter()
                        .any(|known| known.agreement.id() == file.agreement.id()) =>
                {
                    wrong.push(Diagnostic::whole_file(
                        mou::Code::SameAgreement,
                        name,
                        "another file of the set has the same agreement id",
                        "compare one version with one version",
                    ));
                }
                Ok(file) => set.push(file),
                Err(found) => wrong.extend(found),
            }
        }
        set
    };
    let (old, new) = (read(old), read(new));
    if wrong.is_empty() {
        Ok(report::compare(&old, &new))
    } else {
        Err(wrong)
    }
}

/// What is seen this way, by category: every weakest combination of consents and conditions that suffices.
type Seen = BTreeMap<(Way, Category), BTreeSet<Given>>;

/// Both sets, and the world in which they are asked.
struct Comparison {
    world: World,
    old: Agreements,
    new: Agreements,
    ways: BTreeSet<Way>,
    conditions: Vec<Condition>,
    police: Vec<(AgencyId, Role)>,
}

impl Comparison {
    fn of(old: &[mou::File], new: &[mou::File]) -> Self {
        let files = || old.iter().chain(new);
        let kinds: BTreeMap<AgencyId, AgencyKind> = files()
            .flat_map(|file| &file.paper.parties)
            .filter_map(|party| Some((party.agency.clone(), party.kind?)))
            .collect();
        let police = files()
            .flat_map(|file| &file.paper.parties)
            .filter(|party| party.kind == Some(AgencyKind::LawEnforcement))
            .filter_map(|party| Some((party.agency.clone(), party.roles.iter().next()?)))
            .collect::<BTreeSet<_>>();
        let clauses = || files().flat_map(|file| &file.agreement.clauses);
        let mut ways: BTreeSet<Way> = clauses()
            .flat_map(|clause| {
                clause.purposes.iter().flat_map(move |purpose| {
                    clause.roles.iter().flat_map(move |role| {
                        clause.from.iter().flat_map(move |from| {
                            clause.to.iter().map(move |to| Way {
                                from: from.clone(),
                                to: to.clone(),
                                role,
                                purpose,
                            })
                        })
                    })
                })
            })
            .collect();
        ways.extend(files().flat_map(by_law));
        let mut conditions: BTreeSet<Condition> =
            clauses().flat_map(|clause| clause.when.iter().copied()).collect();
        // The law itself asks for these two, whatever the clauses say.
        conditions.insert(Condition::TreatingRelationship);
        conditions.insert(Condition::EmergencyStated);
        let segregated = files().any(|file| file.agreement.segregated);
        Self {
            world: World::new(kinds, segregated),
            old: standing(old),
            new: standing(new),
            ways,
            conditions: conditions.into_iter().collect(),
            police: police.into_iter().collect(),
        }
    }

    /// What is seen under either set, where the two can differ at all.
    fn both(&self) -> (Seen, Seen) {
        let (mut before, mut after) = (Seen::new(), Seen::new());
        for way in self.changed() {
            self.seen_on(&self.old, way, &mut before);
            self.seen_on(&self.new, way, &mut after);
        }
        (before, after)
    }

    /// The ways for which the two sets do not say the same.
    fn changed(&self) -> impl Iterator<Item = &Way> {
        self.ways
            .iter()
            .filter(|way| bearing_on(&self.old, way) != bearing_on(&self.new, way))
    }

    /// Consents and conditions only ever open more, so what suffices is found from below.
    fn seen_on(&self, agreements: &Agreements, way: &Way, seen: &mut Seen) {
        let open = self.world.seen(agreements, way, &Given::everything());
        if open.is_empty() {
            return;
        }
        let mut subsets = subsets(&self.varying(way));
        subsets.sort_by_key(Vec::len);
        for varied in &subsets {
            let with = |consents: Vec<ConsentKind>| Given {
                consents,
                conditions: self.filled(way, varied),
            };
            let open = self.world.seen(agreements, way, &with(ConsentKind::ALL.to_vec()));
            let wanted = |seen: &Seen, given: &Given| -> WordSet<Category> {
                open.iter()
                    .filter(|category| {
                        !seen
                            .get(&(way.clone(), *category))
                            .is_some_and(|known| known.iter().any(|weaker| weaker.is_within(given)))
                    })
                    .collect()
            };
            let tell = |seen: &mut Seen, consents: &[ConsentKind], found: WordSet<Category>| {
                let weakest = Given {
                    consents: consents.to_vec(),
                    conditions: varied.clone(),
                };
                for category in found.intersection(wanted(seen, &weakest)).iter() {
                    seen.entry((way.clone(), category))
                        .or_default()
                        .insert(weakest.clone());
                }
            };
            let free = self.world.seen(agreements, way, &with(Vec::new()));
            tell(seen, &[], free);
            if open.is_subset_of(free) {
                continue;
            }
            for kind in ConsentKind::ALL {
                let found = self.world.seen(agreements, way, &with(vec![*kind]));
                tell(seen, &[*kind], found);
            }
            // What is left needs more than one consent: two or three of any kinds, else a smallest set that opens it.
            let all = Given {
                consents: ConsentKind::ALL.to_vec(),
                conditions: varied.clone(),
            };
            let most = if wanted(seen, &all).is_empty() { 1 } else { 3 };
            for number in 2..=most {
                for consents in several(number) {
                    let found = self.world.seen(agreements, way, &with(consents.clone()));
                    tell(seen, &consents, found);
                }
            }
            for category in open.iter() {
                if !wanted(seen, &all).contains(category) {
                    continue;
                }
                let mut needed = ConsentKind::ALL.to_vec();
                for kind in ConsentKind::ALL {
                    let fewer: Vec<ConsentKind> =
                        needed.iter().copied().filter(|known| known != kind).collect();
                    if self
                        .world
                        .seen(agreements, way, &with(fewer.clone()))
                        .contains(category)
                    {
                        needed = fewer;
                    }
                }
                tell(seen, &needed, WordSet::EMPTY.with(category));
            }
        }
    }

    /// The conditions that can matter for a way: an emergency statement only where there may be an emergency.
    fn varying(&self, way: &Way) -> Vec<Condition> {
        let emergency = matches!(way.purpose, PurposeOfUse::Etreat | PurposeOfUse::Btg);
        self.conditions
            .iter()
            .copied()
            .filter(|condition| {
                emergency || !matches!(condition, Condition::EmergencyStated | Condition::ReasonStated)
            })
            .collect()
    }

    /// With the conditions that are not varied taken to hold, but for an emergency elsewhere.
    fn filled(&self, way: &Way, varied: &[Condition]) -> Vec<Condition> {
        let varying = self.varying(way);
        super::world::CONDITIONS
            .iter()
            .copied()
            .filter(|condition| {
                let emergency = matches!(condition, Condition::EmergencyStated | Condition::ReasonStated);
                varied.contains(condition)
                    || (!varying.contains(condition)
                        && (!emergency || matches!(way.purpose, PurposeOfUse::Etreat | PurposeOfUse::Btg)))
            })
            .collect()
    }

    /// What stays open while an officer of a party looks on, everything else being given.
    fn beside(&self, agreements: &Agreements) -> BTreeMap<(Way, AgencyId), WordSet<Category>> {
        let mut seen = BTreeMap::new();
        for way in self.changed() {
            for (agency, role) in &self.police {
                if *agency == way.to {
                    continue;
                }
                let open = self
                    .world
                    .seen_beside(agreements, way, &Given::everything(), (agency, *role));
                seen.insert((way.clone(), agency.clone()), open);
            }
        }
        seen
    }
}

/// What no agreement has to allow, among the parties of a file: there an instrument can still open or close what the
/// law asks one for.
fn by_law(file: &mou::File) -> Vec<Way> {
    let needs_none = |purpose: &PurposeOfUse| {
        !law::needs_agreement(*purpose, Initiator::Requester)
            || !law::needs_agreement(*purpose, Initiator::Source)
    };
    let purposes: WordSet<PurposeOfUse> = PurposeOfUse::ALL.iter().copied().filter(needs_none).collect();
    let mut ways = Vec::new();
    for from in &file.paper.parties {
        for to in file.paper.parties.iter().filter(|to| to.agency != from.agency) {
            for role in to.roles.iter() {
                ways.extend(purposes.iter().map(|purpose| Way {
                    from: from.agency.clone(),
                    to: to.agency.clone(),
                    role,
                    purpose,
                }));
            }
        }
    }
    ways
}

/// Everything in a set that can bear on who sees what this way, for whom the names of things do not matter.
fn bearing_on(agreements: &Agreements, way: &Way) -> BTreeSet<String> {
    let bearing = |agreement: &Agreement| {
        let clauses: BTreeSet<String> = agreement
            .clauses
            .iter()
            .filter(|clause| {
                clause.purposes.contains(way.purpose)
                    && (clause.to.contains(&way.to) || clause.from.contains(&way.from))
            })
            .map(|clause| {
                format!(
                    "{:?}",
                    (
                        clause.runs(&way.from, &way.to),
                        clause.to.contains(&way.to),
                        clause.admits(Some(way.role)),
                        clause.share,
                        clause.consent,
                        &clause.when
                    )
                )
            })
            .collect();
        let promises: BTreeSet<String> = agreement
            .promises
            .iter()
            .map(|promise| {
                format!(
                    "{:?}",
                    (&promise.from, &promise.to, promise.purposes, promise.share)
                )
            })
            .collect();
        format!(
            "{:?}",
            (
                &agreement.parties,
                agreement.instruments,
                agreement.terms,
                agreement.segregated,
                agreement.police_present,
                clauses,
                promises
            )
        )
    };
    agreements.all().iter().map(bearing).collect()
}

/// The agreements of files as if in force at every moment.
fn standing(files: &[mou::File]) -> Agreements {
    let always = |file: &mou::File| Agreement {
        effective: Timestamp::from_micros(i64::MIN),
        ends: None,
        ..file.agreement.clone()
    };
    Agreements::of(files.iter().map(always).collect())
}

/// Every choice of so many kinds of consent.
fn several(number: usize) -> Vec<Vec<ConsentKind>> {
    let mut all: Vec<Vec<ConsentKind>> = vec![Vec::new()];
    for kind in ConsentKind::ALL {
        let with = all.iter().filter(|chosen| chosen.len() < number).map(|chosen| {
            let mut more = chosen.clone();
            more.push(*kind);
            more
        });
        let with: Vec<_> = with.collect();
        all.extend(with);
    }
    all.retain(|chosen| chosen.len() == number);
    all
}

fn subsets(conditions: &[Condition]) -> Vec<Vec<Condition>> {
    conditions.iter().fold(vec![Vec::new()], |known, condition| {
        let with = known.iter().map(|subset| {
            let mut more = subset.clone();
            more.push(*condition);
            more
        });
        let with: Vec<Vec<Condition>> = with.collect();
        known.into_iter().chain(with).collect()
    })
}
