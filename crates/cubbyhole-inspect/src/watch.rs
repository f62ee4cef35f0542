//! Watching a store: a snapshot at a time, as long as the inspector is there.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use cubbyhole_store::{CacheStore, StoreStats};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::events::{Events, event};
use crate::feed::Feed;
use crate::guard::Permit;
use crate::history::History;
use crate::redaction::Redaction;
use crate::snapshot::Snapshot;
use crate::taking;

/// A store, and what may be shown of it.
pub(crate) struct View {
    pub(crate) store: CacheStore,
    pub(crate) redaction: Redaction,
    pub(crate) refresh: Duration,
    pub(crate) has_actions: bool,
}

impl View {
    /// Takes a snapshot, without a past.
    pub(crate) fn snapshot(&self, at: Duration) -> Snapshot {
        self.snapshot_of(&self.store.stats(), at)
    }

    fn snapshot_of(&self, stats: &StoreStats, at: Duration) -> Snapshot {
        let in_flight = taking::in_flight(&self.store);
        Snapshot {
            at: at.as_secs_f64(),
            refresh: self.refresh.as_secs_f64(),
            has_actions: self.has_actions,
            entries: taking::entries(stats, &in_flight),
            in_flight: taking::flights(&in_flight, &self.redaction),
            in_flight_total: in_flight.len(),
            tiers: taking::tiers(&self.store),
            past: Vec::new(),
        }
    }
}

/// A store that is watched.
pub(crate) struct Watch {
    view: View,
    began: Instant,
    feed: Arc<Feed>,
    history: Mutex<History>,
    /// The task that takes snapshots, as long as its runtime runs.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Watch {
    pub(crate) fn new(view: View, feed: Arc<Feed>) -> Arc<Self> {
        let watch = Arc::new(Self {
            view,
            began: Instant::now(),
            feed,
            history: Mutex::default(),
            task: Mutex::default(),
        });
        watch.begin();
        watch
    }

    pub(crate) const fn view(&self) -> &View {
        &self.view
    }

    /// Begins to take snapshots, if there is a runtime and no task does it.
    pub(crate) fn begin(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(runtime.spawn(watch(Arc::downgrade(self), self.view.refresh)));
        }
    }

    /// Takes a snapshot, with its past.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let past = history.moments();
        drop(history);
        Snapshot { past, ..self.now() }
    }

    /// Begins a stream of events with the past, for as long as it is permitted.
    pub(crate) fn events(&self, permit: Permit) -> Events {
        // First: what comes while the snapshot is taken is in neither else.
        let feed = self.feed.watch();
        let first = event(&self.snapshot()).unwrap_or_default();
        Events::new([RETRY, &first].concat().into(), feed, permit)
    }

    fn now(&self) -> Snapshot {
        self.view.snapshot(self.began.elapsed())
    }

    /// Notes what is now, and tells whoever watches.
    fn look(&self) {
        let (stats, at) = (self.view.store.stats(), self.began.elapsed());
        self.history
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .note(taking::moment(at, &stats));
        if self.feed.is_watched()
            && let Some(event) = event(&self.view.snapshot_of(&stats, at))
        {
            self.feed.send(event);
        }
    }
}

/// Looks at the store every so often, until nobody has the inspector any more.
async fn watch(watch: Weak<Watch>, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(watch) = watch.upgrade() else {
            return;
        };
        watch.look();
    }
}

/// How soon a browser comes back when its stream ends, in milliseconds.
const RETRY: &[u8] = b"retry: 2000\n";
