//! The object type of a resource: its values, the rows it refers to, and the rows that refer to it.

use super::builder::Builder;
use super::connection;
use super::meaning::{FieldMeaning, Form, Many};
use crate::api::types::{Field, Type, TypeRef};
use crate::catalog::{Catalog, Class, Column, Mask, Match, Reference, Resource};
use crate::cell::Kind;

pub(super) fn add(builder: &mut Builder, resource: &Resource) {
    let mut fields = vec![builder.field(
        "id",
        TypeRef::required("ID"),
        "The global id: opaque, the same for every user, authorised at each use.",
        FieldMeaning::Id,
    )];
    for column in &resource.columns {
        if let Some(reference) = resource.reference(column.id) {
            fields.extend(reference_field(builder, reference));
        } else if !matches!(column.name.as_str(), "id" | "account_id") {
            fields.extend(column_field(builder, resource, column));
        }
    }
    fields.extend(bundle_path(builder, resource));
    for matched in &resource.matches {
        fields.extend(match_field(builder, resource, matched));
    }
    fields.extend(inverse_fields(builder, resource));
    let mut description = format!("{} Requires: read on {}.", resource.description, resource.name);
    if !resource.cells().is_empty() {
        let least = builder.catalog.settings.small_cell;
        description.push_str(&format!(
            " Without read_clear, rows whose counts are all of fewer than {least} people do not exist."
        ));
    }
    builder.add(Type::object(&resource.name, &description, &["Node"], fields));
}

/// Whether a rule can hide values of the column from somebody who may read the row.
pub(super) fn can_be_hidden(column: &Column) -> bool {
    !column.is_secret() && (column.mask != Mask::Clear || column.class == Class::ByField)
}

fn column_field(builder: &mut Builder, resource: &Resource, column: &Column) -> Option<Field> {
    let form = match column.kind {
        Kind::Uuid if !column.is_secret() => Form::GlobalId(loose_target(builder.catalog, column)?),
        _ => Form::of(column)?,
    };
    let meaning = FieldMeaning::Column {
        column: column.id,
        form,
    };
    if column.is_secret() {
        let about = format!(
            "Whether there is a value; the value itself is never shown. {}",
            column.description
        );
        let name = format!("{}IsSet", column.field);
        return Some(builder.field(&name, TypeRef::required("Boolean"), &about, meaning));
    }
    let kind = match form {
        Form::Strings => TypeRef::List(Box::new(TypeRef::required("String"))),
        form => TypeRef::named(&type_name(builder, column, form)),
    };
    let hidden = can_be_hidden(column);
    let kind = if column.nullable || hidden {
        kind
    } else {
        kind.non_null()
    };
    let mut about = column.description.clone();
    if hidden {
        let how = match column.mask {
            Mask::SmallCell => {
                let least = builder.catalog.settings.small_cell;
                format!(
                    "null where it is of fewer than {least} people, elsewhere rounded down to a multiple of {least},"
                )
            }
            Mask::Hide => "null".to_owned(),
            _ if column.class == Class::ByField => "null".to_owned(),
            _ => "masked".to_owned(),
        };
        about.push_str(&format!(
            " Requires: read_clear on {}, else {how} and named in `extensions.withheld`.",
            resource.name
        ));
    }
    match form {
        Form::Json => about.push_str(" JSON as text, in canonical form (RFC 8785)."),
        Form::Base64 => about.push_str(" As base64."),
        _ => {}
    }
    Some(builder.field(&column.field, kind, &about, meaning))
}

/// The name of the type of a column's values.
pub(super) fn type_name(builder: &mut Builder, column: &Column, form: Form) -> String {
    match form {
        Form::Boolean => "Boolean",
        Form::Int => "Int",
        Form::BigInt => "BigInt",
        Form::DateTime => "DateTime",
        Form::GlobalId(_) => "ID",
        Form::Word => return builder.enumeration(column),
        // A masked address is no address, but clients that check one would check the clear ones, too.
        Form::Text if is_address(column) => "EmailAddress",
        Form::Text | Form::Strings | Form::Json | Form::Base64 => "String",
    }
    .to_owned()
}

/// Whether the column holds one e-mail address.
pub(super) fn is_address(column: &Column) -> bool {
    column.kind == Kind::Text
        && column.class == Class::Contact
        && (column.name == "email" || column.name.ends_with("_email") || column.name == "email_normalized")
}

/// The type tag of the one resource whose rows the column names without a foreign key.
fn loose_target(catalog: &Catalog, column: &Column) -> Option<u16> {
    match column.loose.as_slice() {
        [target] if catalog.get(*target).in_api => Some(catalog.get(*target).tag()),
        _ => None,
    }
}

fn reference_field(builder: &mut Builder, reference: &Reference) -> Option<Field> {
    let target = builder.catalog.get(reference.target);
    if !target.in_api {
        return None;
    }
    let about = format!(
        "{} Null also when it is out of your reach. Requires: read on {}.",
        reference.description, target.name
    );
    let meaning = FieldMeaning::Reference {
        column: reference.column,
        target: target.id,
    };
    Some(builder.field(
        &reference.field,
        TypeRef::named(&target.name),
        about.trim(),
        meaning,
    ))
}

fn match_field(builder: &mut Builder, resource: &Resource, matched: &Match) -> Option<Field> {
    let target = builder.catalog.get(matched.target);
    if !target.in_api {
        return None;
    }
    let (column, by) = (resource.column(matched.column), target.column(matched.by));
    let mut about = format!("{} Requires: read on {}", matched.description, target.name);
    // As for filters: that two values are equal is for those alone who may see both.
    let hidden: Vec<&str> = [(resource, column), (target, by)]
        .into_iter()
        .filter(|(_, column)| can_be_hidden(column))
        .map(|(resource, _)| resource.name.as_str())
        .collect();
    if !hidden.is_empty() {
        about.push_str(&format!(", and read_clear on {}", hidden.join(" and ")));
    }
    about.push_str(", else null and named in `extensions.withheld`.");
    let meaning = FieldMeaning::Match {
        column: matched.column,
        target: target.id,
        by: matched.by,
    };
    Some(builder.field(&matched.field, TypeRef::named(&target.name), &about, meaning))
}

fn inverse_fields(builder: &mut Builder, resource: &Resource) -> Vec<Field> {
    let catalog = builder.catalog;
    let mut fields = Vec::new();
    for (other, reference) in catalog.inverse(resource.id).filter(|(other, _)| other.in_api) {
        let Some(name) = &reference.inverse else { continue };
        let about = reference.inverse_description.as_deref().unwrap_or_default();
        let many = Many {
            resource: other.id,
            by: Some(reference.column),
        };
        fields.push(if are_parts(other, reference) {
            let about = format!("{about} At most 100. Requires: read on {}.", other.name);
            builder.field(
                name,
                TypeRef::list_of(&other.name),
                &about,
                FieldMeaning::Parts(many),
            )
        } else {
            connection::field(builder, name, other, about, many)
        });
    }
    fields
}

/// Whether rows are parts of the row they refer to, told apart there by an ordinal: custom values of a
/// profile. There are few of them, so they come as a list without pages.
pub(super) fn are_parts(resource: &Resource, reference: &Reference) -> bool {
    resource.find("ordinal").is_some_and(|ordinal| {
        resource
            .unique
            .iter()
            .any(|key| key.first() == Some(&reference.column) && key.contains(&ordinal.id))
    })
}

fn bundle_path(builder: &mut Builder, resource: &Resource) -> Option<Field> {
    let state = resource.find("state").filter(|_| resource.table == "exports")?;
    Some(builder.field(
        "bundlePath",
        TypeRef::named("String"),
        "Where the bundle can be fetched with the same credentials, once it is READY; rights are checked again there. Null before and afterwards.",
        FieldMeaning::BundlePath { state: state.id },
    ))
}
