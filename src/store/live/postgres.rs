//! What PostgreSQL says of itself, by its system catalogs.

use super::{Reference, Schema, quoted_words};
use crate::cell::{Cell, Kind};
use crate::error::Result;
use crate::store::database::Database;

/// The type of a column as `format_type` gives it, with the collation of text.
pub(super) fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Int => "bigint",
        Kind::Text | Kind::Enum => "text COLLATE C",
        Kind::Uuid => "uuid",
        Kind::Instant => "timestamp with time zone",
        Kind::Json => "jsonb",
        Kind::Bytes => "bytea",
    }
}

const COLUMNS: &str = "SELECT c.relname, a.attname, \
        format_type(a.atttypid, a.atttypmod) || coalesce(' COLLATE ' || o.collname, ''), \
        NOT a.attnotnull, a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' \
    FROM pg_catalog.pg_class AS c \
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_catalog.pg_collation AS o ON o.oid = a.attcollation \
    WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p', 'f') \
        AND c.relname <> '_sqlx_migrations'";

/// Constraints of our tables, and foreign keys of other tables that refer to ours. Columns in their order.
const CONSTRAINTS: &str = "SELECT k.contype::text, c.relname, c.relnamespace = 'postern'::regnamespace, \
        c.oid::regclass::text, \
        (SELECT string_agg(a.attname, ',' ORDER BY n.place) FROM unnest(k.conkey) WITH ORDINALITY AS n(number, place) \
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.number), \
        f.relname, \
        (SELECT string_agg(a.attname, ',' ORDER BY n.place) FROM unnest(k.confkey) WITH ORDINALITY AS n(number, place) \
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.number), \
        CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' \
            WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END, \
        pg_get_constraintdef(k.oid) \
    FROM pg_catalog.pg_constraint AS k \
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid \
    LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid \
    WHERE k.contype IN ('p', 'f', 'c') AND c.relname <> '_sqlx_migrations' \
        AND 'postern'::regnamespace IN (c.relnamespace, f.relnamespace)";

/// Valid indexes that are not primary keys; expressions and conditions stand as such.
const INDEXES: &str = "SELECT c.relname, i.indisunique, \
        CASE WHEN i.indpred IS NULL THEN '' ELSE '(partial),' END || \
        (SELECT string_agg(coalesce(a.attname, '(expression)'), ',' ORDER BY n.place) \
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS n(number, place) \
            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = n.number AND n.number > 0) \
    FROM pg_catalog.pg_index AS i \
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid \
    WHERE c.relnamespace = 'postern'::regnamespace AND c.relname <> '_sqlx_migrations' \
        AND NOT i.indisprimary AND i.indisvalid";

/// Triggers that are switched on.
const TRIGGERS: &str = "SELECT c.relname, t.tgname FROM pg_catalog.pg_trigger AS t \
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid \
    WHERE c.relnamespace = 'postern'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'D'";

/// Views over our tables, rules on them, and tables that inherit from them.
const INTRUDERS: &str = "SELECT DISTINCT c.relname, 'the view ' || v.oid::regclass::text || ' reads it' \
    FROM pg_catalog.pg_depend AS d \
    JOIN pg_catalog.pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
    JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class \
    JOIN pg_catalog.pg_class AS c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid AND c.oid <> v.oid \
    WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p', 'f') \
    UNION ALL \
    SELECT c.relname, 'the rule ' || r.rulename || ' is not ours' \
    FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
    WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p', 'f') \
    UNION ALL \
    SELECT c.relname, 'the table ' || h.inhrelid::regclass::text || ' inherits from it' \
    FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS c ON c.oid = h.inhparent \
    WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p', 'f')";

pub(super) async fn read(database: &Database) -> Result<Schema> {
    let mut schema = Schema::default();
    for row in database.fetch(&COLUMNS.into()).await? {
        let column = super::Column {
            data_type: row.text(2)?,
            nullable: row.bool(3)?,
            supplied: row.bool(4)?,
            ..super::Column::default()
        };
        schema
            .tables
            .entry(row.text(0)?)
            .or_default()
            .columns
            .insert(row.text(1)?, column);
    }
    read_constraints(database, &mut schema).await?;
    for row in database.fetch(&INDEXES.into()).await? {
        let columns = names(row.cell(2, Kind::Text)?);
        let table = schema.tables.entry(row.text(0)?).or_default();
        if row.bool(1)? {
            table.unique.insert(columns)
        } else {
            table.indexes.insert(columns)
        };
    }
    for row in database.fetch(&TRIGGERS.into()).await? {
        schema.triggers.insert((row.text(0)?, row.text(1)?));
    }
    for row in database.fetch(&INTRUDERS.into()).await? {
        schema.intruders.insert((row.text(0)?, row.text(1)?));
    }
    Ok(schema)
}

async fn read_constraints(database: &Database, schema: &mut Schema) -> Result<()> {
    for row in database.fetch(&CONSTRAINTS.into()).await? {
        let (kind, is_ours, columns) = (row.text(0)?, row.bool(2)?, names(row.cell(4, Kind::Text)?));
        if !is_ours {
            schema
                .intruders
                .insert((row.text(5)?, format!("the table {} refers to it", row.text(3)?)));
            continue;
        }
        let table = schema.tables.entry(row.text(1)?).or_default();
        match kind.as_str() {
            "p" => table.primary_key = columns,
            "f" => {
                table.references.insert(Reference {
                    columns,
                    table: row.text(5)?,
                    target_columns: names(row.cell(6, Kind::Text)?),
                    on_delete: row.text(7)?,
                });
            }
            _ => {
                let definition = row.text(8)?;
                if let [column] = columns.as_slice()
                    && let Some(column) = table.columns.get_mut(column)
                {
                    column.words.extend(quoted_words(&definition));
                }
            }
        }
    }
    Ok(())
}

fn names(list: Cell) -> Vec<String> {
    list.as_text()
        .map(|list| list.split(',').map(str::to_owned).collect())
        .unwrap_or_default()
}
