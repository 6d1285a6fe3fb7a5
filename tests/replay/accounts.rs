//! A whole account that was erased is so again after a restore: also where the backup knows nothing of its closing.

use serde_json::json;

use super::SERVE;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

const DUE: [&str; 4] = ["retention", "run", "--now", "2031-01-01T00:00:00Z"];

/// The tables that have rows of an account; the log's seals aside, which are set when events are taken from under them.
fn of(rows: &[Row], account: &[u8]) -> Vec<String> {
    let mut tables: Vec<String> = rows
        .iter()
        .filter(|row| row.account() == Some(account) && row.table != "audit_seals")
        .map(|row| row.table.clone())
        .collect();
    tables.dedup();
    tables.sort();
    tables.dedup();
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_erased_is_erased_again_in_a_restored_database() {
    for home in Home::each().await {
        company::found(&home, 12).await;
        let before = home.rows().await;
        let (acme, globex) = (account(&before, "Acme"), account(&before, "Globex"));
        let backup = home.back_up().await;
        home.run(&["account", "close", "Acme"]).well();
        home.run(&DUE).well();
        let gone = of(&home.rows().await, &acme);
        assert!(gone.len() < 10, "{gone:?}");

        home.restore(&backup).await;
        assert!(of(&home.rows().await, &acme).len() > 30);
        assert_eq!(home.run(&SERVE).with_code(1).failure(), "REPLAY_NEEDED");
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(
            replayed["erasures"].as_array().map(Vec::len),
            Some(1),
            "{replayed:#}"
        );
        assert_eq!(replayed["erasures"][0]["outcome"], "REPEATED", "{replayed:#}");
        let after = home.rows().await;
        assert_eq!(of(&after, &acme), gone);
        let others = |rows: &[Row]| -> Vec<Row> {
            let of_globex = rows.iter().filter(|row| row.account() == Some(&globex));
            of_globex.filter(|row| !row.is_history()).cloned().collect()
        };
        assert!(others(&after) == others(&before), "another account is another's");
        let again = home.run(&["replay", "--json"]).well().json();
        assert_eq!(again["erasures"], json!([]), "{again:#}");
    }
}
