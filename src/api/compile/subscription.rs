//! Subscriptions: what is followed, and what is wanted of each event.

use uuid::Uuid;

use super::collect::Collected;
use super::{Ask, Compiled, Compiler};
use crate::api::schema::{FieldMeaning, is_job, meaning::Stream};
use crate::catalog::{Column, Resource, ResourceId};
use crate::error::Code;
use crate::plan::read::{Read, Window};

/// What a subscription is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A job, if the id is one of a job.
    Job(Option<(ResourceId, Uuid)>),
    /// What is done in the account: the rows of this resource.
    Activity(ResourceId),
}

/// A subscription, compiled as far as it can be before there is an event.
#[derive(Debug)]
pub struct Subscription<'a> {
    field: Collected<'a>,
    /// What it is about.
    pub topic: Topic,
}

pub(super) fn subscription<'a>(ask: Ask<'a>) -> Compiled<Subscription<'a>> {
    let compiler = Compiler::new(ask);
    let Some(root) = compiler.scope.types.subscription() else {
        return compiler.refuse(Code::ValidationFailed, "there are no subscriptions", &[]);
    };
    let collected = compiler.scope.collect(root, &[&ask.operation.selection_set.node]);
    let Some(field) = collected.into_iter().next() else {
        return compiler.refuse(Code::BadRequest, "the subscription selects nothing", &[]);
    };
    compiler.asker()?;
    let definition = compiler.definition(root, &field)?;
    let topic = match compiler.ask.surface.meaning(definition) {
        FieldMeaning::Stream(Stream::Activity(resource)) => Topic::Activity(resource),
        FieldMeaning::Stream(Stream::Job) => {
            let arguments = compiler.arguments(definition, &field)?;
            let known = arguments.text("id").and_then(|id| compiler.known_id(id));
            Topic::Job(known.filter(|(resource, _)| is_job(ask.catalog.get(*resource))))
        }
        _ => return compiler.refuse(Code::ValidationFailed, "nothing that can be followed", &[]),
    };
    Ok(Subscription { field, topic })
}

/// The columns of a job that tell whether there is something new: all but those of the worker alone.
pub fn watched_columns(resource: &Resource) -> impl Iterator<Item = &Column> {
    let columns = resource.columns.iter();
    columns.filter(|column| !column.internal && !column.is_secret() && column.name != "updated_at")
}

/// The row of a job, to see whether there is something new.
pub fn watched(ask: Ask<'_>, resource: ResourceId, id: Uuid) -> Read {
    let columns = watched_columns(ask.catalog.get(resource));
    Read {
        resource,
        columns: columns.map(|column| column.id).collect(),
        filter: None,
        order: Vec::new(),
        window: Window::Ids(vec![id]),
        count: false,
        children: Vec::new(),
    }
}

impl<'a> Compiler<'a> {
    /// The answer for one event: the row of that id, or null.
    pub(super) fn event(
        &mut self,
        subscription: &Subscription<'a>,
        event: Option<(ResourceId, Uuid)>,
    ) -> Compiled<super::Slot> {
        let Some(root) = self.scope.types.subscription() else {
            return self.refuse(Code::ValidationFailed, "there are no subscriptions", &[]);
        };
        let field = &subscription.field;
        let definition = self.definition(root, field)?;
        let source = match event {
            Some((resource, id)) => self.below(field.key, |compiler| {
                compiler.row_by_id(Some(resource), id, &field.sets)
            })?,
            None => super::root::null(),
        };
        Ok(self.slot(definition, field, source))
    }
}
