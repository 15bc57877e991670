//! Records in batches: small enough for memory, and never cut within what one record of the source says, which the
//! store has to see in one piece (`gateway_store::IngestStore::stage_all`).

use gateway_types::{LabelledElement, RecordKey, SourceClientKey, SourceRecord};
use serde_json::Value;

/// How many records go together: enough that what is done once for each batch does not count.
const RECORDS: usize = 2000;
/// About how many bytes of content go together, so that the batches on their way need little memory whatever is
/// written in them.
const BYTES: usize = 4 << 20;
/// What a value takes beside its text.
const VALUE: usize = 32;

/// Gathers records to batches.
#[derive(Default)]
pub(super) struct Batches {
    gathered: Vec<SourceRecord>,
    bytes: usize,
}

impl Batches {
    /// Adds a record. Returns the batch before it, if that is complete.
    pub(super) fn add(&mut self, record: SourceRecord) -> Option<Vec<SourceRecord>> {
        let full = self.gathered.len() >= RECORDS || self.bytes >= BYTES;
        let complete = (full && !self.gathered.last().is_some_and(|last| continues(last, &record)))
            .then(|| self.rest())
            .flatten();
        self.bytes = self.bytes.saturating_add(size(&record));
        self.gathered.push(record);
        complete
    }

    /// What was added and not returned yet, if there is any.
    pub(super) fn rest(&mut self) -> Option<Vec<SourceRecord>> {
        self.bytes = 0;
        let rest = std::mem::take(&mut self.gathered);
        (!rest.is_empty()).then_some(rest)
    }
}

/// Whether `next` goes on with what a record of `last` says.
fn continues(last: &SourceRecord, next: &SourceRecord) -> bool {
    let ((of, said), (client, says)) = (parts(last), parts(next));
    of == client && says.keys().any(|key| said.keys().any(|before| before == key))
}

/// Which records of the source are spoken of.
enum Said<'a> {
    Elements(&'a [LabelledElement]),
    One(Option<&'a RecordKey>),
}

impl<'a> Said<'a> {
    fn keys(&self) -> impl Iterator<Item = &'a RecordKey> + use<'a> {
        let (elements, one): (&'a [LabelledElement], _) = match self {
            Self::Elements(elements) => (elements, None),
            Self::One(one) => (&[], *one),
        };
        elements.iter().map(|element| &element.record).chain(one)
    }
}

fn parts(record: &SourceRecord) -> (&SourceClientKey, Said<'_>) {
    match record {
        SourceRecord::Client { client, elements, .. } | SourceRecord::About { client, elements, .. } => {
            (client, Said::Elements(elements))
        }
        SourceRecord::Treating { client, record, .. } => (client, Said::One(Some(record))),
        SourceRecord::Withdrawn { client, record } => (client, Said::One(record.as_ref())),
    }
}

/// About how many bytes a record takes.
fn size(record: &SourceRecord) -> usize {
    let elements = match record {
        SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. } => elements.as_slice(),
        SourceRecord::Treating { .. } | SourceRecord::Withdrawn { .. } => &[],
    };
    let fields = elements.iter().flat_map(|element| element.payload.fields());
    fields.fold(size_of::<SourceRecord>(), |sum, (name, value)| {
        sum.saturating_add(name.len())
            .saturating_add(size_of_value(value))
    })
}

fn size_of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => VALUE,
        Value::String(text) => text.len().saturating_add(VALUE),
        Value::Array(values) => values
            .iter()
            .fold(VALUE, |sum, value| sum.saturating_add(size_of_value(value))),
        Value::Object(fields) => fields.iter().fold(VALUE, |sum, (name, value)| {
            sum.saturating_add(name.len())
                .saturating_add(size_of_value(value))
        }),
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::{Payload, StaffId, WordSet};

    use super::*;

    fn client(key: &str) -> SourceClientKey {
        SourceClientKey::new(key)
    }

    fn about(of: &str, record: &str, text: impl Into<Value>) -> SourceRecord {
        SourceRecord::About {
            client: client(of),
            elements: vec![LabelledElement {
                record: RecordKey::new("CareTeam", record),
                category: None,
                source_programme: None,
                regimes: WordSet::EMPTY,
                sensitivity: WordSet::EMPTY,
                facts: WordSet::EMPTY,
                as_of: None,
                payload: Payload::new().with("text", text),
            }],
            updated: None,
        }
    }

    fn treating(of: &str, record: &str) -> SourceRecord {
        SourceRecord::Treating {
            client: client(of),
            staff: StaffId::new("b-chen").unwrap(),
            since: None,
            until: None,
            record: RecordKey::new("CareTeam", record),
        }
    }

    fn lengths(records: impl IntoIterator<Item = SourceRecord>) -> Vec<usize> {
        let mut batches = Batches::default();
        let mut lengths: Vec<usize> = records
            .into_iter()
            .filter_map(|record| batches.add(record))
            .map(|batch| batch.len())
            .collect();
        lengths.extend(batches.rest().map(|batch| batch.len()));
        assert!(batches.rest().is_none());
        lengths
    }

    #[test]
    fn every_record_is_in_a_batch() {
        let many = |count: usize| (0..count).map(|at| treating("p", &at.to_string()));
        assert!(lengths(many(0)).is_empty());
        assert_eq!(lengths(many(RECORDS)), [RECORDS]);
        assert_eq!(lengths(many(2 * RECORDS + 3)), [RECORDS, RECORDS, 3]);
    }

    #[test]
    fn what_one_record_says_is_not_cut() {
        let before = || (1..RECORDS).map(|at| treating("p", &at.to_string()));
        let team = |of| [treating(of, "team"), treating(of, "team"), about(of, "team", "x")];
        let after = || [treating("p", "after")];
        assert_eq!(
            lengths(before().chain(team("p")).chain(after())),
            [RECORDS + 2, 1]
        );
        // Its elements may come first, and it may be deleted in one breath.
        let gone = SourceRecord::Withdrawn {
            client: client("p"),
            record: Some(RecordKey::new("CareTeam", "team")),
        };
        let back = [about("p", "team", "x"), treating("p", "team"), gone];
        assert_eq!(lengths(before().chain(back).chain(after())), [RECORDS + 2, 1]);
        // The same key of another client, or of another kind, is another record.
        let others = [treating("p", "team"), treating("q", "team")];
        assert_eq!(lengths(before().chain(others)), [RECORDS, 1]);
        let kind = SourceRecord::Withdrawn {
            client: client("p"),
            record: Some(RecordKey::new("CareTeam.note", "team")),
        };
        assert_eq!(
            lengths(before().chain([treating("p", "team"), kind])),
            [RECORDS, 1]
        );
        // Deleted clients name no record.
        let deleted = || SourceRecord::Withdrawn {
            client: client("p"),
            record: None,
        };
        assert_eq!(lengths((0..=RECORDS).map(|_| deleted())), [RECORDS, 1]);
    }

    #[test]
    fn long_records_fill_a_batch_sooner() {
        let long = "x".repeat(1 << 20);
        let records = (0..9).map(|at| about("p", &at.to_string(), long.as_str()));
        assert_eq!(lengths(records), [4, 4, 1]);
        let nested = serde_json::json!({ "notes": [{ "text": long }] });
        let records = (0..9).map(|at| about("p", &at.to_string(), nested.clone()));
        assert_eq!(lengths(records), [4, 4, 1]);
        let short = (0..RECORDS).map(|at| about("p", &at.to_string(), "x".repeat(500)));
        assert_eq!(lengths(short), [RECORDS]);
    }
}
