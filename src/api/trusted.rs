//! Trusted documents: where a gateway is for known programs alone, it runs the documents of those programs and no
//! others. Each is known by the SHA-256 of its text.

use std::collections::HashMap;
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest, Sha256};

use crate::error::{Code, Refusal, quote};

/// The documents that may be run.
#[derive(Debug)]
pub struct TrustedDocuments {
    by_hash: HashMap<[u8; 32], String>,
}

impl TrustedDocuments {
    /// Reads a JSON file `{"SHA-256 in hexadecimal": "document"}`, as programs that generate clients write it, or a
    /// folder of `.graphql` files, one document in each.
    ///
    /// Errors: a refusal that names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<TrustedDocuments, Refusal> {
        let by_hash = if path.is_dir() {
            of_folder(path)
        } else {
            of_file(path)
        }?;
        if by_hash.is_empty() {
            return Err(invalid(path, "there is no document in it"));
        }
        Ok(TrustedDocuments { by_hash })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.by_hash.len()
    }

    /// Lets the document with this hash pass when it is one of them.
    pub(super) fn check(&self, hash: &[u8]) -> Result<(), Refusal> {
        if self.by_hash.contains_key(hash) {
            Ok(())
        } else {
            Err(not_trusted())
        }
    }

    /// The text of a document that is named by its hash in hexadecimal, perhaps with `sha256:` before it.
    pub(super) fn named(&self, id: &str) -> Result<&str, Refusal> {
        hash(id)
            .and_then(|hash| self.by_hash.get(&hash))
            .map(String::as_str)
            .ok_or_else(not_trusted)
    }
}

fn not_trusted() -> Refusal {
    let message = "this gateway runs the documents that it was given at its start, and this is none of them";
    Refusal::new(Code::DocumentNotTrusted, message)
}

fn hash(id: &str) -> Option<[u8; 32]> {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    HEXLOWER_PERMISSIVE.decode(id.as_bytes()).ok()?.try_into().ok()
}

fn of_file(path: &Path) -> Result<HashMap<[u8; 32], String>, Refusal> {
    let text = read(path)?;
    let documents: HashMap<String, String> = serde_json::from_str(&text)
        .map_err(|_| invalid(path, "it is no JSON object of hashes and documents"))?;
    let mut by_hash = HashMap::with_capacity(documents.len());
    for (id, document) in documents {
        let actual: [u8; 32] = Sha256::digest(document.as_bytes()).into();
        if hash(&id) != Some(actual) {
            let what = format!("{} is not the SHA-256 of its document", quote(&id));
            return Err(invalid(path, &what));
        }
        by_hash.insert(actual, document);
    }
    Ok(by_hash)
}

fn of_folder(path: &Path) -> Result<HashMap<[u8; 32], String>, Refusal> {
    let entries = std::fs::read_dir(path).map_err(|error| invalid(path, &error.to_string()))?;
    let mut by_hash = HashMap::new();
    for entry in entries {
        let file = entry.map_err(|error| invalid(path, &error.to_string()))?.path();
        if file.extension().is_some_and(|extension| extension == "graphql") {
            let document = read(&file)?;
            by_hash.insert(Sha256::digest(document.as_bytes()).into(), document);
        }
    }
    Ok(by_hash)
}

fn read(path: &Path) -> Result<String, Refusal> {
    std::fs::read_to_string(path).map_err(|error| invalid(path, &error.to_string()))
}

fn invalid(path: &Path, what: &str) -> Refusal {
    let message = format!("--trusted-documents: {}: {what}", path.display());
    Refusal::new(Code::InvalidSetting, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "{ viewer { id } }\n";

    fn id() -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(DOCUMENT.as_bytes()))
    }

    #[test]
    fn a_file_and_a_folder_give_the_same_documents() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("viewer.graphql"), DOCUMENT).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no document").unwrap();
        let file = folder.path().join("documents.json");
        std::fs::write(&file, serde_json::json!({ id(): DOCUMENT }).to_string()).unwrap();
        for path in [folder.path(), &*file] {
            let trusted = TrustedDocuments::read(path).unwrap();
            assert_eq!(trusted.count(), 1);
            assert_eq!(trusted.named(&id()).unwrap(), DOCUMENT);
            assert_eq!(trusted.named(&format!("sha256:{}", id())).unwrap(), DOCUMENT);
            trusted.check(&Sha256::digest(DOCUMENT.as_bytes())).unwrap();
            let refusal = trusted.named("c7a2").unwrap_err();
            assert_eq!(refusal.code, Code::DocumentNotTrusted);
            assert!(trusted.check(&Sha256::digest(b"{ node }")).is_err());
        }
    }

    #[test]
    fn what_is_wrong_with_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("documents.json");
        let cases = [
            ("[]", "no JSON object"),
            ("{}", "no document"),
            (r#"{"abc": "{ viewer }"}"#, "abc is not the SHA-256"),
        ];
        for (text, expected) in cases {
            std::fs::write(&file, text).unwrap();
            let refusal = TrustedDocuments::read(&file).unwrap_err();
            assert!(refusal.message.contains(expected), "{refusal}");
        }
        assert!(TrustedDocuments::read(&folder.path().join("gone.json")).is_err());
    }
}
