//! Taking in the forms that an agency has on paper: many at once, with a report row by row, and first without keeping
//! anything.
//!
//! Each row goes the way of a single form: the agency's own client, nobody's own benefit, adequacy by the law of its
//! kind. What is inadequate is kept and never releases. Rows are recorded by the thousand, each thousand whole and in
//! the log before it counts; a file that was cut off is sent again, and what is on file is not recorded twice. What a
//! row vouches for beyond what is on file is added to that.

mod report;

use std::collections::BTreeSet;

use adapters::releases::{self, BadFile, ReleaseExpiry, ReleaseRow};
use consent::{
    ArtefactDigest, Attested, CategoryScope, Consent, Content, Discloser, Expiry, NamedPerson, Recipients,
    Signature, Signer, Standing, Terms,
};
use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_store::StoreError;
use gateway_types::{ClientId, ConsentId, Pii, SourceClientKey, Timestamp};
use serde::de::DeserializeOwned;

pub use self::report::{Mender, Reason, ReleaseReport, RowOutcome, RowReport};
use super::on_file::{Match, OnFile, Said};
use super::{NotRecorded, TURNS, by_our_clock, may_put_on_record, party, recorder, version_of};
use crate::gateway::Gateway;
use crate::requester::Requester;

/// How many rows a file may have: its report is held in memory.
const MOST_ROWS: usize = 200_000;
/// How many rows are recorded together.
const TOGETHER: usize = 1000;

/// Whether anything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Only the report is made.
    Dry,
    /// What can be kept is kept.
    Real,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTakenIn {
    /// Its columns cannot be told.
    #[error(transparent)]
    File(#[from] BadFile),
    /// Another file of the agency is being taken in.
    #[error("another file of your agency is being taken in; send this one when that is done")]
    AlreadyRunning,
    /// It has too many lines.
    #[error("the file has more lines than the {MOST_ROWS} that are taken at once: send it in parts")]
    TooLong,
    /// Store or log.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
}

/// A form as it was read.
struct Read {
    client: SourceClientKey,
    terms: Terms,
    signature: Signature,
    attested: BTreeSet<Attested>,
}

/// The largest file of forms, in bytes: it is read whole into memory.
const LARGEST: u64 = 128 << 20;

impl Gateway {
    /// The largest file of forms taken, in bytes.
    #[must_use]
    pub fn largest_file_of_forms(&self) -> u64 {
        self.settings().import_bytes.min(LARGEST)
    }

    /// Takes in a file of forms.
    ///
    /// # Errors
    /// [`NotTakenIn`].
    pub async fn take_in_releases(
        &self,
        by: &Requester,
        file: &[u8],
        run: Run,
    ) -> Result<ReleaseReport, NotTakenIn> {
        let _turn = self
            .form_turns()
            .take(by.agency_id())
            .ok_or(NotTakenIn::AlreadyRunning)?;
        let digest = Digest::of(file);
        if lines(file) > MOST_ROWS {
            return Err(NotTakenIn::TooLong);
        }
        let mut rows = releases::read(file)?;
        if run == Run::Dry {
            self.log_releases(by, digest, &[], "a file of forms, tried")
                .await?;
        }
        let mut on_file = OnFile::default();
        let mut report = Vec::new();
        loop {
            let together: Vec<_> = rows.by_ref().take(TOGETHER).collect();
            if together.is_empty() {
                return Ok(ReleaseReport { rows: report });
            }
            let read: Vec<(u64, Result<Read, String>)> = together
                .into_iter()
                .map(|(line, row)| (line, row.map_err(|error| error.to_string()).and_then(read)))
                .collect();
            self.take_in_together(by, digest, read, run, (&mut on_file, &mut report))
                .await?;
        }
    }

    async fn take_in_together(
        &self,
        by: &Requester,
        digest: Digest,
        rows: Vec<(u64, Result<Read, String>)>,
        run: Run,
        (on_file, report): (&mut OnFile, &mut Vec<RowReport>),
    ) -> Result<(), NotRecorded> {
        let keys: Vec<SourceClientKey> = rows
            .iter()
            .filter_map(|(_, row)| row.as_ref().ok())
            .map(|row| row.client.clone())
            .collect();
        let clients = self.records().clients_of_source(by.agency_id(), &keys).await?;
        for _ in 0..TURNS {
            let met = clients.iter().copied().flatten();
            self.note_forms_of(on_file, by.agency_id(), met).await?;
            let now = self.now();
            let mut found = clients.iter().copied();
            let mut changed = Vec::new();
            let mut reports = Vec::with_capacity(rows.len());
            for (line, row) in &rows {
                let became = match row {
                    Err(why) => Became::Nothing(RowOutcome::Unreadable(why.clone()), None),
                    Ok(row) => match found.next().flatten() {
                        None => Became::Nothing(RowOutcome::NoClient, None),
                        Some(client) => {
                            let file = (&mut *on_file, changed.as_slice(), run);
                            self.form_of(by, client, row, file, now).await?
                        }
                    },
                };
                reports.push(match became {
                    Became::Nothing(outcome, consent) => RowReport::without_form(*line, outcome, consent),
                    Became::New(consent) => {
                        let mut row = RowReport::of(*line, &consent, now, RowOutcome::Recorded);
                        row.consent = row.consent.filter(|_| run == Run::Real);
                        changed.push(consent);
                        row
                    }
                    Became::Completed(consent, id) => {
                        let mut row = RowReport::of(*line, &consent, now, RowOutcome::Completed);
                        row.consent = id;
                        changed.push(consent);
                        row
                    }
                });
            }
            if run == Run::Real && !changed.is_empty() {
                self.log_releases(by, digest, &changed, "forms taken in from a file")
                    .await?;
                match self.records().record_consents(&changed, now).await {
                    Ok(()) => {}
                    Err(error) => {
                        let conflict = matches!(error, StoreError::Conflict { .. });
                        let note = if conflict {
                            "did not take effect: none of these versions is on file"
                        } else {
                            "the store did not say that they are kept; what is on file counts"
                        };
                        self.log_releases(by, digest, &changed, note).await?;
                        if !conflict {
                            return Err(error.into());
                        }
                        // Somebody recorded one of them by another door: what is on file is read again.
                        for consent in &changed {
                            on_file.forget(consent.client());
                        }
                        on_file.forget_rows(changed.iter().map(Consent::id));
                        continue;
                    }
                }
            }
            report.append(&mut reports);
            return Ok(());
        }
        Err(NotRecorded::Unavailable)
    }

    /// What a row comes to.
    async fn form_of(
        &self,
        by: &Requester,
        client: ClientId,
        row: &Read,
        (on_file, changed, run): (&mut OnFile, &[Consent], Run),
        now: Timestamp,
    ) -> Result<Became, NotRecorded> {
        let refused = |why: String| Ok(Became::Nothing(RowOutcome::Refused(why), None));
        if let Err(error) = may_put_on_record(by, &row.terms) {
            return refused(error.to_string());
        }
        let Ok(signature) = by_our_clock(row.signature.clone(), now) else {
            return refused("column `signed_at`: dated in the future".to_owned());
        };
        let content = Content::of(client, &row.terms, &signature);
        let said = Said::of(&signature, &row.attested);
        let known = match on_file.place(content, said)? {
            Match::New => None,
            Match::MoreSaid(known) => Some(known),
            Match::OnFile(known) => return Ok(Became::Nothing(RowOutcome::OnFile, known)),
            Match::OtherPaper(known) => return Ok(Became::Nothing(RowOutcome::OtherPaper, known)),
            Match::Ended(known) => return Ok(Became::Nothing(RowOutcome::Ended, known)),
            Match::TooMany => return Ok(Became::Nothing(RowOutcome::TooMany, None)),
        };
        let (terms, mut attested) = (row.terms.clone(), row.attested.clone());
        if known.is_some() {
            attested.append(&mut on_file.vouched_for(content)?);
        }
        // Only what comes to something is noted for the rows further down.
        if let Some(Some(id)) = known {
            let consent = match changed.iter().rfind(|consent| consent.id() == id) {
                Some(consent) => consent.clone(),
                None => {
                    let stored = self.records().consent(id).await?;
                    stored.ok_or(NotRecorded::Fault)?.consent
                }
            };
            return match consent.say_again(attested, said.artefact, recorder(by), now) {
                Ok(consent) => {
                    on_file.note_row(content, &consent, Some(id), now)?;
                    Ok(Became::Completed(consent, Some(id)))
                }
                Err(error) => refused(error.to_string()),
            };
        }
        let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
        let own = (run == Run::Real).then_some(id);
        let signed = signature.clone();
        match Consent::record_signed(id, client, terms, signed, attested, recorder(by), now) {
            Ok(consent) => {
                on_file.note_row(content, &consent, own, now)?;
                // In a file that is only tried, what stands further up is not on file to be added to.
                Ok(match known {
                    None => Became::New(consent),
                    Some(_) => Became::Completed(consent, None),
                })
            }
            Err(error) => refused(error.to_string()),
        }
    }

    /// One entry for what became of many rows. Sealed with it: of each version its id and the digest of the whole, so that
    /// nothing on file can be said to have been something else.
    async fn log_releases(
        &self,
        by: &Requester,
        digest: Digest,
        recorded: &[Consent],
        note: &str,
    ) -> Result<(), NotRecorded> {
        let mut detail = Detail::at(self.now());
        detail.requester = Some(party(by));
        detail.note = Some(Pii::new(note.to_owned()));
        detail.body = Some(digest);
        detail.consents = recorded.iter().map(version_of).collect();
        let contents = recorded
            .iter()
            .map(|consent| {
                let whole = serde_json::to_vec(consent)?;
                Ok((consent.id(), consent.version(), Digest::of(&whole).to_string()))
            })
            .collect::<Result<Vec<_>, serde_json::Error>>()
            .map_err(|_| NotRecorded::Fault)?;
        let facts = if contents.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&contents).map_err(|_| NotRecorded::Fault)?
        };
        let key = self.records().client_key(None).await?;
        let kind = if recorded.is_empty() {
            EntryKind::ConsentRead
        } else {
            EntryKind::ConsentRecorded
        };
        self.log_new_event(kind, &key, detail, &facts).await?;
        Ok(())
    }
}

/// The ends of lines, however they are written.
fn lines(file: &[u8]) -> usize {
    let mut after_return = false;
    file.iter()
        .filter(|byte| {
            let ends = **byte == b'\r' || (**byte == b'\n' && !after_return);
            after_return = **byte == b'\r';
            ends
        })
        .count()
}

/// What a row comes to.
enum Became {
    New(Consent),
    /// The next version of one on file, or further up in the file; as which it is on file.
    Completed(Consent, Option<ConsentId>),
    Nothing(RowOutcome, Option<ConsentId>),
}

fn read(row: ReleaseRow) -> Result<Read, String> {
    let signer = |role, authority_documented, suspected_abuser| Signer {
        role,
        authority_documented,
        suspected_abuser,
    };
    let signature = Signature {
        signed_at: row.signed_at,
        signer: signer(
            row.signer,
            row.signer_authority_documented,
            row.signer_suspected_abuser,
        ),
        co_signer: row.co_signer.map(|role| {
            signer(
                role,
                row.co_signer_authority_documented,
                row.co_signer_suspected_abuser,
            )
        }),
        standing: word::<Standing>("standing", row.standing)?,
        artefact: row
            .artefact
            .map(|text| word::<ArtefactDigest>("artefact", text))
            .transpose()?,
    };
    let attested = row
        .attested
        .into_iter()
        .map(|text| word("attested", text))
        .collect::<Result<_, _>>()?;
    let terms = Terms {
        combined_with: row.combined_with,
        discloser: Discloser {
            agencies: row.discloser_agencies.into_iter().collect(),
            classes: row.discloser_classes,
        },
        recipients: Recipients {
            agencies: row.recipient_agencies.into_iter().collect(),
            classes: row.recipient_classes,
            persons: row
                .recipient_persons
                .into_iter()
                .map(|(agency, staff)| NamedPerson { agency, staff })
                .collect(),
        },
        purposes: row.purposes,
        categories: row.categories.map_or(CategoryScope::All, CategoryScope::Only),
        expiry: match row.expiry {
            ReleaseExpiry::At(end) => Expiry::At(end),
            ReleaseExpiry::Event(event) => Expiry::Event(event),
            ReleaseExpiry::None => Expiry::None,
            ReleaseExpiry::Unstated => Expiry::Unstated,
        },
        statements: row.statements,
        no_investigative_use: row.no_investigative_use,
        names_gateway: row.names_gateway,
        proceeding: row.proceeding,
        youth_project: row
            .youth_project
            .map(|text| word("youth_project", text))
            .transpose()?,
        ..Terms::of(row.kind)
    };
    Ok(Read {
        client: row.own_key,
        terms,
        signature,
        attested,
    })
}

/// A word of the consent's own vocabulary. The error names the column, never the cell.
fn word<T: DeserializeOwned>(column: &'static str, text: String) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|_| format!("column `{column}`: something else is wanted"))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_are_counted_however_they_end() {
        for file in ["a\nb\n", "a\r\nb\r\n", "a\rb\r", "a\rb\n"] {
            assert_eq!(lines(file.as_bytes()), 2, "{file:?}");
        }
        assert_eq!(lines(&b"a\r".repeat(300_000)), 300_000);
    }
}
