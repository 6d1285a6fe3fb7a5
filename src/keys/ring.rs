//! Opens, makes and rotates the ring; hands out its keys in the terms of their use.
//!
//! All versions of every purpose stay in the folder: a rotation adds a version, which is used from then on,
//! and what older versions made can still be checked and read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::keys::Purpose;
use crate::keys::file::{self, KeyFile};
use crate::location::Location;

/// 32 secret bytes that are wiped when they are dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// The file that makes a folder a ring: its id. Written last, so that where it is, all first keys are.
const RING: &str = "ring";

/// There while a ring is made for the first time. What lies beside it without the ring's own file was never used.
const UNFINISHED: &str = ".unfinished";

const LOCK: &str = ".lock";

/// The keys of one installation.
#[derive(Clone)]
pub struct KeyRing {
    folder: PathBuf,
    id: Secret,
    /// For each purpose its versions, from 1 on without gaps.
    keys: BTreeMap<Purpose, Vec<KeyFile>>,
}

impl KeyRing {
    /// Opens the ring in a folder (a path or a `file:` URL), or makes one where there is none. Two processes
    /// may do this at once; both get the same ring.
    ///
    /// Errors: a refusal for another kind of location and for files that others can read; a fault for files
    /// that are damaged or missing.
    pub fn open_or_create(location: &str, now: Instant) -> Result<KeyRing> {
        let folder = Location::parse(location)?.folder("--keys")?;
        if !is_whole(&folder) {
            create(&folder, now)?;
        }
        load(&folder)
    }

    /// The same for all gateways that share the ring, also after rotations: a digest of the ring's own
    /// random id and of the first version of every key. A store that was made with one ring is recognised as
    /// foreign by every other (ruling 28). Says nothing about the keys.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new_with_prefix(b"postern key ring\0");
        digest.update(&self.id[..]);
        for (purpose, versions) in &self.keys {
            digest.update(purpose.as_str());
            digest.update([0]);
            digest.update(&versions[0].secret[..]);
        }
        HEXLOWER.encode(&digest.finalize()[..16])
    }

    /// Adds a version, which is used from now on by this process; others see it when they open the ring again.
    pub fn rotate(&mut self, purpose: Purpose, now: Instant) -> Result<()> {
        let _lock = lock(&self.folder)?;
        // Another process may have rotated since; its version counts.
        *self = load(&self.folder)?;
        let newest = self.newest(purpose);
        if now <= newest.created_at {
            let message = format!(
                "the newest {} key was made later than now; check the clock",
                purpose.as_str()
            );
            return Err(Refusal::new(Code::InvalidSetting, message).into());
        }
        let version = newest.version.checked_add(1).ok_or_else(|| {
            Refusal::new(
                Code::InvalidSetting,
                format!("the {} key has had 255 versions", purpose.as_str()),
            )
        })?;
        KeyFile::generate(purpose.as_str(), version, now)?.write(&self.folder)?;
        *self = load(&self.folder)?;
        Ok(())
    }

    /// The keys that authenticate global ids.
    pub fn id_keys(&self) -> IdKeys {
        IdKeys::new(self.by_version(Purpose::Identifier))
    }

    /// The keys that seal cursors.
    pub fn cursor_keys(&self) -> CursorKeys {
        CursorKeys::new(self.by_version(Purpose::Cursor))
    }

    /// The keys that wrap the data keys of stored objects, by version, the one in use last.
    pub fn bundle_keys(&self) -> Vec<(u8, Secret)> {
        self.by_version(Purpose::Bundle)
    }

    /// What makes this ring another one than all others.
    pub(super) fn id(&self) -> &Secret {
        &self.id
    }

    /// All versions of a purpose, oldest first; never empty.
    pub(super) fn versions(&self, purpose: Purpose) -> &[KeyFile] {
        &self.keys[&purpose]
    }

    /// The version in use.
    pub(super) fn newest(&self, purpose: Purpose) -> &KeyFile {
        self.versions(purpose)
            .last()
            .expect("load refuses a purpose without a key")
    }

    /// One version, if there is such.
    pub(super) fn version(&self, purpose: Purpose, version: u8) -> Option<&KeyFile> {
        self.versions(purpose).iter().find(|key| key.version == version)
    }

    fn by_version(&self, purpose: Purpose) -> Vec<(u8, Secret)> {
        self.versions(purpose)
            .iter()
            .map(|key| (key.version, key.secret.clone()))
            .collect()
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing({}, redacted)", self.fingerprint())
    }
}

fn is_whole(folder: &Path) -> bool {
    folder.join(format!("{RING}-1.key")).exists() && !folder.join(UNFINISHED).exists()
}

/// Makes the ring under the folder's lock: every first key, then the ring's own file.
fn create(folder: &Path, now: Instant) -> Result<()> {
    file::make_folder(folder)?;
    let _lock = lock(folder)?;
    if is_whole(folder) {
        return Ok(());
    }
    let unfinished = folder.join(UNFINISHED);
    let failed = |error| Fault::io(format!("make a key ring in {}", folder.display()), error);
    if !folder.join(format!("{RING}-1.key")).exists() {
        let leftover = key_files(folder)?;
        if !leftover.is_empty() && !unfinished.exists() {
            let folder = folder.display();
            return Err(Fault::Keys(format!(
                "{folder} has keys but no {RING}-1.key; restore it from the backup"
            ))
            .into());
        }
        file::write_private(&unfinished, b"")
            .and_then(|()| file::sync_folder(folder))
            .map_err(failed)?;
        for path in leftover {
            fs::remove_file(path).map_err(failed)?;
        }
        for purpose in Purpose::ALL {
            KeyFile::generate(purpose.as_str(), 1, now)?.write(folder)?;
        }
        KeyFile::generate(RING, 1, now)?.write(folder)?;
    }
    fs::remove_file(&unfinished)
        .and_then(|()| file::sync_folder(folder))
        .map_err(failed)?;
    Ok(())
}

/// One process at a time makes or rotates; released when the file is dropped.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let opened = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let locked = opened.and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| Fault::io(format!("lock {}", path.display()), error).into())
}

fn load(folder: &Path) -> Result<KeyRing> {
    let failed = |error| Fault::io(format!("read the key ring in {}", folder.display()), error);
    file::check_private(folder, &fs::metadata(folder).map_err(failed)?)?;
    let mut id = None;
    let mut keys: BTreeMap<Purpose, Vec<KeyFile>> = BTreeMap::new();
    for path in key_files(folder)? {
        let key = KeyFile::read(&path)?;
        if key.purpose == RING {
            id = Some(key.secret);
        } else if let Some(purpose) = Purpose::parse(&key.purpose) {
            keys.entry(purpose).or_default().push(key);
        } else {
            let message = format!(
                "{} is for a purpose that this program does not know",
                path.display()
            );
            return Err(Fault::Keys(message).into());
        }
    }
    let missing = |name: String| {
        Fault::Keys(format!(
            "{} is missing; restore it from the backup",
            folder.join(name).display()
        ))
    };
    for purpose in Purpose::ALL {
        let versions = keys.entry(purpose).or_default();
        versions.sort_by_key(|key| key.version);
        let count = versions.last().map_or(1, |key| key.version);
        if let Some(absent) = (1..=count).find(|version| versions.iter().all(|key| key.version != *version)) {
            return Err(missing(format!("{}-{absent}.key", purpose.as_str())).into());
        }
    }
    let id = id.ok_or_else(|| missing(format!("{RING}-1.key")))?;
    Ok(KeyRing {
        folder: folder.to_owned(),
        id,
        keys,
    })
}

/// The files whose names end in `.key`; what begins with a dot was never finished.
fn key_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Fault::io(format!("read the folder {}", folder.display()), error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.ends_with(".key") && !name.starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
