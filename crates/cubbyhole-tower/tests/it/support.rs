//! People, entries, and bodies that watch who polls them.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::ScopeContext;
use cubbyhole_store::CachedRegistryEntry;
use cubbyhole_tower::ScopeLayer;
use http::Request;
use http_body::{Body, Frame};

/// What the authentication layer of a test sets.
#[derive(Clone)]
pub(crate) struct Account(pub(crate) String);

/// The layer under test, by account.
pub(crate) fn by_account() -> ScopeLayer {
    ScopeLayer::from_extension(|account: &Account| ScopeContext::new().user(account.0.as_str()))
}

pub(crate) fn request() -> Request<String> {
    Request::new(String::new())
}

pub(crate) fn request_of(name: &str) -> Request<String> {
    let mut request = request();
    request.extensions_mut().insert(Account(name.to_owned()));
    request
}

pub(crate) fn user(id: &str) -> ScopeContext {
    ScopeContext::anonymous().user(id)
}

/// The user and the session of the running code.
pub(crate) fn who() -> String {
    let context = ScopeContext::current();
    let text = |id: Option<&cubbyhole_scope::ScopeId>| {
        id.map_or("-".to_owned(), |id| id.as_str().to_owned())
    };
    format!("{}/{}", text(context.user_id()), text(context.session_id()))
}

pub(crate) fn entry(cache_type: CacheType) -> CachedRegistryEntry<String> {
    let policy = CachePolicy::lru(10).unwrap().with_cache_type(cache_type);
    CachedRegistryEntry::new("report", policy)
}

/// What was seen, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn note(&self, what: impl fmt::Display) {
        self.0.lock().unwrap().push(what.to_string());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Notes who drops it.
pub(crate) struct NotesDrop(pub(crate) Seen);

impl Drop for NotesDrop {
    fn drop(&mut self) {
        self.0.note(format_args!("drop {}", who()));
    }
}

/// A body of frames that say who polled them; it notes who drops it.
pub(crate) struct WatchedBody {
    left: u32,
    _drop: NotesDrop,
}

impl WatchedBody {
    pub(crate) fn new(frames: u32, seen: &Seen) -> Self {
        Self {
            left: frames,
            _drop: NotesDrop(seen.clone()),
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(format!("{};", who()))))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}
