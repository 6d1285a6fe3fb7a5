//! The same rows by hand: what an administrator would write, batch by batch, who knows the tables and keeps no record.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
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
    let mut connection = PgConnection::connect(&cluster.url(database))
        .await
        .expect("the copy is there");
    connection
        .execute("SET search_path TO postern")
        .await
        .expect("there is a schema of ours");
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
        loop {
            let sql = format!(
                "{change} WHERE account_id = '{account}' AND id IN \
                 (SELECT id FROM {table} WHERE account_id = '{account}' AND {about} LIMIT {BATCH})"
            );
            let done = connection.execute(AssertSqlSafe(sql.clone())).await;
            let done = done
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
                .rows_affected();
            rows += done;
            if done < u64::from(BATCH) {
                break;
            }
        }
    }
    let used = usage::between(&before, &usage::family(cluster.process()));
    (used, rows)
}
