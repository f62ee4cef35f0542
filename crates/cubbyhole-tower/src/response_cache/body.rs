//! The body of a response that came from the cache, or through it.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

/// A body that was kept, or what was read of one before it was found that it cannot be, and the rest.
pub struct CacheBody<B: Body> {
    read: VecDeque<Result<Frame<Bytes>, B::Error>>,
    rest: Option<Pin<Box<B>>>,
}

/// A body that was read in the hope to keep it.
pub(super) enum Collected<B: Body> {
    Whole(Bytes),
    /// It is too long, has trailers, or failed half-way.
    NotKept(CacheBody<B>),
}

impl<B: Body> CacheBody<B> {
    pub(super) fn whole(bytes: Bytes) -> Self {
        let frame = (!bytes.is_empty()).then(|| Ok(Frame::data(bytes)));
        Self {
            read: frame.into_iter().collect(),
            rest: None,
        }
    }

    pub(super) fn through(body: B) -> Self {
        Self {
            read: VecDeque::new(),
            rest: Some(Box::pin(body)),
        }
    }
}

/// Reads a body up to `limit` bytes.
pub(super) async fn collect<B>(body: B, limit: usize) -> Collected<B>
where
    B: Body<Data = Bytes>,
{
    let mut collected = CacheBody::through(body);
    let mut length = 0;
    if collected.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Collected::NotKept(collected);
    }
    while let Some(rest) = &mut collected.rest {
        let Some(frame) = poll_fn(|cx| rest.as_mut().poll_frame(cx)).await else {
            return Collected::Whole(joined(collected.read));
        };
        let data = frame.as_ref().ok().and_then(Frame::data_ref);
        let more = data.map_or(usize::MAX, Bytes::len);
        collected.read.push_back(frame);
        length = more.saturating_add(length);
        if length > limit {
            break;
        }
    }
    Collected::NotKept(collected)
}

fn joined<E>(frames: VecDeque<Result<Frame<Bytes>, E>>) -> Bytes {
    let mut parts = frames
        .into_iter()
        .flatten()
        .filter_map(|frame| frame.into_data().ok());
    let first = parts.next().unwrap_or_default();
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return first;
    }
    let mut all = BytesMut::from(first);
    parts.for_each(|part| all.extend_from_slice(&part));
    all.freeze()
}

/// Nothing in it is pinned in place: the rest is in a box.
impl<B: Body> Unpin for CacheBody<B> {}

impl<B: Body<Data = Bytes>> Body for CacheBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(frame) = self.read.pop_front() {
            if frame.is_err() {
                self.rest = None;
            }
            return Poll::Ready(Some(frame));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let frame = ready!(rest.as_mut().poll_frame(cx));
        if frame.is_none() {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref();
        let rest = rest.map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let frames = self.read.iter().flatten().filter_map(Frame::data_ref);
        let read: u64 = frames
            .map(|data| u64::try_from(data.len()).unwrap_or(u64::MAX))
            .sum();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// An empty body.
impl<B: Body> Default for CacheBody<B> {
    fn default() -> Self {
        Self::whole(Bytes::new())
    }
}

impl<B: Body> fmt::Debug for CacheBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBody")
            .field("is_kept", &self.rest.is_none())
            .finish_non_exhaustive()
    }
}
