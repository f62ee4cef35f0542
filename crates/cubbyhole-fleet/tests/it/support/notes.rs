//! What one process has seen and done.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cubbyhole_fleet::now;

use super::history::{Event, What};

/// Versions that names have got.
pub(crate) type Changed = Vec<(String, u64)>;

/// The notes of one process.
#[derive(Debug)]
pub(crate) struct Notes {
    node: String,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    /// The last read of each text, and how many there were: an earlier one could be wrong in no other way.
    reads: BTreeMap<(String, String), (Duration, u64)>,
    changes: Vec<Event>,
}

impl Notes {
    pub(crate) fn new(node: &str) -> Self {
        Self {
            node: node.to_owned(),
            written: Mutex::default(),
        }
    }

    pub(crate) fn read(&self, name: String, text: String, began: Duration) {
        self.write(|written| {
            let (at, times) = written.reads.entry((name, text)).or_default();
            *at = began.max(*at);
            *times += 1;
        });
    }

    pub(crate) fn asked(&self, changed: &Changed) {
        self.changed(changed, |version| What::Asked { version });
    }

    pub(crate) fn told(&self, changed: &Changed) {
        self.changed(changed, |version| What::Told { version });
    }

    fn changed(&self, changed: &Changed, what: impl Fn(u64) -> What) {
        let at = now();
        let events = changed
            .iter()
            .map(|(name, version)| self.event(at, name.clone(), what(*version)));
        self.write(|written| written.changes.extend(events));
    }

    fn event(&self, at: Duration, name: String, what: What) -> Event {
        let node = self.node.clone();
        Event {
            node,
            at,
            name,
            what,
        }
    }

    fn write(&self, write: impl FnOnce(&mut Written)) {
        write(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns everything, and begins anew.
    pub(crate) fn take(&self) -> Vec<Event> {
        let mut events = Vec::new();
        self.write(|written| {
            let reads = std::mem::take(&mut written.reads);
            let reads = reads.into_iter().map(|((name, text), (at, times))| {
                self.event(at, name, What::Read { text, times })
            });
            events.extend(reads);
            events.append(&mut written.changes);
        });
        events
    }
}
