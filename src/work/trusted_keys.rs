//! Public keys of other installations, by which a bundle of theirs is known when it comes in. Read once, when the
//! installation is opened. Must not know what a bundle is.

use std::path::{Path, PathBuf};

use crate::bundle::PublicKey;
use crate::error::{Code, Refusal, Result};

/// More than a file of public keys has.
const LARGEST: u64 = 64 * 1024;

/// Every key of a PEM file, or of all files of a folder whose names end in `.pem`. Errors: `INVALID_SETTING` for what
/// cannot be read, and for a file or folder without a key: whoever names one wants somebody trusted.
pub(super) fn read(path: &Path) -> Result<Vec<PublicKey>> {
    let invalid = |path: &Path, why: &str| {
        let message = format!("trusted-keys: {}: {why}", path.display());
        Refusal::new(Code::InvalidSetting, message)
    };
    let files = match path.is_dir() {
        false => vec![path.to_owned()],
        true => pem_files(path).map_err(|error| invalid(path, &error.to_string()))?,
    };
    let mut keys = Vec::new();
    for file in &files {
        let size = std::fs::metadata(file).map_err(|error| invalid(file, &error.to_string()))?;
        if size.len() > LARGEST {
            return Err(invalid(file, "it is too large for public keys").into());
        }
        let text = std::fs::read_to_string(file).map_err(|error| invalid(file, &error.to_string()))?;
        let found = PublicKey::all_from_pem(&text);
        keys.extend(found.ok_or_else(|| invalid(file, "it holds no Ed25519 public key in PEM"))?);
    }
    if keys.is_empty() {
        return Err(invalid(path, "there is no file whose name ends in .pem").into());
    }
    Ok(keys)
}

fn pem_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(seed: u8) -> String {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key();
        let key = PublicKey::from_bytes(&key.to_bytes()).unwrap();
        key.to_pem().unwrap()
    }

    #[test]
    fn keys_come_from_a_file_or_from_every_pem_file_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.pem");
        std::fs::write(&file, format!("of 2026\n{}\nof 2025\n{}", pem(1), pem(2))).unwrap();
        assert_eq!(read(&file).unwrap().len(), 2);
        std::fs::write(folder.path().join("two.pem"), pem(3)).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no key").unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 3);
    }

    #[test]
    fn a_place_without_a_key_is_refused_by_the_settings_name() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        let refused = |path: &Path| read(path).unwrap_err();
        assert!(refused(folder.path()).to_string().contains("trusted-keys"));
        assert!(
            refused(&folder.path().join("nothing"))
                .to_string()
                .contains("trusted-keys")
        );
        std::fs::write(&empty, "no key").unwrap();
        assert_eq!(refused(&empty).code(), Code::InvalidSetting);
        assert_eq!(refused(folder.path()).code(), Code::InvalidSetting);
    }
}
