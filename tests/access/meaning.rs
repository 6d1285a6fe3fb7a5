//! What each field of the schema stands for, told from its name and the policy file. A field that nothing is known of
//! fails whoever meets it, and says what to add.

use data_encoding::BASE64;
use postern::catalog::Catalog;
use postern::cell::{Cell, instant_text};
use serde_json::{Value, json};

use super::law::Law;
use super::oracle::View;
use super::rows::{Row, target};
use crate::kit::types::{Leads, Types, list, named, word};

/// What a field of a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Id,
    /// The value of a column.
    Value(String),
    /// Whether a secret column has a value.
    IsSet(String),
    /// The row that a column refers to.
    To {
        column: String,
        table: String,
    },
    /// The rows of a table that refer by a column, in pages.
    Many {
        table: String,
        column: String,
    },
    /// The same without pages.
    Parts {
        table: String,
        column: String,
    },
    /// The row of another table that holds the same value: the columns that hold it, here and there.
    Match {
        here: (String, String),
        there: (String, String),
    },
    /// Where a finished bundle is fetched.
    BundlePath,
}

/// The arguments that lists of rows take.
const OF_PAGES: [&str; 6] = ["first", "after", "last", "before", "filter", "orderBy"];

/// What a field of a table's rows stands for.
pub fn meaning(law: &Law, catalog: &Catalog, types: &Types, table: &str, field: &Value) -> Meaning {
    let name = word(&field["name"]);
    for argument in list(&field["args"]) {
        let argument = word(&argument["name"]);
        let is_known = OF_PAGES.contains(&argument) && matches!(types.leads(field), Leads::Page(_));
        assert!(
            is_known,
            "{table}: {name} takes {argument}, which is new; say in tests/access what it answers"
        );
    }
    let decided = &law.tables[table];
    if name == "id" {
        return Meaning::Id;
    }
    if (table, name) == ("exports", "bundlePath") {
        return Meaning::BundlePath;
    }
    for (column, decision) in decided.columns.iter().filter(|(_, decision)| !decision.internal) {
        if !decision.is_secret() && camel(column) == name && types.leads(field).is_value() {
            return Meaning::Value(column.clone());
        }
        if decision.is_secret() && format!("{}IsSet", camel(column)) == name {
            return Meaning::IsSet(column.clone());
        }
    }
    for (column, reference) in &decided.references {
        let own = camel(column.strip_suffix("_id").unwrap_or(column));
        if reference.field.as_deref().unwrap_or(&own) == name {
            let table = target(catalog, table, column);
            return Meaning::To {
                column: column.clone(),
                table,
            };
        }
    }
    for (other, law) in law.tables.iter().filter(|(_, law)| law.in_api) {
        for (column, reference) in &law.references {
            if reference.inverse.as_deref() == Some(name) && target(catalog, other, column) == table {
                let (table, column) = (other.clone(), column.clone());
                return match types.leads(field) {
                    Leads::Page(_) => Meaning::Many { table, column },
                    _ => Meaning::Parts { table, column },
                };
            }
        }
    }
    if let Some(found) = decided.matches.get(name) {
        return Meaning::Match {
            here: (table.to_owned(), found.column.clone()),
            there: (found.table.clone(), found.by.clone()),
        };
    }
    panic!(
        "{}.{name} is in the schema, and nothing in schema/policy.toml decides it: it is no column, no reference, \
         no match and no inverse of {table}. Say in tests/access/meaning.rs what it stands for and who may see it",
        decided.name
    )
}

impl Leads<'_> {
    pub fn is_value(&self) -> bool {
        matches!(self, Leads::Value)
    }
}

/// The column behind a name in a filter, an order or an argument: an address is compared by its normal form.
pub fn compared(law: &Law, table: &str, name: &str) -> String {
    let column = snake(name);
    let columns = &law.tables[table].columns;
    let normal = format!("{column}_normalized");
    if columns.contains_key(&normal) {
        return normal;
    }
    if columns.contains_key(&column) {
        return column;
    }
    let by_reference = law.tables[table].references.keys().find(|key| {
        let field = law.tables[table].references[*key].field.clone();
        field.unwrap_or_else(|| camel(key.strip_suffix("_id").unwrap_or(key))) == name
    });
    let found = by_reference.unwrap_or_else(|| {
        panic!("{table} is compared by {name}, which is no column of it; say in tests/access what that is")
    });
    found.clone()
}

/// The value of a column as an answer of this type holds it.
pub fn as_json(view: &View<'_>, table: &str, column: &str, of: &str, cell: &Cell) -> Value {
    match (of, cell) {
        (_, Cell::Null) => Value::Null,
        ("Boolean", Cell::Bool(value)) => json!(value),
        ("Int", Cell::Int(value)) => json!(value),
        ("BigInt", Cell::Int(value)) => json!(value.to_string()),
        ("DateTime", Cell::Instant(at)) => json!(instant_text(*at)),
        ("ID", Cell::Uuid(id)) => {
            let decision = &view.oracle.law.tables[table].columns[column];
            let [target] = decision.loose.as_slice() else {
                panic!("{table}.{column} is shown as an id and names no one table");
            };
            json!(view.oracle.global(target, *id))
        }
        ("String" | "EmailAddress", Cell::Text(text)) => json!(text.as_str()),
        ("String", Cell::Json(items)) if items.is_array() => (**items).clone(),
        ("String", Cell::Json(document)) => json!(document.to_string()),
        ("String", Cell::Bytes(bytes)) => json!(BASE64.encode(bytes)),
        // The words of enums.
        (_, Cell::Text(text)) => json!(text.to_uppercase()),
        (of, cell) => panic!("{table}.{column} is {cell:?} and is shown as {of}; say in tests/access how"),
    }
}

/// What a plain field of a row answers, or none where it leads to other rows.
pub fn value(view: &View<'_>, table: &str, row: &Row, field: &Value, meaning: &Meaning) -> Option<Value> {
    Some(match meaning {
        Meaning::Id => json!(view.oracle.global(table, row.id)),
        Meaning::Value(column) | Meaning::IsSet(column) => {
            let shown = view.shown(table, row, column);
            as_json(view, table, column, named(&field["type"]), &shown)
        }
        Meaning::BundlePath if row.cell("state").as_text() == Some("ready") => {
            json!(format!("/exports/{}/bundle", view.oracle.global(table, row.id)))
        }
        Meaning::BundlePath => Value::Null,
        Meaning::To { .. } | Meaning::Many { .. } | Meaning::Parts { .. } | Meaning::Match { .. } => {
            return None;
        }
    })
}

/// `first_name` as `firstName`.
pub fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        text + &head.to_uppercase() + tail
    })
}

/// `firstName` as `first_name`, and `FIRST_NAME`, too.
pub fn snake(name: &str) -> String {
    if name.chars().any(|letter| letter.is_lowercase()) {
        return name.chars().fold(String::new(), |mut text, letter| {
            if letter.is_uppercase() {
                text.push('_');
            }
            text.extend(letter.to_lowercase());
            text
        });
    }
    name.to_lowercase()
}
