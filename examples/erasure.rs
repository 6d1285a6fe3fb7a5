//! Erases a person: plans it, shows what would happen, confirms that very plan, waits, and checks the signed receipt.
//!
//! Knows Postern over HTTP alone, so that it can be copied into a program of your own.
#![expect(clippy::print_stdout, reason = "a program that people run")]

use std::error::Error;
use std::time::Duration;

use data_encoding::BASE64;
use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use reqwest::Client;
use serde_json::{Value, json};

const USAGE: &str = "usage: erasure URL TOKEN EMAIL [yes]

Shows what the erasure of the subscriber with that address would do; with `yes`, does it. Example:
  erasure http://127.0.0.1:8080 \"$TOKEN\" ana@example.test yes";

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, token, email, sure) = match arguments.as_slice() {
        [url, token, email] => (url, token, email, false),
        [url, token, email, yes] if yes == "yes" => (url, token, email, true),
        _ => return Err(USAGE.into()),
    };
    // Says which cryptography TLS uses; a client cannot be made without it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let gateway = Gateway {
        url: url.trim_end_matches('/').to_owned(),
        token: token.clone(),
        client: Client::new(),
    };
    let plan = gateway.plan(email).await?;
    println!("plan {}: {} rows", plan["planHash"], plan["rowsPlanned"]);
    if !sure {
        println!("nothing was erased; say yes to do it");
        return Ok(());
    }
    let id = plan["id"].as_str().ok_or("the plan has no id")?;
    gateway.confirm(id, &plan["planHash"]).await?;
    let done = gateway.wait(id).await?;
    let receipt = done["receipt"].as_str().ok_or("the erasure has no receipt")?;
    let signature = done["receiptSignature"]
        .as_str()
        .ok_or("the receipt is not signed")?;
    let key = gateway.check(receipt, signature).await?;
    println!(
        "{}",
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(receipt)?)?
    );
    println!("the receipt is signed by the gateway's key {key}");
    Ok(())
}

struct Gateway {
    url: String,
    token: String,
    client: Client,
}

impl Gateway {
    /// Runs a GraphQL document; gives its data.
    async fn graphql(&self, query: &str, variables: Value) -> Outcome<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.client.post(format!("{}/graphql", self.url));
        let request = request
            .bearer_auth(&self.token)
            .header("content-type", "application/json");
        let text = request.body(body).send().await?.text().await?;
        let mut answer: Value = serde_json::from_str(&text)?;
        match answer.get("errors") {
            Some(errors) => Err(errors.to_string().into()),
            None => Ok(answer["data"].take()),
        }
    }

    /// Plans the erasure. Nothing is changed yet.
    async fn plan(&self, email: &str) -> Outcome<Value> {
        let query = "mutation($input: PlanErasureInput!) {
            planErasure(input: $input) { erasure { id planHash rowsPlanned } userErrors { code message } }
        }";
        let input = json!({ "subscriber": { "email": email }, "idempotencyKey": key("plan") });
        let data = self.graphql(query, json!({ "input": input })).await?;
        job(&data["planErasure"])
    }

    /// Agrees to that plan and no other. From here on there is no way back.
    async fn confirm(&self, erasure: &str, plan_hash: &Value) -> Outcome<Value> {
        let query = "mutation($input: ConfirmErasureInput!) {
            confirmErasure(input: $input) { erasure { id state } userErrors { code message } }
        }";
        let input = json!({ "erasure": erasure, "planHash": plan_hash, "idempotencyKey": key("confirm") });
        let data = self.graphql(query, json!({ "input": input })).await?;
        job(&data["confirmErasure"])
    }

    /// Waits until the person is gone, and the gateway has looked whether that is so.
    async fn wait(&self, erasure: &str) -> Outcome<Value> {
        let query = "query($id: ID!) {
            node(id: $id) { ... on Erasure { state rowsDone rowsPlanned receipt receiptSignature errorCode } }
        }";
        loop {
            let job = self.graphql(query, json!({ "id": erasure })).await?["node"].take();
            match job["state"].as_str() {
                // PARTIAL: somebody who was given the data has still to confirm (`reportErasureRecipient`).
                Some("DONE" | "PARTIAL") => return Ok(job),
                Some("CONFIRMED" | "FENCED" | "RUNNING" | "PAUSED" | "VERIFYING") => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                _ => return Err(format!("the erasure ended: {job}").into()),
            }
        }
    }

    /// Checks the receipt with the gateway's public keys, past ones with them; gives the id of the one that signed it.
    async fn check(&self, receipt: &str, signature: &str) -> Outcome<Value> {
        let signature = Signature::from_slice(&BASE64.decode(signature.as_bytes())?)?;
        let url = format!("{}/.well-known/postern-signing-key.pem", self.url);
        let published = self
            .client
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let end = "-----END PUBLIC KEY-----";
        let is_signed = published
            .split_inclusive(end)
            .filter_map(|part| part.find("-----BEGIN").map(|at| &part[at..]))
            .filter_map(|pem| VerifyingKey::from_public_key_pem(pem).ok())
            .any(|key| key.verify_strict(receipt.as_bytes(), &signature).is_ok());
        if !is_signed {
            return Err("no key of the gateway signed this receipt".into());
        }
        Ok(serde_json::from_str::<Value>(receipt)?["keyId"].take())
    }
}

/// Makes asking twice safe. A program that may be started again keeps its keys.
fn key(step: &str) -> String {
    format!("erasure-{step}-{}", std::process::id())
}

/// The job of a payload, or why there is none.
fn job(payload: &Value) -> Outcome<Value> {
    if payload["erasure"].is_null() {
        return Err(payload["userErrors"].to_string().into());
    }
    Ok(payload["erasure"].clone())
}
