//! Makes and advances the schema: the files under `schema/migrations`, embedded when the program is built, run
//! by sqlx. Knows their numbers and nothing of what stands in them.

use std::collections::BTreeMap;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, Executor};

use super::database::{Database, Dialect, SCHEMA};
use super::failure::from_driver;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::error::{Code, Error, Fault, Refusal, Result};

static POSTGRES: Migrator = sqlx::migrate!("schema/migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("schema/migrations/sqlite");

/// Any number will do, as long as all of our programs take the same.
const MIGRATION_LOCK: i64 = 0x706f_7374_6572_6e00;

/// What the database says of its schema, seen from this program.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing there.
    Empty,
    /// Tables, but none of our migrations.
    Foreign,
    /// As this program expects it.
    Current,
    /// This program has migrations that the database lacks.
    Older(i64),
    /// The database has migrations that this program lacks.
    Newer(i64),
    /// A migration that has run differs from this program's.
    Changed(i64),
}

fn migrator(dialect: Dialect) -> &'static Migrator {
    match dialect {
        Dialect::Postgres => &POSTGRES,
        Dialect::Sqlite => &SQLITE,
    }
}

/// The texts of all migrations, in order.
pub(super) fn scripts(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    migrator(dialect).iter().map(|migration| migration.sql.as_str())
}

/// The schema version that this program needs.
pub fn needed_version(dialect: Dialect) -> i64 {
    migrator(dialect)
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// The schema version that the database has; none when it was never migrated.
pub async fn schema_version(database: &Database) -> Result<Option<i64>> {
    Ok(applied(database)
        .await?
        .and_then(|versions| versions.keys().next_back().copied()))
}

/// Refuses a database whose schema is not the one of this program.
pub async fn check(database: &Database) -> Result<()> {
    let needed = needed_version(database.dialect());
    match standing(database).await? {
        Standing::Current => Ok(()),
        Standing::Empty => mismatch("the database is empty; make its schema with postern migrate".to_owned()),
        Standing::Older(version) => mismatch(format!(
            "the database has schema version {version}, this program needs {needed}; advance it with postern migrate"
        )),
        other => refuse(&other, needed),
    }
}

/// Makes or advances the schema; gives the versions that ran, none when there was nothing to do. Programs that
/// do this at the same time wait for each other. Errors: a refusal when the schema is newer than this program
/// or of another program.
pub async fn migrate(database: &Database) -> Result<Vec<i64>> {
    let dialect = database.dialect();
    match standing(database).await? {
        Standing::Current => return Ok(Vec::new()),
        Standing::Empty | Standing::Older(_) => {}
        other => refuse(&other, needed_version(dialect))?,
    }
    let before = applied(database).await?.unwrap_or_default();
    match dialect {
        Dialect::Postgres => migrate_postgres(database).await?,
        Dialect::Sqlite => migrate_sqlite(database).await?,
    }
    let after = applied(database).await?.unwrap_or_default();
    Ok(after
        .into_keys()
        .filter(|version| !before.contains_key(version))
        .collect())
}

async fn migrate_postgres(database: &Database) -> Result<()> {
    let mut connection = database.for_postgres_migration().await?;
    // Before the schema is made, not only before its tables: CREATE SCHEMA IF NOT EXISTS fails in a race.
    let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATION_LOCK);
    connection.execute(lock).await.map_err(from_driver)?;
    let there: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(SCHEMA)
        .fetch_one(&mut connection)
        .await
        .map_err(from_driver)?;
    if !there {
        connection
            .execute("CREATE SCHEMA postern")
            .await
            .map_err(from_driver)?;
    }
    POSTGRES.run(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(from_driver)
}

/// All in one transaction, which is the only writer from its start, and so keeps a second program out.
async fn migrate_sqlite(database: &Database) -> Result<()> {
    let Transaction::Sqlite(mut transaction) = database.begin().await? else {
        return Err(Fault::Invariant("no SQLite to migrate".into()).into());
    };
    SQLITE.run(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(from_driver)
}

fn failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) => from_driver(error),
        MigrateError::ExecuteMigration(error, version) => match from_driver(error) {
            Error::Fault(Fault::Store(text)) => Fault::Store(format!("migration {version}: {text}")).into(),
            other => other,
        },
        other => Fault::Store(format!("migrations: {other}")).into(),
    }
}

async fn standing(database: &Database) -> Result<Standing> {
    let Some(applied) = applied(database).await? else {
        let tables = database.fetch(&count_of_tables(database.dialect())).await?;
        let count = tables.first().map_or(Ok(0), |row| row.int(0))?;
        return Ok(if count == 0 {
            Standing::Empty
        } else {
            Standing::Foreign
        });
    };
    let migrator = migrator(database.dialect());
    let needed = needed_version(database.dialect());
    let last = applied.keys().next_back().copied().unwrap_or(0);
    if let Some(unknown) = applied.keys().find(|version| !migrator.version_exists(**version)) {
        return Ok(if *unknown > needed {
            Standing::Newer(last)
        } else {
            Standing::Changed(*unknown)
        });
    }
    for migration in migrator.iter() {
        match applied.get(&migration.version) {
            None => return Ok(Standing::Older(last)),
            Some(checksum) if *checksum != *migration.checksum => {
                return Ok(Standing::Changed(migration.version));
            }
            Some(_) => {}
        }
    }
    Ok(Standing::Current)
}

/// The migrations that have run, with their checksums; none when there is no record of any.
async fn applied(database: &Database) -> Result<Option<BTreeMap<i64, Vec<u8>>>> {
    let recorded = match database.dialect() {
        Dialect::Postgres => "SELECT to_regclass('postern._sqlx_migrations') IS NOT NULL",
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'",
    };
    let recorded = database.fetch(&recorded.into()).await?;
    if !recorded.first().map_or(Ok(false), |row| row.bool(0))? {
        return Ok(None);
    }
    let sql = Sql::new("SELECT version, checksum FROM _sqlx_migrations ORDER BY version");
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.bytes(1)?)))
        .collect::<Result<_>>()
        .map(Some)
}

fn count_of_tables(dialect: Dialect) -> Sql {
    Sql::new(match dialect {
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('postern') \
             AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        }
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view')",
    })
}

fn refuse(standing: &Standing, needed: i64) -> Result<()> {
    mismatch(match standing {
        Standing::Empty | Standing::Current | Standing::Older(_) => return Ok(()),
        Standing::Foreign => {
            "the database holds tables of another program; give Postern a database of its own, or on PostgreSQL \
             a schema postern of its own"
                .to_owned()
        }
        Standing::Newer(version) => format!(
            "the database has schema version {version}, this program knows {needed}; use a newer postern"
        ),
        Standing::Changed(version) => format!(
            "migration {version} has run in another form than this program's; use the postern that made this database"
        ),
    })
}

fn mismatch(message: String) -> Result<()> {
    Err(Refusal::new(Code::SchemaMismatch, message).into())
}
