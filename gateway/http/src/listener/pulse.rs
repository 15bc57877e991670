//! Whether a connection is still good for something: the time to its first request, between requests, and for one
//! answer to be taken.
//!
//! Time that a request takes to arrive or to be worked on is not counted here: those have limits of their own.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::ConnectionLimits;

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Pulse {
    beat: Mutex<Beat>,
    changed: Notify,
}

#[derive(Debug)]
struct Beat {
    /// Whether there was a request at all.
    asked: bool,
    /// Since when there has been none under way, if there is none.
    since: Instant,
    /// The requests under way: since when their answer has been going out, once it is.
    under_way: BTreeMap<u64, Option<Instant>>,
    next: u64,
}

/// A request under way; over when dropped.
#[derive(Debug)]
pub(super) struct UnderWay {
    pulse: Arc<Pulse>,
    number: u64,
}

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            beat: Mutex::new(Beat {
                asked: false,
                since: Instant::now(),
                under_way: BTreeMap::new(),
                next: 0,
            }),
            changed: Notify::new(),
        })
    }

    /// A request has arrived.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut beat = self.beat();
        let number = beat.next;
        beat.next += 1;
        beat.asked = true;
        beat.under_way.insert(number, None);
        drop(beat);
        self.changed.notify_one();
        UnderWay {
            pulse: Arc::clone(self),
            number,
        }
    }

    /// Returns when the peer has let one of the limits pass.
    pub(super) async fn stops(&self, limits: &ConnectionLimits) {
        loop {
            let changed = self.changed.notified();
            match self.deadline(limits) {
                None => changed.await,
                Some(deadline) => tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(deadline) => return,
                },
            }
        }
    }

    /// When the peer has to have done something; `None` while the gateway is at work.
    fn deadline(&self, limits: &ConnectionLimits) -> Option<Instant> {
        let beat = self.beat();
        if beat.under_way.is_empty() {
            let pause = if beat.asked { limits.idle } else { limits.headers };
            return Some(beat.since + pause);
        }
        let oldest_answer = beat.under_way.values().flatten().min()?;
        Some(*oldest_answer + limits.answer)
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    /// The answer is ready: from now on it is the peer's turn to take it.
    pub(super) fn answering(self, body: Body) -> Answering {
        self.pulse
            .beat()
            .under_way
            .insert(self.number, Some(Instant::now()));
        self.pulse.changed.notify_one();
        Answering {
            body,
            _under_way: self,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut beat = self.pulse.beat();
        beat.under_way.remove(&self.number);
        beat.since = Instant::now();
        drop(beat);
        self.pulse.changed.notify_one();
    }
}

/// The body of an answer on its way out.
#[derive(Debug)]
pub(super) struct Answering {
    body: Body,
    _under_way: UnderWay,
}

impl hyper::body::Body for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn limits() -> ConnectionLimits {
        ConnectionLimits {
            headers: Duration::from_secs(1),
            idle: Duration::from_secs(10),
            answer: Duration::from_secs(100),
            ..ConnectionLimits::default()
        }
    }

    fn seconds_left(pulse: &Pulse) -> Option<u64> {
        let deadline = pulse.deadline(&limits())?;
        Some((deadline - Instant::now()).as_secs_f64().round() as u64)
    }

    #[test]
    fn each_state_has_its_limit() {
        let pulse = Pulse::new();
        assert_eq!(seconds_left(&pulse), Some(1), "nothing was asked yet");
        let (first, second) = (pulse.begin(), pulse.begin());
        assert_eq!(seconds_left(&pulse), None, "the gateway is at work");
        let answer = first.answering(Body::empty());
        assert_eq!(seconds_left(&pulse), Some(100), "an answer waits to be taken");
        drop(answer);
        assert_eq!(seconds_left(&pulse), None);
        drop(second);
        assert_eq!(seconds_left(&pulse), Some(10), "between requests");
    }
}
