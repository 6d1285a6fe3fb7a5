//! Answers compared with graphql-js's, for the same schema, data and documents (ruling 18). What graphql-js answers is
//! kept in `answers.jsonl`; `UPDATE=1` asks it again, which needs Node and `npm install` in `tests/`.

mod inputs;
mod statements;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::reads::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

/// Has graphql-js answer the documents, and keeps what it says.
fn ask_graphql_js(inputs: &Value) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential.json");
    fs::write(&path, inputs.to_string()).unwrap();
    let output = Command::new("node")
        .current_dir(folder())
        .arg("run.mjs")
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(folder().join("answers.jsonl"), output.stdout).unwrap();
}

fn kept() -> Vec<Value> {
    let text = fs::read_to_string(folder().join("answers.jsonl")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests, not a setting"
)]
fn is_update() -> bool {
    std::env::var("UPDATE").as_deref() == Ok("1")
}

#[tokio::test]
async fn answers_are_those_of_graphql_js() {
    let world = World::new().await;
    let inputs = inputs::of(&world).await;
    if is_update() {
        ask_graphql_js(&inputs);
    }
    let kept = kept();
    let digest = kept.first().map(|first| &first["inputs"]);
    assert_eq!(
        digest,
        Some(&inputs["digest"]),
        "the documents changed: run with UPDATE=1"
    );
    assert_eq!(kept.len(), inputs["documents"].as_array().unwrap().len() + 1);
    let mut differences = Vec::new();
    let mut refused = 0;
    for (document, theirs) in inputs["documents"].as_array().unwrap().iter().zip(&kept[1..]) {
        assert_eq!(document["name"], theirs["name"]);
        let ours = answer(&world, document).await;
        refused += usize::from(theirs["refused"] == true);
        // As text, because the order of fields counts, too.
        let (ours, theirs) = (ours.to_string(), theirs.to_string());
        if ours != theirs {
            differences.push(format!(
                "{}\n  ours:   {ours}\n  theirs: {theirs}",
                document["name"]
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(
        refused >= 20 && kept.len() - refused >= 60,
        "{refused} of {} are refused by both",
        kept.len()
    );
}

#[tokio::test]
async fn no_document_sends_more_statements_than_it_asks_questions() {
    let world = World::new().await;
    let inputs = inputs::of(&world).await;
    let mut counted = 0;
    let mut excess = Vec::new();
    for document in inputs["documents"].as_array().unwrap() {
        let before = world.database.statements();
        let answered = answer(&world, document).await;
        let sent = world.database.statements() - before;
        let query = document["query"].as_str().unwrap();
        let allowed = match answered.get("data") {
            // What is refused is refused before anything is read.
            None => 0,
            Some(_) => statements::allowed(query, document["operation"].as_str())
                .unwrap_or_else(|| panic!("{} is answered and cannot be parsed", document["name"])),
        };
        counted += sent;
        if sent > allowed {
            excess.push(format!("{}: {sent} statements, not {allowed}", document["name"]));
        }
    }
    assert!(excess.is_empty(), "{}", excess.join("\n"));
    assert!(counted > 100, "only {counted} statements were sent");
}

async fn answer(world: &World, document: &Value) -> Value {
    let query = document["query"].as_str().unwrap();
    let operation = document["operation"].as_str();
    let answer = world
        .ask_operation("owner", query, document["variables"].clone(), operation)
        .await;
    let name = &document["name"];
    match answer.get("data") {
        None => json!({"name": name, "refused": true}),
        Some(data) => {
            let errors: Vec<&Value> = answer["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|error| &error["path"])
                .collect();
            json!({"name": name, "data": data, "errors": errors})
        }
    }
}
