//! A consent on file as facts for the rules: one to one, but that persons are named within their agency, and that only
//! those are told as disclosers whose records the form binds.

use crate::directory::Directory;
use consent::{CategoryScope, ExpiryFacts};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyFlag, AgencyKind, ConsentKind, Part2Status, RecipientClass};
use gateway_types::{AgencyId, StaffId, WordSet};
use policies::facts::{
    CategoryScope as ScopeFacts, ConsentFacts, Discloser, Expiry, Flags, Handle, Recipients, Revocation,
    Signer,
};

/// The facts of a consent that is signed and stands.
pub(crate) fn consent_facts(form: consent::Facts, directory: &Directory) -> ConsentFacts {
    let mut disclosers = form.discloser.agencies;
    // A class would bind every member of it; only the holder said that the form is about its own records. A release of
    // victim-service data names its discloser.
    let by_class = form.kind != ConsentKind::VawaRelease
        && directory
            .agency(&form.holder)
            .is_some_and(|holder| is_of_a_class(holder, form.discloser.classes));
    if by_class {
        disclosers.insert(form.holder.clone());
    }
    let persons: Vec<StaffId> = form
        .recipients
        .persons
        .iter()
        .filter_map(|named| qualified(&named.agency, &named.staff))
        .collect();
    // An agency of which persons are named is meant only in these persons.
    let by_person = |agency: &AgencyId| {
        form.recipients
            .persons
            .iter()
            .any(|named| named.agency == *agency)
    };
    let agencies = form
        .recipients
        .agencies
        .iter()
        .filter(|agency| !by_person(agency))
        .cloned()
        .collect();
    ConsentFacts {
        id: Handle::from(form.id),
        kind: form.kind,
        signed_at: Some(form.signed_at),
        signer: Some(signer(form.signer)),
        co_signer: form.co_signer.map(signer),
        discloser: Discloser {
            agencies: disclosers.into_iter().collect(),
            classes: WordSet::EMPTY,
        },
        recipients: Recipients {
            agencies,
            classes: form.recipients.classes,
            persons,
        },
        purposes: form.purposes,
        categories: match form.categories {
            CategoryScope::All => ScopeFacts::All,
            CategoryScope::Only(named) => ScopeFacts::Only(named),
        },
        expires: form.expires.map(|expires| match expires {
            ExpiryFacts::At(moment) => Expiry::At(moment),
            ExpiryFacts::Event { event, occurred } => Expiry::Event { event, occurred },
            ExpiryFacts::None => Expiry::Never,
        }),
        revoked: form
            .revoked
            .into_iter()
            .map(|revoked| Revocation {
                at: revoked.at,
                recipients: revoked.recipients.unwrap_or_default(),
                form: revoked.form,
            })
            .collect(),
        statements: Flags(form.statements),
        combined_with: form.combined_with,
        no_investigative_use: form.no_investigative_use,
        known_false: form.known_false,
        conditioned: form.conditioned,
        names_gateway: form.names_gateway,
        client_name_differs: form.client_name_differs,
        proceeding: form.proceeding.map(gateway_types::Pii::into_inner),
    }
}

/// Whether an agency is of one of the classes, as the rules read them of who discloses.
pub(crate) fn is_of_a_class(agency: &Agency, classes: WordSet<RecipientClass>) -> bool {
    let has = |flag| agency.flags.contains(flag);
    let justice = has(AgencyFlag::CriminalJusticeAgency) || agency.kind == AgencyKind::LawEnforcement;
    classes.iter().any(|class| match class {
        RecipientClass::TreatingProviders => has(AgencyFlag::HealthCareProvider) && !justice,
        RecipientClass::Part2Programs => agency.part2_program == Part2Status::Yes,
        RecipientClass::HmisParticipants => has(AgencyFlag::HmisParticipant),
        RecipientClass::HealthPlans | RecipientClass::ThirdPartyPayers => {
            agency.kind == AgencyKind::HealthPlan
        }
        RecipientClass::ProgramOperators | RecipientClass::Anyone => false,
    })
}

/// A person's handle within their agency: equal handles of two agencies are two people. `None` if it cannot be
/// written, so that it matches nobody.
pub(super) fn qualified(agency: &AgencyId, staff: &StaffId) -> Option<StaffId> {
    // Led by its length, so that no agency and handle read like another's.
    StaffId::new(format!("a{}-{agency}-{staff}", agency.as_str().len())).ok()
}

const fn signer(signer: consent::Signer) -> Signer {
    Signer {
        role: signer.role,
        authority_documented: signer.authority_documented,
        suspected_abuser: signer.suspected_abuser,
    }
}

#[cfg(test)]
mod decides;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_people_of_different_agencies_have_one_handle() {
        let handle = |agency: &str, staff: &str| {
            qualified(&AgencyId::new(agency).unwrap(), &StaffId::new(staff).unwrap()).unwrap()
        };
        assert_ne!(handle("a--b", "c"), handle("a", "b--c"));
        assert_ne!(handle("a", "b-c"), handle("a-b", "c"));
        assert_eq!(handle("a", "b"), handle("a", "b"));
    }
}
