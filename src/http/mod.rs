//! Bytes in, bytes out: routes, media types, status codes. Knows no domain words.

mod accept;
mod body;
mod cors;
pub mod download;
mod frame;
mod graphql;
pub mod health;
pub mod joints;
pub mod keys;
mod listen;
mod range;
mod respond;
pub mod server;
mod socket;
#[cfg(test)]
mod tests;
pub mod upload;
