//! What a refused request still wanted to say is read to its end, so that the answer is heard.
//!
//! In HTTP/2 an answer to a request that was not read to its end is followed by a reset of the stream, and some clients
//! then show a broken stream instead of the answer, for instance instead of 401.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Version};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// How much is read to be thrown away.
const MOST: usize = 16 << 20;

/// Where a body comes back to when its reader lets go of it early.
#[derive(Debug, Default)]
pub(super) struct Unread(Arc<Mutex<Option<Incoming>>>);

/// A request's body, which goes back to its [`Unread`] if it is dropped before its end.
#[derive(Debug)]
pub(super) struct Lent {
    body: Option<Incoming>,
    back: Arc<Mutex<Option<Incoming>>>,
}

impl Unread {
    /// Hands a body on to whoever will answer.
    pub(super) fn lend(&self, body: Incoming) -> axum::body::Body {
        axum::body::Body::new(Lent {
            body: Some(body),
            back: Arc::clone(&self.0),
        })
    }

    /// Reads and throws away, within limits, what nobody has read. Who was told to have been too slow is not waited for
    /// again, and in HTTP/1.1 what is announced as too large need not be sent.
    pub(super) async fn discard(self, version: Version, answered: StatusCode, patience: Duration) {
        if version != Version::HTTP_2 || answered == StatusCode::REQUEST_TIMEOUT {
            return;
        }
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(body) = left {
            discard(body, patience).await;
        }
    }
}

/// Reads a body and throws it away, within limits.
pub(super) async fn discard(mut body: Incoming, patience: Duration) {
    let discarding = async {
        let mut left = MOST;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _in_time = tokio::time::timeout(patience, discarding).await;
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        *self.back.lock().unwrap_or_else(PoisonError::into_inner) = unread;
    }
}
