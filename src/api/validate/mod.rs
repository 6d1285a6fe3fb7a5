//! Whether a document fits the schema: every rule of the specification, so that what is accepted and what is
//! refused is the same as with graphql-js (ruling 18; `tests/graphql` holds the proof).
//!
//! async-graphql 7.2.1 checks only some of them: it lets pass fields that cannot be merged, `{__typename @nope}`,
//! an argument given twice behind a directive, variables of the wrong type. Knows the type system alone:
//! neither askers nor rights.

mod deprecated;
mod merge;
mod usage;
mod values;
mod variables;
mod walk;

use async_graphql::Pos;
use async_graphql::parser::types::ExecutableDocument;

use super::answer::{GraphqlError, MOST_ERRORS};
use super::types::TypeSystem;
use crate::error::Code;

pub use deprecated::{DeprecatedUse, deprecated_in};
pub use variables::{arguments, coerce};

/// Checks a document that the guard admitted. Polynomial in its size. Gives what its operations use that is to go.
pub fn document(
    types: &TypeSystem,
    document: &ExecutableDocument,
) -> Result<DeprecatedUse, Vec<GraphqlError>> {
    let mut findings = Findings::default();
    let scopes = walk::definitions(types, document, &mut findings);
    let deprecated = usage::check(document, &scopes, &mut findings);
    // Merging compares fields by their definitions, so all of them must be known.
    if findings.errors.is_empty() {
        merge::check(types, document, &mut findings);
    }
    if findings.errors.is_empty() {
        Ok(deprecated)
    } else {
        Err(findings.errors)
    }
}

/// What was found wrong, as much of it as an answer will name.
#[derive(Default)]
struct Findings {
    errors: Vec<GraphqlError>,
}

impl Findings {
    fn say(&mut self, at: Pos, message: impl FnOnce() -> String) {
        if self.errors.len() < MOST_ERRORS {
            self.errors
                .push(GraphqlError::new(Code::ValidationFailed, message()).at(at));
        }
    }
}
