//! What is done in an account, as it happens.

use std::time::Duration;

use uuid::Uuid;

use super::{BATCH, Follower, Stop, feed, wait_out};
use crate::access::permit::Scope;
use crate::api::answer::GraphqlError;
use crate::api::compile::{self, Ask, Subscription};
use crate::api::execute::{one, permit_all};
use crate::api::identity::Asker;
use crate::catalog::ResourceId;
use crate::error::{Code, Error};

/// How often is looked.
const INTERVAL: Duration = feed::FRESH;

impl Follower<'_> {
    pub(super) async fn activity<'s>(
        &'s self,
        asker: &'s Asker,
        subscription: &Subscription<'s>,
        resource: ResourceId,
    ) -> Result<(), Stop> {
        self.may_follow(self.ask(asker), subscription, resource)?;
        let parts = &self.gateway.parts;
        let feed = self.gateway.feeds.of(asker.viewer.account);
        let fault = |error: Error| Stop::from(vec![GraphqlError::of(error, &self.request.request_id)]);
        let begin = feed.last(&parts.database, parts.clock.now()).await;
        let mut number = begin.map_err(fault)?;
        loop {
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.answers.closed() => return Err(Stop::Gone),
            }
            let looked = async {
                let new = feed.behind(&parts.database, number, parts.clock.now()).await;
                let new = new.map_err(fault)?;
                if new.is_empty() {
                    return Ok(());
                }
                let asker = self.asker_again(asker).await?;
                let ask = self.ask(&asker);
                self.may_follow(ask, subscription, resource)?;
                for batch in new.chunks(BATCH) {
                    let events: Vec<_> = batch.iter().map(|(_, id)| Some((resource, *id))).collect();
                    self.give(ask, subscription, &events).await?;
                    number = batch.last().map_or(number, |(of, _)| *of);
                }
                Ok(())
            };
            wait_out(looked.await).await?;
        }
    }

    /// Whoever may see no event at all is told so, rather than left waiting.
    fn may_follow<'s>(
        &self,
        ask: Ask<'s>,
        subscription: &Subscription<'s>,
        resource: ResourceId,
    ) -> Result<(), Stop> {
        let event = Some((resource, Uuid::nil()));
        let query = compile::event(ask, subscription, event, 0).map_err(one)?;
        let permitted = permit_all(ask, query.reads)?;
        let is_open = permitted.iter().all(|read| read.plan().scope != Scope::Nothing);
        if is_open {
            return Ok(());
        }
        let name = &ask.catalog.get(resource).plural;
        let message = format!("your groups do not let you read {name}");
        Err(Stop::Refused(one(GraphqlError::new(Code::Forbidden, message))))
    }
}
