//! What the data is, and what is decided about it. Pure: built once from the entities and the policy file.
//!
//! [`shape`] reads tables, columns and references from the entities, [`policy`] reads the decisions,
//! [`decide`] joins the two and names everything that is undecided, decided twice or decided but missing.
//! The outcome is the [`Catalog`], the one thing that the four engines read.

pub mod decide;
pub mod decision;
pub mod deprecation;
pub mod dictionary;
pub mod policy;
pub mod registry;
pub mod resource;
pub mod shape;

pub use decide::{PolicyFault, PolicyFaultKind};
pub use deprecation::Deprecation;
pub use resource::*;

/// The policy that is built in; `--policy FILE` takes another.
pub const DEFAULT_POLICY: &str = include_str!("../../schema/policy.toml");
