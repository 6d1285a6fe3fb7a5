//! Carrying data out: a request becomes a row, a worker makes a bundle of it, a download hands it over (D7, D8).
//!
//! Rights are checked three times: when it is asked for, when it runs, when it is fetched.

pub mod download;
pub mod granted;
pub mod link;
mod pace;
pub mod part;
mod progress;
mod receipt;
pub mod request;
pub(in crate::work) mod restricted;
pub mod rows;
pub mod run;
pub mod table;
pub mod volumes;
