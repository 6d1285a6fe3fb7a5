//! What taking a bundle in came to. Must not know how.

use serde_json::{Value, json};
use uuid::Uuid;

/// What an import of a bundle did, or a dry run would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleReport {
    /// The export that made the bundle.
    pub export: Uuid,
    /// Whether an earlier import of the same bundle had begun and not ended.
    pub is_resumed: bool,
    /// What became of each table's rows, in the order in which they were taken in.
    pub tables: Vec<TableReport>,
    /// Secrets that were set and have to be set again: table, column, in how many rows.
    pub secrets: Vec<(String, String, u64)>,
    /// Tables that stay behind: table, rows, why.
    pub left: Vec<(String, u64, &'static str)>,
}

/// What became of the rows of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// The table.
    pub table: String,
    /// Rows of the bundle.
    pub rows: u64,
    /// Rows that are new.
    pub added: u64,
    /// Rows that were there already.
    pub known: u64,
    /// Rows about people who were erased from this account; they are not made again.
    pub suppressed: u64,
    /// Rows that cannot be without another row that is not here.
    pub unheld: u64,
}

impl BundleReport {
    pub(super) fn note_secret(&mut self, table: String, column: String, count: u64) {
        let known = self
            .secrets
            .iter_mut()
            .find(|(of, name, _)| *of == table && *name == column);
        match known {
            Some((_, _, sum)) => *sum += count,
            None => self.secrets.push((table, column, count)),
        }
    }

    /// What there is to know beside the counts, for programs.
    pub fn details(&self) -> Value {
        json!({
            "export": self.export,
            "resumed": self.is_resumed,
            "tables": self.tables.iter().map(|table| json!({
                "table": table.table, "rows": table.rows, "added": table.added, "unchanged": table.known,
                "suppressed": table.suppressed, "rejected": table.unheld,
            })).collect::<Vec<_>>(),
            "toBeSetAgain": self.secrets.iter().map(|(table, column, rows)| json!({
                "table": table, "column": column, "rows": rows,
            })).collect::<Vec<_>>(),
            "leftBehind": self.left.iter().map(|(table, rows, reason)| json!({
                "table": table, "rows": rows, "reason": reason,
            })).collect::<Vec<_>>(),
        })
    }

    /// One number over all tables.
    pub fn sum(&self, of: impl Fn(&TableReport) -> u64) -> u64 {
        self.tables.iter().map(of).sum()
    }
}
