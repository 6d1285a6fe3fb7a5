//! The same rows by hand: what an administrator would write, batch by batch, who knows the tables and keeps no record.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row as _};
use uuid::Uuid;

use crate::bench_kit::cluster::Cluster;
use crate::bench_kit::usage;

/// Rows of a batch, as the gateway has it.
const BATCH: u32 = 1_000;

/// What is done with the rows of the table that are about the person, in this order.
const STEPS: [(&str, &str); 16] = [
    ("clicks", "DELETE FROM clicks"),
    ("opens", "DELETE FROM opens"),
    ("profile_values", "DELETE FROM profile_values"),
    (
        "unsubscribes",
        "UPDATE unsubscribes SET subscriber_id = NULL, profile_id = NULL",
    ),
    ("bounces", "UPDATE bounces SET subscriber_id = NULL"),
    (
        "deliveries",
        "UPDATE deliveries SET subscriber_id = NULL, recipient_email = NULL",
    ),
    ("complaints", "UPDATE complaints SET subscriber_id = NULL"),
    ("data_requests", "UPDATE data_requests SET subscriber_id = NULL"),
    ("disclosures", "UPDATE disclosures SET subscriber_id = NULL"),
    (
        "processing_restrictions",
        "UPDATE processing_restrictions SET subscriber_id = NULL",
    ),
    ("page_visits", "DELETE FROM page_visits"),
    ("visitors", "DELETE FROM visitors"),
    ("transactional_emails", "DELETE FROM transactional_emails"),
    ("consents", "DELETE FROM consents"),
    ("subscriber_profiles", "DELETE FROM subscriber_profiles"),
    ("subscribers", "DELETE FROM subscribers"),
];

/// Erases a person by hand; gives the database's processor time and the rows.
pub async fn erase(cluster: &Cluster, database: &str, account: Uuid, person: Uuid) -> (Duration, u64) {
    let mut connection = connect(cluster, database).await;
    let before = usage::family(cluster.process());
    let mut rows = 0;
    for (table, change) in STEPS {
        let about = match table {
            "subscribers" => format!("id = '{person}'"),
            "profile_values" => format!(
                "profile_id IN (SELECT id FROM subscriber_profiles WHERE account_id = '{account}' AND subscriber_id = '{person}')"
            ),
            _ => format!("subscriber_id = '{person}'"),
        };
        rows += in_batches(
            &mut connection,
            (table, change),
            &format!("account_id = '{account}' AND {about}"),
        )
        .await;
    }
    let used = usage::between(&before, &usage::family(cluster.process()));
    (used, rows)
}

/// Deletes an account by hand, but its own row and what the law keeps; gives the database's processor time and the rows.
pub async fn erase_account(cluster: &Cluster, database: &str, account: Uuid) -> (Duration, u64) {
    let mut connection = connect(cluster, database).await;
    let tables = tables(&mut connection).await;
    let before = usage::family(cluster.process());
    let mut rows = 0;
    for table in tables {
        let delete = format!("DELETE FROM {table}");
        let of_it = format!("account_id = '{account}'");
        rows += in_batches(&mut connection, (&table, &delete), &of_it).await;
    }
    let used = usage::between(&before, &usage::family(cluster.process()));
    (used, rows)
}

/// The tables of an account whose rows go with it, those that refer before those that they refer to.
pub async fn tables(connection: &mut PgConnection) -> Vec<String> {
    let rows = connection
        .fetch_all(
            "WITH RECURSIVE reference AS (
                 SELECT conrelid AS referring, confrelid AS target FROM pg_constraint
                 WHERE contype = 'f' AND connamespace = 'postern'::regnamespace AND conrelid <> confrelid
             ), placed (relation, depth) AS (
                 SELECT attrelid, 0 FROM pg_attribute
                 WHERE attname = 'account_id' AND attrelid IN (SELECT oid FROM pg_class
                     WHERE relkind = 'r' AND relnamespace = 'postern'::regnamespace)
                 UNION SELECT reference.target, placed.depth + 1 FROM placed JOIN reference ON reference.referring = placed.relation
                 WHERE placed.depth < 20
             )
             SELECT relation::regclass::text FROM placed
             WHERE relation IN (SELECT attrelid FROM pg_attribute WHERE attname = 'account_id')
                 AND relation::regclass::text NOT IN ('invoices', 'payments', 'erasures', 'erasure_batches', 'audit_events', 'audit_seals')
             GROUP BY relation ORDER BY max(depth)",
        )
        .await
        .expect("the catalog can be read");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn connect(cluster: &Cluster, database: &str) -> PgConnection {
    let mut connection = PgConnection::connect(&cluster.url(database))
        .await
        .expect("the copy is there");
    connection
        .execute("SET search_path TO postern")
        .await
        .expect("there is a schema of ours");
    connection
}

/// Does it batch by batch until none is left; gives how many rows that were.
async fn in_batches(connection: &mut PgConnection, (table, change): (&str, &str), which: &str) -> u64 {
    let mut rows = 0;
    loop {
        let sql =
            format!("{change} WHERE {which} AND id IN (SELECT id FROM {table} WHERE {which} LIMIT {BATCH})");
        let done = connection.execute(AssertSqlSafe(sql.clone())).await;
        let done = done
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .rows_affected();
        rows += done;
        if done < u64::from(BATCH) {
            return rows;
        }
    }
}
