//! The store behind a gateway, asked directly: for the floors, and for what the measuring needs to know of it.

use std::collections::BTreeMap;
use std::sync::Barrier;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Decode, Executor, Row, Type};
use uuid::Uuid;

use crate::kit::home::Home;

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
                connection
                    .execute("SET search_path TO postern")
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

    /// Runs statements that take no values, one after the other.
    pub async fn script(&mut self, sql: &'static str) {
        match self {
            Store::Postgres(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Store::Sqlite(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// For each of PostgreSQL's tables the condition for a row to be of the account `$1`; those that hold no account's rows
    /// are everybody's.
    pub async fn conditions(&mut self) -> BTreeMap<String, String> {
        let Store::Postgres(connection) = self else {
            panic!("only a server is asked for all of its tables");
        };
        let tables: Vec<(String, bool)> = sqlx::query_as(
            "SELECT table_name::text, bool_or(column_name = 'account_id') FROM information_schema.columns \
             WHERE table_schema = 'postern' GROUP BY 1",
        )
        .fetch_all(connection)
        .await
        .expect("the server knows its tables");
        let condition = |table: &str, has_account| match (table, has_account) {
            ("accounts", _) => "id = $1",
            ("users", _) => "id IN (SELECT user_id FROM group_members WHERE account_id = $1)",
            // The others are for the platform's operators alone.
            ("ticket_messages", _) => "account_id = $1 AND NOT is_internal",
            (_, true) => "account_id = $1",
            (_, false) => "$1 IS NOT NULL",
        };
        let conditions = tables.into_iter().map(|(table, has_account)| {
            let condition = condition(&table, has_account).replace("$1", "$1::uuid");
            (table, condition)
        });
        conditions.collect()
    }

    /// How many rows an account has of each of PostgreSQL's tables.
    pub async fn counts(&mut self, account: Uuid) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for (table, condition) in self.conditions().await {
            let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
            let Store::Postgres(connection) = self else {
                unreachable!("it was asked for its tables");
            };
            let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(account);
            let count = query.fetch_one(connection).await;
            counts.insert(table, count.expect("rows can be counted"));
        }
        counts
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
}

/// Runs a prepared statement so many times over so many connections, each of which waits for its rows before it asks
/// again. `beside` is told when all are connected and warm, and when all have ended; they wait for it.
pub fn repeat(
    home: &Home,
    sql: &'static str,
    values: &[Uuid],
    times: usize,
    connections: usize,
    mut beside: impl FnMut(),
) {
    let barrier = Barrier::new(connections + 1);
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(async {
                    let mut store = Store::of(home).await;
                    for _ in 0..20 {
                        assert!(store.fetch(sql, values).await > 0, "no rows: {sql}");
                    }
                    barrier.wait();
                    barrier.wait();
                    for _ in 0..times.div_ceil(connections) {
                        store.fetch(sql, values).await;
                    }
                    barrier.wait();
                    barrier.wait();
                });
            });
        }
        barrier.wait();
        beside();
        barrier.wait();
        barrier.wait();
        beside();
        barrier.wait();
    });
}
