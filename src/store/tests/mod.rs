//! The store's promises, on both stores.

mod campaign_counters;
mod connect;
mod evidence;
mod list_counters;
mod migrate;
mod readers;
mod suppression;
mod world;
mod write;
