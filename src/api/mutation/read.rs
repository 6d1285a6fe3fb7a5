//! From the coerced input of a mutation to what runs it: ids opened, as the declaration says, and everything else left
//! as the schema has checked it.

use async_graphql_value::ConstValue;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::declare::{Columns, Input, Kind, Mutation};
use crate::access::global_id::IdKeys;
use crate::api::schema::read_instant;
use crate::catalog::Catalog;
use crate::cell::{self, Cell};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};

/// What reading inputs needs.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) ids: &'a IdKeys,
}

impl Reader<'_> {
    /// The input of a mutation with its ids opened. Errors: `INVALID_ID`.
    pub(crate) fn read(&self, mutation: &Mutation, input: &ConstValue) -> Result<Value> {
        let mut value = input.clone().into_json().map_err(|_| differs())?;
        self.open(mutation.takes, &mut value, &mut Vec::new())?;
        Ok(value)
    }

    fn open(&self, takes: &[Input], value: &mut Value, path: &mut Vec<String>) -> Result<(), Refusal> {
        let Value::Object(fields) = value else {
            return Ok(());
        };
        for input in takes {
            let Some(value) = fields.get_mut(input.name) else {
                continue;
            };
            path.push(input.name.to_owned());
            match value {
                Value::Array(values) if input.is_list => {
                    for (place, value) in values.iter_mut().enumerate() {
                        path.push(place.to_string());
                        self.open_one(input.kind, value, path)?;
                        path.pop();
                    }
                }
                value => self.open_one(input.kind, value, path)?,
            }
            path.pop();
        }
        Ok(())
    }

    fn open_one(&self, kind: Kind, value: &mut Value, path: &mut Vec<String>) -> Result<(), Refusal> {
        match (kind, &*value) {
            (Kind::Shape(shape), Value::Object(_)) => self.open(shape.takes, value, path),
            (Kind::Id(table), Value::String(text)) => {
                let resource = self.catalog.table(table);
                match self.ids.decode(text) {
                    Some((tag, id)) if tag == resource.tag() => {
                        *value = Value::String(id.to_string());
                        Ok(())
                    }
                    _ => {
                        let name = crate::api::schema::lower_first(&resource.name);
                        let message = format!("this is no id of a {name}");
                        Err(Refusal::new(Code::InvalidId, message).at(path.iter().cloned()))
                    }
                }
            }
            _ => Ok(()),
        }
    }
}

/// The input as what runs the mutation takes it. The schema has checked the form already, so what does not fit here
/// is our own fault.
pub(super) fn wire<T: DeserializeOwned>(input: Value) -> Result<T> {
    serde_json::from_value(input).map_err(|_| differs().into())
}

/// The value may hold a password or an address: the message must not quote it.
pub(super) fn differs() -> Fault {
    Fault::Invariant("a mutation's input differs from its schema".to_owned())
}

/// An instant that may be left out.
pub(super) fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    text.map(|text| read_instant(&text).ok_or_else(|| D::Error::custom("no instant")))
        .transpose()
}

/// What was left out, told from what was given as null.
pub(super) fn given_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// The columns that an input sets: those that it names, but null for one that cannot be cleared.
pub(super) fn columns(columns: Columns, input: &Value, catalog: &Catalog) -> Vec<(&'static str, Cell)> {
    let resource = catalog.table(columns.table);
    let mut set = Vec::new();
    for name in columns.names {
        let column = resource.column(resource.id_of(name));
        match input.get(&column.field) {
            Some(Value::Null) if column.nullable => set.push((*name, Cell::Null)),
            Some(Value::String(word)) if column.kind == cell::Kind::Enum => {
                set.push((*name, word.to_ascii_lowercase().into()));
            }
            Some(Value::String(text)) => set.push((*name, text.as_str().into())),
            Some(Value::Bool(value)) => set.push((*name, (*value).into())),
            _ => {}
        }
    }
    set
}
