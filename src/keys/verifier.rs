//! Checks bearer tokens with the keys of the ring and of the identity providers that are trusted.
//!
//! Joins `access::token`, which is pure, with keys that have to be fetched. Must not know users.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::access::issuer::KeySet;
use crate::access::token::{self, Issuer, TrustedIssuer, Unverified, VerifiedToken};
use crate::clock::{Clock, Instant};
use crate::error::{Code, Refusal, Result};
use crate::keys::KeyRing;
use crate::keys::jwks_source::JwksSource;
use crate::remembered::Remembered;

/// How long a token is remembered as good, and so how long a key that its issuer took back may still count.
const LIFE: TimeDelta = TimeDelta::seconds(60);

/// An identity provider: its name, what its tokens for us are addressed to, and where its keys are.
#[derive(Debug)]
pub struct Provider {
    /// `iss`, compared exactly.
    pub issuer: String,
    /// The `aud` that is ours.
    pub audience: String,
    /// Its keys.
    pub source: JwksSource,
}

/// Checks tokens; one for the whole gateway.
#[derive(Debug)]
pub struct TokenVerifier {
    own: Arc<KeySet>,
    providers: Vec<Provider>,
    good: Remembered<VerifiedToken>,
    clock: Clock,
}

impl TokenVerifier {
    /// A verifier of our own tokens and of those of these providers. Refused when two have one name.
    pub fn new(ring: &KeyRing, providers: Vec<Provider>, clock: Clock) -> Result<TokenVerifier, Refusal> {
        for (place, provider) in providers.iter().enumerate() {
            TrustedIssuer::provider(&provider.issuer, &provider.audience, Arc::default())?;
            if providers[..place]
                .iter()
                .any(|other| other.issuer == provider.issuer)
            {
                return Err(Refusal::new(
                    Code::InvalidSetting,
                    "two identity providers have the same --issuer",
                ));
            }
        }
        Ok(TokenVerifier {
            own: Arc::new(ring.token_keys()),
            providers,
            good: Remembered::default(),
            clock,
        })
    }

    /// What the token says, or why it is not taken. Every asker is told the same: `Refusal::from` the reason.
    pub async fn verify(&self, text: &str) -> Result<VerifiedToken, Unverified> {
        // Before the digest: nobody gets megabytes hashed for a token.
        if text.len() > token::LONGEST {
            return Err(Unverified::Malformed);
        }
        let now = self.clock.now();
        if let Some(verified) = self.good.get(&[text], now) {
            return Ok(verified);
        }
        let verified = match self.provider_of(text) {
            None => token::verify(text, now, &[TrustedIssuer::own(Arc::clone(&self.own))])?,
            Some(provider) => self.verify_with(provider, text).await?,
        };
        self.remember(text, &verified, now);
        Ok(verified)
    }

    /// Without the leeway: near its end a token is checked each time.
    fn remember(&self, text: &str, verified: &VerifiedToken, now: Instant) {
        let until = verified.expires_at.min(now + LIFE);
        self.good.put(&[text], verified.clone(), now, until);
    }

    async fn verify_with(&self, provider: &Provider, text: &str) -> Result<VerifiedToken, Unverified> {
        let check = |keys| {
            let trusted = TrustedIssuer::provider(&provider.issuer, &provider.audience, keys)
                .map_err(|_| Unverified::UnknownIssuer)?;
            token::verify(text, self.clock.now(), &[trusted])
        };
        match check(provider.source.keys().await) {
            Err(Unverified::UnknownKey {
                issuer: Issuer::Provider(_),
                key_id,
            }) => check(provider.source.keys_with(&key_id).await),
            outcome => outcome,
        }
    }

    /// The provider that the token claims to be from. Nothing is believed yet: it chooses whose keys to try.
    fn provider_of(&self, text: &str) -> Option<&Provider> {
        if self.providers.is_empty() {
            return None;
        }
        let claimed = token::claimed_issuer(text)?;
        self.providers.iter().find(|provider| provider.issuer == claimed)
    }
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
