//! Who has to be told that a consent ended: worked out from the log, each disclosure by the facts on which it was decided.
//!
//! A disclosure is looked at if a consent that it rested on has ended, as against one of its recipients, by something that
//! was said since. It is decided again, by its own facts and the agreements of its day, with the forms that stand now in
//! place of those that have ended: if less would go, the consent was needed and the recipient is told. Where that cannot
//! be worked out the recipient is told too, since a notice tells nothing new.

use std::collections::BTreeSet;

use consent::{Consent, End, Expiry};
use gateway_audit::detail::{Outcome, Party};
use gateway_audit::{Ciphertexts, ConsentEnded, Detail, EntryKind, Leaf, Opened, open_entry};
use gateway_crypto::Secret;
use gateway_store::{StoredConsent, StoredEntry, StoredNotice};
use gateway_types::{AgencyId, ClientId, ConsentId, EventId, Pii, Timestamp};
use policies::Agreements;
use policies::facts::{ConsentFacts, Facts, Handle};

use super::NotNotified;
use crate::assemble::consent_facts;
use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::replay::Sets;

/// How many seconds an answer is at most on its way.
const MOMENT: i64 = 60;

/// What follows from a step of a consent.
#[derive(Default)]
pub(super) struct Followed {
    /// The notices that are not on file, each with its entry.
    pub(super) notices: Vec<(StoredNotice, Detail)>,
    /// When to look again.
    pub(super) again: Option<Timestamp>,
}

impl Followed {
    fn look_again(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |before| before.min(at)));
    }
}

/// A disclosure of the client's records that rested on a consent.
struct Rested {
    event: EventId,
    detail: Detail,
    /// `None`: they cannot be read by this release.
    facts: Option<Facts>,
    outcome: Option<Outcome>,
}

impl Rested {
    fn recipients(&self) -> BTreeSet<&AgencyId> {
        let parties = self.detail.requester.iter().chain(&self.detail.audience);
        parties.map(|party| &party.agency).collect()
    }
}

/// What of a disclosure came to rest on nothing, and when.
#[derive(Default)]
struct Losses {
    /// One for each consent whose end the recipient is to be told.
    ends: Vec<Loss>,
    /// When a form ends by its day on which something now rests that rested on another.
    again: Option<Timestamp>,
}

struct Loss {
    /// The consent that ended.
    consent: ConsentId,
    /// When.
    since: Timestamp,
    /// Whose records rest on nothing since.
    sources: BTreeSet<AgencyId>,
}

impl Gateway {
    /// What follows from the last step of a consent, as things are at `now`. All of the client's disclosures are looked at:
    /// what this consent still carried after another had ended, may have named the other alone.
    pub(super) async fn follow(&self, consent: ConsentId, now: Timestamp) -> Result<Followed, NotNotified> {
        let mut followed = Followed::default();
        let Some(stored) = self.records().consent(consent).await? else {
            return Ok(followed);
        };
        let client = stored.consent.client();
        let on_file = self.records().consents(Some(client)).await?;
        if !on_file
            .iter()
            .any(|stored| stored.consent.has_ended_for_somebody(now))
        {
            return Ok(followed);
        }
        let key = self.records().client_key(Some(client)).await?;
        let rested = self.disclosures_on_consents(client, &key).await?;
        let directory = self.directory();
        let mut sets = None;
        for disclosure in &rested {
            match disclosure.outcome {
                // Whether it went is known in a moment, or after the next start. Who asked must not hear of what did not.
                None => {
                    let fresh = now < disclosure.detail.occurred_at.plus_seconds(MOMENT);
                    followed.look_again(now.plus_seconds(if fresh { 1 } else { MOMENT }));
                    continue;
                }
                Some(Outcome::Aborted { bytes: 0 }) => continue,
                Some(Outcome::Sent { .. } | Outcome::Aborted { .. } | Outcome::Unknown) => {}
            }
            for recipient in disclosure.recipients() {
                if !on_file
                    .iter()
                    .any(|stored| ended_by_word(stored, disclosure, recipient, now))
                {
                    continue;
                }
                if sets.is_none() {
                    sets = Some(Sets::read(self).await.map_err(|error| {
                        tracing::error!(%error, "the history of the agreements cannot be read");
                        NotNotified::Fault
                    })?);
                }
                let set = disclosure.detail.agreement_set;
                let agreements = sets.as_mut().and_then(|sets| sets.named(set).ok().flatten());
                let losses = losses(
                    disclosure,
                    recipient,
                    &on_file,
                    agreements.as_deref(),
                    &directory,
                    now,
                );
                if let Some(again) = losses.again {
                    followed.look_again(again);
                }
                for loss in losses.ends {
                    let id = notice_id(&key, disclosure.event, recipient, loss.consent);
                    if self.records().notice(id).await?.is_some() {
                        continue;
                    }
                    let ended = ConsentEnded {
                        notice: id,
                        recipient: recipient.clone(),
                        disclosure: disclosure.event,
                        ended: loss.since.date(),
                    };
                    let notice = StoredNotice {
                        id,
                        recipient: recipient.clone(),
                        client,
                        consent: loss.consent,
                        sources: loss.sources.into_iter().collect(),
                        note: self.sign_notice(&ended)?,
                        issued_at: now,
                        acknowledged_at: None,
                    };
                    let detail = entry(&ended, client, loss.consent, &on_file, now);
                    followed.notices.push((notice, detail));
                }
            }
        }
        Ok(followed)
    }

    /// The client's disclosures that rested on consents, with what became of each.
    async fn disclosures_on_consents(
        &self,
        client: ClientId,
        key: &Secret,
    ) -> Result<Vec<Rested>, NotNotified> {
        let mut rested: Vec<Rested> = Vec::new();
        for entry in self.audit().entries_of_client(client).await? {
            let intent = entry.kind == EntryKind::Intent.number();
            let ended = [EntryKind::Completion.number(), EntryKind::Recovery.number()].contains(&entry.kind);
            if intent {
                let opened = open(&entry, key)?;
                if !opened.detail.consents.is_empty() {
                    rested.push(Rested {
                        event: entry.event,
                        facts: serde_json::from_slice(&opened.facts).ok(),
                        detail: opened.detail,
                        outcome: None,
                    });
                }
            } else if ended && let Some(of) = rested.iter_mut().find(|of| of.event == entry.event) {
                of.outcome = Some(open(&entry, key)?.detail.outcome.unwrap_or(Outcome::Unknown));
            }
        }
        // A recovery stands under no client.
        for disclosure in rested.iter_mut().filter(|of| of.outcome.is_none()) {
            let entries = self.audit().entries_of_event(disclosure.event).await?;
            let recovered = entries
                .iter()
                .any(|entry| entry.kind == EntryKind::Recovery.number());
            disclosure.outcome = recovered.then_some(Outcome::Unknown);
        }
        Ok(rested)
    }
}

fn open(entry: &StoredEntry, key: &Secret) -> Result<Opened, NotNotified> {
    let sealed = Ciphertexts {
        detail: entry.sealed_detail.clone(),
        facts: entry.sealed_facts.clone(),
        wrapped_secret: entry.wrapped_secret.clone(),
    };
    let leaf = Leaf::decode(&entry.leaf).map_err(|_| NotNotified::Fault)?;
    open_entry(&leaf, key, &sealed).map_err(|error| {
        tracing::error!(%error, index = entry.index, "an audit entry does not open");
        NotNotified::Fault
    })
}

/// Nobody without the client's key can make it or tie it to the disclosure, and it comes out the same each time.
fn notice_id(key: &Secret, disclosure: EventId, recipient: &AgencyId, consent: ConsentId) -> EventId {
    let context: &[&[u8]] = &[
        disclosure.as_bytes(),
        recipient.as_str().as_bytes(),
        consent.as_bytes(),
    ];
    let derived = key.derive("notice that a consent ended", context);
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(derived.as_bytes()) {
        *to = *from;
    }
    EventId::from_bytes(bytes)
}

/// Whether a disclosure rested on this consent and it ended as against the recipient by something that was said after.
fn ended_by_word(stored: &StoredConsent, rested: &Rested, recipient: &AgencyId, now: Timestamp) -> bool {
    let consent = &stored.consent;
    rested.detail.consents.iter().any(|on| on.id == consent.id())
        && matches!(consent.ended_for(recipient, now), Some(End::BySomethingSaid(_)))
}

/// Goes through the ends of the forms that a disclosure could rest on, as against one of its recipients, in their order:
/// at each it is decided again without those that had ended by then. A recipient hears of an end at which something came
/// to rest on nothing, unless it was the day that stood on a form of which it was told.
fn losses(
    rested: &Rested,
    recipient: &AgencyId,
    on_file: &[StoredConsent],
    agreements: Option<&Agreements>,
    directory: &Directory,
    now: Timestamp,
) -> Losses {
    let forms = || on_file.iter().map(|stored| &stored.consent);
    let relied_on = |id| rested.detail.consents.iter().any(|on| on.id == id);
    let facts = rested.facts.as_ref();
    let read = |id: ConsentId| {
        let handle = Handle::from(id);
        facts.is_some_and(|facts| facts.record.consents.iter().any(|form| form.id == handle))
    };
    let mut ends: Vec<(Timestamp, ConsentId, End)> = forms()
        .filter(|form| relied_on(form.id()) || read(form.id()))
        .filter_map(|form| {
            let end = form.ended_for(recipient, now)?;
            Some((end.at(), form.id(), end))
        })
        .collect();
    ends.sort_unstable_by_key(|(at, id, _)| (*at, *id));
    let told = |id, end| matches!(end, End::ByDate(_)) && relied_on(id);
    let others = |source: &&AgencyId| **source != *recipient;

    let by_rules = facts
        .zip(agreements)
        .map(|(facts, agreements)| (facts, agreements, released(facts, agreements)));
    // What today's rules would not let go at all, they cannot say what it rests on.
    let by_rules = by_rules.filter(|(_, _, went)| went.len() == rested.detail.released.len());
    let Some((facts, agreements, went)) = by_rules else {
        let released = rested.detail.released.iter().map(|released| &released.source);
        let sources: BTreeSet<AgencyId> = released.filter(others).cloned().collect();
        let known = ends
            .into_iter()
            .filter(|(_, id, end)| relied_on(*id) && !told(*id, *end));
        return Losses {
            ends: known
                .filter(|_| !sources.is_empty())
                .map(|(since, consent, _)| Loss {
                    consent,
                    since,
                    sources: sources.clone(),
                })
                .collect(),
            again: None,
        };
    };
    let standing: Vec<&Consent> = forms()
        .filter(|form| form.usable_at(now).is_ok() && form.stands_for(recipient, now))
        .collect();
    let stood = Stood {
        facts,
        agreements,
        now_standing: standing
            .iter()
            .filter_map(|form| form.facts(now).ok())
            .map(|form| consent_facts(form, directory))
            .collect(),
    };
    let mut losses = Losses::default();
    let mut lost = BTreeSet::new();
    for (position, (since, consent, end)) in ends.iter().enumerate() {
        let later = ends.iter().skip(position + 1).map(|(_, id, _)| Handle::from(*id));
        let goes = stood.with(&later.collect());
        let more: BTreeSet<Handle> = went.difference(&goes).cloned().collect();
        let sources = facts.record.elements.iter();
        let sources = sources.filter(|element| more.contains(&element.id) && !lost.contains(&element.id));
        let sources: BTreeSet<AgencyId> = sources
            .map(|element| &element.source)
            .filter(others)
            .cloned()
            .collect();
        if !sources.is_empty() && !told(*consent, *end) {
            losses.ends.push(Loss {
                consent: *consent,
                since: *since,
                sources,
            });
        }
        lost.extend(more);
    }
    if lost.len() < went.len() {
        let days = standing.iter().filter_map(|form| match form.terms().expiry {
            Expiry::At(end) => Some(end),
            _ => None,
        });
        losses.again = days.min();
    }
    losses
}

/// A disclosure as it could be made on what stands now.
struct Stood<'a> {
    facts: &'a Facts,
    agreements: &'a Agreements,
    now_standing: Vec<ConsentFacts>,
}

impl Stood<'_> {
    /// What would go on the forms that stand now and these of then. One that was signed since counts as if it had been
    /// signed then.
    fn with(&self, of_then: &BTreeSet<Handle>) -> BTreeSet<Handle> {
        let mut facts = self.facts.clone();
        let then = facts.request.now;
        let mut consents = self.now_standing.clone();
        for form in &mut consents {
            form.signed_at = form.signed_at.map(|signed| signed.min(then));
        }
        let before = facts.record.consents.into_iter();
        consents.extend(before.filter(|form| of_then.contains(&form.id)));
        facts.record.consents = consents;
        released(&facts, self.agreements)
    }
}

fn released(facts: &Facts, agreements: &Agreements) -> BTreeSet<Handle> {
    let decision = policies::decide_all(facts, agreements);
    decision.findings().released().cloned().collect()
}

/// The entry that a notice was made.
fn entry(
    ended: &ConsentEnded,
    client: ClientId,
    consent: ConsentId,
    on_file: &[StoredConsent],
    now: Timestamp,
) -> Detail {
    let mut detail = Detail::at(now);
    detail.client = Some(client);
    detail.audience = vec![Party {
        agency: ended.recipient.clone(),
        person: None,
        role: None,
        system: None,
    }];
    let version = on_file.iter().find(|stored| stored.consent.id() == consent);
    detail.consents = version
        .map(|stored| gateway_audit::detail::ConsentVersion {
            id: consent,
            version: stored.version.to_string(),
        })
        .into_iter()
        .collect();
    detail.note = Some(Pii::new(format!(
        "notice about the disclosure {}: a consent on which it rests has ended",
        ended.disclosure
    )));
    detail
}
