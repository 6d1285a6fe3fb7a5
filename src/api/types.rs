//! The GraphQL schema as one plain value. It is built from the catalog elsewhere; the schema that answers
//! introspection is rendered from it, and guard, validation and compilation look things up in it.
//!
//! Knows neither how a field is read nor who may read it: a field carries an opaque [`Meaning`] for that.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Value as ConstValue;

use crate::error::{Fault, Result};

pub use super::named::Named;
pub use super::type_ref::TypeRef;

/// Where a type stands in its [`TypeSystem`]; only valid there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(u32);

/// What a field stands for: an index that the maker of the schema chose and the compile step looks up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meaning(pub u32);

/// That a part of the schema is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// The part's schema coordinate, such as `Type.field`.
    pub place: Arc<str>,
    /// What to use instead, and until when it stays.
    pub reason: String,
}

/// An argument or a field of an input object.
#[derive(Clone, Debug)]
pub struct InputValue {
    /// camelCase.
    pub name: Arc<str>,
    /// For people.
    pub description: String,
    /// Its type.
    pub kind: TypeRef,
    /// What stands there when the asker leaves it out.
    pub default: Option<ConstValue>,
    /// When it is to go.
    pub deprecated: Option<Deprecated>,
}

impl InputValue {
    /// An argument or input field without default.
    pub fn new(name: &str, kind: TypeRef, description: &str) -> Self {
        InputValue {
            name: name.into(),
            description: description.to_owned(),
            kind,
            default: None,
            deprecated: None,
        }
    }

    /// The same with a default.
    pub fn with_default(mut self, value: impl Into<ConstValue>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Whether leaving it out is an error.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && self.kind.is_required()
    }
}

/// A field of an object or an interface.
#[derive(Clone, Debug)]
pub struct Field {
    /// camelCase.
    pub name: Arc<str>,
    /// For people: what it is, the permission needed, the limits.
    pub description: String,
    /// Its type.
    pub kind: TypeRef,
    /// The type inside `kind`; filled in by [`TypeSystem::build`].
    pub of: TypeId,
    /// Its arguments.
    pub arguments: Named<InputValue>,
    /// When it is to go.
    pub deprecated: Option<Deprecated>,
    /// For the compile step.
    pub meaning: Meaning,
}

impl Field {
    /// A field without arguments.
    pub fn new(name: &str, kind: TypeRef, description: &str) -> Self {
        Field {
            name: name.into(),
            description: description.to_owned(),
            kind,
            of: TypeId::default(),
            arguments: Named::default(),
            deprecated: None,
            meaning: Meaning::default(),
        }
    }

    /// The same with one more argument; a second one of the same name is ignored.
    pub fn argument(mut self, argument: InputValue) -> Self {
        self.arguments.add(argument.name.clone(), argument);
        self
    }

    /// The same with a meaning.
    pub fn meaning(mut self, meaning: Meaning) -> Self {
        self.meaning = meaning;
        self
    }

    /// The same, marked as going.
    pub fn deprecated(mut self, deprecated: Deprecated) -> Self {
        self.deprecated = Some(deprecated);
        self
    }
}

/// One value of an enum.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// UPPER_CASE.
    pub name: Arc<str>,
    /// For people.
    pub description: String,
    /// When it is to go.
    pub deprecated: Option<Deprecated>,
}

/// Which values a scalar takes as input.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// Whole numbers of 32 bits.
    Int,
    /// Finite numbers.
    Float,
    /// Text.
    Text,
    /// True and false.
    Boolean,
    /// Text or whole numbers.
    Id,
    /// Text for which the function says yes.
    TextWhere(fn(&str) -> bool),
}

/// What distinguishes the kinds of types.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A leaf.
    Scalar {
        /// What it takes as input.
        takes: Takes,
        /// `@specifiedBy`
        specified_by: Option<String>,
    },
    /// A leaf with a closed list of values.
    Enum(Named<EnumValue>),
    /// An object.
    Object(Composite),
    /// An interface.
    Interface(Composite),
    /// An input object.
    Input {
        /// Its fields.
        fields: Named<InputValue>,
        /// `@oneOf`: exactly one field is given, and not null.
        one_of: bool,
    },
}

/// What objects and interfaces have.
#[derive(Clone, Debug, Default)]
pub struct Composite {
    /// The fields.
    pub fields: Named<Field>,
    /// The interfaces that it implements.
    pub interfaces: Vec<Arc<str>>,
}

/// A type with a name.
#[derive(Clone, Debug)]
pub struct Type {
    /// PascalCase.
    pub name: Arc<str>,
    /// For people.
    pub description: String,
    /// What it is.
    pub kind: Kind,
    /// Whether GraphQL itself defines it, so that it is not rendered.
    pub built_in: bool,
}

impl Type {
    /// The fields of an object or interface.
    pub fn composite(&self) -> Option<&Composite> {
        match &self.kind {
            Kind::Object(composite) | Kind::Interface(composite) => Some(composite),
            Kind::Scalar { .. } | Kind::Enum(_) | Kind::Input { .. } => None,
        }
    }

    /// Whether it has no fields to select.
    pub fn is_leaf(&self) -> bool {
        matches!(self.kind, Kind::Scalar { .. } | Kind::Enum(_))
    }

    /// Whether arguments and variables may have it.
    pub fn is_input(&self) -> bool {
        matches!(
            self.kind,
            Kind::Scalar { .. } | Kind::Enum(_) | Kind::Input { .. }
        )
    }
}

/// The names of the root types.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Usually `Query`.
    pub query: String,
    /// Usually `Mutation`.
    pub mutation: Option<String>,
    /// Usually `Subscription`.
    pub subscription: Option<String>,
}

/// The schema.
#[derive(Clone, Debug)]
pub struct TypeSystem {
    pub(super) types: Vec<Type>,
    pub(super) by_name: HashMap<Arc<str>, TypeId>,
    /// For each type, the objects that a value of it can be, sorted; empty for leaves and inputs.
    pub(super) possible: Vec<Vec<TypeId>>,
    pub(super) query: TypeId,
    pub(super) mutation: Option<TypeId>,
    pub(super) subscription: Option<TypeId>,
    pub(super) typename: Field,
    pub(super) schema: Field,
    pub(super) type_by_name: Field,
    pub(super) condition: Named<InputValue>,
}

impl TypeSystem {
    /// Checks and links the types. The built-in scalars and the introspection types are added.
    ///
    /// Errors: [`Fault::Invariant`] that names the type or field at fault: the maker of the schema erred.
    pub fn build(types: Vec<Type>, roots: &Roots) -> Result<Self> {
        super::link::link(types, roots).map_err(|what| Fault::Invariant(what).into())
    }

    /// The type with this name.
    pub fn find(&self, name: &str) -> Option<(TypeId, &Type)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.get(id)))
    }

    /// The type with this id.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.place()]
    }

    /// All types, those of GraphQL itself last.
    pub fn iter(&self) -> std::slice::Iter<'_, Type> {
        self.types.iter()
    }

    /// The root of queries.
    pub fn query(&self) -> TypeId {
        self.query
    }

    /// The root of mutations.
    pub fn mutation(&self) -> Option<TypeId> {
        self.mutation
    }

    /// The root of subscriptions.
    pub fn subscription(&self) -> Option<TypeId> {
        self.subscription
    }

    /// The objects that a value of this type can be, sorted: itself for an object.
    pub fn possible(&self, id: TypeId) -> &[TypeId] {
        &self.possible[id.place()]
    }

    /// Whether some object is both.
    pub fn overlap(&self, one: TypeId, other: TypeId) -> bool {
        one == other
            || self
                .possible(one)
                .iter()
                .any(|id| self.possible(other).binary_search(id).is_ok())
    }

    /// A field of an object or interface, with `__typename` and, at the root of queries, the introspection
    /// fields.
    pub fn field(&self, parent: TypeId, name: &str) -> Option<&Field> {
        let composite = self.get(parent).composite()?;
        match name {
            "__typename" => Some(&self.typename),
            "__schema" if parent == self.query => Some(&self.schema),
            "__type" if parent == self.query => Some(&self.type_by_name),
            name => composite.fields.get(name),
        }
    }
}

impl TypeSystem {
    /// The arguments of `@skip` and `@include`, the only directives that a document may use.
    pub fn condition(&self) -> &Named<InputValue> {
        &self.condition
    }
}

impl TypeId {
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }

    pub(super) fn at(place: usize) -> Self {
        TypeId(u32::try_from(place).unwrap_or(u32::MAX))
    }
}
