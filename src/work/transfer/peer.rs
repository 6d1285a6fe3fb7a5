//! Handing a bundle to another Postern: the file is sent to its uploads, and the import asked for, as any client does it.
//!
//! However often the transfer is begun anew, the import there is one: the upload is noted before it is asked for, and what it
//! is asked for with follows from the transfer alone.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use super::follow::Follow;
use super::send::{answer, request, send, text};
use crate::cell::Kind;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::queue;
use crate::work::export::download::Bundle;

const IMPORT: &str = "mutation ($input: RequestImportInput!) { requestImport(input: $input) \
                      { import { id } userErrors { code } } }";

/// The longest id that another gateway may give, in bytes.
const LONGEST: usize = 200;

/// Refusals of another gateway that may pass by themselves, or when somebody there has mended what is wrong.
const PASSING: [Code; 4] = [
    Code::RateLimited,
    Code::Timeout,
    Code::DependencyUnavailable,
    Code::PolicyDrift,
];

/// What the other gateway says to a request for an import.
enum Said {
    /// The import.
    Import(String),
    /// The code of a refusal.
    No(String),
}

/// Another Postern.
pub(super) struct Peer<'a> {
    pub(super) follow: &'a Follow<'a>,
    pub(super) client: &'a Client,
    /// Its address.
    pub(super) base: Url,
    pub(super) credential: Option<&'a str>,
}

impl Peer<'_> {
    /// Sends the bundle, unless that was done before, and asks for the import; gives its id there.
    pub(super) async fn hand_over(&self, bundle: Bundle) -> Result<String> {
        let filename = bundle.filename.clone();
        if let Some(upload) = self.known_upload().await? {
            match self.ask(&upload, &filename).await? {
                Said::Import(import) => return Ok(import),
                // It was never asked for, and its time is over.
                Said::No(code) if code == Code::InvalidId.as_str() => {}
                Said::No(code) => return Err(says_no(&code)),
            }
        }
        let upload = self.upload(bundle).await?;
        match self.ask(&upload, &filename).await? {
            Said::Import(import) => Ok(import),
            Said::No(code) => Err(says_no(&code)),
        }
    }

    /// What an earlier attempt has sent.
    async fn known_upload(&self) -> Result<Option<String>> {
        let claim = self.follow.claim;
        let database = &self.follow.installation.database;
        let columns = [("receiver_upload", Kind::Text)];
        let row = queue::read(database, claim.queue, claim.account, claim.id, &columns).await?;
        Ok(row.and_then(|row| row[0].as_text().map(str::to_owned)))
    }

    async fn upload(&self, bundle: Bundle) -> Result<String> {
        let request = request(self.client, Method::POST, self.at("uploads"), self.credential)?;
        let response = send(self.follow, request, bundle).await?;
        reach(FailPoint::TransferSent);
        let said: Option<Value> = serde_json::from_str(&text(self.follow, response).await?).ok();
        let upload = said
            .as_ref()
            .and_then(|said| id(&said["id"]))
            .ok_or_else(no_postern)?;
        self.follow
            .note(vec![("receiver_upload", upload.as_str().into())])
            .await?;
        reach(FailPoint::TransferUploaded);
        Ok(upload)
    }

    async fn ask(&self, upload: &str, filename: &str) -> Result<Said> {
        let input = json!({
            "upload": upload,
            "fileName": filename,
            "dryRun": false,
            "idempotencyKey": format!("transfer-{}", self.follow.claim.id.simple()),
        });
        let body = json!({ "query": IMPORT, "variables": { "input": input } }).to_string();
        let request = request(self.client, Method::POST, self.at("graphql"), self.credential)?
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        let response = answer(self.follow, request).await?;
        let said = text(self.follow, response).await?;
        let said = read(&said).ok_or_else(no_postern)?;
        if matches!(said, Said::Import(_)) {
            reach(FailPoint::TransferAsked);
        }
        Ok(said)
    }

    /// A path below the address, which may have one itself.
    fn at(&self, name: &str) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}/{name}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

/// Reads the answer to [`IMPORT`]; `None`: it is none.
fn read(text: &str) -> Option<Said> {
    let said: Value = serde_json::from_str(text).ok()?;
    let asked = &said["data"]["requestImport"];
    if let Some(import) = id(&asked["import"]["id"]) {
        return Some(Said::Import(import));
    }
    let code = &asked["userErrors"][0]["code"];
    let code = code
        .as_str()
        .or_else(|| said["errors"][0]["extensions"]["code"].as_str())?;
    // A stranger's text: only what a code can be is repeated.
    let is_code = (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    is_code.then(|| Said::No(code.to_owned()))
}

/// An id as gateways give them.
fn id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// What a refusal means. Those that may pass are a fault, after which the transfer is tried again.
fn says_no(code: &str) -> Error {
    if PASSING.iter().any(|passing| passing.as_str() == code) {
        return Fault::ReceiverUnavailable(format!("the other Postern answers with {code}")).into();
    }
    let message = format!("the other Postern has the file, and refuses to import it: {code}");
    Refusal::new(Code::ReceiverRefused, message).into()
}

fn no_postern() -> Refusal {
    let message = "the receiver does not answer as a Postern does; is the target the address of one?";
    Refusal::new(Code::ReceiverRefused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_an_import_or_a_code_and_else_none() {
        let of = |text: &str| match read(text) {
            Some(Said::Import(import)) => format!("import {import}"),
            Some(Said::No(code)) => code,
            None => "none".to_owned(),
        };
        for (text, expected) in [
            (
                r#"{"data":{"requestImport":{"import":{"id":"abc"},"userErrors":[]}}}"#,
                "import abc",
            ),
            (
                r#"{"data":{"requestImport":{"import":null,"userErrors":[{"code":"FORBIDDEN"}]}}}"#,
                "FORBIDDEN",
            ),
            (
                r#"{"errors":[{"extensions":{"code":"RATE_LIMITED"}}]}"#,
                "RATE_LIMITED",
            ),
            (r#"{"errors":[{"extensions":{"code":"<b>no</b>"}}]}"#, "none"),
            (r#"{"data":{"requestImport":{"import":{"id":"a b"}}}}"#, "none"),
            ("<html>", "none"),
            ("[]", "none"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_that_may_pass_is_waited_for_and_every_other_is_one() {
        for (said, code) in [
            ("RATE_LIMITED", Code::ReceiverUnreachable),
            ("TIMEOUT", Code::ReceiverUnreachable),
            ("DEPENDENCY_UNAVAILABLE", Code::ReceiverUnreachable),
            ("POLICY_DRIFT", Code::ReceiverUnreachable),
            ("FORBIDDEN", Code::ReceiverRefused),
            ("INVALID_ID", Code::ReceiverRefused),
        ] {
            let error = says_no(said);
            assert_eq!(error.code(), code, "{said}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
