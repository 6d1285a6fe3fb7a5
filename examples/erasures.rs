//! Erases everybody whom a file names, an address on each line: plans them, shows what would happen, and with `yes` confirms
//! those very plans, waits, and saves each signed receipt. Stopped and run again, it goes on.
//!
//! Knows Postern over HTTP alone, so that it can be copied into a program of your own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that people run"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a token is no argument, which others could read"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use data_encoding::BASE64;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const USAGE: &str = "usage: TOKEN=… erasures URL PEOPLE [yes]

Notes how far it is in PEOPLE.state, without addresses, and saves receipts in PEOPLE.receipts/. Example:
  TOKEN=$(postern token --user owner@acme.example) erasures http://127.0.0.1:8080 people.txt yes";

/// How many erasures are asked for at one time.
const PAGE: usize = 100;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, people, sure) = match arguments.as_slice() {
        [url, people] => (url, people, false),
        [url, people, yes] if yes == "yes" => (url, people, true),
        _ => return Err(USAGE.into()),
    };
    // Says which cryptography TLS uses; a client cannot be made without it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let gateway = Gateway {
        url: url.trim_end_matches('/').to_owned(),
        token: std::env::var("TOKEN").map_err(|_| USAGE)?,
        client: Client::new(),
    };
    let mut notes = Notes::open(format!("{people}.state").into())?;
    plan(&gateway, people, &mut notes).await?;
    notes.show();
    if !sure {
        println!("nothing was erased; say yes to do it");
        return Ok(());
    }
    confirm(&gateway, &mut notes).await?;
    let receipts = PathBuf::from(format!("{people}.receipts"));
    std::fs::create_dir_all(&receipts)?;
    wait(&gateway, &receipts, &mut notes).await?;
    notes.show();
    println!("the receipts are in {}", receipts.display());
    // Who is not there needs nothing.
    // Whoever is PARTIAL is gone, and those who were given the data are still to be told.
    let well = ["DONE", "PARTIAL", "SUBJECT_NOT_FOUND"];
    let is_well = |note: &Value| well.iter().any(|state| note["state"] == *state);
    match notes.by_line.values().all(is_well) {
        true => Ok(()),
        false => Err("not everybody is erased".into()),
    }
}

/// Plans everybody who is not planned yet. Nothing is changed by it.
async fn plan(gateway: &Gateway, people: &str, notes: &mut Notes) -> Outcome<()> {
    let query = "mutation($input: PlanErasureInput!) { planErasure(input: $input) {
        erasure { id planHash rowsPlanned } warnings { code count } userErrors { code } } }";
    for (line, address) in (1_u64..).zip(BufReader::new(File::open(people)?).lines()) {
        let address = address?;
        if address.trim().is_empty() || notes.by_line.contains_key(&line) {
            continue;
        }
        let key = format!("plan-{}-{line}", notes.run);
        let input = json!({ "subscriber": { "email": address.trim() }, "idempotencyKey": key });
        let answer = gateway.graphql(query, json!({ "input": input })).await?;
        let answer = &answer["planErasure"];
        let plan = &answer["erasure"];
        notes.note(match plan.is_null() {
            true => json!({ "line": line, "state": answer["userErrors"][0]["code"] }),
            false => json!({
                "line": line, "state": "PLANNED", "erasure": plan["id"], "planHash": plan["planHash"],
                "rows": plan["rowsPlanned"], "warnings": answer["warnings"],
            }),
        })?;
        progress("planned", notes.by_line.len());
    }
    Ok(())
}

/// Agrees to those plans and no others. From here on there is no way back.
async fn confirm(gateway: &Gateway, notes: &mut Notes) -> Outcome<()> {
    let query = "mutation($input: ConfirmErasureInput!) { confirmErasure(input: $input) {
        erasure { state } userErrors { code } } }";
    for (done, mut note) in (1..).zip(notes.of("PLANNED")) {
        let key = format!("confirm-{}-{}", notes.run, note["line"]);
        let input =
            json!({ "erasure": note["erasure"], "planHash": note["planHash"], "idempotencyKey": key });
        let answer = gateway.graphql(query, json!({ "input": input })).await?;
        let answer = &answer["confirmErasure"];
        note["state"] = match answer["erasure"].is_null() {
            true => answer["userErrors"][0]["code"].clone(),
            false => "CONFIRMED".into(),
        };
        notes.note(note)?;
        progress("confirmed", done);
    }
    Ok(())
}

/// Waits until all have ended; each leaves its receipt.
async fn wait(gateway: &Gateway, receipts: &std::path::Path, notes: &mut Notes) -> Outcome<()> {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Erasure { id state errorCode } } }";
    let all = notes.of("CONFIRMED").len();
    loop {
        let waiting = notes.of("CONFIRMED");
        progress("ended", all - waiting.len());
        if waiting.is_empty() {
            return Ok(());
        }
        for page in waiting.chunks(PAGE) {
            let ids: Vec<&Value> = page.iter().map(|note| &note["erasure"]).collect();
            let answer = gateway.graphql(query, json!({ "ids": ids })).await?;
            for (note, job) in page.iter().zip(answer["nodes"].as_array().into_iter().flatten()) {
                let Some(state) = job["state"].as_str() else {
                    return Err("an erasure is not there".into());
                };
                if ["CONFIRMED", "FENCED", "RUNNING", "PAUSED", "VERIFYING"].contains(&state) {
                    continue;
                }
                save(gateway, receipts, note).await?;
                let mut note = note.clone();
                note["state"] = state.into();
                note["errorCode"] = job["errorCode"].clone();
                notes.note(note)?;
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Saves the receipt of an erasure, and its signature beside it, for `postern verify`.
async fn save(gateway: &Gateway, receipts: &std::path::Path, note: &Value) -> Outcome<()> {
    let query = "query($id: ID!) { node(id: $id) { ... on Erasure { receipt receiptSignature } } }";
    let answer = gateway.graphql(query, json!({ "id": note["erasure"] })).await?;
    let job = &answer["node"];
    if let (Some(receipt), Some(signature)) = (job["receipt"].as_str(), job["receiptSignature"].as_str()) {
        let name = receipts.join(format!("line-{}.json", note["line"]));
        std::fs::write(
            name.with_extension("json.sig"),
            BASE64.decode(signature.as_bytes())?,
        )?;
        std::fs::write(name, receipt)?;
    }
    Ok(())
}

fn progress(word: &str, count: usize) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{word} {count} ");
    }
}

struct Gateway {
    url: String,
    token: String,
    client: Client,
}

impl Gateway {
    /// Runs a GraphQL document; gives its data. Waits where the gateway says that it is too much.
    async fn graphql(&self, query: &str, variables: Value) -> Outcome<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        loop {
            let request = self.client.post(format!("{}/graphql", self.url));
            let request = request
                .bearer_auth(&self.token)
                .header("content-type", "application/json");
            let answer = request.body(body.clone()).send().await?;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                let after = answer.headers().get("retry-after");
                let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(1))).await;
                continue;
            }
            let mut answer: Value = serde_json::from_str(&answer.text().await?)?;
            return match answer.get("errors") {
                Some(errors) => Err(errors.to_string().into()),
                None => Ok(answer["data"].take()),
            };
        }
    }
}

/// What is known of each line: a file that is only added to, of which the newest note of a line counts.
struct Notes {
    file: File,
    /// A name for this file of people, by which the gateway knows that asking again is asking once.
    run: String,
    by_line: BTreeMap<u64, Value>,
}

impl Notes {
    fn open(path: PathBuf) -> Outcome<Notes> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)?;
        let (mut run, mut by_line) = (None, BTreeMap::new());
        for note in BufReader::new(&file).lines() {
            // The last may be half a line, where the machine stopped.
            let Ok(note) = serde_json::from_str::<Value>(&note?) else {
                continue;
            };
            match note["line"].as_u64() {
                Some(line) => drop(by_line.insert(line, note)),
                None => run = note["run"].as_str().map(str::to_owned).or(run),
            }
        }
        let is_broken = std::fs::read(&path)?.last().is_some_and(|last| *last != b'\n');
        let is_new = run.is_none();
        let run = run.unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
        let mut notes = Notes { file, run, by_line };
        if is_broken {
            writeln!(notes.file)?;
        }
        if is_new {
            let run = json!({ "run": notes.run });
            writeln!(notes.file, "{run}")?;
        }
        Ok(notes)
    }

    fn note(&mut self, note: Value) -> Outcome<()> {
        writeln!(self.file, "{note}")?;
        self.by_line.insert(note["line"].as_u64().unwrap_or(0), note);
        Ok(())
    }

    /// Those that stand there.
    fn of(&self, state: &str) -> Vec<Value> {
        let notes = self.by_line.values();
        notes.filter(|note| note["state"] == state).cloned().collect()
    }

    /// How many stand where, and who needs a look.
    fn show(&self) {
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for (line, note) in &self.by_line {
            let state = note["state"].as_str().unwrap_or_default();
            *states.entry(state).or_default() += 1;
            if note["erasure"].is_null() {
                println!("line {line}: {state}");
            }
        }
        for (state, count) in states {
            println!("{count} {state}");
        }
    }
}
