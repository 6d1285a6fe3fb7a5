//! Documents that were admitted and validated, kept for the next time: dashboards send the same few all day.
//!
//! Bounded by the bytes of the documents. What was not used for a whole generation is forgotten. Knows nothing
//! of what a document says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;

use crate::api::validate::DeprecatedUse;

/// Bytes of documents in one generation; a parsed document takes some ten times the space of its text.
const GENERATION_BYTES: usize = 512 * 1024;

/// A document that may be compiled.
#[derive(Debug)]
pub(in crate::api) struct Prepared {
    pub(in crate::api) document: ExecutableDocument,
    /// SHA-256 of the text in hexadecimal, for the audit log.
    pub(in crate::api) hash: String,
    /// What it uses of the schema that is to go.
    pub(in crate::api) deprecated: DeprecatedUse,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Memo {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Box<str>, Arc<Prepared>>,
    young_bytes: usize,
    old: HashMap<Box<str>, Arc<Prepared>>,
}

impl Memo {
    /// The document of this text, if it is known.
    pub(super) fn get(&self, text: &str) -> Option<Arc<Prepared>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = generations.young.get(text) {
            return Some(known.clone());
        }
        let (text, known) = generations.old.remove_entry(text)?;
        generations.add(text, known.clone());
        Some(known)
    }

    /// Keeps a document.
    pub(super) fn put(&self, text: &str, prepared: Arc<Prepared>) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.add(text.into(), prepared);
    }
}

impl Generations {
    fn add(&mut self, text: Box<str>, prepared: Arc<Prepared>) {
        if self.young_bytes + text.len() > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += text.len();
        self.young.insert(text, prepared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared() -> Arc<Prepared> {
        let document = async_graphql::parser::parse_query("{ a }").unwrap();
        Arc::new(Prepared {
            document,
            hash: String::new(),
            deprecated: DeprecatedUse::default(),
        })
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let memo = Memo::default();
        memo.put("kept", prepared());
        memo.put("forgotten", prepared());
        for turn in 0..6 {
            let long = format!("{turn}{}", " ".repeat(GENERATION_BYTES / 2));
            memo.put(&long, prepared());
            assert!(memo.get("kept").is_some(), "{turn}");
        }
        assert!(memo.get("forgotten").is_none());
    }
}
