//! Whether the gateway's components work, for `/health/ready`.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::{Code, Result};
use crate::http::health::{Check, Readiness, State};
use crate::store::live::Weight;
use crate::work::backup;
use crate::work::installation::Installation;

/// Who asks wants an answer, also when a component gives none.
const TIME: Duration = Duration::from_secs(1);

/// The components of an installation.
pub(super) struct Components(pub(super) Installation);

impl Readiness for Components {
    fn check(&self) -> BoxFuture<'_, Vec<Check>> {
        async move {
            let select = "SELECT 1".into();
            let (store, depot, overdue) = tokio::join!(
                within(self.0.database.fetch(&select)),
                within(self.0.depot.exists("ready")),
                tokio::time::timeout(TIME, backup::overdue(&self.0))
            );
            // A database that cannot be asked is told of as the store.
            let is_overdue = matches!(overdue, Ok(Ok(backups)) if !backups.is_empty());
            let drifts = self.0.drift.known();
            let has_drifted = drifts.iter().any(|drift| drift.weight == Weight::Blocks);
            vec![
                Check {
                    component: "store",
                    state: store.map_or(State::Fine, State::Down),
                },
                // Queries need no depot; bundles and erasures do.
                Check {
                    component: "depot",
                    state: depot.map_or(State::Fine, State::Degraded),
                },
                Check {
                    component: "schema",
                    state: if has_drifted {
                        State::Degraded(Code::PolicyDrift)
                    } else {
                        State::Fine
                    },
                },
                Check {
                    component: "backups",
                    state: if is_overdue {
                        State::Degraded(Code::BackupOverdue)
                    } else {
                        State::Fine
                    },
                },
            ]
        }
        .boxed()
    }
}

/// The code of what is wrong, if anything is.
async fn within<T>(asked: impl Future<Output = Result<T>>) -> Option<Code> {
    match tokio::time::timeout(TIME, asked).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.code()),
        Err(_) => Some(Code::Timeout),
    }
}
