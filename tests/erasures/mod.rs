//! Erasing people: what the policy decides is what happens, to nobody else and nothing else.

mod bundle_failures;
mod decisions;
mod failures;
mod many;
mod past_the_fence;
mod paused;
mod policy;
mod properties;
mod scene;
mod worked_out;
mod written_again;
