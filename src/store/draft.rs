//! The SQL that makes a table as its entity says it: a draft for a migration (`postern schema draft`), and
//! the evidence in `schema/tables`. Knows no database; what stands there in truth is compared by [`super::live`].

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::LazyLock;

use super::database::Dialect;
use crate::catalog::registry;
use crate::catalog::shape::{ColumnShape, ReferenceShape, TableShape};
use crate::cell::Kind;
use crate::error::{Code, Refusal, Result, quote};

/// The shape of every table, read from the entities once.
pub fn shapes() -> &'static [TableShape] {
    static SHAPES: LazyLock<Vec<TableShape>> = LazyLock::new(registry::shapes);
    &SHAPES
}

/// The SQL that makes the table of that name. Errors: a refusal when no entity has it.
pub fn draft(table: &str, dialect: Dialect) -> Result<String> {
    match shapes().iter().find(|shape| shape.name == table) {
        Some(shape) => Ok(create_table(shape, dialect, &|_| true) + &create_indexes(shape)),
        None => Err(Refusal::new(
            Code::InvalidSetting,
            format!(
                "there is no entity with the table {}; write it and add it to the registry",
                quote(table)
            ),
        )
        .into()),
    }
}

/// The SQL that makes every table, those referred to before those that refer.
pub fn all_tables(dialect: Dialect) -> String {
    let mut text = String::from("-- Every table as the entities say it, by `postern schema draft`.\n");
    let ordered = ordered();
    let mut made: HashSet<&str> = HashSet::new();
    let mut later = String::new();
    for shape in &ordered {
        made.insert(shape.name);
        // SQLite takes a reference to a table that comes later, PostgreSQL does not.
        let inline = |reference: &ReferenceShape| {
            dialect == Dialect::Sqlite || made.contains(reference.table.as_str())
        };
        text.push('\n');
        text.push_str(&create_table(shape, dialect, &inline));
        text.push_str(&create_indexes(shape));
        for reference in shape.references.iter().filter(|reference| !inline(reference)) {
            let _ = writeln!(
                later,
                "ALTER TABLE {} ADD {};",
                shape.name,
                foreign_key(shape, reference)
            );
        }
    }
    if !later.is_empty() {
        text.push('\n');
        text.push_str(&later);
    }
    text
}

/// Tables referred to come first, as far as references run in no circle; else in the order of the registry.
fn ordered() -> Vec<&'static TableShape> {
    let mut ordered: Vec<&TableShape> = Vec::new();
    let mut rest: Vec<&TableShape> = shapes().iter().collect();
    while !rest.is_empty() {
        let waits = |shape: &TableShape| {
            shape.references.iter().any(|reference| {
                reference.table != shape.name && rest.iter().any(|other| other.name == reference.table)
            })
        };
        let next = rest.iter().position(|shape| !waits(shape)).unwrap_or(0);
        ordered.push(rest.remove(next));
    }
    ordered
}

fn create_table(shape: &TableShape, dialect: Dialect, inline: &dyn Fn(&ReferenceShape) -> bool) -> String {
    let width = shape
        .columns
        .iter()
        .map(|column| column.name.len())
        .max()
        .unwrap_or(0);
    let mut lines: Vec<String> = shape
        .columns
        .iter()
        .map(|column| format!("{:width$} {}", column.name, column_type(column, dialect)))
        .collect();
    lines.push(format!("PRIMARY KEY ({})", shape.primary_key.join(", ")));
    for key in &shape.unique {
        let columns = within_account(shape, key).join(", ");
        lines.push(format!(
            "CONSTRAINT {} UNIQUE ({columns})",
            name(shape, key, "key")
        ));
    }
    for key in &shape.unique_everywhere {
        lines.push(format!(
            "CONSTRAINT {} UNIQUE ({})",
            name(shape, key, "everywhere_key"),
            key.join(", ")
        ));
    }
    for reference in shape.references.iter().filter(|reference| inline(reference)) {
        lines.push(foreign_key(shape, reference));
    }
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    format!(
        "CREATE TABLE {} (\n    {}\n){strict};\n",
        shape.name,
        lines.join(",\n    ")
    )
}

fn create_indexes(shape: &TableShape) -> String {
    let within = shape
        .indexes
        .iter()
        .map(|index| (name(shape, index, "idx"), index_columns(shape, index)));
    let everywhere = shape.indexes_everywhere.iter().map(|index| {
        let columns = index_columns_everywhere(shape, index);
        (name(shape, index, "everywhere_idx"), columns)
    });
    within
        .chain(everywhere)
        .fold(String::new(), |mut text, (index, columns)| {
            let _ = writeln!(
                text,
                "CREATE INDEX {index} ON {} ({});",
                shape.name,
                columns.join(", ")
            );
            text
        })
}

/// A unique key with `account_id` in front, where the table has one.
pub(super) fn within_account(shape: &TableShape, key: &[&'static str]) -> Vec<&'static str> {
    let account = shape.has_account().then_some("account_id");
    account.into_iter().chain(key.iter().copied()).collect()
}

/// An index with `account_id` in front and `id` at the end.
pub(super) fn index_columns(shape: &TableShape, index: &[&'static str]) -> Vec<&'static str> {
    let mut columns = within_account(shape, index);
    columns.push("id");
    columns
}

/// An index over the rows of all accounts, with the primary key at the end.
pub(super) fn index_columns_everywhere(shape: &TableShape, index: &[&'static str]) -> Vec<&'static str> {
    index.iter().chain(&shape.primary_key).copied().collect()
}

fn name(shape: &TableShape, columns: &[&str], suffix: &str) -> String {
    format!("{}_{}_{suffix}", shape.name, columns.join("_"))
}

fn foreign_key(shape: &TableShape, reference: &ReferenceShape) -> String {
    let (from, to) = if reference.within_account {
        (format!("account_id, {}", reference.column), "account_id, id")
    } else {
        (reference.column.to_owned(), "id")
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({from}) REFERENCES {} ({to}) ON DELETE NO ACTION",
        name(shape, &[reference.column], "fkey"),
        reference.table
    )
}

fn column_type(column: &ColumnShape, dialect: Dialect) -> String {
    let mut text = base_type(column.kind, dialect).to_owned();
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if starts_at_zero(column) {
        text.push_str(" DEFAULT 0");
    }
    if let Some(check) = check(column, dialect) {
        let _ = write!(text, " CHECK ({check})");
    }
    text
}

/// Counters start at zero by themselves: whoever writes a row does not know of them (ruling 6). No other
/// column has a default.
pub(super) fn starts_at_zero(column: &ColumnShape) -> bool {
    column.kind == Kind::Int && !column.nullable && column.name.ends_with("_count")
}

fn base_type(kind: Kind, dialect: Dialect) -> &'static str {
    match (dialect, kind) {
        (Dialect::Postgres, Kind::Bool) => "boolean",
        (Dialect::Postgres, Kind::Int) => "bigint",
        (Dialect::Postgres, Kind::Text | Kind::Enum) => "text COLLATE \"C\"",
        (Dialect::Postgres, Kind::Uuid) => "uuid",
        (Dialect::Postgres, Kind::Instant) => "timestamptz",
        (Dialect::Postgres, Kind::Json) => "jsonb",
        (Dialect::Postgres, Kind::Bytes) => "bytea",
        (Dialect::Sqlite, Kind::Bool | Kind::Int | Kind::Instant) => "INTEGER",
        (Dialect::Sqlite, Kind::Text | Kind::Enum | Kind::Json) => "TEXT",
        (Dialect::Sqlite, Kind::Uuid | Kind::Bytes) => "BLOB",
    }
}

/// What SQLite's few types leave open is checked, so that no other writer can store what we cannot read.
fn check(column: &ColumnShape, dialect: Dialect) -> Option<String> {
    let name = column.name;
    match (dialect, column.kind) {
        (_, Kind::Enum) => {
            let words: Vec<String> = column.words.iter().map(|word| format!("'{word}'")).collect();
            Some(format!("{name} IN ({})", words.join(", ")))
        }
        (Dialect::Sqlite, Kind::Bool) => Some(format!("{name} IN (0, 1)")),
        (Dialect::Sqlite, Kind::Uuid) => Some(format!("length({name}) = 16")),
        (Dialect::Sqlite, Kind::Json) => Some(format!("json_valid({name})")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_draft_has_keys_within_the_account_and_an_index_that_ends_with_the_id() {
        let sql = draft("subscriber_profiles", Dialect::Postgres).unwrap();
        for line in [
            "    PRIMARY KEY (account_id, id),",
            "    CONSTRAINT subscriber_profiles_list_id_subscriber_id_key UNIQUE (account_id, list_id, subscriber_id),",
            "    CONSTRAINT subscriber_profiles_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists \
             (account_id, id) ON DELETE NO ACTION,",
            "CREATE INDEX subscriber_profiles_list_id_status_idx ON subscriber_profiles (account_id, list_id, status, id);",
        ] {
            assert!(sql.lines().any(|other| other == line), "{line}\nis not in\n{sql}");
        }
    }

    #[test]
    fn a_table_without_an_entity_is_refused() {
        assert!(matches!(
            draft("nothing", Dialect::Sqlite),
            Err(Error::Refused(_))
        ));
    }

    #[test]
    fn names_fit_into_what_postgresql_keeps_of_them() {
        for word in all_tables(Dialect::Postgres).split_whitespace() {
            assert!(word.len() <= 63, "{word}");
        }
    }

    #[test]
    fn tables_referred_to_come_first() {
        let order: Vec<&str> = ordered().iter().map(|shape| shape.name).collect();
        let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
        assert!(place("accounts") < place("lists") && place("lists") < place("campaigns"));
        assert!(place("campaigns") < place("subscriber_profiles"));
    }
}
