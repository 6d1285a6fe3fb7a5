//! The root of queries: the viewer, the account, rows by id, pages of whole resources, rows by a natural key.

use super::builder::{Builder, lower_first};
use super::connection;
use super::meaning::{FieldMeaning, Form, Many};
use super::object::{is_address, type_name};
use crate::api::types::{Field, InputValue, Type, TypeRef};
use crate::catalog::{Catalog, Column, Owner, Resource};
use crate::cell::Kind;

pub(super) fn add(builder: &mut Builder) {
    let catalog = builder.catalog;
    let mut fields = fixed(builder);
    for resource in catalog
        .resources()
        .filter(|resource| resource.in_api && resource.at_root)
    {
        let many = Many {
            resource: resource.id,
            by: None,
        };
        let about = format!("All rows of the type {} in your reach.", resource.name);
        fields.push(connection::field(
            builder,
            &resource.plural,
            resource,
            &about,
            many,
        ));
        fields.extend(lookup(builder, resource));
    }
    builder.add(Type::object("Query", "What can be read.", &[], fields));
}

fn fixed(builder: &mut Builder) -> Vec<Field> {
    let id = InputValue::new("id", TypeRef::required("ID"), "A global id.");
    let ids = InputValue::new("ids", TypeRef::list_of("ID"), "Global ids, at most 100.");
    let unknown = "Null when there is no such row, or none in your reach: the two cannot be told apart.";
    let mut fields = vec![
        builder.field(
            "viewer",
            TypeRef::required("Viewer"),
            "Who asks, and what that one may do.",
            FieldMeaning::Viewer,
        ),
        builder
            .field(
                "node",
                TypeRef::named("Node"),
                &format!("The row of an id. {unknown}"),
                FieldMeaning::Node,
            )
            .argument(id),
        builder
            .field(
                "nodes",
                TypeRef::List(Box::new(TypeRef::named("Node"))).non_null(),
                &format!("The rows of ids, in their order. {unknown}"),
                FieldMeaning::Nodes,
            )
            .argument(ids),
    ];
    if let Some(account) = account(builder.catalog) {
        let about = format!(
            "The account that the request acts in. Requires: read on {}.",
            account.name
        );
        fields.push(builder.field(
            "account",
            TypeRef::named(&account.name),
            &about,
            FieldMeaning::Account,
        ));
    }
    fields
}

/// The resource of accounts, when it is part of the API.
pub(super) fn account(catalog: &Catalog) -> Option<&Resource> {
    catalog
        .resources()
        .find(|resource| resource.owner == Owner::Itself && resource.in_api)
}

/// A row by its one natural key, where it has one.
fn lookup(builder: &mut Builder, resource: &Resource) -> Option<Field> {
    let column = natural_key(resource)?;
    let argument = match column
        .name
        .strip_suffix("_normalized")
        .and_then(|name| resource.find(name))
    {
        Some(plain) => plain.field.clone(),
        None => column.field.clone(),
    };
    let kind = type_name(builder, column, Form::Text);
    let about = format!(
        "The {} of this {argument}. Null when there is none in your reach. Requires: read on {}, with {argument} in clear.",
        resource.name, resource.name
    );
    let meaning = FieldMeaning::Lookup {
        resource: resource.id,
        column: column.id,
    };
    let input = InputValue::new(&argument, TypeRef::required(&kind), &column.description);
    let name = lower_first(&resource.name);
    Some(
        builder
            .field(&name, TypeRef::named(&resource.name), &about, meaning)
            .argument(input),
    )
}

/// The text column that alone tells rows apart and that the policy opens for filtering; an address goes
/// before a name.
fn natural_key(resource: &Resource) -> Option<&Column> {
    let mut keys: Vec<&Column> = resource
        .unique
        .iter()
        .filter(|key| key.len() == 1)
        .map(|key| resource.column(key[0]))
        .filter(|column| column.filter && column.kind == Kind::Text && !column.is_secret())
        .collect();
    keys.sort_by_key(|column| !is_address(column));
    keys.first().copied()
}
