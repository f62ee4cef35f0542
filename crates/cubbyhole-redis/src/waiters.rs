//! Who waits for what happens to a key: those whose answer is brought by somebody else, and every read on its way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cubbyhole_core::TierLanding;
use hashbrown::HashMap;
use tokio::sync::oneshot;

use crate::place::Digest;

/// The waiters of one node.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    keys: HashMap<(Digest, Box<str>), Vec<Waiter>>,
    begun: u64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    landing: oneshot::Sender<TierLanding>,
}

/// A place among those who wait.
#[derive(Debug)]
pub(crate) struct Ticket {
    number: u64,
    cell: Digest,
    key: Box<str>,
    pub(crate) landing: oneshot::Receiver<TierLanding>,
}

impl Ticket {
    /// Says whether something has happened to the key since the ticket was taken.
    pub(crate) fn is_called(&mut self) -> bool {
        !matches!(
            self.landing.try_recv(),
            Err(oneshot::error::TryRecvError::Empty)
        )
    }
}

impl Waiters {
    pub(crate) fn wait(&self, cell: Digest, key: &str) -> Ticket {
        let (sender, landing) = oneshot::channel();
        let key: Box<str> = key.into();
        let mut waiting = self.waiting();
        waiting.begun += 1;
        let number = waiting.begun;
        let waiter = Waiter {
            number,
            landing: sender,
        };
        let waiters = waiting.keys.entry((cell, key.clone())).or_default();
        waiters.push(waiter);
        Ticket {
            number,
            cell,
            key,
            landing,
        }
    }

    pub(crate) fn give_up(&self, ticket: &mut Ticket) {
        let place = (ticket.cell, std::mem::take(&mut ticket.key));
        let mut waiting = self.waiting();
        if let Some(waiters) = waiting.keys.get_mut(&place) {
            waiters.retain(|waiter| waiter.number != ticket.number);
            if waiters.is_empty() {
                waiting.keys.remove(&place);
            }
        }
    }

    /// Tells all who wait for a key what has become of it.
    pub(crate) fn wake(&self, cell: Digest, key: &str, landing: &TierLanding) {
        let woken = self.waiting().keys.remove(&(cell, key.into()));
        tell(woken.into_iter().flatten(), landing);
    }

    /// Tells everybody to ask again.
    pub(crate) fn wake_all(&self) {
        let woken = std::mem::take(&mut self.waiting().keys);
        tell(woken.into_values().flatten(), &TierLanding::AskAgain);
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().keys.is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(waiters: impl Iterator<Item = Waiter>, landing: &TierLanding) {
    for waiter in waiters {
        // Whoever has given up is not told.
        let _ = waiter.landing.send(landing.clone());
    }
}

#[cfg(test)]
mod tests {
    use cubbyhole_core::TierLanding;

    use super::Waiters;

    #[test]
    fn those_who_wait_for_a_key_are_called_and_nobody_else() {
        let waiters = Waiters::default();
        let [mut one, mut other] = ["a", "b"].map(|key| waiters.wait([0; 16], key));
        assert!(!one.is_called());
        waiters.wake([0; 16], "a", &TierLanding::Failed("why".to_owned()));
        waiters.wake([1; 16], "b", &TierLanding::AskAgain);
        assert!(one.is_called() && !other.is_called());
        waiters.wake_all();
        assert!(other.is_called());
    }

    #[test]
    fn nothing_is_left_of_those_who_gave_up() {
        let waiters = Waiters::default();
        let mut tickets = [(); 3].map(|()| waiters.wait([0; 16], "a"));
        for ticket in &mut tickets {
            waiters.give_up(ticket);
        }
        assert!(waiters.is_empty());
    }
}
