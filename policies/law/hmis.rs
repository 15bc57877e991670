//! HMIS privacy (69 FR 45888, section 4): uses by notice, written releases, and the five doors for police; HOPWA, RHY.
//!
//! Inferred consent reaches only what the privacy notice lists, never HIPAA, Part 2, victim or youth data, and no
//! sensitive label to somebody who does not treat. Police doors stay closed unless the notice lists them.

use gateway_types::AgencyId;
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityForm, AuthorityTopic,
    Basis, Category, ConsentKind, ElementFact, Instrument, LegalProcessFact, LegalProcessType, NoticeUse,
    PurposeOfUse, Regime, Sensitivity,
};

use super::case::Case;
use super::hipaa::{CLINICAL_ROLES, is_clients_own_request, on_consent};
use super::hipaa_public::{adult_abuse_report, is_search, report};
use super::own::is_deidentified;
use super::profiles::{HMIS_IDENTIFY, HOUSING};
use super::rule::{BasisRule, Rule, Verdict, met, plain, with_approval};

macro_rules! hmis {
    ($basis:ident, $id:literal, $citation:literal, $says:literal, [$($purpose:ident),*], $test:expr) => {
        BasisRule {
            rule: Rule { id: $id, citation: $citation, says: $says },
            basis: Basis::$basis,
            regimes: &[Regime::Hmis],
            purposes: &[$(PurposeOfUse::$purpose),*],
            test: $test,
        }
    };
}

pub(crate) static BASES: &[BasisRule] = &[
    hmis!(
        Hmis7,
        "HMIS-7",
        "69 FR 45888 s. 4.2.5",
        "clients see their own HMIS record, not what is about others",
        [Patrqt],
        |case| Verdict::when(is_clients_own_request(case))
    ),
    hmis!(
        Hmis1,
        "HMIS-1",
        "69 FR 45888 s. 4.1.3 (consent)",
        "a written release names this recipient and purpose",
        [],
        |case| on_consent(
            case,
            &[ConsentKind::HmisRoi, ConsentKind::Authorization],
            Regime::Hmis
        )
    ),
    hmis!(
        Hmis1,
        "HMIS-1",
        "69 FR 45888 s. 4.1.3 (uses in the notice)",
        "the privacy notice lists the use, the recipient's kind of agency and the gateway",
        [
            HousingCoord,
            HousingElig,
            Coc,
            Treat,
            Etreat,
            Hpaymt,
            Audit,
            Ingest
        ],
        by_notice
    ),
    hmis!(
        Hmis1,
        "HMIS-1",
        "69 FR 45888 s. 4.1.3 (de-identification)",
        "data of which nobody can be told goes for research and reporting, if the notice says that it is made",
        [Hresch, Reporting, Pubhlth],
        |case| Verdict::when(is_deidentified(case) && case.holder_notice_lists(NoticeUse::Deidentification))
    ),
    hmis!(
        Hmis2,
        "HMIS-2",
        "69 FR 45888 s. 4.1.3 (serious threat)",
        "what lessens a serious and imminent threat goes to who can lessen it, if the notice says so",
        [Threat],
        |case| {
            let attested = case
                .attestations(AttestationType::SeriousImminentThreat, case.holder_id())
                .any(|attestation| {
                    case.within(attestation.categories)
                        && attestation.facts.has(AttestationFact::RecipientCanLessen)
                });
            on_attestation(attested && case.holder_notice_lists(NoticeUse::SeriousThreat))
        }
    ),
    hmis!(
        Hmis3,
        "HMIS-3",
        "69 FR 45888 s. 4.1.3 (victims of abuse)",
        "abuse is reported to whom the law names, if the notice says so",
        [AbuseReport],
        |case| if case.holder_notice_lists(NoticeUse::AbuseReport) {
            match adult_abuse_report(case) {
                Verdict::Unmet => report(case, AuthorityTopic::ChildAbuseReport),
                reported => reported,
            }
        } else {
            Verdict::Unmet
        }
    ),
    hmis!(
        Hmis5,
        "HMIS-5",
        "69 FR 45888 s. 4.1.3 (academic research)",
        "research goes on under a written research agreement",
        [Hresch],
        |case| {
            let waived = [case.recipient_id(), case.holder_id()]
                .iter()
                .any(|agency| case.attested_for_element(AttestationType::ResearchWaiver, agency));
            on_attestation(
                waived
                    && case.instrument(Instrument::Research, &[])
                    && notice_covers(case, case.holder_id(), &[NoticeUse::Research])
                    && notice_may_carry(case),
            )
        }
    ),
    hmis!(
        Le1,
        "LE-1",
        "69 FR 45888 s. 4.1.3 (law enforcement)",
        "judicial process opens what it names, after counsel, if the notice says so",
        [LeInvest, LegalProc],
        |case| {
            let served = case.processes().any(|process| {
                case.within(process.categories)
                    && matches!(
                        process.kind,
                        LegalProcessType::CourtOrder
                            | LegalProcessType::JudicialWarrant
                            | LegalProcessType::JudicialSubpoena
                            | LegalProcessType::GrandJurySubpoena
                    )
            });
            let official = case.recipient().is_justice() || case.recipient().kind == AgencyKind::Court;
            door(
                case,
                NoticeUse::LeProcess,
                served && official,
                ApprovalType::Counsel,
            )
        }
    ),
    hmis!(
        Le2,
        "LE-2",
        "69 FR 45888 s. 4.1.3 (law enforcement)",
        "a supervisor's written request with all its statements opens what it names, after a review, if the notice says so",
        [LeInvest],
        |case| {
            let asked = case.processes().any(|process| {
                process.kind == LegalProcessType::WrittenRequest
                    && case.within(process.categories)
                    && process.facts.has_all(&[
                        LegalProcessFact::SupervisorSigned,
                        LegalProcessFact::RelevantMaterial,
                        LegalProcessFact::IdentifiesInformation,
                        LegalProcessFact::SpecificLimited,
                        LegalProcessFact::DeidentifiedInsufficient,
                    ])
            });
            door(
                case,
                NoticeUse::LeWritten,
                asked && case.recipient().is_justice(),
                ApprovalType::Review,
            )
        }
    ),
    hmis!(
        Le3,
        "LE-3",
        "69 FR 45888 s. 4.1.3 (law enforcement)",
        "evidence of a crime on the premises may be reported, if the notice says so",
        [LeReport],
        |case| {
            let attested = case
                .attestations(AttestationType::PremisesCrime, case.holder_id())
                .any(|attestation| attestation.facts.has(AttestationFact::OnPremises));
            on_attestation(
                attested
                    && case.element.is(ElementFact::EvidenceOfPremisesCrime)
                    && case.pushed_by_holder()
                    && case.recipient().is_justice()
                    && case.holder_notice_lists(NoticeUse::LePremises),
            )
        }
    ),
    hmis!(
        Le4,
        "LE-4",
        "69 FR 45888 s. 4.1.3 (law enforcement)",
        "an oral request to identify or locate opens the six items, after a review, if the notice says so",
        [LeInvest],
        |case| {
            let asked = case
                .processes()
                .any(|process| process.kind == LegalProcessType::OralRequest && is_search(process));
            let listed = case.element.category.is_one_of(HMIS_IDENTIFY)
                && !case.element.is(ElementFact::RevealsConfidentialLocation)
                && !case.reproductive();
            door(
                case,
                NoticeUse::LeLocate,
                asked && listed && case.recipient().is_justice(),
                ApprovalType::Review,
            )
        }
    ),
    hmis!(
        Le5,
        "LE-5",
        "69 FR 45888 s. 4.1.3 (law enforcement); 18 USC 3056, 871, 879; 22 USC 2709(a)(3)",
        "an authorised federal official who protects or investigates threats gets what a limited request names, after counsel, if the notice says so",
        [LeInvest],
        |case| {
            let asked = case.processes().any(|process| {
                case.within(process.categories) && process.facts.has(LegalProcessFact::SpecificLimited)
            });
            let federal = case.recipient().flags.has(AgencyFlag::Governmental)
                && case
                    .authority(AuthorityTopic::ProtectiveServices)
                    .any(|authority| authority.form == AuthorityForm::Statute);
            door(
                case,
                NoticeUse::LeFederal,
                asked && federal && case.recipient().is_justice(),
                ApprovalType::Counsel,
            )
        }
    ),
    BasisRule {
        rule: Rule {
            id: "HOPWA-1",
            citation: "24 CFR 574.440",
            says: "HOPWA assistance, which implies HIV status, goes on a written release or to the client",
        },
        basis: Basis::Hopwa1,
        regimes: &[Regime::Hopwa],
        purposes: &[],
        test: |case| {
            own_or(
                case,
                &[ConsentKind::Authorization, ConsentKind::HmisRoi],
                Regime::Hopwa,
            )
        },
    },
    BasisRule {
        rule: Rule {
            id: "RHY-1",
            citation: "45 CFR 1351.21",
            says: "a youth project's record goes on the youth's informed consent, and the parent's where it is needed",
        },
        basis: Basis::Rhy1,
        regimes: &[Regime::Rhy],
        purposes: &[],
        test: |case| own_or(case, &[ConsentKind::Named, ConsentKind::HmisRoi], Regime::Rhy),
    },
    BasisRule {
        rule: Rule {
            id: "RHY-1",
            citation: "45 CFR 1351.21(b)",
            says: "research on youth records is done on de-identified ones only",
        },
        basis: Basis::Rhy1,
        regimes: &[Regime::Rhy],
        purposes: &[PurposeOfUse::Hresch],
        test: |case| Verdict::when(is_deidentified(case)),
    },
    BasisRule {
        rule: Rule {
            id: "VA-1",
            citation: "38 USC 7332; 38 CFR 1.460",
            says: "VA records go on a consent in the form that the VA accepts",
        },
        basis: Basis::Va1,
        regimes: &[Regime::Va7332],
        purposes: &[],
        test: |case| own_or(case, &[ConsentKind::Tpo, ConsentKind::Named], Regime::Va7332),
    },
];

fn own_or(case: &Case<'_>, kinds: &[ConsentKind], regime: Regime) -> Verdict {
    if case.purpose() == PurposeOfUse::Patrqt && is_clients_own_request(case) {
        met(plain())
    } else {
        on_consent(case, kinds, regime)
    }
}

fn on_attestation(condition: bool) -> Verdict {
    if condition {
        met(plain().attested().filtered())
    } else {
        Verdict::Unmet
    }
}

/// A police door: listed in the holder's notice, its condition met, a human's approval on file.
fn door(case: &Case<'_>, listed: NoticeUse, condition: bool, approval: ApprovalType) -> Verdict {
    if condition && case.holder_notice_lists(listed) {
        with_approval(case, approval, plain().filtered())
    } else {
        Verdict::Unmet
    }
}

fn by_notice(case: &Case<'_>) -> Verdict {
    let uses: &[NoticeUse] = match case.purpose() {
        PurposeOfUse::Hpaymt => &[NoticeUse::Payment],
        PurposeOfUse::Audit => &[NoticeUse::Administration],
        PurposeOfUse::Ingest => &[NoticeUse::ServiceCoordination, NoticeUse::Administration],
        _ => &[NoticeUse::ServiceCoordination],
    };
    let to_the_database =
        case.purpose() == PurposeOfUse::Ingest && case.recipient().kind == AgencyKind::HmisLead;
    let both_notices = case.recipient().flags.has(AgencyFlag::HmisParticipant) && !to_the_database;
    let noticed = notice_covers(case, case.holder_id(), uses)
        && (!both_notices || notice_covers(case, case.recipient_id(), uses));
    let participates = !to_the_database || case.instrument(Instrument::HmisParticipation, &[]);
    if !noticed || !participates || !notice_may_carry(case) {
        return Verdict::Unmet;
    }
    if to_the_database || treats(case) && case.purpose() != PurposeOfUse::HousingCoord {
        met(plain())
    } else if case.purpose() == PurposeOfUse::HousingElig || case.element.category.is_one_of(HOUSING) {
        met(plain().filtered())
    } else {
        Verdict::Unmet
    }
}

/// An agency's notice lists one of the uses and the recipient's kind of agency, and describes the gateway.
fn notice_covers<'a>(case: &Case<'a>, agency: &'a AgencyId, uses: &[NoticeUse]) -> bool {
    case.notices_of(agency).any(|notice| {
        notice.describes_gateway
            && notice.recipient_kinds.contains(case.recipient().kind)
            && uses.iter().any(|listed| notice.uses.contains(*listed))
    })
}

fn treats(case: &Case<'_>) -> bool {
    case.recipient().treats() && case.seat.has_role(CLINICAL_ROLES)
}

/// What sharing on the notice alone never carries.
fn notice_may_carry(case: &Case<'_>) -> bool {
    let other_regime = [
        Regime::Hipaa,
        Regime::P2,
        Regime::Unknown,
        Regime::Sudn,
        Regime::Psyn,
        Regime::Vsp,
        Regime::Rhy,
    ]
    .iter()
    .any(|regime| case.binds(*regime));
    let sensitive = case.labelled_sud()
        || case.labelled(&[
            Sensitivity::Hiv,
            Sensitivity::Mh,
            Sensitivity::Sdv,
            Sensitivity::Dia,
            Sensitivity::Livarg,
            Sensitivity::Locis,
        ]);
    !other_regime
        && !case.recipient().is_justice()
        && (!sensitive || treats(case))
        && case.element.category != Category::LinkageToken
}
