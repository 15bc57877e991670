//! Whether a consent can be used, for an element, a recipient and a regime, now (42 CFR 2.31, 2.33, 2.35; 45 CFR
//! 164.508; 28 CFR 90.4(b)(3)).
//!
//! HP-6: nothing goes on a consent that is expired, revoked, deficient on its face or known to be false. Every check
//! here can only make a consent unusable; none looks at anything but the facts on the form and the clock.

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, ConsentKind, ElementFact, ExpiryEvent, GatewayRole, Instrument,
    InstrumentTerm, Part2Status, PurposeOfUse, RecipientClass, Regime, SignerRole, Statement, WordSet,
};
use gateway_types::{AgencyId, Timestamp};

use super::case::{Case, Seat};
use super::narrowing::BAD_CONSENT;
use super::rule::heard;
use crate::agreements::Agreement;
use crate::facts::{AgencyFacts, CategoryScope, ConsentFacts, Expiry, RecordFacts, RequestFacts, Signer};

const DAY: i64 = 24 * 60 * 60;
/// A victim-service release is "reasonably time-limited" (28 CFR 90.4(b)(3)(ii)(A)): thirty days unless counsel says otherwise.
const VICTIM_RELEASE_DAYS: i64 = 30;

const HIPAA_STATEMENTS: &[Statement] = &[
    Statement::HipaaRightToRevoke,
    Statement::HipaaConditioning,
    Statement::HipaaRedisclosurePotential,
];
const PART2_TPO_STATEMENTS: &[Statement] = &[
    Statement::Part2RedisclosurePotential,
    Statement::Part2RefusalConsequences,
];

/// A consent that can be used, and whether a human has to look at it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usable {
    pub(crate) position: usize,
    /// It says "all records": a human reviews it, and nothing goes before that.
    pub(crate) review: Review,
}

/// Whether a consent needs a review, and has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Review {
    NotNeeded,
    Done,
    Missing,
}

/// Consents on file, by their positions: a bit for each of the first of them. What is beyond is looked at where it is
/// asked about.
type Positions = u128;

/// How many of the consents on file have a bit.
fn with_a_bit(record: &RecordFacts) -> u32 {
    Positions::BITS.min(u32::try_from(record.consents.len()).unwrap_or(u32::MAX))
}

fn positions(record: &RecordFacts, which: impl Fn(&ConsentFacts) -> bool) -> Positions {
    (0..with_a_bit(record))
        .zip(&record.consents)
        .filter(|(_, consent)| which(consent))
        .fold(0, |found, (bit, _)| found | 1 << bit)
}

/// Which consents on file allow a recipient the purpose of a request. No rule that asks this looks at the element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receiving {
    /// Those that name the recipient, or a class that it is in whoever discloses.
    named: Positions,
    /// Those that name whoever helps to operate the programme, where the recipient may be one.
    helping: Positions,
    /// Those that are clean and in force for the recipient.
    sound: Positions,
}

impl Receiving {
    pub(crate) fn of(request: &RequestFacts, record: &RecordFacts, seat: &Seat<'_>) -> Self {
        let serves = |consent: &ConsentFacts| covers_purpose(consent, request.purpose);
        Self {
            named: positions(record, |consent| {
                serves(consent) && names_recipient(consent, seat)
            }),
            helping: positions(record, |consent| {
                serves(consent) && names_as_helper(consent, seat)
            }),
            sound: positions(record, |consent| {
                is_clean(consent, request.purpose) && in_force(consent, seat.agency_id, request.now)
            }),
        }
    }
}

/// Which consents on file allow an agency to disclose, or either of two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disclosing(Positions);

impl Disclosing {
    pub(crate) fn of(record: &RecordFacts, id: &AgencyId, agency: &AgencyFacts) -> Self {
        Self(positions(record, |consent| {
            allows_disclosing(consent, id, agency)
        }))
    }

    /// What the one or the other may disclose: the holder, or where the record came from.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Which consents on file name the parties of a case and its purpose, and are clean and in force. No rule that asks
/// this looks at the category, so it is worked out once for all elements that differ in category alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    naming: Positions,
    sound: Positions,
    /// How many of them were looked at.
    looked_at: u32,
    /// None on file is beyond those.
    complete: bool,
}

impl Reach {
    /// Nothing was worked out beforehand.
    pub(crate) const UNKNOWN: Self = Self {
        naming: 0,
        sound: 0,
        looked_at: 0,
        complete: false,
    };

    /// Of a case, from what its recipient may receive and its holder disclose.
    pub(crate) fn of(case: &Case<'_>, receiving: Receiving, disclosing: Disclosing) -> Self {
        let helping = receiving.helping & disclosing.0;
        let helps = helping != 0 && case.has_service_agreement();
        let naming = receiving.named & disclosing.0 | if helps { helping } else { 0 };
        let looked_at = with_a_bit(case.record);
        Self {
            naming,
            sound: receiving.sound,
            looked_at,
            complete: looked_at as usize == case.record.consents.len(),
        }
    }

    /// Whether the consent at a position names parties and purpose; `None`: nobody looked.
    fn names(self, position: usize) -> Option<bool> {
        Some(self.naming & 1 << self.bit(position)? != 0)
    }

    /// Whether the consent at a position is clean and in force; `None`: nobody looked.
    fn is_sound(self, position: usize) -> Option<bool> {
        Some(self.sound & 1 << self.bit(position)? != 0)
    }

    fn bit(self, position: usize) -> Option<u32> {
        u32::try_from(position).ok().filter(|bit| *bit < self.looked_at)
    }
}

/// Treatment, payment and operations, with everything HL7 puts under them.
pub(crate) fn is_tpo(purpose: PurposeOfUse) -> bool {
    matches!(
        purpose,
        PurposeOfUse::Treat
            | PurposeOfUse::Coc
            | PurposeOfUse::Etreat
            | PurposeOfUse::Btg
            | PurposeOfUse::Hpaymt
            | PurposeOfUse::Hoperat
            | PurposeOfUse::Hqualimp
            | PurposeOfUse::Hlegal
            | PurposeOfUse::Gov
            | PurposeOfUse::Fraud
            | PurposeOfUse::Milcdm
            | PurposeOfUse::Hdecd
            | PurposeOfUse::Mltraining
    )
}

impl Case<'_> {
    /// The best usable consent of one of these kinds for this regime: one that needs no review before one that has it.
    pub(crate) fn consent(&self, kinds: &[ConsentKind], regime: Regime) -> Option<Usable> {
        self.consent_that(kinds, regime, |_| true)
    }

    /// The same, among those of which something else holds too. What is asked of a consent belongs in here: asked of
    /// the one that was picked, a worse consent on file could hide a better one.
    pub(crate) fn consent_that(
        &self,
        kinds: &[ConsentKind],
        regime: Regime,
        also: impl Fn(&ConsentFacts) -> bool,
    ) -> Option<Usable> {
        self.named()
            .filter(|(_, consent)| kinds.contains(&consent.kind) && also(consent))
            .filter_map(|(position, consent)| {
                let review = self.usable(position, consent, regime)?;
                Some((review, consent, Usable { position, review }))
            })
            // By content rather than by position, so that the order on file decides nothing.
            .min_by(|(review, consent, _), (other_review, other, _)| {
                (review, consent.no_investigative_use, &consent.id).cmp(&(
                    other_review,
                    other.no_investigative_use,
                    &other.id,
                ))
            })
            .map(|(_, _, usable)| usable)
    }

    /// The consents on file, with their positions, but for those that are known not to name parties and purpose.
    fn named(&self) -> impl Iterator<Item = (usize, &ConsentFacts)> {
        let (mut known, beyond) = if self.reach.complete {
            (self.reach.naming, 0..0)
        } else {
            (0, 0..self.record.consents.len())
        };
        let by_bit = std::iter::from_fn(move || {
            let position = known.trailing_zeros();
            known &= known.wrapping_sub(1);
            (position < Positions::BITS).then_some(position as usize)
        });
        by_bit
            .chain(beyond)
            .filter_map(|position| Some((position, self.record.consents.get(position)?)))
    }

    /// Whether a consent can be used here; `None` if any element of a valid form is missing.
    fn usable(&self, position: usize, consent: &ConsentFacts, regime: Regime) -> Option<Review> {
        let names = self
            .reach
            .names(position)
            .unwrap_or_else(|| self.is_named_by(consent));
        let covers = names && self.element.category.covered_by(consent.categories);
        let sound = || {
            self.reach.is_sound(position).unwrap_or_else(|| {
                is_clean(consent, self.purpose()) && in_force(consent, self.recipient_id(), self.request.now)
            })
        };
        let good = || {
            sound()
                && !compound_and_conditioned(consent, regime)
                && self.signed_with_power(consent, regime)
                && self.states_what_it_must(consent, regime)
                && self.names_gateway_if_needed(consent, regime)
        };
        if !covers || heard(&BAD_CONSENT, !good()) {
            return None;
        }
        match consent.categories {
            CategoryScope::Only(_) => Some(Review::NotNeeded),
            // 28 CFR 90.4(b)(3)(ii): no blanket release, whoever looks at it.
            CategoryScope::All if consent.kind == ConsentKind::VawaRelease => None,
            CategoryScope::All if self.approved(ApprovalType::Review) => Some(Review::Done),
            CategoryScope::All => Some(Review::Missing),
        }
    }

    /// Whether a consent names who would disclose, who would receive, and for what.
    fn is_named_by(&self, consent: &ConsentFacts) -> bool {
        covers_purpose(consent, self.purpose())
            && self.names_discloser(consent)
            && (names_recipient(consent, &self.seat)
                || (names_as_helper(consent, &self.seat) && self.has_service_agreement()))
    }

    /// 2.31(a)(8)-(9), 2.14, 2.15; 164.508(c)(1)(vi); 28 CFR 90.4(b)(3)(ii); 45 CFR 1351.21.
    fn signed_with_power(&self, consent: &ConsentFacts, regime: Regime) -> bool {
        let dated = consent.signed_at.is_some_and(|signed| signed <= self.request.now);
        let Some(first) = consent.signer else { return false };
        let signers = || std::iter::once(first).chain(consent.co_signer);
        if !dated {
            return false;
        }
        if signers().any(|signer| is_abuser(signer, consent.kind)) {
            return false;
        }
        let client_signed = signers().any(|signer| signer.role == SignerRole::Client);
        if self.record.client.deceased {
            return signers().any(|s| s.role == SignerRole::PersonalRepresentative && s.authority_documented);
        }
        if self.record.client.is_minor() {
            return self.minor_signed(consent, regime, client_signed, signers().any(is_parent));
        }
        if self.record.client.adjudicated_incapacity {
            return signers().any(is_documented_guardian);
        }
        // 2.15(a)(2): a director may sign for payment while the patient is temporarily unable to.
        let director = first.role == SignerRole::ProgramDirector
            && self.purpose() == PurposeOfUse::Hpaymt
            && matches!(consent.kind, ConsentKind::Tpo | ConsentKind::Named);
        client_signed || signers().any(is_documented_guardian) || director
    }

    fn minor_signed(&self, consent: &ConsentFacts, regime: Regime, client: bool, parent: bool) -> bool {
        let alone = self.record.client.minor_may_consent_alone;
        let own_care = self.element.is(ElementFact::MinorSelfConsented);
        let both_needed = matches!(
            consent.kind,
            ConsentKind::Tpo
                | ConsentKind::Named
                | ConsentKind::Notes
                | ConsentKind::LegalProceedings
                | ConsentKind::CriminalJustice
                | ConsentKind::VawaRelease
        ) || matches!(regime, Regime::P2 | Regime::Unknown | Regime::Rhy | Regime::Vsp);
        if own_care {
            client && (alone || parent || !both_needed)
        } else if both_needed {
            client && (alone || parent)
        } else {
            parent || (alone && client)
        }
    }

    fn names_discloser(&self, consent: &ConsentFacts) -> bool {
        allows_disclosing(consent, self.holder_id(), self.holder)
            || allows_disclosing(consent, self.element.source, self.source)
    }

    /// Whether the programme, or whoever holds its record, has a complete QSOA with the recipient.
    fn has_service_agreement(&self) -> bool {
        let complete = |agreement: &Agreement| {
            agreement.is_instrument(
                Instrument::Qsoa,
                &[
                    InstrumentTerm::QsoaBoundByPart2,
                    InstrumentTerm::QsoaResistsProceedings,
                ],
            )
        };
        self.holder_agreed(complete) || self.source_agreed(complete)
    }

    fn states_what_it_must(&self, consent: &ConsentFacts, regime: Regime) -> bool {
        let says = |statement| consent.statements.has(statement);
        let tells_of_redisclosure =
            !self.recipient().under_hipaa() || says(Statement::Part2RedisclosureByHipaaHolders);
        let tells_tpo = consent.statements.has_all(PART2_TPO_STATEMENTS) && tells_of_redisclosure;
        if regime == Regime::Va7332 && !says(Statement::VaApprovedForm) {
            return false;
        }
        match consent.kind {
            ConsentKind::Tpo => says(Statement::Part2RightToRevoke) && tells_tpo,
            ConsentKind::Named => {
                let as_authorization =
                    regime != Regime::Hipaa || consent.statements.has_all(HIPAA_STATEMENTS);
                says(Statement::Part2RightToRevoke)
                    && (!is_tpo(self.purpose()) || tells_tpo)
                    && as_authorization
            }
            ConsentKind::Notes => match regime {
                Regime::Sudn | Regime::P2 | Regime::Unknown => says(Statement::Part2RightToRevoke),
                _ => consent.statements.has_all(HIPAA_STATEMENTS),
            },
            ConsentKind::LegalProceedings => {
                says(Statement::Part2RightToRevoke) && consent.proceeding.is_some()
            }
            ConsentKind::CriminalJustice => {
                consent
                    .statements
                    .has_all(&[Statement::CjReasonablePeriod, Statement::CjRevocableEvent])
                    && self.names_this_person(consent)
            }
            ConsentKind::Authorization => consent.statements.has_all(HIPAA_STATEMENTS),
            ConsentKind::VawaRelease => consent.statements.has_all(&[
                Statement::VawaReason,
                Statement::VawaDuration,
                Statement::VawaVoluntary,
            ]),
            ConsentKind::Research => {
                says(Statement::Part2RightToRevoke) && consent.statements.has_all(HIPAA_STATEMENTS)
            }
            ConsentKind::HmisRoi => true,
        }
    }

    fn names_this_person(&self, consent: &ConsentFacts) -> bool {
        self.seat
            .person
            .and_then(|person| person.person.as_ref())
            .is_some_and(|person| consent.recipients.persons.contains(person))
    }

    /// 2.31(a)(4)(ii): an intermediary has to be named.
    fn names_gateway_if_needed(&self, consent: &ConsentFacts, regime: Regime) -> bool {
        let intermediary = self.record.circumstances.gateway_role == GatewayRole::Intermediary;
        let part2 = matches!(regime, Regime::P2 | Regime::Unknown | Regime::Sudn);
        !(intermediary && part2) || consent.names_gateway
    }

    /// Whether a usable consent of one of these kinds covers the case, for an agreement that demands one.
    pub(crate) fn has_consent_of(&self, kinds: WordSet<ConsentKind>) -> bool {
        self.element.regimes.iter().any(|regime| {
            kinds.iter().any(|kind| {
                self.consent(&[kind], regime)
                    .is_some_and(|usable| usable.review != Review::Missing)
            })
        })
    }

    /// Whether some usable consent or authorisation reaches the recipient, for the State rules that ask for one.
    pub(crate) fn any_written_consent(&self) -> bool {
        // Each is asked for: a form that waits for its review must not hide another that needs none.
        let reaches = |kinds: &[ConsentKind], regime| {
            self.consent(kinds, regime)
                .is_some_and(|usable| usable.review != Review::Missing)
        };
        reaches(&[ConsentKind::Authorization, ConsentKind::Named], Regime::Hipaa)
            || reaches(
                &[ConsentKind::Tpo, ConsentKind::Named, ConsentKind::Notes],
                Regime::P2,
            )
    }
}

/// Whether a consent names an agency, or a class that it is in, as who would disclose.
fn allows_disclosing(consent: &ConsentFacts, id: &AgencyId, agency: &AgencyFacts) -> bool {
    consent.discloser.agencies.contains(id)
        || consent.discloser.classes.iter().any(|class| match class {
            RecipientClass::TreatingProviders => agency.treats(),
            RecipientClass::Part2Programs => agency.part2_program == Part2Status::Yes,
            RecipientClass::HmisParticipants => agency.flags.has(AgencyFlag::HmisParticipant),
            RecipientClass::HealthPlans | RecipientClass::ThirdPartyPayers => {
                agency.kind == AgencyKind::HealthPlan
            }
            // "Anyone" names nobody; whoever helps to operate a programme does not disclose for it.
            RecipientClass::ProgramOperators | RecipientClass::Anyone => false,
        })
}

fn is_parent(signer: Signer) -> bool {
    signer.role == SignerRole::Parent || is_documented_guardian(signer)
}

/// 164.502(g)(5): nobody suspected of abusing the client speaks in the client's place. A victim-service release is void
/// whoever such a signer says to be (28 CFR 90.4(b)(3)(ii)(C)).
fn is_abuser(signer: Signer, form: ConsentKind) -> bool {
    signer.suspected_abuser && (signer.role != SignerRole::Client || form == ConsentKind::VawaRelease)
}

fn is_documented_guardian(signer: Signer) -> bool {
    signer.role == SignerRole::Guardian && signer.authority_documented
}

/// Only COC is inherited, from TREAT, and HQUALIMP, from HOPERAT; every other code has to be on the form itself.
fn covers_purpose(consent: &ConsentFacts, purpose: PurposeOfUse) -> bool {
    consent.purposes.contains(purpose)
        || match purpose {
            PurposeOfUse::Coc => consent.purposes.contains(PurposeOfUse::Treat),
            PurposeOfUse::Hqualimp => consent.purposes.contains(PurposeOfUse::Hoperat),
            _ => false,
        }
}

/// Nothing known about the form forbids acting on it.
fn is_clean(consent: &ConsentFacts, purpose: PurposeOfUse) -> bool {
    let free = match consent.kind {
        ConsentKind::Notes | ConsentKind::VawaRelease => !consent.conditioned,
        _ => true,
    };
    let against_its_own_words =
        consent.no_investigative_use && matches!(purpose, PurposeOfUse::LeInvest | PurposeOfUse::LegalProc);
    free && !consent.client_name_differs
        && !consent.known_false
        && !against_its_own_words
        && stands_beside(consent.kind, consent.combined_with)
}

/// Whether the form names who would receive, or a class that they are in whoever discloses.
fn names_recipient(consent: &ConsentFacts, seat: &Seat<'_>) -> bool {
    let recipients = &consent.recipients;
    let person_named = seat
        .person
        .and_then(|person| person.person.as_ref())
        .is_some_and(|person| recipients.persons.contains(person));
    if person_named || recipients.agencies.contains(seat.agency_id) {
        return true;
    }
    let treating = seat.person.is_some_and(|person| person.treating_relationship);
    recipients
        .classes
        .iter()
        .any(|class| in_class(class, seat.agency, treating))
}

/// Whether the form names whoever helps to operate the programme, and this may be one: if a service agreement says so.
fn names_as_helper(consent: &ConsentFacts, seat: &Seat<'_>) -> bool {
    consent
        .recipients
        .classes
        .contains(RecipientClass::ProgramOperators)
        && may_help_to_operate(seat.agency)
}

/// "People helping to operate this program" are no police, court, housing agency, landlord, 311 or recovery
/// organisation, whatever paper they signed.
fn may_help_to_operate(agency: &AgencyFacts) -> bool {
    !agency.is_justice()
        && !matches!(
            agency.kind,
            AgencyKind::Court
                | AgencyKind::Prosecutor
                | AgencyKind::Supervision
                | AgencyKind::Jail
                | AgencyKind::HomelessServices
                | AgencyKind::HmisLead
                | AgencyKind::Landlord
                | AgencyKind::ServiceLine311
                | AgencyKind::RecoveryOrganization
                | AgencyKind::DeathReviewTeam
        )
}

fn in_class(class: RecipientClass, agency: &AgencyFacts, treating: bool) -> bool {
    match class {
        RecipientClass::TreatingProviders => treating && agency.treats(),
        RecipientClass::HealthPlans | RecipientClass::ThirdPartyPayers => {
            agency.kind == AgencyKind::HealthPlan
        }
        RecipientClass::Part2Programs => {
            agency.part2_program == Part2Status::Yes && treating && agency.treats()
        }
        RecipientClass::HmisParticipants => {
            agency.flags.has(AgencyFlag::HmisParticipant) && !agency.is_justice()
        }
        // Helpers are known by their agreement with the programme; "anyone" names nobody.
        RecipientClass::ProgramOperators | RecipientClass::Anyone => false,
    }
}

/// Neither expired nor revoked for this recipient (2.31(a)(7), (c); 164.508(b)(2), (5)). An oral revocation counts.
pub(crate) fn in_force(consent: &ConsentFacts, recipient: &AgencyId, now: Timestamp) -> bool {
    let stands = match consent.expires {
        None => false,
        Some(Expiry::At(end)) => {
            now < end && (consent.kind != ConsentKind::VawaRelease || short_enough(consent.signed_at, end))
        }
        Some(Expiry::Event { event, occurred }) => {
            let fits = event != ExpiryEvent::EndOfStudy || may_end_with_a_study(consent);
            consent.kind != ConsentKind::VawaRelease && fits && occurred == Some(false)
        }
        Some(Expiry::Never) => may_have_no_end(consent),
    };
    let revoked = consent.revoked.iter().any(|revocation| {
        revocation.at <= now
            && (revocation.recipients.is_empty() || revocation.recipients.contains(recipient))
    });
    stands && !revoked
}

/// 2.31(a)(7) and 164.508(c)(1)(v): "end of the research study" is an end where the form is for research. One that names
/// another purpose as well would open that one for as long.
fn may_end_with_a_study(consent: &ConsentFacts) -> bool {
    match consent.kind {
        ConsentKind::Research => true,
        ConsentKind::Named | ConsentKind::Authorization => is_for_research_alone(consent),
        _ => false,
    }
}

/// "None" is an end of a consent for treatment, payment and operations (2.31(a)(7)) and of an authorisation for research
/// (164.508(c)(1)(v)).
fn may_have_no_end(consent: &ConsentFacts) -> bool {
    match consent.kind {
        ConsentKind::Tpo | ConsentKind::Research => true,
        ConsentKind::Authorization => is_for_research_alone(consent),
        _ => false,
    }
}

fn is_for_research_alone(consent: &ConsentFacts) -> bool {
    consent.purposes == WordSet::EMPTY.with(PurposeOfUse::Hresch)
}

fn short_enough(signed: Option<Timestamp>, end: Timestamp) -> bool {
    signed.is_some_and(|signed| end <= signed.plus_seconds(VICTIM_RELEASE_DAYS * DAY))
}

/// The combination matrix of 2.31(b), (d) and 164.508(b)(3): which kinds may share a paper.
fn stands_beside(kind: ConsentKind, others: WordSet<ConsentKind>) -> bool {
    use ConsentKind::{
        Authorization, CriminalJustice, HmisRoi, LegalProceedings, Named, Notes, Research, Tpo, VawaRelease,
    };
    let companions: WordSet<ConsentKind> = match kind {
        Notes => [Notes].into_iter().collect(),
        LegalProceedings | CriminalJustice | VawaRelease => WordSet::EMPTY,
        Tpo | Named | Authorization | Research | HmisRoi => [Tpo, Named, Authorization, Research, HmisRoi]
            .into_iter()
            .collect(),
    };
    others.is_subset_of(companions)
}

/// 164.508(b)(3)(iii): an authorisation on which service was made to depend shares no paper with another.
fn compound_and_conditioned(consent: &ConsentFacts, regime: Regime) -> bool {
    let as_authorization = consent.kind == ConsentKind::Authorization
        || (consent.kind == ConsentKind::Named && regime == Regime::Hipaa);
    as_authorization && consent.conditioned && !consent.combined_with.is_empty()
}

/// A release in force by which a victim service provider may put its client's name before `holder` (VSP-2, VSP-3).
pub(crate) fn release_covers_question(case: &Case<'_>, consent: &ConsentFacts) -> bool {
    consent.kind == ConsentKind::VawaRelease
        && is_clean(consent, case.purpose())
        && case.signed_with_power(consent, Regime::Vsp)
        && consent
            .discloser
            .agencies
            .contains(&case.request.requester.person.agency)
        && consent.recipients.agencies.contains(case.holder_id())
        && covers_purpose(consent, case.purpose())
        && consent
            .categories
            .covers(gateway_types::vocabulary::Category::Demographics)
        && matches!(consent.categories, CategoryScope::Only(_))
        && in_force(consent, case.holder_id(), case.request.now)
        && case.states_what_it_must(consent, Regime::Vsp)
}
