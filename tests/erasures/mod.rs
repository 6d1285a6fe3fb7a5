//! Erasing people: what the policy decides is what happens, to nobody else and nothing else.

mod decisions;
mod policy;
mod worked_out;
