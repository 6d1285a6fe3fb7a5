//! Reads and mutations through the whole gateway, from the document to the bytes, over a small world.

mod answers;
mod deprecated;
mod hidden;
mod mutations;
mod refusals;
mod rows;
mod statements;
mod statistics;
pub mod world;
