//! What an agency has on file of a client already: the same form again, a paper from before it was taken back, too many.
//!
//! Only the agency's own forms are looked at, so that what becomes of one tells nothing about those of others.

use std::collections::{BTreeMap, BTreeSet};

use consent::{ArtefactDigest, Attested, Consent, Content, EntryError, Signature, Status, Terms};
use gateway_crypto::Digest;
use gateway_types::{AgencyId, ClientId, ConsentId, Timestamp};

use super::{NotRecorded, Step};
use crate::gateway::Gateway;

/// How many forms of one client that have not ended an agency may hold: each is weighed at every disclosure.
pub(super) const MOST_LIVE: usize = 100;

/// What a form is to those on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// There is none like it.
    New,
    /// It is on file, or in a file that is only tried.
    OnFile(Option<ConsentId>),
    /// It is on file, or in a file that is only tried, and more is vouched for now, or its scan is named for the first
    /// time.
    MoreSaid(Option<ConsentId>),
    /// It is on file, and names another scan.
    OtherPaper(Option<ConsentId>),
    /// One between the same parties was ended after this one was signed, or this one was found not to be the client's word.
    Ended(Option<ConsentId>),
    /// It is new, and the agency holds as many of the client as it may.
    TooMany,
}

/// The agency's forms on file, or further up in a file, of the clients met so far.
#[derive(Default)]
pub(super) struct OnFile {
    clients: BTreeSet<ClientId>,
    /// By what was signed.
    forms: BTreeMap<Digest, Known>,
    /// By what was signed, if it left nobody out: the forms that leave somebody out, and whom.
    exceptions: BTreeMap<Digest, Vec<(ConsentId, BTreeSet<AgencyId>)>>,
    /// By what was signed: what was found not to be the client's word.
    wrong: BTreeSet<Digest>,
    /// By whom a form is between: the last moment at which one of them was signed that was ended since.
    ended: BTreeMap<Digest, Timestamp>,
    /// How many have not ended.
    live: BTreeMap<ClientId, usize>,
}

/// What is said of a form that its terms and signature do not say: no other form comes of it.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    /// What is vouched for.
    pub(super) attested: &'a BTreeSet<Attested>,
    /// The scan.
    pub(super) artefact: Option<ArtefactDigest>,
}

impl<'a> Said<'a> {
    /// Of a signature, and what is vouched for beside it.
    pub(super) const fn of(signature: &Signature, attested: &'a BTreeSet<Attested>) -> Self {
        Self {
            attested,
            artefact: signature.artefact,
        }
    }

    /// The step that says it of a form on file.
    pub(super) fn step(self) -> Step {
        Step::SaidAgain {
            attested: self.attested.clone(),
            artefact: self.artefact,
        }
    }
}

/// A form on file, or further up in a file.
struct Known {
    id: Option<ConsentId>,
    artefact: Option<ArtefactDigest>,
    /// What is vouched for; `None`: it has ended, so that nothing more may be.
    vouched: Option<BTreeSet<Attested>>,
}

impl Known {
    fn of(consent: &Consent, id: Option<ConsentId>, now: Timestamp) -> Self {
        Self {
            id,
            artefact: consent.signed_as().and_then(|signature| signature.artefact),
            vouched: is_live(consent.status(now)).then(|| consent.vouched_for().collect()),
        }
    }

    fn is_told_more(&self, said: Said<'_>) -> bool {
        let vouched = self.vouched.as_ref();
        let names_scan = said.artefact.is_some() && self.artefact.is_none();
        vouched.is_some_and(|vouched| names_scan || !said.attested.is_subset(vouched))
    }

    fn names_another_scan(&self, said: Said<'_>) -> bool {
        self.artefact
            .zip(said.artefact)
            .is_some_and(|(known, said)| known != said)
    }
}

fn digest(content: Content<'_>) -> Result<Digest, NotRecorded> {
    let content = serde_json::to_vec(&content).map_err(|_| NotRecorded::Fault)?;
    Ok(Digest::of(&content))
}

/// Between whom a form is.
fn between(client: ClientId, terms: &Terms) -> Result<Digest, NotRecorded> {
    let parties = (client, terms.kind, &terms.discloser, &terms.recipients);
    let content = serde_json::to_vec(&parties).map_err(|_| NotRecorded::Fault)?;
    Ok(Digest::of(&content))
}

/// Whether it counts towards [`MOST_LIVE`].
const fn is_live(status: Status) -> bool {
    match status {
        Status::Draft
        | Status::Requested
        | Status::Inadequate
        | Status::Active
        | Status::Suspended
        | Status::Unconfirmed => true,
        Status::Declined
        | Status::Expired
        | Status::Revoked
        | Status::Superseded
        | Status::EnteredInError => false,
    }
}

impl OnFile {
    /// Takes note of a form that the agency has on file.
    fn note(&mut self, consent: &Consent, now: Timestamp) -> Result<(), NotRecorded> {
        let client = consent.client();
        let status = consent.status(now);
        if is_live(status) {
            *self.live.entry(client).or_default() += 1;
        }
        if let Some(before) = consent.ended_for_good() {
            let parties = between(client, consent.terms())?;
            let known = self.ended.entry(parties).or_insert(before);
            *known = before.max(*known);
        }
        let Some(content) = consent.content() else {
            return Ok(());
        };
        let form = digest(content)?;
        match consent.entry_error() {
            None => {
                let excepted: BTreeSet<AgencyId> = content.leaves_out().cloned().collect();
                if !excepted.is_empty() {
                    self.exceptions
                        .entry(digest(content.leaving_nobody_out())?)
                        .or_default()
                        .push((consent.id(), excepted));
                }
                self.forms
                    .insert(form, Known::of(consent, Some(consent.id()), now));
            }
            Some(EntryError::WrongTerms | EntryError::WrongClient) => {
                self.wrong.insert(form);
            }
            // What was held against the paper, or ended it, is not undone by marking it and sending it again.
            Some(EntryError::Duplicate | EntryError::Abandoned) if consent.was_held_back() => {
                self.wrong.insert(form);
            }
            // The other one is on file too.
            Some(EntryError::Duplicate | EntryError::Abandoned) => {}
        }
        Ok(())
    }

    /// Forgets a client: what is on file of them has to be read again.
    pub(super) fn forget(&mut self, client: ClientId) {
        self.clients.remove(&client);
        self.live.remove(&client);
    }

    /// Forgets rows further up that came to nothing.
    pub(super) fn forget_rows(&mut self, rows: impl Iterator<Item = ConsentId>) {
        let rows: BTreeSet<_> = rows.collect();
        self.forms
            .retain(|_, known| known.id.is_none_or(|id| !rows.contains(&id)));
    }

    /// What a form is to those noted.
    pub(super) fn place(&self, content: Content<'_>, said: Said<'_>) -> Result<Match, NotRecorded> {
        let (client, form) = (content.client(), digest(content)?);
        let known = self.forms.get(&form);
        let id = known.and_then(|known| known.id);
        let ended = self.ended.get(&between(client, content.terms())?);
        if self.wrong.contains(&form) || ended.is_some_and(|before| content.signed_at() <= *before) {
            return Ok(Match::Ended(id));
        }
        Ok(match known {
            Some(known) if known.names_another_scan(said) => Match::OtherPaper(id),
            Some(known) if known.is_told_more(said) => Match::MoreSaid(id),
            Some(_) => Match::OnFile(id),
            None => match self.leaving_out_more(content)? {
                Some(id) => Match::OnFile(Some(id)),
                None if self.is_full(client) => Match::TooMany,
                None => Match::New,
            },
        })
    }

    /// The form on file that is the same but leaves out whom this one leaves out, and others: the paper is one, and what
    /// protects more counts, whichever came first.
    fn leaving_out_more(&self, content: Content<'_>) -> Result<Option<ConsentId>, NotRecorded> {
        let same = self.exceptions.get(&digest(content.leaving_nobody_out())?);
        let more = same.into_iter().flatten().find(|(_, excepted)| {
            let leaves_out: BTreeSet<&AgencyId> = content.leaves_out().collect();
            leaves_out.len() < excepted.len() && leaves_out.iter().all(|agency| excepted.contains(*agency))
        });
        Ok(more.map(|(id, _)| *id))
    }

    /// Whether the agency holds as many forms of the client as it may.
    pub(super) fn is_full(&self, client: ClientId) -> bool {
        self.live.get(&client).is_some_and(|live| *live >= MOST_LIVE)
    }

    /// What is vouched for of a form that was noted.
    pub(super) fn vouched_for(&self, content: Content<'_>) -> Result<BTreeSet<Attested>, NotRecorded> {
        let known = self.forms.get(&digest(content)?);
        Ok(known.and_then(|known| known.vouched.clone()).unwrap_or_default())
    }

    /// Takes note of a form further up in a file, as it is after that row; `id`: as which it is on file.
    pub(super) fn note_row(
        &mut self,
        content: Content<'_>,
        consent: &Consent,
        id: Option<ConsentId>,
        now: Timestamp,
    ) -> Result<(), NotRecorded> {
        let known = Known::of(consent, id, now);
        if self.forms.insert(digest(content)?, known).is_none() {
            *self.live.entry(content.client()).or_default() += 1;
        }
        Ok(())
    }
}

impl Gateway {
    /// What the agency has on file of one client.
    pub(super) async fn forms_on_file(
        &self,
        holder: &AgencyId,
        client: ClientId,
    ) -> Result<OnFile, NotRecorded> {
        let mut on_file = OnFile::default();
        self.note_forms_of(&mut on_file, holder, std::iter::once(client))
            .await?;
        Ok(on_file)
    }

    /// Takes note of what the agency has on file of clients, except of those of whom that was done.
    pub(super) async fn note_forms_of(
        &self,
        on_file: &mut OnFile,
        holder: &AgencyId,
        clients: impl Iterator<Item = ClientId>,
    ) -> Result<(), NotRecorded> {
        let new: Vec<ClientId> = clients.filter(|client| on_file.clients.insert(*client)).collect();
        let now = self.now();
        for stored in self.records().consents_of(&new).await? {
            if stored.consent.holder() == holder {
                on_file.note(&stored.consent, now)?;
            }
        }
        Ok(())
    }
}
