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

fn run(program: &Path, arguments: &[&str], well: bool) -> String {
    let said = Command::new(program)
        .args(arguments)
        .output()
        .expect("the example runs");
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(said.status.success(), well, "{text}");
    text
}
