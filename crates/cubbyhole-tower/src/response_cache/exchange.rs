//! A request on its way to the service, and what comes back to whoever sent it.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::CacheBody;
use super::cached::CachedResponse;

/// What the task that answers a request and the task that computes a response for many hand to each other.
///
/// The computation is given the request, in case it is the one to run. What cannot be kept it leaves here, for the one
/// whose request it was.
pub(super) struct Exchange<S, Q, R: Body, E>(Mutex<Progress<S, Q, R, E>>);

pub(super) enum Progress<S, Q, R: Body, E> {
    /// The service, which is ready for one request, and the request.
    Unsent(S, Request<Q>),
    /// The computation has the request.
    Sent,
    /// The response cannot be kept by anybody.
    Through(Response<CacheBody<R>>),
    /// The response is kept.
    Kept(CachedResponse),
    Failed(E),
}

impl<S, Q, R: Body, E> Exchange<S, Q, R, E>
where
    S: Service<Request<Q>, Response = Response<R>, Error = E>,
{
    pub(super) const fn new(service: S, request: Request<Q>) -> Self {
        Self(Mutex::new(Progress::Unsent(service, request)))
    }

    pub(super) fn put(&self, progress: Progress<S, Q, R, E>) {
        // What was there is dropped when the lock is free.
        let _before = self.replace(progress);
    }

    /// Takes what is there. A request can be taken once.
    pub(super) fn take(&self) -> Progress<S, Q, R, E> {
        self.replace(Progress::Sent)
    }

    /// Whether this response is the one to our request.
    pub(super) fn made(&self, response: &CachedResponse) -> bool {
        match &*self.lock() {
            Progress::Kept(ours) => ours.is(response),
            _ => false,
        }
    }

    fn replace(&self, progress: Progress<S, Q, R, E>) -> Progress<S, Q, R, E> {
        mem::replace(&mut self.lock(), progress)
    }

    fn lock(&self) -> MutexGuard<'_, Progress<S, Q, R, E>> {
        // Nothing panics under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
