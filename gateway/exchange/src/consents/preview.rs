//! What would be shared with whom under a consent, without disclosing anything: for the client and their worker, before
//! and after it is signed.
//!
//! Decided by the engine on the same facts as a real question, for every agency that the form can mean and every role
//! and system of its registration. Only the caller's own records are looked at, and only categories are told.

use std::collections::{BTreeMap, BTreeSet};

use consent::Consent;
use gateway_audit::EntryKind;
use gateway_types::registry::{Agency, System};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, Category, Part2Status, PurposeOfUse, RecipientClass, Role,
};
use gateway_types::{AgencyId, ConsentId, StaffId, SystemId, WordSet};

use super::NotRecorded;
use crate::assemble::{self, Hypothetical};
use crate::candidates::Candidates;
use crate::gateway::Gateway;
use crate::requester::Requester;

/// How many persons a form may name to be shown.
const MOST_PERSONS: usize = 200;
/// How many people in how many roles, on how many systems and for how many purposes are looked at.
const MOST_DECISIONS: u32 = 20_000;

/// What a consent would share of the caller's records.
#[derive(Debug)]
pub struct Preview {
    /// In plain words, as it is read back to the client.
    pub confirm_back: String,
    /// Whether it is shown as if it were signed.
    pub as_if_signed: bool,
    /// Who would get what.
    pub shares: Vec<Share>,
    /// Who is meant by the form and would get nothing.
    pub nothing_for: BTreeSet<(AgencyId, PurposeOfUse)>,
}

/// Who would get which information.
#[derive(Debug)]
pub struct Share {
    /// The agency.
    pub recipient: AgencyId,
    /// The person, if the form names one there.
    pub person: Option<StaffId>,
    /// What for.
    pub purpose: PurposeOfUse,
    /// In which roles.
    pub roles: WordSet<Role>,
    /// On which systems.
    pub systems: BTreeSet<SystemId>,
    /// Which information.
    pub categories: WordSet<Category>,
    /// Which of it they would not get without this consent.
    pub by_this_consent: WordSet<Category>,
}

impl Gateway {
    /// Shows what a consent would share. The look is logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn preview_consent(&self, by: &Requester, id: ConsentId) -> Result<Preview, NotRecorded> {
        if self.bars_release() {
            return Err(NotRecorded::Unavailable);
        }
        let now = self.now();
        let consent = self.concerning(by, id).await?;
        let note = Some("what it would share");
        self.log_consent(by, &consent, EntryKind::ConsentRead, note)
            .await?;
        let directory = by.directory();
        let candidates =
            Candidates::of_holder(self, by.agency_id(), consent.client(), directory, now).await?;
        let unsigned = consent.as_if_signed(now);
        let as_if_signed = unsigned.is_some();
        let form = unsigned.as_ref().unwrap_or(&consent);
        let on_file = candidates.consents().iter().map(|stored| &stored.consent);
        let others: Vec<&Consent> = on_file.filter(|other| other.id() != id).collect();
        let with: Vec<&Consent> = others.iter().copied().chain([form]).collect();

        let in_force = self.in_force();
        let released = |who: Hypothetical<'_>, consents: &[&Consent]| -> WordSet<Category> {
            let facts = assemble::preview(by.agency_id(), who, consents, &candidates, directory, now);
            let decision = policies::decide_all(&facts, in_force.agreements());
            let released: BTreeSet<_> = decision.findings().released().collect();
            candidates
                .elements()
                .iter()
                .filter(|candidate| released.contains(&candidate.handle))
                .map(|candidate| candidate.category)
                .collect()
        };
        let mut lines: BTreeMap<_, (WordSet<Role>, BTreeSet<SystemId>)> = BTreeMap::new();
        let mut nothing_for = BTreeSet::new();
        let mut left = MOST_DECISIONS;
        if form.terms().recipients.persons.len() > MOST_PERSONS {
            return Err(NotRecorded::TooWide);
        }
        for agency in directory.versions().map(|version| &version.agency) {
            if !meant(form, agency) || directory.exchanging(&agency.id, now).is_none() {
                continue;
            }
            let named: Vec<Option<&StaffId>> = persons(form, &agency.id);
            for purpose in form.terms().purposes.iter() {
                let mut nothing = true;
                for (staff, system, role) in seats(&named, agency) {
                    left = left.checked_sub(1).ok_or(NotRecorded::TooWide)?;
                    // Others are waiting for answers meanwhile.
                    tokio::task::yield_now().await;
                    let who = Hypothetical {
                        agency,
                        role,
                        system,
                        staff,
                        purpose,
                        treats: agency.flags.contains(AgencyFlag::HealthCareProvider),
                    };
                    let categories = released(who, &with);
                    if categories.is_empty() {
                        continue;
                    }
                    nothing = false;
                    let without = released(who, &others);
                    let told = |set: WordSet<Category>| set.iter().collect::<Vec<_>>();
                    let key = (
                        agency.id.clone(),
                        purpose,
                        staff.cloned(),
                        told(categories),
                        told(categories.difference(without)),
                    );
                    let (roles, systems) = lines.entry(key).or_default();
                    roles.insert(role);
                    systems.insert(system.id.clone());
                }
                if nothing {
                    nothing_for.insert((agency.id.clone(), purpose));
                }
            }
        }
        let shares = lines.into_iter().map(|(key, (roles, systems))| {
            let (recipient, purpose, person, categories, by_this_consent) = key;
            Share {
                recipient,
                person,
                purpose,
                roles,
                systems,
                categories: categories.into_iter().collect(),
                by_this_consent: by_this_consent.into_iter().collect(),
            }
        });
        Ok(Preview {
            confirm_back: self.describe(form)?.confirm_back,
            as_if_signed,
            shares: shares.collect(),
            nothing_for,
        })
    }
}

/// The persons of an agency whom the form names; nobody in particular if it names none there.
fn persons<'a>(form: &'a Consent, agency: &AgencyId) -> Vec<Option<&'a StaffId>> {
    let recipients = &form.terms().recipients;
    let named = recipients
        .persons
        .iter()
        .filter(|person| person.agency == *agency);
    let persons: Vec<_> = named.map(|person| Some(&person.staff)).collect();
    if persons.is_empty() { vec![None] } else { persons }
}

/// Everybody of an agency who would ask: each person in each role on each system.
fn seats<'a>(
    persons: &[Option<&'a StaffId>],
    agency: &'a Agency,
) -> Vec<(Option<&'a StaffId>, &'a System, Role)> {
    let mut seats = Vec::new();
    for staff in persons {
        for system in &agency.systems {
            seats.extend(agency.roles.iter().map(|role| (*staff, system, role)));
        }
    }
    seats
}

/// Whether the form may mean the agency: by name, through a person, or as one of a class. Wider than the rules: what it
/// does not open for an agency is then told as nothing.
fn meant(form: &Consent, agency: &Agency) -> bool {
    let recipients = &form.terms().recipients;
    let by_name = recipients.agencies.contains(&agency.id)
        || recipients.persons.iter().any(|person| person.agency == agency.id);
    by_name
        || recipients.classes.iter().any(|class| match class {
            RecipientClass::TreatingProviders => agency.flags.contains(AgencyFlag::HealthCareProvider),
            RecipientClass::HealthPlans | RecipientClass::ThirdPartyPayers => {
                agency.kind == AgencyKind::HealthPlan
            }
            RecipientClass::Part2Programs => agency.part2_program == Part2Status::Yes,
            RecipientClass::HmisParticipants => agency.flags.contains(AgencyFlag::HmisParticipant),
            RecipientClass::ProgramOperators => agency.flags.contains(AgencyFlag::BusinessAssociate),
            RecipientClass::Anyone => false,
        })
}
