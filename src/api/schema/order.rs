//! By what rows can be ordered: only where an index gives the rows in that order, so that page 10,000 costs
//! what page 1 costs.

use super::builder::Builder;
use super::object::can_be_hidden;
use crate::api::types::{InputValue, Type, TypeRef};
use crate::catalog::{Column, ColumnId, Resource};

/// What a resource can be ordered by somewhere: the word and the column.
pub(super) fn columns(resource: &Resource) -> Vec<(String, ColumnId)> {
    resource
        .columns
        .iter()
        .filter(|column| is_open(column))
        .map(|column| (word(column), column.id))
        .collect()
}

/// The words that can be used at one place.
pub(super) fn usable(resource: &Resource, by: Option<ColumnId>) -> Vec<String> {
    let fits = |column: &&Column| is_open(column) && resource.orderable(column.id, by);
    resource.columns.iter().filter(fits).map(word).collect()
}

/// The order when none is asked for, for people.
pub(super) fn fallback_text(resource: &Resource, by: Option<ColumnId>) -> String {
    match fallback(resource, by) {
        None => "by id when left out, which is the order of creation".to_owned(),
        Some(column) => format!("by {} when left out", word(resource.column(column))),
    }
}

/// The order when none is asked for: by id where an index gives that (none), else by the first order that one
/// gives.
pub fn fallback(resource: &Resource, by: Option<ColumnId>) -> Option<ColumnId> {
    let id = resource.find("id").map(|column| column.id);
    if id.is_none_or(|id| resource.orderable(id, by)) {
        return None;
    }
    // A column that a rule can hide would shut the whole list to those it is hidden from.
    let fits =
        |column: &&Column| is_open(column) && !can_be_hidden(column) && resource.orderable(column.id, by);
    resource.columns.iter().find(fits).map(|column| column.id)
}

pub(super) fn add(builder: &mut Builder, resource: &Resource) {
    let name = &resource.name;
    let columns: Vec<(String, &str)> = resource
        .columns
        .iter()
        .filter(|column| is_open(column))
        .map(|column| (word(column), about(column)))
        .collect();
    let values: Vec<(&str, &str)> = columns
        .iter()
        .map(|(word, about)| (word.as_str(), *about))
        .collect();
    builder.add(Type::enumeration(
        &format!("{name}OrderField"),
        &format!(
            "By what rows of the type {name} can be ordered; the connection says which of these it can use."
        ),
        &values,
    ));
    builder.add(Type::input(
        &format!("{name}Order"),
        &format!("One order of rows of the type {name}."),
        vec![
            InputValue::new(
                "field",
                TypeRef::required(&format!("{name}OrderField")),
                "By what.",
            ),
            InputValue::new(
                "direction",
                TypeRef::required("OrderDirection"),
                "Which end comes first.",
            ),
        ],
    ));
}

fn is_open(column: &Column) -> bool {
    column.name == "id" || (column.order && !column.nullable && !column.is_secret())
}

fn about(column: &Column) -> &str {
    match column.name.as_str() {
        "id" => "By id, which is the order of creation.",
        _ => &column.description,
    }
}

/// `created_at` as `CREATED_AT`, and `email_normalized` as `EMAIL`: the asker need not know of normal forms.
fn word(column: &Column) -> String {
    let name = column.name.strip_suffix("_normalized").unwrap_or(&column.name);
    name.to_ascii_uppercase()
}
