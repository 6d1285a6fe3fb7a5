//! Carries data out: asks for a bundle, waits until it is ready, downloads it (again and again from where it was cut
//! off), and checks that what arrived is what the gateway made.
//!
//! Knows Postern over HTTP alone, so that it can be copied into a program of your own.
#![expect(clippy::print_stdout, reason = "a program that people run")]

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USAGE: &str = "usage: portability URL TOKEN FILE [EMAIL]

Saves the bundle of the token's account, or of the one subscriber with that address, in FILE. Example:
  portability http://127.0.0.1:8080 \"$TOKEN\" ana.zip ana@example.test";

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, token, file, email) = match arguments.as_slice() {
        [url, token, file] => (url, token, file, None),
        [url, token, file, email] => (url, token, file, Some(email)),
        _ => return Err(USAGE.into()),
    };
    // Says which cryptography TLS uses; a client cannot be made without it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let gateway = Gateway {
        url: url.trim_end_matches('/').to_owned(),
        token: token.clone(),
        client: Client::new(),
    };
    let export = gateway.ask(email.map(String::as_str)).await?;
    println!("asked for export {export}");
    let ready = gateway.wait(&export).await?;
    let path = ready["bundlePath"].as_str().ok_or("the export has no bundle")?;
    let mut saved = Vec::new();
    for (number, sha256) in (1..).zip(sums(&ready)?) {
        let bytes = gateway.download(&format!("{path}/{number}")).await?;
        let mut sum = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(sum, "{byte:02x}")?;
        }
        if sha256 != sum {
            return Err("what arrived is not what the gateway made; download it again".into());
        }
        let place = match number {
            1 => file.clone(),
            _ => format!("{}.{number}.zip", file.trim_end_matches(".zip")),
        };
        std::fs::write(&place, &bytes)?;
        println!("saved {} bytes in {place}, sha256 {sum}", bytes.len());
        saved.push(place);
    }
    let saved = saved.join(" ");
    println!("check who signed it: postern verify {saved} --key {url}/.well-known/postern-signing-key.pem");
    Ok(())
}

/// The SHA-256 of each file of the bundle. Mostly there is one; `volumes` lists those of a large bundle.
fn sums(ready: &Value) -> Outcome<Vec<String>> {
    let Some(volumes) = ready["volumes"].as_str() else {
        return Ok(vec![
            ready["sha256"]
                .as_str()
                .ok_or("the bundle has no sum")?
                .to_owned(),
        ]);
    };
    let volumes: Vec<Value> = serde_json::from_str(volumes)?;
    let sums = volumes
        .iter()
        .map(|volume| volume["sha256"].as_str().map(str::to_owned));
    sums.collect::<Option<_>>()
        .ok_or_else(|| "a file of the bundle has no sum".into())
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

    /// Asks for the bundle; gives the id of the job.
    async fn ask(&self, email: Option<&str>) -> Outcome<String> {
        let query = "mutation($input: RequestExportInput!) {
            requestExport(input: $input) { export { id } userErrors { code message } }
        }";
        // The key makes asking twice safe. A program that may be started again keeps it.
        let key = format!("portability-{}", std::process::id());
        let mut input = json!({ "idempotencyKey": key });
        if let Some(email) = email {
            input["scope"] = json!({ "subscriber": { "email": email } });
            input["bundle"] = json!("PORTABILITY");
        }
        let data = self.graphql(query, json!({ "input": input })).await?;
        let payload = &data["requestExport"];
        let id = payload["export"]["id"].as_str();
        Ok(id.ok_or_else(|| payload["userErrors"].to_string())?.to_owned())
    }

    /// Waits until the bundle is ready.
    async fn wait(&self, export: &str) -> Outcome<Value> {
        let query = "query($id: ID!) {
            node(id: $id) { ... on Export { state rowsDone rowsExpected sha256 volumes bundlePath errorCode } }
        }";
        loop {
            let job = self.graphql(query, json!({ "id": export })).await?["node"].take();
            match job["state"].as_str() {
                Some("READY") => return Ok(job),
                Some("QUEUED" | "RUNNING") => tokio::time::sleep(Duration::from_millis(500)).await,
                _ => return Err(format!("the export ended: {job}").into()),
            }
        }
    }

    /// Downloads the bundle. What was cut off goes on where it stopped, as long as it is the same file.
    async fn download(&self, path: &str) -> Outcome<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        let mut etag = None;
        for _ in 0..10 {
            let mut request = self
                .client
                .get(format!("{}{path}", self.url))
                .bearer_auth(&self.token);
            if let Some(etag) = &etag {
                request = request
                    .header("range", format!("bytes={}-", bytes.len()))
                    .header("if-range", etag);
            }
            let mut response = request.send().await?.error_for_status()?;
            if response.status() != StatusCode::PARTIAL_CONTENT {
                bytes.clear();
            }
            etag = response.headers().get("etag").cloned();
            loop {
                match response.chunk().await {
                    Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                    Ok(None) => return Ok(bytes),
                    Err(_) => break,
                }
            }
        }
        Err("the connection was cut off ten times".into())
    }
}
