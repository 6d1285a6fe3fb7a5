//! Who may see what, and nothing besides. Three promises, on both stores:
//!
//! - **Everything that can be asked answers what the law gives.** Each type and field, for each built-in group, by rows
//!   of the managed lists, of other lists and of another account; by id, from the root, along each relation, by each
//!   filter, order and key. The law is the policy file and the access matrix, read by the test ([`law`], [`oracle`]);
//!   what is new in the schema is asked by itself, or fails the test with what to add. ([`enumeration`])
//! - **Nothing foreign is ever answered.** Random questions of people with random rights, over two accounts that share
//!   addresses; each piece of text in the rows is a word of its own, so that whoever reads one was shown that place.
//!   ([`chance`])
//! - **Nothing can be inferred.** Two installations that differ only in what somebody may not see give that one the same
//!   bytes, whatever is asked. ([`inference`])
//!
//! And a change or a subscription tells no more than a question, neither to those who make it nor to others.
//! ([`targets`], [`following`], [`elsewhere`])

mod chance;
mod composer;
mod elsewhere;
mod enumeration;
pub mod fill;
mod following;
mod founded;
mod inference;
mod law;
mod marks;
mod meaning;
mod oracle;
mod questions;
mod rows;
mod targets;
mod twin;
mod world;
