//! Handing a finished bundle to another controller (Art. 20 (2) GDPR): a job of its own, which streams each file out of the
//! depot to an address that the settings allow, and notes that as a download is noted.
//!
//! What is killed begins anew with the first byte. The credential of the receiver lies sealed in the row until the job ends.

mod disclosed;
mod follow;
mod peer;
pub mod request;
pub mod run;
mod send;
