//! The settings: from flags, then `POSTERN_*` variables, then `postern.toml`, then the defaults here.
//!
//! The only place that reads variables and the settings file. Knows what a setting is called and how it is
//! written, not what it is for.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::clock::{Clock, Instant};
use crate::error::{Code, Refusal, quote};

/// The settings that every command takes. Each can stand in `postern.toml` under its flag's name.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Folder of the embedded store, the keys and the bundles [default: ./postern-data, with --demo ./postern-demo]
    #[arg(
        long,
        env = "POSTERN_DATA",
        value_name = "DIR",
        global = true,
        help_heading = "Settings"
    )]
    pub data: Option<PathBuf>,
    /// The database: `sqlite:PATH` or `postgres://…` [default: sqlite in --data]
    #[arg(
        long,
        env = "POSTERN_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true,
        help_heading = "Settings"
    )]
    pub database_url: Option<String>,
    /// The key ring [default: `keys` in --data]
    #[arg(
        long,
        env = "POSTERN_KEYS",
        value_name = "DIR_OR_URL",
        global = true,
        help_heading = "Settings"
    )]
    pub keys: Option<String>,
    /// Where bundles and the erasure ledger lie [default: `bundles` in --data]
    #[arg(
        long,
        env = "POSTERN_DEPOT",
        value_name = "DIR_OR_URL",
        global = true,
        help_heading = "Settings"
    )]
    pub depot: Option<String>,
    /// The policy file [default: the one this program was built with]
    #[arg(
        long,
        env = "POSTERN_POLICY",
        value_name = "FILE",
        global = true,
        help_heading = "Settings"
    )]
    pub policy: Option<PathBuf>,
    /// Where time starts, RFC 3339; it then runs. For tests and rehearsals
    #[arg(
        long,
        env = "POSTERN_NOW",
        value_name = "INSTANT",
        global = true,
        help_heading = "Settings"
    )]
    pub now: Option<String>,
    /// What is logged, for example `debug` or `postern::work=debug` [default: `info` by serve, else `warn`]
    #[arg(
        long,
        env = "POSTERN_LOG",
        value_name = "FILTER",
        global = true,
        help_heading = "Settings"
    )]
    pub log: Option<String>,
    /// How it is logged
    #[arg(
        long,
        env = "POSTERN_LOG_FORMAT",
        value_enum,
        global = true,
        help_heading = "Settings"
    )]
    pub log_format: Option<LogFormat>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(
        long,
        env = "POSTERN_LISTEN",
        value_name = "HOST:PORT",
        global = true,
        help_heading = "Settings"
    )]
    pub listen: Option<String>,
    /// An identity provider's keys (JWKS), as a file or an https URL; needs --issuer and --audience
    #[arg(
        long,
        env = "POSTERN_JWKS",
        value_name = "FILE_OR_URL",
        global = true,
        help_heading = "Settings"
    )]
    pub jwks: Option<String>,
    /// The identity provider's `iss`
    #[arg(
        long,
        env = "POSTERN_ISSUER",
        value_name = "ISS",
        global = true,
        help_heading = "Settings"
    )]
    pub issuer: Option<String>,
    /// The `aud` that the identity provider's tokens must have
    #[arg(
        long,
        env = "POSTERN_AUDIENCE",
        value_name = "AUD",
        global = true,
        help_heading = "Settings"
    )]
    pub audience: Option<String>,
    /// The accounts that the identity provider speaks for [default: every customer's, never the platform's]
    #[arg(
        long,
        env = "POSTERN_ISSUER_ACCOUNTS",
        value_name = "NAME_OR_ID",
        value_delimiter = ',',
        global = true,
        help_heading = "Settings"
    )]
    pub issuer_accounts: Option<Vec<String>>,
    /// Seconds after which a job whose worker is silent is taken up by another [default: 30]
    #[arg(
        long,
        env = "POSTERN_LEASE_SECONDS",
        value_name = "SECONDS",
        global = true,
        help_heading = "Settings"
    )]
    pub lease_seconds: Option<u64>,
    /// The settings file [default: ./postern.toml, when there is one]
    #[arg(
        long,
        env = "POSTERN_CONFIG",
        value_name = "FILE",
        global = true,
        help_heading = "Settings"
    )]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// How log lines are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings as they came out.
#[derive(Clone)]
pub struct Config {
    /// Folder of everything that lies on this machine.
    pub data: PathBuf,
    /// The database. May hold a password, so it is not in `Debug`.
    pub database_url: String,
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
        let clock = match self.now.or(file.now) {
            None => Clock::system(),
            Some(text) => Clock::starting_at(instant(&text)?),
        };
        let within = |name: &str| data.join(name).to_string_lossy().into_owned();
        let lease = self.lease_seconds.or(file.lease_seconds).unwrap_or(30);
        if !(1..=3600).contains(&lease) {
            return Err(invalid("lease-seconds must be from 1 to 3600"));
        }
        Ok(Config {
            is_embedded: given_url.is_none(),
            database_url: given_url.unwrap_or_else(|| format!("sqlite:{}", within("postern.sqlite"))),
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
            lease_milliseconds: i64::try_from(lease).unwrap_or(30) * 1000,
            data,
        })
    }

    fn read_file(named: Option<&Path>) -> Result<Settings, Refusal> {
        let path = named.unwrap_or(Path::new("postern.toml"));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Settings::default());
            }
            Err(error) => return Err(invalid(format!("{} cannot be read: {error}", path.display()))),
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            invalid(format!("{} line {line}: {}", path.display(), error.message()))
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

/// Reads an instant as `--now` takes it.
pub fn instant(text: &str) -> Result<Instant, Refusal> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| {
            invalid(format!(
                "“{}” is no instant; write it like 2026-03-01T09:00:00Z",
                quote(text)
            ))
        })
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidSetting, message)
}
