//! Requests for consents: somebody asks for a client's consent, and the client answers through a worker of their own.
//!
//! Who asks must not learn whether the client is known anywhere, nor what was answered, nor whether (42 CFR 2.13(c)(2)):
//! each request gets the same answer after the same work, is kept though it be about nobody, and closes on a day fixed
//! when it was made. Who agreed is seen when the asker asks the gateway again; who did not, looks like nobody.
//!
//! An agency sees what is asked about its own clients, of its own records, if a form of its own could let it happen; the
//! worker there sees who asks before anybody is told anything. See docs/decisions/0014-requests-for-consent.md.

mod agreed;
mod inbox;

use consent::{ConsentRequest, MOST_DAYS};
use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Secret;
use gateway_store::StoreError;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{Category, Part2Status, PurposeOfUse};
use gateway_types::{ClientId, ConsentRequestId, Pii, Timestamp, WordSet};

use crate::assemble;
use crate::consents::{NotRecorded, party, recorder};
use crate::disclose::{NotDisclosed, next_step};
use crate::gateway::Gateway;
use crate::question::{About, Attested, Question, Shape};
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;

use self::agreed::Receiving;
pub use self::inbox::{Answer, Waiting};

/// How many requests one person may make in a day.
const OF_PERSON: u64 = 30;
/// How many all of one agency may.
const OF_AGENCY: u64 = 200;
const DAY: i64 = 24 * 60 * 60;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of whom.
    pub about: About,
    /// What for.
    pub purpose: PurposeOfUse,
    /// For which information; never empty.
    pub categories: WordSet<Category>,
    /// For how many days.
    pub days: u16,
}

/// What who asked is told, now and at any time after: it does not depend on the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The request.
    pub id: ConsentRequestId,
    /// When it closes.
    pub closes_at: Timestamp,
    /// Whether that is still to come.
    pub open: bool,
}

/// Why a request was not made, shown or answered.
#[derive(Debug, thiserror::Error)]
pub enum NotRequested {
    /// A gate that looks at the request alone is closed.
    #[error("the request is not allowed, whoever it is about")]
    Refused(Vec<String>),
    /// That this agency asks would itself tell what the law protects.
    #[error(
        "a treatment programme under 42 CFR part 2 or a victim service provider cannot ask here: that it asks tells whom it serves"
    )]
    AskingTells,
    /// No agreement would let anything of it through, whatever the client says.
    #[error(
        "no agreement in force lets the asking agency have this for this purpose, whatever a client says"
    )]
    NotAgreed,
    /// Too many requests by the person or their agency.
    #[error("a person may make 30 requests in a day, an agency 200")]
    TooMany,
    /// For no day, or more than a year.
    #[error("`days` must be from 1 to 365")]
    Days,
    /// The agency has no such request to see or to answer.
    #[error("there is no such request")]
    NoRequest,
    /// The agency has answered it.
    #[error("the request has been answered")]
    Answered,
    /// A form could not be begun.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// Store or log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotRequested {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotRequested {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl From<NotDisclosed> for NotRequested {
    fn from(error: NotDisclosed) -> Self {
        match error {
            NotDisclosed::Refused(why) => Self::Refused(why),
            NotDisclosed::Unavailable => Self::Unavailable,
            NotDisclosed::UnknownAudience | NotDisclosed::Fault => Self::Fault,
        }
    }
}

impl Gateway {
    /// Asks for a client's consent.
    ///
    /// # Errors
    /// [`NotRequested`]; none of them depends on the client.
    pub async fn request_consent(&self, by: &Requester, wanted: Wanted) -> Result<Asked, NotRequested> {
        let begun = tokio::time::Instant::now();
        let now = self.now();
        self.may_request(by, &wanted, now).await?;
        let client = self.find_client(by.agency_id(), &wanted.about).await?;
        let (client, key) = self.key_of_whoever(client).await?;
        let id = ConsentRequestId::generate(self.clock(), self.entropy()).map_err(|_| NotRequested::Fault)?;
        let request = ConsentRequest {
            id,
            client,
            by: recorder(by),
            role: by.role(),
            purpose: wanted.purpose,
            categories: wanted.categories,
            days: wanted.days,
            asked_at: now,
        };
        let mut detail = Detail::at(now);
        detail.client = client;
        detail.requester = Some(party(by));
        detail.purpose = Some(request.purpose);
        detail.note = Some(Pii::new(format!("request {id}: a consent was asked for")));
        let content = serde_json::to_vec(&request).map_err(|_| NotRequested::Fault)?;
        self.log_new_event(EntryKind::ConsentRequest, &key, detail, &content)
            .await?;
        self.records().record_request(&request).await?;
        // How long it took would tell whether anybody was found.
        tokio::time::sleep_until(next_step(begun, tokio::time::Instant::now())).await;
        Ok(asked(&request, now))
    }

    /// What who asked may know of a request: whether its day has come.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn requested_consent(
        &self,
        by: &Requester,
        id: ConsentRequestId,
    ) -> Result<Asked, NotRequested> {
        let request = self.records().request(id).await?;
        let own = request.filter(|request| request.by.agency == *by.agency_id());
        Ok(asked(&own.ok_or(NotRequested::NoRequest)?, self.now()))
    }

    /// The gates: they look at who asks and what for, and at nobody else.
    async fn may_request(&self, by: &Requester, wanted: &Wanted, now: Timestamp) -> Result<(), NotRequested> {
        if !(1..=MOST_DAYS).contains(&wanted.days) {
            return Err(NotRequested::Days);
        }
        let tells = |agency: &Agency| agency.part2_program != Part2Status::No || agency.is_victim_service();
        if by.sender().agency().is_none_or(tells) {
            return Err(NotRequested::AskingTells);
        }
        let since = now.plus_seconds(-DAY);
        let so_far = self
            .records()
            .asked_since(by.agency_id(), by.staff(), since)
            .await?;
        if so_far.person >= OF_PERSON || so_far.agency >= OF_AGENCY {
            return Err(NotRequested::TooMany);
        }
        // Who may not ask the question may not ask for a consent to it.
        let question = Question {
            about: wanted.about.clone(),
            purpose: wanted.purpose,
            categories: wanted.categories,
            audience: Vec::new(),
            attested: Attested::default(),
            shape: Shape::Elements,
        };
        let in_force = self.in_force();
        let request = assemble::request(by, &question, by.directory(), now).ok_or(NotRequested::Fault)?;
        match policies::admit(&request, in_force.agreements()) {
            Ok(_admitted) => {
                let who = Receiving {
                    agency: by.agency_id(),
                    role: by.role(),
                    purpose: wanted.purpose,
                };
                let agreed = who.agreed(in_force.agreements(), None, wanted.categories, now);
                // Nobody is pressed for a consent that opens nothing.
                if agreed.is_empty() {
                    return Err(NotRequested::NotAgreed);
                }
                Ok(())
            }
            Err(denial) => Err(self
                .refused(by, &question, &denial, &request, &in_force)
                .await?
                .into()),
        }
    }

    /// The key under which the entry is sealed. A client whose key cannot be opened is nobody, as for any question.
    async fn key_of_whoever(
        &self,
        client: Option<ClientId>,
    ) -> Result<(Option<ClientId>, Secret), NotRequested> {
        match self.records().client_key(client).await {
            Ok(key) => Ok((client, key)),
            Err(StoreError::Inconsistent { .. } | StoreError::Missing { .. }) => {
                Ok((None, self.records().client_key(None).await?))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn asked(request: &ConsentRequest, now: Timestamp) -> Asked {
    Asked {
        id: request.id,
        closes_at: request.closes_at(),
        open: now < request.closes_at(),
    }
}
