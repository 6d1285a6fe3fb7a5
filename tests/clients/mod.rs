//! Programs of other people as clients of the real gateway: what they take for GraphQL over HTTP, for
//! `graphql-transport-ws`, for a good schema, and for a schema to make a typed client from.
//!
//! They need Node and, in `tests/`, `npm install`; `package.json` there says which versions.

mod generated;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::tool::{skipped, tool};

/// Node, and the packages that the tests need; `None`, said loudly, where they are not there.
struct Node {
    program: PathBuf,
}

impl Node {
    fn find() -> Option<Node> {
        let program = tool("node")?;
        if !tests().join("node_modules/graphql-ws").is_dir() {
            skipped("the packages are not there; run npm install in tests/");
            return None;
        }
        Some(Node { program })
    }

    /// Runs a program in a folder; gives what it said on stdout, after it ended well.
    fn run(&self, folder: &Path, program: &Path, arguments: &[&str]) -> String {
        let output = Command::new(&self.program)
            .current_dir(folder)
            .arg(program)
            .args(arguments)
            .output()
            .expect("node can be run");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{} {arguments:?}\n{stdout}\n{}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        stdout
    }

    /// Runs a script beside this file; gives the JSON that it printed.
    fn script(&self, name: &str, arguments: &[&str]) -> Value {
        let said = self.run(&root(), &tests().join("clients").join(name), arguments);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}\n{said}"))
    }

    /// Runs a program of a package in a folder.
    fn tool(&self, folder: &Path, path: &str, arguments: &[&str]) -> String {
        self.run(folder, &tests().join("node_modules").join(path), arguments)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn tests() -> PathBuf {
    root().join("tests")
}

/// A gateway with some data, and the token of somebody who may do everything in an account.
struct Served {
    /// Kept for as long as the gateway needs it.
    _home: Home,
    gateway: Gateway,
    token: String,
}

impl Served {
    async fn start() -> Served {
        let home = Home::embedded();
        company::found(&home, 20).await;
        let gateway = Gateway::serve(&home, &[]).await;
        let token = company::token(&home, "owner@acme.test");
        Served {
            _home: home,
            gateway,
            token,
        }
    }

    fn url(&self) -> String {
        format!("{}/graphql", self.gateway.client.url)
    }

    fn socket(&self) -> String {
        format!("ws://{}/graphql/ws", self.gateway.client.address())
    }
}

#[tokio::test]
async fn the_audits_of_graphql_over_http_are_passed_whole() {
    let Some(node) = Node::find() else { return };
    let served = Served::start().await;
    let audits = node.script("audits.mjs", &[&served.url(), &served.token]);
    let audits = audits.as_array().expect("a list of audits");
    assert!(audits.len() > 60, "only {} audits were run", audits.len());
    let failed: Vec<&Value> = audits.iter().filter(|audit| audit["status"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn graphql_ws_follows_an_export_to_its_end() {
    let Some(node) = Node::find() else { return };
    let served = Served::start().await;
    let said = node.script("follow.mjs", &[&served.socket(), &served.token]);
    assert_eq!(
        said["viewer"]["data"]["viewer"]["account"]["name"], "Acme",
        "{said:#}"
    );
    assert!(
        said["refused"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED",
        "{said:#}"
    );
    let states: Vec<&str> = said["states"]
        .as_array()
        .expect("states")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(states.last(), Some(&"READY"), "{said:#}");
    assert!(["QUEUED", "RUNNING", "READY"].contains(&states[0]), "{said:#}");
}

#[tokio::test]
async fn a_client_that_misbehaves_is_told_by_the_code_that_graphql_ws_knows() {
    let Some(node) = Node::find() else { return };
    let served = Served::start().await;
    let said = node.script("misbehave.mjs", &[&served.socket(), &served.token]);
    let cases = said.as_object().expect("a code for each case");
    assert!(cases.len() >= 10, "{said:#}");
    for (case, outcome) in cases {
        assert_eq!(outcome["code"], outcome["expected"], "{case}: {said:#}");
        let reason = outcome["reason"].as_str().unwrap_or_default();
        assert!((1..=123).contains(&reason.len()), "{case}: {said:#}");
    }
}

#[test]
fn nobody_finds_fault_with_the_schema() {
    let Some(node) = Node::find() else { return };
    let said = node.tool(
        &root(),
        "eslint/bin/eslint.js",
        &[
            "--config",
            "tests/clients/eslint.config.mjs",
            "--max-warnings",
            "0",
            "schema/gateway.graphql",
        ],
    );
    assert_eq!(said.trim(), "");
    let summary = node.script("validate.mjs", &["schema/gateway.graphql"]);
    assert!(summary["types"].as_u64() > Some(100), "{summary}");
    assert_eq!(summary["errors"], serde_json::json!([]));
}
