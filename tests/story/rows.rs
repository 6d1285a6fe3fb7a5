//! What the database itself holds, by what the story asks of it.

use std::collections::BTreeMap;

use super::ANA;
use crate::kit::rows::Row;

/// Tables that tell what happened; they grow with every request.
const HISTORY: [&str; 5] = [
    "audit_events",
    "audit_seals",
    "exports",
    "erasures",
    "erasure_batches",
];

/// The rows that are data, not history.
pub fn data(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter()
        .filter(|row| !HISTORY.contains(&row.table.as_str()))
        .collect()
}

/// The id of an account as its database writes it.
pub fn account(rows: &[Row], name: &str) -> Vec<u8> {
    let row = rows
        .iter()
        .find(|row| row.table == "accounts" && row.cell("name") == name.as_bytes());
    row.unwrap_or_else(|| panic!("no account {name}"))
        .cell("id")
        .to_vec()
}

pub fn of<'a>(rows: &'a [Row], account: &[u8]) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.account() == Some(account)).collect()
}

/// Where the person's address stands in an account's rows, or in those of nobody's account.
pub fn mentions(rows: &[Row], account: &[u8]) -> Vec<String> {
    let ours = rows
        .iter()
        .filter(|row| row.account().is_none_or(|of| of == account));
    ours.flat_map(|row| {
        let columns = row.mentions(ANA).into_iter();
        columns
            .map(|column| format!("{}.{column}", row.table))
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The counters of each campaign and link; some count.
pub fn counters(rows: &[Row], account: &[u8]) -> BTreeMap<Vec<u8>, Vec<(String, Vec<u8>)>> {
    let counters: BTreeMap<_, _> = of(rows, account)
        .into_iter()
        .filter(|row| row.table == "campaigns" || row.table == "campaign_links")
        .map(|row| {
            let counts = row.cells.iter().filter(|(name, _)| name.ends_with("_count"));
            (row.cell("id").to_vec(), counts.cloned().collect::<Vec<_>>())
        })
        .collect();
    assert!(counters.values().flatten().any(|(_, count)| count != b"0"));
    counters
}
