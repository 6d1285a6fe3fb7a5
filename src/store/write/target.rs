//! The table and columns of a write, and the statements over them. Runs nothing.

use crate::catalog::{Column, ColumnId, Resource};
use crate::cell::{Cell, Kind};
use crate::error::{Fault, Result};
use crate::plan::write::{Conflict, Write};
use crate::store::database::Dialect;
use crate::store::sql::{Sql, quoted};

/// Where a write goes.
pub(super) struct Target<'a> {
    resource: &'a Resource,
    pub(super) columns: Vec<&'a Column>,
    /// The value in front of every row, where the table has an account.
    pub(super) account: Option<Cell>,
    dialect: Dialect,
}

impl<'a> Target<'a> {
    pub(super) fn new(resource: &'a Resource, write: &Write, account: Cell, dialect: Dialect) -> Self {
        Target {
            resource,
            columns: write.columns.iter().map(|id| resource.column(*id)).collect(),
            account: resource.find("account_id").is_some().then_some(account),
            dialect,
        }
    }

    /// A row of another form than the plan says would be a slip of ours; better told here than by the database.
    pub(super) fn check(&self, write: &Write) -> Result<()> {
        match self.flaw(write) {
            None => Ok(()),
            Some(flaw) => Err(Fault::Invariant(format!("a write of {}: {flaw}", self.resource.table)).into()),
        }
    }

    fn flaw(&self, write: &Write) -> Option<String> {
        if self.columns.iter().any(|column| column.name == "account_id") {
            return Some("account_id is the door's to add".to_owned());
        }
        if write.conflict.key().iter().any(|id| !write.columns.contains(id)) {
            return Some("a key that is not written".to_owned());
        }
        write.rows.iter().find_map(|row| {
            if row.len() != self.columns.len() {
                return Some(format!("{} values for {} columns", row.len(), self.columns.len()));
            }
            let wrong = self
                .columns
                .iter()
                .zip(row)
                .find(|(column, cell)| !fits(column.kind, cell));
            wrong.map(|(column, _)| format!("a value of the wrong kind for {}", column.name))
        })
    }

    /// Where the columns stand in a row.
    pub(super) fn places(&self, write: &Write, columns: &[ColumnId]) -> Vec<usize> {
        let place = |id: &ColumnId| write.columns.iter().position(|other| other == id);
        columns.iter().filter_map(place).collect()
    }

    /// `COPY table (columns) FROM STDIN`, for PostgreSQL.
    pub(super) fn copy(&self) -> String {
        let table = quoted(&self.resource.table);
        format!(
            "COPY {table} ({}) FROM STDIN WITH (FORMAT binary)",
            self.column_list()
        )
    }

    /// The INSERT of these rows, with what happens on a conflict.
    pub(super) fn insert(&self, rows: &[Vec<Cell>], conflict: &Conflict) -> Sql {
        let mut sql = Sql::new("INSERT INTO ");
        sql.name(&self.resource.table)
            .push(" AS t (")
            .push(&self.column_list())
            .push(") ");
        match self.dialect {
            Dialect::Postgres => {
                sql.push("SELECT ");
                if let Some(account) = &self.account {
                    sql.bind(account.clone()).push("::uuid, ");
                }
                sql.push("u.* FROM ");
                self.push_arrays(&mut sql, &(0..self.columns.len()).collect::<Vec<_>>(), rows);
                sql.push(" AS u");
            }
            Dialect::Sqlite => {
                sql.values_of(rows.iter().map(|row| self.account.iter().chain(row).cloned()));
            }
        }
        match conflict {
            Conflict::Fail => {}
            Conflict::Keep { key } => {
                self.push_conflict(&mut sql, key);
                sql.push("DO NOTHING");
            }
            Conflict::Update { key, columns } => {
                self.push_conflict(&mut sql, key);
                self.push_update(&mut sql, columns);
            }
        }
        sql
    }

    /// How many of the rows are there already, by the values at these places.
    pub(super) fn count_known(&self, places: &[usize], rows: &[Vec<Cell>]) -> Sql {
        let mut sql = Sql::new("SELECT count(*) FROM ");
        sql.name(&self.resource.table).push(" AS t WHERE ");
        if let Some(account) = &self.account {
            sql.push("t.account_id = ").bind(account.clone()).push(" AND ");
        }
        let names: Vec<String> = places
            .iter()
            .map(|place| format!("t.{}", quoted(&self.columns[*place].name)))
            .collect();
        sql.push("(").push(&names.join(", ")).push(") IN (");
        match self.dialect {
            Dialect::Postgres => {
                sql.push("SELECT u.* FROM ");
                self.push_arrays(&mut sql, places, rows);
                sql.push(" AS u");
            }
            Dialect::Sqlite => {
                let of = |row: &'_ Vec<Cell>| -> Vec<Cell> {
                    places.iter().map(|place| row[*place].clone()).collect()
                };
                sql.values_of(rows.iter().map(|row| of(row).into_iter()));
            }
        }
        sql.push(")");
        sql
    }

    fn push_arrays(&self, sql: &mut Sql, places: &[usize], rows: &[Vec<Cell>]) {
        sql.unnest(places.iter().map(|place| {
            let cells = rows.iter().map(|row| row[*place].clone()).collect();
            (self.columns[*place].kind, cells)
        }));
    }

    fn column_list(&self) -> String {
        self.with_account(self.columns.iter().map(|column| column.name.as_str()))
    }

    /// ` ON CONFLICT (key) `.
    fn push_conflict(&self, sql: &mut Sql, key: &[ColumnId]) {
        let key = self.with_account(key.iter().map(|id| self.resource.column(*id).name.as_str()));
        sql.push(" ON CONFLICT (").push(&key).push(") ");
    }

    fn with_account<'n>(&self, names: impl Iterator<Item = &'n str>) -> String {
        let account = self.account.is_some().then_some("account_id");
        account
            .into_iter()
            .chain(names)
            .map(quoted)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// `DO UPDATE SET … WHERE something differs`: a row that is as it should be is not written again, and its
    /// `updated_at` alone is no difference.
    fn push_update(&self, sql: &mut Sql, columns: &[ColumnId]) {
        let names: Vec<&str> = columns
            .iter()
            .map(|id| self.resource.column(*id).name.as_str())
            .collect();
        let set: Vec<String> = names
            .iter()
            .map(|name| format!("{0} = excluded.{0}", quoted(name)))
            .collect();
        let differs: Vec<String> = names
            .iter()
            .filter(|name| **name != "updated_at" || names.len() == 1)
            .map(|name| format!("t.{0} IS DISTINCT FROM excluded.{0}", quoted(name)))
            .collect();
        if set.is_empty() {
            sql.push("DO NOTHING");
            return;
        }
        sql.push("DO UPDATE SET ")
            .push(&set.join(", "))
            .push(" WHERE ")
            .push(&differs.join(" OR "));
    }
}

fn fits(kind: Kind, cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Bool(_) => kind == Kind::Bool,
        Cell::Int(_) => kind == Kind::Int,
        Cell::Text(_) => matches!(kind, Kind::Text | Kind::Enum),
        Cell::Uuid(_) => kind == Kind::Uuid,
        Cell::Instant(_) => kind == Kind::Instant,
        Cell::Json(_) => kind == Kind::Json,
        Cell::Bytes(_) => kind == Kind::Bytes,
    }
}
