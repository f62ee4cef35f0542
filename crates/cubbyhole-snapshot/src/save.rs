//! Writing a store to a file.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use cubbyhole_core::FormatError;
use cubbyhole_scope::ScopeId;

use crate::disk::replace;
use crate::entry::AnyEntry;
use crate::error::SnapshotError;
use crate::record::{Record, TRAILER, Value, write_header};
use crate::report::SnapshotSaved;
use crate::snapshot::Inner;

impl Inner {
    /// Saves the store. A value at a time is in memory twice.
    pub(crate) fn save(&self, path: &Path) -> Result<SnapshotSaved, SnapshotError> {
        let _one_at_a_time = self.saving.lock();
        replace(&*self.disk, path, |file| {
            let mut out = Out::new(path, file);
            let at = self.wall_clock();
            out.write(|out| write_header(out, at))?;
            for entry in self.entries_to_keep() {
                out.entry(self, entry)?;
            }
            out.finish()
        })
    }
}

/// The file that is being written.
struct Out<'a> {
    path: &'a Path,
    sink: Sink<'a>,
    saved: SnapshotSaved,
}

/// Where bytes go, counted and summed up.
struct Sink<'a> {
    file: BufWriter<&'a mut dyn Write>,
    checksum: crc32fast::Hasher,
    bytes: u64,
}

impl<'a> Out<'a> {
    fn new(path: &'a Path, file: &'a mut dyn Write) -> Self {
        Self {
            path,
            sink: Sink {
                file: BufWriter::with_capacity(64 << 10, file),
                checksum: crc32fast::Hasher::new(),
                bytes: 0,
            },
            saved: SnapshotSaved::default(),
        }
    }

    fn entry(&mut self, inner: &Inner, entry: &dyn AnyEntry) -> Result<(), SnapshotError> {
        let cache_type = entry.cache_type();
        let (kind, uid) = (entry.key().kind(), entry.key().uid());
        self.record(&Record::Entry {
            cache_type,
            kind,
            uid,
        })?;
        let mut of = None;
        entry.save(&inner.store, &mut |scope, value| {
            if of.as_ref() != Some(scope) {
                let id = scope.id().map(ScopeId::as_str);
                self.record(&Record::Scope(id))?;
                of = Some(scope.clone());
            }
            self.value(value)
        })
    }

    fn value(&mut self, value: Result<Value<'_>, FormatError>) -> Result<(), SnapshotError> {
        match value {
            Ok(value) => {
                self.saved.values += 1;
                self.record(&Record::Value(value))
            }
            Err(error) => {
                *self.saved.unwritable.entry(error.kind()).or_default() += 1;
                Ok(())
            }
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), SnapshotError> {
        self.write(|out| record.write(out))
    }

    fn finish(mut self) -> Result<SnapshotSaved, SnapshotError> {
        let values = self.saved.values;
        self.record(&Record::End { values })?;
        let checksum = self.sink.checksum.clone().finalize();
        self.write(|out| out.file.write_all(&checksum.to_le_bytes()))?;
        self.write(|out| out.file.flush())?;
        self.saved.bytes = self.sink.bytes + TRAILER as u64;
        Ok(self.saved)
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut Sink<'a>) -> io::Result<()>,
    ) -> Result<(), SnapshotError> {
        write(&mut self.sink).map_err(|source| SnapshotError::Write {
            path: self.path.to_owned(),
            step: "writing a temporary file",
            source,
        })
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.checksum.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
