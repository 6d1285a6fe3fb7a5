//! Erasing people: what the policy decides is what happens, to nobody else and nothing else.

mod bundle_failures;
mod decisions;
mod failures;
mod past_the_fence;
mod policy;
mod properties;
mod recipients;
mod scene;
mod worked_out;
mod written_again;
