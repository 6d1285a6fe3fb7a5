//! The guard in front of every transport (D4): a document is read only when it is small enough, and passes
//! only when what it unfolds to is.
//!
//! Runs on the caller's thread: microseconds for an ordinary document, a few milliseconds at most for a
//! hostile one. Knows no types and no askers.

mod body;
mod lexer;
mod measure;
mod parse;
#[cfg(test)]
mod tests;
mod text;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::{Positioned, Value as ConstValue, Variables};

use super::answer::GraphqlError;
use crate::error::Code;

/// How large a request may be. All are inclusive.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of the document.
    pub document_bytes: usize,
    /// Tokens of the document.
    pub tokens: usize,
    /// Brackets of any kind inside one another, in the document's text. Keep it under 100: it bounds the stack.
    pub nesting: usize,
    /// Aliases, each counted as often as its fragment is spread.
    pub aliases: usize,
    /// Directives in all positions, counted likewise.
    pub directives: usize,
    /// Fields of the outermost level of a query or subscription.
    pub root_fields: usize,
    /// The same of a mutation: each of ours starts a job or tries a password.
    pub mutation_fields: usize,
    /// Fields, spreads and inline fragments, with fragments unfolded.
    pub selections: usize,
    /// Levels of fields, introspection left out.
    pub depth: usize,
    /// Levels of fields below `__schema` and `__type`.
    pub introspection_depth: usize,
    /// Lists of introspection below one another (`fields`, `interfaces`, `possibleTypes`, `inputFields`).
    pub introspection_lists: usize,
    /// Variables given, and variables declared by one operation.
    pub variables: usize,
    /// Values in all variables together, those inside lists and objects counted.
    pub variable_values: usize,
    /// Lists and objects inside one another in a variable.
    pub variable_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 16 * 1024,
            tokens: 1_000,
            nesting: 64,
            aliases: 50,
            directives: 50,
            root_fields: 5,
            mutation_fields: 1,
            selections: 5_000,
            depth: 12,
            introspection_depth: 20,
            introspection_lists: 2,
            variables: 50,
            variable_values: 5_000,
            variable_depth: 16,
        }
    }
}

/// Parses the document and lets it pass when it keeps the limits and, where `operation_name` or the document
/// itself says which operation is to run, that operation exists.
///
/// Errors, each with its code: `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`, `DOCUMENT_TOO_LARGE`,
/// `FRAGMENT_CYCLE`, `BAD_REQUEST`.
pub fn admit(
    query: &str,
    variables: &Variables,
    operation_name: Option<&str>,
    limits: &Limits,
) -> Result<ExecutableDocument, GraphqlError> {
    keep("the document", query.len(), limits.document_bytes, "bytes")?;
    admit_variables(variables, limits)?;
    let document = parse::parse(query, limits)?;
    let mut measure = measure::Measure::new(&document)?;
    for (_, operation) in document.operations.iter() {
        let declared = operation.node.variable_definitions.len();
        keep("an operation", declared, limits.variables, "variables")?;
        admit_size(&measure.operation(&operation.node)?, operation.node.ty, limits)?;
    }
    operation(&document, operation_name)?;
    Ok(document)
}

/// The operation that is to run: the one with the name, or the only one.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, GraphqlError> {
    let refuse = |message| Err(GraphqlError::new(Code::BadRequest, message));
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(only),
        (DocumentOperations::Single(_), Some(_)) => refuse("no operation of the document has the name given"),
        (DocumentOperations::Multiple(named), Some(name)) => match named.get(name) {
            Some(found) => Ok(found),
            None => refuse("no operation of the document has the name given"),
        },
        (DocumentOperations::Multiple(named), None) => match named.values().next() {
            Some(only) if named.len() == 1 => Ok(only),
            _ => refuse("the document holds several operations; say which by operationName"),
        },
    }
}

fn keep(what: &str, found: usize, limit: usize, unit: &str) -> Result<(), GraphqlError> {
    if found <= limit {
        return Ok(());
    }
    let message = format!("{what} has more than {limit} {unit}");
    Err(GraphqlError::new(Code::DocumentTooLarge, message))
}

fn admit_size(size: &measure::Size, kind: OperationType, limits: &Limits) -> Result<(), GraphqlError> {
    let root_fields = match kind {
        OperationType::Mutation => limits.mutation_fields,
        OperationType::Query | OperationType::Subscription => limits.root_fields,
    };
    let what = "the document, with its fragments unfolded,";
    keep(what, size.selections, limits.selections, "selections")?;
    keep(what, size.aliases, limits.aliases, "aliases")?;
    keep(what, size.directives, limits.directives, "directives")?;
    keep(what, size.fields, root_fields, "root fields in one operation")?;
    keep(what, size.depth, limits.depth, "levels of fields")?;
    keep(
        what,
        size.introspection_depth,
        limits.introspection_depth,
        "levels of introspection",
    )?;
    keep(
        what,
        size.introspection_lists,
        limits.introspection_lists,
        "lists of introspection in one another",
    )
}

/// Lets the variables of a request pass when they keep the limits; for documents that were admitted before.
///
/// Errors: `DOCUMENT_TOO_LARGE`.
pub fn admit_variables(variables: &Variables, limits: &Limits) -> Result<(), GraphqlError> {
    keep("the request", variables.len(), limits.variables, "variables")?;
    // A list of what is still to be counted instead of recursion: nothing here depends on the depth.
    let mut left = limits.variable_values;
    let mut open: Vec<(&ConstValue, usize)> = variables.values().map(|value| (value, 0)).collect();
    while let Some((value, depth)) = open.pop() {
        let Some(fewer) = left.checked_sub(1) else {
            return keep(
                "the request",
                usize::MAX,
                limits.variable_values,
                "values in its variables",
            );
        };
        left = fewer;
        keep(
            "a variable",
            depth,
            limits.variable_depth,
            "levels of lists and objects",
        )?;
        match value {
            ConstValue::List(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            ConstValue::Object(fields) => open.extend(fields.values().map(|field| (field, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}
