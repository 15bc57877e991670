//! What is asked about an agency's own clients, and its answers. Nothing of it reaches who asked.

use consent::{ConsentRequest, Terms};
use gateway_audit::detail::Party;
use gateway_audit::{Detail, EntryKind};
use gateway_store::{RequestAnswer, StoreError};
use gateway_types::vocabulary::{Category, PurposeOfUse, Regime, Role};
use gateway_types::{
    AgencyId, ClientId, ConsentRequestId, Pii, SourceClientKey, StaffId, Timestamp, WordSet,
};

use super::NotRequested;
use super::agreed::Receiving;
use crate::candidates::Candidate;
use crate::consents::{RecordedConsent, name_of, party};
use crate::gateway::Gateway;
use crate::requester::Requester;

/// How many are listed at most, the oldest first.
const LISTED: usize = 200;

/// A request that waits for an answer of the agency.
#[derive(Debug)]
pub struct Waiting {
    /// Its id.
    pub id: ConsentRequestId,
    /// The client, by the agency's own keys.
    pub own_keys: Vec<SourceClientKey>,
    /// The agency that asks.
    pub agency: AgencyId,
    /// The person.
    pub person: StaffId,
    /// Their role.
    pub role: Role,
    /// What for.
    pub purpose: PurposeOfUse,
    /// For which of the agency's own records.
    pub categories: WordSet<Category>,
    /// For how many days.
    pub days: u16,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it closes.
    pub closes_at: Timestamp,
    /// In plain words, for the client.
    pub says: String,
}

/// What an agency says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Forms are begun, to be put before the client.
    Draft,
    /// The client said no.
    Declined,
    /// The client could not be reached.
    NotReached,
}

impl Answer {
    const fn stored(self) -> RequestAnswer {
        match self {
            Self::Draft => RequestAnswer::Drafted,
            Self::Declined => RequestAnswer::Declined,
            Self::NotReached => RequestAnswer::NotReached,
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Draft => "forms were begun",
            Self::Declined => "the client said no",
            Self::NotReached => "the client could not be reached",
        }
    }
}

/// Requests that ask the same of the same client for the same agency, as one.
struct Together {
    request: ConsentRequest,
    client: ClientId,
    /// Those that were not seen yet by the agency.
    unseen: Vec<ConsentRequestId>,
    all: Vec<ConsentRequestId>,
}

/// What an agency could do about a request.
struct Could {
    own_keys: Vec<SourceClientKey>,
    forms: Vec<Terms>,
}

impl Could {
    fn categories(&self) -> WordSet<Category> {
        self.forms
            .iter()
            .fold(WordSet::EMPTY, |all, terms| match terms.categories {
                consent::CategoryScope::Only(named) => all.union(named),
                consent::CategoryScope::All => all,
            })
    }
}

impl Gateway {
    /// The requests that wait for an answer of the agency. What is shown for the first time is logged first.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn consent_requests(&self, by: &Requester) -> Result<Vec<Waiting>, NotRequested> {
        let now = self.now();
        let mut waiting = Vec::new();
        for together in self.waiting_for(by.agency_id(), now).await? {
            let could = match self.could(by, &together, now).await {
                Ok(Some(could)) => could,
                // What does not open about one client hides nobody else's.
                Ok(None) | Err(NotRequested::Fault) => continue,
                Err(error) => return Err(error),
            };
            self.log_seen(by, &together, now).await?;
            let request = together.request;
            let categories = could.categories();
            let directory = self.directory();
            waiting.push(Waiting {
                says: request.in_plain_words(categories, |mentioned| name_of(&directory, mentioned)),
                id: request.id,
                own_keys: could.own_keys,
                closes_at: request.closes_at(),
                agency: request.by.agency,
                person: request.by.staff,
                role: request.role,
                purpose: request.purpose,
                categories,
                days: request.days,
                asked_at: request.asked_at,
            });
            if waiting.len() == LISTED {
                break;
            }
        }
        Ok(waiting)
    }

    /// Answers a request, and all that ask the same; returns the forms that were begun.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn answer_consent_request(
        &self,
        by: &Requester,
        id: ConsentRequestId,
        answer: Answer,
    ) -> Result<Vec<RecordedConsent>, NotRequested> {
        let now = self.now();
        let waiting = self.waiting_for(by.agency_id(), now).await?;
        let together = waiting.into_iter().find(|together| together.all.contains(&id));
        let together = together.ok_or(NotRequested::NoRequest)?;
        let could = self
            .could(by, &together, now)
            .await?
            .ok_or(NotRequested::NoRequest)?;
        let mut drafts = Vec::new();
        if answer == Answer::Draft {
            let key = could.own_keys.first().ok_or(NotRequested::NoRequest)?;
            for terms in could.forms {
                drafts.push(self.draft_consent(by, key.clone(), terms).await?);
            }
        }
        self.log_request(by, &together, answer.in_words(), None, now)
            .await?;
        for one in &together.all {
            let answered = self
                .records()
                .answer_request(*one, by.agency_id(), answer.stored(), now)
                .await;
            match answered {
                // Somebody else there was quicker.
                Err(StoreError::Conflict { .. }) if *one == id => return Err(NotRequested::Answered),
                Err(StoreError::Conflict { .. }) => {}
                other => other?,
            }
        }
        Ok(drafts)
    }

    /// Open requests about somebody, by others, that the agency has not answered; those alike together.
    async fn waiting_for(&self, agency: &AgencyId, now: Timestamp) -> Result<Vec<Together>, NotRequested> {
        let mut waiting: Vec<Together> = Vec::new();
        for (request, answer) in self.records().open_requests(agency, now).await? {
            let Some(client) = request.client.filter(|_| request.by.agency != *agency) else {
                continue;
            };
            let unseen = match answer {
                None => vec![request.id],
                Some(RequestAnswer::Seen) => Vec::new(),
                Some(RequestAnswer::Drafted | RequestAnswer::Declined | RequestAnswer::NotReached) => {
                    continue;
                }
            };
            match waiting.iter_mut().find(|known| known.request.is_like(&request)) {
                Some(known) => {
                    known.request.take_up(&request);
                    known.unseen.extend(unseen);
                    known.all.push(request.id);
                }
                None => waiting.push(Together {
                    client,
                    unseen,
                    all: vec![request.id],
                    request,
                }),
            }
        }
        Ok(waiting)
    }

    /// What the agency could do about a request: nothing, unless the client is its own, an agreement in force would let it
    /// through, and a form about its own records is needed for it.
    async fn could(
        &self,
        by: &Requester,
        together: &Together,
        now: Timestamp,
    ) -> Result<Option<Could>, NotRequested> {
        let (agency, request) = (by.agency_id(), &together.request);
        let in_force = self.in_force();
        let who = Receiving {
            agency: &request.by.agency,
            role: request.role,
            purpose: request.purpose,
        };
        let agreed = who.agreed(in_force.agreements(), Some(agency), request.categories, now);
        if agreed.is_empty() {
            return Ok(None);
        }
        let own_keys = self.records().keys_from(together.client, agency).await?;
        if own_keys.is_empty() {
            return Ok(None);
        }
        let directory = self.directory();
        let elements = self.records().elements(Some(together.client)).await?;
        let records: Vec<(Category, WordSet<Regime>)> = elements
            .into_iter()
            .filter(|element| element.source == *agency)
            .filter_map(|element| Candidate::of(element, &directory))
            .filter(|candidate| agreed.contains(candidate.category))
            .map(|candidate| (candidate.category, candidate.regimes))
            .collect();
        let forms = request.forms(agency, &records, now);
        Ok((!forms.is_empty()).then_some(Could { own_keys, forms }))
    }

    async fn log_seen(
        &self,
        by: &Requester,
        together: &Together,
        now: Timestamp,
    ) -> Result<(), NotRequested> {
        if together.unseen.is_empty() {
            return Ok(());
        }
        let request = &together.request;
        let asks = Party {
            agency: request.by.agency.clone(),
            person: Some(request.by.staff.clone()),
            role: Some(request.role),
            system: None,
        };
        self.log_request(by, together, "shown", Some(asks), now).await?;
        for id in &together.unseen {
            let seen = RequestAnswer::Seen;
            self.records()
                .answer_request(*id, by.agency_id(), seen, now)
                .await?;
        }
        Ok(())
    }

    async fn log_request(
        &self,
        by: &Requester,
        together: &Together,
        what: &str,
        asks: Option<Party>,
        now: Timestamp,
    ) -> Result<(), NotRequested> {
        let mut detail = Detail::at(now);
        detail.client = Some(together.client);
        detail.requester = Some(party(by));
        detail.holders = vec![by.agency_id().clone()];
        detail.purpose = Some(together.request.purpose);
        // Whose accounting lists who asked: the agency's to which it was shown.
        detail.audience = asks.into_iter().collect();
        let ids: Vec<String> = together.all.iter().map(ToString::to_string).collect();
        detail.note = Some(Pii::new(format!("request {}: {what}", ids.join(", "))));
        let key = self.records().client_key(Some(together.client)).await?;
        // As a look at a consent: a kind of its own would show in the public part of the log that somebody was found.
        self.log_new_event(EntryKind::ConsentRead, &key, detail, b"")
            .await?;
        Ok(())
    }
}
