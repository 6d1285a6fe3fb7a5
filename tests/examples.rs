//! What people copy works: the queries answer without an error, the programs do what they say.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::tool::skipped;

const OWNER: &str = "owner@acme.example";

fn token(home: &Home) -> String {
    home.run(&["token", "--user", OWNER])
        .well()
        .stdout
        .trim()
        .to_owned()
}

#[tokio::test]
async fn every_example_query_answers_with_rows_of_the_demo() {
    let home = Home::embedded();
    company::demo(&home, 300).await;
    let gateway = Gateway::serve(&home, &["--demo"]).await;
    let token = token(&home);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/queries");
    let mut answered = 0;
    for entry in std::fs::read_dir(&folder).expect("there are queries") {
        let path = entry.expect("the folder can be read").path();
        let query = std::fs::read_to_string(&path).expect("a query is text");
        let answer = gateway.client.graphql(&token, &query, json!({})).await;
        let data = answer.data();
        let fields = data.as_object().expect("data is an object");
        assert!(
            fields.values().all(|value| !value.is_null()),
            "{}: {data}",
            path.display()
        );
        assert!(
            answer.json()["extensions"]["withheld"].is_null(),
            "{}",
            path.display()
        );
        answered += 1;
    }
    assert_eq!(answered, 10);
}

#[tokio::test]
async fn the_example_programs_carry_a_person_out_and_erase_that_person() {
    let (Some(portability), Some(erasure)) = (example("portability"), example("erasure")) else {
        return;
    };
    let home = Home::embedded();
    company::demo(&home, 300).await;
    let gateway = Gateway::serve(&home, &["--demo"]).await;
    let (url, token) = (gateway.client.url.as_str(), token(&home));
    let person = "ana@example.test";
    let bundle = home.folder().join("ana.zip");
    let bundle = bundle.to_str().expect("UTF-8");
    run(&portability, &[url, &token, bundle, person], true);
    let key = format!("{url}/.well-known/postern-signing-key.pem");
    home.run(&["verify", bundle, "--key", &key]).well();
    let planned = run(&erasure, &[url, &token, person], true);
    assert!(planned.contains("nothing was erased"), "{planned}");
    let erased = run(&erasure, &[url, &token, person, "yes"], true);
    assert!(erased.contains("the receipt is signed"), "{erased}");
    let again = run(&erasure, &[url, &token, person], false);
    assert!(again.contains("SUBJECT_NOT_FOUND"), "{again}");
    assert!(run(&portability, &[], false).contains("usage: "));
}

#[tokio::test]
async fn the_examples_for_many_erase_everybody_whom_a_file_names_and_go_on_when_they_were_stopped() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/erasures.sh");
    let programs = [
        ["bash", "curl", "jq"]
            .iter()
            .all(|tool| has(tool))
            .then_some(script),
        example("erasures"),
    ];
    let home = Home::embedded();
    company::demo(&home, 300).await;
    let gateway = Gateway::serve(&home, &["--demo"]).await;
    let (url, token) = (gateway.client.url.as_str(), token(&home));
    let query = "{ subscribers(first: 20) { nodes { email } } }";
    let data = gateway.client.graphql(&token, query, json!({})).await.data();
    let all = data["subscribers"]["nodes"].as_array().expect("subscribers");
    let mut all = all.iter().map(|node| node["email"].as_str().expect("an address"));
    for (number, program) in programs.into_iter().enumerate() {
        let Some(program) = program else { continue };
        let file = home.folder().join(format!("people-{number}.txt"));
        let named: Vec<&str> = all.by_ref().take(3).collect();
        let text = format!(
            "{}\n\n{}\r\nnobody@nowhere.example\n{}",
            named[0], named[1], named[2]
        );
        std::fs::write(&file, text).expect("a file");
        let name = file.to_str().expect("UTF-8");
        let planned = run_with(&program, &token, &[url, name], true);
        assert!(planned.contains("nothing was erased"), "{planned}");
        assert!(planned.contains("line 4: SUBJECT_NOT_FOUND"), "{planned}");
        // As if it had been stopped when one was planned: the others are planned again, and are the same.
        let state = format!("{name}.state");
        let noted = std::fs::read_to_string(&state).expect("a state");
        let first: Vec<&str> = noted.lines().take(2).collect();
        std::fs::write(&state, first.join("\n") + "\n").expect("a state");
        let erased = run_with(&program, &token, &[url, name, "yes"], true);
        assert!(erased.contains("3 DONE"), "{erased}");
        let after = std::fs::read_to_string(&state).expect("a state");
        assert!(
            noted.lines().all(|line| after.lines().any(|other| line == other)),
            "{noted}\n{after}"
        );
        for line in [1, 3, 5] {
            let receipt = format!("{name}.receipts/line-{line}.json");
            let key = format!("{url}/.well-known/postern-signing-key.pem");
            home.run(&["verify", &receipt, "--key", &key]).well();
        }
        assert!(named.iter().all(|address| !after.contains(address)));
        let again = run_with(&program, &token, &[url, name, "yes"], true);
        assert!(again.contains("3 DONE"), "{again}");
    }
}

/// A program of `examples/`, which a plain `cargo test` builds beside the tests.
fn example(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_BIN_EXE_postern"))
        .parent()
        .expect("a folder");
    let program = folder.join("examples").join(name);
    if !program.is_file() {
        skipped(&format!(
            "the example {name} is not built; a plain `cargo test` builds it"
        ));
        return None;
    }
    Some(program)
}

/// Whether a tool is at hand; said where it is not.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output();
    if found.is_ok() {
        return true;
    }
    skipped(&format!(
        "{tool} is not there, so examples/erasures.sh is not run"
    ));
    false
}

fn run(program: &Path, arguments: &[&str], well: bool) -> String {
    run_with(program, "", arguments, well)
}

fn run_with(program: &Path, token: &str, arguments: &[&str], well: bool) -> String {
    let said = Command::new(program)
        .env("TOKEN", token)
        .args(arguments)
        .output()
        .expect("the example runs");
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(said.status.success(), well, "{text}");
    text
}
