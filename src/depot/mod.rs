//! Where bundles lie, encrypted: a folder, or object storage by URL. Knows nothing of what is inside them.
//!
//! An object appears under its name whole and synced, or not at all. It is written once, read by ranges,
//! and deleted; nothing is ever changed in place.

mod blocking_reader;
mod fault;
mod format;
mod name;
mod object_storage;
mod reader;
mod sink;
mod unfinished;
mod wrap;
mod writer;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};

use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::fail_point::{FailPoint, reach};
use crate::location::Location;

use sink::Sink;

pub use blocking_reader::BlockingReader;
pub use reader::Object;
pub use unfinished::Unfinished;
pub use wrap::WrapKey;
pub use writer::{BlockingWriter, ObjectWriter, Stored};

/// Where objects are written before they have their name; not part of any listing.
const TEMPORARY: &str = "temporary";

/// What nobody has written to for so long is removed, at the opening and when it is tidied. A shorter time would take the
/// ground from under another process's long export.
pub const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Largest object that is read or written in one piece.
const LARGEST_PIECE: u64 = 16 * 1024 * 1024;

/// The storage of bundles and of the replay ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Depot {
    store: Arc<dyn ObjectStore>,
    /// Where the objects lie; or, where those lie elsewhere, what is not sent yet.
    folder: PathBuf,
    is_remote: bool,
    wrap: WrapKey,
    clock: Clock,
    /// Bytes that are collected before they go to the storage.
    part_size: usize,
}

impl Depot {
    /// Opens the depot in a folder (a path or a `file:` URL), making it if it is not there, or in object storage
    /// (`s3://BUCKET/FOLDER`), for which what is not sent yet waits in the folder `spool`; removes what was abandoned
    /// there. Errors: a refusal for other kinds of location, a fault for a folder that cannot be made.
    pub async fn open(location: &str, spool: &FilePath, wrap: WrapKey, clock: Clock) -> Result<Depot> {
        let location = Location::parse(location)?;
        let remote = match &location {
            Location::Url { scheme, url } if scheme == "s3" => Some(object_storage::open(url).await?),
            _ => None,
        };
        let folder = match &remote {
            Some(_) => spool.to_owned(),
            None => location.folder("the storage of bundles")?,
        };
        let folder = tokio::task::spawn_blocking(move || make_folder(&folder).map(|()| folder))
            .await
            .map_err(|_| Fault::Depot("the folder was not made".into()))??;
        let (store, is_remote) = match remote {
            Some(store) => (store, true),
            None => {
                let local = LocalFileSystem::new_with_prefix(&folder)
                    .map_err(|error| fault::of("open the depot", error))?
                    .with_fsync(true);
                (Arc::new(local) as Arc<dyn ObjectStore>, false)
            }
        };
        let depot = Depot {
            store,
            folder,
            is_remote,
            wrap,
            clock,
            part_size: writer::PART,
        };
        depot.sweep(ABANDONED).await?;
        Ok(depot)
    }

    /// The same with another storage behind it, made of the one that is.
    #[cfg(test)]
    pub fn behind(mut self, store: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Depot {
        self.store = store(self.store);
        self
    }

    /// The same with a storage that is not this machine's.
    #[cfg(test)]
    pub fn elsewhere(mut self, store: Arc<dyn ObjectStore>) -> Depot {
        self.store = store;
        self.is_remote = true;
        self
    }

    /// A folder of this machine for what is being written and has no name yet; swept like everything there.
    pub fn spool_folder(&self) -> PathBuf {
        self.folder.join(TEMPORARY)
    }

    /// Begins an object. Nothing is visible before [`ObjectWriter::finish`], which puts it in the place of an
    /// object with the same name, if there is one.
    pub async fn create(&self, name: &str) -> Result<ObjectWriter> {
        let target = name::checked(name)?;
        let (store, temporary) = (Arc::clone(&self.store), unfinished::place_for(&target));
        let sink = match self.is_remote {
            false => Sink::staged(store, &self.folder, temporary, target.clone()).await?,
            true => Sink::spooled(store, &self.folder, &temporary, target.clone(), self.part_size).await?,
        };
        ObjectWriter::begin(sink, &target, &self.wrap, self.part_size)
    }

    /// Opens an object for reading, or `None` if there is none. Its end is checked at once, so that a
    /// truncated object is noticed before its first byte is given out.
    pub async fn open_object(&self, name: &str) -> Result<Option<Object>> {
        Object::open(Arc::clone(&self.store), name::checked(name)?, &self.wrap).await
    }

    /// Writes a small object whole, synced, under a name that is not taken yet. False, and nothing written,
    /// when it is taken. This is how append-only ledgers are written.
    pub async fn put_new(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        let target = name::checked(name)?;
        if bytes.len() as u64 > LARGEST_PIECE {
            return Err(Fault::Depot(format!("{name} is too large for one piece")).into());
        }
        let sealed = format::seal_whole(&self.wrap, target.as_ref(), bytes)?;
        let failed = |error| fault::of("write to the depot", error);
        if self.is_remote {
            let put = self
                .store
                .put_opts(&target, Bytes::from(sealed).into(), PutMode::Create.into());
            return match put.await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                    Ok(false)
                }
                Err(error) => Err(failed(error)),
            };
        }
        let place = unfinished::place_for(&target);
        let written = self
            .store
            .put_opts(&place, Bytes::from(sealed).into(), PutMode::Create.into())
            .await;
        if let Err(error) = written {
            return Err(failed(error));
        }
        reach(FailPoint::DepotEntry);
        match self.store.rename_if_not_exists(&place, &target).await {
            Ok(()) => Ok(true),
            Err(error) => {
                // Removing it is not worth a second error; if it fails, the sweep does it.
                let _ = self.store.delete(&place).await;
                match error {
                    object_store::Error::AlreadyExists { .. } => Ok(false),
                    error => Err(failed(error)),
                }
            }
        }
    }

    /// Reads a small object whole, or `None` if there is none.
    pub async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        let Some(object) = self.open_object(name).await? else {
            return Ok(None);
        };
        if object.size() > LARGEST_PIECE {
            return Err(Fault::Depot(format!("{name} is too large to be read in one piece")).into());
        }
        let parts: Vec<Bytes> = object.read_range(0..object.size()).try_collect().await?;
        Ok(Some(parts.concat().into()))
    }

    /// Whether there is an object with this name.
    pub async fn exists(&self, name: &str) -> Result<bool> {
        match self.store.head(&name::checked(name)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(fault::of("look into the depot", error)),
        }
    }

    /// Deletes an object, durably; false if there is none.
    pub async fn delete(&self, name: &str) -> Result<bool> {
        let target = name::checked(name)?;
        // Object storage deletes what is not there as well as what is.
        if self.is_remote && !self.exists(name).await? {
            return Ok(false);
        }
        match self.store.delete(&target).await {
            Ok(()) => {}
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(fault::of("delete from the depot", error)),
        }
        if self.is_remote {
            return Ok(true);
        }
        // The store does not sync deletions; without this, what was erased could be back after a power cut.
        let file = self.folder.join(target.as_ref());
        let parent = file.parent().unwrap_or(&self.folder).to_owned();
        self.on_thread(move || sync_folder(&parent)).await?;
        Ok(true)
    }

    /// The names of all objects in a folder of the depot (`ledger/a`, not a part of a word) and below it, or
    /// of all for the empty text; sorted.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = if folder.is_empty() {
            None
        } else {
            Some(name::checked(folder)?)
        };
        let found: Vec<_> = self
            .store
            .list(prefix.as_ref())
            .try_collect()
            .await
            .map_err(|error| fault::of("list the depot", error))?;
        let temporary = Path::from(TEMPORARY);
        let mut names: Vec<String> = found
            .into_iter()
            .filter(|object| !object.location.prefix_matches(&temporary))
            .map(|object| object.location.to_string())
            .collect();
        names.sort();
        Ok(names)
    }

    /// Removes what was begun and not written to for so long; gives how many. Only who knows that no other
    /// process writes here may call it with zero.
    pub async fn sweep(&self, older_than: Duration) -> Result<usize> {
        let folder = self.folder.join(TEMPORARY);
        // Files have the machine's own time, whatever `--now` says.
        let before = self
            .clock
            .lease_milliseconds()
            .saturating_sub(older_than.as_millis() as i64);
        self.on_thread(move || sweep(&folder, before)).await
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let done = tokio::task::spawn_blocking(work).await;
        let done = done.map_err(|_| Fault::Depot("a task of the depot was stopped".into()))?;
        done.map_err(|error| Fault::io(format!("tidy the depot {}", self.folder.display()), error).into())
    }
}

/// What is in the depot is encrypted; names and sizes are still nobody's business.
fn make_folder(folder: &FilePath) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let failed = |error| Fault::io(format!("make the depot {}", folder.display()), error);
    builder.create(folder.join(TEMPORARY)).map_err(failed)?;
    sync_folder(folder).map_err(failed)?;
    Ok(())
}

fn sync_folder(folder: &FilePath) -> std::io::Result<()> {
    if cfg!(unix) {
        std::fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn sweep(folder: &FilePath, before: i64) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        let written = metadata
            .modified()?
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        if metadata.is_file() && i64::try_from(written.as_millis()).unwrap_or(i64::MAX) <= before {
            // Another process may have been faster; then it is gone all the same.
            removed += usize::from(std::fs::remove_file(entry.path()).is_ok());
        }
    }
    Ok(removed)
}

#[cfg(test)]
pub mod failing_store;
#[cfg(test)]
mod remote_tests;
#[cfg(test)]
mod storage_tests;
#[cfg(test)]
mod tests;
