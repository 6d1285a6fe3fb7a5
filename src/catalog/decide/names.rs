//! Names in GraphQL: made from those of the entities, and checked for clashes.

use std::collections::{HashMap, HashSet};

use super::faults::{Faults, PolicyFaultKind as Kind};
use crate::catalog::resource::Resource;

/// Types that the API has of its own.
const TAKEN: &[&str] = &[
    "Boolean",
    "Float",
    "ID",
    "Int",
    "Mutation",
    "Node",
    "PageInfo",
    "Query",
    "String",
    "Subscription",
    "UserError",
    "Viewer",
];

/// `first_name` as `firstName`.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_string();
    words.fold(first, |mut text, word| {
        push_capitalised(&mut text, word);
        text
    })
}

/// `legal_basis` as `LegalBasis`.
pub(super) fn pascal(name: &str) -> String {
    name.split('_').fold(String::new(), |mut text, word| {
        push_capitalised(&mut text, word);
        text
    })
}

fn push_capitalised(text: &mut String, word: &str) {
    let mut letters = word.chars();
    text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
    text.push_str(letters.as_str());
}

/// `list_id` as `list`.
pub(super) fn reference_field(column: &str) -> String {
    camel(column.strip_suffix("_id").unwrap_or(column))
}

/// Whether GraphQL takes it as a field's name and it looks like the others.
pub(super) fn is_field_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Checks that no two types, fields or enums have one name.
pub(super) fn check(resources: &[Resource], faults: &mut Faults) {
    types(resources, faults);
    enums(resources, faults);
    for resource in resources {
        distinct_fields(resources, resource, faults);
    }
}

fn types(resources: &[Resource], faults: &mut Faults) {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut tags: HashMap<u16, &str> = HashMap::new();
    for resource in resources {
        let name = resource.name.as_str();
        let starts_well = name.starts_with(|letter: char| letter.is_ascii_uppercase());
        if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let shown = crate::error::quote(name);
            faults.table(
                Kind::NameMalformed,
                &resource.table,
                format_args!("has the name {shown}; a type's name is one word such as `SubscriberProfile`"),
            );
        }
        if TAKEN.contains(&name) {
            faults.table(
                Kind::NameTaken,
                &resource.table,
                format_args!("has the name {name}, which the API has for itself; choose another"),
            );
        }
        if let Some(other) = names.insert(name, &resource.table) {
            faults.table(
                Kind::NameTaken,
                &resource.table,
                format_args!("has the name {name}, as {other} has; choose another"),
            );
        } else if let Some(other) = tags.insert(resource.tag(), &resource.table) {
            faults.table(
                Kind::NameTaken,
                &resource.table,
                format_args!("has the name {name}, whose tag in ids is that of {other}; choose another"),
            );
        }
    }
}

fn enums<'a>(resources: &'a [Resource], faults: &mut Faults) {
    let types: HashSet<&str> = resources.iter().map(|resource| resource.name.as_str()).collect();
    let mut seen: HashMap<&'a str, &'a [String]> = HashMap::new();
    for resource in resources {
        for column in &resource.columns {
            let Some(name) = column.enum_name.as_deref() else {
                continue;
            };
            let known = *seen.entry(name).or_insert(&column.words);
            if types.contains(name) || known != column.words.as_slice() {
                faults.column(
                    Kind::NameTaken,
                    &resource.table,
                    &column.name,
                    format_args!(
                        "is an enum of the name {name}, which something else has; rename one of them"
                    ),
                );
            }
        }
    }
}

/// Each field that a type gets: its name, what makes it, and where that stands.
fn fields<'a>(resources: &'a [Resource], resource: &'a Resource) -> Vec<(&'a str, String, &'a str, &'a str)> {
    let own = resource.table.as_str();
    let columns = resource.columns.iter().map(|column| {
        let name = column.name.as_str();
        (column.field.as_str(), format!("the column {name}"), own, name)
    });
    let references = resource.references.iter().map(|reference| {
        let name = resource.column(reference.column).name.as_str();
        (
            reference.field.as_str(),
            format!("the reference {name}"),
            own,
            name,
        )
    });
    let matches = resource.matches.iter().map(|matched| {
        let name = resource.column(matched.column).name.as_str();
        (
            matched.field.as_str(),
            format!("the match of the column {name}"),
            own,
            name,
        )
    });
    let mut fields: Vec<_> = columns.chain(references).chain(matches).collect();
    for other in resources {
        for reference in other
            .references
            .iter()
            .filter(|reference| reference.target == resource.id)
        {
            let name = other.column(reference.column).name.as_str();
            let table = other.table.as_str();
            let back = reference.inverse.as_deref();
            fields.extend(back.map(|field| (field, format!("the reference {table}.{name}"), table, name)));
        }
    }
    fields
}

fn distinct_fields(resources: &[Resource], resource: &Resource, faults: &mut Faults) {
    let mut seen: HashMap<&str, String> = HashMap::new();
    for (field, maker, table, column) in fields(resources, resource) {
        if let Some(other) = seen.insert(field, maker) {
            let name = &resource.name;
            faults.reference(
                Kind::NameTaken,
                table,
                column,
                format_args!(
                    "makes the field {name}.{field}, which {other} makes already; choose another name"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_entities_become_names_of_graphql() {
        assert_eq!(camel("first_name"), "firstName");
        assert_eq!(camel("address_line_1"), "addressLine1");
        assert_eq!(camel("id"), "id");
        assert_eq!(pascal("legal_basis"), "LegalBasis");
        assert_eq!(reference_field("opt_out_campaign_id"), "optOutCampaign");
        assert_eq!(reference_field("parent"), "parent");
    }
}
