//! How long work tells how far it has come, whoever watches. Must not know a terminal.

/// Somebody who watches long work.
pub trait Progress: Send + Sync {
    /// How much there is to do in all, in whatever unit [`Progress::add`] counts.
    fn total(&self, total: u64);
    /// So much more is done.
    fn add(&self, done: u64);
    /// What is being done now.
    fn message(&self, text: &str);
}

/// Nobody watches.
#[derive(Copy, Clone, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn total(&self, _: u64) {}
    fn add(&self, _: u64) {}
    fn message(&self, _: &str) {}
}
