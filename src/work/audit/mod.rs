//! The audit log: [`read_log`] writes what is read, [`seal`] chains what was written, [`check`] compares the two,
//! [`carry`] carries both out for others to check, and [`retire`] takes what is past its clock.

mod canonical;
pub mod carry;
pub mod check;
mod checker;
mod finding;
mod format;
mod read_log;
pub mod retire;
pub mod seal;
mod tree;
mod unsealed;

#[cfg(test)]
mod tests;

pub use checker::{Head, Terms};
pub use finding::{Code as FindingCode, Finding};
pub use read_log::ReadLog;
