//! What SQLite says of itself, by its pragmas.

use std::collections::BTreeMap;

use super::{Reference, Schema, quoted_words};
use crate::cell::{Cell, Kind};
use crate::error::Result;
use crate::store::database::{Database, Dialect};
use crate::store::migrate;

/// Our tables of the file: neither SQLite's own nor the list of migrations.
const TABLES: &str = "FROM (SELECT name, sql FROM sqlite_schema WHERE type = 'table' \
    AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name <> '_sqlx_migrations') AS t";

/// The declared type of a column.
pub(super) fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool | Kind::Int | Kind::Instant => "INTEGER",
        Kind::Text | Kind::Enum | Kind::Json => "TEXT",
        Kind::Uuid | Kind::Bytes => "BLOB",
    }
}

pub(super) async fn read(database: &Database, expected: &Schema) -> Result<Schema> {
    let mut schema = Schema::default();
    read_columns(database, &mut schema).await?;
    read_indexes(database, &mut schema).await?;
    read_references(database, &mut schema).await?;
    read_programs(database, expected, &mut schema).await?;
    Ok(schema)
}

async fn read_columns(database: &Database, schema: &mut Schema) -> Result<()> {
    // Of a table made without NOT NULL on its key, `notnull` is 0: SQLite would take NULL there.
    let sql = format!(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value IS NOT NULL OR c.hidden <> 0, c.pk, t.sql \
         {TABLES} JOIN pragma_table_xinfo(t.name) AS c ORDER BY t.name, c.pk, c.cid"
    );
    for row in database.fetch(&sql.as_str().into()).await? {
        let table = schema.tables.entry(row.text(0)?).or_default();
        let (name, create) = (row.text(1)?, row.text(6)?);
        if row.int(5)? > 0 {
            table.primary_key.push(name.clone());
        }
        let column = super::Column {
            data_type: row.text(2)?.to_uppercase(),
            nullable: !row.bool(3)?,
            supplied: row.bool(4)?,
            words: check_of(&create, &name)
                .map(quoted_words)
                .into_iter()
                .flatten()
                .collect(),
        };
        table.columns.insert(name, column);
    }
    Ok(())
}

/// The list behind `CHECK (column IN (`, in the statement that made the table.
fn check_of<'a>(create: &'a str, column: &str) -> Option<&'a str> {
    let (_, list) = create.split_once(&format!("CHECK ({column} IN ("))?;
    list.split_once("))").map(|(list, _)| list)
}

async fn read_indexes(database: &Database, schema: &mut Schema) -> Result<()> {
    let sql = format!(
        "SELECT t.name, i.name, i.\"unique\", i.partial, coalesce(c.name, '(expression)') \
         {TABLES} JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c \
         WHERE i.origin <> 'pk' ORDER BY t.name, i.name, c.seqno"
    );
    let mut found: BTreeMap<(String, String), (bool, Vec<String>)> = BTreeMap::new();
    for row in database.fetch(&sql.as_str().into()).await? {
        let (unique, columns) = found.entry((row.text(0)?, row.text(1)?)).or_default();
        if columns.is_empty() && row.bool(3)? {
            columns.push("(partial)".to_owned());
        }
        *unique = row.bool(2)?;
        columns.push(row.text(4)?);
    }
    for ((table, _), (unique, columns)) in found {
        let table = schema.tables.entry(table).or_default();
        if unique {
            table.unique.insert(columns)
        } else {
            table.indexes.insert(columns)
        };
    }
    Ok(())
}

async fn read_references(database: &Database, schema: &mut Schema) -> Result<()> {
    let sql = format!(
        "SELECT t.name, f.id, f.\"table\", f.\"from\", coalesce(f.\"to\", '(key)'), f.on_delete \
         {TABLES} JOIN pragma_foreign_key_list(t.name) AS f ORDER BY t.name, f.id, f.seq"
    );
    let mut found: BTreeMap<(String, i64), Reference> = BTreeMap::new();
    for row in database.fetch(&sql.as_str().into()).await? {
        let (target, action) = (row.text(2)?, row.text(5)?);
        let reference = found
            .entry((row.text(0)?, row.int(1)?))
            .or_insert_with(|| Reference {
                columns: Vec::new(),
                table: target,
                target_columns: Vec::new(),
                on_delete: action,
            });
        reference.columns.push(row.text(3)?);
        reference.target_columns.push(row.text(4)?);
    }
    for ((table, _), reference) in found {
        schema
            .tables
            .entry(table)
            .or_default()
            .references
            .insert(reference);
    }
    Ok(())
}

/// Triggers, and views that are not of our migrations.
async fn read_programs(database: &Database, expected: &Schema, schema: &mut Schema) -> Result<()> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')";
    for row in database.fetch(&sql.into()).await? {
        let (name, table) = (row.text(1)?, row.text(2)?);
        if row.text(0)? == "trigger" {
            schema.triggers.insert((table, name));
            continue;
        }
        let Cell::Text(text) = row.cell(3, Kind::Text)? else {
            continue;
        };
        if migrate::scripts(Dialect::Sqlite).any(|script| script.contains(text.as_str())) {
            continue;
        }
        // SQLite keeps no record of what a view reads, so its text is searched for our tables' names.
        let is_word = |character: char| !(character.is_alphanumeric() || character == '_');
        let read = |table: &&String| text.split(is_word).any(|word| word.eq_ignore_ascii_case(table));
        for table in expected.tables.keys().filter(read) {
            schema
                .intruders
                .insert((table.clone(), format!("the view {name} reads it")));
        }
    }
    Ok(())
}
