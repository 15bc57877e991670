//! From records to facts: each fact of a decision, from its declared source (docs/architecture.md, "Facts").
//!
//! | fact | source |
//! | --- | --- |
//! | agency kind, Part 2 status, flags, privacy notice, gateway role | registry |
//! | person, role, licence, medical personnel, system | certificate and token; what kind of system, registry |
//! | treating relationship, consents, restrictions, age, match | our own records |
//! | emergency, attestations, consent asserted | the person who asks, in their own name |
//! | who answers for an emergency disclosure, closure by a disaster | registry, of the sources asked |
//! | purpose, categories, audience | the question; each member of the audience is checked against the registry |

mod consent;
mod preview;
mod restrictions;

use std::collections::{BTreeMap, BTreeSet};

use ::consent::Standing;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{GatewayRole, Initiator};
use gateway_types::{AgencyId, Timestamp};
use policies::facts::{
    AgencyFacts, Circumstances, ClientFacts, ElementFacts, Emergency, Facts, Flags, NoticeOnFile,
    Particularities, Person, RecordFacts, RequestFacts, Requester as RequesterFacts,
};

use self::consent::qualified;
pub(crate) use self::consent::{consent_facts, is_of_a_class};
pub(crate) use self::preview::{Hypothetical, preview};
use self::restrictions::Binding;
use crate::candidates::{Candidate, Candidates};
use crate::directory::Directory;
use crate::question::Question;
use crate::requester::Requester;

/// What is known before anybody is looked up. `None` if somebody in the audience is not registered.
pub(crate) fn request(
    by: &Requester,
    question: &Question,
    directory: &Directory,
    now: Timestamp,
) -> Option<RequestFacts> {
    let asker = Person {
        agency: by.agency_id().clone(),
        role: by.role(),
        person: qualified(by.agency_id(), by.staff()),
        licensed_clinician: by.is_licensed_clinician(),
        medical_personnel: by.is_medical_personnel(),
        treating_relationship: false,
        system: by.system_kind(),
        system_operator: Some(by.system_operator().clone()),
    };
    let audience = question
        .audience
        .iter()
        .map(|member| {
            let agency = directory.exchanging(&member.agency, now)?;
            let system = agency.system(&member.system)?;
            agency.roles.contains(member.role).then(|| Person {
                agency: agency.id.clone(),
                role: member.role,
                person: member
                    .staff
                    .as_ref()
                    .and_then(|staff| qualified(&agency.id, staff)),
                // Nothing that a token would have to prove is taken from the question.
                licensed_clinician: false,
                medical_personnel: false,
                treating_relationship: false,
                system: system.kind,
                system_operator: Some(system.operator.clone().unwrap_or_else(|| agency.id.clone())),
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let named = std::iter::once(&asker)
        .chain(&audience)
        .flat_map(|person| std::iter::once(&person.agency).chain(person.system_operator.as_ref()));
    let agencies = agency_facts(named, directory);
    Some(RequestFacts {
        now,
        initiator: Initiator::Requester,
        agencies,
        requester: RequesterFacts {
            person: asker,
            asserts_consent: question.attested.consent_asserted,
            identity_unverified: false,
            authority_unverified: false,
        },
        audience,
        purpose: question.purpose,
        mous: Vec::new(),
    })
}

/// Everything the decision rests on.
pub(crate) fn facts(
    mut request: RequestFacts,
    by: &Requester,
    question: &Question,
    candidates: &Candidates,
    directory: &Directory,
) -> Facts {
    let now = request.now;
    let consents: Vec<::consent::Facts> = candidates
        .consents()
        .iter()
        .filter_map(|stored| stored.consent.facts(now).ok())
        .collect();
    let sources = candidates
        .elements()
        .iter()
        .map(|candidate| &candidate.element.source);
    let on_forms = consents
        .iter()
        .flat_map(|form| form.discloser.agencies.iter().chain(&form.recipients.agencies));
    request
        .agencies
        .extend(agency_facts(sources.chain(on_forms), directory));
    request.requester.person.treating_relationship =
        candidates.is_treated_by(by.agency_id(), by.staff(), now);
    for (person, member) in request.audience.iter_mut().zip(&question.audience) {
        person.treating_relationship = member
            .staff
            .as_ref()
            .is_some_and(|staff| candidates.is_treated_by(&member.agency, staff, now));
    }
    let notices = notices(&request.agencies, directory);
    let sources: BTreeSet<&AgencyId> = candidates
        .elements()
        .iter()
        .map(|candidate| &candidate.element.source)
        .collect();
    let of_sources = |holds: &dyn Fn(&Agency) -> bool| -> BTreeSet<AgencyId> {
        let known = |id: &&&AgencyId| directory.agency(id).is_some_and(holds);
        sources.iter().filter(known).map(|id| (*id).clone()).collect()
    };
    let emergency = emergency(by, question);
    let answering = of_sources(&|agency| agency.emergency_discloser.is_some());
    let (without_emergency_discloser, closed_by_disaster) = match emergency {
        None => (BTreeSet::new(), BTreeSet::new()),
        Some(_) => (
            sources
                .iter()
                .filter(|id| !answering.contains(**id))
                .map(|id| (*id).clone())
                .collect(),
            of_sources(&|agency| agency.is_closed_by_disaster(now)),
        ),
    };
    let binding = Binding::of(candidates, now);
    let circumstances = Circumstances {
        restrictions: binding.facts(),
        emergency,
        without_emergency_discloser,
        closed_by_disaster,
        attestations: question.attested.attestations.clone(),
        privacy_notices: notices,
        gateway_role: gateway_role(candidates, directory),
        ..Circumstances::default()
    };
    Facts {
        record: RecordFacts {
            client: client_facts(candidates, &consents),
            elements: binding.elements(candidates),
            consents: consents
                .into_iter()
                .map(|form| consent_facts(form, directory))
                .collect(),
            circumstances,
        },
        request,
    }
}

/// What is known of the client in law: age and match from what sources gave, the rest from the forms that stand. Whoever
/// recorded one vouches that the law let the minor sign alone (42 CFR 2.14(b)), or that the client has died (2.15(b)).
fn client_facts(candidates: &Candidates, consents: &[::consent::Facts]) -> ClientFacts {
    let said = |standing| consents.iter().any(|form| form.standing == standing);
    ClientFacts {
        age: candidates.age(),
        in_custody: false,
        deceased: said(Standing::Deceased),
        // Where another form says otherwise, nobody knows.
        minor_may_consent_alone: said(Standing::MinorActingAlone) && !said(Standing::Adult),
        adjudicated_incapacity: false,
        found: candidates.found(),
    }
}

fn notices(agencies: &BTreeMap<AgencyId, AgencyFacts>, directory: &Directory) -> Vec<NoticeOnFile> {
    agencies
        .keys()
        .filter_map(|id| {
            let notice = directory.agency(id)?.privacy_notice.as_ref()?;
            Some(NoticeOnFile {
                agency: id.clone(),
                version: notice.version.clone(),
                uses: notice.uses,
                recipient_kinds: notice.recipient_kinds,
                describes_gateway: notice.describes_gateway,
            })
        })
        .collect()
}

/// The emergency as facts: what was stated, and what the gateway itself knows of the record of 2.51(c). Who answers for
/// a source, and whether it is closed, is told of each source apart.
fn emergency(by: &Requester, question: &Question) -> Option<Emergency> {
    let stated = question.attested.emergency.as_ref()?;
    let reason_given = stated.consent_unobtainable.is_some();
    Some(Emergency {
        immediate_treatment_needed: stated.immediate_treatment_needed,
        client_able_to_consent: !reason_given || stated.client_able_to_consent.unwrap_or(true),
        client_refused: stated.client_refused.unwrap_or(true),
        representative_available: stated.representative_available.unwrap_or(true),
        program_closed_by_disaster: false,
        // The token names the person, the certificate the agency, the entry the time.
        personnel_named: true,
        affiliation_named: true,
        discloser_named: true,
        time_recorded: true,
        nature_recorded: stated.nature.is_some(),
        stated_by: Some(by.role()),
        needed_categories: stated.needed_categories,
    })
}

fn agency_facts<'a>(
    ids: impl Iterator<Item = &'a AgencyId>,
    directory: &Directory,
) -> BTreeMap<AgencyId, AgencyFacts> {
    ids.filter_map(|id| {
        let Agency {
            kind,
            part2_program,
            flags,
            ..
        } = directory.agency(id)?;
        Some((
            id.clone(),
            AgencyFacts {
                kind: *kind,
                part2_program: *part2_program,
                flags: Flags(*flags),
            },
        ))
    })
    .collect()
}

/// What the gateway is, in law, to the sources asked: if to any of them it is an intermediary, a consent has to name
/// it, so that counts for all.
fn gateway_role(candidates: &Candidates, directory: &Directory) -> GatewayRole {
    let mut roles = candidates.elements().iter().map(|candidate| {
        directory
            .agency(&candidate.element.source)
            .and_then(|agency| agency.gateway_role)
    });
    let mut role = GatewayRole::BusinessAssociate;
    for one in roles.by_ref() {
        match one {
            None | Some(GatewayRole::Intermediary) => return GatewayRole::Intermediary,
            Some(GatewayRole::QualifiedServiceOrganization) => {
                role = GatewayRole::QualifiedServiceOrganization
            }
            Some(GatewayRole::BusinessAssociate) => {}
        }
    }
    role
}

fn element(candidate: &Candidate) -> ElementFacts {
    ElementFacts {
        id: candidate.handle.clone(),
        category: candidate.category,
        source: candidate.element.source.clone(),
        holder: None,
        regimes: candidate.regimes,
        sensitivity: candidate.element.sensitivity,
        facts: Particularities {
            flags: Flags(candidate.element.facts),
            ..Particularities::default()
        },
    }
}
