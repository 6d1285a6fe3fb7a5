//! Who asks, as the API needs it. How a credential becomes an asker is decided elsewhere.

use futures_util::future::BoxFuture;

use super::service::Credentials;
use crate::access::viewer::Viewer;
use crate::error::Result;

/// Who asks, as far as a request needs it.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The principal, the account and the rights.
    pub viewer: Viewer,
    /// The names of the groups that count in this account.
    pub groups: Vec<String>,
}

/// Turns credentials into askers, by one look-up of grants (ruling 19).
pub trait Identify: Send + Sync + 'static {
    /// Who asks. Errors: `UNAUTHENTICATED` for whatever is wrong with a credential, `ACCOUNT_REQUIRED` and
    /// `FORBIDDEN` for the choice of the account.
    fn asker<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>>;
}
