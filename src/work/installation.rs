//! What every promise works with: the catalog, the store, the keys, the depot and the clock of one installation.
//!
//! Opening checks all that has to be true before anything is served (rulings 9, 28). Knows no promise itself.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::bundle::PublicKey;
use crate::catalog::{Catalog, DEFAULT_POLICY};
use crate::clock::Clock;
use crate::config::{Config, Erasing, Exporting, Transferring};
use crate::depot::{Depot, WrapKey};
use crate::error::{Code, Fault, Refusal, Result};
use crate::id;
use crate::keys::KeyRing;
use crate::store::live::DriftWatch;
use crate::store::queue::Terms;
use crate::store::{
    Database, DatabaseOptions, Dialect, Replica, Snapshot, Sql, generation, migrate, row_security,
};
use crate::work::ledger::{self, standing};
use crate::work::trusted_keys;

/// One installation. Cheap to clone.
#[derive(Clone)]
pub struct Installation {
    /// What the data is and what is decided about it.
    pub catalog: Arc<Catalog>,
    /// The store.
    pub database: Database,
    /// Where bundles are read from, if not from the store itself.
    pub replica: Option<Replica>,
    /// The key ring.
    pub keys: Arc<KeyRing>,
    /// Where bundles and the erasure ledger lie.
    pub depot: Depot,
    /// The one clock.
    pub clock: Clock,
    /// Milliseconds after which a silent worker's job is taken up by another.
    pub lease_milliseconds: i64,
    /// How erasures get on.
    pub erasing: Erasing,
    /// How bundles are made.
    pub exporting: Exporting,
    /// How bundles are handed to others.
    pub transferring: Transferring,
    /// Public keys of other installations whose bundles are taken in.
    pub trusted_keys: Arc<Vec<PublicKey>>,
    /// What is known of the live database's drift (ruling 9); nothing until somebody looks.
    pub drift: DriftWatch,
    /// Told when a job is added in this process, so that its worker need not wait for its next look.
    pub new_job: Arc<Notify>,
}

impl Installation {
    /// Opens the installation of a configuration; its database must have been migrated. `create`: an embedded
    /// store that is not there is made and migrated.
    ///
    /// Errors: `REPLAY_NEEDED` for a database that is older than the ledger of erasures.
    pub async fn open(config: &Config, create: bool) -> Result<Installation> {
        let installation = Installation::open_whatever_age(config, create).await?;
        standing::refuse_older(&installation.database, &installation.depot).await?;
        Ok(installation)
    }

    /// The same for who touches no data of accounts, or makes an older database forget again: whatever its age.
    pub async fn open_whatever_age(config: &Config, create: bool) -> Result<Installation> {
        let catalog = Arc::new(load_catalog(config.policy.as_deref())?);
        let trusted_keys = match &config.trusted_keys {
            Some(path) => trusted_keys::read(path)?,
            None => Vec::new(),
        };
        let database = connect(config, create).await?;
        if create {
            advance(&database, &catalog).await?;
        }
        migrate::check(&database).await?;
        row_security::check(&database, &catalog).await?;
        let keys = Arc::new(KeyRing::open_or_create(&config.keys, config.clock.now())?);
        let is_new = bind_ring(&database, &keys, config.clock).await?;
        let (spool, wrap) = (config.data.join("unsent"), WrapKey::new(keys.bundle_keys()));
        let depot = Depot::open(&config.depot, &spool, wrap, config.clock).await?;
        if is_new && let Some(head) = ledger::head(&depot).await? {
            // A database that has nobody yet has nobody to forget.
            let now = config.clock.now();
            database
                .write(async |transaction| generation::raise(transaction, head, now).await)
                .await?;
        }
        let replica = match &config.replica_url {
            Some(url) => Some(Replica::at(url, &database, &DatabaseOptions::default())?),
            None => None,
        };
        Ok(Installation {
            catalog,
            database,
            replica,
            keys,
            depot,
            clock: config.clock,
            lease_milliseconds: config.lease_milliseconds,
            erasing: config.erasing,
            exporting: config.exporting.clone(),
            transferring: config.transferring.clone(),
            trusted_keys: Arc::new(trusted_keys),
            drift: DriftWatch::default(),
            new_job: Arc::default(),
        })
    }

    /// Starts the long read that a bundle is made from: on the replica where there is one, never of a moment before now.
    pub async fn snapshot(&self, account: Uuid) -> Result<Snapshot> {
        let patience = self.exporting.replica_time;
        match &self.replica {
            Some(replica) => replica.snapshot(&self.database, account, patience).await,
            None => self.database.snapshot(account).await,
        }
    }

    /// A new id at the clock's time.
    pub fn new_id(&self) -> Uuid {
        id::new(&self.clock)
    }

    /// On which terms a worker takes up a job now.
    pub fn terms(&self) -> Terms {
        Terms {
            now: self.clock.now(),
            lease_now: self.clock.lease_milliseconds(),
            lease: self.lease_milliseconds,
            each: self.exporting.each,
        }
    }

    /// How long our own tokens live.
    pub fn token_life(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.catalog.settings.token_minutes))
    }
}

/// Connects to the database of a configuration, making the folder of an embedded one if asked to.
pub async fn connect(config: &Config, create: bool) -> Result<Database> {
    if create && config.is_embedded {
        std::fs::create_dir_all(&config.data)
            .map_err(|error| Fault::io(format!("make the folder {}", config.data.display()), error))?;
    }
    Database::connect(
        &config.database_url,
        &DatabaseOptions {
            create,
            request_timeout: config.request_time,
            reader_url: config.reader_database_url.clone(),
            ..DatabaseOptions::default()
        },
    )
    .await
}

/// Makes or advances the schema; gives the versions that ran. Where row-level security is up, new tables get theirs.
pub async fn advance(database: &Database, catalog: &Catalog) -> Result<Vec<i64>> {
    let versions = migrate::migrate(database).await?;
    if database.dialect() == Dialect::Postgres
        && !versions.is_empty()
        && let Some(role) = row_security::role(database).await?
    {
        row_security::raise(database, catalog, &role).await?;
    }
    Ok(versions)
}

/// Reads the policy and joins it with the entities; refuses with every fault that it has.
pub fn load_catalog(policy: Option<&Path>) -> Result<Catalog> {
    let text = policy_text(policy)?;
    Catalog::load(&text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let count = lines.len();
        Refusal::new(
            Code::PolicyInvalid,
            format!(
                "the policy has {count} fault{}:\n{}",
                if count == 1 { "" } else { "s" },
                lines.join("\n")
            ),
        )
        .into()
    })
}

/// The policy file's text: the one given, or the built-in one.
pub fn policy_text(policy: Option<&Path>) -> Result<String> {
    match policy {
        None => Ok(DEFAULT_POLICY.to_owned()),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Refusal::new(
                Code::InvalidSetting,
                format!("the policy file {} cannot be read: {error}", path.display()),
            )
            .into()
        }),
    }
}

/// Ties the database to the key ring at the first opening, and refuses another ring ever after: with another one
/// nothing sealed could be read, and erased people would no longer be recognised. True at the first opening.
pub(in crate::work) async fn bind_ring(database: &Database, keys: &KeyRing, clock: Clock) -> Result<bool> {
    let mut select = Sql::new("SELECT key_ring_fingerprint FROM installations");
    select.push(" ORDER BY created_at LIMIT 1");
    let fingerprint = keys.fingerprint();
    let (known, is_new) = database
        .write(async |transaction| {
            let rows = transaction.fetch(&select).await?;
            if let Some(row) = rows.first() {
                return Ok((row.text(0)?, false));
            }
            let mut sql = Sql::new("INSERT INTO installations (id, key_ring_fingerprint, is_demo, generation, access_version, created_at, updated_at) VALUES (");
            sql.bind(id::new(&clock)).push(", ").bind(fingerprint.as_str()).push(", ").bind(false).push(", ");
            sql.bind(1_i64).push(", ").bind(0_i64).push(", ").bind(clock.now()).push(", ").bind(clock.now()).push(")");
            transaction.execute(&sql).await?;
            Ok((fingerprint.clone(), true))
        })
        .await?;
    if known == fingerprint {
        return Ok(is_new);
    }
    Err(Refusal::new(
        Code::WrongKeyRing,
        "this database was made with another key ring; point --keys at the ring it was made with",
    )
    .into())
}

/// Whether this installation was filled as a demo; `None`: nothing was founded in it yet.
pub async fn is_demo(database: &Database) -> Result<Option<bool>> {
    let mut sql = Sql::new("SELECT i.is_demo, (SELECT count(*) FROM accounts) FROM installations i");
    sql.push(" ORDER BY i.created_at LIMIT 1");
    let rows = database.fetch(&sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(if row.int(1)? == 0 {
        None
    } else {
        Some(row.bool(0)?)
    })
}

/// Marks an installation in which nothing was founded yet as a demo.
pub async fn mark_as_demo(database: &Database, clock: Clock) -> Result<()> {
    let mut sql = Sql::new("UPDATE installations SET is_demo = ");
    sql.bind(true).push(", updated_at = ").bind(clock.now());
    database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(())
}
