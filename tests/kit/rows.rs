//! Every row of every table as the database itself holds it, read behind Postern's back: what Postern says of its data
//! is held against it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};
use uuid::Uuid;

use super::home::Home;

/// Tables that tell what happened; they grow with every request, or count it.
const HISTORY: [&str; 11] = [
    "installations",
    "arrivals",
    "audit_events",
    "audit_seals",
    "exports",
    "erasures",
    "erasure_batches",
    "erasure_recipients",
    "imports",
    "transfers",
    "uploads",
];

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The table.
    pub table: String,
    /// The columns with their bytes: text as UTF-8, binary as it is, everything else as the database writes it.
    pub cells: Vec<(String, Vec<u8>)>,
}

impl Row {
    /// The bytes of a column.
    pub fn cell(&self, column: &str) -> &[u8] {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        cell.map(|(_, bytes)| bytes.as_slice())
            .unwrap_or_else(|| panic!("{} has no column {column}", self.table))
    }

    /// The account that the row belongs to; `None` for rows of the installation.
    pub fn account(&self) -> Option<&[u8]> {
        let column = if self.table == "accounts" {
            "id"
        } else {
            "account_id"
        };
        self.cells
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, bytes)| bytes.as_slice())
    }

    /// The row's id, as either store writes it.
    pub fn id(&self) -> Uuid {
        let bytes = self.cell("id");
        let written = || std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        Uuid::from_slice(bytes)
            .ok()
            .or_else(written)
            .expect("a row has an id")
    }

    /// Whether the row tells what happened, and is no data of the platform's.
    pub fn is_history(&self) -> bool {
        HISTORY.contains(&self.table.as_str())
    }

    /// The columns in which an address stands, in whatever case, plain or as part of a URL; not as the end of another.
    pub fn mentions(&self, address: &str) -> Vec<&str> {
        let forms = [address.to_lowercase(), address.to_lowercase().replace('@', "%40")];
        let stands_in = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            forms.iter().any(|form| {
                text.match_indices(form.as_str()).any(|(at, _)| {
                    let before = text[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || ".+-_".contains(c))
                })
            })
        };
        self.cells
            .iter()
            .filter(|(_, bytes)| stands_in(bytes))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// The platform's rows in one order, without what follows from other rows: counters of lists and their days.
pub fn comparable(rows: Vec<Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows
        .into_iter()
        .filter(|row| !row.is_history() && row.table != "list_days")
        .map(|mut row| {
            let counts = |name: &str| row.table == "lists" && name.ends_with("_count");
            row.cells.retain(|(name, _)| !counts(name));
            row
        })
        .collect();
    rows.sort();
    rows
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

/// The tables in which an address stands in an account's rows.
pub fn mentions(rows: &[Row], name: &str, email: &str) -> BTreeSet<String> {
    let account = account(rows, name);
    let ours = rows.iter().filter(|row| row.account() == Some(&account));
    ours.filter(|row| !row.mentions(email).is_empty())
        .map(|row| row.table.clone())
        .collect()
}

/// Everything that is not that account's, but history.
pub fn of_others(rows: &[Row], name: &str) -> Vec<Row> {
    let account = account(rows, name);
    let others = rows
        .iter()
        .filter(|row| row.account() != Some(&account) && !row.is_history());
    others.cloned().collect()
}

/// The counters of an account's campaigns and links; some count.
pub fn counters(rows: &[Row], account: &[u8]) -> BTreeMap<Vec<u8>, Vec<(String, Vec<u8>)>> {
    let counters: BTreeMap<_, _> = rows
        .iter()
        .filter(|row| row.account() == Some(account))
        .filter(|row| row.table == "campaigns" || row.table == "campaign_links")
        .map(|row| {
            let counts = row.cells.iter().filter(|(name, _)| name.ends_with("_count"));
            (row.cell("id").to_vec(), counts.cloned().collect::<Vec<_>>())
        })
        .collect();
    assert!(counters.values().flatten().any(|(_, count)| count != b"0"));
    counters
}

impl Home {
    /// Every row of every table, in one order.
    pub async fn rows(&self) -> Vec<Row> {
        let mut rows = match self.database_url() {
            Some(url) => on_postgres(url).await,
            None => {
                embedded(&format!(
                    "sqlite:{}",
                    self.data().join("postern.sqlite").display()
                ))
                .await
            }
        };
        rows.sort();
        rows
    }
}

async fn embedded(url: &str) -> Vec<Row> {
    let mut connection = SqliteConnection::connect(url)
        .await
        .expect("there is an embedded store");
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the tables can be listed");
    let mut rows = Vec::new();
    for (table, columns) in by_table(columns) {
        let cells = columns
            .iter()
            .map(|column| format!("CAST(coalesce(\"{column}\", '') AS BLOB)"))
            .collect::<Vec<_>>();
        let sql = format!("SELECT {} FROM \"{table}\"", cells.join(", "));
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await;
        for row in found.expect("a table can be read") {
            rows.push(Row {
                table: table.clone(),
                cells: columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| (column.clone(), row.get(at)))
                    .collect(),
            });
        }
    }
    // Dropped, it would end some time later, and take with it what is put in the file's place meanwhile.
    connection.close().await.expect("the embedded store is let go of");
    rows
}

async fn on_postgres(url: &str) -> Vec<Row> {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the test's database is there");
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = 'postern' ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the tables can be listed");
    let expressions = columns.iter().map(|(table, column, kind)| {
        let bytes = match kind.as_str() {
            "bytea" => format!("coalesce(\"{column}\", '')"),
            _ => format!("convert_to(coalesce(\"{column}\"::text, ''), 'UTF8')"),
        };
        (table.clone(), bytes)
    });
    let expressions = by_table(expressions.collect());
    let names = by_table(
        columns
            .iter()
            .map(|(table, column, _)| (table.clone(), column.clone()))
            .collect(),
    );
    let mut rows = Vec::new();
    for ((table, expressions), (_, names)) in expressions.into_iter().zip(names) {
        let sql = format!("SELECT {} FROM postern.\"{table}\"", expressions.join(", "));
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await;
        for row in found.expect("a table can be read") {
            rows.push(Row {
                table: table.clone(),
                cells: names
                    .iter()
                    .enumerate()
                    .map(|(at, column)| (column.clone(), row.get(at)))
                    .collect(),
            });
        }
    }
    rows
}

/// Groups pairs of table and column, which come in the order of the tables.
fn by_table(pairs: Vec<(String, String)>) -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for (table, column) in pairs {
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    tables
}
