//! What requests change: each verb's way through, each of its codes, and who may do it to which rows.

mod arrival;
mod ceiling;
mod closing;
mod coming_back;
mod delegation;
mod examples;
mod people;
mod rectification;
mod removal;
mod removal_otherwise;
mod removed;
mod restrictions;
mod scope;
mod states;
mod world;
