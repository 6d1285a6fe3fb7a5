//! What the benches share: a server of their own, made-up data in it, and what processes have used. Knows no question.

pub mod cluster;
pub mod made_up;
pub mod store;
pub mod usage;
