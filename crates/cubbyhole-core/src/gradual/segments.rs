//! Many hash tables of one size, of which one at a time is split in two, or two are merged into one.

use hashbrown::HashTable;

use crate::chunked::block_len;
use crate::table_hash;

/// Linear hashing: tables that are split one after the other, in the order of their numbers.
///
/// Some bits of a hash say to which table its entry belongs. When there are `base` tables, a power of two, and
/// they fill up, table 0 is split into two new ones, 0 and `base`, which differ in one more bit; then table 1, and so
/// on until there are twice as many. Shrinking is the reverse, but that the one of two that stays keeps its entries.
///
/// The table that goes becomes the `former` one, and its entries move to where they belong now a few at a time. The next
/// split or merge does not begin before it is empty.
#[derive(Debug)]
pub(super) struct Segments<T> {
    /// Two or more, or one from when the last merge ends until the next removal.
    tables: Vec<HashTable<T>>,
    /// Entries on their way. None is ever added here, so each stays in its bucket until it moves.
    former: HashTable<T>,
    /// The bucket of `former` before which all are empty.
    bucket: usize,
    len: usize,
    /// All the bits that the numbers of the tables have.
    mask: usize,
}

impl<T> Segments<T> {
    /// How many buckets a table has.
    const BUCKETS: usize = block_len(size_of::<T>());

    /// How many entries a table holds before it is split. A [`HashTable`] doubles when seven eighths of its buckets are
    /// taken; the rest of that is for what comes while others are split first, and for chance: one table in a thousand
    /// doubles nevertheless, until it is split, too.
    pub(super) const FULL: usize = Self::BUCKETS / 32 * 23;

    /// How many entries come between two splits: an eighth more than it takes to move the entries of one table.
    const BETWEEN_SPLITS: usize = Self::BUCKETS / AT_A_TIME * 9 / 8;

    /// With how few entries for each table two are merged.
    const SPARSE: usize = Self::FULL / 4;

    /// Begins to split the only table there is.
    #[cold]
    pub(super) fn split(table: HashTable<T>) -> Self {
        let mut segments = Self {
            len: table.len(),
            tables: vec![table],
            former: HashTable::new(),
            bucket: 0,
            mask: 0,
        };
        segments.split_next();
        segments
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the former table and the others.
    pub(super) fn tables(&self) -> (&HashTable<T>, &[HashTable<T>]) {
        (&self.former, &self.tables)
    }

    /// Returns the former table and the others.
    pub(super) fn into_tables(self) -> (HashTable<T>, Vec<HashTable<T>>) {
        (self.former, self.tables)
    }

    /// Returns the table to which a hash belongs.
    #[inline]
    pub(super) fn table(&self, hash: u64) -> &HashTable<T> {
        &self.tables[self.number(hash)]
    }

    /// Returns the table of the entries that are yet to move, if there are any.
    #[inline]
    pub(super) fn former(&self) -> Option<&HashTable<T>> {
        (!self.former.is_empty()).then_some(&self.former)
    }

    pub(super) fn find_mut(&mut self, hash: u64, mut is: impl FnMut(&T) -> bool) -> Option<&mut T> {
        let number = self.number(hash);
        let table = &mut self.tables[number];
        match table.find_bucket_index(hash, &mut is) {
            Some(bucket) => table.get_bucket_mut(bucket),
            None if self.former.is_empty() => None,
            None => self.former.find_mut(hash, is),
        }
    }

    pub(super) fn insert_unique(&mut self, hash: u64, entry: T, hash_of: impl Fn(&T) -> u32) {
        self.put(hash, entry, &hash_of);
        self.len += 1;
        self.move_some(hash_of);
        if self.len > self.room() && self.former.is_empty() {
            self.split_next();
        }
    }

    pub(super) fn remove(
        &mut self,
        hash: u64,
        mut is: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u32,
    ) -> Option<T> {
        let number = self.number(hash);
        let (entry, _) = match self.tables[number].find_entry(hash, &mut is) {
            Ok(found) => found.remove(),
            Err(_) => self.former.find_entry(hash, is).ok()?.remove(),
        };
        if self.former.is_empty() {
            self.former = HashTable::new();
        }
        self.len -= 1;
        self.move_some(hash_of);
        let count = self.tables.len();
        if self.len < count * Self::SPARSE && count > 1 && self.former.is_empty() {
            self.merge_last();
        }
        Some(entry)
    }

    /// Takes the table out if it is the only one left.
    pub(super) fn take_only(&mut self) -> Option<HashTable<T>> {
        if self.tables.len() > 1 || !self.former.is_empty() {
            return None;
        }
        self.tables.pop()
    }

    pub(super) fn check(&self, hash_of: impl Fn(&T) -> u32) -> Result<(), String> {
        let count = self.tables.len();
        let settled: usize = self.tables.iter().map(HashTable::len).sum();
        if settled + self.former.len() != self.len {
            return Err("the tables and the number of entries differ".to_owned());
        }
        if self.mask != mask(count) {
            return Err(format!("{count} tables, mask {}", self.mask));
        }
        for (number, table) in self.tables.iter().enumerate() {
            if table
                .iter()
                .any(|entry| self.number(table_hash(hash_of(entry))) != number)
            {
                return Err(format!("an entry of table {number} belongs elsewhere"));
            }
        }
        if (0..self.bucket).any(|bucket| self.former.get_bucket(bucket).is_some()) {
            return Err("an entry was not moved".to_owned());
        }
        if self.former.is_empty() && self.former.capacity() > 0 {
            return Err("an empty table holds on to memory".to_owned());
        }
        Ok(())
    }

    /// Returns the number of the table to which a hash belongs.
    #[inline]
    fn number(&self, hash: u64) -> usize {
        let number = (hash >> UNUSED) as usize & self.mask;
        if number < self.tables.len() {
            number
        } else {
            number & (self.mask >> 1) // Its table has not been split yet.
        }
    }

    /// Returns how many tables there were, or will be, when none has been split: a power of two.
    const fn base(&self) -> usize {
        1 << self.tables.len().ilog2()
    }

    /// Returns how many entries there may be before the next table is split.
    const fn room(&self) -> usize {
        let base = self.base();
        base * Self::FULL + (self.tables.len() - base) * Self::BETWEEN_SPLITS
    }

    fn put(&mut self, hash: u64, entry: T, hash_of: impl Fn(&T) -> u32) {
        let number = self.number(hash);
        self.tables[number].insert_unique(hash, entry, |other| table_hash(hash_of(other)));
    }

    /// Moves the entries of the next few buckets to where they belong.
    #[inline]
    fn move_some(&mut self, hash_of: impl Fn(&T) -> u32) {
        if self.former.is_empty() {
            return;
        }
        let end = self.bucket + AT_A_TIME;
        for bucket in self.bucket..end {
            if let Ok(found) = self.former.get_bucket_entry(bucket) {
                let (entry, _) = found.remove();
                self.put(table_hash(hash_of(&entry)), entry, &hash_of);
            }
        }
        self.bucket = end;
        if self.former.is_empty() {
            self.set_former(HashTable::new());
        }
    }

    #[cold]
    fn split_next(&mut self) {
        let number = self.tables.len() - self.base();
        self.tables.push(Self::empty_table());
        let former = std::mem::replace(&mut self.tables[number], Self::empty_table());
        self.set_former(former);
    }

    #[cold]
    fn merge_last(&mut self) {
        let former = self.tables.pop().unwrap_or_default();
        if self.tables.len() < self.tables.capacity() / 4 {
            self.tables.shrink_to(self.tables.len() * 2);
        }
        self.set_former(former);
    }

    fn set_former(&mut self, former: HashTable<T>) {
        if former.is_empty() {
            self.former = HashTable::new();
        } else {
            self.former = former;
        }
        self.bucket = 0;
        self.mask = mask(self.tables.len());
    }

    fn empty_table() -> HashTable<T> {
        HashTable::with_capacity(Self::BUCKETS / 8 * 7)
    }
}

const fn mask(tables: usize) -> usize {
    tables.next_power_of_two() - 1
}

/// How many bits of a hash are left to the tables, which take their positions from the lowest. The next ones depend on
/// all bits of the hash of a key; its own lowest are not as even as they seem, with some seeds of the hasher.
const UNUSED: u32 = 16;

/// How many buckets one operation empties at most.
const AT_A_TIME: usize = if cfg!(test) { 8 } else { 16 };
