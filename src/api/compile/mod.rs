//! From a document to plans: one read for each root field, its levels one statement each, and beside them the
//! shape of the answer (D5). Runs on a document that was admitted and validated.
//!
//! Pure: knows who asks, for cursors and the viewer's own fields, but not what that one may see; the door
//! decides that.

mod binding;
mod collect;
mod cost;
mod filter;
mod introspect;
mod level;
mod list;
mod mutation;
mod page;
mod root;
mod row;
pub mod shape;
mod subscription;
#[cfg(test)]
mod tests;
mod viewer;

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql_value::ConstValue;
use uuid::Uuid;

use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::api::answer::GraphqlError;
use crate::api::identity::Asker;
use crate::api::schema::Surface;
use crate::api::types::{Field, TypeId};
use crate::api::validate;
use crate::catalog::{Catalog, ResourceId};
use crate::error::{Code, Refusal};
use crate::plan::read::Read;
use collect::{Collected, Scope};
use shape::{Selection, Slot, Source};

pub use cost::COST_LIMIT;
pub use introspect::introspection_of;
pub use mutation::{Call, Done};
pub use subscription::{Subscription, Topic, watched, watched_columns};

/// Either the thing or why the document cannot be answered.
pub type Compiled<T> = Result<T, GraphqlError>;

/// What compiling needs.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// What the data is.
    pub catalog: &'a Catalog,
    /// The schema.
    pub surface: &'a Surface,
    /// The keys of global ids.
    pub ids: &'a IdKeys,
    /// The keys of cursors.
    pub cursors: &'a CursorKeys,
    /// Who asks; none for those who are not signed in.
    pub asker: Option<&'a Asker>,
    /// The document, admitted and validated.
    pub document: &'a ExecutableDocument,
    /// The operation of it that is to run.
    pub operation: &'a OperationDefinition,
    /// The operation's variables, coerced.
    pub variables: &'a Variables,
}

/// A query, compiled.
#[derive(Debug)]
pub struct Query {
    /// What is to be read, each by itself.
    pub reads: Vec<Read>,
    /// What the answer looks like.
    pub selection: Selection,
    /// What it costs at most.
    pub cost: u64,
    /// Whether async-graphql is to answer a part of it.
    pub introspects: bool,
}

/// Compiles a query.
///
/// # Errors
/// `COST_EXCEEDED`, `PAGE_TOO_LARGE`, `INVALID_CURSOR`, `INVALID_ID`, `BAD_USER_INPUT`, `UNAUTHENTICATED`, with
/// the path of the argument at fault.
pub fn query(ask: Ask<'_>) -> Compiled<Query> {
    let mut compiler = Compiler::new(ask);
    let root = ask.surface.types().query();
    let collected = compiler.scope.collect(root, &[&ask.operation.selection_set.node]);
    let mut selection = Selection::default();
    for field in &collected {
        let slot = compiler.root_field(root, field)?;
        selection.fields.push(slot);
    }
    compiler.check_cost()?;
    Ok(Query {
        reads: compiler.reads,
        selection,
        cost: compiler.cost,
        introspects: compiler.introspects,
    })
}

/// The calls of a mutation, in the order in which they are to run one after another.
///
/// # Errors
/// As [`query`]: the payload's selections are compiled here once for what can be refused before anything is done.
pub fn calls<'a>(ask: Ask<'a>) -> Compiled<Vec<Call<'a>>> {
    mutation::calls(ask)
}

/// Compiles what is wanted of the payload of one call, after the call. Its reads are counted from `first_branch` on.
///
/// # Errors
/// As [`query`].
pub fn payload<'a>(ask: Ask<'a>, call: &Call<'a>, done: &Done, first_branch: usize) -> Compiled<Query> {
    let mut compiler = Compiler::new(ask);
    compiler.first_branch = first_branch;
    let slot = compiler.payload(call, done)?;
    Ok(Query {
        reads: compiler.reads,
        selection: Selection { fields: vec![slot] },
        cost: compiler.cost,
        introspects: false,
    })
}

/// Compiles a subscription up to its events.
///
/// # Errors
/// As [`query`].
pub fn subscription<'a>(ask: Ask<'a>) -> Compiled<Subscription<'a>> {
    subscription::subscription(ask)
}

/// Compiles what is wanted of one event: the row with that id, or null. Its reads are counted from `first_branch` on.
///
/// # Errors
/// As [`query`].
pub fn event<'a>(
    ask: Ask<'a>,
    subscription: &Subscription<'a>,
    event: Option<(ResourceId, Uuid)>,
    first_branch: usize,
) -> Compiled<Query> {
    let mut compiler = Compiler::new(ask);
    compiler.first_branch = first_branch;
    let slot = compiler.event(subscription, event)?;
    compiler.check_cost()?;
    Ok(Query {
        reads: compiler.reads,
        selection: Selection { fields: vec![slot] },
        cost: compiler.cost,
        introspects: false,
    })
}

/// Whether the operation is a mutation.
pub fn is_mutation(operation: &OperationDefinition) -> bool {
    operation.ty == OperationType::Mutation
}

/// Whether the operation is a subscription.
pub fn is_subscription(operation: &OperationDefinition) -> bool {
    operation.ty == OperationType::Subscription
}

struct Compiler<'a> {
    ask: Ask<'a>,
    scope: Scope<'a>,
    reads: Vec<Read>,
    /// The place of the first read among those of the request.
    first_branch: usize,
    cost: u64,
    introspects: bool,
    /// The response names from the root to the field that is being compiled.
    path: Vec<String>,
}

impl<'a> Compiler<'a> {
    fn new(ask: Ask<'a>) -> Self {
        Compiler {
            scope: Scope {
                types: ask.surface.types(),
                document: ask.document,
                variables: ask.variables,
            },
            ask,
            reads: Vec::new(),
            first_branch: 0,
            cost: 0,
            introspects: false,
            path: Vec::new(),
        }
    }

    /// Adds a read; gives its place among those of the request.
    fn branch(&mut self, read: Read) -> usize {
        self.reads.push(read);
        self.first_branch + self.reads.len() - 1
    }

    /// The definition of a collected field.
    fn definition(&self, parent: TypeId, field: &Collected<'a>) -> Compiled<&'a Field> {
        self.scope
            .types
            .field(parent, &field.field.node.name.node)
            .ok_or_else(|| {
                // Validation lets no such field pass.
                GraphqlError::new(Code::ValidationFailed, "a field that the schema does not have")
                    .at(field.field.pos)
            })
    }

    fn arguments(&self, definition: &Field, field: &Collected<'a>) -> Compiled<Arguments> {
        validate::arguments(
            self.scope.types,
            &definition.arguments,
            &field.field.node,
            self.scope.variables,
        )
        .map(Arguments)
    }

    fn slot(&self, definition: &Field, field: &Collected<'a>, source: Source) -> Slot {
        Slot::new(field.key.into(), definition.kind.is_required(), source)
    }

    /// The name of an object type as the value of `__typename`.
    fn type_name(&self, object: TypeId) -> Arc<str> {
        self.scope.types.get(object).name.clone()
    }

    /// Runs `work` with one more step on the path.
    fn below<T>(&mut self, key: &str, work: impl FnOnce(&mut Self) -> Compiled<T>) -> Compiled<T> {
        self.path.push(key.to_owned());
        let outcome = work(self);
        self.path.pop();
        outcome
    }

    /// The path of an argument or of something inside it.
    fn argument_path(&self, inside: &[&str]) -> Vec<String> {
        self.path
            .iter()
            .cloned()
            .chain(inside.iter().map(|step| (*step).to_owned()))
            .collect()
    }

    fn refuse<T>(&self, code: Code, message: impl Into<String>, argument: &[&str]) -> Compiled<T> {
        Err(Refusal::new(code, message)
            .at(self.argument_path(argument))
            .into())
    }

    /// Who asks; whoever is not signed in can read nothing.
    fn asker(&self) -> Compiled<&'a Asker> {
        self.ask.asker.ok_or_else(|| {
            GraphqlError::new(
                Code::Unauthenticated,
                "sign in first: send a token or an API key as `Authorization: Bearer`",
            )
        })
    }
}

/// `__typename` of an object whose type is known.
fn is_type_name(field: &Collected<'_>) -> bool {
    field.field.node.name.node == "__typename"
}

/// The coerced arguments of a field.
struct Arguments(Vec<(Arc<str>, ConstValue)>);

impl Arguments {
    /// The argument of that name; null counts as not given.
    fn get(&self, name: &str) -> Option<&ConstValue> {
        let (_, value) = self.0.iter().find(|(known, _)| &**known == name)?;
        (*value != ConstValue::Null).then_some(value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            ConstValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            ConstValue::Number(number) => number.as_i64(),
            _ => None,
        }
    }
}
