//! A question or a change as a plain value: what is wanted, before anybody asked whether it may be had. Pure.
//!
//! Nothing here can reach a row: the store takes only what `access::permit` made of it.

pub mod erase;
pub mod read;
pub mod removal;
pub mod retention;
pub mod slice;
pub mod user;
pub mod whole;
pub mod write;
