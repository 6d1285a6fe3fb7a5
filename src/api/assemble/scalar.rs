//! Writes the values of rows in the forms that the schema says.

use uuid::Uuid;

use super::{Assembler, Here, Outcome, text};
use crate::api::compile::shape::Slot;
use crate::api::schema::meaning::Form;
use crate::cell::Cell;
use crate::error::Fault;

/// The word of an export whose bundle can be fetched.
const READY: &str = "ready";

impl<'a> Assembler<'a> {
    pub(super) fn cell(&mut self, slot: &Slot, cell: &Cell, form: Form) -> Outcome {
        let body = &mut self.body;
        match (form, cell) {
            (_, Cell::Null) => return Outcome::Nothing,
            (Form::Boolean, Cell::Bool(value)) => text::boolean(body, *value),
            (Form::Int, Cell::Int(value)) if i32::try_from(*value).is_ok() => text::number(body, *value),
            (Form::BigInt, Cell::Int(value)) => {
                body.push(b'"');
                text::number(body, *value);
                body.push(b'"');
            }
            (Form::Text, Cell::Text(value)) => text::string(body, value),
            (Form::Word, Cell::Text(value)) => text::word(body, value),
            (Form::DateTime, Cell::Instant(at)) => text::instant(body, *at),
            (Form::GlobalId(tag), Cell::Uuid(id)) => return self.global_id(tag, *id),
            (Form::Strings, Cell::Json(value)) if value.is_array() => {
                strings(body, value.as_array().map_or(&[], Vec::as_slice))
            }
            (Form::Json, Cell::Json(value)) => match serde_json_canonicalizer::to_string(value) {
                Ok(document) => text::string(body, &document),
                Err(error) => {
                    self.fail(&slot.name, Fault::Invariant(format!("canonical JSON: {error}")));
                    return Outcome::Failed;
                }
            },
            (Form::Base64, Cell::Bytes(bytes)) => text::string(body, &data_encoding::BASE64.encode(bytes)),
            (form, _) => {
                let text = format!("the value of {} cannot be written as {form:?}", slot.name);
                self.fail(&slot.name, Fault::Invariant(text));
                return Outcome::Failed;
            }
        }
        Outcome::Written
    }

    pub(super) fn global_id(&mut self, tag: u16, id: Uuid) -> Outcome {
        self.body.push(b'"');
        // Base64url has nothing to escape.
        self.materials.ids.write(tag, id, &mut self.body);
        self.body.push(b'"');
        Outcome::Written
    }

    pub(super) fn bundle_path(&mut self, here: Here<'a>, state: usize, tag: u16) -> Outcome {
        match here.rows.row(here.index).get(state) {
            Some(Cell::Text(word)) if word == READY => {}
            _ => return Outcome::Nothing,
        }
        let Some(id) = here.rows.ids.get(here.index) else {
            return Outcome::Nothing;
        };
        let id = self.materials.ids.encode(tag, *id);
        text::string(&mut self.body, &format!("/exports/{id}/bundle"));
        Outcome::Written
    }
}

/// Items that are no text are written as the JSON they are, as text: an import may have brought numbers.
fn strings(body: &mut Vec<u8>, items: &[serde_json::Value]) {
    body.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        match item {
            serde_json::Value::String(item) => text::string(body, item),
            other => text::string(body, &other.to_string()),
        }
    }
    body.push(b']');
}
