//! Putting a file in the place of another one, so that there is always one that is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::SnapshotError;

/// What is asked of the operating system, so that a test can have any of it fail.
pub(crate) trait Disk: Send + Sync {
    /// Makes a file that is not there yet, for its owner alone.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Brings what was renamed in a folder to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
}

pub(crate) trait DiskFile: Write {
    /// Brings what was written to the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// The disk.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// A folder cannot be opened on other systems than Unix; there, renaming has to do.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// Has `write` write a file beside `path`, and puts it in the place of `path` when it is on the disk.
pub(crate) fn replace<T>(
    disk: &dyn Disk,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, SnapshotError>,
) -> Result<T, SnapshotError> {
    let failed = |step| {
        move |source| SnapshotError::Write {
            path: path.to_owned(),
            step,
            source,
        }
    };
    let beside = beside(path).map_err(failed("naming a temporary file"))?;
    let mut file = disk
        .create(&beside)
        .map_err(failed("creating a temporary file"))?;
    let temporary = Temporary {
        disk,
        path: &beside,
    };
    let written = write(&mut *file)?;
    file.sync()
        .map_err(failed("bringing a temporary file to the disk"))?;
    drop(file);
    disk.rename(&beside, path)
        .map_err(failed("renaming a temporary file"))?;
    std::mem::forget(temporary);
    disk.sync_folder(folder_of(path))
        .map_err(failed("bringing its name to the disk"))?;
    Ok(written)
}

/// A file that is removed unless it has got another name.
struct Temporary<'a> {
    disk: &'a dyn Disk,
    path: &'a Path,
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        // Nobody can be told; what is left has a name by which it is known.
        let _ = self.disk.remove(self.path);
    }
}

/// Returns a name in the same folder that nobody else has.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path has no file name",
        ));
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{number}.tmp", std::process::id()));
    Ok(folder_of(path).join(hidden))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
