//! A question about rows: a tree whose levels become one SQL statement each (D6, ruling 19).

use uuid::Uuid;

use crate::catalog::{ColumnId, ResourceId};
use crate::cell::Cell;

/// One level of a question: which rows of one resource, which of their columns, and what hangs below.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What rows.
    pub resource: ResourceId,
    /// Which columns are wanted, each once, in the order the answer wants them. The id is always read besides.
    pub columns: Vec<ColumnId>,
    /// Which rows.
    pub filter: Option<Filter>,
    /// How ordered; the id is always the last tie-break, in the direction of the last order.
    pub order: Vec<Order>,
    /// Which stretch of them.
    pub window: Window,
    /// Whether the number of all rows is wanted, counted up to [`COUNT_LIMIT`].
    pub count: bool,
    /// What hangs below each row.
    pub children: Vec<Child>,
}

/// Counts stop here: a larger set is reported as "at least this many".
pub const COUNT_LIMIT: u64 = 10_000;

/// The largest page.
pub const PAGE_LIMIT: u16 = 100;

/// Which stretch of the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// The rows with these ids, in any order. At the root: at most 100 of them. Below a parent: whatever the
    /// parents refer to.
    Ids(Vec<Uuid>),
    /// A keyset page.
    Page(Page),
}

/// A keyset page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// 1 to [`PAGE_LIMIT`]; 0 gives no rows and is for counts alone.
    pub size: u16,
    /// From which end.
    pub direction: Direction,
    /// The row to begin behind (or, going backward, before): the values of `order`, then the id.
    pub after: Option<Vec<Cell>>,
    /// The row to end before (or, going backward, behind).
    pub before: Option<Vec<Cell>>,
}

/// From which end a page is taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `first`.
    Forward,
    /// `last`: the rows still come in the order asked for.
    Backward,
}

/// One order of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// By which column; NOT NULL.
    pub column: ColumnId,
    /// Whether the largest come first.
    pub descending: bool,
    /// Path of the argument, for refusals.
    pub argument: Vec<String>,
}

/// What hangs below each row of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// How to get there.
    pub link: Link,
    /// What is wanted there. Its window is `Ids(vec![])` for [`Link::Forward`] and a page for the others.
    pub read: Read,
}

/// How a level hangs on the one above.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// To the one row that this column of the upper level refers to.
    Forward(ColumnId),
    /// To the rows of the lower level whose column refers to the upper row.
    Back(ColumnId),
    /// To the one row of the lower level that holds the same value; both columns are keys of the account's rows.
    Matching {
        /// The column of the upper level.
        upper: ColumnId,
        /// The column of the lower level.
        lower: ColumnId,
    },
}

/// Which rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these.
    And(Vec<Filter>),
    /// Any of these.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A column against a value.
    Compare {
        /// Which column.
        column: ColumnId,
        /// How.
        comparison: Comparison,
        /// Path of the argument, for refusals.
        argument: Vec<String>,
    },
}

/// How a column is compared. NULL equals nothing; [`Comparison::IsNull`] asks for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// Equal.
    Equal(Cell),
    /// Not equal; NULL counts as not equal.
    NotEqual(Cell),
    /// One of these, at most 100.
    In(Vec<Cell>),
    /// Smaller.
    Less(Cell),
    /// Smaller or equal.
    LessOrEqual(Cell),
    /// Larger.
    Greater(Cell),
    /// Larger or equal.
    GreaterOrEqual(Cell),
    /// Text that begins so, byte by byte.
    StartsWith(String),
    /// Whether there is no value.
    IsNull(bool),
}
