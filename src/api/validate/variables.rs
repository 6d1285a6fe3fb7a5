//! Values for variables and arguments: what the asker gave becomes what the declared type says, with defaults
//! filled in, single values made into lists, enum values as names; or it is refused before anything runs.
//!
//! Messages name places and types, never the value: it may be personal data.

use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field as Selected, OperationDefinition};
use async_graphql::{Name, Value as ConstValue, Variables};
use async_graphql_value::Value;

use crate::api::answer::{GraphqlError, MOST_ERRORS};
use crate::api::scalar;
use crate::api::types::{InputValue, Kind, Named, TypeRef, TypeSystem};
use crate::error::{Code, Refusal, quote};

/// Why a value does not fit, and the way to it, innermost step first.
pub(super) struct Wrong {
    what: String,
    way: Vec<String>,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Self {
        Wrong {
            what: what.into(),
            way: Vec::new(),
        }
    }

    fn below(mut self, step: &str) -> Self {
        self.way.push(quote(step));
        self
    }

    pub(super) fn message(&self) -> &str {
        &self.what
    }

    fn into_error(self, root: &str) -> GraphqlError {
        let way = std::iter::once(quote(root)).chain(self.way.into_iter().rev());
        Refusal::new(Code::BadUserInput, self.what).at(way).into()
    }
}

type Coerced<T> = Result<T, Wrong>;

/// Where a value was written, which decides how an enum value looks.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// In the document: enum values are names.
    Document,
    /// In JSON: enum values are strings.
    Json,
}

/// The values of an operation's variables. Variables that the operation does not declare are left out, as are
/// declared ones that were not given and have no default.
///
/// Errors: `BAD_USER_INPUT`, one for each variable at fault, with the way to the place as `field`.
pub fn coerce(
    types: &TypeSystem,
    operation: &OperationDefinition,
    given: &Variables,
) -> Result<Variables, Vec<GraphqlError>> {
    let mut values = Variables::default();
    let mut errors = Vec::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let kind = TypeRef::from_document(&definition.node.var_type.node);
        let value = match (given.get(name.as_str()), &definition.node.default_value) {
            (Some(value), _) => convert(types, value, &kind, Source::Json),
            (None, Some(default)) => convert(types, &default.node, &kind, Source::Document),
            (None, None) if kind.is_required() => Err(Wrong::new(format!("a {kind} is required"))),
            (None, None) => continue,
        };
        match value {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(wrong) => errors.push(wrong.into_error(name).at(definition.pos)),
        }
    }
    errors.truncate(MOST_ERRORS);
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

/// Whether a value written in the document fits.
pub(super) fn constant(types: &TypeSystem, value: &ConstValue, kind: &TypeRef) -> Coerced<ConstValue> {
    convert(types, value, kind, Source::Document)
}

fn convert(types: &TypeSystem, value: &ConstValue, kind: &TypeRef, source: Source) -> Coerced<ConstValue> {
    match (value, kind) {
        (ConstValue::Null, TypeRef::NonNull(_)) => Err(Wrong::new(format!("null where {kind} is expected"))),
        (ConstValue::Null, _) => Ok(ConstValue::Null),
        (value, TypeRef::NonNull(inner)) => convert(types, value, inner, source),
        (ConstValue::List(items), TypeRef::List(item)) => {
            let items = items.iter().enumerate().map(|(place, value)| {
                convert(types, value, item, source).map_err(|wrong| wrong.below(&place.to_string()))
            });
            Ok(ConstValue::List(items.collect::<Coerced<_>>()?))
        }
        (single, TypeRef::List(item)) => Ok(ConstValue::List(vec![convert(types, single, item, source)?])),
        (value, TypeRef::Named(name)) => convert_named(types, value, name, source),
    }
}

fn convert_named(types: &TypeSystem, value: &ConstValue, name: &str, source: Source) -> Coerced<ConstValue> {
    let Some((_, expected)) = types.find(name) else {
        return Err(Wrong::new(format!("unknown type {}", quote(name))));
    };
    let converted = match (&expected.kind, value) {
        (Kind::Scalar { takes, .. }, value) => {
            let fits = match source {
                Source::Json => scalar::json_fits(*takes, value),
                Source::Document => scalar::literal_fits(*takes, &value.clone().into_value()),
            };
            fits.then(|| scalar::canonical(*takes, value))
        }
        (Kind::Enum(values), ConstValue::Enum(given)) => {
            values.get(given).map(|_| ConstValue::Enum(given.clone()))
        }
        (Kind::Enum(values), ConstValue::String(given)) if source == Source::Json => values
            .get(given)
            .map(|value| ConstValue::Enum(Name::new(&value.name))),
        (Kind::Input { fields, one_of }, ConstValue::Object(given)) => {
            return convert_object(types, name, fields, *one_of, given, source);
        }
        _ => None,
    };
    converted.ok_or_else(|| Wrong::new(format!("a value that is no {name}")))
}

fn convert_object(
    types: &TypeSystem,
    name: &str,
    fields: &Named<InputValue>,
    one_of: bool,
    given: &IndexMap<Name, ConstValue>,
    source: Source,
) -> Coerced<ConstValue> {
    if let Some(unknown) = given.keys().find(|key| fields.get(key).is_none()) {
        return Err(Wrong::new(format!("{name} has no field {}", quote(unknown))));
    }
    if one_of && (given.len() != 1 || given.values().any(|value| *value == ConstValue::Null)) {
        return Err(Wrong::new(format!(
            "{name} takes exactly one field, and not null"
        )));
    }
    let mut object = IndexMap::with_capacity(given.len());
    for field in fields.iter() {
        let value = match (given.get(&*field.name), &field.default) {
            (Some(value), _) => {
                convert(types, value, &field.kind, source).map_err(|wrong| wrong.below(&field.name))?
            }
            (None, Some(default)) => default.clone(),
            (None, None) if field.kind.is_required() => {
                return Err(Wrong::new(format!("{name} needs the field {}", field.name)));
            }
            (None, None) => continue,
        };
        object.insert(Name::new(&field.name), value);
    }
    Ok(ConstValue::Object(object))
}

/// The arguments of a selected field, with coerced variables in their places and defaults filled in, after the
/// specification's `CoerceArgumentValues`. An argument that was not given and has no default is left out.
///
/// Errors: `BAD_USER_INPUT`; only where a variable without value stands in a place that needs one.
pub fn arguments(
    types: &TypeSystem,
    defined: &Named<InputValue>,
    selected: &Selected,
    variables: &Variables,
) -> Result<Vec<(Arc<str>, ConstValue)>, GraphqlError> {
    let mut values = Vec::with_capacity(defined.len());
    for argument in defined.iter() {
        let given = selected.get_argument(&argument.name);
        let value = given.and_then(|given| substitute(&given.node, variables));
        let value = match (value, &argument.default) {
            (Some(value), _) => convert_substituted(types, &value, given.map(|it| &it.node), &argument.kind),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) if argument.kind.is_required() => {
                Err(Wrong::new(format!("a {} is required", argument.kind)))
            }
            (None, None) => continue,
        };
        let at = given.map_or(selected.name.pos, |given| given.pos);
        values.push((
            argument.name.clone(),
            value.map_err(|wrong| wrong.into_error(&argument.name).at(at))?,
        ));
    }
    Ok(values)
}

/// A variable's value was coerced already: converting it again would wrap a list of lists once more.
fn convert_substituted(
    types: &TypeSystem,
    value: &ConstValue,
    written: Option<&Value>,
    kind: &TypeRef,
) -> Coerced<ConstValue> {
    match written {
        Some(Value::Variable(_)) if *value == ConstValue::Null && kind.is_required() => {
            Err(Wrong::new(format!("null where {kind} is expected")))
        }
        Some(Value::Variable(_)) => Ok(value.clone()),
        _ => convert(types, value, kind, Source::Document),
    }
}

/// The literal with values for its variables; none where the whole is a variable without value. In a list such
/// a one is null, in an object the field is left out.
fn substitute(value: &Value, variables: &Variables) -> Option<ConstValue> {
    Some(match value {
        Value::Variable(name) => return variables.get(name.as_str()).cloned(),
        Value::Null => ConstValue::Null,
        Value::Number(number) => ConstValue::Number(number.clone()),
        Value::String(text) => ConstValue::String(text.clone()),
        Value::Boolean(yes) => ConstValue::Boolean(*yes),
        Value::Binary(bytes) => ConstValue::Binary(bytes.clone()),
        Value::Enum(name) => ConstValue::Enum(name.clone()),
        Value::List(items) => ConstValue::List(
            items
                .iter()
                .map(|item| substitute(item, variables).unwrap_or(ConstValue::Null))
                .collect(),
        ),
        Value::Object(fields) => ConstValue::Object(
            fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), substitute(value, variables)?)))
                .collect(),
        ),
    })
}
