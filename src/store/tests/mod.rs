//! The store's promises, on both stores.

mod campaign_counters;
mod campaign_roll_ups;
mod connect;
mod evidence;
mod identity;
mod list_counters;
mod list_roll_ups;
mod migrate;
mod readers;
mod suppression;
mod usage_roll_ups;
mod world;
mod write;
