//! Fills tables with very many rows in one transaction, as the one who owns them.
//!
//! Rows are collected in temporary tables of the same names, which stand in front of the real ones for everything
//! that writes by this transaction. From there each table's rows are moved by one statement, in the order of their
//! keys: a trigger for each statement runs once and sees all of them, and does the same as ever, so that nothing has
//! to be counted in a second way. Meanwhile what costs a look-up for each row is off: the foreign keys on PostgreSQL
//! (SQLite cannot take them off), and the indexes that only serve questions; they are made again from all rows at
//! once, and a key that leads nowhere fails then.
//!
//! Nobody else can use these tables until the transaction ends, and if it does not end well, nothing has happened.
//! Must not know what the rows are.

use super::database::{Dialect, SCHEMA};
use super::sql::{Sql, quoted};
use super::transaction::Transaction;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Refusal, Result};

/// The indexes that triggers look rows up by while others are moved.
const KEPT: &[&str] = &["clicks_delivery_id_idx"];

/// Tables that are being filled.
pub struct Bulk {
    tables: Vec<&'static str>,
    /// The statements that make again what was taken off, in reverse.
    taken_off: Vec<String>,
}

impl Bulk {
    /// Begins to fill tables, each behind those it refers to; each is keyed by account and id. Errors: a refusal when
    /// they belong to somebody else.
    pub async fn begin(transaction: &mut Transaction, tables: Vec<&'static str>) -> Result<Bulk> {
        let dialect = transaction.dialect();
        if dialect == Dialect::Postgres {
            refuse_others(transaction, &tables).await?;
            let all: Vec<String> = tables.iter().map(|table| real(dialect, table)).collect();
            let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", all.join(", "));
            transaction.execute(&Sql::new(&lock)).await?;
            // Sorting the entries of an index on disk takes several times as long.
            let memory = Sql::new("SET LOCAL maintenance_work_mem = '256MB'");
            transaction.execute(&memory).await?;
        }
        let mut taken_off = Vec::new();
        for row in transaction.fetch(&what_to_take_off(dialect, &tables)).await? {
            transaction.execute(&Sql::new(&row.text(0)?)).await?;
            taken_off.push(row.text(1)?);
        }
        for table in &tables {
            let collecting = match dialect {
                Dialect::Postgres => format!(
                    "CREATE TEMPORARY TABLE {} (LIKE {} INCLUDING DEFAULTS)",
                    quoted(table),
                    real(dialect, table)
                ),
                Dialect::Sqlite => format!(
                    "CREATE TEMPORARY TABLE {} AS SELECT * FROM {} WHERE FALSE",
                    quoted(table),
                    real(dialect, table)
                ),
            };
            transaction.execute(&Sql::new(&collecting)).await?;
        }
        Ok(Bulk { tables, taken_off })
    }

    /// Moves what was written so far to where it belongs.
    pub async fn settle(&self, transaction: &mut Transaction) -> Result<()> {
        let dialect = transaction.dialect();
        if dialect == Dialect::Postgres {
            // A plan that a trigger made while a table was empty, or small, reads all of it for each row now.
            transaction.execute(&Sql::new("DISCARD PLANS")).await?;
        }
        for table in &self.tables {
            let (from, to) = (collected(dialect, table), real(dialect, table));
            let moving = format!("INSERT INTO {to} SELECT * FROM {from} ORDER BY account_id, id");
            transaction.execute(&Sql::new(&moving)).await?;
            let emptying = match dialect {
                Dialect::Postgres => format!("TRUNCATE {from}"),
                Dialect::Sqlite => format!("DELETE FROM {from}"),
            };
            transaction.execute(&Sql::new(&emptying)).await?;
        }
        Ok(())
    }

    /// Puts everything back as it was. Errors: `Fault::Store` when a row refers to one that is not there.
    pub async fn end(self, transaction: &mut Transaction) -> Result<()> {
        let dialect = transaction.dialect();
        for table in &self.tables {
            let dropping = format!("DROP TABLE {}", collected(dialect, table));
            transaction.execute(&Sql::new(&dropping)).await?;
        }
        for statement in self.taken_off.iter().rev() {
            transaction.execute(&Sql::new(statement)).await?;
        }
        if dialect == Dialect::Postgres {
            let all: Vec<String> = self.tables.iter().map(|table| real(dialect, table)).collect();
            let analysing = format!("ANALYZE {}", all.join(", "));
            transaction.execute(&Sql::new(&analysing)).await?;
        }
        Ok(())
    }
}

fn real(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("{SCHEMA}.{}", quoted(table)),
        Dialect::Sqlite => format!("main.{}", quoted(table)),
    }
}

fn collected(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("pg_temp.{}", quoted(table)),
        Dialect::Sqlite => format!("temp.{}", quoted(table)),
    }
}

async fn refuse_others(transaction: &mut Transaction, tables: &[&str]) -> Result<()> {
    let mut sql = Sql::new(
        "SELECT coalesce(bool_and(pg_has_role(c.relowner, 'USAGE')), FALSE) FROM pg_class c \
         WHERE c.relnamespace = ",
    );
    sql.bind(SCHEMA).push("::regnamespace AND c.relname = ANY (");
    bind_names(&mut sql, tables);
    sql.push(")");
    let rows = transaction.fetch(&sql).await?;
    if rows.first().map_or(Ok(false), |row| row.bool(0))? {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidSetting,
        "the tables' indexes are taken off and made again, which only their owner may do; connect as the user who ran \
         postern migrate",
    )
    .into())
}

/// Two statements a row: what takes something off, and what makes it again.
fn what_to_take_off(dialect: Dialect, tables: &[&str]) -> Sql {
    match dialect {
        Dialect::Postgres => {
            let mut sql = Sql::new(
                "SELECT format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname), \
                 format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, \
                 pg_get_constraintdef(k.oid)) FROM pg_constraint k \
                 JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE k.contype = 'f' AND n.nspname = ",
            );
            sql.bind(SCHEMA).push(" AND c.relname = ANY (");
            bind_names(&mut sql, tables);
            sql.push(
                ") UNION ALL SELECT format('DROP INDEX %I.%I', n.nspname, x.relname), pg_get_indexdef(i.indexrelid) \
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisunique AND n.nspname = ",
            );
            sql.bind(SCHEMA).push(" AND c.relname = ANY (");
            bind_names(&mut sql, tables);
            sql.push(") AND x.relname <> ALL (");
            bind_names(&mut sql, KEPT);
            sql.push(")");
            sql
        }
        Dialect::Sqlite => {
            let list = |names: &[&str]| {
                let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
                names.join(", ")
            };
            Sql::new(&format!(
                "SELECT 'DROP INDEX main.' || name, sql FROM main.sqlite_schema WHERE type = 'index' \
                 AND sql LIKE 'CREATE INDEX %' AND tbl_name IN ({}) AND name NOT IN ({}) ORDER BY name",
                list(tables),
                list(KEPT)
            ))
        }
    }
}

fn bind_names(sql: &mut Sql, names: &[&str]) {
    sql.bind_array(Kind::Text, names.iter().map(|name| Cell::from(*name)).collect());
}
