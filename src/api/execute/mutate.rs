//! Mutations: the verbs run one after another, and each payload goes the way of a query.

use uuid::Uuid;

use super::read::{Gathered, finish, permit_all};
use super::{Action, Answered, Gateway, one};
use crate::api::answer::{Answer, GraphqlError, Step};
use crate::api::assemble::Materials;
use crate::api::compile::{self, Ask, Call, Done, shape::Selection};
use crate::api::mutation::{self, Gave, Given, Mutation, Reader};
use crate::api::service::Request;
use crate::error::{Error, Result};

impl Gateway {
    pub(super) async fn mutate(&self, request: &Request, hash: &str, ask: Ask<'_>) -> Answered<Answer> {
        let calls = compile::calls(ask).map_err(one)?;
        let mut tried_cost: u64 = 0;
        for call in &calls {
            let tried = compile::payload(ask, call, &Done::Gave(Gave::row(Uuid::nil())), 0).map_err(one)?;
            tried_cost = tried_cost.saturating_add(tried.cost);
            if !tried.reads.is_empty() {
                permit_all(ask, tried.reads)?;
            }
        }
        self.pay(ask, request, tried_cost)?;
        let mut selection = Selection::default();
        let mut gathered = Gathered::default();
        let mut errors = Vec::new();
        for call in &calls {
            let done = self.call(request, ask, call, &mut errors).await;
            let payload = compile::payload(ask, call, &done, gathered.rows.len()).map_err(one)?;
            selection.fields.extend(payload.selection.fields);
            self.gather(ask, request, payload.reads, &mut gathered).await?;
        }
        self.note(ask, request, hash, &gathered, Action::Read)?;
        let materials = Materials {
            ids: ask.ids,
            cursors: ask.cursors,
            branches: &gathered.rows,
            introspection: None,
            request_id: &request.request_id,
        };
        let cost = self.settle(ask, request, tried_cost, gathered.row_count());
        Ok(finish(&selection, materials, &gathered, cost, errors))
    }

    async fn call(
        &self,
        request: &Request,
        ask: Ask<'_>,
        call: &Call<'_>,
        errors: &mut Vec<GraphqlError>,
    ) -> Done {
        let Some(verb) = call.verb else {
            return Done::Refused(Vec::new());
        };
        match self.verb(request, ask, verb, call).await {
            Ok(done) => done,
            Err(Error::Refused(refusal)) if verb.codes.contains(&refusal.code) => {
                Done::Refused(vec![refusal])
            }
            Err(error) => {
                let path = vec![Step::Key(call.key().into())];
                errors.push(
                    GraphqlError::of(error, &request.request_id)
                        .at(call.place())
                        .on(path),
                );
                Done::Failed
            }
        }
    }

    async fn verb(
        &self,
        request: &Request,
        ask: Ask<'_>,
        mutation: &'static Mutation,
        call: &Call<'_>,
    ) -> Result<Done> {
        let reader = Reader {
            catalog: ask.catalog,
            ids: ask.ids,
        };
        let viewer = ask.asker.map(|asker| &*asker.viewer);
        mutation::admit(mutation, viewer)?;
        let given = Given {
            mutation,
            viewer,
            client: request.client,
            input: reader.read(mutation, &call.input)?,
        };
        self.parts.mutations.run(mutation, given).await.map(Done::Gave)
    }
}
