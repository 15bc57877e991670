//! `explain`: why each element of one decision goes or stays, rule by rule, each with its citation and in words.
//!
//! Three kinds of answer: a statute decides, an agreement decides, or nothing spoke for the release. For the last,
//! near misses: clauses that fail on exactly one of role, purpose, consent, condition and date, found by asking the
//! real engine once more with that one thing granted. Near misses are for the compliance officer and the source
//! agency, never for who asked: "you need a consent" tells that a record exists.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gateway_crypto::Digest;
use gateway_types::AgencyId;
use gateway_types::vocabulary::{Initiator, Regime, Word, WordSet};
use serde::Serialize;

use super::text::{Style, Tone};
use crate::agreements::{Agreement, Agreements, Clause};
use crate::decision::{AgreementInPlay, Decision, Effect, ElementFinding, Findings, Outcome, Reason, codes};
use crate::engine::decide_all;
use crate::facts::{ElementFacts, Facts};
use crate::law;
use crate::terms::{AgreementTerm, Term};

/// One decision, explained. Internal: an asker is never shown it.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// What the caller is told: `ok`, `refused` or `neutral`.
    pub response: &'static str,
    /// Rules that decided the request as a whole: a gate, a client not found.
    pub request: Vec<Fired>,
    /// Clauses that would have opened the gate but for one thing.
    pub near_misses: Vec<NearMiss>,
    /// Each element, in the order of the facts.
    pub elements: Vec<ExplainedElement>,
    /// What is owed because of the decision.
    pub obligations: Vec<&'static str>,
    /// What travels with the payload.
    pub notices: Vec<&'static str>,
    /// What agreements ask of the recipients.
    pub terms: Vec<AgreementTerm>,
    /// The digest of the statutory floor.
    pub rule_set: Digest,
    /// The digest of the set of agreements.
    pub agreement_set: Digest,
}

/// One element, explained.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedElement {
    /// Its handle.
    pub id: String,
    /// What it is about.
    pub category: &'static str,
    /// Who holds it.
    pub holder: String,
    /// `release` or `withhold`.
    pub outcome: &'static str,
    /// What kind of answer it is.
    pub answer: Answer,
    /// The rules that fired.
    pub because: Vec<Fired>,
    /// Clauses that would have let it through but for one thing.
    pub near_misses: Vec<NearMiss>,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A rule of law.
    Statute,
    /// An agreement, within the law.
    Agreement,
    /// Nothing spoke for the release.
    Default,
}

/// A rule or clause that fired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fired {
    /// The catalogue's id, or agreement and clause.
    pub rule: String,
    /// What it did: `permits`, `forbids`, `awaits_review`, `awaits_counsel`, `nothing_permits`.
    pub effect: &'static str,
    /// What it says.
    pub says: String,
    /// Where it is found.
    pub authority: String,
    /// The recipient's agency, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The digest of the agreement, if it is a clause of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A clause that fails on exactly one thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NearMiss {
    /// The agreement.
    pub agreement: String,
    /// The clause, if it came from a file.
    pub clause: String,
    /// The one thing.
    pub fails_on: FailsOn,
    /// What the clause wants there.
    pub wants: String,
    /// The recipient's agency.
    pub recipient: String,
}

/// The one thing that a near miss fails on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailsOn {
    /// The recipient's role.
    Role,
    /// The purpose of use.
    Purpose,
    /// A consent that the clause demands.
    Consent,
    /// A condition of the clause.
    Condition,
    /// The agreement's dates.
    Date,
}

/// Explains the decision on these facts under these agreements.
#[must_use]
pub fn explain(facts: &Facts, agreements: &Agreements) -> Explanation {
    let decision = decide_all(facts, agreements);
    let findings = decision.findings();
    let at_gate = findings
        .request_reasons()
        .iter()
        .any(|reason| reason.rule().id == GATE);
    Explanation {
        response: findings.response().code(),
        request: findings
            .request_reasons()
            .iter()
            .map(|reason| fired(findings, reason))
            .collect(),
        near_misses: if at_gate {
            missed_at_the_gate(facts, agreements)
        } else {
            Vec::new()
        },
        elements: facts
            .record
            .elements
            .iter()
            .zip(findings.elements())
            .map(|(element, finding)| one(facts, agreements, element, findings, finding))
            .collect(),
        obligations: codes(findings.obligations()),
        notices: codes(findings.notices()),
        terms: findings.terms().to_vec(),
        rule_set: findings.rule_set(),
        agreement_set: findings.agreement_set(),
    }
}

/// The gate at which an agreement is asked for.
const GATE: &str = "G-MOU";

fn one(
    facts: &Facts,
    agreements: &Agreements,
    element: &ElementFacts,
    findings: &Findings,
    finding: &ElementFinding,
) -> ExplainedElement {
    let mut because: Vec<Fired> = Vec::new();
    for reason in finding.reasons() {
        let told = if reason.rule() == &law::NOTHING_PERMITS {
            unmet(facts, agreements, element, findings, &reason)
        } else {
            vec![fired(findings, &reason)]
        };
        for entry in told {
            if !because.contains(&entry) {
                because.push(entry);
            }
        }
    }
    let mut answer = Answer::Statute;
    let mut near_misses = Vec::new();
    match finding.outcome() {
        Outcome::Release => {
            let clauses = clauses_in_play(facts, agreements, element);
            if !clauses.is_empty() {
                answer = Answer::Agreement;
                because.extend(clauses);
            }
        }
        Outcome::Withhold => {
            let forbids = |rule: &law::Rule| {
                finding
                    .reasons()
                    .any(|reason| reason.effect() == Effect::Forbids && reason.rule() == rule)
            };
            let statute = finding.reasons().any(|reason| {
                reason.effect() == Effect::Forbids
                    && ![&law::AGREEMENT, &law::PROMISE, &law::REDISCLOSURE].contains(&reason.rule())
            });
            if statute {
                answer = Answer::Statute;
            } else if forbids(&law::PROMISE) || forbids(&law::REDISCLOSURE) {
                answer = Answer::Agreement;
            } else if finding.reasons().next().is_some() {
                answer = Answer::Default;
            }
            if forbids(&law::AGREEMENT) {
                near_misses = missed_by_one(facts, agreements, element, findings, finding);
            }
        }
    }
    ExplainedElement {
        id: element.id.to_string(),
        category: element.category.code(),
        holder: element.holder().to_string(),
        outcome: finding.outcome().code(),
        answer,
        because,
        near_misses,
    }
}

fn fired(findings: &Findings, reason: &Reason) -> Fired {
    let rule = reason.rule();
    Fired {
        rule: rule.id.to_owned(),
        effect: effect_code(reason.effect()),
        says: rule.says.to_owned(),
        authority: rule.citation.to_owned(),
        recipient: findings.recipient(reason).map(ToString::to_string),
        hash: None,
    }
}

const fn effect_code(effect: Effect) -> &'static str {
    match effect {
        Effect::Permits => "permits",
        Effect::Forbids => "forbids",
        Effect::AwaitsReview => "awaits_review",
        Effect::AwaitsCounsel => "awaits_counsel",
        Effect::NothingPermits => "nothing_permits",
    }
}

/// The regimes under which nothing permits, found by asking under each alone.
fn unmet(
    facts: &Facts,
    agreements: &Agreements,
    element: &ElementFacts,
    findings: &Findings,
    reason: &Reason,
) -> Vec<Fired> {
    let regimes: Vec<Regime> = element.regimes.iter().collect();
    let mut told: Vec<Fired> = regimes
        .into_iter()
        .filter(|regime| {
            let mut alone = element.clone();
            alone.regimes = WordSet::EMPTY.with(*regime);
            let decision = decide_alone(facts, agreements, alone);
            let under_it = decision.findings();
            under_it
                .elements()
                .iter()
                .flat_map(ElementFinding::reasons)
                .any(|found| {
                    found.rule() == reason.rule() && under_it.recipient(&found) == findings.recipient(reason)
                })
        })
        .map(|regime| Fired {
            rule: format!("{}-{regime}", reason.rule().id),
            says: format!("no rule of the regime {regime} carries the release, so it stays"),
            ..fired(findings, reason)
        })
        .collect();
    if told.is_empty() {
        told.push(fired(findings, reason));
    }
    told
}

fn decide_alone(facts: &Facts, agreements: &Agreements, element: ElementFacts) -> Decision {
    let mut alone = facts.clone();
    alone.record.elements = vec![element];
    decide_all(&alone, agreements)
}

/// The clauses under which a released element goes.
fn clauses_in_play(facts: &Facts, agreements: &Agreements, element: &ElementFacts) -> Vec<Fired> {
    let alone = decide_alone(facts, agreements, element.clone());
    alone
        .findings()
        .agreements()
        .iter()
        .map(|in_play| in_words(in_play, agreements))
        .collect()
}

fn in_words(in_play: &AgreementInPlay, agreements: &Agreements) -> Fired {
    let clause = in_play.clause.as_deref().and_then(|id| {
        let agreement = agreements
            .all()
            .iter()
            .find(|agreement| agreement.id() == &in_play.id && agreement.hash() == in_play.hash)?;
        agreement.clauses.iter().find(|clause| clause.id == id)
    });
    let (says, authority) = clause.map_or_else(
        || ("an agreement given as a fact admits it".to_owned(), String::new()),
        |clause| (clause.wording.text.clone(), clause.wording.basis.clone()),
    );
    Fired {
        rule: named(in_play),
        effect: "permits",
        says,
        authority,
        recipient: None,
        hash: in_play.hash.map(|hash| hash.to_string()),
    }
}

/// Agreement, version and clause in one name: `riverton-crisis-care@1.0.0/3.1`.
fn named(in_play: &AgreementInPlay) -> String {
    let mut name = in_play.id.to_string();
    for (mark, part) in [('@', &in_play.version), ('/', &in_play.clause)] {
        if let Some(part) = part {
            name.push(mark);
            name.push_str(part);
        }
    }
    name
}

/// Clauses that name the asking agency and fail at the gate on one thing only.
fn missed_at_the_gate(facts: &Facts, agreements: &Agreements) -> Vec<NearMiss> {
    let asks = &facts.request.requester.person;
    let mut missed = BTreeSet::new();
    for agreement in agreements.with_stated(&facts.request) {
        if !agreement.parties.contains(&asks.agency) {
            continue;
        }
        for clause in &agreement.clauses {
            let side = match facts.request.initiator {
                Initiator::Requester => &clause.to,
                Initiator::Source => &clause.from,
            };
            if !side.is_empty() && !side.contains(&asks.agency) {
                continue;
            }
            let sends = facts.request.initiator == Initiator::Source && !clause.from.is_empty();
            let failing: Vec<FailsOn> = [
                (FailsOn::Role, sends || clause.admits(Some(asks.role))),
                (FailsOn::Purpose, clause.purposes.contains(facts.request.purpose)),
                (FailsOn::Date, agreement.stands_at(facts.request.now)),
            ]
            .into_iter()
            .filter_map(|(thing, holds)| (!holds).then_some(thing))
            .collect();
            if let [only] = failing.as_slice() {
                missed.insert(near(&agreement, clause, *only, &asks.agency));
            }
        }
    }
    missed.into_iter().collect()
}

/// Clauses that would let an element through to a recipient but for one thing.
fn missed_by_one(
    facts: &Facts,
    agreements: &Agreements,
    element: &ElementFacts,
    findings: &Findings,
    finding: &ElementFinding,
) -> Vec<NearMiss> {
    let without: BTreeSet<&AgencyId> = finding
        .reasons()
        .filter(|reason| reason.rule() == &law::AGREEMENT && reason.effect() == Effect::Forbids)
        .filter_map(|reason| findings.recipient(&reason))
        .collect();
    let mut missed = BTreeSet::new();
    for recipient in without {
        for agreement in agreements.with_stated(&facts.request) {
            if !(agreement.parties.contains(element.holder()) && agreement.parties.contains(recipient)) {
                continue;
            }
            for (position, clause) in agreement.clauses.iter().enumerate() {
                if clause.runs(element.holder(), recipient) && clause.share.covers(element.category) {
                    for (thing, granted) in grants(&agreement, position) {
                        if admits(facts, agreements, element, recipient, granted) {
                            missed.insert(near(&agreement, clause, thing, recipient));
                        }
                    }
                }
            }
        }
    }
    missed.into_iter().collect()
}

/// The agreement with one thing granted in one clause, for each thing that could be.
fn grants(agreement: &Agreement, position: usize) -> Vec<(FailsOn, Agreement)> {
    let mut granted = Vec::new();
    let mut grant = |thing, change: &dyn Fn(&mut Agreement, &mut Clause)| {
        let mut changed = agreement.clone();
        if let Some(mut clause) = changed.clauses.get(position).cloned() {
            change(&mut changed, &mut clause);
            changed.clauses = vec![clause];
            granted.push((thing, changed));
        }
    };
    grant(FailsOn::Role, &|_, clause| clause.roles = WordSet::EMPTY);
    grant(FailsOn::Purpose, &|_, clause| clause.purposes = WordSet::all());
    grant(FailsOn::Consent, &|_, clause| clause.consent = WordSet::EMPTY);
    if let Some(clause) = agreement.clauses.get(position) {
        for index in 0..clause.when.len() {
            grant(FailsOn::Condition, &|_, clause| {
                clause.when.remove(index);
            });
        }
    }
    grant(FailsOn::Date, &|agreement, _| {
        agreement.effective = gateway_types::Timestamp::from_micros(i64::MIN);
        agreement.ends = None;
    });
    granted
}

/// Whether the engine finds an agreement for this recipient once this one has been added.
fn admits(
    facts: &Facts,
    agreements: &Agreements,
    element: &ElementFacts,
    recipient: &AgencyId,
    granted: Agreement,
) -> bool {
    let widened = agreements.and(granted);
    let decision = decide_alone(facts, &widened, element.clone());
    let findings = decision.findings();
    findings.request_reasons().is_empty()
        && !findings
            .elements()
            .iter()
            .flat_map(ElementFinding::reasons)
            .any(|reason| {
                [&law::AGREEMENT, &law::PROMISE].contains(&reason.rule())
                    && findings.recipient(&reason) == Some(recipient)
            })
}

fn near(agreement: &Agreement, clause: &Clause, fails_on: FailsOn, recipient: &AgencyId) -> NearMiss {
    let wants = match fails_on {
        FailsOn::Role => listed(codes(clause.roles)),
        FailsOn::Purpose => listed(codes(clause.purposes)),
        FailsOn::Consent => format!("a usable consent: {}", listed(codes(clause.consent))),
        FailsOn::Condition => clause
            .when
            .iter()
            .map(|condition| condition.code())
            .collect::<Vec<_>>()
            .join(" and "),
        FailsOn::Date => agreement.ends.map_or_else(
            || format!("from {}", agreement.effective),
            |end| format!("from {} until {end}", agreement.effective),
        ),
    };
    NearMiss {
        agreement: agreement.id.to_string(),
        clause: clause.id.clone(),
        fails_on,
        wants,
        recipient: recipient.to_string(),
    }
}

fn listed(words: Vec<&'static str>) -> String {
    words.join(" or ")
}

impl Explanation {
    /// The explanation in words.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut told = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(
            told,
            "The answer is {}.",
            style.paint(Tone::Strong, self.response)
        );
        for reason in &self.request {
            tell_fired(&mut told, reason, style);
        }
        tell_near(&mut told, &self.near_misses, style);
        for element in &self.elements {
            let goes = element.outcome == Outcome::Release.code();
            let (tone, word) = if goes {
                (Tone::Good, "goes")
            } else {
                (Tone::Bad, "stays")
            };
            let by = match element.answer {
                Answer::Statute if element.because.is_empty() => "with the request",
                Answer::Statute => "by statute",
                Answer::Agreement => "by agreement",
                Answer::Default => "because nothing speaks for its release",
            };
            let _ = writeln!(
                told,
                "\n{} of {} ({}) {} {by}",
                style.paint(Tone::Strong, element.category),
                element.holder,
                element.id,
                style.paint(tone, word)
            );
            for reason in &element.because {
                tell_fired(&mut told, reason, style);
            }
            tell_near(&mut told, &element.near_misses, style);
        }
        let _ = writeln!(told);
        for (what, words) in [("owed", &self.obligations), ("notices", &self.notices)] {
            let words = if words.is_empty() {
                "none".to_owned()
            } else {
                words.join(", ")
            };
            let _ = writeln!(told, "{what:<8} {}", style.wrap(&words, 9));
        }
        for term in &self.terms {
            let _ = writeln!(told, "term     {}", style.wrap(&term_in_words(term), 9));
        }
        let _ = writeln!(
            told,
            "law      {}\nset      {}",
            self.rule_set, self.agreement_set
        );
        told
    }
}

fn term_in_words(term: &AgreementTerm) -> String {
    let asks = match &term.asks {
        Term::KeepAtMost { days, categories } => {
            format!("keeps {} for at most {days} days", codes(*categories).join(", "))
        }
        Term::UseWithin { hours } => format!("uses it for at most {hours} hours"),
        Term::SecondPerson { within_hours } => {
            format!("has a second person look at it within {within_hours} hours")
        }
        Term::NotifyPrivacyOfficer { of } => format!("sees that the privacy officer of {of} is told"),
        Term::NotifyClientWhenSafe => "sees that the client is told when that is safe".to_owned(),
    };
    let clause = term
        .clause
        .as_ref()
        .map_or_else(String::new, |id| format!(" clause {id}"));
    format!("{} {asks} ({}{clause})", term.recipient, term.agreement)
}

fn tell_fired(told: &mut String, reason: &Fired, style: Style) {
    let effect = reason.effect.replace('_', " ");
    let recipient = reason
        .recipient
        .as_ref()
        .map_or_else(String::new, |agency| format!(" [for {agency}]"));
    let authority = if reason.authority.is_empty() {
        String::new()
    } else {
        format!(" ({})", reason.authority)
    };
    let line = format!("{} {effect}: {}{authority}{recipient}", reason.rule, reason.says);
    // Writing to a string does not fail.
    let _ = writeln!(told, "  {}", style.wrap(&line, 6));
}

fn tell_near(told: &mut String, missed: &[NearMiss], style: Style) {
    for miss in missed {
        let thing = match miss.fails_on {
            FailsOn::Role => "role",
            FailsOn::Purpose => "purpose",
            FailsOn::Consent => "consent",
            FailsOn::Condition => "condition",
            FailsOn::Date => "date",
        };
        let clause = if miss.clause.is_empty() {
            String::new()
        } else {
            format!(" clause {}", miss.clause)
        };
        let line = format!(
            "near miss: {}{clause} fails only on the {thing}: it wants {} [for {}]",
            miss.agreement, miss.wants, miss.recipient
        );
        // Writing to a string does not fail.
        let _ = writeln!(told, "  {}", style.paint(Tone::Faint, &style.wrap(&line, 6)));
    }
}
