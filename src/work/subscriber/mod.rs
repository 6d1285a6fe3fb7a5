//! What requests change about a person: names and address, custom values, and being on lists.

mod coming_back;
pub mod leaving;
mod own_word;
mod place;
pub mod rectify;
pub mod state;
pub mod subscription;
mod value;
pub mod values;
pub mod withdrawal;
