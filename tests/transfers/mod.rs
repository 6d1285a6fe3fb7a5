//! Bundles are handed to another controller, who may be anybody that the settings name, or another Postern: whole, checkable,
//! to nobody else, with the rights of that moment, and without a trace of the receiver's credential.

mod peers;
mod receivers;
mod recipients;
mod refusals;
mod restrictions;
mod rights;

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::client::{Client, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::handing::{ended, requested};
use crate::kit::home::Home;

/// How long a bundle may take; the machine may be busy.
const JOB: Duration = Duration::from_secs(120);

/// What a receiver wants to be shown; nothing else is like it.
const CREDENTIAL: &str = "credential-0123456789-of-nobody-else";

/// A gateway with a bundle that is ready.
struct Sender {
    home: Home,
    gateway: Gateway,
    token: String,
    export: String,
}

impl Sender {
    /// One that hands bundles to that beginning of addresses.
    async fn to(home: Home, target: &str, settings: &[&str]) -> Sender {
        company::found(&home, 20).await;
        Sender::of(home, target, settings).await
    }

    /// The same of a company that was founded.
    async fn of(home: Home, target: &str, settings: &[&str]) -> Sender {
        let gateway = serve(&home, target, settings).await;
        let token = company::token(&home, "owner@acme.test");
        let export = ready(&gateway.client, &token).await;
        Sender {
            home,
            gateway,
            token,
            export,
        }
    }

    fn client(&self) -> &Client {
        &self.gateway.client
    }

    /// Asks for the bundle to be handed over, and waits for the end; gives the transfer's id, and what became of it.
    async fn handed(&self, input: Value) -> (String, Value) {
        let id = requested(self.client(), &self.token, self.input(input)).await;
        let job = ended(self.client(), &self.token, &id).await;
        (id, job)
    }

    /// With the export, and a key of its own where there is none.
    fn input(&self, mut input: Value) -> Value {
        input["export"] = self.export.as_str().into();
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = uuid::Uuid::now_v7().simple().to_string().into();
        }
        input
    }

    /// The bundle, as whoever may fetches it.
    async fn bundle(&self) -> Vec<u8> {
        let path = format!("/exports/{}/bundle", self.export);
        let answer = self.client().get_as(&self.token, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.body
    }
}

/// A gateway that hands bundles to that beginning of addresses.
async fn serve(home: &Home, target: &str, settings: &[&str]) -> Gateway {
    let settings = [&["--transfer-targets", target], settings].concat();
    Gateway::serve(home, &settings).await
}

/// The id of an export that is ready.
async fn ready(client: &Client, token: &str) -> String {
    let export = company::exported_for_others(client, token).await;
    wait_until("the bundle is ready", JOB, async || {
        company::export_state(client, token, &export).await.0 == "READY"
    })
    .await;
    export
}

/// A text stands in no row of the database, and in no line that the gateway has logged.
async fn is_nowhere(sender: &Sender, text: &str) {
    for row in sender.home.rows().await {
        for (column, bytes) in &row.cells {
            let holds = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!holds, "{}.{column} holds the secret", row.table);
        }
    }
    assert!(!sender.gateway.logged().contains(text), "it is logged");
}

/// No transfer holds a credential any more, not even sealed.
async fn is_forgotten(sender: &Sender) {
    let rows = sender.home.rows().await;
    let transfers: Vec<_> = rows.iter().filter(|row| row.table == "transfers").collect();
    assert!(!transfers.is_empty());
    for transfer in transfers {
        assert_eq!(transfer.cell("credential_sealed"), b"", "{transfer:?}");
    }
}

/// How often something is in the audit log.
async fn noted(home: &Home, action: &str) -> usize {
    let rows = home.rows().await;
    let events = rows.iter().filter(|row| row.table == "audit_events");
    events
        .filter(|row| row.cell("action") == action.as_bytes())
        .count()
}

fn words(job: &Value) -> (&str, &str) {
    let word = |field: &str| job[field].as_str().unwrap_or_default();
    (word("state"), word("errorCode"))
}

fn code(asked: &Value) -> (&str, &Value) {
    let error = &asked["userErrors"][0];
    (error["code"].as_str().unwrap_or_default(), &error["field"])
}

/// A field by itself.
fn at(field: &str) -> Value {
    json!([field])
}
