//! The demo keeps its word: the commands that it prints are run unchanged, to a query answer, verified bundles and a
//! verified receipt.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::tool::tool;

/// How long all that the demo prints may take after the build; an unoptimised one, beside other tests, is slower.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 480 } else { 120 });

#[tokio::test]
async fn what_the_demo_prints_runs_as_it_stands() {
    let (Some(sh), Some(_)) = (tool("sh"), tool("curl")) else {
        return;
    };
    let home = Home::embedded();
    let started = Instant::now();
    let gateway = Gateway::serve(&home, &["--demo"]).await;
    wait_until("the demo has said all", TIME, async || {
        gateway.said().contains("# Ctrl-C")
    })
    .await;
    let said = gateway.said();
    let script = &said[said.find("\n# ").expect("the demo prints commands")..];
    let folder = home.folder().join("in a folder");
    std::fs::create_dir(&folder).expect("a folder");
    let ran = Command::new(sh)
        .args(["-euc", script])
        .current_dir(&folder)
        .output()
        .expect("the shell can be run");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(
        ran.status.success(),
        "{script}\n--- said\n{stdout}\n--- and\n{stderr}"
    );
    assert!(
        stdout.contains(r#""subscribedCount":"#),
        "no query was answered\n{stdout}"
    );
    let verified = stdout.matches("intact, signed by the key").count();
    assert_eq!(
        verified, 3,
        "two bundles and a receipt are to be verified\n{stdout}\n{stderr}"
    );
    for file in ["account.zip", "person.zip", "receipt.json", "receipt.json.sig"] {
        assert!(folder.join(file).is_file(), "{file} was not made\n{stdout}");
    }
    assert!(started.elapsed() < TIME, "it took {:?}", started.elapsed());
}

#[tokio::test]
async fn the_same_users_exist_at_every_start_and_a_store_that_is_no_demo_is_refused() {
    let home = Home::embedded();
    company::demo(&home, 100).await;
    let first = Gateway::serve(&home, &["--demo"]).await;
    let users = |said: &str| {
        said.lines()
            .filter(|line| line.contains(" password "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let known = users(&first.said());
    assert_eq!(known.len(), 7, "{known:?}");
    first.terminate().await;
    let second = Gateway::serve(&home, &["--demo"]).await;
    assert_eq!(users(&second.said()), known);
    let owner = known
        .iter()
        .find(|line| line.contains("owner@acme.example"))
        .expect("Acme has an owner");
    let password = owner.rsplit(' ').next().expect("a password");
    let query = "mutation($email: EmailAddress!, $password: String!) \
                 { signIn(input: {email: $email, password: $password}) { token userErrors { code } } }";
    let variables = json!({ "email": "owner@acme.example", "password": password });
    let signed_in = second.client.graphql("", query, variables).await.data();
    let token = signed_in["signIn"]["token"].as_str().expect("a token").to_owned();
    let answer = second
        .client
        .graphql(&token, "{ viewer { account { name } } }", json!({}))
        .await;
    assert_eq!(answer.data()["viewer"]["account"]["name"], "Acme");
    let other = Home::embedded();
    Gateway::serve(&other, &[]).await.terminate().await;
    let refused = other
        .run(&["--listen", "127.0.0.1:0", "serve", "--demo", "--json"])
        .with_code(1);
    assert_eq!(refused.failure(), "INVALID_STATE");
}
