//! A value in a row, as every engine sees it: what a column of either store holds, freed of the store.
//!
//! Must not know how a store encodes it, nor who may see it.

use smol_str::SmolStr;
use uuid::Uuid;

use crate::clock::Instant;

/// One value, in three machine words: an answer is made of thousands, so what is large or rare stands elsewhere. `Null` stands for the missing value of any kind.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Cell {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number: counters, minor units, ordinals.
    Int(i64),
    /// Text, also the words of enums.
    Text(SmolStr),
    /// An id.
    Uuid(Uuid),
    /// An instant in UTC, to the microsecond.
    Instant(Instant),
    /// A JSON document.
    Json(Box<serde_json::Value>),
    /// Bytes.
    Bytes(Box<[u8]>),
}

/// What kind of value a column holds; the same words for the SQL, the SDL, the CSV and the JSON Schema.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// One of a closed set of words.
    Enum,
    /// An id.
    Uuid,
    /// An instant.
    Instant,
    /// A JSON document.
    Json,
    /// Bytes.
    Bytes,
}

impl Cell {
    /// About how many bytes of memory it takes.
    pub fn memory(&self) -> usize {
        let elsewhere = match self {
            Cell::Text(text) if text.is_heap_allocated() => text.len(),
            Cell::Bytes(bytes) => bytes.len(),
            Cell::Json(value) => of_json(value),
            _ => 0,
        };
        size_of::<Cell>() + elsewhere
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    /// The id, if this is one.
    pub fn as_uuid(&self) -> Option<Uuid> {
        match self {
            Cell::Uuid(id) => Some(*id),
            _ => None,
        }
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Cell::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The instant, if this is one.
    pub fn as_instant(&self) -> Option<Instant> {
        match self {
            Cell::Instant(at) => Some(*at),
            _ => None,
        }
    }
}

fn of_json(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    let within = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(of_json).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| size_of::<String>() + name.len() + of_json(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Cell {
            fn from(value: $type) -> Self {
                Cell::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool, i64 => Int, i32 => Int, u32 => Int, String => Text, &str => Text, SmolStr => Text, Uuid => Uuid,
    Instant => Instant, serde_json::Value => Json, Vec<u8> => Bytes, &[u8] => Bytes,
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// An instant as it stands in answers, bundles and receipts: RFC 3339, UTC, `Z`, and as many digits of the
/// second as are needed (0, 3 or 6).
pub fn instant_text(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
