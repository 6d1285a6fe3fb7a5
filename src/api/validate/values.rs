//! Whether a literal, perhaps with variables inside, fits the type of the place it stands in. Values of
//! variables are another matter (`variables`).

use async_graphql::Pos;
use async_graphql_value::Value;

use super::walk::{Use, Walk};
use crate::api::scalar;
use crate::api::types::{InputValue, Kind, Named, Type, TypeRef};
use crate::error::quote;

/// A place where a value is expected.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) kind: &'a TypeRef,
    /// Whether a default steps in when a variable has no value.
    pub(super) has_default: bool,
    /// Whether it is a field of a oneOf input, which takes no null, not even by a variable.
    pub(super) one_of: bool,
}

impl<'a> Slot<'a> {
    pub(super) fn of(input: &'a InputValue) -> Self {
        Slot {
            kind: &input.kind,
            has_default: input.default.is_some(),
            one_of: false,
        }
    }

    fn item(kind: &'a TypeRef) -> Self {
        Slot {
            kind,
            has_default: false,
            one_of: false,
        }
    }
}

impl<'a> Walk<'a, '_> {
    /// Checks a literal and notes the variables in it. Nesting is bounded by the guard.
    pub(super) fn value(&mut self, value: &'a Value, slot: Slot<'a>, at: Pos) {
        match (value, slot.kind.nullable()) {
            (Value::Variable(name), _) => self.scope.uses.push(Use { name, at, slot }),
            (Value::Null, _) => {
                if slot.kind.is_required() || slot.one_of {
                    self.findings
                        .say(at, || format!("null where {} is expected", slot.kind));
                }
            }
            (Value::List(items), TypeRef::List(item)) => {
                for value in items {
                    self.value(value, Slot::item(item), at);
                }
            }
            (value, TypeRef::List(item)) => self.value(value, Slot::item(item), at),
            (value, TypeRef::Named(name)) => self.named(value, name, at),
            // `nullable` never gives one.
            (_, TypeRef::NonNull(_)) => {}
        }
    }

    fn named(&mut self, value: &'a Value, name: &str, at: Pos) {
        let Some((_, expected)) = self.types.find(name) else {
            return;
        };
        let fits = match (&expected.kind, value) {
            (Kind::Scalar { takes, .. }, literal) => scalar::literal_fits(*takes, literal),
            (Kind::Enum(values), Value::Enum(value)) => {
                let value = values.get(value);
                self.scope.note(value.and_then(|value| value.deprecated.as_ref()));
                value.is_some()
            }
            (Kind::Input { fields, one_of }, Value::Object(given)) => {
                for (field, value) in given {
                    match fields.get(field) {
                        Some(input) => {
                            self.scope.note(input.deprecated.as_ref());
                            let slot = Slot {
                                one_of: *one_of,
                                ..Slot::of(input)
                            };
                            self.value(value, slot, at);
                        }
                        None => self
                            .findings
                            .say(at, || format!("{name} has no field {}", quote(field))),
                    }
                }
                self.complete(expected, fields, |field| given.contains_key(field), at);
                if *one_of && given.len() != 1 {
                    self.findings
                        .say(at, || format!("{name} takes exactly one field"));
                }
                true
            }
            _ => false,
        };
        if !fits {
            self.findings.say(at, || format!("a value that is no {name}"));
        }
    }

    fn complete(
        &mut self,
        expected: &Type,
        fields: &Named<InputValue>,
        is_given: impl Fn(&str) -> bool,
        at: Pos,
    ) {
        for field in fields
            .iter()
            .filter(|field| field.is_required() && !is_given(&field.name))
        {
            self.findings
                .say(at, || format!("{} needs the field {}", expected.name, field.name));
        }
    }
}
