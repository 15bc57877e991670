//! Whether the law and the client's word let a holder disclose its own record: the question of the CDS Hook
//! `patient-consent-consult`.
//!
//! Decided by the engine on the same facts as a real question by whoever would receive, as for a preview. Only the holder
//! of a record gets an answer that distinguishes, and only about its own record: it names its client by its own key, and
//! nobody else's records are looked at. Everybody else gets the neutral answer. Both are entries of the log.

use std::collections::{BTreeMap, BTreeSet};

use gateway_audit::EntryKind;
use gateway_audit::detail::{ConsentVersion, Detail, Party};
use gateway_store::StoreError;
use gateway_types::registry::{Agency, System};
use gateway_types::vocabulary::{Category, Notice, Obligation, PurposeOfUse, Response, Role};
use gateway_types::{AgencyId, ClientId, ConsentId, Pii, SourceClientKey, StaffId, SystemId, WordSet};
use policies::{Findings, Outcome};

use super::{NotRecorded, concerns, party};
use crate::agreements::InForce;
use crate::assemble::{self, Hypothetical};
use crate::candidates::Candidates;
use crate::disclose::{ATTEMPTS, next_step};
use crate::gateway::Gateway;
use crate::question::About;
use crate::redact::TOLD;
use crate::requester::Requester;
use crate::word::Word;

/// What is asked.
#[derive(Debug)]
pub struct Consultation {
    /// The client, by the asker's own key; `None`: named in some other way, by which nobody is looked up.
    pub client: Option<SourceClientKey>,
    /// Who would receive.
    pub actor: Actor,
    /// What for.
    pub purpose: PurposeOfUse,
    /// Which information.
    pub categories: WordSet<Category>,
    /// Whether the actor treats the client, as the asker knows and says: what other agencies put on file about that is
    /// not looked at.
    pub treats: bool,
}

/// Who would receive. What is not said is everybody that the registration allows: what is permitted then is permitted
/// to each of them.
#[derive(Debug)]
pub struct Actor {
    /// The agency.
    pub agency: AgencyId,
    /// The person.
    pub staff: Option<StaffId>,
    /// In which role.
    pub role: Option<Role>,
    /// On which system.
    pub system: Option<SystemId>,
}

/// What is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Advice {
    /// The neutral answer.
    Neutral,
    /// Nothing of the asker's own record may be disclosed so.
    Deny,
    /// Some of it may.
    Permit(Permitted),
}

/// What may be disclosed.
#[derive(Debug, PartialEq, Eq)]
pub struct Permitted {
    /// The categories of which everything that the asker holds may go.
    pub categories: WordSet<Category>,
    /// What the recipient has to keep.
    pub obligations: WordSet<Obligation>,
    /// Whether a statement of 42 CFR 2.32 has to go along.
    pub marked: bool,
    /// The consents that it rests on, as far as they are the asker's affair.
    pub based_on: BTreeSet<ConsentId>,
}

/// Why there is no answer. None of these depends on the person asked about.
#[derive(Debug, thiserror::Error)]
pub enum NotConsulted {
    /// The actor, or the role or system named, is not registered.
    #[error("the actor is not registered, or has no such role or system")]
    UnknownActor,
    /// Store or log cannot be reached, or a fault of ours.
    #[error(transparent)]
    Failed(#[from] NotRecorded),
}

impl From<StoreError> for NotConsulted {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// One place from which somebody would look.
type Seat<'a> = (Role, &'a System);

impl Gateway {
    /// Answers whether the asker may disclose its own record to the actor. The question is logged before it is answered.
    ///
    /// # Errors
    /// [`NotConsulted`].
    pub async fn consult(&self, by: &Requester, question: &Consultation) -> Result<Advice, NotConsulted> {
        if self.bars_release() {
            return Err(NotRecorded::Unavailable.into());
        }
        let begun = tokio::time::Instant::now();
        let directory = by.directory();
        let actor = directory
            .exchanging(&question.actor.agency, self.now())
            .ok_or(NotConsulted::UnknownActor)?;
        let seats = seats(actor, &question.actor);
        if seats.is_empty() {
            return Err(NotConsulted::UnknownActor);
        }
        let client = match &question.client {
            Some(key) => {
                let about = About::OwnKey(key.clone());
                self.find_client(by.agency_id(), &about).await?
            }
            None => None,
        };
        let Some(client) = client else {
            self.log_consultation(by, question, None, Advice::Neutral, &[], &self.in_force())
                .await?;
            // How long nothing took would tell how much there was to look at.
            tokio::time::sleep_until(next_step(begun, tokio::time::Instant::now())).await;
            return Ok(Advice::Neutral);
        };
        for _ in 0..ATTEMPTS {
            let (advice, word) = self.advise(by, question, client, actor, &seats).await?;
            // As for a disclosure: what was taken back while the entry was written is not advised on.
            let (Advice::Permit(_), Some(word)) = (&advice, word) else {
                return Ok(advice);
            };
            if word.stands_by(&self.word_of_holder(by, client).await?) {
                return Ok(advice);
            }
        }
        Err(NotRecorded::Unavailable.into())
    }

    /// What the asker's own forms and restrictions say of the client now.
    async fn word_of_holder(&self, by: &Requester, client: ClientId) -> Result<Word, NotConsulted> {
        let (agency, directory) = (by.agency_id(), by.directory());
        let candidates = Candidates::of_holder(self, agency, client, directory, self.now()).await?;
        // The clock is read last: what has ended by then has ended.
        Ok(Word::of(&candidates, self.now()))
    }

    /// The answer to the holder of the record.
    async fn advise(
        &self,
        by: &Requester,
        question: &Consultation,
        client: ClientId,
        actor: &Agency,
        seats: &[Seat<'_>],
    ) -> Result<(Advice, Option<Word>), NotConsulted> {
        let (now, directory, in_force) = (self.now(), by.directory(), self.in_force());
        let candidates = match Candidates::of_holder(self, by.agency_id(), client, directory, now).await {
            // What cannot be opened may be another agency's: an error would tell that there is something.
            Err(error @ StoreError::Inconsistent { .. }) => {
                crate::gateway::log_store_error(&error);
                let nothing = Advice::Deny;
                let advice = self
                    .log_consultation(by, question, None, nothing, &[], &in_force)
                    .await?;
                return Ok((advice, None));
            }
            other => other?,
        };
        let word = Word::of(&candidates, now);
        let on_file: Vec<_> = candidates
            .consents()
            .iter()
            .map(|stored| &stored.consent)
            .collect();
        let mut common: Option<WordSet<Category>> = None;
        let (mut obligations, mut marked) = (WordSet::EMPTY, false);
        let mut relied_on = BTreeSet::new();
        let mut sealed = Vec::new();
        for (role, system) in seats {
            let who = Hypothetical {
                agency: actor,
                role: *role,
                system,
                staff: question.actor.staff.as_ref(),
                purpose: question.purpose,
                treats: question.treats,
            };
            let facts = assemble::preview(by.agency_id(), who, &on_file, &candidates, directory, now);
            let decision = policies::decide_all(&facts, in_force.agreements());
            let findings = decision.findings();
            let whole = whole_categories(&candidates, findings).intersection(question.categories);
            common = Some(common.map_or(whole, |before| before.intersection(whole)));
            obligations = obligations.union(findings.obligations());
            marked |= findings
                .notices()
                .contains_any(&[Notice::Part2Statement1, Notice::Part2Statement2]);
            relied_on.extend(findings.consents().iter().cloned());
            sealed.push(facts.to_canonical_json().map_err(|_| NotRecorded::Fault)?);
        }
        let categories = common.unwrap_or(WordSet::EMPTY);
        let advice = if categories.is_empty() {
            Advice::Deny
        } else {
            let relied_on = candidates.consents().iter().filter(|stored| {
                concerns(&stored.consent, by)
                    && relied_on.contains(&policies::facts::Handle::from(stored.consent.id()))
            });
            Advice::Permit(Permitted {
                categories,
                obligations: obligations.intersection(TOLD.into_iter().collect()),
                marked,
                based_on: relied_on.map(|stored| stored.consent.id()).collect(),
            })
        };
        let advice = self
            .log_consultation(by, question, Some(&candidates), advice, &sealed, &in_force)
            .await?;
        Ok((advice, Some(word)))
    }

    /// Writes the entry; the answer comes back once it is durable.
    async fn log_consultation(
        &self,
        by: &Requester,
        question: &Consultation,
        candidates: Option<&Candidates>,
        advice: Advice,
        sealed: &[Vec<u8>],
        in_force: &InForce,
    ) -> Result<Advice, NotConsulted> {
        let mut detail = Detail::at(self.now());
        detail.requester = Some(party(by));
        detail.audience = vec![Party {
            agency: question.actor.agency.clone(),
            person: question.actor.staff.clone(),
            role: question.actor.role,
            system: question.actor.system.clone(),
        }];
        detail.purpose = Some(question.purpose);
        detail.registry = Some(by.directory().digest().to_string());
        let note = match &advice {
            Advice::Neutral => {
                detail.response = Some(Response::Neutral);
                "asked what may be disclosed of nobody in its records"
            }
            Advice::Deny => {
                detail.response = Some(Response::Neutral);
                "asked what may be disclosed of its record: nothing"
            }
            Advice::Permit(permitted) => {
                detail.response = Some(Response::Ok);
                detail.obligations = permitted.obligations;
                let of = |id: &ConsentId| {
                    let consents = candidates?.consents();
                    let stored = consents.iter().find(|stored| stored.consent.id() == *id)?;
                    Some(ConsentVersion {
                        id: *id,
                        version: stored.version.to_string(),
                    })
                };
                detail.consents = permitted.based_on.iter().filter_map(of).collect();
                "asked what may be disclosed of its record: some of it"
            }
        };
        detail.note = Some(Pii::new(note.to_owned()));
        detail.client = candidates.and_then(Candidates::client);
        let key = self.records().client_key(detail.client).await?;
        // One line for each seat: none holds a line feed.
        let facts = sealed.join(&b'\n');
        let (policy, event) = (in_force.policy(), self.new_event().map_err(NotRecorded::from)?);
        self.log_event_under(policy, EntryKind::ConsentRead, event, &key, &detail, &facts)
            .await
            .map_err(NotRecorded::from)?;
        Ok(advice)
    }
}

/// The seats from which the actor may look, as far as it is said.
fn seats<'a>(agency: &'a Agency, actor: &Actor) -> Vec<Seat<'a>> {
    let roles = agency.roles.iter();
    let roles = roles.filter(|role| actor.role.is_none_or(|named| named == *role));
    roles
        .flat_map(|role| agency.systems.iter().map(move |system| (role, system)))
        .filter(|(_, system)| actor.system.as_ref().is_none_or(|named| *named == system.id))
        .collect()
}

/// The categories of which every element may go.
fn whole_categories(candidates: &Candidates, findings: &Findings) -> WordSet<Category> {
    let outcomes: BTreeMap<_, _> = findings
        .elements()
        .iter()
        .map(|element| (element.id(), element.outcome()))
        .collect();
    let (mut some, mut kept) = (WordSet::EMPTY, WordSet::EMPTY);
    for candidate in candidates.elements() {
        match outcomes.get(&candidate.handle) {
            Some(Outcome::Release) => some.insert(candidate.category),
            _ => kept.insert(candidate.category),
        }
    }
    some.difference(kept)
}
