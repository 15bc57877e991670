//! Messages that come over connections: read as they come, stored together with whatever else comes meanwhile, answered
//! when they are durable.
//!
//! Each agency has one lane, in which its messages keep their order. While a group of them is written, the next gathers: the
//! more come, the more go into one commit. A message that comes again is answered as before and stored once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapters::hl7v2::acknowledgement::{Code, acknowledgement};
pub use adapters::hl7v2::mllp as frames;
use adapters::hl7v2::{self, Event, Fault, Header, Standing};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_store::{Begun, IngestKind, IngestState, MessageMark, NewIngest, Repetition};
use gateway_types::registry::Agency;
use gateway_types::{AgencyId, IngestId, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::deletions::{self, Counted, Weighed};
use super::door::DoorClosed;
use super::{Push, victims};
use crate::gateway::Gateway;
use crate::intake::{Intake, IntakeCounts};
use crate::requester::Sender;

/// How many messages wait in a lane before their senders do.
const WAITING: usize = 1024;
/// How many go into one commit at most.
const TOGETHER: usize = 512;
/// How long the first message of a group waits for those of the other senders, who have just been answered together: a commit
/// costs several times as much.
const GATHERING: Duration = Duration::from_millis(1);
/// For how long a message is known again. Control ids are counted round by many systems, within weeks at the soonest.
const REMEMBERED_SECONDS: i64 = 7 * 86_400;
/// How often it is recorded at most that messages of an agency wait for a person.
const ASKED_SECONDS: i64 = 3_600;
/// How often the people on file are counted while messages come.
const COUNTING: Duration = Duration::from_secs(60);

/// A sender of messages that was let in.
#[derive(Debug)]
pub struct MessageDoor {
    agency: AgencyId,
    lane: mpsc::Sender<Submitted>,
    _sender: Senders,
}

/// How many senders a lane has: one for each clone but the lane's own.
type Senders = Arc<()>;

/// A lane, as its senders find it.
#[derive(Debug)]
struct Lane {
    sender: mpsc::Sender<Submitted>,
    senders: Senders,
}

/// The lanes of the agencies that send messages.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    open: Mutex<HashMap<AgencyId, Lane>>,
    /// Numbers the answers.
    answers: AtomicU64,
    /// What the senders have on file.
    counted: Counted,
    /// When it was last recorded that messages of an agency wait for a person: engines send them again and again.
    asked: Mutex<HashMap<AgencyId, Timestamp>>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// It is durable.
    Stored,
    /// It will not be taken.
    Refused(Fault),
    /// It could not be stored now.
    NotStored,
    /// It takes away what, with all that went before, a person is to be asked about.
    Asks,
}

/// Why messages were not stored together.
enum NotTogether {
    Asks,
    Closed(DoorClosed),
}

impl From<DoorClosed> for NotTogether {
    fn from(closed: DoorClosed) -> Self {
        Self::Closed(closed)
    }
}

/// What a message is known by, and what it says.
type Content = (Option<MessageMark>, Result<Vec<Event>, Fault>);

/// A message in its lane.
#[derive(Debug)]
struct Submitted {
    mark: Option<MessageMark>,
    content: Result<Vec<Event>, Fault>,
    outcome: oneshot::Sender<Outcome>,
}

/// A message on its way to be stored.
#[derive(Debug)]
#[must_use = "who sent it waits for an answer"]
pub struct Pending {
    header: Option<Header>,
    outcome: oneshot::Receiver<Outcome>,
}

impl Pending {
    /// The answer to the sender, once there is one.
    pub async fn answer(self, gateway: &Gateway) -> Vec<u8> {
        // A lane that ends unasked has stored nothing that it did not answer for.
        let outcome = self.outcome.await.unwrap_or(Outcome::NotStored);
        let (code, fault) = match outcome {
            Outcome::Stored => (Code::Accept, None),
            Outcome::Refused(fault) => (Code::Reject, Some(fault)),
            Outcome::NotStored => (Code::Error, Some(Fault::not_stored())),
            Outcome::Asks => (Code::Error, Some(Fault::many_deletions())),
        };
        let now = gateway.now();
        let number = gateway.lanes().answers.fetch_add(1, Ordering::Relaxed);
        let control_id = format!("{:X}-{number:X}", now.as_seconds());
        acknowledgement(self.header.as_ref(), code, fault.as_ref(), now, &control_id).into_bytes()
    }
}

impl Gateway {
    /// Decides whether `sender` may send messages. A refusal is recorded.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn open_message_door(self: &Arc<Self>, sender: &Sender) -> Result<MessageDoor, DoorClosed> {
        let door = self.open_door(sender, IngestKind::Hl7V2Messages).await?;
        let agency = door.agency().id.clone();
        let mut lanes = self.lanes().open.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(agency.clone()).or_insert_with(|| {
            let (sender, come) = mpsc::channel(WAITING);
            let senders = Senders::default();
            tokio::spawn(Arc::clone(self).run_lane(agency.clone(), come, Arc::clone(&senders)));
            Lane { sender, senders }
        });
        let (lane, senders) = (lane.sender.clone(), Arc::clone(&lane.senders));
        drop(lanes);
        Ok(MessageDoor {
            agency,
            lane,
            _sender: senders,
        })
    }

    /// Accepts an agency that is known by where it sends from: a listener that only the machine itself can reach.
    ///
    /// # Errors
    /// [`crate::requester::NotAuthenticated`].
    pub fn authenticate_local(
        &self,
        agency: &AgencyId,
    ) -> Result<Sender, crate::requester::NotAuthenticated> {
        Sender::local(&self.directory(), agency, self.now())
    }

    /// Reads a message and puts it in its lane, waiting while that is full. It stands behind whatever the same connection sent
    /// before.
    pub async fn submit_message(&self, door: &MessageDoor, bytes: &[u8]) -> Pending {
        let reading = hl7v2::message(bytes, &hl7v2::Limits::default(), 1);
        let mark = reading.header.as_ref().map(|header| MessageMark {
            key: header.key(),
            content: Digest::of(bytes),
        });
        let directory = self.directory();
        let content = reading
            .outcome
            .and_then(|events| match directory.agency(&door.agency) {
                Some(agency) if is_of_victim_service(agency, &events) => {
                    tracing::warn!(agency = %door.agency, "a message about a client of a victim service was refused");
                    Err(Fault::victim_service())
                }
                _ => Ok(events),
            });
        if let Err(fault) = &content {
            tracing::warn!(
                agency = %door.agency,
                rule = fault.rule.id,
                segment = fault.at.segment,
                field = fault.at.field,
                "a message was refused"
            );
        }
        let (sender, outcome) = oneshot::channel();
        // If the lane has ended, so has the channel of the outcome: the message is not stored.
        let _ = door
            .lane
            .send(Submitted {
                mark,
                content,
                outcome: sender,
            })
            .await;
        Pending {
            header: reading.header,
            outcome,
        }
    }

    /// Stores the messages of one agency, in their order, for as long as any may come.
    async fn run_lane(
        self: Arc<Self>,
        agency: AgencyId,
        mut come: mpsc::Receiver<Submitted>,
        senders: Senders,
    ) {
        let mut counted = Instant::now();
        let mut group = Vec::new();
        while come.recv_many(&mut group, TOGETHER).await > 0 {
            let until = Instant::now() + GATHERING;
            // The lane itself holds two: here, and where it is found.
            while group.len() < Arc::strong_count(&senders).saturating_sub(2).min(TOGETHER) {
                let room = TOGETHER - group.len();
                let more = tokio::time::timeout_at(until, come.recv_many(&mut group, room));
                if !matches!(more.await, Ok(1..)) {
                    break;
                }
            }
            let group = std::mem::take(&mut group);
            let (mut contents, mut waiting) = (Vec::new(), Vec::new());
            for submitted in group {
                contents.push((submitted.mark, submitted.content));
                waiting.push(submitted.outcome);
            }
            // In a task of its own, so that even a panic ends with this group. What it says may hold what was taken in: it
            // is not logged.
            let (gateway, of) = (Arc::clone(&self), agency.clone());
            let count = waiting.len();
            let storing = tokio::spawn(async move { gateway.take_group(&of, contents).await });
            let outcomes = storing.await.unwrap_or_else(|_| {
                tracing::error!("taking in messages panicked");
                vec![Outcome::NotStored; count]
            });
            for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
                // Whoever has hung up sends it again, and is told then.
                let _ = waiting.send(outcome);
            }
            if counted.elapsed() > COUNTING {
                counted = Instant::now();
                self.count_people().await;
            }
        }
    }

    /// Stores what is new of some messages, and says what became of each.
    async fn take_group(self: &Arc<Self>, agency: &AgencyId, group: Vec<Content>) -> Vec<Outcome> {
        let now = self.now();
        let mut outcomes = vec![Outcome::NotStored; group.len()];
        // A registration that has ended since the connection was made has ended.
        let directory = self.directory();
        let Some(agency) = directory.exchanging(agency, now) else {
            return outcomes;
        };
        let marks: Vec<MessageMark> = group.iter().filter_map(|(mark, _)| mark.clone()).collect();
        let since = now.plus_seconds(-REMEMBERED_SECONDS);
        let Ok(known) = self.records().repetitions(&agency.id, &marks, since).await else {
            return outcomes;
        };
        let mut known = known.into_iter();
        let mut news = News::default();
        let mut refused = 0;
        for (at, (mark, content)) in group.into_iter().enumerate() {
            let repetition = mark.as_ref().and_then(|_| known.next());
            let outcome = match (content, mark, repetition) {
                (Err(fault), ..) => Some(Outcome::Refused(fault)),
                (Ok(_), Some(_), Some(Repetition::Same)) => Some(Outcome::Stored),
                (Ok(_), Some(_), Some(Repetition::Other)) => Some(Outcome::Refused(Fault::other_content())),
                (Ok(events), Some(mark), _) => news.add(at, mark, events).map(Outcome::Refused),
                // A message that could be read has a header.
                (Ok(_), None, _) => Some(Outcome::NotStored),
            };
            if let Some(outcome) = outcome {
                refused += u64::from(matches!(outcome, Outcome::Refused(_)));
                if let Some(slot) = outcomes.get_mut(at) {
                    *slot = outcome;
                }
            }
        }
        if news.0.is_empty() {
            if refused > 0 && self.log_refused(agency, &marks, refused).await.is_err() {
                tracing::error!("the refusal of messages could not be recorded");
            }
            return outcomes;
        }
        let stored = self.store_news(agency, news.0, refused).await;
        for (at, outcome) in stored {
            if let Some(slot) = outcomes.get_mut(at) {
                *slot = outcome;
            }
        }
        outcomes
    }

    async fn log_refused(
        &self,
        agency: &Agency,
        marks: &[MessageMark],
        refused: u64,
    ) -> Result<(), DoorClosed> {
        let push = self.new_group(agency, marks.iter())?;
        let counts = IntakeCounts {
            refused,
            ..IntakeCounts::default()
        };
        self.log_ingest(EntryKind::IngestRefused, &push, counts).await
    }

    /// Stores messages together, or one by one if that is refused for a fault in what is on file of one, or for what some of
    /// them take away. Returns what became of those that are durable, and of those that wait for a person.
    async fn store_news(
        self: &Arc<Self>,
        agency: &Agency,
        news: Vec<New>,
        refused: u64,
    ) -> Vec<(usize, Outcome)> {
        let places = |news: &[New], outcome: Outcome| -> Vec<(usize, Outcome)> {
            let places = news.iter().flat_map(|new| new.places.iter().copied());
            places.map(|place| (place, outcome)).collect()
        };
        let together = news.len() > 1;
        match self.store_group(agency, news.clone(), refused).await {
            Ok(()) => return places(&news, Outcome::Stored),
            Err(NotTogether::Asks | NotTogether::Closed(DoorClosed::Fault)) if together => {}
            Err(NotTogether::Asks) => return places(&news, Outcome::Asks),
            Err(NotTogether::Closed(_)) => return Vec::new(),
        }
        let mut became = Vec::new();
        for new in news {
            let of = std::slice::from_ref(&new);
            match self.store_group(agency, vec![new.clone()], 0).await {
                Ok(()) => became.extend(places(of, Outcome::Stored)),
                Err(NotTogether::Asks) => became.extend(places(of, Outcome::Asks)),
                Err(NotTogether::Closed(_)) => {}
            }
        }
        became
    }

    async fn store_group(
        self: &Arc<Self>,
        agency: &Agency,
        news: Vec<New>,
        refused: u64,
    ) -> Result<(), NotTogether> {
        let (marks, events): (Vec<_>, Vec<_>) = news.into_iter().map(|new| (new.mark, new.events)).unzip();
        let mut push = self.new_group(agency, marks.iter())?;
        let given_up = Instant::now() + self.settings().turn_patience;
        let queue = self
            .imports()
            .queue(&agency.id)
            .ok_or(DoorClosed::AlreadyRunning)?;
        // Held until this push has ended.
        let Ok(_turn) = tokio::time::timeout_at(given_up, queue.lock()).await else {
            return Err(DoorClosed::AlreadyRunning.into());
        };
        if let Begun::Already(_) = self.begin_in_turn(&mut push, given_up).await? {
            return Ok(());
        }
        let _running = self.imports().begin(push.ingest.id);
        let (gateway, ingest, of) = (Arc::clone(self), push.ingest.clone(), agency.clone());
        let events = events.into_iter().flatten().collect();
        let staging = tokio::spawn(async move { gateway.stage_group(&of, &ingest, events, &marks).await });
        let staged = staging.await.unwrap_or_else(|_| {
            tracing::error!("taking in messages panicked");
            Err(DoorClosed::Fault)
        });
        let weighed = match staged {
            Ok(counts) => deletions::weigh(self.records(), &push.ingest, None, Some(&self.lanes().counted))
                .await
                .map(|weighed| (counts, weighed))
                .map_err(DoorClosed::from),
            Err(closed) => Err(closed),
        };
        let published = match weighed {
            Ok((_, Weighed::Asks(report))) => {
                self.let_wait(&push, &report).await;
                Err(NotTogether::Asks)
            }
            Ok((counts, _)) => {
                let counts = IntakeCounts { refused, ..counts };
                let report = serde_json::json!({ "counts": counts });
                let published = self.publish(&push, counts, &report).await;
                published.map_err(NotTogether::Closed)
            }
            Err(closed) => {
                self.undo(&push.ingest, IngestState::Failed, &serde_json::Value::Null)
                    .await;
                Err(closed.into())
            }
        };
        self.imports().end(push.ingest.id);
        published
    }

    /// Undoes what a person is to be asked about. That it waits is recorded, but not each time that it is sent again.
    async fn let_wait(&self, push: &Push, report: &serde_json::Value) {
        let now = push.ingest.received_at;
        tracing::warn!(agency = %push.ingest.source, "messages that take much away wait for a person");
        let told_lately = {
            let mut asked = (self.lanes().asked.lock()).unwrap_or_else(PoisonError::into_inner);
            let last = asked.get(&push.ingest.source).copied();
            let lately = last.is_some_and(|last| now < last.plus_seconds(ASKED_SECONDS));
            if !lately {
                asked.insert(push.ingest.source.clone(), now);
            }
            lately
        };
        if told_lately {
            let report = serde_json::json!({ "findings": report });
            self.undo(&push.ingest, IngestState::Refused, &report).await;
        } else {
            self.turn_back(push, report).await;
        }
    }

    async fn stage_group(
        &self,
        agency: &Agency,
        ingest: &NewIngest,
        events: Vec<Event>,
        marks: &[MessageMark],
    ) -> Result<IntakeCounts, DoorClosed> {
        let thresholds = self.thresholds();
        let mut intake = Intake::new(
            self.records(),
            self.clock(),
            self.entropy(),
            &thresholds,
            agency,
            ingest.id,
        );
        let not_taken = |error: crate::intake::IntakeError| {
            tracing::error!(%error, "messages could not be taken in");
            match error {
                crate::intake::IntakeError::Store(error) => DoorClosed::from(error),
                crate::intake::IntakeError::Entropy(_) => DoorClosed::Unavailable,
            }
        };
        let mut standing = Standing::default();
        let merges_left = intake.lay_over(&mut standing, events).await.map_err(not_taken)?;
        let mut records = standing.into_records();
        victims::without_their_clients(agency, &mut records);
        let mut counts = intake.take(records).await.map_err(not_taken)?;
        counts.merges_left = merges_left;
        intake.keep_merges().await.map_err(not_taken)?;
        let forget_before = ingest.received_at.plus_seconds(-REMEMBERED_SECONDS);
        self.records()
            .keep_marks(ingest.id, &agency.id, marks, ingest.received_at, forget_before)
            .await?;
        Ok(counts)
    }

    fn new_group<'m>(
        &self,
        agency: &Agency,
        marks: impl Iterator<Item = &'m MessageMark>,
    ) -> Result<Push, DoorClosed> {
        let contents: Vec<&[u8]> = marks.map(|mark| mark.content.as_bytes().as_slice()).collect();
        let received = Digest::of_parts(&contents);
        let now: Timestamp = self.now();
        let ingest = NewIngest {
            id: IngestId::generate(self.clock(), self.entropy()).map_err(|_| DoorClosed::Fault)?,
            source: agency.id.clone(),
            kind: IngestKind::Hl7V2Messages,
            // Never that of the group before: what was in that one is known by its marks. After a week the same messages
            // are new ones.
            digest: Digest::of_parts(&[received.as_bytes(), &now.as_micros().to_be_bytes()]),
            received_at: now,
        };
        Ok(Push {
            ingest,
            received,
            meant_by: None,
            older_by: None,
        })
    }
}

/// Whether any of it comes from a programme that is registered as a victim service.
fn is_of_victim_service(agency: &Agency, events: &[Event]) -> bool {
    let mut programmes = events.iter().flat_map(Event::programmes);
    programmes.any(|programme| agency.is_victim_service_programme(programme))
}

/// A message that was not taken in before, and where in its group it stands: more than once, if it came more than once.
#[derive(Clone)]
struct New {
    places: Vec<usize>,
    mark: MessageMark,
    events: Vec<Event>,
}

/// The new messages of a group.
#[derive(Default)]
struct News(Vec<New>);

impl News {
    /// Adds a message, unless another has taken its control id.
    fn add(&mut self, at: usize, mark: MessageMark, events: Vec<Event>) -> Option<Fault> {
        if let Some(same) = self.0.iter_mut().find(|new| new.mark.key == mark.key) {
            if same.mark.content != mark.content {
                return Some(Fault::other_content());
            }
            same.places.push(at);
            return None;
        }
        self.0.push(New {
            places: vec![at],
            mark,
            events,
        });
        None
    }
}
