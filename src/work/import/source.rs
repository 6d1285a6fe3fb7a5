//! Where a file lies that is read: on this machine, or in the depot, encrypted. Can be opened more than once. Must not
//! know what is in it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::failure;
use crate::depot::Object;
use crate::error::{Code, Refusal, Result, quote};

/// What a file is read from.
pub trait Readable: Read + Seek + Send {}

impl<T: Read + Seek + Send> Readable for T {}

/// A file that can be read.
#[derive(Clone, Debug)]
pub struct Source {
    place: Place,
    /// As it stands in messages.
    shown: String,
    /// The last part of its name, as it was given.
    file_name: String,
}

#[derive(Clone, Debug)]
enum Place {
    Disk(PathBuf),
    Depot(Object),
}

impl Default for Source {
    /// A file that is not there.
    fn default() -> Source {
        Source::from(PathBuf::new())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Source {
        Source {
            shown: quote(&path.display().to_string()),
            file_name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            place: Place::Disk(path),
        }
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Source {
        path.to_owned().into()
    }
}

impl Source {
    /// An object of the depot, under the name that its sender gave it, or under none.
    pub fn stored(object: Object, file_name: Option<&str>) -> Source {
        let file_name = file_name.unwrap_or_default().to_owned();
        Source {
            shown: match file_name.as_str() {
                "" => "the upload".to_owned(),
                name => quote(name),
            },
            file_name,
            place: Place::Depot(object),
        }
    }

    /// As it stands in messages and beside rows of a file that is no archive.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The last part of its name, as it was given; empty when it has none.
    pub(super) fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Its whole name, with the folders that it lies in as far as they are known.
    pub(super) fn path(&self) -> Cow<'_, str> {
        match &self.place {
            Place::Disk(path) => path.to_string_lossy(),
            Place::Depot(_) => Cow::from(&self.file_name),
        }
    }

    /// Bytes.
    pub(super) fn size(&self) -> Result<u64> {
        match &self.place {
            Place::Disk(path) => {
                let metadata = std::fs::metadata(path).map_err(|error| failure(&self.shown, error))?;
                Ok(metadata.len())
            }
            Place::Depot(object) => Ok(object.size()),
        }
    }

    /// The bytes, from the beginning. Belongs on a thread that may block. Errors: a refusal for a file that the asker
    /// named and that cannot be read.
    pub(super) fn open(&self) -> Result<Box<dyn Readable>> {
        match &self.place {
            Place::Disk(path) => Ok(Box::new(self.open_on_disk(path)?)),
            Place::Depot(object) => Ok(Box::new(object.blocking())),
        }
    }

    fn open_on_disk(&self, path: &Path) -> Result<File> {
        let name = &self.shown;
        let refuse = |words: &str| Refusal::new(Code::InvalidFile, format!("{name} {words}"));
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refuse("does not exist").into(),
            _ => failure(name, error),
        })?;
        if !metadata.is_file() {
            return Err(refuse("is not a file").into());
        }
        File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => refuse("may not be read by this user").into(),
            _ => failure(name, error),
        })
    }
}
