//! The forms that an agency holds of one client, page by page. Of those that others hold, of other clients, and of keys
//! that name nobody it tells nothing: the page is empty.

use consent::{Consent, Terms};
use gateway_audit::{Detail, EntryKind};
use gateway_types::{ConsentId, Pii, SourceClientKey, Timestamp};

use super::{NotRecorded, RecordedConsent, party, version_of};
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;

/// How many are listed at once at most.
pub const MOST_LISTED: usize = 100;

/// Which forms are wanted.
#[derive(Debug)]
pub struct Listing {
    /// The client, by the agency's own key.
    pub client: SourceClientKey,
    /// Those after this one; `None`: from the first.
    pub after: Option<ConsentId>,
    /// How many, [`MOST_LISTED`] at most.
    pub limit: usize,
}

/// A page of them, by id.
#[derive(Debug)]
pub struct Page {
    /// The forms.
    pub forms: Vec<Listed>,
    /// After which one the next page begins, if there is one.
    pub next: Option<ConsentId>,
}

/// A form on file.
#[derive(Debug)]
pub struct Listed {
    /// What stands on it.
    pub terms: Terms,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
    /// When it was recorded as signed.
    pub recorded_at: Option<Timestamp>,
    /// Where it stands.
    pub recorded: RecordedConsent,
}

impl Gateway {
    /// Lists the forms of one client that the agency holds. The look is logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn consents_held(&self, by: &Requester, wanted: Listing) -> Result<Page, NotRecorded> {
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(wanted.client))
            .await?;
        let mut held: Vec<Consent> = match client {
            None => Vec::new(),
            Some(client) => {
                let on_file = self.records().consents(Some(client)).await?.into_iter();
                on_file
                    .map(|stored| stored.consent)
                    .filter(|consent| consent.holder() == by.agency_id())
                    .filter(|consent| wanted.after.is_none_or(|after| consent.id() > after))
                    .collect()
            }
        };
        held.sort_by_key(Consent::id);
        let most = wanted.limit.clamp(1, MOST_LISTED);
        let more = held.len() > most;
        held.truncate(most);

        let mut detail = Detail::at(self.now());
        detail.note = Some(Pii::new("the forms of one client listed".to_owned()));
        detail.client = client;
        detail.requester = Some(party(by));
        detail.consents = held.iter().map(version_of).collect();
        let key = self.records().client_key(client).await?;
        self.log_new_event(EntryKind::ConsentRead, &key, detail, b"")
            .await?;
        Ok(Page {
            next: held.last().filter(|_| more).map(Consent::id),
            forms: held
                .iter()
                .map(|consent| {
                    Ok(Listed {
                        terms: consent.terms().clone(),
                        signed_at: consent.signed_as().map(|signature| signature.signed_at),
                        recorded_at: consent.recorded().map(|(_, at)| at),
                        recorded: self.describe(consent)?,
                    })
                })
                .collect::<Result<_, NotRecorded>>()?,
        })
    }
}
