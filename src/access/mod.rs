//! Who may: tokens, viewers, grants, and the door from a plan to a permitted plan. Pure: no database, no network.

pub mod api_key;
pub mod built_in;
mod claims;
pub mod cursor;
mod cursor_cells;
pub mod global_id;
pub mod grant;
pub mod issuer;
pub mod password;
pub mod permit;
pub mod rate;
mod strict_json;
pub mod token;
pub mod viewer;
