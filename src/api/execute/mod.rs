//! The way of a request (design, "The way of a request"): admit, validate, compile, permit, read, assemble. Each
//! step can refuse for one kind of reason; only the last but one touches the database.
//!
//! Knows no HTTP.

mod judge;
mod log;
mod memo;
mod mutate;
mod read;

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::OperationDefinition;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::answer::{Answer, GraphqlError};
use super::compile::{self, Ask};
use super::guard::{self, Limits};
use super::identity::{Asker, Identify};
use super::mutation::MutationService;
use super::schema::Surface;
use super::service::{Credentials, GraphqlService, Request};
use super::validate;
use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::catalog::Catalog;
use crate::error::{Code, Result};
use crate::store::Database;
use judge::Judge;
use memo::{Memo, Prepared};

pub use log::{Operated, OperationLog};

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
}

/// Answers queries and mutations.
pub struct Gateway {
    parts: Parts,
    surface: Surface,
    judge: Judge,
    memo: Memo,
}

/// Either an answer or why the request is refused as a whole.
type Answered<T> = Result<T, Vec<GraphqlError>>;

impl Gateway {
    /// A gateway over these parts.
    ///
    /// # Errors
    /// A fault, when the catalog cannot be rendered as a schema.
    pub fn new(parts: Parts) -> Result<Gateway> {
        let surface = Surface::of(&parts.catalog)?;
        let judge = Judge::new(surface.types())?;
        Ok(Gateway {
            parts,
            surface,
            judge,
            memo: Memo::default(),
        })
    }

    /// The schema as SDL, as async-graphql prints it.
    pub fn sdl(&self) -> String {
        self.judge.sdl()
    }

    async fn answer(&self, request: &Request) -> Answered<Answer> {
        let prepared = self.prepare(request).await?;
        let name = request.operation_name.as_deref();
        let operation = &guard::operation(&prepared.document, name).map_err(one)?.node;
        let variables = validate::coerce(self.surface.types(), operation, &request.variables)?;
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
            .is_some_and(|reader| reader.viewer.as_of.is_some());
        if outcome.is_ok() || !rights_are_kept {
            return outcome;
        }
        // The rights may have changed since they were looked up, so whoever is refused is judged by those of now.
        let asker = self.asker(request).await?;
        self.query(request, &prepared.hash, ask(asker.as_ref())).await
    }

    fn ask<'a>(
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
    async fn prepare(&self, request: &Request) -> Answered<Arc<Prepared>> {
        if let Some(known) = self.memo.get(&request.query) {
            guard::admit_variables(&request.variables, &self.parts.limits).map_err(one)?;
            return Ok(known);
        }
        let name = request.operation_name.as_deref();
        let document =
            guard::admit(&request.query, &request.variables, name, &self.parts.limits).map_err(one)?;
        validate::document(self.surface.types(), &document)?;
        let operation = &guard::operation(&document, name).map_err(one)?.node;
        let variables = validate::coerce(self.surface.types(), operation, &request.variables)?;
        self.judge.validate(&document, name, &variables).await?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(request.query.as_bytes()));
        let prepared = Arc::new(Prepared { document, hash });
        self.memo.put(&request.query, prepared.clone());
        Ok(prepared)
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
            match self.answer(&request).await {
                Ok(answer) => answer,
                Err(errors) => Answer::refused(&errors, &request.request_id),
            }
        })
    }
}

fn one(error: GraphqlError) -> Vec<GraphqlError> {
    vec![error]
}
