//! What is taken down of an operation (ruling 20): who, which document, how many rows; never what was in them.

use crate::access::permit::{Level, Scope, Show};
use crate::access::viewer::Viewer;
use crate::catalog::Catalog;
use crate::error::Refusal;
use crate::store::rows::Rows;

/// The word under which a read is taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A query, or the payload of a mutation.
    Read,
    /// An event of a subscription. A word of its own, because the stream of activity leaves it out: an event about an
    /// event would never end.
    Event,
}

impl Action {
    /// As it stands in the audit log.
    pub fn word(self) -> &'static str {
        match self {
            Action::Read => "graphql.read",
            Action::Event => "graphql.event",
        }
    }
}

/// An operation that read something.
#[derive(Debug)]
pub struct Operated<'a> {
    /// What kind.
    pub action: Action,
    /// Who asked.
    pub viewer: &'a Viewer,
    /// SHA-256 of the document, in hexadecimal.
    pub document_hash: &'a str,
    /// How many rows.
    pub rows: u64,
    /// How many rows of people with personal data in clear.
    pub personal_rows: u64,
    /// The id of the request.
    pub request_id: &'a str,
}

/// Takes down who read what.
pub trait OperationLog: Send + Sync + 'static {
    /// Takes an operation down, before its answer is given. A refusal stands for a log that cannot be written:
    /// personal data in clear is then not given out.
    fn record(&self, operated: &Operated<'_>) -> Result<(), Refusal>;
}

/// How many rows show personal data of people in clear.
pub(super) fn personal_rows(catalog: &Catalog, level: &Level, rows: &Rows) -> u64 {
    let resource = catalog.get(level.resource);
    let is_about_people = !resource.subject.is_empty() && level.clear != Scope::Nothing;
    let shows = level
        .columns
        .iter()
        .any(|shown| shown.show != Show::IsSet && resource.column(shown.column).class.is_personal());
    let own = if is_about_people && shows {
        rows.ids.len() as u64
    } else {
        0
    };
    let below: u64 = level
        .children
        .iter()
        .zip(&rows.children)
        .map(|((_, level), rows)| personal_rows(catalog, level, rows))
        .sum();
    own + below
}
