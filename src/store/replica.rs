//! A read replica of the primary, for reads of any length that see one moment. It follows the primary with a delay: a
//! snapshot is taken there only when it has come as far as the primary was when it was asked for.
//!
//! Must not know what is read. Rights and jobs are never read here.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::Instant;
use uuid::Uuid;

use super::connect::{by_url, place_of};
use super::database::{Database, DatabaseOptions, Dialect};
use super::failure::{connecting_to_postgres, from_driver};
use super::sql::Sql;
use super::transaction::{Snapshot, on_postgres};
use crate::error::{Code, Error, Fault, Refusal, Result};

/// What it is called in messages.
const SETTING: &str = "--replica-url";

/// How often it is asked how far it has come.
const PAUSE: Duration = Duration::from_millis(100);

/// A replica of one primary. Cheap to clone.
#[derive(Clone)]
pub struct Replica {
    options: PgConnectOptions,
}

impl std::fmt::Debug for Replica {
    /// Without the URL: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").finish_non_exhaustive()
    }
}

impl Replica {
    /// The replica at that URL, which is not asked yet: it may be away while the gateway starts.
    pub fn at(url: &str, primary: &Database, options: &DatabaseOptions) -> Result<Replica> {
        let is_postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
        if !is_postgres || primary.dialect() != Dialect::Postgres {
            let message = "--replica-url is for PostgreSQL, like the database-url that it is a replica of";
            return Err(Refusal::new(Code::InvalidSetting, message).into());
        }
        let options = by_url(url, SETTING, options)?;
        Ok(Replica { options })
    }

    /// Starts a long read of what the primary has committed of an account by now, or later. Waits for the replica as long as
    /// `patience`; a fault that may pass when it is further behind, a refusal when it is no replica of this primary.
    pub async fn snapshot(&self, primary: &Database, account: Uuid, patience: Duration) -> Result<Snapshot> {
        let wanted = Position::of(primary).await?;
        let mut connection = PgConnection::connect_with(&self.options)
            .await
            .map_err(|error| self.unreachable(error))?;
        let until = Instant::now() + patience;
        loop {
            match standing(&mut connection, &wanted).await? {
                Standing::There => break,
                Standing::Behind if Instant::now() < until => tokio::time::sleep(PAUSE).await,
                Standing::Behind => {
                    let seconds = patience.as_secs();
                    let reason = format!("the replica is more than {seconds} s behind the primary");
                    return Err(Fault::StoreUnavailable(reason).into());
                }
                Standing::Other => {
                    let message =
                        "--replica-url leads to a server that is no replica of the database at database-url";
                    return Err(Refusal::new(Code::InvalidSetting, message).into());
                }
            }
        }
        let walled = primary.is_walled().then_some(account);
        Snapshot::of_postgres(connection, walled)
            .await
            .map_err(from_driver)
    }

    /// A replica that is away may be back at the next attempt.
    fn unreachable(&self, error: sqlx::Error) -> Error {
        let place = place_of(&self.options);
        match connecting_to_postgres(error, &place, self.options.get_username(), SETTING) {
            Error::Refused(refusal) if refusal.code == Code::DependencyUnavailable => {
                Fault::StoreUnavailable(refusal.message).into()
            }
            other => other,
        }
    }
}

/// Where the primary was, and which server it is.
struct Position {
    log: String,
    started: String,
    installation: Uuid,
}

impl Position {
    async fn of(primary: &Database) -> Result<Position> {
        // What was committed before is in the log up to there.
        let sql = "SELECT pg_current_wal_lsn()::text, pg_postmaster_start_time()::text, \
                   (SELECT id FROM installations ORDER BY created_at LIMIT 1)";
        let rows = primary.fetch(&Sql::new(sql)).await?;
        let row = rows
            .first()
            .ok_or_else(|| Fault::Store("no position in the log".into()))?;
        Ok(Position {
            log: row.text(0)?,
            started: row.text(1)?,
            installation: row.uuid(2)?,
        })
    }
}

enum Standing {
    /// It has all that is wanted.
    There,
    /// Not yet.
    Behind,
    /// It follows another primary, or none.
    Other,
}

async fn standing(connection: &mut PgConnection, wanted: &Position) -> Result<Standing> {
    // A server that follows nobody is good only when it is the primary itself.
    let mut sql = Sql::new("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= ");
    sql.bind(wanted.log.as_str())
        .push("::text::pg_lsn ELSE pg_postmaster_start_time()::text = ")
        .bind(wanted.started.as_str())
        .push("::text END, pg_is_in_recovery()");
    let rows = on_postgres(&mut *connection, &sql).await.map_err(from_driver)?;
    let row = rows
        .first()
        .ok_or_else(|| Fault::Store("no position in the log".into()))?;
    let (is_there, follows) = (row.bool(0).unwrap_or(false), row.bool(1)?);
    if !is_there {
        return Ok(if follows {
            Standing::Behind
        } else {
            Standing::Other
        });
    }
    let mut sql = Sql::new("SELECT count(*) FROM installations WHERE id = ");
    sql.bind(wanted.installation);
    match on_postgres(&mut *connection, &sql).await {
        Ok(rows) if rows.first().map_or(Ok(0), |row| row.int(0))? == 1 => Ok(Standing::There),
        Ok(_) => Ok(Standing::Other),
        // It has no such table.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(Standing::Other),
        Err(error) => Err(from_driver(error)),
    }
}
