//! Who is told what others change: the listeners of the cells that are open here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cubbyhole_core::CellListener;
use hashbrown::HashMap;

use crate::place::{CellName, Digest};

/// The listeners of one node.
#[derive(Debug, Default)]
pub(crate) struct Audience(Mutex<Rooms>);

#[derive(Debug, Default)]
struct Rooms {
    cells: HashMap<Digest, Room>,
    /// The open cells of each scope.
    scopes: HashMap<Digest, Vec<Digest>>,
    entered: u64,
}

struct Room {
    cell: Arc<CellName>,
    seats: Vec<Seat>,
}

/// Shows how many are in it.
impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room")
            .field("seats", &self.seats.len())
            .finish_non_exhaustive()
    }
}

struct Seat {
    number: u64,
    listener: Weak<dyn CellListener>,
}

impl Audience {
    /// Lets a listener in, and returns the number of its seat.
    pub(crate) fn enter(&self, cell: &Arc<CellName>, listener: Weak<dyn CellListener>) -> u64 {
        let mut rooms = self.rooms();
        rooms.entered += 1;
        let number = rooms.entered;
        if !rooms.cells.contains_key(&cell.digest) {
            rooms.open(cell);
        }
        if let Some(room) = rooms.cells.get_mut(&cell.digest) {
            room.seats.push(Seat { number, listener });
        }
        number
    }

    pub(crate) fn leave(&self, cell: &CellName, number: u64) {
        let mut rooms = self.rooms();
        let Some(room) = rooms.cells.get_mut(&cell.digest) else {
            return;
        };
        room.seats.retain(|seat| seat.number != number);
        if room.seats.is_empty() {
            rooms.close(cell);
        }
    }

    /// Returns the listeners of a cell, to be called when the lock is free.
    pub(crate) fn of_cell(&self, cell: Digest) -> Vec<Arc<dyn CellListener>> {
        let rooms = self.rooms();
        rooms.listeners(cell).collect()
    }

    /// Returns the listeners of all cells of a scope.
    pub(crate) fn of_scope(&self, scope: Digest) -> Vec<Arc<dyn CellListener>> {
        let rooms = self.rooms();
        let cells = rooms.scopes.get(&scope).into_iter().flatten();
        cells.flat_map(|&cell| rooms.listeners(cell)).collect()
    }

    /// Returns the open cells of a scope.
    pub(crate) fn cells_of(&self, scope: Digest) -> Vec<Arc<CellName>> {
        let rooms = self.rooms();
        let cells = rooms.scopes.get(&scope).into_iter().flatten();
        cells
            .filter_map(|cell| Some(Arc::clone(&rooms.cells.get(cell)?.cell)))
            .collect()
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        let rooms = self.rooms();
        rooms.cells.is_empty() && rooms.scopes.is_empty()
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rooms {
    fn open(&mut self, cell: &Arc<CellName>) {
        let room = Room {
            cell: Arc::clone(cell),
            seats: Vec::new(),
        };
        self.cells.insert(cell.digest, room);
        self.scopes.entry(cell.scope).or_default().push(cell.digest);
    }

    fn close(&mut self, cell: &CellName) {
        self.cells.remove(&cell.digest);
        if let Some(cells) = self.scopes.get_mut(&cell.scope) {
            cells.retain(|digest| *digest != cell.digest);
            if cells.is_empty() {
                self.scopes.remove(&cell.scope);
            }
        }
    }

    fn listeners(&self, cell: Digest) -> impl Iterator<Item = Arc<dyn CellListener>> {
        let seats = self.cells.get(&cell).map(|room| room.seats.iter());
        let seats = seats.into_iter().flatten();
        seats.filter_map(|seat| seat.listener.upgrade())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use cubbyhole_core::{CellEvent, CellListener, TierPlace, TierScope};
    use cubbyhole_policy::CacheType;

    use super::Audience;
    use crate::place::{CellName, Names};

    struct Deaf;

    impl CellListener for Deaf {
        fn hear(&self, _: CellEvent<'_>) {}
    }

    fn cell(uid: &str, id: &str) -> Arc<CellName> {
        let scope = TierScope {
            cache_type: CacheType::User,
            id,
        };
        let place = TierPlace {
            kind: "k",
            uid,
            scope,
        };
        Arc::new(Names::new("p", b"", false).cell(place))
    }

    #[test]
    fn listeners_are_found_by_cell_and_by_scope_until_they_leave() {
        let audience = Audience::default();
        let listener: Arc<dyn CellListener> = Arc::new(Deaf);
        let [one, two, other] = [cell("a", "u"), cell("b", "u"), cell("a", "v")];
        let seats =
            [&one, &one, &two, &other].map(|cell| audience.enter(cell, Arc::downgrade(&listener)));
        assert_eq!(audience.of_cell(one.digest).len(), 2);
        assert_eq!(audience.of_scope(one.scope).len(), 3);
        assert_eq!(audience.cells_of(one.scope).len(), 2);
        for (cell, seat) in [&one, &one, &two, &other].into_iter().zip(seats) {
            audience.leave(cell, seat);
        }
        assert!(audience.is_empty());
    }

    #[test]
    fn whoever_is_gone_is_not_told() {
        let audience = Audience::default();
        let cell = cell("a", "u");
        let gone: Weak<Deaf> = Weak::new();
        audience.enter(&cell, gone);
        assert!(audience.of_cell(cell.digest).is_empty());
    }
}
