//! Fetches the key set of an identity provider, from a file or a URL, and keeps it.
//!
//! Fetches at most once in 30 seconds, whatever strangers send; keeps the last good set when the provider is
//! away, but not for ever. Must not know tokens: it is asked for a key id and gives a set.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::access::issuer::KeySet;
use crate::clock::Clock;
use crate::error::{Code, Fault, Refusal, Result, quote};
use crate::location::Location;

/// After this long a set is fetched anew before it is used.
const FRESH: u64 = 10 * 60 * 1_000;

/// The least time between two fetches, in milliseconds.
const BETWEEN: u64 = 30 * 1_000;

/// A key id that was not there is not looked for again so soon, in milliseconds.
const NEGATIVE: u64 = 60 * 1_000;

/// So old a set is no longer used, even if the provider cannot be reached.
const OLDEST: u64 = 24 * 60 * 60 * 1_000;

/// Most key ids that are remembered as missing.
const MOST_MISSING: usize = 256;

/// Largest set, in bytes.
const LARGEST: usize = 256 * 1024;

/// The key set of one provider, kept up to date.
#[derive(Debug)]
pub struct JwksSource {
    place: Place,
    clock: Clock,
    state: Mutex<State>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    Web {
        client: reqwest::Client,
        url: reqwest::Url,
    },
}

#[derive(Debug, Default)]
struct State {
    keys: Arc<KeySet>,
    fetched_at: Option<u64>,
    tried_at: Option<u64>,
    missing: HashMap<String, u64>,
}

impl State {
    fn is_fresh(&self, now: u64) -> bool {
        self.fetched_at.is_some_and(|at| now.saturating_sub(at) < FRESH)
    }

    fn may_try(&self, now: u64) -> bool {
        self.tried_at.is_none_or(|at| now.saturating_sub(at) >= BETWEEN)
    }

    /// The last good set, or none when it is too old.
    fn usable(&self, now: u64) -> Arc<KeySet> {
        match self.fetched_at {
            Some(at) if now.saturating_sub(at) < OLDEST => Arc::clone(&self.keys),
            _ => Arc::default(),
        }
    }
}

impl JwksSource {
    /// Opens the source and fetches the set once. A file that is missing or bad is refused at once; a
    /// provider that is away is asked again when its first token comes.
    pub async fn open(location: &str, clock: Clock) -> Result<JwksSource> {
        let place = match Location::parse(location)? {
            Location::Path(path) => Place::File(path),
            Location::Url { scheme, url } => web(&scheme, &url)?,
        };
        let source = JwksSource {
            place,
            clock,
            state: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        };
        match source.fetch().await {
            Ok(keys) => source.accept(keys),
            Err(error) if matches!(source.place, Place::File(_)) => return Err(error),
            Err(error) => {
                source.state().tried_at = Some(source.now());
                tracing::warn!(%error, "the key set of the identity provider cannot be fetched yet");
            }
        }
        Ok(source)
    }

    /// The set as it is now, fetched anew when it is due.
    pub async fn keys(&self) -> Arc<KeySet> {
        let (is_fresh, usable) = {
            let (now, state) = (self.now(), self.state());
            (state.is_fresh(now), state.usable(now))
        };
        if is_fresh {
            return usable;
        }
        // With a usable set in hand nobody waits for another's fetch.
        let turn = match self.fetching.try_lock() {
            Ok(turn) => turn,
            Err(_) if !usable.is_empty() => return usable,
            Err(_) => self.fetching.lock().await,
        };
        if !self.state().is_fresh(self.now()) {
            self.refresh().await;
        }
        drop(turn);
        self.state().usable(self.now())
    }

    /// The set after one more look for a key that was not in it, if such a look is due.
    pub async fn keys_with(&self, key_id: &str) -> Arc<KeySet> {
        if !self.is_known_missing(key_id) {
            let turn = self.fetching.lock().await;
            // Whoever fetched while this one waited has looked for it too.
            if self.state().keys.get(key_id).is_none() {
                let looked = self.refresh().await;
                if looked {
                    self.remember_missing(key_id);
                }
            }
            drop(turn);
        }
        self.state().usable(self.now())
    }

    /// Fetches, unless that was tried just now. True when it was fetched. The caller holds the turn.
    async fn refresh(&self) -> bool {
        {
            let now = self.now();
            let mut state = self.state();
            if !state.may_try(now) {
                return false;
            }
            state.tried_at = Some(now);
        }
        match self.fetch().await {
            Ok(keys) => {
                self.accept(keys);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the key set of the identity provider cannot be fetched; the last good one is used");
                false
            }
        }
    }

    fn accept(&self, keys: KeySet) {
        let now = self.now();
        let mut state = self.state();
        state.missing.retain(|key_id, _| keys.get(key_id).is_none());
        state.keys = Arc::new(keys);
        (state.fetched_at, state.tried_at) = (Some(now), Some(now));
    }

    fn is_known_missing(&self, key_id: &str) -> bool {
        let now = self.now();
        self.state()
            .missing
            .get(key_id)
            .is_some_and(|at| now.saturating_sub(*at) < NEGATIVE)
    }

    fn remember_missing(&self, key_id: &str) {
        let now = self.now();
        let mut state = self.state();
        if state.keys.get(key_id).is_some() {
            return;
        }
        state.missing.retain(|_, at| now.saturating_sub(*at) < NEGATIVE);
        // A full list is no danger: the time between two fetches holds all the same.
        if state.missing.len() < MOST_MISSING {
            state.missing.insert(key_id.to_owned(), now);
        }
    }

    async fn fetch(&self) -> Result<KeySet> {
        let bytes = match &self.place {
            Place::File(path) => read_file(path).await?,
            Place::Web { client, url } => download(client, url).await?,
        };
        Ok(KeySet::parse(&bytes)?)
    }

    /// Not the set time: what was fetched a minute ago is a minute old, whatever `--now` says.
    fn now(&self) -> u64 {
        self.clock.monotonic_milliseconds()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read_file(path: &std::path::Path) -> Result<Vec<u8>> {
    let failed = |error| Fault::io(format!("read the key set {}", path.display()), error);
    if tokio::fs::metadata(path).await.map_err(failed)?.len() > LARGEST as u64 {
        return Err(too_large().into());
    }
    Ok(tokio::fs::read(path).await.map_err(failed)?)
}

/// `https:`, or `http:` to this machine itself.
fn web(scheme: &str, text: &str) -> Result<Place> {
    let invalid = |why: &str| Refusal::new(Code::InvalidSetting, format!("--jwks {}: {why}", quote(text)));
    let url = reqwest::Url::parse(text).map_err(|_| invalid("that is no URL"))?;
    let is_loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
        }
        None => false,
    };
    match scheme {
        "https" => {}
        "http" if is_loopback => {}
        "http" => {
            return Err(invalid("keys are fetched by https only; http is for this machine itself").into());
        }
        _ => return Err(invalid("give a file, or a URL that begins with https:").into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL may not hold a user or a password").into());
    }
    Ok(Place::Web {
        client: client()?,
        url,
    })
}

fn client() -> Result<reqwest::Client> {
    // Another part of the process may have installed one; then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(10))
        .user_agent("postern")
        .build()
        .map_err(|error| Fault::Keys(format!("no client for key sets: {error}")).into())
}

async fn download(client: &reqwest::Client, url: &reqwest::Url) -> Result<Vec<u8>> {
    let failed = |error: reqwest::Error| Fault::Keys(format!("fetch the key set: {error}"));
    let mut response = client.get(url.clone()).send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(Fault::Keys(format!(
            "fetch the key set from {url}: status {}",
            response.status()
        ))
        .into());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(too_large().into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large() -> Refusal {
    Refusal::new(
        Code::InvalidFile,
        "the key set of the identity provider is larger than 256 KiB",
    )
}

#[cfg(test)]
#[path = "jwks_source_tests.rs"]
mod tests;
