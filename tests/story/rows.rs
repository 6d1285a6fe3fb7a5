//! What the database itself holds, by what the story asks of it.

use super::ANA;
use crate::kit::rows::Row;

/// The rows that are data, not history.
pub fn data(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|row| !row.is_history()).collect()
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
