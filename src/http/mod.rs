//! Bytes in, bytes out: routes, media types, status codes. Knows no domain words.

mod accept;
mod body;
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
#[cfg(test)]
mod tests;
