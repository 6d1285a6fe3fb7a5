//! The file on this machine of rows that could not be taken. There when the import is over and something was rejected,
//! else not at all.
//!
//! Holds personal data: readable by its owner alone. Must not know why rows are rejected.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::record::Rejected;
use super::reject_rows::RejectRows;
use crate::error::{Code, Error, Fault, Refusal, Result};

/// A rejects file that is being written, beside its place.
pub struct Rejects {
    path: PathBuf,
    partial: PathBuf,
    rows: Option<RejectRows<BufWriter<File>>>,
}

impl Rejects {
    /// Opens the file beside its place, so that a folder that cannot be written is told before any row is.
    pub fn create(path: &Path) -> Result<Rejects> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        if path.is_dir() {
            return Err(refusal(path, "it is a folder"));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = match options.open(&partial) {
            // Left by an import that was killed. Never written into: others might have it open.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&partial).and_then(|()| options.open(&partial))
            }
            opened => opened,
        };
        let file = opened.map_err(|error| failed(path, error))?;
        let rows = RejectRows::begin(BufWriter::new(file)).map_err(|error| failed(path, error))?;
        Ok(Rejects {
            path: path.to_owned(),
            partial,
            rows: Some(rows),
        })
    }

    /// Adds a row that the reader set aside.
    pub fn add(&mut self, rejected: &Rejected) -> Result<()> {
        self.put(|rows| rows.add(rejected))
    }

    /// Adds a row by its line alone.
    pub fn add_without_record(&mut self, line: u64, file: &str, reason: &str) -> Result<()> {
        self.put(|rows| rows.add_without_record(line, file, reason))
    }

    fn put(&mut self, add: impl FnOnce(&mut RejectRows<BufWriter<File>>) -> io::Result<()>) -> Result<()> {
        match &mut self.rows {
            Some(rows) => add(rows).map_err(|error| failed(&self.path, error)),
            None => Ok(()),
        }
    }

    /// Puts the file in its place, whole; says where. `None`: nothing was rejected, and there is no file.
    pub fn finish(mut self) -> Result<Option<PathBuf>> {
        if self.rows.as_ref().is_none_or(|rows| rows.count() == 0) {
            return Ok(None);
        }
        let path = self.path.clone();
        let whole = self.rows.take().map(|rows| {
            let file = rows
                .into_inner()?
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            file.sync_all()
        });
        whole
            .transpose()
            .and_then(|_| fs::rename(&self.partial, &path))
            .map_err(|error| failed(&path, error))?;
        Ok(Some(path))
    }
}

impl Drop for Rejects {
    /// What was not finished leaves no half of a file. After [`Rejects::finish`] there is none of that name.
    fn drop(&mut self) {
        if let Some(rows) = &mut self.rows {
            // Nobody reads it; it is removed in the next line.
            let _ = rows.flush();
        }
        let _ = fs::remove_file(&self.partial);
    }
}

/// What the asker can mend is a refusal; a full disk has a code of its own.
fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => refusal(path, "its folder does not exist"),
        io::ErrorKind::PermissionDenied => refusal(path, "permission denied"),
        io::ErrorKind::NotADirectory => refusal(path, "its folder is a file"),
        io::ErrorKind::ReadOnlyFilesystem => refusal(path, "it lies on storage that is read-only"),
        _ => Fault::io(format!("writing the rejects file {}", path.display()), error).into(),
    }
}

fn refusal(path: &Path, why: &str) -> Error {
    let message = format!(
        "the rejects file {} cannot be written: {why}; name another with --rejects",
        path.display()
    );
    Refusal::new(Code::InvalidSetting, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_file_only_when_something_was_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let rejects = Rejects::create(&path).unwrap();
        assert_eq!(rejects.finish().unwrap(), None);
        let mut rejects = Rejects::create(&path).unwrap();
        rejects.add_without_record(3, "a.csv", "why").unwrap();
        assert!(!path.exists(), "not before the end");
        assert_eq!(rejects.finish().unwrap(), Some(path.clone()));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "line,file,reason,column,record\n3,a.csv,why,,\n");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        fs::write(
            folder.path().join("rejects.csv.partial"),
            "left by a killed import",
        )
        .unwrap();
        let mut rejects = Rejects::create(&path).unwrap();
        rejects.add_without_record(1, "=evil.csv", "why").unwrap();
        rejects.finish().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&path).unwrap().contains("1,'=evil.csv,why"));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_before_any_row() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [
            folder.path().to_owned(),
            folder.path().join("missing/rejects.csv"),
        ];
        for path in cases {
            let error = Rejects::create(&path).err().expect("it cannot be written");
            assert_eq!(error.code(), Code::InvalidSetting);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_as_such() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects {
            partial: folder.path().join("partial"),
            path,
            rows: Some(RejectRows::begin(BufWriter::new(full)).unwrap()),
        };
        rejects.add_without_record(1, "a.csv", "why").unwrap();
        let error = rejects.finish().expect_err("there is no room");
        assert_eq!(error.code(), Code::StorageFull);
    }
}
