//! What comes out of both stores is what a plain evaluation in memory says, for any question of anybody.

mod bulk;
mod examples;
mod naive;
mod plans;
mod property;
mod question;
mod walks;
mod world;
