//! Remembers for a while what was found out about a text that comes again and again: the same token stands in every
//! request of a dashboard, and checking it, or who it stands for, costs more than many a request to answer.
//!
//! Holds digests, never the texts. Must not know what is remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::clock::Instant;

/// Most answers that are remembered.
const MOST: usize = 10_000;

/// Answers by the digest of what was asked about, each until its time.
#[derive(Debug)]
pub struct Remembered<V> {
    known: Mutex<HashMap<[u8; 32], (Instant, V)>>,
}

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Remembered {
            known: Mutex::default(),
        }
    }
}

impl<V: Clone> Remembered<V> {
    /// What was found out about these very texts, if its time is not over.
    pub fn get(&self, texts: &[&str], now: Instant) -> Option<V> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, value) = known.get(&digest(texts))?;
        (now < *until).then(|| value.clone())
    }

    /// Remembers a value; when there is no room for it, all others are forgotten.
    pub fn put(&self, texts: &[&str], value: V, now: Instant, until: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (until, _)| now < *until);
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(digest(texts), (until, value));
    }
}

/// With the lengths, so that no two lists of texts look alike.
fn digest(texts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_answer_is_given_for_the_same_texts_until_its_time() {
        let remembered = Remembered::default();
        let now = Instant::UNIX_EPOCH;
        let until = now + TimeDelta::seconds(60);
        remembered.put(&["ab", "c"], 7, now, until);
        assert_eq!(remembered.get(&["ab", "c"], now), Some(7));
        assert_eq!(remembered.get(&["a", "bc"], now), None);
        assert_eq!(remembered.get(&["ab", "c"], until), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let remembered = Remembered::default();
        let now = Instant::UNIX_EPOCH;
        for number in 0..MOST * 2 + 1 {
            remembered.put(&[&number.to_string()], number, now, now + TimeDelta::seconds(1));
        }
        assert!(remembered.known.lock().unwrap().len() <= MOST);
    }
}
