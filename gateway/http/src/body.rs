//! A response body that tells the audit log how handing it over ended: all of it, or broken off.
//!
//! "Sent" means handed over to the connection, to the last byte. Whether the peer received it cannot be known here: what
//! was handed over counts as disclosed.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use gateway_exchange::disclose::Completion;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio_util::task::TaskTracker;

/// The bytes of a disclosure on their way out.
pub(crate) struct Sent {
    bytes: Full<Bytes>,
    length: u64,
    completion: Option<Completion>,
    after: TaskTracker,
}

impl Sent {
    pub(crate) fn new(bytes: Vec<u8>, completion: Completion, after: TaskTracker) -> Self {
        let length = bytes.len() as u64;
        Self {
            bytes: Full::new(Bytes::from(bytes)),
            length,
            completion: Some(completion),
            after,
        }
    }

    /// Records the end once. The entry is written in the background: what it completes is durable already.
    fn end(&mut self, sent: gateway_exchange::disclose::Sent) {
        if let Some(completion) = self.completion.take() {
            self.after.spawn(completion.record(sent));
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = Pin::new(&mut self.bytes).poll_frame(context);
        if self.bytes.is_end_stream() {
            let length = self.length;
            self.end(gateway_exchange::disclose::Sent::Whole(length));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.bytes.size_hint()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.end(gateway_exchange::disclose::Sent::BrokenOff(0));
    }
}
