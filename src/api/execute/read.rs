//! Queries: what was compiled is permitted, read and assembled.

use futures_util::future::join_all;

use super::log::personal_rows;
use super::{Action, Answered, Gateway, Operated, one};
use crate::access::permit::{self, Level, Permitted};
use crate::api::answer::{self, Answer, Cost, Extensions, GraphqlError};
use crate::api::assemble::{self, Materials};
use crate::api::compile::{self, Ask, Query, shape::Selection};
use crate::api::service::Request;
use crate::error::{Code, Error, Fault, Result};
use crate::plan::read::Read;
use crate::store;
use crate::store::rows::Rows;

/// What the reads of a request gave.
#[derive(Default)]
pub(in crate::api) struct Gathered {
    pub(in crate::api) permitted: Vec<Permitted<Level>>,
    pub(in crate::api) rows: Vec<Result<Rows, Fault>>,
}

impl Gathered {
    /// How many rows came.
    pub(super) fn row_count(&self) -> u64 {
        self.rows.iter().flatten().map(assemble::row_count).sum()
    }
}

impl Gateway {
    pub(super) async fn query(&self, request: &Request, hash: &str, ask: Ask<'_>) -> Answered<Answer> {
        let Query {
            reads,
            selection,
            cost,
            introspects,
        } = compile::query(ask).map_err(one)?;
        if reads.is_empty() && has_kept_rights(ask) {
            // No statement looks whether the rights still hold.
            return Err(rights_are_unproven());
        }
        if introspects && !self.parts.introspection {
            let message = "questions about the schema are switched off here; read it where it is published";
            return Err(one(GraphqlError::new(Code::IntrospectionDisabled, message)));
        }
        self.pay(ask, request, cost)?;
        let query = Query {
            reads,
            selection,
            cost,
            introspects,
        };
        let outcome = self.run(request, hash, ask, query).await;
        if outcome.is_err() && has_kept_rights(ask) {
            // The request is judged again, by the rights of now, and pays in full then.
            self.settle(ask, request, cost, 0);
        }
        outcome
    }

    async fn run(&self, request: &Request, hash: &str, ask: Ask<'_>, query: Query) -> Answered<Answer> {
        let Query {
            reads,
            selection,
            cost,
            introspects,
        } = query;
        let mut gathered = Gathered::default();
        self.gather(ask, request, reads, &mut gathered).await?;
        let introspection = if introspects {
            let document = compile::introspection_of(ask);
            let answer = self.judge.introspect(&document, ask.variables).await;
            Some(answer.map_err(|fault| one(GraphqlError::of_fault(&fault, &request.request_id)))?)
        } else {
            None
        };
        self.note(ask, request, hash, &gathered, Action::Read)?;
        let materials = Materials {
            ids: ask.ids,
            cursors: ask.cursors,
            branches: &gathered.rows,
            introspection: introspection.as_ref(),
            request_id: &request.request_id,
        };
        let cost = self.settle(ask, request, cost, gathered.row_count());
        Ok(finish(&selection, materials, &gathered, cost, Vec::new()))
    }

    /// Permits reads and runs them side by side.
    pub(in crate::api) async fn gather(
        &self,
        ask: Ask<'_>,
        request: &Request,
        reads: Vec<Read>,
        gathered: &mut Gathered,
    ) -> Answered<()> {
        if reads.is_empty() {
            return Ok(());
        }
        let permitted = permit_all(ask, reads)?;
        let (database, catalog) = (&self.parts.database, &*self.parts.catalog);
        let outcomes = match permitted.as_slice() {
            [only] => vec![store::read::read(database, catalog, only).await],
            several => {
                join_all(
                    several
                        .iter()
                        .map(|one| store::read::read(database, catalog, one)),
                )
                .await
            }
        };
        for outcome in outcomes {
            gathered.rows.push(match outcome {
                Ok(rows) => Ok(rows),
                // What could not be read proves no rights either; those of now tell whether anything can be read.
                Err(Error::Fault(_)) if has_kept_rights(ask) => return Err(rights_are_unproven()),
                Err(Error::Fault(fault)) => Err(fault),
                Err(refused @ Error::Refused(_)) => {
                    return Err(one(GraphqlError::of(refused, &request.request_id)));
                }
            });
        }
        gathered.permitted.extend(permitted);
        Ok(())
    }

    /// Takes down what was read; without a log nothing personal is given out in clear.
    pub(in crate::api) fn note(
        &self,
        ask: Ask<'_>,
        request: &Request,
        hash: &str,
        gathered: &Gathered,
        action: Action,
    ) -> Answered<()> {
        let Some(asker) = ask.asker else { return Ok(()) };
        let read = gathered.permitted.iter().zip(&gathered.rows);
        let (mut rows, mut personal) = (0, 0);
        for (permitted, found) in read {
            if let Ok(found) = found {
                rows += assemble::row_count(found);
                personal += personal_rows(ask.catalog, permitted.plan(), found);
            }
        }
        let operated = Operated {
            action,
            viewer: &asker.viewer,
            document_hash: hash,
            rows,
            personal_rows: personal,
            request_id: &request.request_id,
        };
        match self.parts.log.record(&operated) {
            Err(refusal) if personal > 0 => Err(one(refusal.into())),
            Err(refusal) => {
                tracing::error!(request_id = &*request.request_id, error = %refusal, "an operation could not be logged");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

fn has_kept_rights(ask: Ask<'_>) -> bool {
    ask.asker.is_some_and(|asker| asker.viewer.has_kept_rights())
}

/// Nobody is told: the request is judged again, by the rights of now.
fn rights_are_unproven() -> Vec<GraphqlError> {
    one(GraphqlError::new(Code::Internal, "the rights may have changed"))
}

/// Permits all reads, or refuses the whole request, before any of them is run.
pub(in crate::api) fn permit_all(ask: Ask<'_>, reads: Vec<Read>) -> Answered<Vec<Permitted<Level>>> {
    let Some(asker) = ask.asker else {
        let message = "sign in first: send a token or an API key as `Authorization: Bearer`";
        return Err(one(GraphqlError::new(Code::Unauthenticated, message)));
    };
    reads
        .into_iter()
        .map(|read| permit::read(ask.catalog, &asker.viewer, read))
        .collect::<Result<_, _>>()
        .map_err(|refusal| one(refusal.into()))
}

/// Bytes that an answer of so many rows may well take, so that it is seldom moved while it grows.
fn room_for(rows: u64) -> usize {
    1024 + usize::try_from(rows).unwrap_or(0).min(4_096) * 320
}

/// Writes the answer.
pub(in crate::api) fn finish(
    selection: &Selection,
    materials: Materials<'_>,
    gathered: &Gathered,
    cost: Cost,
    mut errors: Vec<GraphqlError>,
) -> Answer {
    let mut body = Vec::with_capacity(room_for(cost.actual));
    body.extend_from_slice(answer::BEGINNING);
    let (mut body, found) = assemble::assemble(selection, materials, body);
    errors.extend(found);
    let levels: Vec<&Level> = gathered.permitted.iter().map(Permitted::plan).collect();
    let came: Vec<bool> = gathered
        .rows
        .iter()
        .map(|rows| rows.as_ref().is_ok_and(|rows| !rows.ids.is_empty()))
        .collect();
    let extensions = Extensions {
        cost: Some(cost),
        withheld: assemble::withheld(selection, &levels, &came),
    };
    answer::finish(&mut body, &errors, &extensions, materials.request_id);
    Answer::executed(body)
}
