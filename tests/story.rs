//! The whole way once, on both stores, over HTTP and on the command line: people come in from other platforms' files,
//! are queried, carried out in a bundle that strangers check, and one of them is erased and stays away.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::client::{Client, wait_until};
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::judge::{judge_bundle, judge_signature};
use crate::kit::mailing_files::{MailingFile, listmonk_csv, mailchimp_zip};
use crate::kit::rows::Row;

/// In both files, and a subscriber of both accounts of the demo before.
const ANA: &str = "ana@example.test";

/// How long a job may take; the machine may be busy.
const JOB: Duration = Duration::from_secs(120);

/// Tables that tell what happened; they grow with every request.
const HISTORY: [&str; 5] = [
    "audit_events",
    "audit_seals",
    "exports",
    "erasures",
    "erasure_batches",
];

#[tokio::test]
async fn people_come_in_are_seen_are_carried_out_and_one_is_erased_for_good() {
    for home in Home::each().await {
        let gateway = Gateway::serve(&home, &["--demo", "--migrate"]).await;
        let story = Story::begin(home, gateway).await;
        story.people_come_in().await;
        let person = story.they_are_seen().await;
        let export = story.they_are_carried_out().await;
        story.one_is_erased(&person, &export).await;
        story.they_come_again_and_she_stays_away().await;
    }
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

    /// Imports one of the files; gives the report, after holding it against what is in the file.
    fn import(&self, file: &MailingFile) -> Value {
        let rejects = file.path.with_extension("rejects.csv");
        let path = |path: &PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
        let report = self
            .home
            .run(&[
                "import",
                &path(&file.path),
                "--account",
                "Acme",
                "--rejects",
                &path(&rejects),
                "--json",
            ])
            .well()
            .json();
        assert_eq!(report["read"], file.good + file.bad.len(), "{report:#}");
        assert_eq!(report["rejected"], file.bad.len(), "{report:#}");
        let taken = ["added", "changed", "unchanged", "suppressed"];
        assert_eq!(
            taken
                .iter()
                .filter_map(|word| report[*word].as_u64())
                .sum::<u64>(),
            file.good as u64,
            "{report:#}"
        );
        let mut reader = csv::Reader::from_path(&rejects).expect("there is a rejects file");
        let mut rejected: Vec<(String, u64)> = reader
            .records()
            .map(|record| record.expect("the rejects file is CSV"))
            .inspect(|record| assert!(!record[2].is_empty(), "a reason is missing: {record:?}"))
            // Whoever was erased is named in the file too, but counts as suppressed.
            .filter(|record| !record[2].contains("was erased at the person's request"))
            .map(|record| (record[1].to_owned(), record[0].parse().expect("a line number")))
            .collect();
        let mut expected = file.bad.clone();
        rejected.sort();
        expected.sort();
        assert_eq!(rejected, expected);
        report
    }

    /// The nasty files are imported: the good rows are taken, the bad ones named; again, and nothing changes.
    async fn people_come_in(&self) {
        for file in &self.files {
            let report = self.import(file);
            assert!(report["added"].as_u64() > Some(0), "{report:#}");
        }
        let after_once = data(self.home.rows().await);
        for file in &self.files {
            let report = self.import(file);
            assert_eq!(
                (&report["added"], &report["changed"]),
                (&json!(0), &json!(0)),
                "{report:#}"
            );
        }
        assert!(
            data(self.home.rows().await) == after_once,
            "the second import changed rows"
        );
    }

    /// An imported person answers with what the file said; gives the id of the one who will go.
    async fn they_are_seen(&self) -> String {
        let query = "query($email: EmailAddress!) { subscriber(email: $email) { id email deliveries { totalCount { value } }
                     profiles { nodes { list { name } status values { value field { label } } } } } }";
        let xia = self.graphql(query, json!({ "email": "XIA@example.test" })).await;
        let profiles = xia["subscriber"]["profiles"]["nodes"]
            .as_array()
            .expect("profiles");
        let values: Vec<&Value> = profiles
            .iter()
            .flat_map(|profile| profile["values"].as_array().expect("values"))
            .collect();
        let has = |field: &str, value: &str| {
            values.iter().any(|one| {
                one["value"] == value
                    && one["field"]["label"]
                        .as_str()
                        .is_some_and(|label| label.contains(field))
            })
        };
        assert!(has("city", "Köln") && has("orders", "3"), "{xia:#}");
        let ana = self.graphql(query, json!({ "email": ANA })).await;
        assert!(
            ana["subscriber"]["deliveries"]["totalCount"]["value"].as_u64() > Some(0),
            "{ana:#}"
        );
        let profiles = ana["subscriber"]["profiles"]["nodes"]
            .as_array()
            .expect("profiles");
        assert!(profiles.len() > 2, "{ana:#}");
        text(&ana["subscriber"]["id"])
    }

    /// The account's bundle is asked for, downloaded in two parts, and checked by strangers and by ourselves.
    async fn they_are_carried_out(&self) -> String {
        let asked = self
            .graphql(
                "mutation { requestExport(input: {idempotencyKey: \"story-export\"}) { export { id } userErrors { code } } }",
                json!({}),
            )
            .await;
        let id = text(&asked["requestExport"]["export"]["id"]);
        let query = "query($id: ID!) { node(id: $id) { ... on Export { state sha256 byteCount bundlePath errorCode } } }";
        let export = self.wait_for(query, &id, "READY").await;
        let path = text(&export["bundlePath"]);
        let bytes = download_in_two_parts(&self.gateway.client, &self.token, &path).await;
        assert_eq!(export["byteCount"], bytes.len().to_string());
        let bundle = self.home.folder().join("bundle.zip");
        std::fs::write(&bundle, bytes).expect("the bundle can be kept");
        judge_bundle(&bundle, &self.home.folder().join("bag"), &self.key);
        self.verify(&bundle);
        let listed = std::fs::read_to_string(self.home.folder().join("bag/data/csv/subscribers.csv"))
            .expect("the bundle has the subscribers");
        assert!(listed.contains("xia@example.test"));
        id
    }

    fn verify(&self, file: &std::path::Path) {
        let (file, key) = (file.to_str().expect("UTF-8"), self.key.to_str().expect("UTF-8"));
        self.home.run(&["verify", file, "--key", key]).well();
        // Without the key nobody knows who signed, which is no yes.
        self.home.run(&["verify", file]).with_code(1);
        self.home.run(&["verify", file, "--unsigned-ok"]).well();
    }

    /// The person is erased after plan and confirmation. The database itself says what that did.
    async fn one_is_erased(&self, person: &str, export: &str) {
        let before = self.home.rows().await;
        let (acme, globex) = (account(&before, "Acme"), account(&before, "Globex"));
        assert!(mentions(&before, &acme).len() > 3 && mentions(&before, &globex).len() > 3);
        let planned = self
            .graphql(
                "mutation($email: EmailAddress!) { planErasure(input: {subscriber: {email: $email}, idempotencyKey: \"story-plan\"}) \
                 { erasure { id planHash rowsPlanned } userErrors { code } } }",
                json!({ "email": ANA }),
            )
            .await;
        let erasure = &planned["planErasure"]["erasure"];
        let id = text(&erasure["id"]);
        let confirm = "mutation($id: ID!, $hash: String!, $key: String!) \
                       { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: $key}) \
                       { erasure { state } userErrors { code field } } }";
        let other = json!({ "id": id, "hash": "sha256:0000", "key": "story-other" });
        let refused = self.graphql(confirm, other).await;
        assert!(refused["confirmErasure"]["erasure"].is_null(), "{refused:#}");
        let hash = json!({ "id": id, "hash": erasure["planHash"], "key": "story-confirm" });
        let confirmed = self.graphql(confirm, hash).await;
        assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]));
        let query = "query($id: ID!) { node(id: $id) { ... on Erasure { state receipt errorCode } } }";
        let done = self.wait_for(query, &id, "DONE").await;
        let gone = "query($id: ID!, $email: EmailAddress!) { node(id: $id) { id } subscriber(email: $email) { id } }";
        let answer = self.graphql(gone, json!({ "id": person, "email": ANA })).await;
        assert_eq!(answer, json!({ "node": null, "subscriber": null }));
        self.the_receipt_holds(&id, &text(&done["receipt"]));
        self.the_old_bundle_is_gone(export).await;
        let after = self.home.rows().await;
        assert_eq!(mentions(&after, &acme), Vec::<String>::new());
        assert!(
            of(&after, &globex) == of(&before, &globex),
            "another account's rows changed"
        );
        assert_eq!(counters(&after, &acme), counters(&before, &acme));
    }

    /// The receipt is signed by us, says the deepest level for so small an account, and names nobody.
    fn the_receipt_holds(&self, erasure: &str, receipt: &str) {
        let path = self.home.folder().join("receipt.json");
        let name = path.to_str().expect("UTF-8");
        self.home
            .run(&[
                "erase",
                "status",
                "--account",
                "Acme",
                "--erasure",
                erasure,
                "--receipt",
                name,
            ])
            .well();
        let saved = std::fs::read_to_string(&path).expect("the receipt was saved");
        assert_eq!(saved, receipt, "GraphQL and the command line give one receipt");
        assert!(!receipt.contains(ANA), "{receipt}");
        let value: Value = serde_json::from_str(receipt).expect("a receipt is JSON");
        assert_eq!(
            (&value["state"], &value["attestation"]),
            (&json!("DONE"), &json!("L2")),
            "{value:#}"
        );
        judge_signature(&path, &self.home.folder().join("receipt.json.sig"), &self.key);
        self.verify(&path);
    }

    async fn the_old_bundle_is_gone(&self, export: &str) {
        let query = "query($id: ID!) { node(id: $id) { ... on Export { state } } }";
        let state = self.graphql(query, json!({ "id": export })).await;
        assert_eq!(state["node"]["state"], "STALE");
        let path = format!("/exports/{export}/bundle");
        let answer = self.gateway.client.get_as(&self.token, &path).await;
        assert_eq!((answer.status, answer.code().as_str()), (410, "GONE"));
    }

    /// The same files once more: the erased person is not made again, on any list.
    async fn they_come_again_and_she_stays_away(&self) {
        for file in &self.files {
            let report = self.import(file);
            assert!(report["suppressed"].as_u64() > Some(0), "{report:#}");
        }
        let rows = self.home.rows().await;
        assert_eq!(mentions(&rows, &account(&rows, "Acme")), Vec::<String>::new());
    }

    /// Asks until a job is in that state; fails at once when it ended in another.
    async fn wait_for(&self, query: &str, id: &str, state: &str) -> Value {
        let mut job = Value::Null;
        wait_until(state, JOB, async || {
            job = self.graphql(query, json!({ "id": id })).await["node"].take();
            let ended = ["FAILED", "CANCELED", "PARTIAL", "RESIDUE_FOUND", "REFUSED"];
            assert!(!ended.iter().any(|bad| job["state"] == *bad), "{job:#}");
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

/// Downloads the first third, then the rest as one who was cut off does.
async fn download_in_two_parts(client: &Client, token: &str, path: &str) -> Vec<u8> {
    let head = client.get_range(token, path, "bytes=0-0", None).await;
    assert_eq!(head.status, 206);
    let header = |answer: &crate::kit::client::Answer, name: &str| {
        let value = answer.headers.get(name).unwrap_or_else(|| panic!("no {name}"));
        value.to_str().expect("text").to_owned()
    };
    let size: usize = header(&head, "content-range")
        .rsplit('/')
        .next()
        .and_then(|size| size.parse().ok())
        .expect("a size");
    let etag = header(&head, "etag");
    let cut = size / 3;
    let first = client
        .get_range(token, path, &format!("bytes=0-{}", cut - 1), Some(&etag))
        .await;
    let second = client
        .get_range(token, path, &format!("bytes={cut}-"), Some(&etag))
        .await;
    assert_eq!((first.status, second.status), (206, 206));
    let whole = client.get_as(token, path).await;
    let joined = [first.body, second.body].concat();
    assert!(
        whole.status == 200 && whole.body == joined,
        "the parts are not the whole"
    );
    // Whose part is of another file gets the whole of this one.
    let other = client.get_range(token, path, "bytes=5-", Some("\"00\"")).await;
    assert!(other.status == 200 && other.body == joined);
    joined
}

/// The rows that are data, not history.
fn data(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter()
        .filter(|row| !HISTORY.contains(&row.table.as_str()))
        .collect()
}

/// The id of an account as its database writes it.
fn account(rows: &[Row], name: &str) -> Vec<u8> {
    let row = rows
        .iter()
        .find(|row| row.table == "accounts" && row.cell("name") == name.as_bytes());
    row.unwrap_or_else(|| panic!("no account {name}"))
        .cell("id")
        .to_vec()
}

fn of<'a>(rows: &'a [Row], account: &[u8]) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.account() == Some(account)).collect()
}

/// Where the person's address stands in an account's rows, or in those of nobody's account.
fn mentions(rows: &[Row], account: &[u8]) -> Vec<String> {
    let ours = rows
        .iter()
        .filter(|row| row.account().is_none_or(|of| of == account));
    ours.flat_map(|row| {
        let columns = row.mentions(ANA).into_iter();
        columns
            .map(|column| format!("{}.{column}", row.table))
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The counters of each campaign and link; some count.
fn counters(rows: &[Row], account: &[u8]) -> BTreeMap<Vec<u8>, Vec<(String, Vec<u8>)>> {
    let counters: BTreeMap<_, _> = of(rows, account)
        .into_iter()
        .filter(|row| row.table == "campaigns" || row.table == "campaign_links")
        .map(|row| {
            let counts = row.cells.iter().filter(|(name, _)| name.ends_with("_count"));
            (row.cell("id").to_vec(), counts.cloned().collect::<Vec<_>>())
        })
        .collect();
    assert!(counters.values().flatten().any(|(_, count)| count != b"0"));
    counters
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value:#}"))
        .to_owned()
}
