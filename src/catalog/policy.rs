//! The policy file as it is written: one stanza for each table, one decision for each column and reference
//! (ruling 10). Reads the text and nothing else; whether the decisions are complete and fit is
//! [`super::decide`]'s business.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::resource::{Area, Class, Mask, Settings, Then};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Parameters that differ from platform to platform.
    pub settings: Settings,
    /// Descriptions of columns that mean the same in every table, by the column's name.
    #[serde(default)]
    pub descriptions: BTreeMap<String, String>,
    /// Parts of the API that are to go, by their schema coordinates.
    #[serde(default)]
    pub deprecations: BTreeMap<String, DeprecationPolicy>,
    /// What keeps parts of an erased account for as long as it is open, by its name.
    #[serde(default)]
    pub holds: BTreeMap<String, HoldPolicy>,
    /// The stanzas, by the table's name.
    pub tables: BTreeMap<String, TablePolicy>,
}

/// What is said about a part of the API that is to go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeprecationPolicy {
    /// The schema coordinate of what is used instead.
    pub r#use: String,
    /// The day on which it was first said, as `2026-11-26`.
    pub declared: String,
    /// The last day on which it is there, at least six months later.
    pub removed_after: String,
}

/// Something that keeps what it needs of an erased account for as long as it is open.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldPolicy {
    /// Why, as a short reference such as `claim:GDPR:17(3)(e)`.
    pub reason: String,
    /// The table whose rows are open or not.
    pub table: String,
    /// The column that says so; it holds one of a closed list of words.
    pub column: String,
    /// The words with which a row is open.
    pub values: Vec<String>,
    /// For people: what is open, and until when.
    pub description: String,
}

/// What is decided about a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TablePolicy {
    /// The GraphQL type's name.
    pub name: String,
    /// For dashboard authors.
    pub description: String,
    /// `account`, `itself`, `members`, `shared` or `global`.
    pub owner: OwnerWord,
    /// Which part of a platform's business it belongs to.
    pub area: Area,
    /// Whether there is a GraphQL type.
    pub in_api: bool,
    /// Whether the root has a connection over all rows.
    #[serde(default)]
    pub at_root: bool,
    /// Ways to the person: `self`, a walk such as `profile_id/subscriber_id`, or `@column` for a column that
    /// holds a normalised address.
    #[serde(default)]
    pub subject: Vec<String>,
    /// What happens to rows that are found by an `@column` of `subject`: `cascade` (deleted) or `unlink` (each
    /// column is treated as its `erase` says). Needed when there is such a column, as no reference decides it.
    pub on_address: Option<AddressWord>,
    /// Why rows whose every way to a person is NULL need no erasure of their own. Needed when there can be such
    /// rows and they hold personal data.
    pub orphans: Option<String>,
    /// Ways to a list: `self`, or a walk such as `campaign_id/list_id` or
    /// `^subscriber_profiles.subscriber_id/list_id` (`^` goes back along a reference).
    #[serde(default)]
    pub scope: Vec<String>,
    /// A boolean column: rows in which it is true are shown to the platform's operators alone.
    pub operators_only: Option<String>,
    /// How long rows are kept.
    pub keep: Option<KeepPolicy>,
    /// `delete` where whoever may deletes single rows, with what goes with them; else `{ kept = "why not" }`. Needed for
    /// an account's rows that the API shows.
    pub removal: Option<RemovalPolicy>,
    /// Columns of class `none`, decided together.
    #[serde(default)]
    pub none: Vec<NonePolicy>,
    /// The other columns.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnPolicy>,
    /// Descriptions of columns that are listed in `none`, where `descriptions` of the file is too general.
    #[serde(default)]
    pub descriptions: BTreeMap<String, String>,
    /// The references, by the referring column.
    #[serde(default)]
    pub references: BTreeMap<String, ReferencePolicy>,
    /// Rows of other tables that hold the same value, by the GraphQL field that gives them.
    #[serde(default)]
    pub matches: BTreeMap<String, MatchPolicy>,
}

/// What happens to rows found by an address.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressWord {
    /// They are deleted.
    Cascade,
    /// They stay, and each column is treated as its `erase` says.
    Unlink,
}

/// How a row belongs to an account.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerWord {
    /// By its `account_id`.
    Account,
    /// The row is an account.
    Itself,
    /// By membership in a group.
    Members,
    /// Of the whole installation, and shown to every account.
    Shared,
    /// Of the whole installation.
    Global,
}

/// A clock on the rows of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepPolicy {
    /// An instant column of the table.
    pub from: String,
    /// `8 years`, `24 months`, `30 days`, `8 years, end of year`, or `account` (as long as the account exists).
    pub r#for: String,
    /// What happens then.
    pub then: Then,
}

/// Whether single rows are deleted when somebody asks for it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RemovalPolicy {
    /// A word.
    Word(String),
    /// They are not, for a reason.
    Kept(KeptPolicy),
}

/// Why single rows are not deleted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptPolicy {
    /// The reason, and what is done instead.
    pub kept: String,
}

/// Several columns of class `none` under one decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonePolicy {
    /// By name; never a wildcard.
    pub columns: Vec<String>,
    /// Words of `account`, `access`, `portability`.
    pub export: Vec<ExportWord>,
    /// Whether they can be filtered by.
    #[serde(default)]
    pub filter: bool,
    /// Whether they can be ordered by.
    #[serde(default)]
    pub order: bool,
    /// Whether they are the gateway's own affair and so not shown in the API.
    #[serde(default)]
    pub internal: bool,
}

/// A kind of bundle.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportWord {
    /// The account's own bundle.
    Account,
    /// A person's access bundle.
    Access,
    /// A person's portability bundle.
    Portability,
}

/// What is decided about a column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPolicy {
    /// Class of personal data.
    pub class: Class,
    /// For `class = "by_field"`: `reference/column` that holds each value's class.
    pub class_by: Option<String>,
    /// Why it is processed.
    pub purpose: Option<String>,
    /// Legal basis.
    pub basis: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// Which bundles it is part of.
    pub export: Vec<ExportWord>,
    /// `with_row`, `null`, `redact`, `truncate_day`, `truncate_ip`, `token`, `scan`, or a table with
    /// `retain`, `from`, `for`, `then`.
    pub erase: ErasePolicy,
    /// The name of a hold that keeps the value in the row of an erased account for as long as it is open; then `erase`
    /// is done.
    pub held_by: Option<String>,
    /// What is shown to those who may not read in clear; needed for personal classes.
    pub mask: Option<Mask>,
    /// For `mask = "small_cell"`: the column that says how many people stand behind the count, where that is not the
    /// count itself.
    pub people: Option<String>,
    /// Whether it can be filtered by; must be indexed.
    #[serde(default)]
    pub filter: bool,
    /// Whether it can be ordered by; must be indexed and NOT NULL.
    #[serde(default)]
    pub order: bool,
    /// Whether it is the gateway's own affair and so not shown in the API.
    #[serde(default)]
    pub internal: bool,
    /// Tables whose rows it names without a foreign key; needed for personal ids that have none.
    #[serde(default)]
    pub loose: Vec<String>,
    /// For dashboard authors; may be left out when `descriptions` has the column's name.
    pub description: Option<String>,
}

/// An erase strategy as it is written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ErasePolicy {
    /// A word.
    Word(String),
    /// Kept for a reason, until a clock runs out.
    Retain(RetainPolicy),
}

/// A reason, a clock, and what then. All are needed; they are optional here so that the message about a
/// missing one can name the column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetainPolicy {
    /// The reason.
    pub retain: Option<String>,
    /// An instant column of the row, or `erasure`.
    pub from: Option<String>,
    /// How long.
    pub r#for: Option<String>,
    /// What happens then.
    pub then: Option<Then>,
}

/// What is decided about a reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferencePolicy {
    /// `cascade`, `unlink`, `reassign`, `block`, or a table with `retain`, `from`, `for`, `then`.
    pub on_erase: ErasePolicy,
    /// For dashboard authors.
    pub description: Option<String>,
    /// The GraphQL field, when it is not the column's name without `_id`.
    pub field: Option<String>,
    /// The connection on the target that follows this reference back.
    pub inverse: Option<String>,
    /// For dashboard authors; needed with `inverse`.
    pub inverse_description: Option<String>,
}

/// A row of another table that belongs to this one because both hold the same value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchPolicy {
    /// The column of this table; unique in the account.
    pub column: String,
    /// The column of the other one, as `table.column`; unique in the account.
    pub with: String,
    /// For dashboard authors: what the row is to this one.
    pub description: String,
}
