//! Victim services: VAWA, FVPSA, VOCA (34 USC 12291(b)(2), 28 CFR 90.4(b), 45 CFR 1370.4, 28 CFR 94.115).

use gateway_types::vocabulary::{
    ApprovalType, AuthorityForm, AuthorityTopic, Basis, ConsentKind, LegalProcessFact, LegalProcessType,
    Notice, Obligation, PurposeOfUse, Regime,
};

use super::case::Case;
use super::hipaa::{is_clients_own_request, on_consent_for};
use super::hipaa_public::report;
use super::rule::{BasisRule, Rule, Verdict, met, plain, with_approval};

pub(crate) static BASES: &[BasisRule] = &[
    BasisRule {
        rule: Rule {
            id: "VSP-3",
            citation: "28 CFR 90.4(b)(3); 45 CFR 1370.4(b)",
            says: "a written, informed, time-limited release names this recipient, purpose and category",
        },
        basis: Basis::Vsp3,
        regimes: &[Regime::Vsp],
        purposes: &[],
        test: |case| {
            if case.purpose() == PurposeOfUse::Patrqt && is_clients_own_request(case) {
                return met(plain());
            }
            on_consent_for(
                case,
                &[ConsentKind::VawaRelease],
                Regime::Vsp,
                plain().noting(Notice::ReleaseEndDate),
            )
        },
    },
    BasisRule {
        rule: Rule {
            id: "VSP-4",
            citation: "28 CFR 90.4(b)(3)(i)(C), (iii); 45 CFR 1370.4(c)",
            says: "what a court or a statute compels goes, after counsel, and the victim is told",
        },
        basis: Basis::Vsp4,
        regimes: &[Regime::Vsp],
        purposes: &[
            PurposeOfUse::LegalProc,
            PurposeOfUse::LeInvest,
            PurposeOfUse::AbuseReport,
            PurposeOfUse::LeReport,
            // Case law on a duty to warn is a mandate too.
            PurposeOfUse::Threat,
        ],
        test: |case| {
            let ground = plain().filtered().owing(Obligation::Notifyv);
            if compelled_by_court(case) || compelled_by_statute(case) {
                with_approval(case, ApprovalType::Counsel, ground)
            } else if matches!(report(case, AuthorityTopic::ChildAbuseReport), Verdict::Met(_)) {
                with_approval(case, ApprovalType::Counsel, ground.attested())
            } else {
                Verdict::Unmet
            }
        },
    },
];

fn compelled_by_court(case: &Case<'_>) -> bool {
    case.processes().any(|process| {
        matches!(
            process.kind,
            LegalProcessType::CourtOrder
                | LegalProcessType::JudicialWarrant
                | LegalProcessType::JudicialSubpoena
                | LegalProcessType::GrandJurySubpoena
        ) && process.facts.has(LegalProcessFact::ResponseCompelled)
            && case.within(process.categories)
    })
}

fn compelled_by_statute(case: &Case<'_>) -> bool {
    case.authority(AuthorityTopic::VictimDisclosure).any(|authority| {
        let mandate = matches!(
            authority.form,
            AuthorityForm::Statute | AuthorityForm::CourtRule | AuthorityForm::CourtOrder
        );
        mandate && case.within(authority.categories)
    })
}
