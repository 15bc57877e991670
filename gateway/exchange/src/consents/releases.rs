//! Taking in the forms that an agency has on paper: many at once, with a report row by row, and first without keeping
//! anything.
//!
//! Each row goes the way of a single form: the agency's own client, nobody's own benefit, adequacy by the law of its
//! kind. What is inadequate is kept and never releases. Rows are recorded by the thousand, each thousand whole and in
//! the log before it counts; a file that was cut off is sent again, and what is on file is not recorded twice.

use std::collections::{BTreeMap, BTreeSet};

use adapters::releases::{self, BadFile, ReleaseExpiry, ReleaseRow};
use consent::{
    ArtefactDigest, Attested, CategoryScope, Consent, Discloser, ElementCheck, EntryError, Expiry,
    NamedPerson, Outcome, Recipients, Signature, Signer, Standing, Status, Terms,
};
use gateway_audit::detail::ConsentVersion;
use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_types::vocabulary::ConsentKind;
use gateway_types::{ClientId, ConsentId, Pii, SourceClientKey, Timestamp};
use serde::de::DeserializeOwned;

use super::{NotRecorded, may_put_on_record, party, recorder};
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

/// What became, or would become, of each row.
#[derive(Debug)]
pub struct ReleaseReport {
    /// The rows, in their order.
    pub rows: Vec<RowReport>,
}

impl ReleaseReport {
    /// How many rows came to each end.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.outcome.word()).or_default() += 1;
        }
        counts
    }
}

/// What became of one row.
#[derive(Debug)]
pub struct RowReport {
    /// Its line in the file.
    pub line: u64,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The consent, if it was recorded or is on file.
    pub consent: Option<ConsentId>,
    /// What the form lacks.
    pub missing: Vec<ElementCheck>,
    /// The kinds of form to offer instead.
    pub right_forms: Vec<ConsentKind>,
}

/// What becomes of a row.
#[derive(Debug)]
pub enum RowOutcome {
    /// Recorded, and stands so.
    Recorded(Status),
    /// The same form is on file, or stands further up.
    OnFile,
    /// A form of the same parties, signed before it was taken back or found to be wrong, is on file: what was ended is
    /// not revived by sending the paper again.
    Ended,
    /// The agency's records name no such client.
    NoClient,
    /// It cannot be recorded.
    Refused(String),
    /// It cannot be read.
    Unreadable(String),
}

impl RowOutcome {
    /// The outcome as a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Recorded(Status::Active) => "active",
            Self::Recorded(Status::Expired) => "expired",
            Self::Recorded(Status::Unconfirmed) => "unconfirmed",
            Self::Recorded(_) => "inadequate",
            Self::OnFile => "on_file",
            Self::Ended => "ended",
            Self::NoClient => "no_client",
            Self::Refused(_) => "refused",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Why not, if it was not recorded.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Refused(why) | Self::Unreadable(why) => Some(why),
            _ => None,
        }
    }
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTakenIn {
    /// Its columns cannot be told.
    #[error(transparent)]
    File(#[from] BadFile),
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

/// The agency's forms on file, or further up in the file, of the clients met so far.
#[derive(Default)]
struct Seen {
    clients: BTreeSet<ClientId>,
    /// By what was signed; which consent it is.
    forms: BTreeMap<Digest, Option<ConsentId>>,
    /// By what was signed: what was found not to be the client's word.
    wrong: BTreeSet<Digest>,
    /// By whom a form is between: the last moment at which one of them was signed that was ended since.
    ended: BTreeMap<Digest, Timestamp>,
}

/// What was signed, when and by whom. Whether there is a scan, and what is vouched for, makes no other form of it.
fn content(client: ClientId, terms: &Terms, signature: &Signature) -> Result<Digest, NotRecorded> {
    let Signature {
        signed_at,
        signer,
        co_signer,
        standing,
        artefact: _,
    } = signature;
    let signed = (client, terms, signed_at, signer, co_signer, standing);
    let content = serde_json::to_vec(&signed).map_err(|_| NotRecorded::Fault)?;
    Ok(Digest::of(&content))
}

/// Between whom a form is.
fn between(client: ClientId, terms: &Terms) -> Result<Digest, NotRecorded> {
    let parties = (client, terms.kind, &terms.discloser, &terms.recipients);
    let content = serde_json::to_vec(&parties).map_err(|_| NotRecorded::Fault)?;
    Ok(Digest::of(&content))
}

impl Seen {
    /// Takes note of a form that the agency has on file.
    fn note(&mut self, client: ClientId, consent: &Consent) -> Result<(), NotRecorded> {
        if let Some(before) = consent.ended_for_good() {
            let parties = between(client, consent.terms())?;
            let known = self.ended.entry(parties).or_insert(before);
            *known = before.max(*known);
        }
        let Some(signature) = consent.signed_as() else {
            return Ok(());
        };
        let form = content(client, consent.terms(), signature)?;
        match consent.entry_error() {
            None => {
                self.forms.insert(form, Some(consent.id()));
            }
            Some(EntryError::WrongTerms | EntryError::WrongClient) => {
                self.wrong.insert(form);
            }
            // The other one is on file too.
            Some(EntryError::Duplicate | EntryError::Abandoned) => {}
        }
        Ok(())
    }
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
        let digest = Digest::of(file);
        if file.iter().filter(|byte| **byte == b'\n').count() > MOST_ROWS {
            return Err(NotTakenIn::TooLong);
        }
        let mut rows = releases::read(file)?;
        if run == Run::Dry {
            self.log_releases(by, digest, &[], "a file of forms, tried")
                .await?;
        }
        let mut seen = Seen::default();
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
            self.take_in_together(by, digest, read, run, &mut seen, &mut report)
                .await?;
        }
    }

    async fn take_in_together(
        &self,
        by: &Requester,
        digest: Digest,
        rows: Vec<(u64, Result<Read, String>)>,
        run: Run,
        seen: &mut Seen,
        report: &mut Vec<RowReport>,
    ) -> Result<(), NotRecorded> {
        let now = self.now();
        let keys: Vec<SourceClientKey> = rows
            .iter()
            .filter_map(|(_, row)| row.as_ref().ok())
            .map(|row| row.client.clone())
            .collect();
        let clients = self.records().clients_of_source(by.agency_id(), &keys).await?;
        let mut clients = clients.into_iter();
        let mut recorded = Vec::new();
        for (line, row) in rows {
            let outcome = match row {
                Err(why) => Err((RowOutcome::Unreadable(why), None)),
                Ok(row) => match clients.next().flatten() {
                    None => Err((RowOutcome::NoClient, None)),
                    Some(client) => self.form_of(by, client, row, (&mut *seen, run), now).await?,
                },
            };
            report.push(match outcome {
                Err((outcome, consent)) => RowReport {
                    line,
                    outcome,
                    consent,
                    missing: Vec::new(),
                    right_forms: Vec::new(),
                },
                Ok(consent) => {
                    let row = describe(line, &consent, run, now);
                    recorded.push(consent);
                    row
                }
            });
        }
        if run == Run::Real && !recorded.is_empty() {
            self.log_releases(by, digest, &recorded, "forms taken in from a file")
                .await?;
            self.records().record_new_consents(&recorded, now).await?;
        }
        Ok(())
    }

    /// The consent that a row gives, or why it gives none.
    async fn form_of(
        &self,
        by: &Requester,
        client: ClientId,
        row: Read,
        (seen, run): (&mut Seen, Run),
        now: Timestamp,
    ) -> Result<Result<Consent, (RowOutcome, Option<ConsentId>)>, NotRecorded> {
        if let Err(error) = may_put_on_record(by, &row.terms) {
            return Ok(Err((RowOutcome::Refused(error.to_string()), None)));
        }
        if seen.clients.insert(client) {
            // What others have on file is not told by what becomes of a row.
            let on_file = self.records().consents(Some(client)).await?.into_iter();
            for stored in on_file.filter(|stored| stored.consent.holder() == by.agency_id()) {
                seen.note(client, &stored.consent)?;
            }
        }
        let (form, parties) = (
            content(client, &row.terms, &row.signature)?,
            between(client, &row.terms)?,
        );
        let revived = |before: &Timestamp| row.signature.signed_at <= *before;
        let known = seen.forms.get(&form).copied();
        if seen.wrong.contains(&form) || seen.ended.get(&parties).is_some_and(revived) {
            return Ok(Err((RowOutcome::Ended, known.flatten())));
        }
        if let Some(known) = known {
            return Ok(Err((RowOutcome::OnFile, known)));
        }
        let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
        seen.forms.insert(form, (run == Run::Real).then_some(id));
        let Read {
            terms,
            signature,
            attested,
            ..
        } = row;
        let form = Consent::record_signed(id, client, terms, signature, attested, recorder(by), now);
        Ok(form.map_err(|error| (RowOutcome::Refused(error.to_string()), None)))
    }

    /// Whether the agency has taken a form of the same parties off its file since this one was signed: what was ended is
    /// not revived by recording a paper from before.
    ///
    /// # Errors
    /// [`NotRecorded::Ended`]; store.
    pub(super) async fn not_revived(
        &self,
        by: &Requester,
        client: ClientId,
        terms: &Terms,
        signature: &Signature,
    ) -> Result<(), NotRecorded> {
        let mut seen = Seen::default();
        let on_file = self.records().consents(Some(client)).await?.into_iter();
        for stored in on_file.filter(|stored| stored.consent.holder() == by.agency_id()) {
            seen.note(client, &stored.consent)?;
        }
        let ended = seen.ended.get(&between(client, terms)?);
        if ended.is_some_and(|before| signature.signed_at <= *before) {
            return Err(NotRecorded::Ended);
        }
        Ok(())
    }

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
        detail.consents = recorded
            .iter()
            .map(|consent| ConsentVersion {
                id: consent.id(),
                version: consent.version().to_string(),
            })
            .collect();
        let key = self.records().client_key(None).await?;
        let kind = if recorded.is_empty() {
            EntryKind::ConsentRead
        } else {
            EntryKind::ConsentRecorded
        };
        self.log_new_event(kind, &key, detail, b"").await?;
        Ok(())
    }
}

fn describe(line: u64, consent: &Consent, run: Run, now: Timestamp) -> RowReport {
    let lacks = |check: &ElementCheck| matches!(check.outcome, Outcome::Missing(_));
    let missing: Vec<_> = consent.adequacy(now).into_iter().filter(lacks).collect();
    let right_forms = if missing.is_empty() {
        Vec::new()
    } else {
        let forms = consent.terms().right_forms().into_iter();
        forms.map(|form| form.terms.kind).collect()
    };
    RowReport {
        line,
        outcome: RowOutcome::Recorded(consent.status(now)),
        consent: (run == Run::Real).then(|| consent.id()),
        missing,
        right_forms,
    }
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
