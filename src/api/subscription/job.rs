//! How a job gets on: the row as it is, each time it has changed, until it is over.

use std::time::Duration;

use uuid::Uuid;

use super::{Follower, Stop, wait_out};
use crate::api::answer::GraphqlError;
use crate::api::compile::{self, Ask, Subscription};
use crate::api::execute::permit_all;
use crate::api::identity::Asker;
use crate::catalog::ResourceId;
use crate::cell::Cell;
use crate::error::Error;
use crate::store;

/// How often the row is looked at, and so the most events there are.
const INTERVAL: Duration = Duration::from_secs(1);

/// What is known of a job.
#[derive(Default, PartialEq)]
struct Seen {
    /// Its row; none when it is not there, or no longer in reach.
    row: Option<Vec<Cell>>,
}

impl Follower<'_> {
    pub(super) async fn job<'s>(
        &'s self,
        asker: &'s Asker,
        subscription: &Subscription<'s>,
        job: (ResourceId, Uuid),
    ) -> Result<(), Stop> {
        let mut last: Option<Seen> = None;
        loop {
            let mut is_over = false;
            let looked = async {
                if let Some(last) = &last {
                    // Mostly nothing has changed, which kept rights are enough to see.
                    let reader = self.reader_again(asker).await?;
                    let seen = self.look(self.ask(&reader), job).await;
                    if seen.is_ok_and(|seen| seen == *last) {
                        return Ok(());
                    }
                }
                let asker = self.asker_again(asker).await?;
                let ask = self.ask(&asker);
                let seen = self.look(ask, job).await?;
                if last.as_ref() != Some(&seen) {
                    let event = seen.row.is_some().then_some(job);
                    self.give(ask, subscription, &[event]).await?;
                }
                is_over = self.is_over(job.0, &seen);
                last = Some(seen);
                Ok(())
            };
            wait_out(looked.await).await?;
            if is_over {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.answers.closed() => return Err(Stop::Gone),
            }
        }
    }

    /// The job's row, as far as the asker may see it.
    async fn look(&self, ask: Ask<'_>, (resource, id): (ResourceId, Uuid)) -> Result<Seen, Stop> {
        let permitted = permit_all(ask, vec![compile::watched(ask, resource, id)])?;
        let [permitted] = permitted.as_slice() else {
            return Ok(Seen::default());
        };
        let rows = store::read::read(&self.gateway.parts.database, ask.catalog, permitted).await;
        let rows =
            rows.map_err(|error: Error| Stop::from(vec![GraphqlError::of(error, &self.request.request_id)]))?;
        Ok(Seen {
            row: (!rows.ids.is_empty()).then(|| rows.row(0).to_vec()),
        })
    }

    fn is_over(&self, resource: ResourceId, seen: &Seen) -> bool {
        let Some(row) = &seen.row else { return true };
        let columns = compile::watched_columns(self.gateway.parts.catalog.get(resource));
        columns
            .zip(row)
            .any(|(column, cell)| column.name == "finished_at" && !cell.is_null())
    }
}
