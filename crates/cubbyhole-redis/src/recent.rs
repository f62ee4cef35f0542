//! Messages that come by several ways, once each.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;

use crate::token::Token;

/// How many messages are remembered. Copies of one follow each other closely.
const MOST: usize = 8192;

/// The messages that were heard last.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    set: HashSet<(u64, u64)>,
    order: VecDeque<(u64, u64)>,
}

impl Recent {
    /// Says whether a message is heard for the first time.
    pub(crate) fn is_new(&self, message: Token) -> bool {
        let id = (message.node, message.count);
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = heard.set.insert(id);
        if is_new {
            heard.order.push_back(id);
        }
        if heard.order.len() > MOST
            && let Some(oldest) = heard.order.pop_front()
        {
            heard.set.remove(&oldest);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Recent};
    use crate::token::Token;

    #[test]
    fn each_message_is_new_once_and_few_are_remembered() {
        let recent = Recent::default();
        let message = |count| Token { node: 1, count };
        assert!(recent.is_new(message(0)));
        assert!(!recent.is_new(message(0)));
        for count in 1..=MOST as u64 {
            assert!(recent.is_new(message(count)));
        }
        assert!(recent.is_new(message(0)), "forgotten by now");
        assert!(recent.0.lock().unwrap().set.len() <= MOST);
    }
}
