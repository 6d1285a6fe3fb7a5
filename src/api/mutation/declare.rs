//! What a mutation declares of itself: plain constants, which the schema is made from and inputs are read by.

use std::fmt;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::Given;
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::erase::warning::Warning;
use crate::work::remove::RemovedRows;

/// A mutation.
pub struct Mutation {
    /// The field's name; its types are named after it.
    pub name: &'static str,
    /// For people: what it is, the permission needed, the limits.
    pub about: &'static str,
    /// The fields of its input.
    pub takes: &'static [Input],
    /// Columns that can be set besides; their names, types and descriptions are the catalog's.
    pub columns: Option<Columns>,
    /// The codes that it reports in its payload; every other refusal is an error of the field.
    pub codes: &'static [Code],
    /// What its payload holds beside the user errors.
    pub gives: Gives,
    /// Whether it needs no signing in.
    pub is_open: bool,
    /// What runs it.
    pub run: for<'a> fn(&'a Promises, Given<'a>) -> BoxFuture<'a, Result<Gave>>,
}

impl Mutation {
    /// `signIn` as `SignIn`, which its types begin with.
    pub fn type_name(&self) -> String {
        let mut name = self.name.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        name
    }
}

impl fmt::Debug for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mutation({})", self.name)
    }
}

impl PartialEq for Mutation {
    fn eq(&self, other: &Mutation) -> bool {
        self.name == other.name
    }
}

impl Eq for Mutation {}

/// A field of an input.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// camelCase.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it holds several.
    pub is_list: bool,
    /// Whether it must be given, and not null.
    pub is_required: bool,
    /// The word that stands there when it is left out.
    pub default: Option<&'static str>,
    /// For people.
    pub about: &'static str,
}

/// What a field of an input holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A scalar or an enum that the schema has anyway, by name.
    Named(&'static str),
    /// The global id of a row of this table.
    Id(&'static str),
    /// One of a closed list of words.
    Words(&'static Words),
    /// An input object of its own.
    Shape(&'static Shape),
}

impl Input {
    /// A field that may be left out.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Input {
        Input {
            name,
            kind,
            is_list: false,
            is_required: false,
            default: None,
            about,
        }
    }

    /// The global id of a row, which must be given.
    pub const fn id(name: &'static str, table: &'static str, about: &'static str) -> Input {
        Input::new(name, Kind::Id(table), about).required()
    }

    /// Text that must be given.
    pub const fn text(name: &'static str, about: &'static str) -> Input {
        Input::new(name, Kind::Named("String"), about).required()
    }

    /// Text that may be left out.
    pub const fn optional_text(name: &'static str, about: &'static str) -> Input {
        Input::new(name, Kind::Named("String"), about)
    }

    /// The same, to be given.
    pub const fn required(mut self) -> Input {
        self.is_required = true;
        self
    }

    /// The same, several times.
    pub const fn list(mut self) -> Input {
        self.is_list = true;
        self
    }

    /// The same, with what stands there when it is left out.
    pub const fn or(mut self, word: &'static str) -> Input {
        self.default = Some(word);
        self
    }
}

/// Columns of a table that can be set: left out, they stay; null clears them.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Of which table.
    pub table: &'static str,
    /// Which.
    pub names: &'static [&'static str],
}

/// A closed list of words, which become an enum.
#[derive(Debug)]
pub struct Words {
    /// The enum's name.
    pub name: &'static str,
    /// For people.
    pub about: &'static str,
    /// The words with what they mean.
    pub words: &'static [(&'static str, &'static str)],
}

/// An input object that is part of another.
#[derive(Debug)]
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub about: &'static str,
    /// Whether exactly one of its fields is given.
    pub one_of: bool,
    /// Its fields.
    pub takes: &'static [Input],
}

/// What a payload holds beside the user errors.
#[derive(Clone, Copy, Debug)]
pub struct Gives {
    /// The table whose row was made or changed, and what the field says of it.
    pub row: Option<(&'static str, &'static str)>,
    /// What else.
    pub parts: &'static [Part],
}

impl Gives {
    /// The row that was made or changed.
    pub const fn row(table: &'static str, about: &'static str) -> Gives {
        Gives {
            row: Some((table, about)),
            parts: &[],
        }
    }

    /// No row, but these.
    pub const fn parts(parts: &'static [Part]) -> Gives {
        Gives { row: None, parts }
    }

    /// The same with these besides.
    pub const fn and(mut self, parts: &'static [Part]) -> Gives {
        self.parts = parts;
        self
    }
}

/// A value of a payload that is no row.
#[derive(Debug)]
pub struct Part {
    /// The field's name.
    pub name: &'static str,
    /// Its scalar; or `RemovedRows` or `ErasureWarning`, of which there are several.
    pub kind: &'static str,
    /// For people.
    pub about: &'static str,
}

/// What a mutation gave.
#[derive(Clone, Debug, Default)]
pub struct Gave {
    /// The row that was made or changed.
    pub row: Option<Uuid>,
    /// The values of [`Gives::parts`], in their order.
    pub parts: Vec<Extra>,
}

impl Gave {
    /// A row that was made or changed.
    pub fn row(row: Uuid) -> Gave {
        Gave {
            row: Some(row),
            parts: Vec::new(),
        }
    }

    /// The same with a value besides.
    pub fn and(mut self, part: Extra) -> Gave {
        self.parts.push(part);
        self
    }
}

/// A value of a payload that is no row.
#[derive(Clone)]
pub enum Extra {
    /// None.
    Nothing,
    /// Text, perhaps a secret that is shown once.
    Text(String),
    /// An instant.
    Instant(Instant),
    /// The global id of a row of this table, which may be gone.
    Id(&'static str, Uuid),
    /// What went with a row that was deleted, or would.
    Removed(Vec<RemovedRows>),
    /// What to know before agreeing to an erasure.
    Warnings(Vec<Warning>),
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Extra(redacted)")
    }
}
