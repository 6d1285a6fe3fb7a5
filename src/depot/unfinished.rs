//! Where an object is before it has its name, so that what a killed process left can be told from what another is
//! still writing. Knows neither: who asks for the removal says that nobody writes it.

use std::io;
use std::path::{Path as FilePath, PathBuf};

use object_store::path::Path;

use super::{Depot, TEMPORARY};
use crate::error::Result;

/// Stands between the parts of a name, and before the random end; names have none (`name.rs`).
const JOINT: char = '+';

/// A file of an object that was begun and has not its name yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The name that the object was to have.
    pub name: String,
    file: PathBuf,
}

/// A place of its own for each object that is being written, so that no two writers ever share one. It says which
/// object that is.
pub(super) fn place_for(target: &Path) -> Path {
    let name = target.as_ref().replace('/', &JOINT.to_string());
    Path::from_iter([
        TEMPORARY.to_owned(),
        format!("{name}{JOINT}{:032x}", rand::random::<u128>()),
    ])
}

impl Depot {
    /// What was begun in a folder of the depot (`exports/a`, not a part of a word) and below it.
    pub async fn unfinished(&self, folder: &str) -> Result<Vec<Unfinished>> {
        let (place, prefix) = (self.folder.join(TEMPORARY), format!("{folder}/"));
        self.on_thread(move || unfinished(&place, &prefix)).await
    }

    /// Removes what was begun. Only who knows that nobody writes it any more may call it.
    pub async fn remove_unfinished(&self, unfinished: &Unfinished) -> Result<()> {
        let file = unfinished.file.clone();
        self.on_thread(move || match std::fs::remove_file(file) {
            // The sweep, or another process, was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        })
        .await
    }
}

fn unfinished(folder: &FilePath, prefix: &str) -> io::Result<Vec<Unfinished>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let name = file_name.to_str().and_then(|text| text.rsplit_once(JOINT));
        let Some((name, _)) = name else { continue };
        let name = name.replace(JOINT, "/");
        if name.starts_with(prefix) {
            found.push(Unfinished {
                name,
                file: entry.path(),
            });
        }
    }
    Ok(found)
}
