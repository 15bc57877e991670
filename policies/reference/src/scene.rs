//! One request as Cedar sees it: its documents as values, and the choices of them that are worth asking about.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use cedar_policy::{Context, RestrictedExpression as Value};
use gateway_types::AgencyId;
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, AttestationType, Category, ElementFact, RecipientClass, Regime, SystemKind,
    WordSet,
};
use policies::agreements::{Agreement, Clause};
use policies::facts::{ElementFacts, Facts, Person, Revocation};

use crate::needs::Needs;
use crate::papers::{Reliance, kinds, moment, record, truth};
use crate::words::Lexicon;

/// Who will see the payload.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'a> {
    pub(crate) agency: &'a AgencyId,
    pub(crate) person: Option<&'a Person>,
    pub(crate) asks: bool,
}

/// Every person, and every other agency whose shared screen, mailbox or police system shows the payload.
pub(crate) fn seats(facts: &Facts) -> Vec<Seat<'_>> {
    use gateway_types::vocabulary::Initiator;
    let request = &facts.request;
    let mut seats = Vec::new();
    for (position, person) in request.recipients().enumerate() {
        seats.push(Seat {
            agency: &person.agency,
            person: Some(person),
            asks: position == 0 && request.initiator == Initiator::Requester,
        });
        let shared = matches!(
            person.system,
            SystemKind::SharedTerminal
                | SystemKind::SharedInbox
                | SystemKind::LawEnforcementRms
                | SystemKind::Cad
        );
        if shared && *person.operator() != person.agency {
            seats.push(Seat {
                agency: person.operator(),
                person: None,
                asks: false,
            });
        }
    }
    seats
}

/// One document of each kind, by position; at most one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Choice {
    pub(crate) consent: Option<usize>,
    pub(crate) relied_on: usize,
    pub(crate) attestation: Option<usize>,
    pub(crate) process: Option<usize>,
    pub(crate) authority: Option<usize>,
    pub(crate) agreement: Option<usize>,
    pub(crate) holder_notice: Option<usize>,
    pub(crate) recipient_notice: Option<usize>,
    pub(crate) word_of_mouth: Option<usize>,
    /// The regime under which it is asked.
    pub(crate) regime: Option<Regime>,
}

const RELIANCES: [Reliance; 3] = [Reliance::Recipient, Reliance::Holder, Reliance::Question];
/// Positions in that list.
pub(crate) const FOR_HOLDER: usize = 1;
pub(crate) const FOR_QUESTION: usize = 2;

/// What is asked about in each of its forms: all answers must be yes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Against {
    pub(crate) restriction: Option<usize>,
    pub(crate) suspension: Option<usize>,
    pub(crate) revocation: Option<usize>,
    /// The element whose holder is asked, for `query`; otherwise the element itself.
    pub(crate) queried: Option<usize>,
}

/// One request and its documents.
pub(crate) struct Scene<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) facts: &'a Facts,
    /// The agreements that are legal instruments, each with one of its clauses.
    pub(crate) readings: Vec<(&'a Agreement, &'a Clause)>,
    consents: Vec<[OnceCell<Value>; 3]>,
    attestations: Vec<Value>,
    processes: Vec<Value>,
    authorities: Vec<Value>,
    agreements: Vec<Value>,
    notices: Vec<Value>,
    words_of_mouth: Vec<Value>,
    restrictions: Vec<Value>,
    suspensions: Vec<Value>,
    fixed: Vec<(&'static str, Value)>,
    none: Absent,
}

/// The records of what is not there.
struct Absent {
    consent: Value,
    revocation: Value,
    attestation: Value,
    process: Value,
    authority: Value,
    agreement: Value,
    notice: Value,
    word_of_mouth: Value,
    restriction: Value,
    suspension: Value,
}

/// What is the same for every question about one element and one seat.
pub(crate) struct Spot<'a> {
    pub(crate) element: &'a ElementFacts,
    pub(crate) seat: Seat<'a>,
    fields: Vec<(&'static str, Value)>,
    itself: Value,
}

impl<'a> Scene<'a> {
    pub(crate) fn of(lexicon: &'a Lexicon, facts: &'a Facts, agreements: &[&'a Agreement]) -> Self {
        let papers = &facts.record.circumstances;
        let readings: Vec<(&Agreement, &Clause)> = agreements
            .iter()
            .filter(|agreement| {
                !agreement.instruments().is_empty()
                    || !agreement.terms().is_empty()
                    || agreement.segregates_clinical_record()
            })
            .flat_map(|agreement| agreement.clauses().iter().map(move |clause| (*agreement, clause)))
            .collect();
        let request = &facts.request;
        let client = facts.record.client;
        let present = |seat: &Seat<'_>| request.agencies.get(seat.agency);
        let seats = seats(facts);
        let kinds: WordSet<AgencyKind> = seats
            .iter()
            .filter_map(present)
            .map(|agency| agency.kind)
            .collect();
        let flags: WordSet<AgencyFlag> = seats
            .iter()
            .filter_map(present)
            .flat_map(|agency| agency.flags.0.iter())
            .collect();
        let asking = &request.requester.person.agency;
        let fixed = vec![
            ("now", moment(request.now)),
            ("purpose", lexicon.word(request.purpose)),
            ("initiator", lexicon.word(request.initiator)),
            (
                "requester",
                lexicon.party(Some(asking), request.agencies.get(asking)),
            ),
            (
                "present",
                record([("kinds", lexicon.set(kinds)), ("flags", lexicon.set(flags))]),
            ),
            (
                "client",
                record([
                    ("found", lexicon.word(client.found)),
                    ("age", Value::new_long(i64::from(client.age))),
                    ("inCustody", truth(client.in_custody)),
                    ("deceased", truth(client.deceased)),
                    ("mayConsentAlone", truth(client.minor_may_consent_alone)),
                    ("incapacitated", truth(client.adjudicated_incapacity)),
                ]),
            ),
            ("representative", lexicon.representative(papers.representative)),
            ("state", lexicon.state(&papers.state_modules)),
            ("gateway", lexicon.word(papers.gateway_role)),
            ("ambulanceOnCall", truth(papers.ems_call_open)),
            ("disasterDeclared", truth(papers.declared_disaster)),
            ("auditUnavailable", truth(papers.audit_store_unavailable)),
        ];
        Self {
            consents: facts.record.consents.iter().map(|_| Default::default()).collect(),
            attestations: each(&papers.attestations, |one| lexicon.attestation(Some(one))),
            processes: each(&papers.legal_process, |one| lexicon.process(Some(one))),
            authorities: each(&papers.legal_authority, |one| lexicon.authority(Some(one))),
            agreements: each(&readings, |one| lexicon.agreement(Some(*one))),
            notices: each(&papers.privacy_notices, |one| lexicon.notice(Some(one))),
            words_of_mouth: each(&papers.oral_agreements, |one| lexicon.word_of_mouth(Some(one))),
            restrictions: each(&papers.restrictions, |one| lexicon.restriction(Some(one))),
            suspensions: each(&papers.suspensions, |one| lexicon.suspension(Some(one))),
            none: Absent {
                consent: lexicon.consent(None, Reliance::Recipient),
                revocation: lexicon.revocation(None),
                attestation: lexicon.attestation(None),
                process: lexicon.process(None),
                authority: lexicon.authority(None),
                agreement: lexicon.agreement(None),
                notice: lexicon.notice(None),
                word_of_mouth: lexicon.word_of_mouth(None),
                restriction: lexicon.restriction(None),
                suspension: lexicon.suspension(None),
            },
            readings,
            fixed,
            lexicon,
            facts,
        }
    }

    pub(crate) fn spot(&self, element: &'a ElementFacts, seat: Seat<'a>) -> Spot<'a> {
        let lexicon = self.lexicon;
        let agencies = &self.facts.request.agencies;
        let papers = &self.facts.record.circumstances;
        let (holder, source) = (element.holder(), &element.source);
        let logged = element.facts.log_entry.as_ref();
        let cells = element
            .facts
            .min_cell
            .map_or(-1, |smallest| i64::try_from(smallest).unwrap_or(i64::MAX));
        let person = seat.person;
        let handles = person.and_then(|person| person.person.as_ref());
        let mut fields = self.fixed.clone();
        fields.extend([
            (
                "recipient",
                record([
                    (
                        "agency",
                        lexicon.party(Some(seat.agency), agencies.get(seat.agency)),
                    ),
                    ("role", lexicon.word_or_none(person.map(|person| person.role))),
                    (
                        "handles",
                        Value::new_set(
                            handles
                                .into_iter()
                                .map(|handle| Value::new_entity_uid(lexicon.person(handle.as_str()))),
                        ),
                    ),
                    (
                        "licensed",
                        truth(person.is_some_and(|person| person.licensed_clinician)),
                    ),
                    (
                        "medical",
                        truth(person.is_some_and(|person| person.medical_personnel)),
                    ),
                    (
                        "treating",
                        truth(person.is_some_and(|person| person.treating_relationship)),
                    ),
                    ("asks", truth(seat.asks)),
                    ("system", lexicon.word_or_none(person.map(|person| person.system))),
                    (
                        "operator",
                        lexicon.agency_value(Some(person.map_or(seat.agency, Person::operator))),
                    ),
                ]),
            ),
            ("holder", lexicon.party(Some(holder), agencies.get(holder))),
            ("source", lexicon.party(Some(source), agencies.get(source))),
            (
                "element",
                record([
                    ("regimes", lexicon.set(element.regimes)),
                    ("labels", lexicon.set(element.sensitivity)),
                    ("facts", lexicon.set(element.facts.flags.0)),
                    ("deidentified", lexicon.word(element.facts.deidentified)),
                    ("smallestCell", Value::new_long(cells)),
                    (
                        "loggedBasis",
                        lexicon.word_or_none(logged.map(|entry| entry.basis)),
                    ),
                    (
                        "loggedRecipient",
                        lexicon.agency_value(logged.map(|entry| &entry.recipient)),
                    ),
                ]),
            ),
            ("emergency", lexicon.emergency(papers.emergency_at(source))),
            ("approvals", lexicon.approvals(papers, holder)),
            ("onFile", self.on_file(holder, seat.agency)),
        ]);
        Spot {
            itself: self.queried(element),
            element,
            seat,
            fields,
        }
    }

    /// What is on file at all (see the assumptions).
    fn on_file(&self, holder: &AgencyId, recipient: &AgencyId) -> Value {
        let papers = &self.facts.record.circumstances;
        let by_recipient = papers
            .attestations
            .iter()
            .filter(|one| one.by_agency == *recipient);
        let offsite: WordSet<_> = papers
            .attestations
            .iter()
            .filter(|one| one.kind == AttestationType::OffsiteCrime && one.by_agency == *holder)
            .flat_map(|one| one.facts.0.iter())
            .collect();
        let mut admissions = self.facts.record.elements.iter().filter(|element| {
            element.holder() == holder
                && element.category == Category::PatientStatement
                && element.is(ElementFact::AdmissionOfViolentCrime)
        });
        let some = admissions.clone().next().is_some();
        record([
            ("attested", self.lexicon.set(kinds(&papers.attestations))),
            ("attestedByRecipient", self.lexicon.set(kinds(by_recipient))),
            ("offsiteCrime", self.lexicon.set(offsite)),
            (
                "presentBeforeRecipient",
                truth(
                    papers
                        .oral_agreements
                        .iter()
                        .any(|agreed| agreed.to == *recipient && agreed.client_present),
                ),
            ),
            ("admissions", truth(some)),
            (
                "admissionsInTherapy",
                truth(admissions.any(|element| element.is(ElementFact::LearnedInTherapy))),
            ),
        ])
    }

    fn queried(&self, element: &ElementFacts) -> Value {
        let holder = element.holder();
        record([
            (
                "holder",
                self.lexicon
                    .party(Some(holder), self.facts.request.agencies.get(holder)),
            ),
            ("facts", self.lexicon.set(element.facts.flags.0)),
        ])
    }

    /// The revocations of the consent that a choice relies on.
    pub(crate) fn revocations(&self, choice: &Choice) -> &'a [Revocation] {
        choice
            .consent
            .and_then(|position| self.facts.record.consents.get(position))
            .map_or(&[], |consent| &consent.revoked)
    }

    fn consent(&self, choice: &Choice) -> Value {
        let found = choice.consent.and_then(|position| {
            let cell = self.consents.get(position)?.get(choice.relied_on)?;
            let relied_on = *RELIANCES.get(choice.relied_on)?;
            let facts = self.facts.record.consents.get(position)?;
            Some(
                cell.get_or_init(|| self.lexicon.consent(Some(facts), relied_on))
                    .clone(),
            )
        });
        found.unwrap_or_else(|| self.none.consent.clone())
    }

    /// The question as the context of a request.
    pub(crate) fn context(
        &self,
        spot: &Spot<'_>,
        choice: &Choice,
        against: &Against,
    ) -> Result<Context, Box<dyn std::error::Error>> {
        let lexicon = self.lexicon;
        let one = |list: &[Value], position: Option<usize>, none: &Value| {
            position
                .and_then(|position| list.get(position))
                .unwrap_or(none)
                .clone()
        };
        let revocation = against
            .revocation
            .and_then(|position| self.revocations(choice).get(position));
        let queried = against
            .queried
            .and_then(|position| self.facts.record.elements.get(position));
        let asked = [
            ("regime", lexicon.word_or_none(choice.regime)),
            (
                "queried",
                queried.map_or_else(|| spot.itself.clone(), |element| self.queried(element)),
            ),
            ("consent", self.consent(choice)),
            (
                "revocation",
                revocation.map_or_else(
                    || self.none.revocation.clone(),
                    |revocation| lexicon.revocation(Some(revocation)),
                ),
            ),
            (
                "attestation",
                one(&self.attestations, choice.attestation, &self.none.attestation),
            ),
            (
                "process",
                one(&self.processes, choice.process, &self.none.process),
            ),
            (
                "authority",
                one(&self.authorities, choice.authority, &self.none.authority),
            ),
            (
                "agreement",
                one(&self.agreements, choice.agreement, &self.none.agreement),
            ),
            (
                "holderNotice",
                one(&self.notices, choice.holder_notice, &self.none.notice),
            ),
            (
                "recipientNotice",
                one(&self.notices, choice.recipient_notice, &self.none.notice),
            ),
            (
                "wordOfMouth",
                one(
                    &self.words_of_mouth,
                    choice.word_of_mouth,
                    &self.none.word_of_mouth,
                ),
            ),
            (
                "restriction",
                one(&self.restrictions, against.restriction, &self.none.restriction),
            ),
            (
                "suspension",
                one(&self.suspensions, against.suspension, &self.none.suspension),
            ),
        ];
        let fields = spot
            .fields
            .iter()
            .cloned()
            .chain(asked)
            .map(|(name, value)| (name.to_owned(), value));
        Ok(Context::from_pairs(fields)?)
    }

    /// The choices worth asking about for these needs, the empty one first.
    pub(crate) fn choices(
        &self,
        spot: &Spot<'_>,
        needs: &[Needs],
        regime: Option<Regime>,
    ) -> BTreeSet<Choice> {
        let mut all = BTreeSet::new();
        for need in needs {
            self.choices_for(spot, *need, regime, &mut all);
        }
        all
    }

    fn choices_for(&self, spot: &Spot<'_>, need: Needs, regime: Option<Regime>, all: &mut BTreeSet<Choice>) {
        let (record, papers) = (&self.facts.record, &self.facts.record.circumstances);
        let (holder, source, recipient) = (spot.element.holder(), &spot.element.source, spot.seat.agency);
        let anybody = need.of_anybody;
        let mut found = vec![Choice {
            regime,
            ..Choice::default()
        }];
        let consents = positions(&record.consents, |consent| need.consents.contains(consent.kind));
        let reliances: &[usize] = if need.onward && holder != source {
            &[FOR_HOLDER]
        } else {
            &[0]
        };
        let relied: Vec<(usize, usize)> = consents
            .iter()
            .flat_map(|consent| reliances.iter().map(move |reliance| (*consent, *reliance)))
            .collect();
        multiply(&mut found, &relied, |choice, (consent, reliance)| {
            choice.consent = Some(consent);
            choice.relied_on = reliance;
        });
        let attestations = positions(&papers.attestations, |one| {
            need.attestations.contains(one.kind)
                && (anybody || one.by_agency == *holder || one.by_agency == *recipient)
        });
        multiply(&mut found, &attestations, |choice, one| {
            choice.attestation = Some(one)
        });
        if need.process {
            let processes = positions(&papers.legal_process, |one| anybody || one.by == *recipient);
            multiply(&mut found, &processes, |choice, one| choice.process = Some(one));
        }
        let authorities = positions(&papers.legal_authority, |one| {
            need.authorities.contains(one.topic) && (anybody || one.agency == *recipient)
        });
        multiply(&mut found, &authorities, |choice, one| {
            choice.authority = Some(one)
        });
        // A consent for those who help to operate a programme needs their agreement with it.
        let operators = relied.iter().any(|(consent, _)| {
            record.consents.get(*consent).is_some_and(|consent| {
                consent
                    .recipients
                    .classes
                    .contains(RecipientClass::ProgramOperators)
            })
        });
        if need.agreement || operators {
            let agreements = positions(&self.readings, |(agreement, _)| {
                let party = |id: &AgencyId| agreement.parties().contains(id);
                anybody || party(holder) || party(source) || party(recipient)
            });
            multiply(&mut found, &agreements, |choice, one| {
                choice.agreement = Some(one)
            });
        }
        if need.holder_notice {
            let notices = positions(&papers.privacy_notices, |one| anybody || one.agency == *holder);
            multiply(&mut found, &notices, |choice, one| {
                choice.holder_notice = Some(one)
            });
        }
        if need.recipient_notice {
            let notices = positions(&papers.privacy_notices, |one| anybody || one.agency == *recipient);
            multiply(&mut found, &notices, |choice, one| {
                choice.recipient_notice = Some(one)
            });
        }
        if need.word_of_mouth {
            let words = positions(&papers.oral_agreements, |one| anybody || one.to == *recipient);
            multiply(&mut found, &words, |choice, one| choice.word_of_mouth = Some(one));
        }
        all.extend(found);
    }
}

fn each<T>(list: &[T], make: impl Fn(&T) -> Value) -> Vec<Value> {
    list.iter().map(make).collect()
}

fn positions<T>(list: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter()
        .enumerate()
        .filter(|(_, one)| wanted(one))
        .map(|(position, _)| position)
        .collect()
}

/// Every choice so far, as it is and with each of the values put in.
fn multiply<T: Copy>(choices: &mut Vec<Choice>, values: &[T], put: impl Fn(&mut Choice, T)) {
    let before = choices.len();
    for value in values {
        for position in 0..before {
            if let Some(choice) = choices.get(position) {
                let mut with = *choice;
                put(&mut with, *value);
                choices.push(with);
            }
        }
    }
}
