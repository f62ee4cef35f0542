//! The latest snapshot, for all who watch.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::watch;

/// The latest snapshot as it is sent. Whoever is too slow for one gets the next: none is kept for them.
#[derive(Debug)]
pub(crate) struct Feed(watch::Sender<Latest>);

/// What there is to send.
#[derive(Clone, Debug)]
pub(crate) enum Latest {
    /// Nothing since the stream began.
    Nothing,
    Event(Bytes),
    /// Nothing more.
    Closed,
}

impl Feed {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Latest::Nothing)))
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Sends an event to all who watch.
    pub(crate) fn send(&self, event: Bytes) {
        self.0.send_if_modified(|latest| {
            let open = !matches!(latest, Latest::Closed);
            if open {
                *latest = Latest::Event(event);
            }
            open
        });
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(Latest::Closed);
    }

    /// Begins to watch what comes from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Latest> {
        let mut receiver = self.0.subscribe();
        if matches!(*receiver.borrow(), Latest::Closed) {
            receiver.mark_changed();
        }
        receiver
    }
}
