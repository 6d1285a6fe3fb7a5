//! From the coerced input of a mutation to what runs it: ids opened, as the declaration says, and everything else left
//! as the schema has checked it.

use async_graphql_value::ConstValue;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::declare::{Input, Kind, Mutation};
use crate::access::global_id::IdKeys;
use crate::catalog::Catalog;
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
fn differs() -> Fault {
    Fault::Invariant("a mutation's input differs from its schema".to_owned())
}
