//! The settings: from flags, then `POSTERN_*` variables, then `postern.toml`, then the defaults here.
//!
//! The only place that reads variables and the settings file. Knows what a setting is called and how it is
//! written, not what it is for.

mod erasing;
mod resolved;
mod targets;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::clock::Instant;
use crate::error::{Code, Refusal, quote};

pub use erasing::Erasing;
pub use resolved::{Allowed, Config, Exporting, Provider, Transferring};
pub use targets::{TransferTargets, read_target};

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
    /// The same PostgreSQL database as another role, which reads what is shown to people behind row-level security; put
    /// up by `postern migrate --reader-role` [default: none]
    #[arg(
        long,
        env = "POSTERN_READER_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true,
        help_heading = "Settings"
    )]
    pub reader_database_url: Option<String>,
    /// A read replica of the database, which bundles are read from: `postgres://…`; as the role of
    /// --reader-database-url, where there is one [default: the database itself]
    #[arg(
        long,
        env = "POSTERN_REPLICA_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true,
        help_heading = "Settings"
    )]
    pub replica_url: Option<String>,
    /// The key ring [default: `keys` in --data]
    #[arg(
        long,
        env = "POSTERN_KEYS",
        value_name = "DIR_OR_URL",
        global = true,
        help_heading = "Settings"
    )]
    pub keys: Option<String>,
    /// Where bundles and the erasure ledger lie: a folder, or `s3://BUCKET/FOLDER` with the usual AWS_* variables
    /// [default: `bundles` in --data]
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
    /// Rows that an erasure changes in one transaction at most [default: 1000]
    #[arg(
        long,
        env = "POSTERN_ERASURE_BATCH",
        value_name = "ROWS",
        global = true,
        help_heading = "Settings"
    )]
    pub erasure_batch: Option<u32>,
    /// Percent of its time that an erasure of many rows works; the rest it leaves the database to others [default: 50]
    #[arg(
        long,
        env = "POSTERN_ERASURE_PACE",
        value_name = "PERCENT",
        global = true,
        help_heading = "Settings"
    )]
    pub erasure_pace: Option<u32>,
    /// How many exports of one account may be made at one time, by all gateways together [default: 2]
    #[arg(
        long,
        env = "POSTERN_EXPORTS_PER_ACCOUNT",
        value_name = "NUMBER",
        global = true,
        help_heading = "Settings"
    )]
    pub exports_per_account: Option<u32>,
    /// Minutes that reading the rows of one bundle may take; an older snapshot keeps the database from tidying
    /// [default: 60]
    #[arg(
        long,
        env = "POSTERN_SNAPSHOT_MINUTES",
        value_name = "MINUTES",
        global = true,
        help_heading = "Settings"
    )]
    pub snapshot_minutes: Option<u32>,
    /// Where bundles may be handed by `transferExport`, as beginnings of URLs like https://receiver.example/bundles/
    /// [default: nowhere]
    #[arg(
        long,
        env = "POSTERN_TRANSFER_TARGETS",
        value_name = "URL",
        value_delimiter = ',',
        global = true,
        help_heading = "Settings"
    )]
    pub transfer_targets: Option<Vec<String>>,
    /// Seconds after which a transfer is given up whose receiver neither takes a byte nor answers [default: 120]
    #[arg(
        long,
        env = "POSTERN_TRANSFER_SECONDS",
        value_name = "SECONDS",
        global = true,
        help_heading = "Settings"
    )]
    pub transfer_seconds: Option<u64>,
    /// Public keys of other installations whose bundles are taken in as our own are: a PEM file, or a folder of them
    /// [default: none]
    #[arg(
        long,
        env = "POSTERN_TRUSTED_KEYS",
        value_name = "FILE_OR_DIR",
        global = true,
        help_heading = "Settings"
    )]
    pub trusted_keys: Option<PathBuf>,
    /// Seconds that a request may take, its statements in the database included [default: 10]
    #[arg(
        long,
        env = "POSTERN_REQUEST_SECONDS",
        value_name = "SECONDS",
        global = true,
        help_heading = "Settings"
    )]
    pub request_seconds: Option<u64>,
    /// Cost points that an asker may spend at once; 0 for no limit. Each gateway counts by itself [default: 100000]
    #[arg(
        long,
        env = "POSTERN_RATE_BURST",
        value_name = "POINTS",
        global = true,
        help_heading = "Settings"
    )]
    pub rate_burst: Option<u64>,
    /// Cost points that an asker gets back in a second [default: 10000]
    #[arg(
        long,
        env = "POSTERN_RATE_PER_SECOND",
        value_name = "POINTS",
        global = true,
        help_heading = "Settings"
    )]
    pub rate_per_second: Option<u64>,
    /// Run these GraphQL documents and no others: a folder of .graphql files, or a JSON object of SHA-256 and document
    #[arg(
        long,
        env = "POSTERN_TRUSTED_DOCUMENTS",
        value_name = "FILE_OR_DIR",
        global = true,
        help_heading = "Settings"
    )]
    pub trusted_documents: Option<PathBuf>,
    /// Do not answer questions about the schema, as tools ask them; never with --trusted-documents
    #[arg(
        long,
        env = "POSTERN_NO_INTROSPECTION",
        global = true,
        help_heading = "Settings"
    )]
    pub no_introspection: bool,
    /// Web pages of other origins that may ask, as https://app.example; `*` for all [default: none]
    #[arg(
        long,
        env = "POSTERN_ALLOWED_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ',',
        global = true,
        help_heading = "Settings"
    )]
    pub allowed_origins: Option<Vec<String>>,
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

impl Settings {
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
