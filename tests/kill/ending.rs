//! The erasure of a closed account, killed: begun again, it ends in the same rows, one receipt and one entry of the ledger;
//! so does what it had kept.

use std::time::Duration;

use postern::fail_point::FailPoint;

use super::place::Place;
use super::say;
use crate::kit::rows::{Row, account};

/// Where it dies before its first receipt.
const FIRST: [FailPoint; 13] = [
    FailPoint::ErasurePlanned,
    FailPoint::ErasureClaimed,
    FailPoint::ErasureFenced,
    FailPoint::ErasureBundles,
    FailPoint::ErasureBatch,
    FailPoint::ErasureStep,
    FailPoint::ErasureRows,
    FailPoint::ErasureVerifying,
    FailPoint::LedgerNumbered,
    FailPoint::LedgerHead,
    FailPoint::DepotEntry,
    FailPoint::ErasureLedger,
    FailPoint::ErasureDone,
];

/// And when it goes on with what it had kept.
const LATER: [FailPoint; 2] = [FailPoint::ErasureBatch, FailPoint::ErasureSecondReceipt];

/// When the days of retrieval are over.
const DUE: [&str; 4] = ["retention", "run", "--now", "2031-01-01T00:00:00Z"];

/// Longer than a killed worker's lease.
const LEASE: Duration = Duration::from_millis(1_300);

/// All cases, on copies of one installation whose bills are not paid.
pub async fn survives(template: &Place, store: &str) {
    template.home.tamper("UPDATE invoices SET status = 'due'").await;
    // What else is past its clock is no part of this.
    template.home.run(&DUE).well();
    let acme = account(&template.home.rows().await, "Acme");
    template.home.run(&["account", "close", "Acme"]).well();
    let calm = template.copy().await;
    calm.home.run(&DUE).well();
    let expected = outcome(&calm, &acme).await;
    for point in FIRST {
        say(&format!(
            "{store}: the end of an account, killed at {}",
            point.word()
        ));
        let killed = template.copy().await;
        killed.run_until(&format!("{}:1", point.word()), &DUE);
        tokio::time::sleep(LEASE).await;
        killed.home.run(&DUE).well();
        assert!(outcome(&killed, &acme).await == expected, "{point:?}");
    }
    calm.home.tamper("UPDATE invoices SET status = 'paid'").await;
    let partial = calm;
    let calm = partial.copy().await;
    calm.home.run(&DUE).well();
    let expected = outcome(&calm, &acme).await;
    for point in LATER {
        say(&format!(
            "{store}: what an account's end kept, killed at {}",
            point.word()
        ));
        let killed = partial.copy().await;
        killed.run_until(&format!("{}:1", point.word()), &DUE);
        tokio::time::sleep(LEASE).await;
        killed.home.run(&DUE).well();
        assert!(outcome(&killed, &acme).await == expected, "{point:?}");
    }
}

/// A run that dies lasts longer.
fn without_time(mut row: Row) -> Row {
    row.cells.retain(|(name, _)| name != "updated_at");
    row
}

/// What is left, and of the account's erasure the state and the numbers of its receipts.
async fn outcome(place: &Place, acme: &[u8]) -> (Vec<Row>, Vec<String>) {
    let rows = place.home.rows().await;
    let text = |row: &Row, column: &str| String::from_utf8_lossy(row.cell(column)).into_owned();
    let to_tell = |erasure: &[u8]| {
        let of = |row: &&Row| row.table == "erasure_recipients" && row.cell("erasure_id") == erasure;
        rows.iter().filter(of).count()
    };
    let of_acme = |row: &&Row| row.table == "erasures" && row.account() == Some(acme);
    let erasures = rows
        .iter()
        .filter(of_acme)
        .filter(|row| !row.cell("account_closed_at").is_empty())
        .map(|row| {
            let number = |column: &str| {
                let receipt: serde_json::Value = serde_json::from_str(&text(row, column)).unwrap_or_default();
                receipt["number"].to_string()
            };
            let numbers = (number("receipt"), number("second_receipt"));
            format!(
                "{} {} {} rows {} recipients {}",
                text(row, "state"),
                numbers.0,
                numbers.1,
                text(row, "rows_done"),
                to_tell(row.cell("id"))
            )
        })
        .collect();
    let left = rows
        .into_iter()
        .filter(|row| !row.is_history() && row.table != "installations")
        .map(without_time)
        .collect();
    (left, erasures)
}
