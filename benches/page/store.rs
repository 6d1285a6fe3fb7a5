//! The store behind a gateway, asked directly: for the floors, and for what the measuring needs to know of it.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Decode, Row, Type};
use uuid::Uuid;

use crate::kit::home::Home;
use crate::usage;

/// One connection of ours.
pub enum Store {
    /// To PostgreSQL.
    Postgres(PgConnection),
    /// To the embedded store.
    Sqlite(SqliteConnection),
}

impl Store {
    /// Connects to the store of an installation.
    pub async fn of(home: &Home) -> Store {
        match home.database_url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("the database is there");
                sqlx::query("SET search_path TO postern")
                    .execute(&mut connection)
                    .await
                    .expect("there is a schema of ours");
                Store::Postgres(connection)
            }
            None => {
                let url = format!("sqlite:{}", home.data().join("postern.sqlite").display());
                Store::Sqlite(SqliteConnection::connect(&url).await.expect("there is a store"))
            }
        }
    }

    /// Runs a statement that is kept prepared and takes all of its rows; gives how many there are.
    pub async fn fetch(&mut self, sql: &'static str, values: &[Uuid]) -> usize {
        match self {
            Store::Postgres(connection) => {
                let query = values.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.fetch_all(connection).await.map(|rows| rows.len())
            }
            Store::Sqlite(connection) => {
                let query = values.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.fetch_all(connection).await.map(|rows| rows.len())
            }
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first value of the first row.
    pub async fn value<T>(&mut self, sql: &'static str, values: &[Uuid]) -> T
    where
        T: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
        T: for<'r> Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
    {
        match self {
            Store::Postgres(connection) => {
                let query = values.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.fetch_one(connection).await.map(|row: PgRow| row.get(0))
            }
            Store::Sqlite(connection) => {
                let query = values.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.fetch_one(connection).await.map(|row: SqliteRow| row.get(0))
            }
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The server's processes that work for this connection, or for all others to the same database, where they run
    /// on this machine.
    pub async fn servers(&mut self, ours: bool) -> Vec<u32> {
        let Store::Postgres(connection) = self else {
            return Vec::new();
        };
        let processes: Vec<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' \
             AND (pid = pg_backend_pid()) = $1",
        )
        .bind(ours)
        .fetch_all(connection)
        .await
        .expect("PostgreSQL tells of its processes");
        processes
            .into_iter()
            .filter_map(|process| u32::try_from(process).ok())
            .filter(|process| usage::is_here(*process, "postgres"))
            .collect()
    }
}
