//! The way of a request (design, "The way of a request"): admit, validate, compile, permit, read, assemble. Each
//! step can refuse for one kind of reason; only the last but one touches the database.
//!
//! Knows no HTTP.

mod judge;
mod log;
mod memo;
mod mutate;
mod pay;
mod read;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Variables;
use async_graphql::parser::types::OperationDefinition;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::Sender;

use super::answer::{Answer, GraphqlError, Outcome};
use super::compile::{self, Ask};
use super::deprecation::Usage;
use super::guard::{self, Limits};
use super::identity::{Asker, Identify};
use super::mutation::MutationService;
use super::schema::Surface;
use super::service::{Credentials, Ending, GraphqlService, Guest, Request};
use super::subscription::Feeds;
use super::trusted::TrustedDocuments;
use super::validate;
use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::access::rate::CostLimiter;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::error::{Code, Refusal, Result};
use crate::store::Database;
use judge::Judge;
use memo::Memo;
pub(in crate::api) use memo::Prepared;

pub use log::{Action, Operated, OperationLog};
pub(in crate::api) use read::{Gathered, finish, permit_all};

/// What a gateway is made of.
pub struct Parts {
    /// What the data is.
    pub catalog: Arc<Catalog>,
    /// Where it is.
    pub database: Database,
    /// The keys of global ids.
    pub ids: IdKeys,
    /// The keys of cursors.
    pub cursors: CursorKeys,
    /// Turns credentials into askers.
    pub identify: Arc<dyn Identify>,
    /// Runs mutations.
    pub mutations: Arc<dyn MutationService>,
    /// Takes down who read what.
    pub log: Arc<dyn OperationLog>,
    /// How large a request may be.
    pub limits: Limits,
    /// How long an operation, or one event of a subscription, may take.
    pub time: Duration,
    /// How much askers may cost together over time; none: as much as they like.
    pub rate: Option<CostLimiter>,
    /// The only documents that are run; none: any.
    pub trusted: Option<TrustedDocuments>,
    /// Whether the schema can be asked about.
    pub introspection: bool,
    /// The one clock.
    pub clock: Clock,
}

/// Answers queries and mutations.
pub struct Gateway {
    pub(in crate::api) parts: Parts,
    surface: Surface,
    judge: Judge,
    memo: Memo,
    deprecated: Usage,
    pub(in crate::api) feeds: Feeds,
}

/// Either an answer or why the request is refused as a whole.
pub(in crate::api) type Answered<T> = Result<T, Vec<GraphqlError>>;

impl Gateway {
    /// A gateway over these parts.
    ///
    /// # Errors
    /// A fault, when the catalog cannot be rendered as a schema.
    pub fn new(parts: Parts) -> Result<Gateway> {
        let surface = Surface::of(&parts.catalog)?;
        let judge = Judge::new(surface.types())?;
        let deprecated = Usage::of(surface.types());
        Ok(Gateway {
            parts,
            surface,
            judge,
            memo: Memo::default(),
            deprecated,
            feeds: Feeds::default(),
        })
    }

    /// The schema as SDL, as async-graphql prints it.
    pub fn sdl(&self) -> String {
        self.judge.sdl()
    }

    /// The parts of the schema that are to go, by their coordinates, and how many operations used each since the start.
    pub fn deprecated_use(&self) -> Vec<(Arc<str>, u64)> {
        self.deprecated.counts()
    }

    async fn answer(&self, request: &Request) -> Answered<Answer> {
        let prepared = self.prepare(request).await?;
        let (operation, variables) = self.operation(request, &prepared)?;
        if compile::is_subscription(operation) {
            let message =
                "subscriptions are followed over a WebSocket: GET /graphql/ws, graphql-transport-ws";
            return Err(one(GraphqlError::new(Code::BadRequest, message)));
        }
        if request.queries_only && compile::is_mutation(operation) {
            let message = "mutations are not run by GET; send them by POST";
            return Err(one(GraphqlError::new(Code::MethodNotAllowed, message)));
        }
        let ask = |asker| self.ask(&prepared, operation, &variables, asker);
        if compile::is_mutation(operation) {
            let asker = self.asker(request).await?;
            return self.mutate(request, &prepared.hash, ask(asker.as_ref())).await;
        }
        let reader = self.reader(request).await?;
        let outcome = self.query(request, &prepared.hash, ask(reader.as_ref())).await;
        let rights_are_kept = reader
            .as_ref()
            .is_some_and(|reader| reader.viewer.has_kept_rights());
        match &outcome {
            Err(errors) if rights_are_kept && !is_for_the_rate(errors) => {}
            _ => return outcome,
        }
        // The rights may have changed since they were looked up, so whoever is refused is judged by those of now.
        let asker = self.asker(request).await?;
        self.query(request, &prepared.hash, ask(asker.as_ref())).await
    }

    /// The operation that is to run, and its variables, coerced.
    pub(in crate::api) fn operation<'a>(
        &self,
        request: &Request,
        prepared: &'a Prepared,
    ) -> Answered<(&'a OperationDefinition, Variables)> {
        let name = request.operation_name.as_deref();
        let operation = guard::operation(&prepared.document, name).map_err(one)?;
        let types = self.surface.types();
        let variables = validate::coerce(types, &operation.node, &request.variables)?;
        if !self.deprecated.is_empty() {
            let mut places = prepared.deprecated.of(operation.pos);
            validate::deprecated_in(types, &operation.node, &request.variables, &mut places);
            self.deprecated.count(places.iter(), self.parts.clock);
        }
        Ok((&operation.node, variables))
    }

    pub(in crate::api) fn ask<'a>(
        &'a self,
        prepared: &'a Prepared,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
        asker: Option<&'a Asker>,
    ) -> Ask<'a> {
        Ask {
            catalog: &self.parts.catalog,
            surface: &self.surface,
            ids: &self.parts.ids,
            cursors: &self.parts.cursors,
            asker,
            document: &prepared.document,
            operation,
            variables,
        }
    }

    /// The document, admitted and valid. A text that was seen before is not looked at again, but for what came
    /// with it.
    pub(in crate::api) async fn prepare(&self, request: &Request) -> Answered<Arc<Prepared>> {
        let text = self.text(request).map_err(one)?;
        if let Some(known) = self.memo.get(text) {
            guard::admit_variables(&request.variables, &self.parts.limits).map_err(one)?;
            return Ok(known);
        }
        let name = request.operation_name.as_deref();
        let hash = Sha256::digest(text.as_bytes());
        if let Some(trusted) = &self.parts.trusted {
            trusted
                .check(hash.as_ref())
                .map_err(|refusal| one(refusal.into()))?;
        }
        let document = guard::admit(text, &request.variables, name, &self.parts.limits).map_err(one)?;
        let deprecated = validate::document(self.surface.types(), &document)?;
        let operation = &guard::operation(&document, name).map_err(one)?.node;
        let variables = validate::coerce(self.surface.types(), operation, &request.variables)?;
        self.judge.validate(&document, name, &variables).await?;
        let hash = data_encoding::HEXLOWER.encode(&hash);
        let prepared = Arc::new(Prepared {
            document,
            hash,
            deprecated,
        });
        self.memo.put(text, prepared.clone());
        Ok(prepared)
    }

    /// The text of the document, which came with the request or is named by it.
    fn text<'a>(&'a self, request: &'a Request) -> Result<&'a str, GraphqlError> {
        match (&request.document_id, &self.parts.trusted) {
            (None, _) => Ok(&request.query),
            (Some(id), Some(trusted)) => trusted.named(id).map_err(GraphqlError::from),
            (Some(_), None) => {
                let message = "there are no trusted documents here; send the document itself as query";
                Err(GraphqlError::new(Code::BadRequest, message))
            }
        }
    }

    /// Who asks; none for requests without credentials, which may sign in and ask about the schema, no more.
    async fn asker(&self, request: &Request) -> Answered<Option<Asker>> {
        self.identified(request, |identify, credentials| identify.asker(credentials))
            .await
    }

    /// Who asks a query, perhaps with rights that were looked up before.
    async fn reader(&self, request: &Request) -> Answered<Option<Asker>> {
        self.identified(request, |identify, credentials| identify.reader(credentials))
            .await
    }

    async fn identified<'a>(
        &'a self,
        request: &'a Request,
        look_up: impl FnOnce(&'a dyn Identify, &'a Credentials) -> BoxFuture<'a, Result<Asker>>,
    ) -> Answered<Option<Asker>> {
        if request.credentials.authorization.is_none() {
            return Ok(None);
        }
        match look_up(&*self.parts.identify, &request.credentials).await {
            Ok(asker) => Ok(Some(asker)),
            Err(error) => Err(one(GraphqlError::of(error, &request.request_id))),
        }
    }
}

impl GraphqlService for Gateway {
    fn execute(&self, request: Request) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            match tokio::time::timeout(self.parts.time, self.answer(&request)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(errors)) => Answer::refused(&errors, &request.request_id),
                Err(_) => {
                    let error =
                        GraphqlError::new(Code::Timeout, "the request took too long and was given up");
                    Answer::refused_for(error, &request.request_id)
                }
            }
        })
    }

    fn welcome<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Guest>> {
        Box::pin(async move {
            if credentials.authorization.is_none() {
                return Err(Refusal::new(Code::Unauthenticated, "send a token or an API key").into());
            }
            let asker = self.parts.identify.asker(credentials).await?;
            Ok(Guest {
                who: asker.viewer.principal.id(),
                lasts: asker.lasts,
            })
        })
    }

    fn converse(&self, request: Request, answers: Sender<Answer>) -> BoxFuture<'_, Ending> {
        Box::pin(async move {
            if self.is_subscription(&request).await {
                return self.follow(&request, &answers).await;
            }
            let answer = self.execute(request).await;
            let is_expelled = answer.outcome == Outcome::Refused(Code::Unauthenticated);
            // Who no longer listens needs no answer.
            let _ = answers.send(answer).await;
            if is_expelled {
                Ending::Expelled
            } else {
                Ending::Complete
            }
        })
    }
}

impl Gateway {
    /// Whether a subscription is to be run; what is refused is none.
    async fn is_subscription(&self, request: &Request) -> bool {
        let prepared = self.prepare(request).await;
        let name = request.operation_name.as_deref();
        prepared.is_ok_and(|prepared| {
            guard::operation(&prepared.document, name)
                .is_ok_and(|operation| compile::is_subscription(&operation.node))
        })
    }
}

fn is_for_the_rate(errors: &[GraphqlError]) -> bool {
    errors.iter().any(|error| error.refusal.code == Code::RateLimited)
}

pub(in crate::api) fn one(error: GraphqlError) -> Vec<GraphqlError> {
    vec![error]
}
