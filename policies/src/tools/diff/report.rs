//! What a comparison comes to, and whether the version numbers say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::super::text::{Style, Tone, count};
use super::sentences::{Cell, besides, join};
use super::{Comparison, Seen};
use crate::decision::codes;
use crate::facts::CategoryScope;
use crate::mou::{self, Code, Version};
use crate::terms::Term;

/// What differs between two sets of agreements.
#[derive(Debug, Serialize)]
pub struct DiffReport {
    /// What is seen by more or fewer, sorted: what is new first.
    pub sentences: Vec<Sentence>,
    /// What else differs: dates, terms, passing on, parties, promises' words.
    pub notes: Vec<String>,
    /// Each agreement that differs, and what its version number has to do.
    pub versions: Vec<VersionChange>,
}

/// One sentence of the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Whether more or less is seen.
    pub change: Change,
    /// The recipient.
    pub to: String,
    /// In which roles.
    pub roles: Vec<&'static str>,
    /// Whose data.
    pub from: String,
    /// What.
    pub categories: Vec<&'static str>,
    /// What for.
    pub purposes: Vec<&'static str>,
    /// The weakest condition that suffices, in words; empty: none.
    pub condition: String,
}

/// Whether more or less is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is newly seen, or seen with less.
    Newly,
    /// It is no longer seen, or no longer with so little.
    NoLonger,
}

/// One agreement, and its version numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionChange {
    /// Its id.
    pub agreement: String,
    /// The old version, if there was one.
    pub old: Option<String>,
    /// The new version, if there is one.
    pub new: Option<String>,
    /// What must go up.
    pub needed: Bump,
    /// `E15` if the new number does not do so.
    pub finding: Option<Code>,
    /// What is to be said of it, in words.
    pub says: String,
}

/// The part of a version number that must go up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bump {
    /// Nothing differs at all.
    None,
    /// Nobody sees more or less.
    Patch,
    /// Something is no longer seen.
    Minor,
    /// Something is newly seen.
    Major,
}

pub(super) fn compare(old: &[mou::File], new: &[mou::File]) -> DiffReport {
    let comparison = Comparison::of(old, new);
    let (before, after) = comparison.both();
    let mut cells = BTreeSet::new();
    missing_from(&before, &after, Change::Newly, &mut cells);
    missing_from(&after, &before, Change::NoLonger, &mut cells);
    beside(&comparison, &mut cells);
    let sentences = join(cells);
    let mut notes = Vec::new();
    let mut versions = Vec::new();
    let ids: BTreeSet<_> = old
        .iter()
        .chain(new)
        .map(|file| file.agreement.id().clone())
        .collect();
    // With several agreements on a side, a sentence may come from any of them: what differs is asked one by one.
    let alone = ids.len() == 1;
    for id in &ids {
        let of = |set: &'_ [mou::File]| set.iter().position(|file| file.agreement.id() == id);
        let was = of(old).and_then(|position| old.get(position));
        let is = of(new).and_then(|position| new.get(position));
        if let (Some(was), Some(is)) = (was, is)
            && was.agreement.hash() == is.agreement.hash()
        {
            continue;
        }
        let own = if alone {
            bump(&sentences)
        } else {
            bump(&own_sentences(was, is))
        };
        let mut aside = asides(was, is);
        if aside.is_empty() && own == Bump::None {
            aside.push((Bump::Patch, "words or tests differ".to_owned()));
        }
        notes.extend(aside.iter().map(|(_, note)| format!("{id}: {note}")));
        let needed = aside
            .iter()
            .map(|(bump, _)| *bump)
            .chain([own, Bump::Patch])
            .max();
        versions.push(version_change(
            id.to_string(),
            was,
            is,
            needed.unwrap_or(Bump::Patch),
        ));
    }
    DiffReport {
        sentences,
        notes,
        versions,
    }
}

fn own_sentences(was: Option<&mou::File>, is: Option<&mou::File>) -> Vec<Sentence> {
    let set = |file: Option<&mou::File>| -> Vec<mou::File> {
        file.map(|file| mou::File {
            agreement: file.agreement.clone(),
            paper: file.paper.clone(),
            tests: Vec::new(),
        })
        .into_iter()
        .collect()
    };
    compare(&set(was), &set(is)).sentences
}

fn bump(sentences: &[Sentence]) -> Bump {
    if sentences.iter().any(|sentence| sentence.change == Change::Newly) {
        Bump::Major
    } else if sentences.is_empty() {
        Bump::None
    } else {
        Bump::Minor
    }
}

/// What `there` holds and nothing in `here` is as weak.
fn missing_from(here: &Seen, there: &Seen, change: Change, cells: &mut BTreeSet<Cell>) {
    for ((way, category), ways_in) in there {
        let known = here.get(&(way.clone(), *category));
        for given in ways_in {
            let held = known.is_some_and(|known| known.iter().any(|weaker| weaker.is_within(given)));
            if !held {
                cells.insert(Cell {
                    change,
                    way: way.clone(),
                    category: *category,
                    consents: given.consents.clone(),
                    besides: besides(given),
                });
            }
        }
    }
}

/// What opens or closes only by who else looks on.
fn beside(comparison: &Comparison, cells: &mut BTreeSet<Cell>) {
    let told: BTreeSet<_> = cells
        .iter()
        .map(|cell| (cell.change, cell.way.clone(), cell.category))
        .collect();
    let (before, after) = (
        comparison.beside(&comparison.old),
        comparison.beside(&comparison.new),
    );
    for ((way, officer), seen) in &after {
        let was = before
            .get(&(way.clone(), officer.clone()))
            .copied()
            .unwrap_or_default();
        for (change, differs) in [
            (Change::Newly, seen.difference(was)),
            (Change::NoLonger, was.difference(*seen)),
        ] {
            for category in differs.iter() {
                if !told.contains(&(change, way.clone(), category)) {
                    cells.insert(Cell {
                        change,
                        way: way.clone(),
                        category,
                        consents: Vec::new(),
                        besides: format!("while an officer of {officer} looks on"),
                    });
                }
            }
        }
    }
}

/// What differs besides what is seen now, and what it makes of the version number.
fn asides(was: Option<&mou::File>, is: Option<&mou::File>) -> Vec<(Bump, String)> {
    let (was, is) = match (was, is) {
        (None, Some(_)) => return vec![(Bump::Patch, "is a new agreement".to_owned())],
        (Some(_), None) => return vec![(Bump::Patch, "is no longer there".to_owned())],
        (Some(was), Some(is)) => (was, is),
        (None, None) => return Vec::new(),
    };
    let mut notes = Vec::new();
    let dates = |file: &mou::File| {
        let end = file
            .paper
            .expires
            .as_ref()
            .map_or_else(|| "without end".to_owned(), |last| format!("to {}", last.value));
        format!("{} {end}", file.paper.effective)
    };
    if (was.agreement.effective, was.agreement.ends) != (is.agreement.effective, is.agreement.ends) {
        let later = match (was.agreement.ends, is.agreement.ends) {
            (Some(_), None) => true,
            (Some(old), Some(new)) => new > old,
            (None, _) => false,
        };
        // Beyond the old end everything is newly seen.
        let bump = if later || is.agreement.effective < was.agreement.effective {
            Bump::Major
        } else {
            Bump::Minor
        };
        notes.push((bump, format!("in force {} (was {})", dates(is), dates(was))));
    }
    let parties = |file: &mou::File| -> BTreeSet<String> {
        file.agreement.parties.iter().map(ToString::to_string).collect()
    };
    listed(
        &mut notes,
        "party",
        (Bump::Patch, Bump::Patch),
        &parties(was),
        &parties(is),
    );
    let (before, after) = (terms(was), terms(is));
    listed(&mut notes, "term", (Bump::Patch, Bump::Patch), &before, &after);
    let (before, after) = (passing_on(was), passing_on(is));
    listed(
        &mut notes,
        "passing on",
        (Bump::Major, Bump::Minor),
        &before,
        &after,
    );
    let law = |file: &mou::File| -> BTreeSet<String> {
        codes(file.agreement.instruments)
            .into_iter()
            .chain(codes(file.agreement.terms))
            .map(str::to_owned)
            .collect()
    };
    listed(
        &mut notes,
        "instrument or term of law",
        (Bump::Patch, Bump::Patch),
        &law(was),
        &law(is),
    );
    notes
}

fn listed(
    notes: &mut Vec<(Bump, String)>,
    what: &str,
    (more, fewer): (Bump, Bump),
    was: &BTreeSet<String>,
    is: &BTreeSet<String>,
) {
    for new in is.difference(was) {
        notes.push((more, format!("new {what}: {new}")));
    }
    for gone in was.difference(is) {
        notes.push((fewer, format!("no longer {what}: {gone}")));
    }
}

fn scope(scope: CategoryScope) -> String {
    match scope {
        CategoryScope::All => "everything".to_owned(),
        CategoryScope::Only(categories) => codes(categories).join(", "),
    }
}

fn terms(file: &mou::File) -> BTreeSet<String> {
    let kept = file.agreement.retention.iter().map(|retention| {
        format!(
            "{} keeps {} for at most {} days",
            retention.party,
            scope(retention.share),
            retention.days
        )
    });
    let duties = file.agreement.clauses.iter().flat_map(|clause| {
        clause.duties.iter().map(move |duty| match duty {
            Term::KeepAtMost { days, .. } => format!("clause {}: kept {days} days", clause.id),
            Term::UseWithin { hours } => format!("clause {}: used for {hours} hours", clause.id),
            Term::SecondPerson { within_hours } => {
                format!(
                    "clause {}: a second person within {within_hours} hours",
                    clause.id
                )
            }
            Term::NotifyPrivacyOfficer { of } => {
                format!("clause {}: the privacy officer of {of} is told", clause.id)
            }
            Term::NotifyClientWhenSafe => format!("clause {}: the client is told when safe", clause.id),
        })
    });
    kept.chain(duties).collect()
}

/// One entry a party, recipient and category, so that a longer list is seen as what was added.
fn passing_on(file: &mou::File) -> BTreeSet<String> {
    file.agreement
        .redisclosure
        .iter()
        .flatten()
        .flat_map(|allowed| {
            let categories = match allowed.share {
                CategoryScope::All => vec!["everything"],
                CategoryScope::Only(categories) => codes(categories),
            };
            allowed.to.iter().flat_map(move |to| {
                let party = &allowed.party;
                categories
                    .clone()
                    .into_iter()
                    .map(move |category| format!("{party} may pass {category} on to {to}"))
            })
        })
        .collect()
}

fn version_change(
    agreement: String,
    was: Option<&mou::File>,
    is: Option<&mou::File>,
    needed: Bump,
) -> VersionChange {
    let version = |file: Option<&mou::File>| file.map(|file| file.paper.version);
    let (old, new) = (version(was), version(is));
    let mut finding = None;
    let mut says = String::new();
    if let (Some(old), Some(new)) = (old, new) {
        let least = match needed {
            Bump::Major => Version {
                major: old.major.saturating_add(1),
                minor: 0,
                patch: 0,
            },
            Bump::Minor => Version {
                minor: old.minor.saturating_add(1),
                patch: 0,
                ..old
            },
            Bump::Patch | Bump::None => Version {
                patch: old.patch.saturating_add(1),
                ..old
            },
        };
        let why = match needed {
            Bump::Major => "something is newly seen",
            Bump::Minor => "something is no longer seen",
            Bump::Patch | Bump::None => "nobody sees more or less",
        };
        if new < least {
            finding = Some(Code::WrongVersion);
            says = format!("{why}, so the version after {old} is {least} at least, not {new}");
        } else {
            says = format!("{why}: {old} to {new}");
        }
        let names_old = is.and_then(|file| file.paper.supersedes.as_ref()).map(|older| {
            let hash = was
                .and_then(|file| file.agreement.hash())
                .map(|hash| hash.to_string());
            let digits = older.hash.trim_start_matches("sha256:");
            older.version == old.to_string()
                && hash.is_some_and(|hash| hash.trim_start_matches("sha256:") == digits)
        });
        if names_old == Some(false) {
            says.push_str("; its `supersedes` names another version than the one compared with");
        }
    }
    VersionChange {
        agreement,
        old: old.map(|version| version.to_string()),
        new: new.map(|version| version.to_string()),
        needed,
        finding,
        says,
    }
}

impl DiffReport {
    /// Whether a version number does not match what has changed.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.versions.iter().any(|version| version.finding.is_some())
    }

    /// The report in words.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut told = String::new();
        for sentence in &self.sentences {
            let (tone, sign, adverb) = match sentence.change {
                Change::Newly => (Tone::Bad, '+', "newly"),
                Change::NoLonger => (Tone::Good, '-', "no longer"),
            };
            let sees = if sentence.roles.len() == 1 { "sees" } else { "see" };
            let condition = if sentence.condition.is_empty() {
                "without any condition"
            } else {
                &sentence.condition
            };
            let line = format!(
                "{} of {} {adverb} {sees} {} of {} for {}: {condition}",
                sentence.roles.join(", "),
                sentence.to,
                sentence.categories.join(", "),
                sentence.from,
                sentence.purposes.join(", "),
            );
            // Writing to a string does not fail.
            let _ = writeln!(
                told,
                "{} {}",
                style.paint(tone, &sign.to_string()),
                style.wrap(&line, 4)
            );
        }
        for note in &self.notes {
            let _ = writeln!(told, "~ {}", style.wrap(note, 4));
        }
        for version in &self.versions {
            let line = format!("{}: {}", version.agreement, version.says);
            match version.finding {
                Some(code) => {
                    let head = style.paint(Tone::Bad, &format!("error[{code}]:"));
                    let _ = writeln!(told, "{head} {}", style.wrap(&line, 12));
                }
                None if !version.says.is_empty() => {
                    let _ = writeln!(told, "{}", style.paint(Tone::Faint, &style.wrap(&line, 4)));
                }
                None => {}
            }
        }
        let mut number: BTreeMap<Change, usize> = BTreeMap::new();
        for sentence in &self.sentences {
            *number.entry(sentence.change).or_default() += 1;
        }
        let of = |change| number.get(&change).copied().unwrap_or_default();
        let verdict = if self.sentences.is_empty() {
            "nobody sees more or less".to_owned()
        } else {
            format!(
                "more is seen: {}; less is seen: {}",
                count(of(Change::Newly), "line"),
                count(of(Change::NoLonger), "line")
            )
        };
        let _ = writeln!(told, "{}", style.paint(Tone::Strong, &verdict));
        let note = "What the law asks for besides consent is taken to be met: approvals, attestations, authority, \
                    notices. Purposes for which the law alone decides are left out.";
        let _ = writeln!(told, "{}", style.paint(Tone::Faint, &style.wrap(note, 0)));
        told
    }
}
