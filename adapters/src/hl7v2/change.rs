//! What a message changes, and how it is laid over what is on file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::Regime;
use gateway_types::{
    ClientIdentity, LabelledElement, Pii, RecordKey, SourceClientKey, SourceRecord, WordSet,
};
use serde_json::Value;

use super::{person, visit};

/// What one message says about one client.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The source's key for the client.
    pub client: SourceClientKey,
    /// Keys that the source has found to be the same client, and no longer uses (A40).
    pub merged: Vec<SourceClientKey>,
    /// What changes in their records.
    pub changes: Vec<RecordChange>,
}

/// What changes in a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// Some of its fields.
    Amend {
        /// The record.
        record: RecordKey,
        /// What is said about it, one part for each category.
        parts: Vec<Amended>,
    },
    /// All of it: what it said before and these do not is no longer so.
    Replace {
        /// The record.
        record: RecordKey,
        /// All that it says now.
        elements: Vec<LabelledElement>,
    },
    /// It is taken back.
    Withdraw {
        /// The record.
        record: RecordKey,
    },
}

impl RecordChange {
    /// The record that changes.
    #[must_use]
    pub const fn record(&self) -> &RecordKey {
        match self {
            Self::Amend { record, .. } | Self::Replace { record, .. } | Self::Withdraw { record } => record,
        }
    }
}

/// The regimes that bind the records of a unit, by the name that messages give it (`None`: they name none); `None` if the
/// registry cannot tell which unit that is.
pub type Unit<'a> = dyn Fn(Option<&str>) -> Option<WordSet<Regime>> + 'a;

/// What a message says about one element.
#[derive(Clone, Debug, PartialEq)]
pub struct Amended {
    /// The element, with the fields that are stated.
    pub element: LabelledElement,
    /// The fields that have no value any more.
    pub cleared: BTreeSet<&'static str>,
}

impl Event {
    /// The programmes that its elements name.
    pub fn programmes(&self) -> impl Iterator<Item = Option<&str>> {
        self.changes.iter().flat_map(|change| {
            let (amended, whole): (&[Amended], &[LabelledElement]) = match change {
                RecordChange::Amend { parts, .. } => (parts, &[]),
                RecordChange::Replace { elements, .. } => (&[], elements),
                RecordChange::Withdraw { .. } => (&[], &[]),
            };
            let amended = amended.iter().map(|part| &part.element);
            amended
                .chain(whole)
                .map(|element| element.source_programme.as_deref())
        })
    }
}

/// All that a record says after a change of what it said before.
fn changed(before: Vec<LabelledElement>, change: RecordChange, unit: &Unit<'_>) -> Vec<LabelledElement> {
    match change {
        RecordChange::Replace { elements, .. } => elements,
        RecordChange::Withdraw { .. } => Vec::new(),
        RecordChange::Amend { parts, .. } => {
            let mut after = before;
            for part in parts {
                let category = part.element.category;
                let old = (after.iter())
                    .position(|element| element.category == category)
                    .map(|at| after.remove(at));
                after.extend(laid_over(old, part, unit));
            }
            after
        }
    }
}

/// An element with a change laid over what it was. Labels and regimes are only ever added: what told of a detoxification
/// unit yesterday is not forgotten because the client was moved. `None`: it says nothing any more.
fn laid_over(old: Option<LabelledElement>, new: Amended, unit: &Unit<'_>) -> Option<LabelledElement> {
    let Amended {
        element: mut now,
        cleared,
    } = new;
    let record = now.record.clone();
    if let Some(old) = old {
        let stays = (old.payload.fields().iter())
            .filter(|(name, _)| !cleared.contains(name.as_str()))
            .filter(|(name, _)| !now.payload.fields().contains_key(name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Vec<_>>();
        for (name, value) in stays {
            now.payload.insert(name, value);
        }
        now.sensitivity = now.sensitivity.union(old.sensitivity);
        now.regimes = now.regimes.union(old.regimes);
        now.facts = now.facts.union(old.facts);
        now.as_of = now.as_of.or(old.as_of);
        // A visit once at a unit that could not be told is not elsewhere because a later message is clearer, and what a unit's
        // law bound stays bound. Who somebody is is said by the facility, whichever unit they are at.
        now.source_programme = match (old.source_programme, now.source_programme) {
            (old, now) if person::is_person(&record) => now.or(old),
            (was, is) => match unit(was.as_deref()) {
                Some(regimes) => {
                    now.regimes = now.regimes.union(regimes);
                    is.or(was)
                }
                None => Some(UNRESOLVED_PROGRAMME.to_owned()),
            },
        };
    }
    (!now.payload.is_empty()).then_some(now)
}

/// Records as they stand after some messages, as far as these speak of them.
#[derive(Debug, Default)]
pub struct Standing {
    records: HashMap<Slot, Vec<LabelledElement>>,
    /// What has changed, in the order in which it first did.
    changed: Vec<Slot>,
    known_changed: BTreeSet<Slot>,
    gone: Vec<SourceClientKey>,
}

/// A record of a client.
type Slot = (SourceClientKey, RecordKey);

impl Standing {
    /// The records of which an event changes a part, and of which it is not known how they stand: to be looked up before the
    /// event is applied.
    #[must_use]
    pub fn wanted(&self, events: &[Event]) -> BTreeSet<(SourceClientKey, RecordKey)> {
        let amended = events.iter().flat_map(|event| {
            let changes = event.changes.iter();
            changes.filter_map(|change| match change {
                RecordChange::Amend { record, .. } => Some((event.client.clone(), record.clone())),
                RecordChange::Replace { .. } | RecordChange::Withdraw { .. } => None,
            })
        });
        amended.filter(|slot| !self.records.contains_key(slot)).collect()
    }

    /// Takes note of what is on file of a record, unless a message has changed it meanwhile.
    pub fn know(&mut self, client: SourceClientKey, record: RecordKey, mut elements: Vec<LabelledElement>) {
        for element in &mut elements {
            element.record = record.clone();
        }
        self.records.entry((client, record)).or_insert(elements);
    }

    /// Lays an event over what stands; `unit` says what is known of the units that elements name. Merged keys are not looked at: see [`Standing::merge`].
    pub fn apply(&mut self, event: Event, unit: &Unit<'_>) {
        for change in event.changes {
            let slot = (event.client.clone(), change.record().clone());
            let before = self.records.remove(&slot).unwrap_or_default();
            self.set(slot, changed(before, change, unit));
        }
    }

    /// Moves what one key of the source stood for to another. All that is on file of it has to be known first
    /// ([`Standing::know`]). Who it said that the client is goes: the other key says that.
    pub fn merge(&mut self, gone: &SourceClientKey, into: &SourceClientKey) {
        let slots: BTreeSet<Slot> = (self.records.keys())
            .filter(|(client, _)| client == gone)
            .cloned()
            .collect();
        for slot in slots {
            let elements = self.records.remove(&slot).unwrap_or_default();
            if self.known_changed.remove(&slot) {
                self.changed.retain(|changed| *changed != slot);
            }
            if !person::is_person(&slot.1) && !elements.is_empty() {
                let moved = visit::moved(&slot.1, gone, into);
                let taken = self.records.contains_key(&(into.clone(), moved.clone()));
                let record = if taken { slot.1 } else { moved };
                self.set((into.clone(), record), elements);
            }
        }
        if !self.gone.contains(gone) {
            self.gone.push(gone.clone());
        }
    }

    /// Takes note of everything that is on file about a client whose key is to be merged. Which record an element comes from is
    /// told by its visit; where it tells none, it becomes a record of its own.
    pub fn know_all(&mut self, client: &SourceClientKey, elements: impl Iterator<Item = LabelledElement>) {
        let mut records: BTreeMap<RecordKey, Vec<LabelledElement>> = BTreeMap::new();
        for (nth, mut element) in elements.enumerate() {
            if person::is_person(&element.record) {
                continue;
            }
            let record = visit::record_of(client, &element.record.kind, &element.payload, nth);
            element.record = record.clone();
            records.entry(record).or_default().push(element);
        }
        for (record, elements) in records {
            self.know(client.clone(), record, elements);
        }
    }

    fn set(&mut self, slot: Slot, mut elements: Vec<LabelledElement>) {
        for element in &mut elements {
            element.record = slot.1.clone();
        }
        self.records.insert(slot.clone(), elements);
        if self.known_changed.insert(slot.clone()) {
            self.changed.push(slot);
        }
    }

    /// Everything that has changed, each record once and whole: clients first, then what is about them, then those who are
    /// gone.
    #[must_use]
    pub fn into_records(mut self) -> Vec<SourceRecord> {
        // Used again after it was merged, a key stands for somebody again.
        let used: BTreeSet<&SourceClientKey> = self.changed.iter().map(|(client, _)| client).collect();
        let gone: Vec<_> = (self.gone.iter())
            .filter(|gone| !used.contains(gone))
            .cloned()
            .collect();
        let (persons, rest): (Vec<_>, Vec<_>) =
            (self.changed.into_iter()).partition(|(_, record)| person::is_person(record));
        let mut records = Vec::with_capacity(persons.len() + rest.len());
        for (client, record) in persons.into_iter().chain(rest) {
            let slot = (client, record);
            let elements = self.records.remove(&slot).unwrap_or_default();
            records.push(standing(&slot.0, slot.1, elements));
        }
        let gone = gone
            .into_iter()
            .map(|client| SourceRecord::Withdrawn { client, record: None });
        records.extend(gone);
        records
    }
}

/// A record as it now stands, in the form in which every source's records are taken in.
fn standing(client: &SourceClientKey, record: RecordKey, elements: Vec<LabelledElement>) -> SourceRecord {
    if person::is_person(&record) {
        return SourceRecord::Client {
            client: client.clone(),
            identity: identity(&elements),
            elements,
            updated: None,
        };
    }
    if elements.is_empty() {
        return SourceRecord::Withdrawn {
            client: client.clone(),
            record: Some(record),
        };
    }
    SourceRecord::About {
        client: client.clone(),
        elements,
        updated: None,
    }
}

/// Who a client is, by the elements of the record that says so.
fn identity(elements: &[LabelledElement]) -> ClientIdentity {
    let field = |name: &str| {
        let mut payloads = elements.iter().map(|element| element.payload.fields());
        payloads.find_map(|fields| fields.get(name))
    };
    let part = |which: &str, at: usize| {
        let parts = field("name")?.get(which)?.as_array()?;
        Some(Pii::new(parts.get(at)?.as_str()?.to_owned()))
    };
    let text = |name: &str| field(name).and_then(Value::as_str);
    let phones = ["telecom", "telecom_work"].into_iter().filter_map(field);
    ClientIdentity {
        first_name: part("given", 0),
        middle_name: part("given", 1),
        last_name: part("family", 0),
        name_suffix: part("suffix", 0),
        birth_date: text("birthDate").and_then(|day| day.parse().ok()).map(Pii::new),
        ssn: text("ssn").and_then(person::usable_ssn).map(Pii::new),
        phones: phones
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .filter(|phone| !phone.contains('@'))
            .map(|phone| Pii::new(phone.to_owned()))
            .collect(),
    }
}
