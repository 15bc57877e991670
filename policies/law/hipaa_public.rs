//! HIPAA without authorisation: 45 CFR 164.512, and limited data sets (164.514(e)).
//!
//! Each is a workflow with a named human behind it, never a query path. Each is accountable under 164.528 but (k)(5).

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityTopic, Basis, Category,
    ElementFact, Instrument, InstrumentTerm, LegalProcessFact, LegalProcessType, Notice, Obligation,
    PurposeOfUse, Regime, RequestFor, Role,
};

use super::case::Case;
use super::element::Element;
use super::profiles::{IDENTIFY, SCENE};
use super::rule::{BasisRule, Ground, Rule, Verdict, met, plain, with_approval};
use crate::facts::LegalProcess;

macro_rules! hipaa {
    ($basis:ident, $id:literal, $citation:literal, $says:literal, [$($purpose:ident),+], $test:expr) => {
        BasisRule {
            rule: Rule { id: $id, citation: concat!("45 CFR ", $citation), says: $says },
            basis: Basis::$basis,
            regimes: &[Regime::Hipaa],
            purposes: &[$(PurposeOfUse::$purpose),+],
            test: $test,
        }
    };
    // The few that 164.508(a)(2)(ii) lets reach separated notes.
    (notes too: $basis:ident, $id:literal, $citation:literal, $says:literal, [$($purpose:ident),+], $test:expr) => {
        BasisRule {
            rule: Rule { id: $id, citation: concat!("45 CFR ", $citation, ", 164.508(a)(2)(ii)"), says: $says },
            basis: Basis::$basis,
            regimes: &[Regime::Hipaa, Regime::Psyn],
            purposes: &[$(PurposeOfUse::$purpose),+],
            test: $test,
        }
    };
}

pub(crate) static BASES: &[BasisRule] = &[
    hipaa!(
        Hip512a,
        "HIP-512a",
        "164.512(a)",
        "what a law requires to be reported goes, and no more",
        [PdmpReport],
        |case| by_authority(case, AuthorityTopic::PdmpReport)
    ),
    hipaa!(
        Hip512b,
        "HIP-512b",
        "164.512(b)(1)(i)",
        "a public health authority gets what the law lets it collect",
        [Pubhlth],
        |case| by_authority(case, AuthorityTopic::PublicHealth)
    ),
    hipaa!(
        Hip512b,
        "HIP-512b",
        "164.512(b)(1)(ii)",
        "a suspected child abuse is reported to whom the law names",
        [AbuseReport],
        |case| report(case, AuthorityTopic::ChildAbuseReport)
    ),
    hipaa!(
        Hip512c,
        "HIP-512c",
        "164.512(c)",
        "suspected abuse of an adult is reported to whom the law names",
        [AbuseReport],
        adult_abuse_report
    ),
    hipaa!(notes too: Hip512d, "HIP-512d", "164.512(d)", "an oversight agency sees what its audit needs",
        [Audit], oversight),
    hipaa!(
        Hip512e,
        "HIP-512e",
        "164.512(e)(1)(i)",
        "a court order lets go what it expressly authorises",
        [LegalProc],
        |case| process(case, |served| matches!(
            served.kind,
            LegalProcessType::CourtOrder | LegalProcessType::Part2Order264
        ))
    ),
    hipaa!(
        Hip512e,
        "HIP-512e",
        "164.512(e)(1)(ii)-(v)",
        "a subpoena goes with assurance of notice or a protective order",
        [LegalProc],
        |case| process(case, |served| {
            let assured = served.facts.has(LegalProcessFact::NoticeAssurance)
                || served.facts.has(LegalProcessFact::QualifiedProtectiveOrder);
            assured
                && matches!(
                    served.kind,
                    LegalProcessType::AttorneySubpoena
                        | LegalProcessType::JudicialSubpoena
                        | LegalProcessType::AdministrativeSubpoena
                )
        })
    ),
    hipaa!(
        Hip512f1i,
        "HIP-512f1i",
        "164.512(f)(1)(i)",
        "wounds are reported where State law requires it",
        [LeReport],
        |case| if case.pushed_by_holder() && case.recipient().is_justice() {
            by_authority(case, AuthorityTopic::WoundReport)
        } else {
            Verdict::Unmet
        }
    ),
    hipaa!(
        Hip512f1iiA,
        "HIP-512f1iiA",
        "164.512(f)(1)(ii)(A)",
        "a judge's order, warrant or subpoena is obeyed within its limits",
        [LeInvest],
        |case| police_process(case, |served| matches!(
            served.kind,
            LegalProcessType::JudicialWarrant
                | LegalProcessType::JudicialSubpoena
                | LegalProcessType::CourtOrder
                | LegalProcessType::Part2Order265
        ))
    ),
    hipaa!(
        Hip512f1iiB,
        "HIP-512f1iiB",
        "164.512(f)(1)(ii)(B)",
        "a grand jury subpoena is obeyed within its limits",
        [LeInvest],
        |case| police_process(case, |served| served.kind == LegalProcessType::GrandJurySubpoena)
    ),
    hipaa!(
        Hip512f1iiC,
        "HIP-512f1iiC",
        "164.512(f)(1)(ii)(C)",
        "an administrative subpoena needs relevance, limits, no de-identified way, and a law that compels an answer",
        [LeInvest],
        |case| police_process(case, |served| {
            served.kind == LegalProcessType::AdministrativeSubpoena
                && served.facts.has_all(&[
                    LegalProcessFact::RelevantMaterial,
                    LegalProcessFact::SpecificLimited,
                    LegalProcessFact::DeidentifiedInsufficient,
                    LegalProcessFact::ResponseCompelled,
                ])
        })
    ),
    hipaa!(
        Hip512f3,
        "HIP-512f3",
        "164.512(f)(3)(i)",
        "police get what a crime victim agrees to",
        [LeInvest],
        victim_agrees
    ),
    hipaa!(
        Hip512f3,
        "HIP-512f3",
        "164.512(f)(3)(ii)",
        "for a victim who cannot agree: three statements of the official, best interest judged, and a review",
        [LeInvest],
        victim_cannot_agree
    ),
    hipaa!(
        Hip512f2,
        "HIP-512f2",
        "164.512(f)(2)",
        "an official who looks for somebody gets the identifying list, after a review",
        [LeInvest],
        |case| {
            if case.recipient().is_justice() && may_identify(case) && case.processes().any(is_search) {
                with_approval(
                    case,
                    ApprovalType::Review,
                    suspension_checked(case, plain().filtered()),
                )
            } else {
                Verdict::Unmet
            }
        }
    ),
    hipaa!(
        Hip512f4,
        "HIP-512f4",
        "164.512(f)(4)",
        "police are told of a death that the holder suspects was a crime",
        [LeReport],
        |case| {
            let suspected = case.attested_for_element(AttestationType::SuspiciousDeath, case.holder_id());
            reported(
                case,
                suspected && case.record.client.deceased && !case.reproductive(),
            )
        }
    ),
    hipaa!(
        Hip502j2,
        "HIP-502j2",
        "164.502(j)(2)",
        "a member of the workforce who is the victim of a crime tells police who the suspect is, by the identifying list",
        [LeReport],
        |case| {
            let victim = case
                .attestations(AttestationType::WorkforceVictim, case.holder_id())
                .next()
                .is_some();
            reported(case, victim && may_identify(case))
        }
    ),
    hipaa!(
        Hip512f5,
        "HIP-512f5",
        "164.512(f)(5)",
        "evidence of a crime on the premises may be reported",
        [LeReport],
        |case| {
            let attested = case
                .attestations(AttestationType::PremisesCrime, case.holder_id())
                .any(|attestation| attestation.facts.has(AttestationFact::OnPremises));
            let evidence = case.element.is(ElementFact::EvidenceOfPremisesCrime) && !case.reproductive();
            reported(case, attested && evidence)
        }
    ),
    hipaa!(
        Hip512f6,
        "HIP-512f6",
        "164.512(f)(6)",
        "an ambulance crew tells police of a crime at the scene",
        [LeReport],
        |case| {
            let attested = case
                .attestations(AttestationType::OffsiteCrime, case.holder_id())
                .any(|attestation| !attestation.facts.has(AttestationFact::DvOfPatient));
            let provider = case.holder.flags.has(AgencyFlag::HealthCareProvider);
            reported(
                case,
                provider && attested && case.element.category.is_one_of(SCENE) && !case.reproductive(),
            )
        }
    ),
    hipaa!(notes too: Hip512g, "HIP-512g", "164.512(g)(1)", "a coroner gets what the inquiry into a death needs",
    [DeathInq], |case| Verdict::when(
        case.recipient().kind == AgencyKind::Coroner
            && case.seat.has_role(&[Role::Coroner])
            && case.record.client.deceased,
    )),
    hipaa!(
        Hip514e,
        "HIP-514e",
        "164.514(e)",
        "a limited data set goes under a data use agreement with its promises",
        [Hresch, Pubhlth, Hoperat],
        limited_data_set
    ),
    hipaa!(
        Hip512i,
        "HIP-512i",
        "164.512(i)",
        "research with a complete waiver gets the protocol's set",
        [Hresch],
        |case| {
            let waived = [case.recipient_id(), case.holder_id()]
                .iter()
                .any(|agency| case.attested_for_element(AttestationType::ResearchWaiver, agency));
            Verdict::when(waived).attested_and_filtered()
        }
    ),
    hipaa!(notes too: Hip512j1, "HIP-512j1", "164.512(j)(1)(i)",
    "what lessens a serious and imminent threat goes to who can lessen it",
    [Threat], |case| {
        let attested = case
            .attestations(AttestationType::SeriousImminentThreat, case.holder_id())
            .any(|attestation| {
                case.within(attestation.categories)
                    && attestation.facts.has(AttestationFact::RecipientCanLessen)
            });
        Verdict::when(attested).attested_and_filtered()
    }),
    hipaa!(
        Hip512j2,
        "HIP-512j2",
        "164.512(j)(1)(ii)(A), (j)(2)-(3)",
        "an admission of a violent crime not learned in therapy goes, with the identifying list",
        [LeInvest, LeReport],
        |case| {
            let asked = case.pushed_by_holder()
                || case
                    .processes()
                    .any(|served| served.request_for == Some(RequestFor::OffenderAdmission));
            let attested = case
                .attestations(AttestationType::AdmissionNotInTherapy, case.holder_id())
                .next()
                .is_some();
            let listed = may_identify(case) || is_admission(case.element);
            let ready = asked && attested && listed && case.recipient().is_justice();
            Verdict::when(ready && admission_can_go(case)).attested_and_filtered()
        }
    ),
    hipaa!(
        Hip512j3,
        "HIP-512j3",
        "164.512(j)(1)(ii)(B)",
        "what is needed to find somebody who appears to have escaped from custody",
        [LeInvest, LeReport],
        |case| {
            let attested = case.attested_for_element(AttestationType::EscapeFromCustody, case.holder_id());
            Verdict::when(attested && case.recipient().is_justice()).attested_and_filtered()
        }
    ),
    hipaa!(
        Hip512k5,
        "HIP-512k5",
        "164.512(k)(5)",
        "an institution that has the person in custody gets what it represents it needs",
        [CustodySafety],
        |case| {
            let represented =
                case.attested_for_element(AttestationType::CustodyRepresentation, case.recipient_id());
            let holds = case.recipient().flags.has(AgencyFlag::CorrectionalInstitution);
            Verdict::when(represented && holds && case.record.client.in_custody).attested_and_filtered()
        }
    ),
];

impl Verdict {
    fn attested_and_filtered(self) -> Self {
        match self {
            Self::Met(ground) => Self::Met(ground.attested().filtered()),
            other => other,
        }
    }
}

/// 512(d) and 512(f) disclosures that an agency asked for may later be suspended from the accounting.
fn suspension_checked(case: &Case<'_>, ground: Ground) -> Ground {
    if case.is_push() {
        ground
    } else {
        ground.owing(Obligation::Susp)
    }
}

/// The recipient's authority by law covers the category.
fn by_authority(case: &Case<'_>, topic: AuthorityTopic) -> Verdict {
    if case
        .authority(topic)
        .any(|authority| case.within(authority.categories))
    {
        met(plain().filtered())
    } else {
        Verdict::Unmet
    }
}

/// A report by the holder of what its staff attest, to whom the law names.
pub(crate) fn report(case: &Case<'_>, topic: AuthorityTopic) -> Verdict {
    Verdict::when(case.has_authority(topic) && is_abuse_report(case)).attested_and_filtered()
}

/// What the holder's staff report of suspected abuse, in their own name.
fn is_abuse_report(case: &Case<'_>) -> bool {
    case.pushed_by_holder()
        && case.element.category == Category::IncidentReport
        && case
            .attestations(AttestationType::AbuseReport, case.holder_id())
            .next()
            .is_some()
}

/// 164.512(c), and the HMIS rule made like it: to who is authorised to receive such reports, where the law asks for
/// them or the individual agrees; the individual is told, unless that would endanger.
pub(crate) fn adult_abuse_report(case: &Case<'_>) -> Verdict {
    let agreed = case.recipient().kind == AgencyKind::AdultProtection
        && case
            .attestations(AttestationType::AbuseReport, case.holder_id())
            .any(|attestation| attestation.facts.has(AttestationFact::IndividualAgrees));
    let called_for = case.has_authority(AuthorityTopic::AdultAbuseReport) || agreed;
    match Verdict::when(called_for && is_abuse_report(case)).attested_and_filtered() {
        Verdict::Met(ground) if !telling_would_endanger(case) => met(ground.owing(Obligation::Inform)),
        verdict => verdict,
    }
}

/// Whether the recipient is where abuse of adults is reported.
pub(crate) fn receives_adult_abuse_reports(case: &Case<'_>) -> bool {
    case.recipient().kind == AgencyKind::AdultProtection
        || case.has_authority(AuthorityTopic::AdultAbuseReport)
}

fn telling_would_endanger(case: &Case<'_>) -> bool {
    case.attestations(AttestationType::AbuseReport, case.holder_id())
        .any(|attestation| attestation.facts.has(AttestationFact::WouldEndanger))
}

fn oversight(case: &Case<'_>) -> Verdict {
    let mut undertakings = case
        .attestations(AttestationType::AuditUndertaking, case.recipient_id())
        .peekable();
    let authorised = case.recipient().kind == AgencyKind::OversightAgency
        && case.has_authority(AuthorityTopic::HealthOversight);
    if !authorised || !case.notes_only_of_originator() {
        return Verdict::Unmet;
    }
    let ground = suspension_checked(case, plain().filtered());
    if undertakings.peek().is_some() {
        if undertakings.any(|undertaking| case.within(undertaking.categories)) {
            met(ground.attested())
        } else {
            Verdict::Unmet
        }
    } else if case
        .authority(AuthorityTopic::HealthOversight)
        .any(|authority| case.within(authority.categories))
    {
        met(ground)
    } else {
        Verdict::Unmet
    }
}

/// Process of this sort that names the category, once counsel has cleared it.
fn process(case: &Case<'_>, sort: impl Fn(&LegalProcess) -> bool) -> Verdict {
    if case
        .processes()
        .any(|served| sort(served) && case.within(served.categories))
    {
        with_approval(case, ApprovalType::Counsel, plain().filtered())
    } else {
        Verdict::Unmet
    }
}

fn police_process(case: &Case<'_>, sort: impl Fn(&LegalProcess) -> bool) -> Verdict {
    if !case.recipient().is_justice() {
        return Verdict::Unmet;
    }
    match process(case, sort) {
        Verdict::Met(ground) => met(suspension_checked(case, ground)),
        other => other,
    }
}

/// Oral or written request to identify or locate one of the four kinds of people.
pub(crate) fn is_search(served: &LegalProcess) -> bool {
    is_request(served)
        && matches!(
            served.request_for,
            Some(
                RequestFor::Suspect | RequestFor::Fugitive | RequestFor::Witness | RequestFor::MissingPerson
            )
        )
}

pub(crate) fn is_request(served: &LegalProcess) -> bool {
    matches!(
        served.kind,
        LegalProcessType::OralRequest | LegalProcessType::WrittenRequest
    )
}

/// The (f)(2)(i) list; never an address that shows a protected place or a treatment site.
fn may_identify(case: &Case<'_>) -> bool {
    case.element.category.is_one_of(IDENTIFY)
        && !case.element.is(ElementFact::RevealsConfidentialLocation)
        && !case.element.is(ElementFact::ProjectNameRevealsSud)
        && !case.reproductive()
}

fn asks_about_victim<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a LegalProcess> + use<'a> {
    let category = case.element.category;
    case.processes().filter(move |served| {
        is_request(served)
            && served.request_for == Some(RequestFor::Victim)
            && category.within(served.categories)
    })
}

fn victim_agrees(case: &Case<'_>) -> Verdict {
    let agreed = case.record.circumstances.oral_agreements.iter().any(|agreement| {
        agreement.to == *case.recipient_id() && agreement.documented && case.within(agreement.categories)
    });
    if agreed && case.recipient().is_justice() && asks_about_victim(case).next().is_some() {
        met(suspension_checked(case, plain().filtered()))
    } else {
        Verdict::Unmet
    }
}

fn victim_cannot_agree(case: &Case<'_>) -> Verdict {
    let stated = asks_about_victim(case).any(|served| {
        served.facts.has_all(&[
            LegalProcessFact::ViolationByOther,
            LegalProcessFact::NotUsedAgainstVictim,
            LegalProcessFact::ActivityWouldSuffer,
        ])
    });
    let judged = case.attested_for_element(AttestationType::BestInterest, case.holder_id());
    if stated && judged && case.recipient().is_justice() {
        let ground = suspension_checked(case, plain().attested().filtered());
        with_approval(case, ApprovalType::Review, ground)
    } else {
        Verdict::Unmet
    }
}

/// A report to police by the holder itself.
fn reported(case: &Case<'_>, condition: bool) -> Verdict {
    Verdict::when(condition && case.pushed_by_holder() && case.recipient().is_justice())
        .attested_and_filtered()
}

fn is_admission(element: Element<'_>) -> bool {
    element.category == Category::PatientStatement && element.is(ElementFact::AdmissionOfViolentCrime)
}

/// There is an admission from this holder, and none of them was learned in therapy.
fn admission_can_go(case: &Case<'_>) -> bool {
    let mut admissions = case
        .record
        .elements
        .iter()
        .map(Element::of)
        .filter(|element| is_admission(*element) && element.holder() == case.holder_id())
        .peekable();
    admissions.peek().is_some() && admissions.all(|admission| !admission.is(ElementFact::LearnedInTherapy))
}

/// (j)(2): the admission that police ask for was learned in therapy; somebody has to look at that. Process that names
/// it, and the client's own authorisation, are other doors.
pub(crate) fn admission_barred(case: &Case<'_>) -> bool {
    is_admission(case.element)
        && case.element.is(ElementFact::LearnedInTherapy)
        && !case.process_names_element()
        && !case.any_written_consent()
}

fn limited_data_set(case: &Case<'_>) -> Verdict {
    let unread = case.element.is(ElementFact::FreeText) && !case.element.is(ElementFact::HumanCleared);
    if case.element.is(ElementFact::LimitedDataSet)
        && !unread
        && !case.is_part2()
        && case.instrument(Instrument::Dua, &[InstrumentTerm::Dua514eContent])
    {
        met(plain().owing(Obligation::Norelink).noting(Notice::DuaReference))
    } else {
        Verdict::Unmet
    }
}
