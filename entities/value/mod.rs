//! The closed sets of values that columns may hold. Stored as lower-case words with a CHECK.

mod account;
mod audience;
mod business;
mod content;
mod job;
mod privacy;
mod sending;
mod statistics;

pub use account::*;
pub use audience::*;
pub use business::*;
pub use content::*;
pub use job::*;
pub use privacy::*;
pub use sending::*;
pub use statistics::*;
