//! Pages of rows: the connection and edge types of a resource, and the fields that give them.

use super::builder::Builder;
use super::meaning::{ConnectionPart, EdgePart, FieldMeaning, Many};
use super::{filter, order, scalars};
use crate::api::types::{Field, InputValue, Type, TypeRef};
use crate::catalog::Resource;

/// A field that gives a page of a resource.
pub(super) fn field(
    builder: &mut Builder,
    name: &str,
    resource: &Resource,
    about: &str,
    many: Many,
) -> Field {
    let about = format!(
        "{about} Pages of 25 rows, at most 100. Requires: read on {}.",
        resource.name
    );
    let kind = TypeRef::required(&format!("{}Connection", resource.name));
    let mut field = builder.field(name, kind, about.trim(), FieldMeaning::Connection(many));
    for argument in scalars::page_arguments() {
        field = field.argument(argument);
    }
    let filterable = filter::usable(builder.catalog, resource, many.by);
    if !filterable.is_empty() {
        let about = format!("Only the rows that fit. Usable here: {}.", filterable.join(", "));
        let kind = TypeRef::named(&format!("{}Filter", resource.name));
        field = field.argument(InputValue::new("filter", kind, &about));
    }
    let usable = order::usable(resource, many.by);
    if usable.is_empty() {
        return field;
    }
    let about = format!(
        "The order, by at most 3 fields; {}. Usable here: {}.",
        order::fallback_text(resource, many.by),
        usable.join(", ")
    );
    let kind = TypeRef::List(Box::new(TypeRef::required(&format!("{}Order", resource.name))));
    field.argument(InputValue::new("orderBy", kind, &about))
}

/// The connection and edge types of a resource.
pub(super) fn add(builder: &mut Builder, resource: &Resource) {
    let name = &resource.name;
    let row = TypeRef::required(name);
    let edge = format!("{name}Edge");
    let node = builder.field("node", row, "The row.", FieldMeaning::OfEdge(EdgePart::Node));
    let cursor = builder.field(
        "cursor",
        TypeRef::required("String"),
        "Where the row stands: good for the same query, asked by the same asker.",
        FieldMeaning::OfEdge(EdgePart::Cursor),
    );
    builder.add(Type::object(
        &edge,
        &format!("A {name} with its cursor."),
        &[],
        vec![cursor, node],
    ));
    let parts = [
        (
            "edges",
            TypeRef::list_of(&edge),
            "The rows with their cursors.",
            ConnectionPart::Edges,
        ),
        (
            "nodes",
            TypeRef::list_of(name),
            "The rows.",
            ConnectionPart::Nodes,
        ),
        (
            "pageInfo",
            TypeRef::required("PageInfo"),
            "What lies before and behind this page.",
            ConnectionPart::PageInfo,
        ),
        (
            "totalCount",
            TypeRef::required("CappedCount"),
            "How many rows there are on all pages together; counted only when asked for.",
            ConnectionPart::TotalCount,
        ),
    ];
    let fields = parts.map(|(field, kind, about, part)| {
        builder.field(field, kind, about, FieldMeaning::OfConnection(part))
    });
    builder.add(Type::object(
        &format!("{name}Connection"),
        &format!("A page of rows of the type {name}."),
        &[],
        fields.into(),
    ));
}
