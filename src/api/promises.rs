//! What the mutations keep their promises with.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::mutation::{Gave, Given, Mutation, MutationService};
use crate::error::Result;
use crate::work::installation::Installation;
use crate::work::sign_in::SignInDesk;

/// Keeps the promises of the mutations in one installation.
pub struct Promises {
    pub(super) installation: Installation,
    pub(super) desk: SignInDesk,
    /// Wakes the workers of this process, so that a job does not wait for the next look at the queue.
    pub(super) wake: Arc<Notify>,
}

impl Promises {
    /// One for the whole gateway.
    pub fn new(installation: Installation, wake: Arc<Notify>) -> Result<Promises> {
        Ok(Promises {
            desk: SignInDesk::new(installation.clone())?,
            installation,
            wake,
        })
    }
}

impl MutationService for Promises {
    fn run<'a>(&'a self, mutation: &'static Mutation, given: Given<'a>) -> BoxFuture<'a, Result<Gave>> {
        (mutation.run)(self, given)
    }
}
