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
pub mod api_usage;
pub mod api_usage_day;
pub mod arrival;
pub mod audit_event;
pub mod audit_seal;
pub mod backup;
pub mod bounce;
pub mod bounce_server;
pub mod campaign;
pub mod campaign_breakdown;
pub mod campaign_bucket;
pub mod campaign_group;
pub mod campaign_link;
pub mod campaign_tag;
pub mod click;
pub mod complaint;
pub mod consent;
pub mod data_request;
pub mod delivery;
pub mod delivery_server;
pub mod disclosure;
pub mod email_box_monitor;
pub mod erasure;
pub mod erasure_batch;
pub mod erasure_recipient;
pub mod export;
pub mod feedback_loop_server;
pub mod grant;
pub mod grant_list;
pub mod group_member;
pub mod import;
pub mod installation;
pub mod invitation;
pub mod invoice;
pub mod legal_hold;
pub mod list;
pub mod list_day;
pub mod list_field;
pub mod message;
pub mod notice;
pub mod open;
pub mod page_visit;
pub mod payment;
pub mod plan;
pub mod policy_version;
pub mod processing_restriction;
pub mod profile_value;
pub mod segment;
pub mod sending_domain;
pub mod sub_processor;
pub mod subscriber;
pub mod subscriber_profile;
pub mod support_ticket;
pub mod suppression_entry;
pub mod suppression_list;
pub mod suppression_token;
pub mod template;
pub mod template_category;
pub mod ticket_message;
pub mod tracking_domain;
pub mod transactional_email;
pub mod transfer;
pub mod unsubscribe;
pub mod upload;
pub mod user;
pub mod user_group;
pub mod value;
pub mod visitor;

/// The keys of a table beyond its primary key and its foreign keys.
///
/// Every key of a customer's table starts with `account_id`, which is therefore not written here; an
/// index ends with `id`, so that a keyset page can stop and go on at any row.
pub trait Keys {
    /// Sets of columns that are unique within the account.
    const UNIQUE: &[&[&str]] = &[];
    /// Sets of columns that are unique in the whole installation, for what is looked up before an account is known.
    const UNIQUE_EVERYWHERE: &[&[&str]] = &[];
    /// Columns that rows of all accounts are looked up by.
    const INDEXES_EVERYWHERE: &[&[&str]] = &[];
    /// Columns that rows are looked up or ordered by. Every foreign key starts one of these or of `UNIQUE`. Where no
    /// order lies behind it in one of them, it stands here alone: rows are then read in the order of their ids.
    const INDEXES: &[&[&str]] = &[];
}
