//! What was before, so that a page that is opened has a past to show.

use std::collections::VecDeque;

use crate::snapshot::Moment;

/// The latest moments, oldest first.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Moment>);

impl History {
    pub(crate) fn note(&mut self, moment: Moment) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(moment);
    }

    pub(crate) fn moments(&self) -> Vec<Moment> {
        self.0.iter().cloned().collect()
    }
}

/// How many moments are kept; the page shows as many.
pub(crate) const KEPT: usize = 120;
