//! Small changes to facts: papers of other scenarios brought in, single facts turned round, things taken away.

use gateway_types::vocabulary::{Initiator, Regime, WordSet};
use gateway_types::{AgencyId, Timestamp};

use super::RandomFacts;
use super::dice::Dice;
use crate::facts::{
    CategoryScope, ElementFacts, Expiry, Facts, Handle, Person, Revocation, Signer, StatementForm,
};

const HOUR: i64 = 60 * 60;

/// Facts in the making.
pub(super) struct Weave<'a> {
    pub(super) supply: &'a RandomFacts,
    pub(super) dice: Dice,
    pub(super) facts: Facts,
    /// Counts what is new, so that each new thing has a handle of its own.
    pub(super) added: usize,
}

impl<'a> Weave<'a> {
    pub(super) fn start(supply: &'a RandomFacts, mut dice: Dice) -> Self {
        let facts = supply.some_scenario(&mut dice).clone();
        Self {
            supply,
            dice,
            facts,
            added: 0,
        }
    }

    pub(super) fn finish(mut self) -> Facts {
        // One in eight goes far from any scenario.
        let most = if self.dice.chance(12) { 24 } else { 7 };
        for _ in 0..2 + self.dice.below(most) {
            match self.dice.below(10) {
                0..=3 => self.complete(),
                4..=6 => self.bring(),
                _ => self.change(),
            }
        }
        self.facts
    }

    pub(super) fn handle(&mut self, kind: &str) -> Handle {
        self.added += 1;
        Handle::new(format!("{kind}-new-{}", self.added)).unwrap_or_else(|_| Handle::numbered(self.added))
    }

    /// An agency that matters here: a holder, a source, one that asks, one that receives, or any.
    pub(super) fn some_agency(&mut self) -> Option<AgencyId> {
        let request = &self.facts.request;
        match self.dice.below(10) {
            0..=3 => {
                let element = self.dice.pick(&self.facts.record.elements)?;
                Some(
                    if self.dice.chance(80) {
                        element.holder()
                    } else {
                        &element.source
                    }
                    .clone(),
                )
            }
            4..=6 => Some(request.requester.person.agency.clone()),
            7 => Some(self.dice.pick(&request.audience)?.agency.clone()),
            _ => {
                let known: Vec<&AgencyId> = request.agencies.keys().collect();
                self.dice.pick(&known).map(|id| (*id).clone())
            }
        }
    }

    fn resettle(&mut self, place: &mut AgencyId) {
        if let Some(agency) = self.some_agency() {
            *place = agency;
        }
    }

    fn resettle_all(&mut self, places: &mut [AgencyId]) {
        for place in places {
            self.resettle(place);
        }
    }

    fn resettle_person(&mut self, person: &mut Person) {
        self.resettle(&mut person.agency);
        person.system_operator = None;
        if self.dice.chance(30) {
            person.system_operator = self.some_agency();
        }
    }

    /// Something of another scenario, put between the agencies of this one.
    fn bring(&mut self) {
        let other = self.supply.some_scenario(&mut self.dice);
        let (theirs, papers) = (&other.record, &other.record.circumstances);
        match self.dice.below(14) {
            0 | 1 => {
                if let Some(mut consent) = self.dice.pick(&theirs.consents).cloned() {
                    consent.id = self.handle("c");
                    self.resettle_all(&mut consent.discloser.agencies);
                    self.resettle_all(&mut consent.recipients.agencies);
                    for revocation in &mut consent.revoked {
                        self.resettle_all(&mut revocation.recipients);
                    }
                    self.facts.record.consents.push(consent);
                }
            }
            2 | 3 => {
                if let Some(element) = self.dice.pick(&theirs.elements).cloned() {
                    self.bring_element(element);
                }
            }
            4 => self.facts.request.purpose = other.request.purpose,
            5 => {
                let (id, agency) = (other.request.agencies.iter(), other.request.agencies.len());
                let position = self.dice.position(agency);
                if let Some((id, agency)) = id.into_iter().nth(position) {
                    self.facts.request.agencies.entry(id.clone()).or_insert(*agency);
                }
            }
            6 => {
                let people: Vec<&Person> = other.request.recipients().collect();
                if let Some(mut person) = self.dice.pick(&people).map(|person| (*person).clone()) {
                    self.resettle_person(&mut person);
                    if self.dice.chance(60) {
                        self.facts.request.requester.person = person;
                    } else {
                        self.facts.request.audience.push(person);
                    }
                }
            }
            7 => {
                if let Some(mut process) = self.dice.pick(&papers.legal_process).cloned() {
                    self.resettle(&mut process.by);
                    self.facts.record.circumstances.legal_process.push(process);
                }
            }
            8 => {
                if let Some(mut attestation) = self.dice.pick(&papers.attestations).cloned() {
                    self.resettle(&mut attestation.by_agency);
                    self.facts.record.circumstances.attestations.push(attestation);
                }
            }
            9 => {
                if let Some(mut authority) = self.dice.pick(&papers.legal_authority).cloned() {
                    self.resettle(&mut authority.agency);
                    self.facts.record.circumstances.legal_authority.push(authority);
                }
            }
            10 => {
                if let Some(mut mou) = self.dice.pick(&other.request.mous).cloned() {
                    mou.id = self.handle("m");
                    self.resettle_all(&mut mou.parties);
                    self.facts.request.mous.push(mou);
                }
            }
            11 => self.bring_narrowing(other),
            12 => {
                let mine = &mut self.facts.record.circumstances;
                mine.emergency = papers.emergency.or(mine.emergency);
                mine.representative = papers.representative.or(mine.representative);
                mine.oral_agreements
                    .extend(papers.oral_agreements.iter().cloned());
                mine.approvals.extend(papers.approvals.iter().cloned());
            }
            _ => self.facts.record.client = theirs.client,
        }
    }

    fn bring_element(&mut self, mut element: ElementFacts) {
        element.id = self.handle("e");
        self.resettle(&mut element.source);
        element.holder = None;
        if self.dice.chance(20) {
            element.holder = self.some_agency();
        }
        if let Some(entry) = &mut element.facts.log_entry
            && let Some(agency) = self.some_agency()
        {
            entry.recipient = agency;
        }
        self.facts.record.elements.push(element);
    }

    fn bring_narrowing(&mut self, other: &Facts) {
        let papers = &other.record.circumstances;
        let mut restrictions = papers.restrictions.clone();
        for restriction in &mut restrictions {
            self.resettle(&mut restriction.agency);
            self.resettle_all(&mut restriction.recipients);
        }
        let mut notices = papers.privacy_notices.clone();
        for notice in &mut notices {
            self.resettle(&mut notice.agency);
        }
        let mut suspensions = papers.suspensions.clone();
        for suspension in &mut suspensions {
            self.resettle(&mut suspension.agency);
        }
        let mine = &mut self.facts.record.circumstances;
        mine.restrictions.extend(restrictions);
        mine.privacy_notices.extend(notices);
        mine.suspensions.extend(suspensions);
        mine.state_modules.extend(papers.state_modules.iter().cloned());
    }

    /// One fact turned round, one thing taken away.
    fn change(&mut self) {
        match self.dice.below(18) {
            0 => self.dice.reword(&mut self.facts.request.purpose),
            1 => {
                self.facts.request.initiator = match self.facts.request.initiator {
                    Initiator::Requester => Initiator::Source,
                    Initiator::Source => Initiator::Requester,
                }
            }
            2 | 3 => self.change_agency(),
            4 | 5 => self.change_person(),
            6..=8 => self.change_element(),
            9..=11 => self.change_consent(),
            12 => self.change_client(),
            13..=15 => self.change_paper(),
            16 => self.change_agreement(),
            _ => {
                let hours = [-900, -24, -1, 0, 1, 24, 40 * 24, 400 * 24];
                let shift = self.dice.pick(&hours).copied().unwrap_or_default();
                self.facts.request.now = self.facts.request.now.plus_seconds(shift * HOUR);
            }
        }
    }

    fn change_agency(&mut self) {
        let Some(id) = self.some_agency() else { return };
        let Some(agency) = self.facts.request.agencies.get_mut(&id) else {
            return;
        };
        match self.dice.below(8) {
            0 | 1 => self.dice.reword(&mut agency.kind),
            2 => self.dice.reword(&mut agency.part2_program),
            3 if self.dice.chance(20) => {
                self.facts.request.agencies.remove(&id);
            }
            _ => self.dice.toggle(&mut agency.flags.0),
        }
    }

    fn change_person(&mut self) {
        let request = &mut self.facts.request;
        if self.dice.chance(15) {
            let position = self.dice.position(request.audience.len());
            if position < request.audience.len() {
                request.audience.remove(position);
            }
            return;
        }
        if self.dice.chance(10) {
            let requester = &mut request.requester;
            match self.dice.below(4) {
                0 => self.dice.flip(&mut requester.identity_unverified),
                1 => self.dice.flip(&mut requester.authority_unverified),
                _ => self.dice.flip(&mut requester.asserts_consent),
            }
            return;
        }
        let operator = self.some_agency();
        let audience_too = self.dice.chance(40);
        let person = if audience_too {
            self.dice.pick_mut(&mut self.facts.request.audience)
        } else {
            Some(&mut self.facts.request.requester.person)
        };
        let Some(person) = person else { return };
        match self.dice.below(6) {
            0 => self.dice.reword(&mut person.role),
            1 => self.dice.reword(&mut person.system),
            2 => self.dice.flip(&mut person.licensed_clinician),
            3 => self.dice.flip(&mut person.medical_personnel),
            4 => self.dice.flip(&mut person.treating_relationship),
            _ => person.system_operator = operator,
        }
    }

    fn change_element(&mut self) {
        let agency = self.some_agency();
        let now = self.facts.request.now;
        let length = self.facts.record.elements.len();
        let Some(element) = self.dice.pick_mut(&mut self.facts.record.elements) else {
            return;
        };
        match self.dice.below(13) {
            0 | 1 => self.dice.reword(&mut element.category),
            2 => self.dice.toggle(&mut element.regimes),
            3 => {
                element.regimes = WordSet::EMPTY;
                if let Some(regime) = self.dice.pick(<Regime as gateway_types::vocabulary::Word>::ALL) {
                    element.regimes.insert(*regime);
                }
            }
            4 => self.dice.toggle(&mut element.sensitivity),
            5..=7 => self.dice.toggle(&mut element.facts.flags.0),
            8 => self.dice.reword(&mut element.facts.deidentified),
            9 => {
                let cells = [None, Some(0), Some(10), Some(11), Some(400)];
                element.facts.min_cell = self.dice.pick(&cells).copied().flatten();
            }
            10 => element.holder = agency,
            11 => element.facts.came_after = some_time(&mut self.dice, now),
            _ if length > 1 => {
                let position = self.dice.position(length);
                self.facts.record.elements.remove(position);
            }
            _ => {
                if let Some(agency) = agency {
                    element.source = agency;
                }
            }
        }
    }

    fn change_consent(&mut self) {
        let agency = self.some_agency();
        let now = self.facts.request.now;
        let dice = &mut self.dice;
        let Some(consent) = dice.pick_mut(&mut self.facts.record.consents) else {
            return;
        };
        match dice.below(17) {
            0 => dice.reword(&mut consent.kind),
            1 => consent.signed_at = some_time(dice, now),
            2 => consent.signer = some_signer(dice),
            3 => consent.co_signer = some_signer(dice),
            4 => dice.toggle(&mut consent.discloser.classes),
            5 => dice.toggle(&mut consent.recipients.classes),
            6 => consent.discloser.agencies = agency.into_iter().collect(),
            7 => consent.recipients.agencies = agency.into_iter().collect(),
            8 => dice.toggle(&mut consent.purposes),
            9 => match &mut consent.categories {
                CategoryScope::Only(named) if dice.chance(70) => dice.toggle(named),
                scope => *scope = CategoryScope::All,
            },
            10 => consent.expires = some_expiry(dice, now),
            11 => consent.revoked.push(Revocation {
                at: some_time(dice, now).unwrap_or(now),
                recipients: agency.into_iter().filter(|_| dice.chance(50)).collect(),
                form: gateway_types::vocabulary::RevocationForm::Oral,
            }),
            12 | 13 => dice.toggle(&mut consent.statements.0),
            14 => dice.toggle(&mut consent.combined_with),
            15 => {
                let flags = [
                    &mut consent.no_investigative_use,
                    &mut consent.known_false,
                    &mut consent.conditioned,
                    &mut consent.names_gateway,
                    &mut consent.client_name_differs,
                ];
                let position = dice.position(flags.len());
                for flag in flags.into_iter().skip(position).take(1) {
                    dice.flip(flag);
                }
            }
            _ => {
                let position = dice.position(self.facts.record.consents.len());
                self.facts.record.consents.remove(position);
            }
        }
    }

    fn change_client(&mut self) {
        let client = &mut self.facts.record.client;
        match self.dice.below(7) {
            0 => client.age = self.dice.pick(&[14, 17, 18, 40]).copied().unwrap_or_default(),
            1 => self.dice.flip(&mut client.in_custody),
            2 => self.dice.flip(&mut client.deceased),
            3 => self.dice.flip(&mut client.minor_may_consent_alone),
            4 => self.dice.flip(&mut client.adjudicated_incapacity),
            5 if self.dice.chance(30) => self.dice.reword(&mut client.found),
            _ => {}
        }
    }

    fn change_paper(&mut self) {
        let now = self.facts.request.now;
        let (dice, papers) = (&mut self.dice, &mut self.facts.record.circumstances);
        match dice.below(12) {
            0 | 1 => {
                if let Some(process) = dice.pick_mut(&mut papers.legal_process) {
                    match dice.below(5) {
                        0 => dice.reword(&mut process.kind),
                        1 => process.request_for = dice.pick(words()).copied(),
                        2 => dice.toggle(&mut process.categories),
                        3 => dice.toggle(&mut process.findings),
                        _ => dice.toggle(&mut process.facts.0),
                    }
                }
            }
            2 | 3 => {
                if let Some(attestation) = dice.pick_mut(&mut papers.attestations) {
                    match dice.below(4) {
                        0 => dice.reword(&mut attestation.kind),
                        1 => dice.reword(&mut attestation.by_role),
                        2 => dice.toggle(&mut attestation.categories),
                        _ => dice.toggle(&mut attestation.facts.0),
                    }
                }
            }
            4 => drop_one(dice, &mut papers.approvals),
            5 => {
                if let Some(authority) = dice.pick_mut(&mut papers.legal_authority) {
                    match dice.below(3) {
                        0 => dice.reword(&mut authority.form),
                        1 => dice.reword(&mut authority.topic),
                        _ => dice.toggle(&mut authority.categories),
                    }
                }
            }
            6 => {
                if let Some(notice) = dice.pick_mut(&mut papers.privacy_notices) {
                    match dice.below(3) {
                        0 => dice.toggle(&mut notice.uses),
                        1 => dice.toggle(&mut notice.recipient_kinds),
                        _ => dice.flip(&mut notice.describes_gateway),
                    }
                }
            }
            7 => {
                if let Some(emergency) = &mut papers.emergency {
                    let flags = [
                        &mut emergency.immediate_treatment_needed,
                        &mut emergency.client_able_to_consent,
                        &mut emergency.client_refused,
                        &mut emergency.representative_available,
                        &mut emergency.program_closed_by_disaster,
                        &mut emergency.personnel_named,
                        &mut emergency.affiliation_named,
                        &mut emergency.discloser_named,
                        &mut emergency.time_recorded,
                        &mut emergency.nature_recorded,
                    ];
                    let position = dice.position(flags.len());
                    for flag in flags.into_iter().skip(position).take(1) {
                        dice.flip(flag);
                    }
                    if dice.chance(20) {
                        dice.toggle(&mut emergency.needed_categories);
                    }
                }
            }
            8 => match dice.below(3) {
                0 => dice.reword(&mut papers.gateway_role),
                1 => dice.flip(&mut papers.ems_call_open),
                _ if dice.chance(10) => dice.flip(&mut papers.audit_store_unavailable),
                _ => {}
            },
            9 => {
                if let Some(module) = dice.pick_mut(&mut papers.state_modules) {
                    dice.reword(&mut module.effect);
                    if dice.chance(40) {
                        dice.reword(&mut module.topic);
                    }
                }
            }
            10 => {
                if let Some(restriction) = dice.pick_mut(&mut papers.restrictions) {
                    match dice.below(4) {
                        0 => dice.reword(&mut restriction.kind),
                        1 => dice.toggle(&mut restriction.categories),
                        2 => restriction.until = some_time(dice, now),
                        _ => restriction.recipients.clear(),
                    }
                }
            }
            _ => {
                if let Some(suspension) = dice.pick_mut(&mut papers.suspensions) {
                    suspension.end = some_time(dice, now);
                    suspension.start = some_time(dice, now).unwrap_or(suspension.start);
                    if dice.chance(30) {
                        suspension.form = StatementForm::Oral;
                    }
                }
                drop_one(dice, &mut papers.legal_process);
            }
        }
    }

    fn change_agreement(&mut self) {
        let now = self.facts.request.now;
        let dice = &mut self.dice;
        let Some(mou) = dice.pick_mut(&mut self.facts.request.mous) else {
            return;
        };
        match dice.below(8) {
            0 => dice.toggle(&mut mou.purposes),
            1 => match &mut mou.categories {
                CategoryScope::Only(named) => dice.toggle(named),
                scope @ CategoryScope::All => *scope = CategoryScope::default(),
            },
            2 => dice.toggle(&mut mou.recipient_roles),
            3 => dice.toggle(&mut mou.instruments),
            4 => dice.toggle(&mut mou.terms),
            5 => mou.expires = some_time(dice, now),
            6 => dice.flip(&mut mou.segregated_clinical_record),
            _ => drop_one(dice, &mut self.facts.request.mous),
        }
    }
}

fn words<W: gateway_types::vocabulary::Word>() -> &'static [W] {
    W::ALL
}

fn drop_one<T>(dice: &mut Dice, list: &mut Vec<T>) {
    let position = dice.position(list.len());
    if position < list.len() {
        list.remove(position);
    }
}

/// A moment about now, at its very edges too, or none.
pub(super) fn some_time(dice: &mut Dice, now: Timestamp) -> Option<Timestamp> {
    let hours = [
        -800,
        -31 * 24,
        -30 * 24,
        -29 * 24,
        -24,
        0,
        0,
        24,
        29 * 24,
        31 * 24,
        800,
    ];
    let shift = dice.pick(&hours).copied()?;
    (!dice.chance(10)).then(|| now.plus_seconds(shift * HOUR))
}

fn some_signer(dice: &mut Dice) -> Option<Signer> {
    let role = dice.pick(words()).copied()?;
    (!dice.chance(10)).then(|| Signer {
        role,
        authority_documented: dice.chance(50),
        suspected_abuser: dice.chance(15),
    })
}

fn some_expiry(dice: &mut Dice, now: Timestamp) -> Option<Expiry> {
    match dice.below(6) {
        0 => None,
        1 => Some(Expiry::Never),
        2 | 3 => Some(Expiry::Event {
            event: dice.pick(words()).copied()?,
            occurred: dice
                .pick(&[Some(false), Some(false), Some(true), None])
                .copied()?,
        }),
        _ => some_time(dice, now).map(Expiry::At),
    }
}
