//! Collects types and meanings while the schema is built. Knows nothing of what they are for.

use std::collections::HashSet;

use super::meaning::FieldMeaning;
use crate::api::types::{Field, Meaning, Type, TypeRef};
use crate::catalog::{Catalog, Column};

/// The schema as far as it is built.
pub(super) struct Builder<'a> {
    pub(super) catalog: &'a Catalog,
    types: Vec<Type>,
    meanings: Vec<FieldMeaning>,
    /// Types that several resources share, and that are there already.
    shared: HashSet<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Builder {
            catalog,
            types: Vec::new(),
            // The first place is that of fields which were given no meaning.
            meanings: vec![FieldMeaning::Unread],
            shared: HashSet::new(),
        }
    }

    pub(super) fn add(&mut self, definition: Type) {
        self.types.push(definition);
    }

    /// A field with what it stands for.
    pub(super) fn field(&mut self, name: &str, kind: TypeRef, about: &str, meaning: FieldMeaning) -> Field {
        let place = Meaning(u32::try_from(self.meanings.len()).unwrap_or(0));
        self.meanings.push(meaning);
        Field::new(name, kind, about).meaning(place)
    }

    /// The name of a column's enum, which is added when it is new.
    pub(super) fn enumeration(&mut self, column: &Column) -> String {
        let name = column.enum_name.clone().unwrap_or_else(|| "String".to_owned());
        if column.enum_name.is_some() && self.is_new(&name) {
            let words: Vec<(String, String)> = column.words.iter().map(|word| value(word)).collect();
            let values: Vec<(&str, &str)> = words
                .iter()
                .map(|(word, about)| (word.as_str(), about.as_str()))
                .collect();
            self.add(Type::enumeration(&name, &about_enum(&name), &values));
        }
        name
    }

    /// Whether a type of this name was not asked about before.
    pub(super) fn is_new(&mut self, name: &str) -> bool {
        self.shared.insert(name.to_owned())
    }

    pub(super) fn finish(self) -> (Vec<Type>, Vec<FieldMeaning>) {
        (self.types, self.meanings)
    }
}

/// A word of the stores as an enum value with its description.
fn value(word: &str) -> (String, String) {
    (word.to_ascii_uppercase(), format!("{}.", sentence(word)))
}

fn about_enum(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push(' ');
        }
        text.push(if at > 0 {
            letter.to_ascii_lowercase()
        } else {
            letter
        });
    }
    format!("{text}: one of a closed list of words.")
}

/// `double_opt_in` as `Double opt in`.
pub(super) fn sentence(word: &str) -> String {
    let spaced = word.replace('_', " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

/// `Subscriber` as `subscriber`.
pub(crate) fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
