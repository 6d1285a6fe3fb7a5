//! async-graphql beside the compiled path: it holds the schema, validates, and answers introspection. Where it
//! would begin to resolve, an extension takes over (D5, ruling 17), so that no resolver of a readable field ever
//! runs.

use std::sync::Arc;

use async_graphql::dynamic::{FieldFuture, Schema};
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, Value as ConstValue, Variables};

use crate::api::answer::GraphqlError;
use crate::api::render::{MutationResolver, Resolvers, render};
use crate::api::types::{Field, TypeSystem};
use crate::error::{Code, Fault, Result, quote};

/// The rendered schema.
pub(super) struct Judge {
    schema: Schema,
}

impl Judge {
    pub(super) fn new(types: &TypeSystem) -> Result<Judge> {
        let schema = render(types, &Compiled)
            .extension(TakeOver)
            .disable_suggestions()
            .finish()
            .map_err(|error| Fault::Invariant(format!("the schema cannot be rendered: {error}")))?;
        Ok(Judge { schema })
    }

    /// The SDL.
    pub(super) fn sdl(&self) -> String {
        self.schema.sdl()
    }

    /// Whether the document is valid for async-graphql, too. It runs up to where resolving would begin.
    pub(super) async fn validate(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        variables: &Variables,
    ) -> Result<(), Vec<GraphqlError>> {
        let response = self
            .schema
            .execute(request(document, operation, variables).data(StopBeforeResolving))
            .await;
        if response.errors.is_empty() {
            return Ok(());
        }
        Err(response
            .errors
            .into_iter()
            .map(|error| {
                let place = error.locations.first().copied().unwrap_or_default();
                GraphqlError::new(Code::ValidationFailed, quote(&error.message)).at(place)
            })
            .collect())
    }

    /// The answer to a document that holds introspection fields alone.
    pub(super) async fn introspect(
        &self,
        document: &ExecutableDocument,
        variables: &Variables,
    ) -> Result<ConstValue, Fault> {
        let response = self.schema.execute(request(document, None, variables)).await;
        match response.errors.first() {
            None => Ok(response.data),
            Some(error) => Err(Fault::Invariant(format!("introspection: {}", error.message))),
        }
    }
}

fn request(document: &ExecutableDocument, operation: Option<&str>, variables: &Variables) -> Request {
    let mut request = Request::new("").variables(variables.clone());
    if let Some(operation) = operation {
        request = request.operation_name(operation);
    }
    request.set_parsed_query(document.clone());
    request
}

/// Marks a request that is only to be judged.
struct StopBeforeResolving;

struct TakeOver;

impl ExtensionFactory for TakeOver {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(TakeOver)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for TakeOver {
    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if context.data_opt::<StopBeforeResolving>().is_some() {
            return Response::new(ConstValue::Null);
        }
        next.run(context, operation_name).await
    }
}

/// Mutations are compiled, too; a resolver of one would stand outside the door.
struct Compiled;

impl Resolvers for Compiled {
    fn mutation(&self, field: &Field) -> MutationResolver {
        let name = field.name.clone();
        Box::new(move |_| {
            tracing::error!(
                field = &*name,
                "a resolver ran for a mutation, which is never resolved"
            );
            FieldFuture::new(async {
                Err::<Option<ConstValue>, _>(async_graphql::Error::new("a fault of ours"))
            })
        })
    }
}
