//! Giving rights on: groups, their grants and members, and the keys of programs. Nobody gives what they lack, and what
//! is changed holds from the next request on, because each looks its rights up anew.

pub mod api_key;
pub(super) mod ceiling;
pub mod grant;
pub mod group;
pub mod member;
pub mod user;
