//! How a resource stands in a bundle: the catalog's words turned into the bundle's.

use crate::access::permit::{PermittedWalk, Scope, Show};
use crate::bundle::{Field, FieldKind, ForeignKey, RowFile, Table};
use crate::catalog::{Catalog, Column, ColumnErase, Duration, Resource, Retain};
use crate::cell::Kind;
use crate::plan::slice::BundleKind;

/// Tables whose rows also lie as folders, with the columns that are files there.
const FOLDERS: &[(&str, &[(&str, &str)])] = &[(
    "templates",
    &[
        ("html_body", "body.html"),
        ("plain_body", "body.txt"),
        ("design", "design.json"),
    ],
)];

/// The table of a permitted walk. `whole` names the tables whose every row of the account is in the bundle: only
/// references to those are declared.
pub fn table(catalog: &Catalog, walk: &PermittedWalk, whole: &[&str]) -> Table {
    let resource = catalog.get(walk.walk.resource);
    let columns: Vec<(&Column, Show)> = walk
        .columns
        .iter()
        .map(|shown| (resource.column(shown.column), shown.show))
        .collect();
    let has = |name: &str| {
        columns
            .iter()
            .any(|(column, show)| column.name == name && *show == Show::Clear)
    };
    Table {
        name: resource.table.clone(),
        title: resource.name.clone(),
        description: resource.description.clone(),
        fields: columns
            .iter()
            .map(|(column, show)| field(resource, column, *show))
            .collect(),
        primary_key: if has("id") {
            vec!["id".to_owned()]
        } else {
            Vec::new()
        },
        files: FOLDERS
            .iter()
            .filter(|(table, _)| *table == resource.table && has("id"))
            .flat_map(|(_, files)| files.iter())
            .filter(|(field, _)| has(field))
            .map(|(field, name)| RowFile {
                field: (*field).to_owned(),
                name: (*name).to_owned(),
            })
            .collect(),
        foreign_keys: resource
            .references
            .iter()
            .filter(|_| walk.walk.bundle == BundleKind::Account && walk.scope == Scope::All)
            .filter(|reference| {
                reference.within_account && whole.contains(&catalog.get(reference.target).table.as_str())
            })
            .filter(|reference| has(&resource.column(reference.column).name))
            .map(|reference| ForeignKey {
                fields: vec![resource.column(reference.column).name.clone()],
                table: catalog.get(reference.target).table.clone(),
                target: vec!["id".to_owned()],
            })
            .collect(),
    }
}

fn field(resource: &Resource, column: &Column, show: Show) -> Field {
    let masked = !matches!(show, Show::Clear | Show::IsSet);
    let kind = match column.kind {
        _ if show == Show::IsSet => FieldKind::Boolean,
        Kind::Bool => FieldKind::Boolean,
        Kind::Int => FieldKind::Integer,
        Kind::Text => FieldKind::Text,
        Kind::Enum => FieldKind::Words(column.words.clone()),
        Kind::Uuid => FieldKind::Uuid,
        Kind::Instant => FieldKind::Instant,
        Kind::Json => FieldKind::Json,
        Kind::Bytes => FieldKind::Bytes,
    };
    let words = |word: &Option<String>| word.clone().unwrap_or_default();
    Field {
        name: match show {
            Show::IsSet => format!("{}_is_set", column.name),
            _ => column.name.clone(),
        },
        kind,
        required: show == Show::IsSet || (!column.nullable && !masked),
        unique: column.name == "id",
        description: match show {
            Show::IsSet => "Whether there is a value; nobody can read it.".to_owned(),
            _ => column.description.clone(),
        },
        class: column.class.word().to_owned(),
        basis: words(&column.basis),
        purpose: words(&column.purpose),
        source: words(&column.source),
        retained_until: retained(resource, column),
    }
}

/// Until when a column is kept, in words: its own clock, else the table's.
fn retained(resource: &Resource, column: &Column) -> String {
    if let ColumnErase::Retain(Retain {
        from,
        duration,
        reason,
        ..
    }) = &column.erase
    {
        return format!("{} after {from} ({reason})", length(duration));
    }
    match &resource.keep {
        Some(keep) => match &keep.duration {
            Some(duration) => format!("{} after {}", length(duration), keep.from),
            None => "as long as the account exists".to_owned(),
        },
        None => String::new(),
    }
}

fn length(duration: &Duration) -> String {
    let mut parts = Vec::new();
    if duration.months > 0 {
        parts.push(format!("{} months", duration.months));
    }
    if duration.days > 0 {
        parts.push(format!("{} days", duration.days));
    }
    let text = parts.join(" and ");
    if duration.from_end_of_year {
        format!("{text}, from the end of the year")
    } else {
        text
    }
}
