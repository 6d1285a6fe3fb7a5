//! A statement in the making: its bound values, and the few spellings in which the two databases differ.
//!
//! Every value is bound as `$N`, also limits and lists, so that one shape of question has one text however
//! large it is: the drivers keep prepared statements by their text. Must not know what is asked.

use serde_json::Value;
use uuid::Uuid;

use super::Asker;
use crate::access::viewer::AccessVersion;
use crate::catalog::{Catalog, Owner, Resource};
use crate::cell::{Cell, Kind, instant_text};
use crate::store::access_version::CURRENT;
use crate::store::database::Dialect;
use crate::store::sql::{Bound, Sql, push_quoted, quoted};

/// A statement in the making.
pub(super) struct Draft<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) dialect: Dialect,
    pub(super) asker: Asker,
    account: Option<String>,
    values: Vec<Bound>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(catalog: &'a Catalog, dialect: Dialect, asker: Asker) -> Self {
        Draft {
            catalog,
            dialect,
            asker,
            account: None,
            values: Vec::new(),
        }
    }

    /// The statement, when its text is complete.
    pub(super) fn finish(self, text: String) -> Sql {
        // The same text with another number of values would meet the wrong prepared statement.
        debug_assert!(
            (1..=self.values.len()).all(|number| text.contains(&format!("${number}"))),
            "a value is bound that the statement does not ask for: {text}"
        );
        Sql {
            text,
            values: self.values,
        }
    }

    /// The place of a value.
    pub(super) fn bind(&mut self, cell: Cell) -> String {
        self.place(Bound::One(cell))
    }

    /// The place of the account, which is bound once, and only where it is needed.
    pub(super) fn account(&mut self) -> String {
        if let Some(bound) = &self.account {
            return bound.clone();
        }
        let bound = self.bind(Cell::Uuid(self.asker.account));
        self.account = Some(bound.clone());
        bound
    }

    /// The right side of "is one of these ids".
    pub(super) fn bind_ids(&mut self, ids: &[Uuid]) -> String {
        let bound = self.place(Bound::Ids(ids.to_vec()));
        match self.dialect {
            Dialect::Postgres => format!("= ANY({bound})"),
            Dialect::Sqlite => format!("IN (SELECT unhex(value) FROM json_each({bound}))"),
        }
    }

    /// The right side of "is one of these ids", which are keys of the rows asked for.
    pub(super) fn bind_keys(&mut self, ids: &[Uuid]) -> String {
        match self.dialect {
            Dialect::Postgres => {
                let bound = self.place(Bound::Ids(ids.to_vec()));
                format!("= ANY({}::uuid[])", self.unseen(&bound))
            }
            Dialect::Sqlite => self.bind_ids(ids),
        }
    }

    /// A value that says how much is asked for, not what is looked for. PostgreSQL plans a statement anew for each
    /// set of values as long as that promises to be cheaper than a plan for all, and one parent or a small page
    /// always does, because a plan for all reckons with ten. Planning costs as much as such a page. Behind a
    /// sub-select it reckons with ten either way, and keeps the plan; what is looked for it goes on to see.
    pub(super) fn unseen(&self, bound: &str) -> String {
        match self.dialect {
            Dialect::Postgres => format!("(SELECT {bound})"),
            Dialect::Sqlite => bound.to_string(),
        }
    }

    /// The right side of "is one of these values", none of which is NULL; as one value, so that the text does
    /// not depend on their number.
    pub(super) fn bind_list(&mut self, kind: Kind, cells: &[Cell]) -> String {
        if kind == Kind::Uuid {
            let ids: Vec<Uuid> = cells.iter().filter_map(Cell::as_uuid).collect();
            return self.bind_ids(&ids);
        }
        let items = cells
            .iter()
            .filter_map(|cell| list_item(self.dialect, cell))
            .collect();
        let bound = self.bind(Cell::from(Value::Array(items)));
        let (item, source) = match self.dialect {
            Dialect::Postgres => (
                "e.value",
                format!("jsonb_array_elements_text({bound}) AS e(value)"),
            ),
            Dialect::Sqlite => ("value", format!("json_each({bound})")),
        };
        let item = match (self.dialect, kind) {
            (Dialect::Postgres, Kind::Int) => format!("{item}::bigint"),
            (Dialect::Postgres, Kind::Bool) => format!("{item}::boolean"),
            (Dialect::Postgres, Kind::Instant) => format!("{item}::timestamptz"),
            (Dialect::Postgres, Kind::Bytes) => format!("decode({item}, 'hex')"),
            (Dialect::Sqlite, Kind::Bytes) => format!("unhex({item})"),
            (_, _) => item.to_string(),
        };
        match self.dialect {
            // An array, because an index is looked up for each element of one.
            Dialect::Postgres => format!("= ANY(ARRAY(SELECT {item} FROM {source}))"),
            Dialect::Sqlite => format!("IN (SELECT {item} FROM {source})"),
        }
    }

    /// A relation `p(n, id)`: the ids of the upper rows with their places, counted from zero.
    pub(super) fn bind_parents(&mut self, ids: &[Uuid]) -> String {
        let bound = self.place(Bound::Ids(ids.to_vec()));
        match self.dialect {
            Dialect::Postgres => {
                let ids = self.unseen(&bound);
                format!("(SELECT id, n - 1 AS n FROM unnest({ids}) WITH ORDINALITY AS u(id, n)) AS p")
            }
            Dialect::Sqlite => format!("(SELECT unhex(value) AS id, key AS n FROM json_each({bound})) AS p"),
        }
    }

    /// `alias.account_id = $1 AND `, for tables that have it.
    pub(super) fn same_account(&mut self, resource: &Resource, alias: &str) -> String {
        match resource.owner {
            Owner::Account => format!("{alias}.account_id = {} AND ", self.account()),
            Owner::Itself | Owner::Members | Owner::Shared | Owner::Global => String::new(),
        }
    }

    /// The condition under which rights that were looked up before still hold: without it, no row. Both stores look
    /// at it once a statement, not once a row.
    pub(super) fn while_unchanged(&mut self) -> Option<String> {
        let AccessVersion(version) = self.asker.as_of?;
        let bound = self.bind(Cell::Int(version));
        Some(format!("{CURRENT} = {bound}"))
    }

    fn place(&mut self, value: Bound) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// A value as it stands in the JSON list that travels in its place.
fn list_item(dialect: Dialect, cell: &Cell) -> Option<Value> {
    match (cell, dialect) {
        (Cell::Bool(value), Dialect::Postgres) => Some(Value::Bool(*value)),
        (Cell::Bool(value), Dialect::Sqlite) => Some(Value::from(i64::from(*value))),
        (Cell::Int(value), _) => Some(Value::from(*value)),
        (Cell::Text(value), _) => Some(Value::from(value.as_str())),
        (Cell::Instant(at), Dialect::Postgres) => Some(Value::from(instant_text(*at))),
        (Cell::Instant(at), Dialect::Sqlite) => Some(Value::from(at.timestamp_micros())),
        (Cell::Bytes(value), _) => Some(Value::from(data_encoding::HEXLOWER.encode(value))),
        (Cell::Null | Cell::Uuid(_) | Cell::Json(_), _) => None,
    }
}

/// A column of an aliased table.
pub(super) fn column(alias: &str, name: &str) -> String {
    let mut text = String::with_capacity(alias.len() + name.len() + 3);
    text.push_str(alias);
    text.push('.');
    push_quoted(&mut text, name);
    text
}

/// A table under an alias.
pub(super) fn table(resource: &Resource, alias: &str) -> String {
    format!("{} {alias}", quoted(&resource.table))
}
