//! How types are referred to: by name, in lists, without null. Knows no type by itself.

use std::fmt;
use std::sync::Arc;

use async_graphql::parser::types::{BaseType, Type as DocumentType};

/// A reference to a type, as in `[ID!]!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeRef {
    /// A type by name.
    Named(Arc<str>),
    /// A list.
    List(Box<TypeRef>),
    /// Never null.
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// A nullable named type.
    pub fn named(name: &str) -> Self {
        TypeRef::Named(name.into())
    }

    /// `Name!`
    pub fn required(name: &str) -> Self {
        TypeRef::named(name).non_null()
    }

    /// `[Name!]!`
    pub fn list_of(name: &str) -> Self {
        TypeRef::List(Box::new(TypeRef::required(name))).non_null()
    }

    /// The same type, without null.
    pub fn non_null(self) -> Self {
        match self {
            TypeRef::NonNull(_) => self,
            nullable => TypeRef::NonNull(Box::new(nullable)),
        }
    }

    /// The type as a document writes it.
    pub fn from_document(written: &DocumentType) -> Self {
        let base = match &written.base {
            BaseType::Named(name) => TypeRef::Named(name.as_str().into()),
            BaseType::List(item) => TypeRef::List(Box::new(TypeRef::from_document(item))),
        };
        if written.nullable { base } else { base.non_null() }
    }

    /// The name inside all lists and exclamation marks.
    pub fn name(&self) -> &Arc<str> {
        match self {
            TypeRef::Named(name) => name,
            TypeRef::List(inner) | TypeRef::NonNull(inner) => inner.name(),
        }
    }

    /// Whether null is not a value of it.
    pub fn is_required(&self) -> bool {
        matches!(self, TypeRef::NonNull(_))
    }

    /// The type without its outermost exclamation mark.
    pub fn nullable(&self) -> &TypeRef {
        match self {
            TypeRef::NonNull(inner) => inner,
            other => other,
        }
    }

    /// Whether each value of this input type is a value of `other`.
    pub fn fits(&self, other: &TypeRef) -> bool {
        match (self, other) {
            (TypeRef::NonNull(mine), TypeRef::NonNull(theirs)) => mine.fits(theirs),
            (TypeRef::NonNull(mine), theirs) => mine.fits(theirs),
            (TypeRef::List(mine), TypeRef::List(theirs)) => mine.fits(theirs),
            (TypeRef::Named(mine), TypeRef::Named(theirs)) => mine == theirs,
            _ => false,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeRef::Named(name) => f.write_str(name),
            TypeRef::List(item) => write!(f, "[{item}]"),
            TypeRef::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}
