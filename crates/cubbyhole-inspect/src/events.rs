//! Server-sent events, as the body of a response.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use http_body::{Body, Frame};
use serde::Serialize;
use tokio::sync::watch::Receiver;

use crate::feed::Latest;
use crate::guard::Permit;

/// The events of one who watches: the first one at once, then whatever is the latest when there is room for it.
///
/// It ends when the inspector does, or is told to, or when who watches may not any more.
pub(crate) struct Events {
    first: Option<Bytes>,
    next: Next,
}

/// The next event, and what the one after it takes.
type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Receiver<Latest>, Permit)>> + Send>>;

impl Events {
    pub(crate) fn new(first: Bytes, feed: Receiver<Latest>, permit: Permit) -> Self {
        Self {
            first: Some(first),
            next: Box::pin(next(feed, permit)),
        }
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some((event, feed, permit)) = ready!(self.next.as_mut().poll(context)) else {
            self.next = Box::pin(std::future::ready(None));
            return Poll::Ready(None);
        };
        self.next = Box::pin(next(feed, permit));
        Poll::Ready(Some(Ok(Frame::data(event))))
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

async fn next(
    mut feed: Receiver<Latest>,
    permit: Permit,
) -> Option<(Bytes, Receiver<Latest>, Permit)> {
    loop {
        feed.changed().await.ok()?;
        let latest = feed.borrow_and_update().clone();
        match latest {
            Latest::Nothing => {}
            Latest::Event(_) if !permit.holds() => return None,
            Latest::Event(event) => return Some((event, feed, permit)),
            Latest::Closed => return None,
        }
    }
}

/// Returns a snapshot as an event: one line, since JSON has no line breaks in its texts.
pub(crate) fn event(data: &impl Serialize) -> Option<Bytes> {
    let data = serde_json::to_string(data).ok()?;
    Some(format!("event: snapshot\ndata: {data}\n\n").into())
}
