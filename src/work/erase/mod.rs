//! Erasing a person: planned, fenced, in batches that run once, verified, and attested by a signed receipt (D9).

mod approval;
pub mod attest;
pub mod audience;
pub mod due;
pub mod fence;
mod finish;
pub(in crate::work) mod held;
mod listed;
pub mod needle;
pub mod past;
pub mod pause;
pub mod plan;
pub mod receipt;
pub mod recipients;
pub mod replay;
pub mod row;
pub mod run;
pub mod stale;
mod steps;
pub mod sweep;
pub mod user;
pub mod warning;
pub mod whole;
