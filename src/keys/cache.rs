//! Remembers for a minute which tokens were good: a dashboard sends the same one with every request, and a
//! signature costs more to check than the request to answer.
//!
//! Holds digests of tokens, never tokens.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::access::token::VerifiedToken;
use crate::clock::Instant;

/// How long an answer is remembered, and so how long a key that its issuer took back may still count.
const LIFE: TimeDelta = TimeDelta::seconds(60);

/// Most tokens that are remembered.
const MOST: usize = 10_000;

/// Good tokens by the digest of their text.
#[derive(Debug, Default)]
pub struct TokenCache {
    known: Mutex<HashMap<[u8; 32], (Instant, VerifiedToken)>>,
}

impl TokenCache {
    /// What was found out about this very token within the last minute, if it has not expired since.
    pub fn get(&self, token: &str, now: Instant) -> Option<VerifiedToken> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, verified) = known.get(&digest(token))?;
        (now < *until).then(|| verified.clone())
    }

    /// Remembers a good token.
    pub fn put(&self, token: &str, verified: &VerifiedToken, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (until, _)| now < *until);
        }
        if known.len() >= MOST {
            known.clear();
        }
        // Without the leeway: near its end a token is checked each time.
        known.insert(
            digest(token),
            (verified.expires_at.min(now + LIFE), verified.clone()),
        );
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
