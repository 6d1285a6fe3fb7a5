//! The mutations' types: for each an input, a payload, and a closed list of codes, all from what it declares.

use async_graphql::{Name, Value};

use super::builder::{Builder, lower_first, sentence};
use super::meaning::{FieldMeaning, Form, PayloadPart, RemovedPart, UserErrorPart, WarningPart};
use super::object::type_name;
use crate::api::mutation::{self, Input, Kind, Mutation};
use crate::api::types::{Field, InputValue, Type, TypeRef};
use crate::work::erase::warning::CODES;

pub(super) fn add(builder: &mut Builder) {
    builder.add(Type::interface(
        "UserError",
        "Why a mutation did nothing, in a form that people and programs can act on.",
        &[],
        vec![
            Field::new("message", TypeRef::required("String"), "For people."),
            Field::new(
                "field",
                string_list(),
                "The input field at fault, outermost first.",
            ),
        ],
    ));
    let mut fields = Vec::new();
    for mutation in mutation::all(builder.catalog) {
        let name = mutation.type_name();
        let mut inputs = inputs(builder, mutation.takes);
        inputs.extend(columns(builder, mutation));
        builder.add(Type::input(
            &format!("{name}Input"),
            &format!("What `{}` takes.", mutation.name),
            inputs,
        ));
        add_errors(builder, mutation, &name);
        let payload = payload(builder, mutation, &name);
        builder.add(Type::object(
            &format!("{name}Payload"),
            &format!("What `{}` gives.", mutation.name),
            &[],
            payload,
        ));
        let input = InputValue::new(
            "input",
            TypeRef::required(&format!("{name}Input")),
            "What is wanted.",
        );
        let kind = TypeRef::required(&format!("{name}Payload"));
        let meaning = FieldMeaning::Verb(mutation);
        fields.push(
            builder
                .field(mutation.name, kind, mutation.about, meaning)
                .argument(input),
        );
    }
    builder.add(Type::object(
        "Mutation",
        "What can be done; the verbs of one request run one after another.",
        &[],
        fields,
    ));
}

fn string_list() -> TypeRef {
    TypeRef::List(Box::new(TypeRef::required("String")))
}

fn inputs(builder: &mut Builder, takes: &[Input]) -> Vec<InputValue> {
    takes
        .iter()
        .map(|input| {
            let name = type_of(builder, input.kind);
            let kind = match input.is_list {
                true => TypeRef::List(Box::new(TypeRef::required(&name))),
                false => TypeRef::named(&name),
            };
            let kind = if input.is_required { kind.non_null() } else { kind };
            let value = InputValue::new(input.name, kind, input.about);
            match input.default {
                None => value,
                Some(word) => value.with_default(Value::Enum(Name::new(word))),
            }
        })
        .collect()
}

/// The type's name; types of the mutations' own are added the first time.
fn type_of(builder: &mut Builder, kind: Kind) -> String {
    match kind {
        Kind::Named(name) => name.to_owned(),
        Kind::Id(_) => "ID".to_owned(),
        Kind::Words(words) => {
            if builder.is_new(words.name) {
                builder.add(Type::enumeration(words.name, words.about, words.words));
            }
            words.name.to_owned()
        }
        Kind::Shape(shape) => {
            if builder.is_new(shape.name) {
                let inputs = inputs(builder, shape.takes);
                builder.add(match shape.one_of {
                    true => Type::one_of(shape.name, shape.about, inputs),
                    false => Type::input(shape.name, shape.about, inputs),
                });
            }
            shape.name.to_owned()
        }
    }
}

/// The columns that can be set, as the catalog knows them.
fn columns(builder: &mut Builder, mutation: &Mutation) -> Vec<InputValue> {
    let Some(columns) = mutation.columns else {
        return Vec::new();
    };
    let catalog = builder.catalog;
    let resource = catalog.table(columns.table);
    let mut inputs = Vec::new();
    for name in columns.names {
        let column = resource.column(resource.id_of(name));
        let Some(form) = Form::of(column) else { continue };
        let kind = type_name(builder, column, form);
        let about = match column.nullable {
            true => format!("{} Left out, it stays; null clears it.", column.description),
            false => format!("{} Left out or null, it stays.", column.description),
        };
        inputs.push(InputValue::new(&column.field, TypeRef::named(&kind), &about));
    }
    inputs
}

fn payload(builder: &mut Builder, mutation: &Mutation, name: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    for (place, part) in mutation.gives.parts.iter().enumerate() {
        let meaning = FieldMeaning::OfPayload(PayloadPart::Extra(place));
        let kind = match part.kind {
            "RemovedRows" => TypeRef::List(Box::new(TypeRef::required(removed_rows(builder)))),
            "ErasureWarning" => TypeRef::List(Box::new(TypeRef::required(warning(builder)))),
            scalar => TypeRef::named(scalar),
        };
        fields.push(builder.field(part.name, kind, part.about, meaning));
    }
    let catalog = builder.catalog;
    let changed = mutation.gives.row.and_then(|(table, about)| {
        let resource = catalog.by_table(table).filter(|resource| resource.in_api)?;
        Some((resource, about))
    });
    if let Some((resource, about)) = changed {
        let meaning = FieldMeaning::OfPayload(PayloadPart::Changed(resource.id));
        let field = lower_first(&resource.name);
        fields.push(builder.field(&field, TypeRef::named(&resource.name), about, meaning));
    }
    fields.push(builder.field(
        "userErrors",
        TypeRef::list_of(&format!("{name}UserError")),
        "Why nothing was done; empty when it was.",
        FieldMeaning::OfPayload(PayloadPart::UserErrors),
    ));
    fields
}

/// The type's name; the type is added the first time.
fn removed_rows(builder: &mut Builder) -> &'static str {
    let name = "RemovedRows";
    if builder.is_new(name) {
        let parts = [
            (
                "resource",
                TypeRef::required("String"),
                "The type of the rows.",
                RemovedPart::Resource,
            ),
            (
                "reference",
                TypeRef::named("String"),
                "The field that is cut, so that the rows stay without it; null: the rows go.",
                RemovedPart::Reference,
            ),
            (
                "count",
                TypeRef::required("Int"),
                "How many rows.",
                RemovedPart::Count,
            ),
        ];
        let fields = parts.map(|(field, kind, about, part)| {
            builder.field(field, kind, about, FieldMeaning::OfRemoved(part))
        });
        let about = "Rows that go with one that is deleted, or that lose their reference to what goes.";
        builder.add(Type::object(name, about, &[], fields.into()));
    }
    name
}

/// The type's name; the type is added with its codes the first time.
fn warning(builder: &mut Builder) -> &'static str {
    let (name, codes) = ("ErasureWarning", "ErasureWarningCode");
    if builder.is_new(name) {
        let about = "What to know before an erasure is confirmed.";
        builder.add(Type::enumeration(codes, about, CODES));
        let parts = [
            ("code", codes, "The stable word.", WarningPart::Code),
            ("message", "String", "For people.", WarningPart::Message),
            (
                "count",
                "Int",
                "How many rows or jobs it is about.",
                WarningPart::Count,
            ),
        ];
        let fields = parts.map(|(field, kind, about, part)| {
            let meaning = FieldMeaning::OfWarning(part);
            builder.field(field, TypeRef::required(kind), about, meaning)
        });
        builder.add(Type::object(name, about, &[], fields.into()));
    }
    name
}

fn add_errors(builder: &mut Builder, mutation: &Mutation, name: &str) {
    let codes: Vec<(&str, String)> = mutation
        .codes
        .iter()
        .map(|code| {
            (
                code.as_str(),
                format!("{}.", sentence(&code.as_str().to_ascii_lowercase())),
            )
        })
        .collect();
    let values: Vec<(&str, &str)> = codes
        .iter()
        .map(|(code, about)| (*code, about.as_str()))
        .collect();
    let of = format!("{name}ErrorCode");
    let about = format!("Why `{}` did nothing.", mutation.name);
    builder.add(Type::enumeration(&of, &about, &values));
    let fields = [
        (
            "code",
            TypeRef::required(&of),
            "The stable word.",
            UserErrorPart::Code,
        ),
        (
            "message",
            TypeRef::required("String"),
            "For people.",
            UserErrorPart::Message,
        ),
        (
            "field",
            string_list(),
            "The input field at fault, outermost first.",
            UserErrorPart::Field,
        ),
    ]
    .map(|(field, kind, about, part)| builder.field(field, kind, about, FieldMeaning::OfUserError(part)));
    builder.add(Type::object(
        &format!("{name}UserError"),
        &about,
        &["UserError"],
        fields.into(),
    ));
}
