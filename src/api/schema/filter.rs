//! By what rows can be filtered, and with which operators: a closed list for each kind of value, over columns
//! that the policy opens and an index finds.

use super::builder::Builder;
use super::meaning::Form;
use super::object::is_address;
use crate::api::types::{InputValue, Type, TypeRef};
use crate::catalog::{Catalog, Column, ColumnId, Resource, ResourceId};
use crate::cell::Kind;

/// One field of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterField {
    /// Its name in the filter.
    pub name: String,
    /// The column that is compared.
    pub column: ColumnId,
    /// What it is compared with.
    pub operand: Operand,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Text, byte by byte.
    Text,
    /// An e-mail address, after normalisation.
    Address,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits.
    BigInt,
    /// True or false.
    Boolean,
    /// One of these words of the stores.
    Word(Vec<String>),
    /// An instant.
    Instant,
    /// The global id of a row of this resource.
    Id(ResourceId),
}

/// The fields of a resource's filter.
pub(super) fn fields(catalog: &Catalog, resource: &Resource) -> Vec<FilterField> {
    resource
        .columns
        .iter()
        .filter_map(|column| field(catalog, resource, column))
        .collect()
}

/// The names of the fields that can be used at one place.
pub(super) fn usable(catalog: &Catalog, resource: &Resource, by: Option<ColumnId>) -> Vec<String> {
    fields(catalog, resource)
        .into_iter()
        .filter(|field| resource.filterable(field.column, by))
        .map(|field| field.name)
        .collect()
}

fn field(catalog: &Catalog, resource: &Resource, column: &Column) -> Option<FilterField> {
    if !column.filter || column.is_secret() || column.name == "account_id" {
        return None;
    }
    let of = |name: &str, operand| {
        Some(FilterField {
            name: name.to_owned(),
            column: column.id,
            operand,
        })
    };
    if let Some(reference) = resource.reference(column.id) {
        let in_api = catalog.get(reference.target).in_api;
        return if in_api {
            of(&reference.field, Operand::Id(reference.target))
        } else {
            None
        };
    }
    if let [target] = column.loose.as_slice()
        && column.kind == Kind::Uuid
        && catalog.get(*target).in_api
    {
        return of(&column.field, Operand::Id(*target));
    }
    if let Some(plain) = column
        .name
        .strip_suffix("_normalized")
        .and_then(|name| resource.find(name))
    {
        // The asker compares addresses as they are written; what is compared is their normal form.
        return of(&plain.field, Operand::Address);
    }
    if resource
        .find(&format!("{}_normalized", column.name))
        .is_some_and(|normal| normal.filter)
    {
        return None;
    }
    let operand = match Form::of(column)? {
        Form::Boolean => Operand::Boolean,
        Form::Int => Operand::Int,
        Form::BigInt => Operand::BigInt,
        Form::Text if is_address(column) => Operand::Address,
        Form::Text => Operand::Text,
        Form::Word => Operand::Word(column.words.clone()),
        Form::DateTime => Operand::Instant,
        Form::Strings | Form::Json | Form::Base64 | Form::GlobalId(_) => return None,
    };
    of(&column.field, operand)
}

/// The filter input of a resource.
pub(super) fn add(builder: &mut Builder, resource: &Resource) {
    let fields = fields(builder.catalog, resource);
    if fields.is_empty() {
        return;
    }
    let name = format!("{}Filter", resource.name);
    let mut inputs = vec![
        InputValue::new("and", list(&name), "All of these fit; not empty."),
        InputValue::new("or", list(&name), "At least one of these fits; not empty."),
        InputValue::new("not", TypeRef::named(&name), "This does not fit."),
    ];
    for field in fields {
        let column = resource.column(field.column);
        let input = input_name(builder, column, &field.operand);
        inputs.push(InputValue::new(
            &field.name,
            TypeRef::named(&input),
            &column.description,
        ));
    }
    builder.add(Type::input(
        &name,
        &format!(
            "Which rows of the type {} are wanted: those for which every field given fits. At most 3 levels of `and`, `or` and `not`, and at most 20 comparisons.",
            resource.name
        ),
        inputs,
    ));
}

fn list(name: &str) -> TypeRef {
    TypeRef::List(Box::new(TypeRef::required(name)))
}

/// The input of a column's operators; those of enums are added when they are new.
fn input_name(builder: &mut Builder, column: &Column, operand: &Operand) -> String {
    match operand {
        Operand::Text => "StringFilter".to_owned(),
        Operand::Address => "EmailAddressFilter".to_owned(),
        Operand::Int => "IntFilter".to_owned(),
        Operand::BigInt => "BigIntFilter".to_owned(),
        Operand::Boolean => "BooleanFilter".to_owned(),
        Operand::Instant => "DateTimeRange".to_owned(),
        Operand::Id(_) => "IDFilter".to_owned(),
        Operand::Word(_) => {
            let of = builder.enumeration(column);
            let name = format!("{of}Filter");
            if builder.is_new(&name) {
                builder.add(operators(&name, &of, &[EQUALITY, NULL]));
            }
            name
        }
    }
}

/// Operators: the name, the type (`=` for that of the values, `[=]` for a list of them), and what it does.
type Operators = &'static [(&'static str, &'static str, &'static str)];

const EQUALITY: Operators = &[
    ("equals", "=", "Equal to this."),
    ("notEquals", "=", "Not equal to this; rows without a value fit."),
    ("in", "[=]", "Equal to one of these, at most 100."),
];
const SIZE: Operators = &[
    ("lessThan", "=", "Smaller than this."),
    ("lessThanOrEqual", "=", "Not larger than this."),
    ("greaterThan", "=", "Larger than this."),
    ("greaterThanOrEqual", "=", "Not smaller than this."),
];
const BEGINNING: Operators = &[(
    "startsWith",
    "String",
    "Begins so; capital and small letters differ.",
)];
const ADDRESS_BEGINNING: Operators = &[("startsWith", "String", "Begins so, whatever the case.")];
const NULL: Operators = &[("isNull", "Boolean", "Whether there is no value.")];
const IDS: Operators = &[
    ("equals", "=", "The row of this id."),
    ("in", "[=]", "The rows of these ids, at most 100."),
];
const ONE: Operators = &[("equals", "=", "Equal to this.")];
const RANGE: Operators = &[
    ("from", "=", "At this instant or later."),
    ("to", "=", "Before this instant."),
];

/// The operators of all kinds of values but enums.
pub(super) fn add_shared(builder: &mut Builder) {
    for definition in [
        operators("StringFilter", "String", &[EQUALITY, BEGINNING, NULL]),
        operators(
            "EmailAddressFilter",
            "EmailAddress",
            &[EQUALITY, ADDRESS_BEGINNING, NULL],
        ),
        operators("IntFilter", "Int", &[EQUALITY, SIZE, NULL]),
        operators("BigIntFilter", "BigInt", &[EQUALITY, SIZE, NULL]),
        operators("BooleanFilter", "Boolean", &[ONE, NULL]),
        operators("DateTimeRange", "DateTime", &[RANGE, NULL]),
        operators("IDFilter", "ID", &[IDS, NULL]),
    ] {
        builder.add(definition);
    }
}

fn operators(name: &str, of: &str, groups: &[Operators]) -> Type {
    let inputs = groups
        .iter()
        .flat_map(|group| group.iter())
        .map(|(operator, kind, about)| {
            let kind = match *kind {
                "=" => TypeRef::named(of),
                "[=]" => TypeRef::List(Box::new(TypeRef::required(of))),
                other => TypeRef::named(other),
            };
            InputValue::new(operator, kind, about)
        });
    let about = format!(
        "How a value of the type {of} is compared; every operator given must fit. An operator cannot be null."
    );
    Type::input(name, &about, inputs.collect())
}
