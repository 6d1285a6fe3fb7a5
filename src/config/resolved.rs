//! The settings as they came out: what stands where nobody said anything, and what does not go together.

use std::path::PathBuf;
use std::time::Duration;

use super::{Erasing, LogFormat, Settings, TransferTargets, instant, invalid};
use crate::clock::Clock;
use crate::error::{Refusal, quote};

/// The settings as they came out.
#[derive(Clone)]
pub struct Config {
    /// Folder of everything that lies on this machine.
    pub data: PathBuf,
    /// The database. May hold a password, so it is not in `Debug`.
    pub database_url: String,
    /// The same database as the reader behind row-level security; may hold a password, too.
    pub reader_database_url: Option<String>,
    /// A read replica of it, which may hold a password as well.
    pub replica_url: Option<String>,
    /// Whether the database is the embedded one of `data`.
    pub is_embedded: bool,
    /// The key ring.
    pub keys: String,
    /// The depot.
    pub depot: String,
    /// The policy file; `None`: the built-in one.
    pub policy: Option<PathBuf>,
    /// The one clock.
    pub clock: Clock,
    /// Log filter; `None`: as the command usually has it.
    pub log: Option<String>,
    /// Log format.
    pub log_format: LogFormat,
    /// Listening address.
    pub listen: String,
    /// The identity provider that is trusted besides our own key.
    pub provider: Option<Provider>,
    /// Milliseconds after which a silent worker's job is taken up by another.
    pub lease_milliseconds: i64,
    /// How erasures get on.
    pub erasing: Erasing,
    /// How bundles are made.
    pub exporting: Exporting,
    /// How bundles are handed to others.
    pub transferring: Transferring,
    /// Public keys of other installations, as a file or a folder.
    pub trusted_keys: Option<PathBuf>,
    /// How long a request may take.
    pub request_time: Duration,
    /// What askers may do.
    pub allowed: Allowed,
}

/// How bundles are made.
#[derive(Clone, PartialEq, Eq)]
pub struct Exporting {
    /// Exports of one account that may run at one time.
    pub each: i64,
    /// How old the snapshot that a bundle is read from may become.
    pub snapshot_time: Duration,
    /// How long a bundle waits for the replica to have come as far as the request, before it is tried again later.
    pub replica_time: Duration,
}

impl Default for Exporting {
    fn default() -> Self {
        Exporting {
            each: 2,
            snapshot_time: Duration::from_secs(60 * 60),
            replica_time: Duration::from_secs(30),
        }
    }
}

/// How bundles are handed to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferring {
    /// Where to.
    pub targets: TransferTargets,
    /// How long a receiver may neither take a byte nor answer.
    pub patience: Duration,
}

impl Default for Transferring {
    fn default() -> Self {
        Transferring {
            targets: TransferTargets::default(),
            patience: Duration::from_secs(120),
        }
    }
}

/// What the gateway allows those who ask, beyond what their rights say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Points that an asker may spend at once, and those that come back in a second; `None`: no limit.
    pub rate: Option<(u64, u64)>,
    /// Where the only documents are that are run; `None`: any is.
    pub trusted_documents: Option<PathBuf>,
    /// Whether the schema can be asked about.
    pub introspection: bool,
    /// Origins of web pages that may ask, without a slash at the end, or `*`.
    pub origins: Vec<String>,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// File or URL of its keys.
    pub jwks: String,
    /// Its `iss`.
    pub issuer: String,
    /// The `aud` its tokens must have.
    pub audience: String,
    /// Names or ids of the accounts that it speaks for; `None`: every customer's. Whoever runs the platform comes in
    /// by it only where the platform's own account is named.
    pub accounts: Option<Vec<String>>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Adds the settings file and the defaults. `demo` changes the default of `--data` alone.
    pub fn resolve(self, demo: bool) -> Result<Config, Refusal> {
        let file = Settings::read_file(self.config.as_deref())?;
        let data = self.data.or(file.data);
        let data =
            data.unwrap_or_else(|| PathBuf::from(if demo { "./postern-demo" } else { "./postern-data" }));
        let given_url = self.database_url.or(file.database_url);
        let reader_url = self.reader_database_url.or(file.reader_database_url);
        if reader_url.is_some() && given_url.as_deref().is_none_or(|url| url.starts_with("sqlite:")) {
            return Err(invalid(
                "reader-database-url needs a PostgreSQL in database-url; an embedded store has no roles",
            ));
        }
        let clock = match self.now.or(file.now) {
            None => Clock::system(),
            Some(text) => Clock::starting_at(instant(&text)?),
        };
        let within = |name: &str| data.join(name).to_string_lossy().into_owned();
        let lease = self.lease_seconds.or(file.lease_seconds).unwrap_or(30);
        if !(1..=3600).contains(&lease) {
            return Err(invalid("lease-seconds must be from 1 to 3600"));
        }
        let mut exporting = Exporting::default();
        if let Some(each) = self.exports_per_account.or(file.exports_per_account) {
            if !(1..=100).contains(&each) {
                return Err(invalid("exports-per-account must be from 1 to 100"));
            }
            exporting.each = i64::from(each);
        }
        if let Some(minutes) = self.snapshot_minutes.or(file.snapshot_minutes) {
            if !(1..=24 * 60).contains(&minutes) {
                return Err(invalid("snapshot-minutes must be from 1 to 1440"));
            }
            exporting.snapshot_time = Duration::from_secs(u64::from(minutes) * 60);
        }
        let mut transferring = Transferring {
            targets: TransferTargets::parse(
                &self
                    .transfer_targets
                    .or(file.transfer_targets)
                    .unwrap_or_default(),
            )?,
            ..Transferring::default()
        };
        if let Some(seconds) = self.transfer_seconds.or(file.transfer_seconds) {
            if !(1..=3600).contains(&seconds) {
                return Err(invalid("transfer-seconds must be from 1 to 3600"));
            }
            transferring.patience = Duration::from_secs(seconds);
        }
        let seconds = self.request_seconds.or(file.request_seconds).unwrap_or(10);
        if !(1..=300).contains(&seconds) {
            return Err(invalid("request-seconds must be from 1 to 300"));
        }
        let trusted_documents = self.trusted_documents.or(file.trusted_documents);
        let allowed = Allowed {
            rate: rate(
                self.rate_burst.or(file.rate_burst),
                self.rate_per_second.or(file.rate_per_second),
            )?,
            introspection: !self.no_introspection && !file.no_introspection && trusted_documents.is_none(),
            trusted_documents,
            origins: origins(self.allowed_origins.or(file.allowed_origins))?,
        };
        Ok(Config {
            request_time: Duration::from_secs(seconds),
            allowed,
            is_embedded: given_url.is_none(),
            database_url: given_url.unwrap_or_else(|| format!("sqlite:{}", within("postern.sqlite"))),
            reader_database_url: reader_url,
            replica_url: self.replica_url.or(file.replica_url),
            keys: self.keys.or(file.keys).unwrap_or_else(|| within("keys")),
            depot: self.depot.or(file.depot).unwrap_or_else(|| within("bundles")),
            policy: self.policy.or(file.policy),
            clock,
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
            listen: self
                .listen
                .or(file.listen)
                .unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            provider: provider(
                self.jwks.or(file.jwks),
                self.issuer.or(file.issuer),
                self.audience.or(file.audience),
                self.issuer_accounts.or(file.issuer_accounts),
            )?,
            erasing: Erasing::parse(
                self.erasure_batch.or(file.erasure_batch),
                self.erasure_pace.or(file.erasure_pace),
            )?,
            exporting,
            transferring,
            trusted_keys: self.trusted_keys.or(file.trusted_keys),
            lease_milliseconds: i64::try_from(lease).unwrap_or(30) * 1000,
            data,
        })
    }
}

fn provider(
    jwks: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    accounts: Option<Vec<String>>,
) -> Result<Option<Provider>, Refusal> {
    match (jwks, issuer, audience) {
        (None, None, None) if accounts.is_none() => Ok(None),
        (Some(jwks), Some(issuer), Some(audience)) => Ok(Some(Provider {
            jwks,
            issuer,
            audience,
            accounts,
        })),
        _ => Err(invalid(
            "jwks, issuer and audience belong together: give all three or none, and issuer-accounts only with them",
        )),
    }
}

/// The least that a bucket holds: what the dearest single request may cost.
const LEAST_BURST: u64 = 5_000;

fn rate(burst: Option<u64>, per_second: Option<u64>) -> Result<Option<(u64, u64)>, Refusal> {
    let burst = burst.unwrap_or(100_000);
    let per_second = per_second.unwrap_or(10_000);
    match (burst, per_second) {
        (0, _) => Ok(None),
        (..LEAST_BURST, _) => Err(invalid(format!(
            "rate-burst must be 0, or at least {LEAST_BURST}, which is what a single request may cost"
        ))),
        (_, 0) => Err(invalid("rate-per-second must be at least 1")),
        (burst, per_second) => Ok(Some((burst, per_second))),
    }
}

/// Origins as browsers write them: scheme, host, perhaps a port, and nothing behind.
fn origins(given: Option<Vec<String>>) -> Result<Vec<String>, Refusal> {
    let mut origins = given.unwrap_or_default();
    for origin in &mut origins {
        let rest = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let is_origin =
            rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ', '*']));
        if !is_origin && origin != "*" {
            return Err(invalid(format!(
                "allowed-origins: {} is no origin; write it like https://app.example",
                quote(origin)
            )));
        }
        origin.make_ascii_lowercase();
    }
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        let mut wrong: Vec<(&str, Settings)> = Vec::new();
        let mut with = |name, settings| wrong.push((name, settings));
        let usual = Settings::default;
        with(
            "request-seconds",
            Settings {
                request_seconds: Some(0),
                ..usual()
            },
        );
        with(
            "rate-burst",
            Settings {
                rate_burst: Some(10),
                ..usual()
            },
        );
        with(
            "rate-per-second",
            Settings {
                rate_per_second: Some(0),
                ..usual()
            },
        );
        with(
            "lease-seconds",
            Settings {
                lease_seconds: Some(0),
                ..usual()
            },
        );
        with(
            "erasure-batch",
            Settings {
                erasure_batch: Some(0),
                ..usual()
            },
        );
        with(
            "erasure-pace",
            Settings {
                erasure_pace: Some(101),
                ..usual()
            },
        );
        with(
            "exports-per-account",
            Settings {
                exports_per_account: Some(0),
                ..usual()
            },
        );
        with(
            "snapshot-minutes",
            Settings {
                snapshot_minutes: Some(2_000),
                ..usual()
            },
        );
        with(
            "transfer-seconds",
            Settings {
                transfer_seconds: Some(0),
                ..usual()
            },
        );
        with(
            "transfer-targets",
            Settings {
                transfer_targets: Some(vec!["http://receiver.example/".to_owned()]),
                ..usual()
            },
        );
        for origin in ["app.example", "https://app.example/path", "https://"] {
            let allowed_origins = Some(vec![origin.to_owned()]);
            with(
                "allowed-origins",
                Settings {
                    allowed_origins,
                    ..usual()
                },
            );
        }
        for (name, settings) in wrong {
            let refusal = settings.resolve(false).unwrap_err();
            assert!(refusal.message.contains(name), "{refusal}");
        }
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit_and_trusted_documents_end_introspection() {
        let settings = Settings {
            rate_burst: Some(0),
            trusted_documents: Some("documents.json".into()),
            allowed_origins: Some(vec!["https://App.Example".into()]),
            ..Settings::default()
        };
        let allowed = settings.resolve(false).unwrap().allowed;
        assert_eq!(allowed.rate, None);
        assert!(!allowed.introspection);
        assert_eq!(allowed.origins, ["https://app.example"]);
    }
}
