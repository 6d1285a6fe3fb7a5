//! From the coerced input of a mutation to what the service takes: ids opened, words turned into values.

use std::net::IpAddr;

use async_graphql_value::ConstValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Cancel, ConfirmErasure, PlanErasure, RequestExport, SignIn, SubscriberChoice};
use crate::access::global_id::IdKeys;
use crate::api::schema::meaning::Verb;
use crate::catalog::Catalog;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::slice::BundleKind;

/// What reading inputs needs.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) ids: &'a IdKeys,
    pub(crate) client: Option<IpAddr>,
}

/// A verb with what it takes.
pub(crate) enum Wanted {
    SignIn(SignIn),
    RequestExport(RequestExport),
    CancelExport(Cancel),
    PlanErasure(PlanErasure),
    ConfirmErasure(ConfirmErasure),
    CancelErasure(Cancel),
}

impl Inputs<'_> {
    /// Reads the input of a verb. Errors: `INVALID_ID`; faults where the schema and this file differ.
    pub(crate) fn read(&self, verb: Verb, input: &ConstValue) -> Result<Wanted> {
        Ok(match verb {
            Verb::SignIn => {
                let input: SignInInput = wire(input)?;
                Wanted::SignIn(SignIn {
                    email: input.email,
                    password: input.password,
                    account: input.account,
                    client: self.client,
                })
            }
            Verb::RequestExport => Wanted::RequestExport(self.export_request(wire(input)?)?),
            Verb::CancelExport => {
                let input: CancelExportInput = wire(input)?;
                Wanted::CancelExport(Cancel {
                    job: self.id("exports", &input.export, "export")?,
                    idempotency_key: input.idempotency_key,
                })
            }
            Verb::PlanErasure => {
                let input: PlanErasureInput = wire(input)?;
                Wanted::PlanErasure(PlanErasure {
                    subscriber: self.subscriber(input.subscriber)?,
                    idempotency_key: input.idempotency_key,
                })
            }
            Verb::ConfirmErasure => {
                let input: ConfirmErasureInput = wire(input)?;
                Wanted::ConfirmErasure(ConfirmErasure {
                    erasure: self.id("erasures", &input.erasure, "erasure")?,
                    plan_hash: input.plan_hash,
                    idempotency_key: input.idempotency_key,
                })
            }
            Verb::CancelErasure => {
                let input: CancelErasureInput = wire(input)?;
                Wanted::CancelErasure(Cancel {
                    job: self.id("erasures", &input.erasure, "erasure")?,
                    idempotency_key: input.idempotency_key,
                })
            }
        })
    }

    fn export_request(&self, input: RequestExportInput) -> Result<RequestExport> {
        let subscriber = input
            .subscriber
            .map(|subscriber| self.subscriber(subscriber))
            .transpose()?;
        let bundle = match (&subscriber, input.bundle) {
            (None, _) => BundleKind::Account,
            (Some(_), PersonBundle::Access) => BundleKind::Access,
            (Some(_), PersonBundle::Portability) => BundleKind::Portability,
        };
        let wants = |format| {
            input
                .formats
                .as_ref()
                .is_none_or(|formats| formats.contains(&format))
        };
        Ok(RequestExport {
            subscriber,
            bundle,
            csv: wants(ExportFormat::Csv),
            ndjson: wants(ExportFormat::Ndjson),
            idempotency_key: input.idempotency_key,
        })
    }

    fn subscriber(&self, input: SubscriberInput) -> Result<SubscriberChoice> {
        match (input.id, input.email) {
            (Some(id), None) => Ok(SubscriberChoice::Id(self.id("subscribers", &id, "subscriber")?)),
            (None, Some(email)) => Ok(SubscriberChoice::Email(email)),
            _ => {
                let message = "give exactly one of id and email";
                Err(Refusal::new(Code::BadUserInput, message)
                    .at(["subscriber"])
                    .into())
            }
        }
    }

    fn id(&self, table: &str, text: &str, field: &str) -> Result<Uuid> {
        let resource = self.catalog.by_table(table);
        match (self.ids.decode(text), resource) {
            (Some((tag, id)), Some(resource)) if tag == resource.tag() => Ok(id),
            _ => Err(
                Refusal::new(Code::InvalidId, format!("this is no id of a {field}"))
                    .at([field])
                    .into(),
            ),
        }
    }
}

/// The schema has checked the form already, so what does not fit here is our own fault.
fn wire<T: DeserializeOwned>(input: &ConstValue) -> Result<T> {
    let json = input.clone().into_json();
    let read = json.and_then(serde_json::from_value);
    // The value may hold a password or an address: the message must not quote it.
    read.map_err(|_| Fault::Invariant("a mutation's input differs from its schema".to_owned()).into())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignInInput {
    email: String,
    password: String,
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestExportInput {
    subscriber: Option<SubscriberInput>,
    bundle: PersonBundle,
    formats: Option<Vec<ExportFormat>>,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubscriberInput {
    id: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum PersonBundle {
    Access,
    Portability,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum ExportFormat {
    Csv,
    Ndjson,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelExportInput {
    export: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlanErasureInput {
    subscriber: SubscriberInput,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfirmErasureInput {
    erasure: String,
    plan_hash: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelErasureInput {
    erasure: String,
    idempotency_key: String,
}
