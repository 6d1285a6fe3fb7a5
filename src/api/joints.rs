//! Where the API is joined to the promises below it: who asks, and what is taken down of it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::execute::{Operated, OperationLog};
use super::identity::{Asker, Identify};
use super::service::Credentials;
use crate::error::{Refusal, Result};
use crate::store::audit::AuditEvent;
use crate::work::audit::ReadLog;
use crate::work::identify::{self, Identified, Identifier};

impl Identify for Identifier {
    fn asker<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>> {
        async move { self.identify(&given(credentials)).await.map(asker) }.boxed()
    }

    fn reader<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>> {
        async move { self.identify_reader(&given(credentials)).await.map(asker) }.boxed()
    }
}

fn asker(identified: Identified) -> Asker {
    Asker {
        viewer: identified.viewer,
        groups: identified.groups,
        lasts: identified.lasts,
    }
}

/// The credentials of a transport in the words of `work::identify`.
pub fn given(credentials: &Credentials) -> identify::Credentials {
    identify::Credentials {
        authorization: credentials.authorization.iter().cloned().collect(),
        account: credentials.account.clone(),
    }
}

impl OperationLog for ReadLog {
    fn record(&self, operated: &Operated<'_>) -> Result<(), Refusal> {
        let installation = self.installation();
        let now = installation.clock.now();
        let mut event = AuditEvent::by(
            operated.viewer,
            installation.new_id(),
            now,
            operated.action.word(),
        );
        event.document_hash = Some(operated.document_hash.to_owned());
        event.rows = operated.rows;
        event.personal_rows = operated.personal_rows;
        event.request = Uuid::parse_str(operated.request_id).ok();
        ReadLog::record(self, event)
    }
}
