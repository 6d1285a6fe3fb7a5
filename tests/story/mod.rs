//! The whole way once, on both stores, over HTTP and on the command line: people come in from other platforms' files,
//! are queried, carried out in a bundle that strangers check, and one of them is erased and stays away.

mod arrival;
mod bundle;
mod erasure;
mod rows;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::mailing_files::{MailingFile, listmonk_csv, mailchimp_zip};

/// How many others there are. Enough for every file of the bundle to have rows; the strangers take their time.
const SUBSCRIBERS: u64 = 150;

/// In both files, and a subscriber of both accounts of the demo before.
const ANA: &str = "ana@example.test";

/// How long a job may take; the machine may be busy.
const JOB: Duration = Duration::from_secs(120);

#[tokio::test]
async fn people_come_in_are_seen_are_carried_out_and_one_is_erased_for_good_on_the_embedded_store() {
    tell(Home::embedded()).await;
}

#[tokio::test]
async fn people_come_in_are_seen_are_carried_out_and_one_is_erased_for_good_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        tell(home).await;
    }
}

async fn tell(home: Home) {
    company::demo(&home, SUBSCRIBERS).await;
    let gateway = Gateway::serve(&home, &["--demo"]).await;
    let story = Story::begin(home, gateway).await;
    story.people_come_in().await;
    let person = story.they_are_seen().await;
    let export = story.they_are_carried_out().await;
    story.one_is_erased(&person, &export).await;
    story.they_come_again_and_she_stays_away().await;
}

struct Story {
    home: Home,
    gateway: Gateway,
    token: String,
    key: PathBuf,
    files: [MailingFile; 2],
}

impl Story {
    /// Signs in as Acme's owner, and fetches the key that strangers check with.
    async fn begin(home: Home, gateway: Gateway) -> Story {
        wait_until("the demo has named its users", JOB, async || {
            gateway.said().contains("# Ctrl-C")
        })
        .await;
        let token = sign_in(&gateway, "owner@acme.example").await;
        let key = home.folder().join("key.pem");
        let answer = gateway.client.get("/.well-known/postern-signing-key.pem").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        std::fs::write(&key, answer.body).expect("the key can be kept");
        let files = [mailchimp_zip(home.folder()), listmonk_csv(home.folder())];
        Story {
            home,
            gateway,
            token,
            key,
            files,
        }
    }

    async fn graphql(&self, query: &str, variables: Value) -> Value {
        self.gateway
            .client
            .graphql(&self.token, query, variables)
            .await
            .data()
    }

    fn verify(&self, file: &std::path::Path) {
        let (file, key) = (file.to_str().expect("UTF-8"), self.key.to_str().expect("UTF-8"));
        self.home.run(&["verify", file, "--key", key]).well();
        // Without the key nobody knows who signed, which is no yes.
        self.home.run(&["verify", file]).with_code(1);
        self.home.run(&["verify", file, "--unsigned-ok"]).well();
    }

    /// Asks until a job is in that state; fails at once when it ended in another.
    async fn wait_for(&self, query: &str, id: &str, state: &str) -> Value {
        let mut job = Value::Null;
        wait_until(state, JOB, async || {
            job = self.graphql(query, json!({ "id": id })).await["node"].take();
            let ended = ["FAILED", "CANCELED", "PARTIAL", "RESIDUE_FOUND", "REFUSED"];
            let is_bad = ended.iter().any(|bad| *bad != state && job["state"] == *bad);
            assert!(!is_bad, "{job:#}");
            job["state"] == state
        })
        .await;
        job
    }
}

/// Signs in with the password that the demo printed.
async fn sign_in(gateway: &Gateway, email: &str) -> String {
    let said = gateway.said();
    let line = said
        .lines()
        .find(|line| line.contains(email) && line.contains(" password "));
    let password = line.and_then(|line| line.rsplit(' ').next()).expect("a password");
    let query = "mutation($email: EmailAddress!, $password: String!) \
                 { signIn(input: {email: $email, password: $password}) { token userErrors { code } } }";
    let variables = json!({ "email": email, "password": password });
    let answer = gateway.client.graphql("", query, variables).await.data();
    text(&answer["signIn"]["token"])
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value:#}"))
        .to_owned()
}
