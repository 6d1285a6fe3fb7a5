//! What Postern promises, one file (or folder) for each promise: identify, found, export, erase, import, seed.

pub mod audit;
pub mod demo;
pub mod erase;
pub mod export;
pub mod founding;
pub mod identify;
pub mod import;
pub mod installation;
pub mod job;
pub mod person;
pub mod progress;
pub mod seed;
pub mod sign_in;
pub mod upkeep;
pub mod worker;

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
