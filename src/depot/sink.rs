//! Where the sealed bytes of an object go while it is written: straight into the folder; or, where object storage is far
//! away, into a file of this machine, from which it is sent at the end. Knows neither the plain bytes nor their keys.
//!
//! Storage slower than the database is waited for here, with everything on disk and sealed, so that nobody holds a
//! snapshot for it (ruling 24).

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::depot::fault;
use crate::error::{Error, Fault, Result};
use crate::fail_point::{FailPoint, reach};

/// Parts that object storage takes of one object.
const MOST_PARTS: u64 = 9_000;

/// Where the bytes go. Dropped without [`Sink::publish`], it leaves nothing behind.
pub(super) enum Sink {
    /// Into the depot's folder, under a temporary name.
    Folder(Staged),
    /// Into a file first.
    Remote(Spooled),
}

/// What is being written into the folder.
pub(super) struct Staged {
    store: Arc<dyn ObjectStore>,
    upload: Option<Box<dyn MultipartUpload>>,
    temporary: Path,
    /// The file that the folder's store itself writes before it completes; the store does not name it.
    staging: PathBuf,
    target: Path,
}

/// What waits in a file to be sent.
pub(super) struct Spooled {
    store: Arc<dyn ObjectStore>,
    file: File,
    /// Removes the file.
    _place: TempPath,
    target: Path,
    bytes: u64,
    part_size: usize,
}

impl Sink {
    /// Begins in the depot's folder.
    pub(super) async fn staged(
        store: Arc<dyn ObjectStore>,
        folder: &FilePath,
        temporary: Path,
        target: Path,
    ) -> Result<Sink> {
        let upload = store.put_multipart(&temporary).await;
        let upload = upload.map_err(|error| fault::of("begin an object", error))?;
        reach(FailPoint::DepotBegun);
        Ok(Sink::Folder(Staged {
            store,
            upload: Some(upload),
            staging: folder.join(format!("{temporary}#1")),
            temporary,
            target,
        }))
    }

    /// Begins in a file of this machine; parts of `part_size` bytes or more are sent from it.
    pub(super) async fn spooled(
        store: Arc<dyn ObjectStore>,
        folder: &FilePath,
        temporary: &Path,
        target: Path,
        part_size: usize,
    ) -> Result<Sink> {
        let place = folder.join(temporary.as_ref());
        let mut options = tokio::fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&place).await.map_err(spooling)?;
        let place = TempPath::try_from_path(place).map_err(spooling)?;
        reach(FailPoint::DepotBegun);
        Ok(Sink::Remote(Spooled {
            store,
            file,
            _place: place,
            target,
            bytes: 0,
            part_size,
        }))
    }

    /// Takes the next bytes. After an error nothing is left.
    pub(super) async fn put(&mut self, part: Vec<u8>) -> Result<()> {
        match self {
            Sink::Folder(staged) => {
                let upload = staged.upload.as_mut().ok_or_else(broken)?;
                if let Err(error) = upload.put_part(PutPayload::from(part)).await {
                    staged.give_up().await;
                    return Err(fault::of("write an object", error));
                }
            }
            Sink::Remote(spooled) => {
                spooled.file.write_all(&part).await.map_err(spooling)?;
                spooled.bytes += part.len() as u64;
            }
        }
        reach(FailPoint::DepotPiece);
        Ok(())
    }

    /// Gives the object its name: from here on it is there, whole and durable. After an error nothing is left.
    pub(super) async fn publish(&mut self) -> Result<()> {
        match self {
            Sink::Folder(staged) => staged.publish().await,
            Sink::Remote(spooled) => spooled.send().await,
        }
    }

    /// Gives the object up, and waits until nothing of it is left.
    pub(super) async fn give_up(&mut self) {
        match self {
            Sink::Folder(staged) => staged.give_up().await,
            // The file goes when this is dropped; nothing was sent.
            Sink::Remote(_) => {}
        }
    }
}

impl Staged {
    async fn publish(&mut self) -> Result<()> {
        let mut upload = self.upload.take().ok_or_else(broken)?;
        let published = match upload.complete().await {
            Ok(_) => {
                reach(FailPoint::DepotUnnamed);
                self.store.rename(&self.temporary, &self.target).await
            }
            Err(error) => Err(error),
        };
        drop(upload);
        if let Err(error) = published {
            self.remove_leftovers().await;
            return Err(fault::of("publish an object", error));
        }
        Ok(())
    }

    async fn give_up(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            // Nobody can act on this error, and the sweep removes what it may have left.
            let _ = upload.abort().await;
        }
        self.remove_leftovers().await;
    }

    /// A failed completion leaves the file that it did not rename: a folder's staging file, or the whole
    /// object at its temporary place.
    async fn remove_leftovers(&mut self) {
        // Most often neither is there; and what cannot be removed now, the sweep removes.
        let _ = self.store.delete(&self.temporary).await;
        let _ = tokio::fs::remove_file(&self.staging).await;
    }
}

impl Spooled {
    /// Sends the file. Under its name nothing is to be seen before all of it has come.
    async fn send(&mut self) -> Result<()> {
        self.file.flush().await.map_err(spooling)?;
        self.file.rewind().await.map_err(spooling)?;
        reach(FailPoint::DepotUnnamed);
        if self.bytes <= self.part_size as u64 {
            let part = self.next(self.part_size).await?;
            let put = self.store.put(&self.target, PutPayload::from(part)).await;
            return put
                .map(drop)
                .map_err(|error| fault::of("publish an object", error));
        }
        let begun = self.store.put_multipart(&self.target).await;
        let mut upload = begun.map_err(|error| fault::of("begin an object", error))?;
        let sent = self.send_parts(&mut *upload).await;
        if sent.is_err() {
            // What was sent would be paid for, and never seen. What cannot be told now, the bucket's own rules remove.
            let _ = upload.abort().await;
        }
        sent
    }

    async fn send_parts(&mut self, upload: &mut dyn MultipartUpload) -> Result<()> {
        let least = usize::try_from(self.bytes / MOST_PARTS).unwrap_or(usize::MAX);
        let size = self.part_size.max(least + 1);
        loop {
            let part = self.next(size).await?;
            if part.is_empty() {
                break;
            }
            let put = upload.put_part(PutPayload::from(part)).await;
            put.map_err(|error| fault::of("write an object", error))?;
        }
        let complete = upload.complete().await;
        complete
            .map(drop)
            .map_err(|error| fault::of("publish an object", error))
    }

    /// The next bytes of the file, so many but for the last.
    async fn next(&mut self, size: usize) -> Result<Vec<u8>> {
        let mut part = Vec::with_capacity(size);
        let mut rest = (&mut self.file).take(size as u64);
        rest.read_to_end(&mut part).await.map_err(spooling)?;
        Ok(part)
    }
}

fn spooling(error: std::io::Error) -> Error {
    Fault::io("keep an object until it is sent", error).into()
}

pub(super) fn broken() -> Error {
    Fault::Depot("the object was given up after an error".into()).into()
}
