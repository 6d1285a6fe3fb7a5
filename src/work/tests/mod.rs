//! The promises against both stores, without the transport: what a bundle holds, what an erasure leaves.

mod approval;
mod attempts;
mod closing;
mod erasure;
mod export;
mod import;
mod imports;
mod jobs;
mod kit;
mod ledger;
mod links;
mod pausing;
mod replica;
mod retain;
mod rights;
mod turns;
mod twice;
mod upload;
mod volumes;
