//! An account that is carried from one installation into another, by the real program: out as a bundle, in again, and out.

use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

/// A file in a home's folder.
fn file(home: &Home, name: &str) -> String {
    let path = home.folder().join(name);
    path.to_str().expect("a folder in UTF-8").to_owned()
}

/// The rows of each table, as the verification of a bundle counts them.
fn counts(home: &Home, bundle: &str) -> Value {
    let said = home
        .run(&["verify", bundle, "--unsigned-ok", "--json"])
        .well()
        .json();
    said["tables"].clone()
}

#[tokio::test]
async fn an_account_goes_from_one_installation_into_another() {
    let old = Home::embedded();
    company::found(&old, 40).await;
    let bundle = file(&old, "globex.zip");
    old.run(&["export", "--account", "Globex", "-o", &bundle]).well();
    let gateway = Gateway::serve(&old, &[]).await;
    let key = format!("{}/.well-known/postern-signing-key.pem", gateway.client.url);
    for new in Home::each().await {
        new.run(&["migrate"]).well();
        let import = [
            "import",
            &bundle,
            "--account",
            "Moved",
            "--new-account",
            "owner@globex.test",
            "--json",
        ];
        let refused = new.run(&import).with_code(1);
        assert_eq!(refused.failure(), "INVALID_FILE");
        assert!(refused.stderr.contains("SIGNER_UNTRUSTED"), "{}", refused.stderr);
        // What was refused left no account, so the same command goes well once it says whom to trust.
        let said = new.run(&[&import[..], &["--key", &key]].concat()).well().json();
        assert_eq!(said["rejected"], json!(0), "{said}");
        let secrets = said["toBeSetAgain"].as_array().expect("a list");
        assert!(!secrets.is_empty(), "{said}");
        let again = file(&new, "moved.zip");
        new.run(&["export", "--account", "Moved", "-o", &again]).well();
        let (mut before, mut after) = (counts(&old, &bundle), counts(&new, &again));
        for counted in [&mut before, &mut after] {
            let tables = counted.as_array_mut().expect("a list");
            // What stays behind, what is all of the installation's, and the export that is under way.
            let left = ["api_", "audit_", "exports", "imports", "transfers", "erasure"];
            tables.retain(|table| {
                let name = table["name"].as_str().unwrap_or_default();
                !left.iter().any(|start| name.starts_with(start))
            });
        }
        assert_eq!(before, after);
        let refused = new
            .run(&["import", &bundle, "--account", "Moved", "--key", &key, "--json"])
            .with_code(1);
        assert_eq!(refused.failure(), "INVALID_STATE", "it is not empty");
        let token = company::token(&new, "owner@globex.test");
        assert!(!token.is_empty(), "the owner is a member still");
    }
}

async fn upload(
    client: &Client,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (u16, Value) {
    let mut request = client.request(reqwest::Method::POST, "/uploads").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = client.send(request).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_file_is_sent_in_by_who_may_import_and_by_nobody_else() {
    for home in Home::each().await {
        company::found(&home, 10).await;
        let gateway = Gateway::serve(&home, &[]).await;
        let client = &gateway.client;
        let owner = company::token(&home, "owner@globex.test");
        let analyst = company::token(&home, "analyst@globex.test");
        let file = b"email\nana@example.test\n".to_vec();
        let digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
        let cases = [
            (None, vec![], file.clone(), 401, "UNAUTHENTICATED"),
            (Some(analyst.as_str()), vec![], file.clone(), 403, "FORBIDDEN"),
            (
                Some(owner.as_str()),
                vec![("content-digest", digest)],
                file.clone(),
                400,
                "BAD_REQUEST",
            ),
            (
                Some(owner.as_str()),
                vec![("content-digest", digest)],
                vec![],
                201,
                "",
            ),
            (Some(owner.as_str()), vec![], vec![7; 3 << 20], 201, ""),
        ];
        for (token, headers, body, status, code) in cases {
            let size = body.len();
            let (given, said) = upload(client, token, &headers, body).await;
            let found = said["errors"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or_default();
            assert_eq!((given, found), (status, code), "{said}");
            if status == 201 {
                assert_eq!(said["size"], json!(size));
                assert!(said["id"].is_string() && said["expiresAt"].is_string(), "{said}");
            }
        }
    }
}
