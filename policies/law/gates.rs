//! Gates of step 1: what the request alone can fail on, before any client is looked up.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{Initiator, PurposeOfUse, SystemKind};

use super::profiles::needs_agreement;
use super::rule::{Rule, heard};
use crate::agreements::InForce;
use crate::facts::{AgencyFacts, RequestFacts};

/// A gate: closed, the request is refused, for a reason that is the same whoever the client is.
pub(crate) struct Gate {
    pub(crate) rule: Rule,
    pub(crate) closed: fn(&RequestFacts, &InForce<'_>) -> bool,
}

impl Gate {
    /// Whether it is closed to this request.
    pub(crate) fn is_closed(&'static self, request: &RequestFacts, agreements: &InForce<'_>) -> bool {
        heard(&self.rule, (self.closed)(request, agreements))
    }
}

/// The gates, in the order in which they are asked.
pub(crate) static GATES: &[Gate] = &[
    Gate {
        rule: Rule {
            id: "G-FACTS",
            citation: "catalogue 0.2, 0.6",
            says: "every agency that asks, receives or runs a system is in the registry",
        },
        closed: |request, _| {
            let known = |id| request.agencies.contains_key(id);
            !(known(&request.requester.person.agency)
                && request.recipients().next().is_some()
                && request
                    .recipients()
                    .all(|person| known(&person.agency) && known(person.operator())))
        },
    },
    Gate {
        rule: Rule {
            id: "HIP-514h",
            citation: "45 CFR 164.514(h)",
            says: "identity and authority of whoever asks are verified first",
        },
        closed: |request, _| request.requester.identity_unverified || request.requester.authority_unverified,
    },
    Gate {
        rule: Rule {
            id: "G-MOU",
            citation: "catalogue 0.3 step 1",
            says: "an agreement in force has the asking agency as a party, lists the purpose and admits the role",
        },
        closed: |request, agreements| {
            needs_agreement(request.purpose, request.initiator)
                && !agreements.opens_gate(
                    &request.requester.person.agency,
                    request.requester.person.role,
                    request.purpose,
                    request.initiator,
                )
        },
    },
    Gate {
        rule: Rule {
            id: "G-BULK",
            citation: "45 CFR 164.502(b); 69 FR 45888 s. 4.1.3",
            says: "no standing bulk feed goes to law enforcement",
        },
        closed: |request, _| {
            let police = |agency: Option<&AgencyFacts>| agency.is_some_and(AgencyFacts::is_justice);
            request.purpose == PurposeOfUse::BulkSync
                && (police(request.agencies.get(&request.requester.person.agency))
                    || request
                        .recipients()
                        .any(|person| police(request.agencies.get(&person.agency))))
        },
    },
    Gate {
        rule: Rule {
            id: "G-SCREEN",
            citation: "42 CFR 2.31(a)(4); 45 CFR 164.506(c); catalogue trap 2",
            says: "nothing for treatment is shown on a police system or on a screen that police share",
        },
        closed: |request, _| {
            let treatment = matches!(
                request.purpose,
                PurposeOfUse::Treat | PurposeOfUse::Coc | PurposeOfUse::Etreat | PurposeOfUse::Btg
            );
            treatment
                && request.recipients().any(|person| match person.system {
                    SystemKind::LawEnforcementRms | SystemKind::Cad => true,
                    SystemKind::SharedTerminal | SystemKind::SharedInbox => request
                        .agencies
                        .get(person.operator())
                        .is_none_or(AgencyFacts::is_justice),
                    _ => false,
                })
        },
    },
    Gate {
        rule: Rule {
            id: "G-AUDIENCE",
            citation: "42 CFR 2.31(a)(4); 45 CFR 164.508(c); catalogue trap 2",
            says: "police and others see treatment data together only if a signed consent is said to cover them all",
        },
        closed: |request, _| {
            let agencies: BTreeSet<_> = request.recipients().map(|person| &person.agency).collect();
            let police = agencies
                .iter()
                .any(|id| request.agencies.get(*id).is_none_or(AgencyFacts::is_justice));
            matches!(request.purpose, PurposeOfUse::Treat | PurposeOfUse::Coc)
                && !request.requester.asserts_consent
                && agencies.len() > 1
                && police
        },
    },
];

/// Whether the person who asks works for an agency whose very question tells who its client is.
pub(crate) fn asks_for_victims(request: &RequestFacts) -> bool {
    request.initiator == Initiator::Requester
        && request
            .agencies
            .get(&request.requester.person.agency)
            .is_some_and(AgencyFacts::serves_victims)
}
