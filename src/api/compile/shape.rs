//! What an answer looks like: a tree that says, field by field in the order of the document, where each value
//! comes from. Made by the compile step, read by the assembler; knows neither documents nor askers.

use std::sync::Arc;

use uuid::Uuid;

use crate::api::schema::meaning::{CountPart, Form, PagePart};

/// The fields of an object, in the order of the answer.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The fields.
    pub fields: Vec<Slot>,
}

/// One field of the answer.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The response name.
    pub name: Arc<str>,
    /// The name as it is written behind another field: `,"name":`. Written a thousand times, so made once.
    pub key: Box<[u8]>,
    /// Whether null is not allowed here, so that it makes the object null.
    pub required: bool,
    /// Where the value comes from.
    pub source: Source,
}

impl Slot {
    /// A field of that response name. Names hold nothing that JSON would escape.
    pub fn new(name: Arc<str>, required: bool, source: Source) -> Self {
        Slot {
            key: format!(",\"{name}\":").into_bytes().into(),
            name,
            required,
            source,
        }
    }
}

/// Where the value of a field comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// JSON that was written already: type names, what is known of the viewer, user errors.
    Literal(Box<[u8]>),
    /// An object that stands for the same row as the one around it, or for none.
    Object(Selection),
    /// What async-graphql answered for the introspection field of this response name.
    Introspection,
    /// The global id of the row, by its resource's type tag.
    Id(u16),
    /// A value of the row.
    Column {
        /// Its place among the columns read.
        index: usize,
        /// How it is written.
        form: Form,
    },
    /// The path of a finished bundle.
    BundlePath {
        /// The place of the state.
        state: usize,
        /// The type tag of exports.
        tag: u16,
    },
    /// The row of a lower level that this row refers to.
    Reference {
        /// Which of the lower levels.
        child: usize,
        /// What is wanted of it.
        selection: Selection,
    },
    /// A page of a lower level.
    Page {
        /// Which of the lower levels.
        child: usize,
        /// What is wanted of it.
        page: Page,
    },
    /// All rows of a lower level that hang on this row.
    Parts {
        /// Which of the lower levels.
        child: usize,
        /// What is wanted of each.
        selection: Selection,
    },
    /// The one row of a branch, if it has one.
    BranchRow {
        /// Which of the operation's reads.
        branch: usize,
        /// What is wanted of it.
        selection: Selection,
    },
    /// The page of a branch.
    BranchPage {
        /// Which of the operation's reads.
        branch: usize,
        /// What is wanted of it.
        page: Page,
    },
    /// Rows of several branches, picked by id in a given order.
    BranchRows {
        /// For each place the branch and the id; none for what is no id of ours.
        picks: Vec<Option<(usize, Uuid)>>,
        /// What is wanted, by branch.
        selections: Vec<(usize, Selection)>,
    },
    /// The mutation of this place failed before there was an answer.
    Failed,
}

/// What is wanted of a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The fields of the connection.
    pub fields: Vec<(Arc<str>, PageSource)>,
    /// What cursors of this page are sealed with; empty when no cursor is wanted.
    pub binding: Box<[u8]>,
}

/// Where the value of a connection's field comes from.
#[derive(Clone, Debug)]
pub enum PageSource {
    /// The type's name.
    TypeName(Arc<str>),
    /// The rows.
    Nodes(Selection),
    /// The rows in their edges.
    Edges(Vec<(Arc<str>, EdgeSource)>),
    /// What lies before and behind.
    Info(Vec<(Arc<str>, InfoSource)>),
    /// How many there are.
    Count(Vec<(Arc<str>, CountSource)>),
}

/// Where the value of an edge's field comes from.
#[derive(Clone, Debug)]
pub enum EdgeSource {
    /// The type's name.
    TypeName(Arc<str>),
    /// The sealed cursor.
    Cursor,
    /// The row.
    Node(Selection),
}

/// Where the value of a field of a page's information comes from.
#[derive(Clone, Debug)]
pub enum InfoSource {
    /// The type's name.
    TypeName(Arc<str>),
    /// A part of it.
    Part(PagePart),
}

/// Where the value of a count's field comes from.
#[derive(Clone, Debug)]
pub enum CountSource {
    /// The type's name.
    TypeName(Arc<str>),
    /// A part of it.
    Part(CountPart),
}
