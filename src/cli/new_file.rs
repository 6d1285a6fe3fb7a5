//! Files that a command leaves behind: whole or not at all, whatever happens meanwhile.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Code, Fault, Refusal, Result};
use crate::work::erase::receipt::canonical;

/// A file that gets its name when it is whole; without [`NewFile::keep`] nothing stays.
pub(super) struct NewFile {
    file: Option<File>,
    beside: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file beside `path`, which is replaced in the end.
    pub(super) fn begin(path: &Path) -> Result<NewFile> {
        let refused =
            |reason: String| Refusal::new(Code::InvalidSetting, format!("{}: {reason}", path.display()));
        if path.is_dir() {
            return Err(refused("this is a folder; name a file".to_owned()).into());
        }
        let name = path
            .file_name()
            .ok_or_else(|| refused("this is no file's name".to_owned()))?;
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(beside);
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        // Whoever may see the outcome decides it by moving it; until then it is the owner's.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&beside)
            .map_err(|error| refused(format!("cannot be written: {error}")))?;
        Ok(NewFile {
            file: Some(file),
            beside,
            path: path.to_owned(),
        })
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        written.map_err(|error| Fault::io(format!("write {}", self.path.display()), error).into())
    }

    /// Syncs the file and gives it its name.
    pub(super) fn keep(mut self) -> Result<()> {
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_all);
        let kept = synced.and_then(|()| std::fs::rename(&self.beside, &self.path));
        kept.map_err(|error| Fault::io(format!("write {}", self.path.display()), error))?;
        self.file = None;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What cannot be removed now is a hidden file that the next run replaces.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

/// Writes a receipt in the form that is signed, and the signature in a file of the same name with `.sig` behind it;
/// gives the signature's path.
pub(super) fn write(path: &Path, receipt: &Value, signature: &[u8]) -> Result<PathBuf> {
    let mut beside = path.to_path_buf().into_os_string();
    beside.push(".sig");
    let beside = PathBuf::from(beside);
    // The signature first: a receipt that is there can be checked.
    for (path, bytes) in [(beside.as_path(), signature), (path, &canonical(receipt)?)] {
        let mut file = NewFile::begin(path)?;
        file.write(bytes)?;
        file.keep()?;
    }
    Ok(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_kept_leaves_the_old_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.json");
        std::fs::write(&path, "old").unwrap();
        let mut file = NewFile::begin(&path).unwrap();
        file.write(b"new").unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let mut file = NewFile::begin(&path).unwrap();
        file.write(b"new").unwrap();
        file.keep().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_no_place_for_a_file() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            folder.path().to_path_buf(),
            folder.path().join("missing/receipt.json"),
        ] {
            let refused = NewFile::begin(&path).err().unwrap();
            assert_eq!(refused.code(), Code::InvalidSetting);
        }
    }
}
