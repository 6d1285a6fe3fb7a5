//! The closed sets of values that columns may hold. Stored as lower-case words with a CHECK.

mod account;
mod audience;
mod job;
mod sending;

pub use account::*;
pub use audience::*;
pub use job::*;
pub use sending::*;
