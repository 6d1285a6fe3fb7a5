//! The contract as text, for `schema/`: the SDL and the table of who may do what. Both are made from the catalog,
//! always in the same order, so that a change of either is a change that somebody reads.

mod matrix;
mod sdl;
#[cfg(test)]
mod tests;

pub use matrix::access_matrix;
pub use sdl::sdl;
