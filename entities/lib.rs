//! The tables of Postern: columns and foreign keys, each written once.
//!
//! Knows nothing else: no SQL, no access, no GraphQL. What is decided about a column stands in
//! `schema/policy.toml`; what the catalog makes of both is `postern::catalog`. Instants and ids are
//! stored differently by the two stores, so rows are read by `postern::store`, never through `Model`.
#![allow(
    missing_docs,
    reason = "every table and column is described once, in schema/policy.toml"
)]

pub mod account;
pub mod api_key;
pub mod audit_event;
pub mod audit_seal;
pub mod bounce;
pub mod campaign;
pub mod campaign_link;
pub mod click;
pub mod consent;
pub mod delivery;
pub mod delivery_server;
pub mod erasure;
pub mod erasure_batch;
pub mod export;
pub mod grant;
pub mod grant_list;
pub mod group_member;
pub mod installation;
pub mod invoice;
pub mod list;
pub mod list_field;
pub mod message;
pub mod open;
pub mod profile_value;
pub mod subscriber;
pub mod subscriber_profile;
pub mod suppression_entry;
pub mod suppression_token;
pub mod transactional_email;
pub mod unsubscribe;
pub mod user;
pub mod user_group;
pub mod value;

/// The keys of a table beyond its primary key and its foreign keys.
///
/// Every key of a customer's table starts with `account_id`, which is therefore not written here; an
/// index ends with `id`, so that a keyset page can stop and go on at any row.
pub trait Keys {
    /// Sets of columns that are unique within the account.
    const UNIQUE: &[&[&str]] = &[];
    /// Columns that rows are looked up or ordered by. Every foreign key starts one of these or of `UNIQUE`. Where no
    /// order lies behind it in one of them, it stands here alone: rows are then read in the order of their ids.
    const INDEXES: &[&[&str]] = &[];
}
