//! Staged content made ready to be written: blinded, compared, sealed. Work for a blocking thread, not for the writer.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gateway_store::{StagedBatch, StagedClient, StagedElement, StoreError};
use gateway_types::{AgencyId, IngestId, RecordKey, Timestamp};

use crate::Crypto;
use crate::bodies::{self, ElementBody, ElementMark, IdentityBody, Lines, TreatingBody};
use crate::crypto::{RecordDigest, RecordRest, Sealed};
use crate::rows::{FoundStatement, NewIdentity, NewStatement, Part};

/// A client's id, as bytes.
pub(crate) type Client = [u8; 16];

/// The numbers that stand for clients in `statements`.
pub(crate) type Numbers = HashMap<Client, i64>;

/// The numbers that running pushes have met so far. A client's number never changes, so what is remembered needs no
/// look-up; it is forgotten when its push ends.
#[derive(Clone, Default)]
pub(crate) struct MetNumbers(Arc<Mutex<HashMap<IngestId, Numbers>>>);

impl MetNumbers {
    /// Takes out what a push has met. Whoever stages for the same push at the same time finds nothing and asks.
    pub(crate) fn take(&self, push: IngestId) -> Numbers {
        self.pushes().remove(&push).unwrap_or_default()
    }

    /// Puts back what a push has met.
    pub(crate) fn keep(&self, push: IngestId, numbers: Numbers) {
        self.pushes().insert(push, numbers);
    }

    /// Forgets a push.
    pub(crate) fn forget(&self, push: IngestId) {
        self.pushes().remove(&push);
    }

    fn pushes(&self) -> MutexGuard<'_, HashMap<IngestId, Numbers>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of a client, who must be on file or new in this push.
pub(crate) fn number_of(numbers: &Numbers, client: &Client) -> Result<i64, StoreError> {
    numbers
        .get(client)
        .copied()
        .ok_or(StoreError::Missing { what: "client" })
}

/// All that one record says about a client, ready to be compared and sealed.
pub(crate) struct Statement {
    client: Client,
    slot: Slot,
    rest: RecordRest,
    content: i64,
    lines: Lines,
}

/// Where a statement belongs: client's number, record, part.
pub(crate) type Slot = (i64, i64, Part);

impl Statement {
    /// Which record.
    pub(crate) const fn record(&self) -> RecordDigest {
        RecordDigest {
            number: self.slot.1,
            rest: self.rest,
        }
    }

    /// How many of its elements are new or changed.
    pub(crate) fn new_elements(&self) -> u64 {
        self.lines.marks.iter().map(|mark| u64::from(mark.is_new())).sum()
    }

    /// Lets what the record said before in the same words keep its id and the time when it was received.
    fn keep(&mut self, crypto: &Crypto, old: &FoundStatement, sealed: &[u8]) -> Result<(), StoreError> {
        let (_, record, part) = self.slot;
        let place = Sealed::Statement {
            client: &self.client,
            record,
            part: part.number(),
            ingest: old.ingest,
        };
        let plain = crypto.open(place, sealed)?;
        let kept = bodies::split_lines("statements", &plain)?;
        let mut said: HashMap<&[u8], Vec<ElementMark>> = HashMap::new();
        for (mark, line) in kept.marks.into_iter().zip(bodies::lines(kept.text)).rev() {
            said.entry(line).or_default().push(mark);
        }
        let received_at = Timestamp::from_micros(old.received_at);
        for (mark, line) in self.lines.marks.iter_mut().zip(bodies::lines(&self.lines.text)) {
            if let Some(kept) = said.get_mut(line).and_then(Vec::pop) {
                *mark = kept.received(received_at);
            }
        }
        Ok(())
    }

    pub(crate) fn seal(self, crypto: &Crypto, ingest: i64) -> Result<NewStatement, StoreError> {
        let (number, record, part) = self.slot;
        let place = Sealed::Statement {
            client: &self.client,
            record,
            part: part.number(),
            ingest,
        };
        let sealed = crypto.seal(place, &self.lines.join(self.rest))?;
        Ok(NewStatement {
            client: number,
            record,
            part,
            content: self.content,
            sealed: Some(sealed),
        })
    }
}

/// What a batch says, one statement for each record and part. In the order of the index that finds them, so that its
/// pages are written one after another.
pub(crate) fn read_all(
    crypto: &Crypto,
    source: &AgencyId,
    batch: &StagedBatch,
    numbers: &Numbers,
) -> Result<Vec<Statement>, StoreError> {
    let mut reader = Reader {
        crypto,
        source,
        numbers,
        places: HashMap::with_capacity(batch.elements.len()),
        statements: Vec::with_capacity(batch.elements.len()),
        last: None,
    };
    for staged in &batch.elements {
        reader.element(staged)?;
    }
    for staged in &batch.treating {
        let client = *staged.client.as_bytes();
        let place = reader.place(client, &staged.record, Part::Treating)?;
        if let Some(statement) = reader.statements.get_mut(place) {
            statement
                .lines
                .add(None, "statements", &TreatingBody::of(staged))?;
        }
    }
    let mut statements = reader.statements;
    for statement in &mut statements {
        statement.content = crypto.content(&statement.lines.text);
    }
    statements.sort_unstable_by_key(|statement| statement.slot);
    Ok(statements)
}

/// Gathers what each record says.
struct Reader<'a> {
    crypto: &'a Crypto,
    source: &'a AgencyId,
    numbers: &'a Numbers,
    places: HashMap<Slot, usize>,
    statements: Vec<Statement>,
    /// Where the element last read went: one record often makes several in a row.
    last: Option<(Client, &'a RecordKey, usize)>,
}

impl<'a> Reader<'a> {
    fn element(&mut self, staged: &'a StagedElement) -> Result<(), StoreError> {
        let (client, record) = (*staged.client.as_bytes(), &staged.element.record);
        let place = match self.last {
            Some((of, last, place)) if of == client && last == record => place,
            _ => self.place(client, record, Part::Elements)?,
        };
        self.last = Some((client, record, place));
        match self.statements.get_mut(place) {
            Some(statement) => {
                let mark = ElementMark::new(staged.id);
                statement
                    .lines
                    .add(Some(mark), "statements", &ElementBody::of(staged))
            }
            None => Ok(()),
        }
    }

    fn place(&mut self, client: Client, record: &RecordKey, part: Part) -> Result<usize, StoreError> {
        let number = number_of(self.numbers, &client)?;
        let record = self.crypto.record(self.source, record);
        let slot = (number, record.number, part);
        let (next, statements) = (self.statements.len(), &mut self.statements);
        Ok(*self.places.entry(slot).or_insert_with(|| {
            statements.push(Statement {
                client,
                slot,
                rest: record.rest,
                content: 0,
                lines: Lines::default(),
            });
            next
        }))
    }
}

/// What a batch changes of what is on file about its records.
pub(crate) struct Changes {
    /// What is to be written, beside what it replaces.
    pub(crate) changed: Vec<(Statement, Option<FoundStatement>)>,
    /// What is taken back because its record no longer says it.
    pub(crate) unsaid: Vec<NewStatement>,
    /// What a record said of another client than it speaks about now, if it is that record: it is found by half of its
    /// digest ([`said_by`]).
    pub(crate) of_others: Vec<(FoundStatement, RecordRest)>,
}

/// Compares a batch with what is on file under the numbers of its records.
pub(crate) fn changes(statements: Vec<Statement>, found: Vec<FoundStatement>) -> Changes {
    let about: HashSet<(i64, i64)> = statements
        .iter()
        .map(|statement| (statement.slot.0, statement.slot.1))
        .collect();
    let rests: HashMap<i64, RecordRest> = statements
        .iter()
        .map(|statement| (statement.slot.1, statement.rest))
        .collect();
    let mut on_file: HashMap<Slot, FoundStatement> = HashMap::with_capacity(found.len());
    for row in found {
        if let Some(part) = Part::of(row.part) {
            on_file.insert((row.client, row.record, part), row);
        }
    }
    let mut changed = Vec::new();
    for statement in statements {
        match on_file.remove(&statement.slot).filter(|old| old.live) {
            Some(old) if old.content == statement.content => {}
            old => changed.push((statement, old)),
        }
    }
    let (mut unsaid, mut of_others) = (Vec::new(), Vec::new());
    for (slot, old) in on_file.into_iter().filter(|(_, old)| old.live) {
        if about.contains(&(slot.0, slot.1)) {
            unsaid.push(taken_back(slot));
        } else if let Some(rest) = rests.get(&slot.1) {
            of_others.push((old, *rest));
        }
    }
    Changes {
        changed,
        unsaid,
        of_others,
    }
}

/// The slot of `old`, if it is what the record with this digest said about its client.
pub(crate) fn said_by(
    crypto: &Crypto,
    rest: RecordRest,
    old: &FoundStatement,
    client: &[u8],
    sealed: &[u8],
) -> Result<Option<Slot>, StoreError> {
    let place = Sealed::Statement {
        client,
        record: old.record,
        part: old.part,
        ingest: old.ingest,
    };
    let plain = crypto.open(place, sealed)?;
    let same = bodies::split_lines("statements", &plain)?.record == rest;
    Ok(Part::of(old.part)
        .filter(|_| same)
        .map(|part| (old.client, old.record, part)))
}

/// Seals what changed. `sealed` has the contents it replaces, by their numbers.
pub(crate) fn seal_changes(
    crypto: &Crypto,
    ingest: i64,
    changed: Vec<(Statement, Option<FoundStatement>)>,
    sealed: &HashMap<i64, Vec<u8>>,
) -> Result<(Vec<NewStatement>, u64), StoreError> {
    let (mut rows, mut counted) = (Vec::with_capacity(changed.len()), 0);
    for (mut statement, old) in changed {
        if let Some(old) = old {
            let sealed = sealed.get(&old.no).ok_or(StoreError::Inconsistent {
                table: "statements",
                what: "a row is gone",
            })?;
            statement.keep(crypto, &old, sealed)?;
        }
        counted += statement.new_elements();
        rows.push(statement.seal(crypto, ingest)?);
    }
    Ok((rows, counted))
}

/// The row that takes a statement back.
pub(crate) const fn taken_back((client, record, part): Slot) -> NewStatement {
    NewStatement {
        client,
        record,
        part,
        content: 0,
        sealed: None,
    }
}

/// An identity ready to be compared and sealed.
pub(crate) struct Identity {
    pub(crate) client: Client,
    pub(crate) source_key: Vec<u8>,
    pub(crate) content: i64,
    pub(crate) blocking: Vec<i64>,
    body: Vec<u8>,
}

impl Identity {
    pub(crate) fn of(crypto: &Crypto, source: &AgencyId, staged: &StagedClient) -> Result<Self, StoreError> {
        let body = bodies::write(
            "identities",
            &IdentityBody::of(&staged.source_key, &staged.identity),
        )?
        .into_bytes();
        let mut blocking: Vec<i64> = staged.blocking.iter().map(|key| crypto.blocking(key)).collect();
        blocking.sort_unstable();
        blocking.dedup();
        // The keys count as content: a release that finds people by other keys stores them on the next push.
        let mut compared = body.clone();
        compared.extend(blocking.iter().flat_map(|key| key.to_be_bytes()));
        Ok(Self {
            client: *staged.client.as_bytes(),
            source_key: crypto.source_key(source, &staged.source_key),
            content: crypto.content(&compared),
            blocking,
            body,
        })
    }

    /// Its row, as number `no`.
    pub(crate) fn seal(&self, crypto: &Crypto, ingest: i64, no: i64) -> Result<NewIdentity, StoreError> {
        let place = Sealed::Identity {
            client: &self.client,
            source_key: &self.source_key,
            ingest,
        };
        Ok(NewIdentity {
            no,
            client: self.client.to_vec(),
            source_key: self.source_key.clone(),
            content: self.content,
            sealed: Some(crypto.seal(place, &self.body)?),
        })
    }
}
