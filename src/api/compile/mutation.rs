//! Mutations: which verbs are called with which input, and what is wanted of their payloads.

use async_graphql::parser::types::SelectionSet;
use async_graphql_value::ConstValue;
use uuid::Uuid;

use super::collect::Collected;
use super::root::null;
use super::shape::{Selection, Slot, Source};
use super::viewer::{list, object};
use super::{Ask, Compiled, Compiler, is_type_name};
use crate::api::assemble::text;
use crate::api::mutation::{Extra, Gave, Mutation};
use crate::api::schema::FieldMeaning;
use crate::api::schema::meaning::{PayloadPart, RemovedPart, UserErrorPart, WarningPart};
use crate::api::types::TypeId;
use crate::error::{Code, Refusal};
use crate::work::erase::warning::Warning;
use crate::work::remove::RemovedRows;

/// One call of a verb.
#[derive(Debug)]
pub struct Call<'a> {
    field: Collected<'a>,
    /// Which; none for `__typename`.
    pub verb: Option<&'static Mutation>,
    /// The coerced input.
    pub input: ConstValue,
}

impl<'a> Call<'a> {
    /// The response name.
    pub fn key(&self) -> &'a str {
        self.field.key
    }

    /// Where it stands in the document.
    pub fn place(&self) -> async_graphql::Pos {
        self.field.field.pos
    }
}

/// What a call gave.
#[derive(Clone, Debug)]
pub enum Done {
    /// It was done.
    Gave(Gave),
    /// Nothing was done.
    Refused(Vec<Refusal>),
    /// It failed, and the payload is missing.
    Failed,
}

pub(super) fn calls<'a>(ask: Ask<'a>) -> Compiled<Vec<Call<'a>>> {
    let mut compiler = Compiler::new(ask);
    let Some(root) = compiler.scope.types.mutation() else {
        return compiler.refuse(Code::ValidationFailed, "there are no mutations", &[]);
    };
    let mut calls = Vec::new();
    for field in compiler.scope.collect(root, &[&ask.operation.selection_set.node]) {
        let definition = compiler.definition(root, &field)?;
        let (verb, input) = match compiler.ask.surface.meaning(definition) {
            FieldMeaning::Verb(verb) => {
                if !verb.is_open {
                    compiler.asker()?;
                }
                let arguments = compiler.arguments(definition, &field)?;
                (Some(verb), arguments.get("input").cloned().unwrap_or_default())
            }
            _ => (None, ConstValue::Null),
        };
        let call = Call { field, verb, input };
        // Whatever can be refused about the payload is refused before anything is done.
        compiler.payload(&call, &Done::Gave(Gave::row(Uuid::nil())))?;
        calls.push(call);
    }
    compiler.check_cost()?;
    Ok(calls)
}

impl<'a> Compiler<'a> {
    pub(super) fn payload(&mut self, call: &Call<'a>, done: &Done) -> Compiled<Slot> {
        let Some(root) = self.scope.types.mutation() else {
            return self.refuse(Code::ValidationFailed, "there are no mutations", &[]);
        };
        let definition = self.definition(root, &call.field)?;
        let source = match (call.verb, done) {
            (None, _) => self.literal_type_name(root),
            (Some(_), Done::Failed) => Source::Failed,
            (Some(_), done) => self.below(call.field.key, |compiler| {
                compiler.payload_fields(definition.of, &call.field.sets, done)
            })?,
        };
        Ok(self.slot(definition, &call.field, source))
    }

    fn payload_fields(&mut self, object: TypeId, sets: &[&'a SelectionSet], done: &Done) -> Compiled<Source> {
        let mut selection = Selection::default();
        for field in self.scope.collect(object, sets) {
            let definition = self.definition(object, &field)?;
            let source = match self.ask.surface.meaning(definition) {
                _ if is_type_name(&field) => self.literal_type_name(object),
                FieldMeaning::OfPayload(part) => self.below(field.key, |compiler| {
                    compiler.payload_part(part, definition.of, &field, done)
                })?,
                _ => return self.refuse(Code::ValidationFailed, "a field that payloads do not have", &[]),
            };
            let slot = self.slot(definition, &field, source);
            selection.fields.push(slot);
        }
        Ok(Source::Object(selection))
    }

    fn payload_part(
        &mut self,
        part: PayloadPart,
        of: TypeId,
        field: &Collected<'a>,
        done: &Done,
    ) -> Compiled<Source> {
        let mut json = Vec::new();
        match (part, done) {
            (PayloadPart::Changed(resource), Done::Gave(gave)) => {
                return match gave.row {
                    Some(id) => self.row_by_id(Some(resource), id, &field.sets),
                    None => Ok(null()),
                };
            }
            (PayloadPart::Extra(place), Done::Gave(gave)) => match gave.parts.get(place) {
                Some(Extra::Text(value)) => text::string(&mut json, value),
                Some(Extra::Instant(at)) => text::instant(&mut json, *at),
                Some(Extra::Id(table, id)) => {
                    let tag = self.ask.catalog.table(table).tag();
                    text::string(&mut json, &self.ask.ids.encode(tag, *id));
                }
                Some(Extra::Removed(rows)) => self.removed(&mut json, of, field, rows)?,
                Some(Extra::Warnings(warnings)) => self.warnings(&mut json, of, field, warnings)?,
                Some(Extra::Nothing) | None => return Ok(null()),
            },
            (PayloadPart::UserErrors, Done::Refused(refusals)) => {
                self.user_errors(&mut json, of, field, refusals)?;
            }
            (PayloadPart::UserErrors, _) => json.extend_from_slice(b"[]"),
            (PayloadPart::Changed(_) | PayloadPart::Extra(_), _) => return Ok(null()),
        }
        Ok(Source::Literal(json.into()))
    }

    fn removed(
        &self,
        json: &mut Vec<u8>,
        of: TypeId,
        field: &Collected<'a>,
        rows: &[RemovedRows],
    ) -> Compiled<()> {
        let parts = self.wanted_parts(of, field)?;
        let type_name = self.type_name(of);
        list(json, rows, |json, rows| {
            object(json, &parts, |json, meaning| match meaning {
                FieldMeaning::OfRemoved(RemovedPart::Resource) => text::string(json, &rows.resource),
                FieldMeaning::OfRemoved(RemovedPart::Reference) => match &rows.reference {
                    Some(field) => text::string(json, field),
                    None => json.extend_from_slice(b"null"),
                },
                FieldMeaning::OfRemoved(RemovedPart::Count) => {
                    json.extend_from_slice(rows.rows.to_string().as_bytes());
                }
                _ => text::string(json, &type_name),
            });
        });
        Ok(())
    }

    fn warnings(
        &self,
        json: &mut Vec<u8>,
        of: TypeId,
        field: &Collected<'a>,
        warnings: &[Warning],
    ) -> Compiled<()> {
        let parts = self.wanted_parts(of, field)?;
        let type_name = self.type_name(of);
        list(json, warnings, |json, warning| {
            object(json, &parts, |json, meaning| match meaning {
                FieldMeaning::OfWarning(WarningPart::Code) => text::string(json, &warning.code),
                FieldMeaning::OfWarning(WarningPart::Message) => text::string(json, &warning.message),
                FieldMeaning::OfWarning(WarningPart::Count) => {
                    json.extend_from_slice(warning.count.to_string().as_bytes());
                }
                _ => text::string(json, &type_name),
            });
        });
        Ok(())
    }

    /// The fields that are wanted of the objects of a list, each with what it stands for.
    fn wanted_parts(&self, of: TypeId, field: &Collected<'a>) -> Compiled<Vec<(&'a str, FieldMeaning)>> {
        let fields = self.scope.collect(of, &field.sets);
        let meaning = |field: &Collected<'a>| {
            let definition = self.definition(of, field)?;
            Ok((field.key, self.ask.surface.meaning(definition)))
        };
        fields.iter().map(meaning).collect()
    }

    fn user_errors(
        &self,
        json: &mut Vec<u8>,
        of: TypeId,
        field: &Collected<'a>,
        refusals: &[Refusal],
    ) -> Compiled<()> {
        let parts = self.wanted_parts(of, field)?;
        let type_name = self.type_name(of);
        list(json, refusals, |json, refusal| {
            object(json, &parts, |json, meaning| match meaning {
                FieldMeaning::OfUserError(UserErrorPart::Code) => text::string(json, refusal.code.as_str()),
                FieldMeaning::OfUserError(UserErrorPart::Message) => text::string(json, &refusal.message),
                FieldMeaning::OfUserError(UserErrorPart::Field) if refusal.field.is_empty() => {
                    json.extend_from_slice(b"null");
                }
                FieldMeaning::OfUserError(UserErrorPart::Field) => {
                    list(json, &refusal.field, |json, step| text::string(json, step));
                }
                _ => text::string(json, &type_name),
            });
        });
        Ok(())
    }
}
