//! Criminal-justice information (28 CFR part 20, CJIS Security Policy) and local police data to clinics.

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, AuthorityForm, AuthorityTopic, Basis, Category, ElementFact, Instrument,
    InstrumentTerm, Notice, Obligation, PurposeOfUse, Regime,
};

use super::case::Case;
use super::profiles::POLICE_TO_CLINIC;
use super::rule::{BasisRule, Ground, Rule, Verdict, met, plain};

/// What a criminal justice agency does as such.
const JUSTICE_PURPOSES: &[PurposeOfUse] = &[
    PurposeOfUse::LeInvest,
    PurposeOfUse::LeWelfare,
    PurposeOfUse::LeOutreach,
    PurposeOfUse::LeReport,
    PurposeOfUse::Dispatch,
    PurposeOfUse::CjDispatch,
    PurposeOfUse::CjMonitor,
    PurposeOfUse::CustodySafety,
];

pub(crate) static BASES: &[BasisRule] = &[
    BasisRule {
        rule: Rule {
            id: "CJ-20.33",
            citation: "28 CFR 20.33(a)(1), 20.21(b)(1)",
            says: "criminal justice agencies get criminal history for criminal justice purposes",
        },
        basis: Basis::Cj2033,
        regimes: &[Regime::Chri, Regime::Ncicr, Regime::Juv],
        purposes: JUSTICE_PURPOSES,
        test: |case| {
            if case.recipient().flags.has(AgencyFlag::CriminalJusticeAgency) {
                met(marked(case))
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.33",
            citation: "28 CFR 20.33(a)(6); CJISSECPOL 5.1.1",
            says: "a government dispatch centre under an exchange agreement gets history to dispatch for police",
        },
        basis: Basis::Cj2033,
        regimes: &[Regime::Chri],
        purposes: &[PurposeOfUse::CjDispatch],
        test: |case| {
            let dispatches = case.recipient().flags.has(AgencyFlag::CjDispatch)
                && case.recipient().flags.has(AgencyFlag::Governmental);
            if dispatches && under_exchange_agreement(case) {
                met(marked(case))
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.33",
            citation: "28 CFR 20.33(a)(7); CJISSECPOL 5.1.1",
            says: "a private contractor under an agreement with the security addendum gets history to do a justice agency's work",
        },
        basis: Basis::Cj2033,
        regimes: &[Regime::Chri],
        purposes: JUSTICE_PURPOSES,
        test: |case| {
            let private = !case.recipient().flags.has(AgencyFlag::Governmental);
            let engaged = case.holder.flags.has(AgencyFlag::CriminalJusticeAgency)
                && case.instrument(Instrument::CjisSecAddendum, &[InstrumentTerm::CjisControls]);
            Verdict::when(private && engaged).marked(case)
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-5.1.1",
            citation: "CJISSECPOL 4.1, 5.1.1",
            says: "other FBI-sourced information is exchanged between criminal justice agencies under an agreement",
        },
        basis: Basis::Cj2033,
        regimes: &[Regime::Cji],
        purposes: JUSTICE_PURPOSES,
        test: |case| {
            let justice = case.recipient().flags.has(AgencyFlag::CriminalJusticeAgency);
            if justice && under_exchange_agreement(case) {
                met(marked(case))
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.21b",
            citation: "28 CFR 20.21(b)(2)",
            says: "a statute, ordinance, executive order or court opens nonconviction data to this very agency",
        },
        basis: Basis::Cj2021b,
        regimes: &[Regime::Chri],
        purposes: &[],
        test: |case| Verdict::when(case.authority_reaches(AuthorityTopic::ChriAccess)).marked(case),
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.21b",
            citation: "28 CFR 20.21(b)(4)",
            says: "research under an agreement with the criminal justice agency",
        },
        basis: Basis::Cj2021b,
        regimes: &[Regime::Chri],
        purposes: &[PurposeOfUse::Hresch],
        test: |case| {
            let studies = matches!(
                case.recipient().kind,
                AgencyKind::ResearchInstitution | AgencyKind::Evaluator
            );
            Verdict::when(studies && case.instrument(Instrument::Research, &[])).marked(case)
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.20",
            citation: "28 CFR 20.20(b)-(c); State public-records law",
            says: "what is public already, a blotter, a court record, an arrest announced, is open as State law opens it",
        },
        basis: Basis::Cj2020,
        regimes: &[Regime::Chri],
        purposes: &[],
        test: |case| {
            let open = case.element.is(ElementFact::PublicRecord) && public_records_law(case);
            Verdict::when(open).marked(case)
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.21b",
            citation: "28 CFR 20.21(b) (conviction data); State public-records law",
            says: "federal law does not limit conviction data; State law opens it or does not",
        },
        basis: Basis::Cj2021b,
        regimes: &[Regime::Chri],
        purposes: &[],
        test: |case| {
            let open = case.element.is(ElementFact::Conviction) && public_records_law(case);
            Verdict::when(open).marked(case)
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-20.21d",
            citation: "28 CFR 20.21(d)",
            says: "a statute or court opens juvenile records to this very agency",
        },
        basis: Basis::Cj2021b,
        regimes: &[Regime::Juv],
        purposes: &[],
        test: |case| {
            // Unlike (b)(2), no ordinance and no executive order.
            let opened = case.authority(AuthorityTopic::JuvenileAccess).any(|authority| {
                matches!(
                    authority.form,
                    AuthorityForm::Statute | AuthorityForm::CourtRule | AuthorityForm::CourtOrder
                ) && (authority.categories.is_empty() || case.within(authority.categories))
            });
            Verdict::when(opened)
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-CADX",
            citation: "catalogue 4.2 (CJ-CADX); State public-records law",
            says: "a clinician sees what kind of police event it was, when and where, hazards, and cleared notes",
        },
        basis: Basis::CjCadx,
        regimes: &[Regime::Cadx],
        purposes: &[
            PurposeOfUse::Treat,
            PurposeOfUse::Coc,
            PurposeOfUse::Etreat,
            PurposeOfUse::Btg,
            PurposeOfUse::Ingest,
        ],
        test: |case| {
            let narrative = case.element.category == Category::PoliceNarrative;
            let readable = !narrative || case.element.is(ElementFact::HumanCleared);
            if case.recipient().treats()
                && case.element.category.is_one_of(POLICE_TO_CLINIC)
                && readable
                && case.police_records_open()
            {
                met(handled(case).filtered())
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "CJ-CADX",
            citation: "catalogue 4.1 (CADX)",
            says: "criminal justice agencies share their own local data with each other",
        },
        basis: Basis::CjCadx,
        regimes: &[Regime::Cadx],
        purposes: JUSTICE_PURPOSES,
        test: |case| {
            let justice = case.recipient().flags.has(AgencyFlag::CriminalJusticeAgency)
                || case.recipient().flags.has(AgencyFlag::CjDispatch);
            if justice {
                met(handled(case))
            } else {
                Verdict::Unmet
            }
        },
    },
];

/// State law opens police records to this agency. Nobody's own word does.
fn public_records_law(case: &Case<'_>) -> bool {
    case.authority_reaches(AuthorityTopic::PublicRecords) && !case.element.is(ElementFact::Sealed)
}

impl Verdict {
    fn marked(self, case: &Case<'_>) -> Self {
        match self {
            Self::Met(_) => met(marked(case)),
            other => other,
        }
    }
}

fn under_exchange_agreement(case: &Case<'_>) -> bool {
    case.instrument(Instrument::CjisIea, &[InstrumentTerm::CjisControls])
}

/// Marked as criminal justice information, and logged where no exchange agreement with the source covers it.
fn marked(case: &Case<'_>) -> Ground {
    if case.stays_inside() {
        return plain();
    }
    let agreed = case.source_agreed(|agreement| agreement.is_instrument(Instrument::CjisIea, &[]));
    // Juvenile records are not FBI-sourced; the marking is for what is.
    let fbi = case.binds(Regime::Chri) || case.binds(Regime::Ncicr) || case.binds(Regime::Cji);
    let ground = if fbi {
        plain().noting(Notice::CjiMarking)
    } else {
        plain()
    };
    if agreed || !case.binds(Regime::Chri) {
        ground
    } else {
        ground.owing(Obligation::Sdl)
    }
}

fn handled(case: &Case<'_>) -> Ground {
    if case.stays_inside() {
        plain()
    } else {
        plain().noting(Notice::SourceHandling)
    }
}
