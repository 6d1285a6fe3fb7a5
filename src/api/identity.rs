//! Who asks, as the API needs it. How a credential becomes an asker is decided elsewhere.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::service::Credentials;
use crate::access::viewer::Viewer;
use crate::error::Result;

/// Who asks, as far as a request needs it.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The principal, the account and the rights.
    pub viewer: Arc<Viewer>,
    /// The names of the groups that count in this account.
    pub groups: Arc<[String]>,
    /// For how long the credential is still good; none for one without an end.
    pub lasts: Option<Duration>,
}

/// Turns credentials into askers, by at most one look-up of grants (ruling 19).
pub trait Identify: Send + Sync + 'static {
    /// Who asks. Errors: `UNAUTHENTICATED` for whatever is wrong with a credential, `ACCOUNT_REQUIRED` and
    /// `FORBIDDEN` for the choice of the account.
    fn asker<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>>;

    /// The same for a query, perhaps with rights that were looked up before, which then say so. Whoever gets such
    /// an asker and is refused, or reads nothing, has to ask for one of this moment.
    fn reader<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>> {
        self.asker(credentials)
    }
}
