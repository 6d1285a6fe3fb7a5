//! Erasing people: what the policy decides is what happens, to nobody else and nothing else.

mod decisions;
mod failures;
mod policy;
mod scene;
mod worked_out;
