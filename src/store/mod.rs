//! The only SQL. Takes permitted plans, gives rows; knows the two databases and nothing of GraphQL or bundles.

mod access_version;
pub mod arrival;
pub mod audience;
pub mod audit;
pub mod audit_retirement;
pub mod audit_seal;
pub mod backup;
pub mod bind;
pub mod bulk;
pub mod closing;
mod compile;
mod connect;
mod copy;
pub mod database;
pub mod delegation;
pub mod departure;
pub mod disclosure;
pub mod draft;
pub mod ending;
pub mod erase;
pub mod erasure_log;
pub mod erasure_recipient;
pub mod expiry;
pub mod failure;
pub mod fence;
pub mod generation;
pub mod identity;
pub mod import;
pub mod live;
pub mod lock;
pub mod mask;
pub mod migrate;
pub mod object_owner;
pub mod pause;
pub mod person;
pub mod queue;
pub mod read;
mod readers;
pub mod rectify;
pub mod replay;
pub mod replica;
pub mod restriction;
pub mod retention;
pub mod rewrite;
pub mod row;
pub mod row_security;
pub mod rows;
mod sheet;
pub mod slice;
pub mod sql;
pub mod statistics;
pub mod subject;
pub mod sweep;
pub mod takeover;
pub mod touch;
pub mod transaction;
pub mod upload;
pub mod warning;
pub mod write;

pub use database::{Database, DatabaseOptions, Dialect};
pub use lock::StoreLock;
pub use migrate::migrate;
pub use replica::Replica;
pub use row::Row;
pub use sql::Sql;
pub use transaction::{Snapshot, Transaction};
pub use write::Written;

#[cfg(test)]
pub mod standby;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
