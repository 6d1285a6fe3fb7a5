//! What each field of the schema stands for: the words between the schema, which is made from the catalog,
//! and the compile step, which turns fields into reads. Knows neither documents nor rows.

use crate::api::mutation::Mutation;
use crate::catalog::{Column, ColumnId, ResourceId};
use crate::cell::Kind;

/// What a field stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldMeaning {
    /// A field of an interface, or one that the compile step never meets by itself.
    Unread,
    /// The global id of a row.
    Id,
    /// A value of a row.
    Column {
        /// Which.
        column: ColumnId,
        /// How it is written.
        form: Form,
    },
    /// The path a finished bundle is downloaded from: the global id of an export whose `state` is `ready`.
    BundlePath {
        /// The column that holds the state.
        state: ColumnId,
    },
    /// The row that a column refers to.
    Reference {
        /// The referring column.
        column: ColumnId,
        /// Where it leads.
        target: ResourceId,
    },
    /// The row of another resource that holds the same value.
    Match {
        /// The column of this row.
        column: ColumnId,
        /// The other resource.
        target: ResourceId,
        /// Its column.
        by: ColumnId,
    },
    /// A page of rows: all rows of a resource, or those whose column refers to the upper row.
    Connection(Many),
    /// All the rows that are parts of the upper row, without pages.
    Parts(Many),
    /// One row, found by a unique key.
    Lookup {
        /// Of which resource.
        resource: ResourceId,
        /// By which column.
        column: ColumnId,
    },
    /// One row, by its global id.
    Node,
    /// Several rows, by their global ids.
    Nodes,
    /// The account that the request acts in.
    Account,
    /// Who asks.
    Viewer,
    /// The part of a viewer.
    OfViewer(ViewerPart),
    /// The part of a permission of the viewer.
    OfPermission(PermissionPart),
    /// The part of a connection.
    OfConnection(ConnectionPart),
    /// The part of an edge.
    OfEdge(EdgePart),
    /// The part of a page's information.
    OfPage(PagePart),
    /// The part of a count.
    OfCount(CountPart),
    /// A mutation.
    Verb(&'static Mutation),
    /// The part of a mutation's payload.
    OfPayload(PayloadPart),
    /// The part of what a deletion says of rows.
    OfRemoved(RemovedPart),
    /// The part of a warning of an erasure's plan.
    OfWarning(WarningPart),
    /// The part of a user error.
    OfUserError(UserErrorPart),
    /// A subscription.
    Stream(Stream),
}

/// The subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// One job, each time it has changed, until it is over.
    Job,
    /// The rows of this resource as they come: what is done in the account.
    Activity(ResourceId),
}

/// Rows of a resource that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many {
    /// Of which resource.
    pub resource: ResourceId,
    /// The column that refers to the upper row; none at the root.
    pub by: Option<ColumnId>,
}

/// How the value of a column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `true` or `false`. Secrets have it, too: whether there is a value.
    Boolean,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits, as text.
    BigInt,
    /// Text.
    Text,
    /// A word in upper case.
    Word,
    /// An instant.
    DateTime,
    /// A JSON array of text as a list.
    Strings,
    /// A JSON document as text, in its canonical form (RFC 8785), over which receipts are signed.
    Json,
    /// Bytes as base64.
    Base64,
    /// The id of a row of another resource, by that resource's type tag.
    GlobalId(u16),
}

impl Form {
    /// The form of a column's values, or none when the API does not show such columns.
    pub(super) fn of(column: &Column) -> Option<Form> {
        match column.kind {
            _ if column.internal => None,
            _ if column.is_secret() => Some(Form::Boolean),
            Kind::Bool => Some(Form::Boolean),
            Kind::Int if is_large(&column.name) => Some(Form::BigInt),
            Kind::Int => Some(Form::Int),
            Kind::Text => Some(Form::Text),
            Kind::Enum => Some(Form::Word),
            Kind::Instant => Some(Form::DateTime),
            Kind::Json if matches!(column.name.as_str(), "tags" | "options") => Some(Form::Strings),
            Kind::Json => Some(Form::Json),
            Kind::Bytes if column.name.ends_with("signature") => Some(Form::Base64),
            Kind::Bytes | Kind::Uuid => None,
        }
    }
}

/// Bytes, rows of whole accounts, times added up and money in minor units grow beyond 32 bits; the counters of one
/// campaign or list do not.
fn is_large(name: &str) -> bool {
    name.ends_with("_minor")
        || name
            .split('_')
            .any(|part| matches!(part, "byte" | "bytes" | "row" | "rows" | "milliseconds"))
}

/// Parts of the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerPart {
    /// User, API key or operator.
    Kind,
    /// The global id of the user or key.
    Id,
    /// The names of the groups.
    Groups,
    /// The account.
    Account,
    /// The user's own row.
    User,
    /// The key's own row.
    ApiKey,
    /// What the viewer may do.
    Permissions,
    /// The most rows in one bundle.
    MaxRows,
    /// The most bundles a day.
    MaxBundlesPerDay,
}

/// Parts of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionPart {
    /// The GraphQL type.
    Resource,
    /// What may be done.
    Verb,
    /// Everywhere or in named lists.
    Reach,
    /// Which lists.
    Lists,
}

/// Parts of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionPart {
    /// Rows with their cursors.
    Edges,
    /// Rows.
    Nodes,
    /// What lies before and behind.
    PageInfo,
    /// How many there are.
    TotalCount,
}

/// Parts of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgePart {
    /// Where the row stands.
    Cursor,
    /// The row.
    Node,
}

/// Parts of a page's information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagePart {
    /// Whether rows follow.
    HasNextPage,
    /// Whether rows precede.
    HasPreviousPage,
    /// The first row's cursor.
    StartCursor,
    /// The last row's cursor.
    EndCursor,
}

/// Parts of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountPart {
    /// The number.
    Value,
    /// Whether it is that, or at least that.
    IsExact,
}

/// Parts of a mutation's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadPart {
    /// The row that was made or changed.
    Changed(ResourceId),
    /// A value that is no row, by its place among those that the mutation declares.
    Extra(usize),
    /// Why nothing was done.
    UserErrors,
}

/// Parts of what a deletion says of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedPart {
    /// The GraphQL type.
    Resource,
    /// The field that is cut.
    Reference,
    /// How many.
    Count,
}

/// Parts of a warning of an erasure's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningPart {
    /// The stable word.
    Code,
    /// For people.
    Message,
    /// How many rows or jobs.
    Count,
}

/// Parts of a user error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorPart {
    /// The stable word.
    Code,
    /// For people.
    Message,
    /// Which input field.
    Field,
}
