//! GraphQL as a rendering of the catalog. Knows no HTTP and no SQL.

pub mod answer;
pub mod assemble;
pub mod compile;
pub mod contract;
mod define;
mod deprecation;
pub mod execute;
pub mod guard;
pub mod identity;
mod introspection;
pub mod joints;
mod link;
pub mod mutation;
mod named;
pub mod promises;
pub mod render;
pub mod scalar;
pub mod schema;
pub mod service;
mod subscription;
pub mod trusted;
mod type_ref;
pub mod types;
pub mod validate;
