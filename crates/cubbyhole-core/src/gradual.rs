//! A hash table that never pauses to grow: it moves a few entries at a time.

mod segments;

use hashbrown::HashTable;

use crate::table_hash;
use segments::Segments;

/// A hash table of entries that know the 32-bit [hash](crate::HashedKey::hash) of their key, without long operations.
///
/// A table that doubles moves everything it holds in the one insertion that finds it full: milliseconds, once it
/// holds a million entries. This one is a single [`HashTable`] up to some hundreds of entries. Then it is many of the
/// same size, and grows by splitting one of them in two and shrinks by merging two into one (linear hashing). An
/// insertion or a removal then moves 16 entries at most, of the table that is being split or merged. Nothing that is
/// allocated or freed is larger than one such table, but for the list of them.
///
/// A hit looks at one table, or at two if the entry is yet to be moved. A miss looks at two while something is moved.
///
/// ```
/// use cubbyhole_core::{GradualTable, HashedKey};
///
/// let hash_of = |word: &String| HashedKey::new(word).hash();
/// let mut words = GradualTable::new();
/// for word in ["one", "two", "three"].map(str::to_owned) {
///     words.insert_unique(hash_of(&word), word, hash_of);
/// }
/// let hash = HashedKey::new("two").hash();
/// assert!(words.find(hash, |word| word == "two").is_some());
/// assert!(words.remove(hash, |word| word == "two", hash_of).is_some());
/// assert_eq!(words.len(), 2);
/// ```
#[derive(Debug)]
pub struct GradualTable<T>(Tables<T>);

#[derive(Debug)]
enum Tables<T> {
    One(HashTable<T>),
    Many(Box<Segments<T>>),
}

impl<T> GradualTable<T> {
    /// Makes an empty table. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Tables::One(HashTable::new()))
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Tables::One(table) => table.len(),
            Tables::Many(segments) => segments.len(),
        }
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns for about how many entries there is memory. O(n / 1000).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.tables().map(HashTable::capacity).sum()
    }

    /// Finds the entry of this hash that `is` the one.
    #[inline(always)] // Part of a hit, and with `is` known it is short.
    pub fn find(&self, hash: u32, mut is: impl FnMut(&T) -> bool) -> Option<&T> {
        let hash = table_hash(hash);
        let (mut table, mut rest) = match &self.0 {
            Tables::One(table) => (table, None),
            Tables::Many(segments) => (segments.table(hash), Some(segments)),
        };
        // A loop, so that the code to search a table is here once.
        loop {
            let found = table.find(hash, &mut is);
            if found.is_some() {
                return found;
            }
            table = rest.take()?.former()?;
        }
    }

    /// Finds the entry of this hash that `is` the one, to be changed. Its hash MUST stay.
    #[inline]
    pub fn find_mut(&mut self, hash: u32, is: impl FnMut(&T) -> bool) -> Option<&mut T> {
        let hash = table_hash(hash);
        match &mut self.0 {
            Tables::One(table) => table.find_mut(hash, is),
            Tables::Many(segments) => segments.find_mut(hash, is),
        }
    }

    /// Adds an entry whose key MUST NOT be there yet. `hash_of` gives the hash of any entry.
    #[inline(always)] // Short: the many tables are out of line.
    pub fn insert_unique(&mut self, hash: u32, entry: T, hash_of: impl Fn(&T) -> u32) {
        let hash = table_hash(hash);
        match &mut self.0 {
            Tables::One(table) => {
                table.insert_unique(hash, entry, |other| table_hash(hash_of(other)));
                if table.len() > Segments::<T>::FULL {
                    let segments = Segments::split(std::mem::take(table));
                    self.0 = Tables::Many(Box::new(segments));
                }
            }
            Tables::Many(segments) => segments.insert_unique(hash, entry, hash_of),
        }
    }

    /// Removes the entry of this hash that `is` the one. `hash_of` gives the hash of any other entry.
    ///
    /// Memory is given back when three quarters are unused.
    #[inline(always)] // As `insert_unique`.
    pub fn remove(
        &mut self,
        hash: u32,
        is: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u32,
    ) -> Option<T> {
        let hash = table_hash(hash);
        match &mut self.0 {
            Tables::One(table) => {
                let (entry, _) = table.find_entry(hash, is).ok()?.remove();
                shrink(table, hash_of);
                Some(entry)
            }
            Tables::Many(segments) => {
                let entry = segments.remove(hash, is, hash_of)?;
                if segments.len() == 0 {
                    self.0 = Tables::One(HashTable::new());
                } else if let Some(table) = segments.take_only() {
                    self.0 = Tables::One(table);
                }
                Some(entry)
            }
        }
    }

    /// Returns all entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.tables().flatten()
    }

    /// Removes all entries and returns them, in no particular order. O(n) to consume.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        let (table, tables) = match std::mem::take(self).0 {
            Tables::One(table) => (table, Vec::new()),
            Tables::Many(segments) => segments.into_tables(),
        };
        table.into_iter().chain(tables.into_iter().flatten())
    }

    /// Verifies that every entry is where it is looked for, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check(&self, hash_of: impl Fn(&T) -> u32) -> Result<(), String> {
        if self.is_empty() && self.capacity() > 0 {
            return Err("an empty table holds on to memory".to_owned());
        }
        match &self.0 {
            Tables::One(_) => Ok(()),
            Tables::Many(segments) => segments.check(hash_of),
        }
    }

    fn tables(&self) -> impl Iterator<Item = &HashTable<T>> {
        let (table, tables) = match &self.0 {
            Tables::One(table) => (table, [].as_slice()),
            Tables::Many(segments) => segments.tables(),
        };
        tables.iter().chain([table])
    }
}

impl<T> Default for GradualTable<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives memory back if three quarters are unused; there are some hundreds of entries to move at most.
fn shrink<T>(table: &mut HashTable<T>, hash_of: impl Fn(&T) -> u32) {
    let len = table.len();
    if len == 0 {
        *table = HashTable::new();
    } else if table.capacity() > 16 && len < table.capacity() / 4 {
        table.shrink_to(len * 2, |entry| table_hash(hash_of(entry)));
    }
}

#[cfg(test)]
mod tests;
