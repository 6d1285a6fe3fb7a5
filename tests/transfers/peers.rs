//! A whole account goes from one Postern to another, which takes in what is signed by whom it trusts, and nothing else.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{CREDENTIAL, Sender, is_forgotten, is_nowhere, serve, words};
use crate::kit::client::Client;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::handing::{ended, requested};
use crate::kit::home::Home;
use crate::kit::sending;
use crate::kit::socket::{Heard, Socket};

const PROGRESS: &str =
    "subscription ($id: ID!) { jobProgress(id: $id) { ... on Transfer { state bytesDone } } }";

/// An installation with an account that has nobody, and the token of its owner.
async fn with_an_empty_account(home: &Home) -> String {
    company::found(home, 5).await;
    let empty = home.folder().join("nobody.csv");
    std::fs::write(&empty, "email,name,attributes\n").expect("a file can be kept");
    let file = empty.to_str().expect("UTF-8");
    let new = [
        "import",
        file,
        "--account",
        "Moved",
        "--new-account",
        "mover@moved.test",
    ];
    home.run(&new).well();
    // The import has made a list, which an empty account has not.
    home.tamper("DELETE FROM lists WHERE account_id = (SELECT id FROM accounts WHERE name = 'Moved')")
        .await;
    company::token(home, "mover@moved.test")
}

/// Keeps the key that a gateway publishes.
async fn published(client: &Client, home: &Home) -> PathBuf {
    let pem = client.get("/.well-known/postern-signing-key.pem").await;
    let path = home.folder().join("their-key.pem");
    std::fs::write(&path, &pem.body).expect("a key can be kept");
    path
}

/// The rows of each table of a bundle, but for what stays behind, and for what the installation and the account have anyway.
fn counts(home: &Home, bundle: &[u8], name: &str) -> Value {
    let path = home.folder().join(name);
    std::fs::write(&path, bundle).expect("a bundle can be kept");
    let file = path.to_str().expect("UTF-8");
    let said = home
        .run(&["verify", file, "--unsigned-ok", "--json"])
        .well()
        .json();
    let mut tables = said["tables"].clone();
    let left = [
        "api_",
        "audit_",
        "exports",
        "imports",
        "erasure",
        "transfers",
        "user",
        "grant",
        "group_",
        "invit",
        "account",
        "plans",
    ];
    tables.as_array_mut().expect("a list").retain(|table| {
        let name = table["name"].as_str().unwrap_or_default();
        !left.iter().any(|start| name.starts_with(start))
    });
    tables
}

#[tokio::test]
async fn an_account_goes_to_another_postern_that_trusts_the_sender_and_to_no_other() {
    for receiving in Home::each().await {
        let mover = with_an_empty_account(&receiving).await;
        let receiver = Gateway::serve(&receiving, &[]).await;
        let sender = Sender::to(Home::embedded(), &receiver.client.url, &[]).await;
        let key = published(sender.client(), &receiving).await;
        let bundle = sender.bundle().await;
        let input = |gateway: &Gateway| json!({ "target": gateway.client.url, "protocol": "POSTERN", "credential": mover });

        // Nobody trusts the sender yet: the file is taken, and no row of it.
        let (_, job) = sender.handed(input(&receiver)).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        let import = job["receiverImport"].as_str().expect("an import").to_owned();
        let there = sending::ended(&receiver.client, &mover, &import).await;
        assert_eq!(words(&there), ("FAILED", "INVALID_FILE"), "{there:#}");
        let query = "{ subscribers { totalCount { value } } lists { totalCount { value } } }";
        let nothing = receiver.client.graphql(&mover, query, json!({})).await.data();
        for rows in ["subscribers", "lists"] {
            let count = nothing[rows]["totalCount"]["value"].to_string();
            assert_eq!(count.trim_matches('"'), "0", "{nothing}");
        }

        // A credential that is none is refused by the receiver.
        let mut wrong = input(&receiver);
        wrong["credential"] = CREDENTIAL.into();
        let (_, job) = sender.handed(wrong).await;
        assert_eq!(words(&job), ("FAILED", "RECEIVER_REFUSED"), "{job:#}");
        assert_eq!(job["receiverStatus"], 401, "{job:#}");

        receiver.terminate().await;
        let trusting = ["--trusted-keys", key.to_str().expect("UTF-8")];
        let receiver = Gateway::serve(&receiving, &trusting).await;
        let Sender {
            home,
            gateway,
            token,
            export,
        } = sender;
        gateway.terminate().await;
        let gateway = serve(&home, &receiver.client.url, &[]).await;
        let sender = Sender {
            home,
            gateway,
            token,
            export,
        };
        let id = requested(sender.client(), &sender.token, sender.input(input(&receiver))).await;
        follow(&sender, &id).await;
        let job = ended(sender.client(), &sender.token, &id).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        assert_eq!(job["bytesDone"], json!(bundle.len().to_string()), "{job:#}");
        let import = job["receiverImport"].as_str().expect("an import");
        let there = sending::ended(&receiver.client, &mover, import).await;
        assert_eq!(words(&there), ("DONE", ""), "{there:#}");
        assert_eq!(there["format"], "BUNDLE", "{there:#}");

        let export = super::ready(&receiver.client, &mover).await;
        let again = receiver
            .client
            .get_as(&mover, &format!("/exports/{export}/bundle"))
            .await;
        assert_eq!(
            counts(&receiving, &bundle, "sent.zip"),
            counts(&receiving, &again.body, "again.zip"),
            "the account is not the one that was sent"
        );
        is_nowhere(&sender, &mover).await;
        is_forgotten(&sender).await;
    }
}

/// Is told of the transfer until it is over.
async fn follow(sender: &Sender, id: &str) {
    let mut socket = Socket::open(sender.client(), &sender.token).await;
    socket.begin("transfer", PROGRESS, json!({ "id": id })).await;
    let mut state = String::new();
    loop {
        match socket.hear().await {
            (_, Heard::Next(answer)) => {
                let now = &answer["data"]["jobProgress"]["state"];
                state = now.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
            }
            (_, Heard::Complete) => break,
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!(state, "DONE");
}
