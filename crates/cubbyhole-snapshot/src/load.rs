//! Reading a file, all of it, before anything of it is put into the store.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::StoreKey;

use crate::entry::Loading;
use crate::error::SnapshotError;
use crate::record::{HEADER, LAYOUT, MAGIC, Record, Records, TRAILER, Value, malformed};
use crate::report::{SkipReason, SkippedEntry, SnapshotLoaded};
use crate::snapshot::Inner;

/// How far the wall clock may have gone back, since the file was saved, to be believed all the same.
const TOLERANCE: Duration = Duration::from_secs(60);

impl Inner {
    /// Loads a file. What is invalidated from the beginning of this on is not brought back.
    pub(crate) fn load(&self, path: &Path) -> Result<SnapshotLoaded, SnapshotError> {
        let now = self.wall_clock();
        let entries = self.entries_to_keep().map(|entry| {
            let loading = entry.begin(&self.store)?;
            Ok((entry.key(), entry.cache_type(), loading))
        });
        let entries = entries.collect::<Result<Vec<_>, SnapshotError>>()?;
        let bytes = self.read(path)?;
        let (saved_at, records) = open(&bytes)?;
        let mut load = Load {
            inner: self,
            entries,
            age: Age::between(saved_at, now),
            loaded: SnapshotLoaded::default(),
            place: Place::Nowhere,
            values: 0,
        };
        load.read(records)?;
        load.finish()
    }

    /// Reads a file into memory, unless it is larger than the limit.
    fn read(&self, path: &Path) -> Result<Vec<u8>, SnapshotError> {
        let failed = |source| SnapshotError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let limit = self.limit;
        let length = file.metadata().map_err(failed)?.len();
        if length > limit {
            return Err(SnapshotError::TooLarge { limit });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > limit {
            return Err(SnapshotError::TooLarge { limit });
        }
        Ok(bytes)
    }
}

/// Checks a file as a whole; returns when it was saved, in milliseconds since 1970, and what is in it.
fn open(bytes: &[u8]) -> Result<(u64, Records<'_>), SnapshotError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(SnapshotError::Foreign);
    }
    match bytes.get(MAGIC.len()) {
        Some(&LAYOUT) => {}
        Some(&found) => {
            let known = LAYOUT;
            return Err(SnapshotError::OtherLayout { found, known });
        }
        None => return Err(SnapshotError::Damaged),
    }
    let (content, checksum) = bytes
        .split_last_chunk::<TRAILER>()
        .ok_or(SnapshotError::Damaged)?;
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return Err(SnapshotError::Damaged);
    }
    let (header, records) = content
        .split_first_chunk::<HEADER>()
        .ok_or(SnapshotError::Damaged)?;
    let mut saved_at = [0; 8];
    saved_at.copy_from_slice(&header[HEADER - 8..]);
    Ok((u64::from_le_bytes(saved_at), Records::new(records)))
}

/// How long ago a file was saved.
#[derive(Clone, Copy)]
enum Age {
    Known(Duration),
    /// The wall clock has gone back since.
    Unknown,
}

impl Age {
    /// Both in milliseconds since 1970.
    fn between(saved_at: u64, now: u64) -> Self {
        match now.checked_sub(saved_at) {
            Some(age) => Self::Known(Duration::from_millis(age)),
            None if Duration::from_millis(saved_at - now) <= TOLERANCE => {
                Self::Known(Duration::ZERO)
            }
            None => Self::Unknown,
        }
    }
}

/// A file that is being read.
struct Load<'a> {
    inner: &'a Inner,
    entries: Vec<(&'a StoreKey, CacheType, Box<dyn Loading + 'a>)>,
    age: Age,
    loaded: SnapshotLoaded,
    place: Place,
    values: u64,
}

/// Whose the next value is.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    /// An entry, by its number, whose scope is yet to come.
    Entry(usize),
    /// A scope of an entry.
    Scope(usize),
    /// A scope of an entry in which there can be no values of it now.
    SkippedScope(usize),
    /// An entry that is left out, which is the last of those.
    Skipped,
}

impl Load<'_> {
    fn read(&mut self, mut records: Records<'_>) -> Result<(), SnapshotError> {
        loop {
            match records.read()? {
                Record::Entry {
                    cache_type,
                    kind,
                    uid,
                } => self.place = self.entry(cache_type, StoreKey::new(kind, uid)),
                Record::Scope(id) => self.scope(id)?,
                Record::Value(value) => self.value(value)?,
                Record::End { values } if values == self.values && records.is_empty() => {
                    return Ok(());
                }
                Record::End { .. } => {
                    return Err(malformed("another number of values than it says"));
                }
            }
        }
    }

    fn entry(&mut self, saved: CacheType, key: StoreKey) -> Place {
        let known = self.entries.iter().position(|(known, ..)| **known == key);
        let why = match known.map(|at| (at, self.entries[at].1)) {
            Some((at, declared)) if declared == saved => return Place::Entry(at),
            Some((_, declared)) => SkipReason::OtherCacheType { saved, declared },
            None if self.inner.leaves_out(&key) => SkipReason::People,
            None => SkipReason::Unknown,
        };
        self.loaded.skipped.push(SkippedEntry {
            entry: key,
            values: 0,
            why,
        });
        Place::Skipped
    }

    fn scope(&mut self, id: Option<&str>) -> Result<(), SnapshotError> {
        let at = match self.place {
            Place::Entry(at) | Place::Scope(at) | Place::SkippedScope(at) => at,
            Place::Skipped => return Ok(()),
            Place::Nowhere => return Err(malformed("a scope of no entry")),
        };
        let (key, cache_type, loading) = &mut self.entries[at];
        let scope = match (&*cache_type, id) {
            (_, None) => CacheScope::Global,
            (CacheType::Session, Some(id)) => CacheScope::session(id),
            (CacheType::User, Some(id)) => CacheScope::user(id),
            (CacheType::Global, Some(_)) => return Err(malformed("an id of the global scope")),
        };
        if loading.takes(&scope) {
            loading.scope(scope);
            self.place = Place::Scope(at);
        } else {
            // The store that was saved put them there for want of an id; this one does not.
            let (saved, declared) = (scope.cache_type(), *cache_type);
            self.loaded.skipped.push(SkippedEntry {
                entry: key.clone(),
                values: 0,
                why: SkipReason::OtherCacheType { saved, declared },
            });
            self.place = Place::SkippedScope(at);
        }
        Ok(())
    }

    fn value(&mut self, value: Value<'_>) -> Result<(), SnapshotError> {
        self.values += 1;
        let at = match self.place {
            Place::Scope(at) => at,
            Place::Skipped | Place::SkippedScope(_) => {
                if let Some(skipped) = self.loaded.skipped.last_mut() {
                    skipped.values += 1;
                }
                return Ok(());
            }
            Place::Entry(_) | Place::Nowhere => return Err(malformed("a value of no scope")),
        };
        let times = match self.age {
            Age::Known(age) => value.times.after(age),
            Age::Unknown if value.times.can_end() => value.times.after(Duration::MAX),
            Age::Unknown => value.times,
        };
        if times.is_over() && !value.retention.is_pinned() {
            self.loaded.expired += 1;
        } else if let Err(error) = self.entries[at].2.value(value, times) {
            *self.loaded.unreadable.entry(error.kind()).or_default() += 1;
        }
        Ok(())
    }

    fn finish(self) -> Result<SnapshotLoaded, SnapshotError> {
        let mut loaded = self.loaded;
        for (.., loading) in self.entries {
            let restored = loading.finish()?;
            loaded.values += restored.values;
            loaded.expired += restored.expired;
            loaded.superseded += restored.superseded;
            loaded.no_room += restored.no_room;
        }
        Ok(loaded)
    }
}
