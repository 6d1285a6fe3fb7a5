//! Postern: the gate through which an e-mail platform's data is seen by those who may see it, carried out
//! by those it belongs to, and erased when it must go.
//!
//! The modules stand here in the order of their layers: each may use those below it, never one beside it or
//! above (`ARCHITECTURE.md`; a test keeps it so).

pub mod cli;

pub mod http;

pub mod api;

pub mod work;

pub mod bundle;
pub mod store;

pub mod depot;
pub mod keys;

pub mod access;

pub mod plan;

pub mod catalog;

pub mod address;
pub mod cell;
pub mod clock;
pub mod config;
pub mod error;
pub mod fail_point;
pub mod id;
pub mod location;
pub mod remembered;
