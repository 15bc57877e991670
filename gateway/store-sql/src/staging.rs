//! Staged content made ready to be written: blinded, compared, sealed. Work for a blocking thread, not for the writer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gateway_store::{StagedBatch, StagedClient, StagedElement, StagedTreating, StoreError};
use gateway_types::{AgencyId, ElementId, IngestId, RecordKey, Word};

use crate::Crypto;
use crate::bodies::{self, ElementBody, IdentityBody, TreatingBody};
use crate::crypto::{Part, Sealed};
use crate::rows::{FoundStatement, NewStatement};

/// A statement ready to be compared and sealed.
pub(crate) struct Statement {
    client: Client,
    record: i64,
    part: i64,
    content: Vec<u8>,
    /// `None`: a treating relationship.
    element: Option<ElementId>,
    body: String,
}

/// A client's id, as bytes.
pub(crate) type Client = [u8; 16];

/// Which client's which record.
pub(crate) type RecordOfClient = (Client, i64);

/// The numbers that stand for clients in `statements`.
pub(crate) type Numbers = HashMap<Client, i64>;

/// The numbers that running pushes have met so far. A client's number never changes, so what is remembered needs no
/// look-up; it is forgotten when its push ends.
#[derive(Clone, Default)]
pub(crate) struct MetNumbers(Arc<Mutex<HashMap<IngestId, Numbers>>>);

impl MetNumbers {
    /// Takes out what a push has met. A second batch of the same push, at the same time, finds nothing and asks.
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

/// A statement ready to be written, once its client's number is known.
pub(crate) struct SealedStatement {
    client: Client,
    record: i64,
    part: i64,
    content: Vec<u8>,
    sealed: Vec<u8>,
}

impl SealedStatement {
    pub(crate) fn numbered(self, numbers: &Numbers) -> Result<NewStatement, StoreError> {
        Ok(NewStatement {
            client: number_of(numbers, &self.client)?,
            record: self.record,
            part: self.part,
            content: self.content,
            sealed: Some(self.sealed),
        })
    }
}

/// The number of a client, who must be on file or new in this push.
pub(crate) fn number_of(numbers: &Numbers, client: &Client) -> Result<i64, StoreError> {
    numbers
        .get(client)
        .copied()
        .ok_or(StoreError::Missing { what: "client" })
}

impl Statement {
    pub(crate) const fn record(&self) -> RecordOfClient {
        (self.client, self.record)
    }

    pub(crate) const fn is_element(&self) -> bool {
        self.element.is_some()
    }

    pub(crate) fn seal(self, crypto: &Crypto, ingest: i64) -> Result<SealedStatement, StoreError> {
        let Self {
            client,
            record,
            part,
            content,
            element,
            body,
        } = self;
        let place = Sealed::Statement {
            client: &client,
            record,
            part,
            ingest,
        };
        let sealed = match element {
            Some(id) => crypto.seal(place, &bodies::join_element(id, &body))?,
            None => crypto.seal(place, body.as_bytes())?,
        };
        Ok(SealedStatement {
            client,
            record,
            part,
            content,
            sealed,
        })
    }
}

/// Turns a source's elements and treating relationships into statements, numbering those that a record says more than
/// once of one part.
pub(crate) struct Reader<'a> {
    crypto: &'a Crypto,
    source: &'a AgencyId,
    said: HashMap<(RecordOfClient, Part), u32>,
    parts: HashMap<(Part, u32), i64>,
    /// The record last read: one record often makes several statements in a row.
    last: Option<(&'a RecordKey, i64)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(crypto: &'a Crypto, source: &'a AgencyId) -> Self {
        Self {
            crypto,
            source,
            said: HashMap::new(),
            parts: HashMap::new(),
            last: None,
        }
    }

    pub(crate) fn element(&mut self, staged: &'a StagedElement) -> Result<Statement, StoreError> {
        let record = self.record(&staged.element.record);
        let client = *staged.client.as_bytes();
        let part = self.part(
            (client, record),
            Part::Element(staged.element.category.map(Word::code)),
        );
        let body = bodies::write("statements", &ElementBody::of(staged))?;
        let content = self.crypto.content(&body);
        Ok(Statement {
            client,
            record,
            part,
            content,
            element: Some(staged.id),
            body,
        })
    }

    pub(crate) fn treating(&mut self, staged: &'a StagedTreating) -> Result<Statement, StoreError> {
        let record = self.record(&staged.record);
        let client = *staged.client.as_bytes();
        let part = self.part((client, record), Part::Treating);
        let body = bodies::write("statements", &TreatingBody::of(staged))?;
        let content = self.crypto.content(&body);
        Ok(Statement {
            client,
            record,
            part,
            content,
            element: None,
            body,
        })
    }

    fn record(&mut self, record: &'a RecordKey) -> i64 {
        match self.last {
            Some((last, number)) if last == record => number,
            _ => {
                let number = self.crypto.record(self.source, record);
                self.last = Some((record, number));
                number
            }
        }
    }

    fn part(&mut self, record: RecordOfClient, part: Part) -> i64 {
        let said = self.said.entry((record, part)).or_insert(0);
        let occurrence = *said;
        *said += 1;
        *self
            .parts
            .entry((part, occurrence))
            .or_insert_with(|| self.crypto.part(part, occurrence))
    }
}

/// Every statement of a batch.
pub(crate) fn read_all(
    crypto: &Crypto,
    source: &AgencyId,
    batch: &StagedBatch,
) -> Result<Vec<Statement>, StoreError> {
    let mut reader = Reader::new(crypto, source);
    let mut statements = Vec::with_capacity(batch.elements.len() + batch.treating.len());
    for staged in &batch.elements {
        statements.push(reader.element(staged)?);
    }
    for staged in &batch.treating {
        statements.push(reader.treating(staged)?);
    }
    Ok(statements)
}

/// What a batch changes of what is on file about its records: the statements to be written, and what is taken back
/// because its record no longer says it.
pub(crate) fn changes(
    statements: Vec<Statement>,
    found: Vec<FoundStatement>,
    numbers: &Numbers,
) -> (Vec<Statement>, Vec<NewStatement>) {
    let mut on_file: HashMap<_, _> = found
        .into_iter()
        .map(|row| ((row.client, row.record, row.part), (row.live, row.content)))
        .collect();
    let changed = statements
        .into_iter()
        .filter(|new| {
            // A client without a number is new: nothing is on file about them.
            let Some(client) = numbers.get(&new.client) else {
                return true;
            };
            let old = on_file.remove(&(*client, new.record, new.part));
            !matches!(old, Some((true, content)) if content == new.content)
        })
        .collect();
    let unsaid = on_file
        .into_iter()
        .filter(|(_, (live, _))| *live)
        .map(|((client, record, part), _)| taken_back(client, record, part))
        .collect();
    (changed, unsaid)
}

/// The row that takes a statement back.
pub(crate) const fn taken_back(client: i64, record: i64, part: i64) -> NewStatement {
    NewStatement {
        client,
        record,
        part,
        content: Vec::new(),
        sealed: None,
    }
}

/// An identity ready to be compared and sealed.
pub(crate) struct Identity {
    pub(crate) client: Client,
    pub(crate) source_key: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) blocking: Vec<i64>,
    body: String,
}

impl Identity {
    pub(crate) fn of(crypto: &Crypto, source: &AgencyId, staged: &StagedClient) -> Result<Self, StoreError> {
        let body = bodies::write(
            "identities",
            &IdentityBody::of(&staged.source_key, &staged.identity),
        )?;
        let mut blocking: Vec<i64> = staged.blocking.iter().map(|key| crypto.blocking(key)).collect();
        blocking.sort_unstable();
        blocking.dedup();
        // The keys count as content: a release that finds people by other keys stores them on the next push.
        let content = crypto.content(&format!("{body}{blocking:?}"));
        let source_key = crypto.source_key(source, &staged.source_key);
        Ok(Self {
            client: *staged.client.as_bytes(),
            source_key,
            content,
            blocking,
            body,
        })
    }

    pub(crate) fn seal(&self, crypto: &Crypto, ingest: i64) -> Result<Vec<u8>, StoreError> {
        let place = Sealed::Identity {
            client: &self.client,
            source_key: &self.source_key,
            ingest,
        };
        crypto.seal(place, self.body.as_bytes())
    }
}
