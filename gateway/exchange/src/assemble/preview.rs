//! The facts of a question that nobody asked: what somebody of an agency would get for a purpose, were they to ask now.

use gateway_types::registry::{Agency, System};
use gateway_types::vocabulary::{Initiator, PurposeOfUse, Role};
use gateway_types::{AgencyId, StaffId, Timestamp};
use policies::facts::{Circumstances, Facts, Person, RecordFacts, RequestFacts, Requester as RequesterFacts};

use super::{Binding, agency_facts, client_facts, consent_facts, gateway_role, notices, qualified};
use crate::candidates::Candidates;
use crate::directory::Directory;

/// Who would ask, and what for. Nothing that a token or an attestation would have to prove is assumed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hypothetical<'a> {
    /// Their agency.
    pub(crate) agency: &'a Agency,
    /// Their role there.
    pub(crate) role: Role,
    /// The system on which they would see it.
    pub(crate) system: &'a System,
    /// The person, if the form names one.
    pub(crate) staff: Option<&'a StaffId>,
    /// What for.
    pub(crate) purpose: PurposeOfUse,
    /// Of another agency than the asker's: whether they are taken to treat the client.
    pub(crate) treats: bool,
}

/// The facts that `asker` may be told of, with these consents on file and no other.
pub(crate) fn preview(
    asker: &AgencyId,
    who: Hypothetical<'_>,
    consents: &[&consent::Consent],
    candidates: &Candidates,
    directory: &Directory,
    now: Timestamp,
) -> Facts {
    let agency = &who.agency.id;
    // Who treats the client elsewhere is not the asker's to learn.
    let treating_relationship = if agency != asker {
        who.treats
    } else if let Some(staff) = who.staff {
        candidates.is_treated_by(agency, staff, now)
    } else {
        candidates.is_treated_at(agency, now)
    };
    let operator = who.system.operator.clone().unwrap_or_else(|| agency.clone());
    let person = Person {
        agency: agency.clone(),
        role: who.role,
        person: who.staff.and_then(|staff| qualified(agency, staff)),
        licensed_clinician: false,
        medical_personnel: false,
        treating_relationship,
        system: who.system.kind,
        system_operator: Some(operator.clone()),
    };
    let consents: Vec<consent::Facts> = consents
        .iter()
        .filter_map(|consent| consent.facts(now).ok())
        .collect();
    let sources = candidates
        .elements()
        .iter()
        .map(|candidate| &candidate.element.source);
    let on_forms = consents
        .iter()
        .flat_map(|form| form.discloser.agencies.iter().chain(&form.recipients.agencies));
    let named = [agency, &operator].into_iter().chain(sources).chain(on_forms);
    let agencies = agency_facts(named, directory);
    let binding = Binding::of(candidates, now);
    let circumstances = Circumstances {
        restrictions: binding.facts(),
        privacy_notices: notices(&agencies, directory),
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
        request: RequestFacts {
            now,
            initiator: Initiator::Requester,
            agencies,
            requester: RequesterFacts {
                person,
                asserts_consent: false,
                identity_unverified: false,
                authority_unverified: false,
            },
            audience: Vec::new(),
            purpose: who.purpose,
            mous: Vec::new(),
        },
    }
}
