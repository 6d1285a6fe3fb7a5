//! Erasing people: what the policy decides is what happens, to nobody else and nothing else.

mod accounts;
mod attested;
mod bundle_failures;
mod clocks;
mod decisions;
mod failures;
pub mod filled;
mod many;
mod past_the_fence;
mod paused;
mod platform;
pub mod policy;
mod properties;
mod racing;
mod recipients;
mod scene;
mod statistics;
mod user;
pub mod ways;
mod worked_out;
mod written_again;
