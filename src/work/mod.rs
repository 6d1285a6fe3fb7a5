//! What Postern promises, one file (or folder) for each promise: identify, found, export, transfer, erase, import, seed,
//! and
//! what people change by requests.

pub mod account;
pub mod audit;
pub mod backup;
pub mod closing;
pub mod delegate;
pub mod demo;
pub mod edit;
pub mod erase;
pub mod export;
pub mod founding;
pub mod identify;
pub mod import;
pub mod installation;
pub mod invitation;
pub mod job;
pub mod ledger;
pub mod person;
pub mod plain_text;
pub mod progress;
pub mod remove;
pub mod restriction;
pub mod retain;
pub mod seed;
pub mod sign_in;
pub mod subscriber;
pub mod suppress;
pub mod transfer;
pub mod trusted_keys;
pub mod upkeep;
pub mod upload;
pub mod user;
pub mod worker;

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
