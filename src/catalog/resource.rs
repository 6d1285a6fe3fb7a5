//! The catalog's own words: resources, columns, references, and what is decided about each.
//!
//! Plain data; made by [`super::decide`], read by every engine.

use std::collections::HashMap;

pub use super::decision::*;
use super::deprecation::Deprecation;
use crate::cell::Kind;

/// A resource's place in the catalog. Also the type tag of global ids is derived from its name, not from this.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub u16);

/// A column's place in its resource.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u16);

/// Everything that exists and everything that is decided about it.
#[derive(Debug)]
pub struct Catalog {
    pub(super) resources: Vec<Resource>,
    pub(super) by_table: HashMap<String, ResourceId>,
    pub(super) by_name: HashMap<String, ResourceId>,
    /// What keeps parts of an erased account for as long as it is open.
    pub holds: Vec<Hold>,
    /// Parts of the API that are to go, in the order of their places.
    pub deprecations: Vec<Deprecation>,
    /// Parameters that differ from platform to platform (D13).
    pub settings: Settings,
    /// `sha256:…` of the policy file's bytes; stands in every plan, receipt and bundle.
    pub policy_hash: String,
    /// `sha256:…` over tables, columns, kinds, NULL and references, as the entities say them.
    pub schema_fingerprint: String,
}

impl Catalog {
    /// Every resource with its id, in the order of the registry.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter()
    }

    /// The hold with that id.
    pub fn hold(&self, id: HoldId) -> &Hold {
        &self.holds[usize::from(id.0)]
    }

    /// The resource with that id.
    pub fn get(&self, id: ResourceId) -> &Resource {
        &self.resources[usize::from(id.0)]
    }

    /// The column of that resource.
    pub fn column(&self, resource: ResourceId, column: ColumnId) -> &Column {
        self.get(resource).column(column)
    }

    /// The resource of that table.
    pub fn by_table(&self, table: &str) -> Option<&Resource> {
        self.by_table.get(table).map(|id| self.get(*id))
    }

    /// The resource of that GraphQL type name.
    pub fn by_name(&self, name: &str) -> Option<&Resource> {
        self.by_name.get(name).map(|id| self.get(*id))
    }

    /// The resource of a table that our own code names.
    ///
    /// # Panics
    /// When the registry has no such table, which a test over all uses would show.
    pub fn table(&self, table: &str) -> &Resource {
        self.by_table(table)
            .unwrap_or_else(|| panic!("the registry has no table {table}"))
    }

    /// Every reference that points at `target`, with the resource that has it.
    pub fn inverse(&self, target: ResourceId) -> impl Iterator<Item = (&Resource, &Reference)> {
        self.resources.iter().flat_map(move |resource| {
            resource
                .references
                .iter()
                .filter(move |reference| reference.target == target)
                .map(move |r| (resource, r))
        })
    }
}

/// One kind of thing: a table and what is decided about it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its place in the catalog.
    pub id: ResourceId,
    /// The table's name in SQL, which is also its name in bundles.
    pub table: String,
    /// The GraphQL type's name, and its name in grants.
    pub name: String,
    /// The plural in GraphQL fields, for example `subscriberProfiles`.
    pub plural: String,
    /// For dashboard authors: what one row is.
    pub description: String,
    /// How a row belongs to an account.
    pub owner: Owner,
    /// Which part of a platform's business it belongs to.
    pub area: Area,
    /// Whether there is a GraphQL type for it.
    pub in_api: bool,
    /// Whether the root has a connection over all rows (else it is reached through others and `node`).
    pub at_root: bool,
    /// In the order of the entity.
    pub columns: Vec<Column>,
    /// In the order of the entity.
    pub references: Vec<Reference>,
    /// Rows of other tables that hold the same value.
    pub matches: Vec<Match>,
    /// Ways from a row to the person it is about. Empty: about no subscriber.
    pub subject: Vec<SubjectPath>,
    /// Whether the erasure of a person deletes the rows about the person. Else they stay, and every column
    /// is treated as its `erase` says.
    pub rows_go: bool,
    /// Why rows whose every way to a person is NULL need no erasure of their own.
    pub orphans: Option<String>,
    /// Ways from a row to a list. A row is in scope when any of them ends in an allowed list; none: only
    /// grants over the whole account reach it.
    pub scope: Vec<Path>,
    /// A boolean: rows in which it is true exist for the platform's operators alone.
    pub operators_only: Option<ColumnId>,
    /// How long rows are kept even when nobody asks for their erasure. None: the table has no personal data.
    pub keep: Option<Keep>,
    /// Whether single rows are deleted when somebody asks for it; none where that is no question: the row is no
    /// account's, or not in the API.
    pub removal: Option<Removal>,
    /// Unique keys, within the account where there is one.
    pub unique: Vec<Vec<ColumnId>>,
    /// Indexes, each within the account where there is one, each ending with `id`.
    pub indexes: Vec<Vec<ColumnId>>,
}

impl Resource {
    /// The column with that id.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[usize::from(id.0)]
    }

    /// The column of that name in SQL.
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The id of a column that our own code names.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn id_of(&self, name: &str) -> ColumnId {
        self.find(name)
            .unwrap_or_else(|| panic!("the table {} has no column {name}", self.table))
            .id
    }

    /// The reference that starts at this column.
    pub fn reference(&self, column: ColumnId) -> Option<&Reference> {
        self.references
            .iter()
            .find(|reference| reference.column == column)
    }

    /// Whether an index gives the rows in the order of this column: all rows of the account (`within` is
    /// `None`), or those that refer to one row by the column `within`. Columns that the policy does not open
    /// for ordering answer no; `id` is always open.
    pub fn orderable(&self, column: ColumnId, within: Option<ColumnId>) -> bool {
        let wanted = self.column(column);
        if wanted.name == "id" {
            return within.is_none_or(|parent| self.indexes.contains(&vec![parent]));
        }
        wanted.order && !wanted.nullable && self.indexed(column, within)
    }

    /// Whether an index finds the rows by this column, in the account or among those that refer to one row
    /// by the column `within`. Columns that the policy does not open for filtering answer no.
    pub fn filterable(&self, column: ColumnId, within: Option<ColumnId>) -> bool {
        self.column(column).filter && (self.indexed(column, within) || self.indexed(column, None))
    }

    /// Whether an index or a unique key starts with this column, or with `within` and then this column.
    pub fn indexed(&self, column: ColumnId, within: Option<ColumnId>) -> bool {
        self.unique.iter().chain(&self.indexes).any(|key| match within {
            None => key.first() == Some(&column),
            Some(parent) => key.first() == Some(&parent) && key.get(1) == Some(&column),
        })
    }

    /// The columns that say how many people stand behind the counts of a row ([`Mask::SmallCell`]), each once. None:
    /// the table holds no such counts.
    pub fn cells(&self) -> Vec<ColumnId> {
        let mut cells: Vec<ColumnId> = self.columns.iter().filter_map(|column| column.people).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Whether any column is personal data.
    pub fn is_personal(&self) -> bool {
        self.columns.iter().any(|column| column.class.is_personal())
    }

    /// The type tag in global ids: stable for a name, whatever else the registry holds.
    pub fn tag(&self) -> u16 {
        self.name
            .bytes()
            .fold(0x1505_u16, |hash, byte| hash.wrapping_mul(33) ^ u16::from(byte))
    }
}

/// How a row belongs to an account.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The row is an account.
    Itself,
    /// By its `account_id`.
    Account,
    /// By membership in a group of the account: users.
    Members,
    /// To no account, but every account sees it; only the platform's operators change it.
    Shared,
    /// To no account; only the platform's operators reach it.
    Global,
}

/// A column and what is decided about it.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its place in the resource.
    pub id: ColumnId,
    /// The name in SQL and in bundles.
    pub name: String,
    /// The name in GraphQL.
    pub field: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The words of an enum, in the stores' spelling.
    pub words: Vec<String>,
    /// The GraphQL enum's name, for enums.
    pub enum_name: Option<String>,
    /// Class of personal data.
    pub class: Class,
    /// The column of another table that holds each value's class (custom fields, ruling 8).
    pub class_by: Option<ClassBy>,
    /// Why it is processed. `None` for class `none`.
    pub purpose: Option<String>,
    /// Legal basis of Art. 6 GDPR.
    pub basis: Option<String>,
    /// Where the value comes from.
    pub source: Option<String>,
    /// Which bundles it is part of.
    pub export: Exports,
    /// What the erasure of the person does to it.
    pub erase: ColumnErase,
    /// What keeps it, in the row of an account that is erased, although its `erase` would change it.
    pub held_by: Option<HoldId>,
    /// What those see who may read the row but not in clear.
    pub mask: Mask,
    /// For [`Mask::SmallCell`]: the column that says how many people stand behind the count. `None` for every other mask.
    pub people: Option<ColumnId>,
    /// Whether it can be filtered by, where an index fits ([`Resource::filterable`]).
    pub filter: bool,
    /// Whether it can be ordered by, where an index fits ([`Resource::orderable`]).
    pub order: bool,
    /// Whether it is the gateway's own affair and so not shown in the API.
    pub internal: bool,
    /// Tables whose rows it names without a foreign key; nothing but the policy knows of these.
    pub loose: Vec<ResourceId>,
    /// For dashboard authors.
    pub description: String,
}

impl Column {
    /// Whether there is no readable value at all, only `isSet` and the last change.
    pub fn is_secret(&self) -> bool {
        self.class == Class::Secret
    }
}

/// Where a custom value's class stands: follow `reference` of the value's table, read `column` there; NULL
/// counts as special-category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassBy {
    /// The referring column in the value's table.
    pub reference: ColumnId,
    /// The column of the target that holds the word.
    pub column: ColumnId,
}

/// A foreign key and what is decided about it.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The referring column.
    pub column: ColumnId,
    /// The resource referred to.
    pub target: ResourceId,
    /// Whether the key includes `account_id`.
    pub within_account: bool,
    /// The GraphQL field that follows it, for example `list`.
    pub field: String,
    /// The GraphQL connection on the target that follows it back, if there is one.
    pub inverse: Option<String>,
    /// What the erasure of the row referred to does to this row.
    pub on_erase: OnErase,
    /// For dashboard authors.
    pub description: String,
    /// For dashboard authors, about the connection back.
    pub inverse_description: Option<String>,
}

/// A row of another table that belongs to this one because both hold the same value, which no foreign key says. Both
/// columns are keys of the account's rows, so there is one such row at most.
#[derive(Clone, Debug)]
pub struct Match {
    /// The column of this resource.
    pub column: ColumnId,
    /// The other resource.
    pub target: ResourceId,
    /// Its column.
    pub by: ColumnId,
    /// The GraphQL field.
    pub field: String,
    /// For dashboard authors.
    pub description: String,
}

/// A walk from a row to rows of other tables.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path {
    /// In order; empty: the row itself.
    pub steps: Vec<Step>,
}

/// One step of a walk.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the row that this column refers to.
    Forward {
        /// The referring column.
        column: ColumnId,
        /// Where it leads.
        target: ResourceId,
    },
    /// To the rows of another table whose column refers to this row.
    Back {
        /// The table that refers.
        resource: ResourceId,
        /// Its referring column.
        column: ColumnId,
    },
}

/// A way from a row to the person it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPath {
    /// By references that end in a subscriber.
    References(Path),
    /// By a column that holds a normalised address.
    Address(ColumnId),
}

impl SubjectPath {
    /// The column of the row itself that refers to the next one on the way; none where the row is the end, or is found
    /// otherwise.
    pub fn reference(&self) -> Option<ColumnId> {
        match self {
            SubjectPath::References(Path { steps }) => match steps.first() {
                Some(Step::Forward { column, .. }) => Some(*column),
                Some(Step::Back { .. }) | None => None,
            },
            SubjectPath::Address(_) => None,
        }
    }
}
