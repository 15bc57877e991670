//! Hard prohibitions HP-1 to HP-8 and their kin: no consent, agreement or emergency lifts them but as they say.

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, AttestationFact, AttestationType, Basis, Category, ConsentKind, Deidentified,
    ElementFact, LegalProcessType, PurposeOfUse, Regime, SystemKind,
};

use super::case::Case;
use super::consents::{Review, release_covers_question};
use super::element::Element;
use super::gates::asks_for_victims;
use super::hipaa::is_clients_own_request;
use super::hipaa_public::{admission_barred, is_request};
use super::part2_exceptions::proceeding_is_open;
use super::rule::{Rule, heard};

/// A prohibition: where it fires, the element stays.
pub(crate) struct Prohibition {
    pub(crate) rule: Rule,
    /// The purposes that it bears on; empty: any.
    pub(crate) purposes: &'static [PurposeOfUse],
    pub(crate) forbids: fn(&Case<'_>) -> bool,
    /// Whether a human has to look at what made it fire.
    pub(crate) alerts: Alert,
}

impl Prohibition {
    /// Whether it can fire on a request for this purpose.
    pub(crate) fn bears_on(&self, purpose: PurposeOfUse) -> bool {
        self.purposes.is_empty() || self.purposes.contains(&purpose)
    }

    /// Whether it fires on a case for a purpose that it bears on.
    pub(crate) fn fires(&'static self, case: &Case<'_>) -> bool {
        heard(&self.rule, (self.forbids)(case))
    }
}

/// What a prohibition that fired asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alert {
    None,
    Review,
}

macro_rules! prohibition {
    ($id:literal, $citation:literal, $says:literal, $forbids:expr) => {
        prohibition!($id, $citation, $says, &[], Alert::None, $forbids)
    };
    ($id:literal, $citation:literal, $says:literal, $purposes:expr, $alerts:expr, $forbids:expr) => {
        Prohibition {
            rule: Rule {
                id: $id,
                citation: $citation,
                says: $says,
            },
            purposes: $purposes,
            forbids: $forbids,
            alerts: $alerts,
        }
    };
}

pub(crate) static PROHIBITIONS: &[Prohibition] = &[
    prohibition!(
        "HP-1",
        "42 CFR 2.12(d)(1), 2.13(a)",
        "Part 2 records are used in no investigation of or proceeding against the patient without a consent of its own or a subpart E order",
        PROCEEDINGS,
        Alert::None,
        |case| case.is_part2() && !is_anonymous(case) && !proceeding_allowed(case)
    ),
    prohibition!(
        "HP-2",
        "42 CFR 2.13(b), 2.61",
        "a subpoena, warrant or official position alone opens no Part 2 record",
        PROCEEDINGS,
        Alert::None,
        |case| case.is_part2()
            && !is_anonymous(case)
            && only_ordinary_process(case)
            && !proceeding_allowed(case)
    ),
    prohibition!(
        "HP-4",
        "42 USC 11363; 24 CFR 576.400(f); 34 USC 12291(b)(2)(B)",
        "nothing about a victim service provider's client goes into an HMIS or a shared index, hashed or not",
        |case| case.binds(Regime::Vsp)
            && case.element.category != Category::AggregateCounts
            && (case.recipient().kind == AgencyKind::HmisLead
                || matches!(
                    case.seat.system(),
                    Some(SystemKind::Hmis | SystemKind::SharedIndex)
                )
                || case.purpose() == PurposeOfUse::Match)
    ),
    prohibition!(
        "HP-5",
        "28 CFR 20.33; CJISSECPOL 4.2",
        "NCIC and III responses stay within criminal justice",
        |case| (case.binds(Regime::Ncicr)
            || case.element.category == Category::NcicResponse
            || case.element.is(ElementFact::ContainsNcicReturn))
            && !(case.recipient().flags.has(AgencyFlag::CriminalJusticeAgency))
    ),
    prohibition!(
        "HP-7",
        "45 CFR 164.502(d)(2), 164.514(c)",
        "the key to de-identified data is not released with it",
        |case| case.element.category == Category::LinkageToken
            && case.element.facts.deidentified != Deidentified::None
    ),
    prohibition!(
        "HP-8",
        "45 CFR 164.312(b), 164.528(d); 42 CFR 2.51(c)",
        "nothing is released that cannot be recorded first",
        |case| case.record.circumstances.audit_store_unavailable
    ),
    prohibition!(
        "VSP-2",
        "34 USC 12291(b)(2); 28 CFR 90.4(b)(2)",
        "a victim service provider's question tells who its client is, and needs a release that names every holder asked",
        |case| asks_for_victims(case.request) && !case.stays_inside() && !question_is_released(case)
    ),
    prohibition!(
        "HIP-502g5",
        "45 CFR 164.502(g)(5)",
        "a representative whom a clinician suspects of abuse or endangerment gets nothing",
        &[PurposeOfUse::Pwatrny, PurposeOfUse::Famrqt],
        Alert::Review,
        |case| case
            .record
            .circumstances
            .attestations
            .iter()
            .any(|attestation| attestation.kind == AttestationType::RepresentativeEndangerment)
    ),
    prohibition!(
        "HIP-512j2",
        "45 CFR 164.512(j)(2)",
        "an admission learned in therapy, or in asking for it, is not told to police",
        &[PurposeOfUse::LeInvest, PurposeOfUse::LeReport],
        Alert::Review,
        admission_barred
    ),
    prohibition!(
        "HIP-512f6ii",
        "45 CFR 164.512(f)(6)(ii)",
        "where the emergency comes from abuse of the patient, the rules on abuse reports apply instead",
        &[PurposeOfUse::LeReport],
        Alert::Review,
        |case| !case.any_written_consent()
            && case
                .attestations(AttestationType::OffsiteCrime, case.holder_id())
                .any(|attestation| attestation.facts.has(AttestationFact::DvOfPatient))
    ),
    prohibition!(
        "ST-1",
        "45 CFR 160.203(b); 42 CFR 2.20",
        "what State law forbids stays, but for threats, process, mandated reports and the client's own request",
        |case| case.state_law_forbids() && !is_anonymous(case) && !beyond_state_law(case)
    ),
    prohibition!(
        "HMIS-12",
        "24 CFR 578.103(b)(2)-(3), 576.500(x)",
        "the place of a family-violence project or of a protected person is not disclosed",
        |case| shows_protected_place(case) && !case.stays_inside() && !own_request(case)
    ),
    prohibition!(
        "CJ-FILES",
        "28 CFR 20.21(b)-(d), 20.3(d); CJISSECPOL 4.2",
        "arrests, history, juvenile and sealed records, others' names and unread notes of police stay out of health and housing",
        |case| is_police_data(case) && !case.recipient().is_justice() && police_bar(case)
    ),
    prohibition!(
        "CJ-REV",
        "catalogue 4.2 (CJ-REV)",
        "nothing from health, housing or victim services is written into police records or dispatch but an authorised hazard flag",
        |case| matches!(
            case.seat.system(),
            Some(SystemKind::LawEnforcementRms | SystemKind::Cad)
        ) && !is_police_data(case)
            && !case.binds(Regime::None)
            && case.element.category != Category::SafetyFlags
            && !matches!(
                case.purpose(),
                PurposeOfUse::Threat
                    | PurposeOfUse::LeInvest
                    | PurposeOfUse::LeReport
                    | PurposeOfUse::LegalProc
            )
    ),
];

/// An investigation, a prosecution or a proceeding.
const PROCEEDINGS: &[PurposeOfUse] = &[PurposeOfUse::LeInvest, PurposeOfUse::LegalProc];

fn is_anonymous(case: &Case<'_>) -> bool {
    case.element.facts.deidentified != Deidentified::None
}

fn proceeding_allowed(case: &Case<'_>) -> bool {
    // A form that waits for its review holds back whatever rests on it. What an agency has itself rests on nothing.
    case.consent(&[ConsentKind::LegalProceedings], Regime::P2)
        .is_some_and(|usable| usable.review != Review::Missing || !case.stays_inside())
        || proceeding_is_open(case)
}

fn only_ordinary_process(case: &Case<'_>) -> bool {
    let orders = [LegalProcessType::Part2Order264, LegalProcessType::Part2Order265];
    let mut served = case.processes().filter(|process| !is_request(process)).peekable();
    served.peek().is_some() && served.all(|process| !orders.contains(&process.kind))
}

/// What a State's rule on a kind of content does not stop (scenarios, section 5: State default).
fn beyond_state_law(case: &Case<'_>) -> bool {
    matches!(
        case.purpose(),
        PurposeOfUse::Patrqt
            | PurposeOfUse::Pwatrny
            | PurposeOfUse::Threat
            | PurposeOfUse::AbuseReport
            | PurposeOfUse::LeReport
            | PurposeOfUse::PdmpReport
    ) || case.process_names_element()
}

fn own_request(case: &Case<'_>) -> bool {
    case.purpose() == PurposeOfUse::Patrqt && is_clients_own_request(case)
}

fn shows_protected_place(case: &Case<'_>) -> bool {
    case.element.is(ElementFact::RevealsConfidentialLocation)
        || (case.element.is(ElementFact::FamilyViolenceProject)
            && case
                .element
                .category
                .is_one_of(&[Category::ProjectAddress, Category::Location]))
}

/// A release in force names every holder that is asked, with leave to name the client.
fn question_is_released(case: &Case<'_>) -> bool {
    let asking = &case.request.requester.person.agency;
    case.record
        .elements
        .iter()
        .filter(|element| element.holder() != asking)
        .all(|element| {
            let asked = case.about(Element::of(element));
            asked
                .record
                .consents
                .iter()
                .any(|consent| release_covers_question(&asked, consent))
        })
}

/// Data that police hold as police.
fn is_police_data(case: &Case<'_>) -> bool {
    [
        Regime::Chri,
        Regime::Ncicr,
        Regime::Juv,
        Regime::Cji,
        Regime::Cadx,
    ]
    .iter()
    .any(|regime| case.binds(*regime))
}

fn police_bar(case: &Case<'_>) -> bool {
    let element = case.element;
    let unread = element.is(ElementFact::FreeText) && !element.is(ElementFact::HumanCleared);
    // History and juvenile records have their own bases; inside local data they have none.
    let smuggled = !case.binds(Regime::Chri)
        && !case.binds(Regime::Juv)
        && (element.is(ElementFact::ContainsArrestNotation)
            || element.category.is_one_of(&[
                Category::Arrest,
                Category::CriminalHistory,
                Category::JuvenileRecord,
            ]));
    unread
        || smuggled
        || element.is(ElementFact::Sealed)
        || element.is(ElementFact::ThirdParty)
        || element.is(ElementFact::ContainsNcicReturn)
}

/// Bases under which an agreed restriction does not stop a disclosure (164.522(a)(1)(v)), and client rights.
pub(crate) fn outranks_restriction(basis: Basis) -> bool {
    !matches!(
        basis,
        Basis::Hip506a
            | Basis::Hip508c
            | Basis::Hip508psy
            | Basis::Hip510b1
            | Basis::Hip510b3
            | Basis::Hip510b4
            | Basis::Hip510b5
            | Basis::P231a
            | Basis::P231b
            | Basis::P233
            | Basis::P212c4
            | Basis::P251
            | Basis::Hmis1
            | Basis::Va1
            | Basis::Rhy1
            | Basis::Hopwa1
            | Basis::Hip514e
    )
}
