//! The root of subscriptions: how a job gets on, and what is done in the account. What an event holds is a row like
//! any other.

use super::builder::Builder;
use super::meaning::{FieldMeaning, Stream};
use crate::api::types::{Field, InputValue, Type, TypeRef};
use crate::catalog::{Catalog, Resource};

/// The name of the root of subscriptions.
pub(super) const ROOT: &str = "Subscription";

pub(super) fn add(builder: &mut Builder) {
    let catalog = builder.catalog;
    let mut fields = vec![job(builder)];
    if let Some(resource) = activity_of(catalog) {
        let about = format!(
            "What is done and read in the account, as it happens: each {} in your reach within a second or so, in no \
             order that counts. Begins with what happens after the subscription; what was missed stands in `{}`. \
             Leaves out the events of subscriptions. Requires: read on {}.",
            resource.name, resource.plural, resource.name
        );
        fields.push(builder.field(
            "activity",
            TypeRef::required(&resource.name),
            &about,
            FieldMeaning::Stream(Stream::Activity(resource.id)),
        ));
    }
    builder.add(Type::object(
        ROOT,
        "What can be followed, over the protocol graphql-transport-ws. Each event is decided anew: who may no longer \
         see something gets no more of it.",
        &[],
        fields,
    ));
}

fn job(builder: &mut Builder) -> Field {
    let jobs: Vec<&str> = builder
        .catalog
        .resources()
        .filter(|resource| resource.in_api && is_job(resource))
        .map(|resource| resource.name.as_str())
        .collect();
    let about = format!(
        "How a job gets on ({}): its state now, then each time it has changed, at most once a second, until it is \
         over; then the subscription completes. Null, and then complete, when there is no such job in your reach. \
         `node` gives the same. Requires: read on the job's type.",
        jobs.join(" or ")
    );
    builder
        .field(
            "jobProgress",
            TypeRef::named("Node"),
            &about,
            FieldMeaning::Stream(Stream::Job),
        )
        .argument(InputValue::new(
            "id",
            TypeRef::required("ID"),
            "The global id of the job.",
        ))
}

/// Whether the rows of a resource are jobs: a worker claims them, they have a state, and an end.
pub fn is_job(resource: &Resource) -> bool {
    ["claim_number", "state", "finished_at"]
        .iter()
        .all(|column| resource.find(column).is_some())
}

/// The resource of what is done in accounts, when it is part of the API.
fn activity_of(catalog: &Catalog) -> Option<&Resource> {
    catalog
        .by_table("audit_events")
        .filter(|resource| resource.in_api)
}
