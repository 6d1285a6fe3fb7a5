//! The key ring: named purposes, versions, rotation (ruling 28). Knows nothing of what its keys protect.
//!
//! One folder holds one ring. Losing it means: no bundle and no sealed subject can be read any more, erased
//! addresses are no longer recognised, and everybody signs in anew. Whoever has it can read and sign as this
//! installation does. So it is backed up, and apart from the database and the bundles.

mod confirmation;
mod credential;
mod demo;
mod download;
mod file;
pub mod jwks_source;
mod purpose;
mod ring;
mod sealing;
mod signing;
mod suppression;
pub mod verifier;

pub use confirmation::{Confirmation, SignUpText};
pub use download::DownloadLink;
pub use purpose::Purpose;
pub use ring::{KeyRing, Secret};
pub use signing::PublicKey;
