//! Subscriptions: what is followed is looked at again and again, and each event goes the way of a query: who asks is
//! identified anew, the selection becomes a plan, the plan is permitted, read and assembled.
//!
//! The tables are the only truth: any gateway sees what another one wrote, and a lost connection loses nothing that
//! cannot be asked for. Knows neither sockets nor their messages.

mod activity;
mod feed;
mod job;

use std::time::Duration;

use async_graphql::Variables;
use async_graphql::parser::types::OperationDefinition;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::answer::{Answer, GraphqlError};
use super::assemble::Materials;
use super::compile::{self, Ask, Subscription, Topic};
use super::execute::{Action, Answered, Gateway, Gathered, Prepared, finish, one};
use super::identity::Asker;
use super::service::{Ending, Request};
use crate::catalog::ResourceId;
use crate::error::{Code, Error};

pub(super) use feed::Feeds;

/// How long to wait after a fault before looking again.
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// Events that are read and taken down together.
const BATCH: usize = 16;

/// Why nothing more is sent.
enum Stop {
    /// The credentials are no longer good.
    Expelled,
    /// The asker may not, or may no longer.
    Refused(Vec<GraphqlError>),
    /// Nobody listens.
    Gone,
    /// A fault that may pass: it is tried again.
    Fault(GraphqlError),
}

impl From<Vec<GraphqlError>> for Stop {
    fn from(errors: Vec<GraphqlError>) -> Stop {
        match <[GraphqlError; 1]>::try_from(errors) {
            Ok([error]) if may_pass(error.code()) => Stop::Fault(error),
            Ok([error]) => Stop::Refused(vec![error]),
            Err(errors) => Stop::Refused(errors),
        }
    }
}

/// Whether the same may succeed later, though nobody has changed anything.
fn may_pass(code: Code) -> bool {
    matches!(code, Code::DependencyUnavailable | Code::Timeout)
}

/// One subscription that is being followed.
struct Follower<'a> {
    gateway: &'a Gateway,
    request: &'a Request,
    prepared: &'a Prepared,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    answers: &'a Sender<Answer>,
}

impl Gateway {
    /// Follows a subscription until it is over.
    pub(super) async fn follow(&self, request: &Request, answers: &Sender<Answer>) -> Ending {
        let errors = match self.followed(request, answers).await {
            Ok(()) | Err(Stop::Gone) => return Ending::Complete,
            Err(Stop::Expelled) => return Ending::Expelled,
            Err(Stop::Refused(errors)) => errors,
            Err(Stop::Fault(error)) => one(error),
        };
        // Who no longer listens needs no reason.
        let _ = answers.send(Answer::refused(&errors, &request.request_id)).await;
        Ending::Complete
    }

    async fn followed(&self, request: &Request, answers: &Sender<Answer>) -> Result<(), Stop> {
        let prepared = self.prepare(request).await?;
        let (operation, variables) = self.operation(request, &prepared)?;
        let follower = Follower {
            gateway: self,
            request,
            prepared: &prepared,
            operation,
            variables: &variables,
            answers,
        };
        let asker = follower.asker().await?;
        let subscription = compile::subscription(follower.ask(&asker)).map_err(one)?;
        match subscription.topic {
            Topic::Job(None) => follower.give(follower.ask(&asker), &subscription, &[None]).await,
            Topic::Job(Some(job)) => follower.job(&asker, &subscription, job).await,
            Topic::Activity(resource) => follower.activity(&asker, &subscription, resource).await,
        }
    }
}

impl Follower<'_> {
    /// Who asks, with the rights of this moment.
    async fn asker(&self) -> Result<Asker, Stop> {
        let identify = &self.gateway.parts.identify;
        self.identified(identify.asker(&self.request.credentials).await)
    }

    fn identified(&self, outcome: Result<Asker, Error>) -> Result<Asker, Stop> {
        match outcome {
            Ok(asker) => Ok(asker),
            Err(Error::Refused(refusal)) if refusal.code == Code::Unauthenticated => Err(Stop::Expelled),
            Err(Error::Refused(refusal)) => Err(Stop::Refused(one(refusal.into()))),
            Err(error) => Err(one(GraphqlError::of(error, &self.request.request_id)).into()),
        }
    }

    /// The same asker as before, with the rights of now. Whoever has moved to another account would be given that one's
    /// rows in a stream that was begun in this one.
    async fn asker_again(&self, before: &Asker) -> Result<Asker, Stop> {
        self.same(self.asker().await?, before)
    }

    /// The same asker as before, perhaps with rights that were looked up for an earlier look, which are good for reading
    /// and are checked there.
    async fn reader_again(&self, before: &Asker) -> Result<Asker, Stop> {
        let identify = &self.gateway.parts.identify;
        let reader = identify.reader(&self.request.credentials).await;
        self.same(self.identified(reader)?, before)
    }

    fn same(&self, asker: Asker, before: &Asker) -> Result<Asker, Stop> {
        let is_same = asker.viewer.account == before.viewer.account
            && asker.viewer.principal == before.viewer.principal;
        if is_same { Ok(asker) } else { Err(Stop::Expelled) }
    }

    fn ask<'s>(&'s self, asker: &'s Asker) -> Ask<'s> {
        self.gateway
            .ask(self.prepared, self.operation, self.variables, Some(asker))
    }

    /// Sends the events whose rows the asker may see: all of them are read and taken down first.
    async fn give<'s>(
        &self,
        ask: Ask<'s>,
        subscription: &Subscription<'s>,
        events: &[Option<(ResourceId, Uuid)>],
    ) -> Result<(), Stop> {
        let answers =
            tokio::time::timeout(self.gateway.parts.time, self.assembled(ask, subscription, events))
                .await
                .map_err(|_| {
                    let message = "an event took too long to be read";
                    Stop::Fault(GraphqlError::new(Code::Timeout, message))
                })??;
        for answer in answers {
            self.answers.send(answer).await.map_err(|_| Stop::Gone)?;
        }
        Ok(())
    }

    async fn assembled<'s>(
        &self,
        ask: Ask<'s>,
        subscription: &Subscription<'s>,
        events: &[Option<(ResourceId, Uuid)>],
    ) -> Answered<Vec<Answer>> {
        let (gateway, request) = (self.gateway, self.request);
        let mut gathered = Gathered::default();
        let mut selections = Vec::with_capacity(events.len());
        for event in events {
            let first = gathered.rows.len();
            let query = compile::event(ask, subscription, *event, first).map_err(one)?;
            gateway.pay(ask, request, query.cost)?;
            gateway.gather(ask, request, query.reads, &mut gathered).await?;
            let came = gathered.rows[first..].iter().flatten();
            let actual: u64 = came.map(super::assemble::row_count).sum();
            let cost = gateway.settle(ask, request, query.cost, actual);
            let is_shown = event.is_none() || gathered.rows[first..].iter().any(is_there);
            selections.push((is_shown, query.selection, cost));
        }
        gateway.note(ask, request, &self.prepared.hash, &gathered, Action::Event)?;
        let materials = Materials {
            ids: ask.ids,
            cursors: ask.cursors,
            branches: &gathered.rows,
            introspection: None,
            request_id: &request.request_id,
        };
        Ok(selections
            .into_iter()
            .filter(|(is_shown, ..)| *is_shown)
            .map(|(_, selection, cost)| finish(&selection, materials, &gathered, cost, Vec::new()))
            .collect())
    }
}

/// Whether a read brought a row, or a fault that the asker is told of.
fn is_there(rows: &Result<crate::store::rows::Rows, crate::error::Fault>) -> bool {
    rows.as_ref().map_or(true, |rows| !rows.ids.is_empty())
}

/// What to do about a look that failed: a fault may pass, everything else ends the subscription.
async fn wait_out(outcome: Result<(), Stop>) -> Result<(), Stop> {
    match outcome {
        Err(Stop::Fault(error)) => {
            tracing::debug!(
                code = error.code().as_str(),
                "a subscription waits for a fault to pass"
            );
            tokio::time::sleep(AFTER_FAULT).await;
            Ok(())
        }
        Err(Stop::Refused(errors)) => match errors.first() {
            // Events only come later when the asker has spent what it may.
            Some(error) if error.code() == Code::RateLimited => {
                let seconds = error.refusal.retry_after_seconds.unwrap_or(1);
                tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
                Ok(())
            }
            _ => Err(Stop::Refused(errors)),
        },
        other => other,
    }
}
