//! One case: one element, one recipient, all facts. What a rule may look at.

use gateway_types::AgencyId;
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationType, AuthorityTopic, ElementFact, Initiator,
    Instrument, InstrumentTerm, NoticeUse, Part2Status, PurposeOfUse, Regime, Role, Sensitivity, SystemKind,
    WordSet,
};

use super::consents::Reach;
use super::element::Element;
use super::hipaa_public::is_request;
use crate::agreements::{Agreement, InForce, Party, Way};
use crate::facts::{
    AgencyFacts, Attestation, LegalAuthority, LegalProcess, NoticeOnFile, Person, RecordFacts, RequestFacts,
};

/// One who will see the payload: a person, or the agency whose shared screen or mailbox shows it.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'a> {
    pub(crate) agency_id: &'a AgencyId,
    pub(crate) agency: &'a AgencyFacts,
    /// `None`: whoever at the agency looks at the shared system.
    pub(crate) person: Option<&'a Person>,
    /// Whether this is who makes the call.
    pub(crate) asks: bool,
}

/// One element and one recipient, with everything a rule may look at.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) request: &'a RequestFacts,
    pub(crate) record: &'a RecordFacts,
    pub(crate) agreements: &'a InForce<'a>,
    pub(crate) element: Element<'a>,
    pub(crate) holder: &'a AgencyFacts,
    pub(crate) source: &'a AgencyFacts,
    pub(crate) seat: Seat<'a>,
    /// Which consents on file name these parties and this purpose, if that was worked out beforehand.
    pub(crate) reach: Reach,
    /// The element stays with the agency that holds it.
    inside: bool,
    parties: Parties<'a>,
}

/// The agencies of a case as parties to agreements.
#[derive(Clone, Copy)]
pub(crate) struct Parties<'a> {
    pub(crate) holder: Party<'a>,
    pub(crate) source: Party<'a>,
    pub(crate) recipient: Party<'a>,
}

impl<'a> Case<'a> {
    /// An element before a recipient, with nothing worked out about the consents.
    pub(crate) fn new(
        (request, record): (&'a RequestFacts, &'a RecordFacts),
        agreements: &'a InForce<'a>,
        element: Element<'a>,
        (holder, source): (&'a AgencyFacts, &'a AgencyFacts),
        seat: Seat<'a>,
        parties: Parties<'a>,
    ) -> Self {
        Self {
            request,
            record,
            agreements,
            element,
            holder,
            source,
            seat,
            reach: Reach::UNKNOWN,
            inside: element.holder() == seat.agency_id,
            parties,
        }
    }

    /// Another element before the same recipient.
    pub(crate) fn about(&self, element: Element<'a>) -> Self {
        Self {
            element,
            reach: Reach::UNKNOWN,
            inside: element.holder() == self.seat.agency_id,
            parties: Parties {
                holder: self.agreements.party(element.holder()),
                source: self.agreements.party(element.source),
                ..self.parties
            },
            ..*self
        }
    }

    /// The same element before another recipient.
    pub(crate) fn before(&self, seat: Seat<'a>) -> Self {
        Self {
            seat,
            reach: Reach::UNKNOWN,
            inside: self.element.holder() == seat.agency_id,
            parties: Parties {
                recipient: self.agreements.party(seat.agency_id),
                ..self.parties
            },
            ..*self
        }
    }
}

impl AgencyFacts {
    /// Whether it is a programme, or may be one (unknown is treated as yes).
    pub(crate) fn may_be_programme(&self) -> bool {
        self.part2_program != Part2Status::No
    }

    /// Covered entity or business associate.
    pub(crate) fn under_hipaa(&self) -> bool {
        self.flags.has(AgencyFlag::HipaaCoveredEntity) || self.flags.has(AgencyFlag::BusinessAssociate)
    }

    /// Furnishes health care and is no criminal justice agency.
    pub(crate) fn treats(&self) -> bool {
        self.flags.has(AgencyFlag::HealthCareProvider) && !self.is_justice()
    }

    /// Police, prosecution, supervision, custody: a criminal justice agency.
    pub(crate) fn is_justice(&self) -> bool {
        self.flags.has(AgencyFlag::CriminalJusticeAgency) || self.kind == AgencyKind::LawEnforcement
    }

    /// A victim service provider, or a division that is one.
    pub(crate) fn serves_victims(&self) -> bool {
        self.flags.has(AgencyFlag::VictimService) || self.kind == AgencyKind::VictimServiceProvider
    }
}

impl<'a> Seat<'a> {
    pub(crate) fn role(&self) -> Option<Role> {
        self.person.map(|person| person.role)
    }

    pub(crate) fn has_role(&self, roles: &[Role]) -> bool {
        self.role().is_some_and(|role| roles.contains(&role))
    }

    pub(crate) fn system(&self) -> Option<SystemKind> {
        self.person.map(|person| person.system)
    }
}

impl<'a> Case<'a> {
    pub(crate) fn purpose(&self) -> PurposeOfUse {
        self.request.purpose
    }

    pub(crate) fn holder_id(&self) -> &'a AgencyId {
        self.element.holder()
    }

    pub(crate) fn recipient(&self) -> &'a AgencyFacts {
        self.seat.agency
    }

    pub(crate) fn recipient_id(&self) -> &'a AgencyId {
        self.seat.agency_id
    }

    /// The element stays with the agency that holds it.
    pub(crate) fn stays_inside(&self) -> bool {
        self.inside
    }

    pub(crate) fn is_push(&self) -> bool {
        self.request.initiator == Initiator::Source
    }

    /// A report or push by the holder itself.
    pub(crate) fn pushed_by_holder(&self) -> bool {
        self.is_push() && self.request.requester.person.agency == *self.holder_id()
    }

    pub(crate) fn binds(&self, regime: Regime) -> bool {
        self.element.regimes.contains(regime)
    }

    /// A Part 2 record, or one whose Part 2 status nobody established.
    pub(crate) fn is_part2(&self) -> bool {
        self.binds(Regime::P2) || self.binds(Regime::Unknown) || self.binds(Regime::Sudn)
    }

    /// The attestations of this kind that `agency` made.
    pub(crate) fn attestations(
        &self,
        kind: AttestationType,
        agency: &'a AgencyId,
    ) -> impl Iterator<Item = &'a Attestation> + use<'a> {
        self.record
            .circumstances
            .attestations
            .iter()
            .filter(move |attestation| attestation.kind == kind && attestation.by_agency == *agency)
    }

    /// Whether `agency` attested this and named the element's category.
    pub(crate) fn attested_for_element(&self, kind: AttestationType, agency: &'a AgencyId) -> bool {
        self.attestations(kind, agency)
            .any(|attestation| self.within(attestation.categories))
    }

    /// Process and requests that the recipient's agency presents.
    pub(crate) fn processes(&self) -> impl Iterator<Item = &'a LegalProcess> + use<'a> {
        let by = self.recipient_id();
        self.record
            .circumstances
            .legal_process
            .iter()
            .filter(move |process| process.by == *by)
    }

    /// Whether process more than a mere request names the element's category.
    pub(crate) fn process_names_element(&self) -> bool {
        self.processes()
            .any(|served| !is_request(served) && self.within(served.categories))
    }

    /// Whether the holder approved.
    pub(crate) fn approved(&self, kind: ApprovalType) -> bool {
        self.record
            .circumstances
            .approvals
            .iter()
            .any(|approval| approval.kind == kind && approval.by_agency == *self.holder_id())
    }

    /// Whether two people at the holder approved.
    pub(crate) fn approved_by_two(&self, kind: ApprovalType) -> bool {
        self.record.circumstances.approvals.iter().any(|approval| {
            approval.kind == kind && approval.two_person && approval.by_agency == *self.holder_id()
        })
    }

    /// Authority that the recipient's agency holds on a topic.
    pub(crate) fn authority(
        &self,
        topic: AuthorityTopic,
    ) -> impl Iterator<Item = &'a LegalAuthority> + use<'a> {
        let agency = self.recipient_id();
        self.record
            .circumstances
            .legal_authority
            .iter()
            .filter(move |authority| authority.topic == topic && authority.agency == *agency)
    }

    /// Whether that authority reaches the element; one that names no category speaks of the whole subject.
    pub(crate) fn authority_reaches(&self, topic: AuthorityTopic) -> bool {
        self.authority(topic)
            .any(|authority| authority.categories.is_empty() || self.within(authority.categories))
    }

    pub(crate) fn has_authority(&self, topic: AuthorityTopic) -> bool {
        self.authority(topic).next().is_some()
    }

    /// The HMIS privacy notice of an agency.
    pub(crate) fn notices_of(
        &self,
        agency: &'a AgencyId,
    ) -> impl Iterator<Item = &'a NoticeOnFile> + use<'a> {
        self.record
            .circumstances
            .privacy_notices
            .iter()
            .filter(move |notice| notice.agency == *agency)
    }

    /// Whether the holder's privacy notice lists a use.
    pub(crate) fn holder_notice_lists(&self, listed: NoticeUse) -> bool {
        self.notices_of(self.holder_id())
            .any(|notice| notice.uses.contains(listed))
    }

    /// Whether an agreement of holder and recipient that covers purpose and category is this instrument with these terms.
    pub(crate) fn instrument(&self, instrument: Instrument, terms: &[InstrumentTerm]) -> bool {
        self.listed_by(|agreement| agreement.is_instrument(instrument, terms))
    }

    /// Whether an agreement of holder and recipient that is as `test` asks lists purpose and category.
    pub(crate) fn listed_by(&self, test: impl Fn(&Agreement) -> bool) -> bool {
        let way = Way {
            from: self.parties.holder,
            to: self.parties.recipient,
        };
        self.agreements.any_running(way, self.purpose(), |lane| {
            test(lane.agreement) && self.element.category.covered_by(lane.clause.share)
        })
    }

    /// Whether an agreement between holder and recipient is as `test` asks.
    pub(crate) fn holder_agreed(&self, test: impl Fn(&Agreement) -> bool) -> bool {
        let Parties {
            holder, recipient, ..
        } = self.parties;
        self.agreements.any_between(holder, recipient, test)
    }

    /// Whether an agreement between the recipient and where the record came from is as `test` asks.
    pub(crate) fn source_agreed(&self, test: impl Fn(&Agreement) -> bool) -> bool {
        let Parties {
            source, recipient, ..
        } = self.parties;
        self.agreements.any_between(source, recipient, test)
    }

    /// Whether the content is labelled as concerning substance use, under any of the label's names.
    pub(crate) fn labelled_sud(&self) -> bool {
        self.labelled(&[
            Sensitivity::Sud,
            Sensitivity::Eth,
            Sensitivity::Ethud,
            Sensitivity::Opioidud,
        ]) || self.element.is(ElementFact::ProjectNameRevealsSud)
    }

    pub(crate) fn labelled(&self, labels: &[Sensitivity]) -> bool {
        self.element.sensitivity.contains_any(labels)
    }

    /// Separated notes are open to oversight of their originator only (164.508(a)(2)(ii), 2.31(b)): while the originator
    /// holds them.
    pub(crate) fn notes_only_of_originator(&self) -> bool {
        let notes = self.binds(Regime::Psyn) || self.binds(Regime::Sudn);
        !notes || self.element.source == self.holder_id()
    }

    /// Sexual and reproductive health, which no profile for law enforcement carries (catalogue HIP-RH).
    pub(crate) fn reproductive(&self) -> bool {
        self.labelled(&[Sensitivity::Sex, Sensitivity::Pregnant])
    }

    /// A statement of an emergency by medical personnel of a provider who needs this category at once.
    pub(crate) fn emergency_needs_element(&self) -> bool {
        self.emergency_clinician()
            && self
                .record
                .circumstances
                .emergency
                .is_some_and(|emergency| self.within(emergency.needed_categories))
    }

    /// The recipient is medical personnel with an emergency statement, in an emergency purpose.
    pub(crate) fn emergency_clinician(&self) -> bool {
        let stated = self
            .record
            .circumstances
            .emergency
            .is_some_and(|emergency| emergency.immediate_treatment_needed);
        stated
            && matches!(self.purpose(), PurposeOfUse::Etreat | PurposeOfUse::Btg)
            && self.seat.person.is_some_and(|person| person.medical_personnel)
    }

    /// The categories of a set cover the element.
    pub(crate) fn within(&self, categories: WordSet<gateway_types::vocabulary::Category>) -> bool {
        self.element.category.within(categories)
    }
}
