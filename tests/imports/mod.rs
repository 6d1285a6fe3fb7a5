//! Files that are sent in and imported over HTTP: dry and in earnest, with what was rejected, for who asked and for nobody
//! else, on both stores.

mod bundles;
mod restrictions;
mod rights;

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::client::{Client, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::sending::{asked, count, ended, import, listmonk, rejects, requested, sent};
use crate::kit::socket::{Heard, Socket};

/// Rows that can be taken: some batches.
const PEOPLE: usize = 2_200;

/// Rows that cannot.
const BAD: usize = 4;

/// A gateway on an installation with two accounts.
struct Place {
    home: Home,
    gateway: Gateway,
    owner: String,
    stranger: String,
}

impl Place {
    async fn each() -> Vec<Place> {
        let mut places = Vec::new();
        for home in Home::each().await {
            company::found(&home, 20).await;
            let gateway = Gateway::serve(&home, &[]).await;
            places.push(Place {
                owner: company::token(&home, "owner@acme.test"),
                stranger: company::token(&home, "owner@globex.test"),
                home,
                gateway,
            });
        }
        places
    }

    fn client(&self) -> &Client {
        &self.gateway.client
    }

    async fn sent(&self, file: Vec<u8>) -> String {
        sent(self.client(), &self.owner, file).await
    }

    /// Asks as the owner, and waits for the end.
    async fn imported(&self, input: Value) -> (String, Value) {
        let id = requested(self.client(), &self.owner, input).await;
        let job = ended(self.client(), &self.owner, &id).await;
        (id, job)
    }

    /// How many subscribers the owner's account has with addresses of a domain.
    async fn people(&self, domain: &str) -> usize {
        let rows = self.home.rows().await;
        let is_one = |cell: &[u8]| String::from_utf8_lossy(cell).ends_with(domain);
        let people = rows.iter().filter(|row| row.table == "subscribers");
        people.filter(|row| is_one(row.cell("email_normalized"))).count()
    }

    /// Files of the depot in a folder of it.
    fn stored(&self, folder: &str) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let each = entries.map(|entry| match entry.path() {
                path if path.is_dir() => count(&path),
                _ => 1,
            });
            each.sum()
        }
        count(&self.home.data().join("bundles").join(folder))
    }
}

/// The five counts of an import, and all rows.
fn counts(job: &Value) -> [u64; 6] {
    [
        "rowsAdded",
        "rowsChanged",
        "rowsUnchanged",
        "rowsSuppressed",
        "rowsRejected",
        "rowsDone",
    ]
    .map(|field| count(job, field))
}

#[tokio::test]
async fn a_file_is_tried_dry_taken_in_and_gone_with_its_rejected_rows_at_hand() {
    for place in Place::each().await {
        let file = listmonk("story.test", PEOPLE, BAD);
        let (size, all) = (file.len(), PEOPLE + BAD);
        let upload = place.sent(file).await;
        let dry = json!({ "upload": upload, "fileName": "story.csv", "dryRun": true, "idempotencyKey": "story-dry" });
        let (id, job) = place.imported(dry).await;
        assert_eq!(
            (&job["state"], &job["format"]),
            (&json!("DONE"), &json!("LISTMONK")),
            "{job:#}"
        );
        assert_eq!(
            counts(&job),
            [PEOPLE, 0, 0, 0, BAD, all].map(|count| count as u64),
            "{job:#}"
        );
        let bytes = ["bytesExpected", "bytesDone"].map(|field| job[field].as_str().map(str::to_owned));
        assert_eq!(bytes, [Some(size.to_string()), Some(size.to_string())], "{job:#}");
        assert_eq!(place.people("story.test").await, 0, "a dry run writes nothing");
        let tried = rejects(place.client(), &place.owner, &id).await;
        assert_eq!(tried.status, 200, "{}", tried.text());

        let input = json!({ "upload": upload, "fileName": "story.csv", "dryRun": false, "idempotencyKey": "story-real" });
        is_nowhere_in_clear(&place, b"story.test");
        let id = requested(place.client(), &place.owner, input.clone()).await;
        let again = requested(place.client(), &place.owner, input.clone()).await;
        assert_eq!(id, again, "the same key is the same job");
        follow(&place, &id).await;
        let job = import(place.client(), &place.owner, &id).await;
        assert_eq!(job["state"], "DONE", "{job:#}");
        assert_eq!(
            counts(&job),
            [PEOPLE, 0, 0, 0, BAD, all].map(|count| count as u64),
            "{job:#}"
        );
        assert_eq!(job["list"]["name"], "story", "{job:#}");
        assert_eq!(place.people("story.test").await, PEOPLE);
        let kept = rejects(place.client(), &place.owner, &id).await;
        assert_eq!(kept.status, 200, "{}", kept.text());
        assert_eq!(kept.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(kept.body, tried.body, "a dry run rejects the same rows");
        let mut lines = csv::Reader::from_reader(kept.body.as_slice());
        let lines: Vec<csv::StringRecord> = lines.records().map(|line| line.expect("CSV")).collect();
        assert_eq!(lines.len(), BAD);
        assert_eq!(&lines[0][0], (PEOPLE + 2).to_string(), "{lines:?}");
        assert!(lines[0][4].starts_with("nobody-0-at-story.test"), "{lines:?}");
        // The upload is gone, and the same request is still the same job.
        assert_eq!(place.stored("uploads"), 0);
        assert_eq!(requested(place.client(), &place.owner, input.clone()).await, id);
        let mut other = input.clone();
        other["dryRun"] = true.into();
        let refused = asked(place.client(), &place.owner, other.clone()).await;
        assert_eq!(
            refused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED",
            "{refused}"
        );
        other["idempotencyKey"] = "story-third".into();
        let refused = asked(place.client(), &place.owner, other).await;
        assert_eq!(
            (
                &refused["userErrors"][0]["code"],
                &refused["userErrors"][0]["field"]
            ),
            (&json!("INVALID_ID"), &json!(["upload"])),
            "{refused}"
        );
        // The same file again, into the same list, says nothing new.
        let upload = place.sent(listmonk("story.test", PEOPLE, BAD)).await;
        let list = job["list"]["id"].clone();
        let (_, job) = place
            .imported(
                json!({ "upload": upload, "list": list, "dryRun": false, "idempotencyKey": "story-again" }),
            )
            .await;
        assert_eq!(
            counts(&job),
            [0, 0, PEOPLE, 0, BAD, all].map(|count| count as u64),
            "{job:#}"
        );
        erased_rejects(&place, &id).await;
    }
}

/// The upload and the rejected rows lie in the depot, where no file holds a text that stands in both.
fn is_nowhere_in_clear(place: &Place, text: &[u8]) {
    fn look(folder: &std::path::Path, text: &[u8]) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, text);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file of the depot can be read");
            let holds = bytes.windows(text.len()).any(|window| window == text);
            assert!(!holds, "{} is not encrypted", path.display());
        }
    }
    assert!(place.stored("uploads") > 0 && place.stored("imports") > 0);
    look(&place.home.data().join("bundles"), text);
}

/// Progress comes to its end, and never goes back.
async fn follow(place: &Place, id: &str) {
    const PROGRESS: &str =
        "subscription ($id: ID!) { jobProgress(id: $id) { ... on Import { state rowsDone } } }";
    let mut socket = Socket::open(place.client(), &place.owner).await;
    socket.begin("import", PROGRESS, json!({ "id": id })).await;
    let mut done = 0;
    loop {
        match socket.hear().await {
            (_, Heard::Next(answer)) => {
                let now = count(&answer["data"]["jobProgress"], "rowsDone");
                assert!(now >= done, "{answer}");
                done = now;
            }
            (_, Heard::Complete) => break,
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!(done as usize, PEOPLE + BAD);
}

/// Whoever is erased in the account takes all rejected rows along, since they may mention that one.
async fn erased_rejects(place: &Place, id: &str) {
    assert!(place.stored("imports") > 0);
    let plan = "mutation { planErasure(input: {subscriber: {email: \"p1@story.test\"}, idempotencyKey: \"story-gone\"}) \
                { erasure { id planHash } userErrors { code } } }";
    let planned = place.client().graphql(&place.owner, plan, json!({})).await.data();
    let erasure = &planned["planErasure"]["erasure"];
    let confirm = "mutation($id: ID!, $hash: String!) \
                   { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: \"story-gone\"}) \
                   { userErrors { code } } }";
    let variables = json!({ "id": erasure["id"], "hash": erasure["planHash"] });
    let confirmed = place
        .client()
        .graphql(&place.owner, confirm, variables)
        .await
        .data();
    assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]), "{planned}");
    let query = "query($id: ID!) { node(id: $id) { ... on Erasure { state } } }";
    wait_until("the erasure is done", Duration::from_secs(60), async || {
        let job = place
            .client()
            .graphql(&place.owner, query, json!({ "id": erasure["id"] }))
            .await
            .data();
        job["node"]["state"] == "DONE"
    })
    .await;
    let gone = rejects(place.client(), &place.owner, id).await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (410, "GONE"),
        "{}",
        gone.text()
    );
    assert_eq!(place.stored("imports"), 0);
}

#[tokio::test]
async fn a_csv_is_read_by_its_mapping_and_a_broken_mapping_or_file_is_told() {
    const MAPPING: &str = "source = \"shop\"\nlist = \"Shoppers\"\n[columns]\n\"mail\" = \"email\"\n";
    for place in Place::each().await {
        let upload = place
            .sent(b"mail\nana@mapped.test\nbo@mapped.test\n".to_vec())
            .await;
        let with = |mapping: &str, key: &str| json!({ "upload": upload, "mapping": mapping, "dryRun": false, "idempotencyKey": key });
        let refused = asked(place.client(), &place.owner, with("source = 1", "mapping-1")).await;
        assert_eq!(
            (
                &refused["userErrors"][0]["code"],
                &refused["userErrors"][0]["field"]
            ),
            (&json!("INVALID_FILE"), &json!(["mapping"])),
            "{refused}"
        );
        // Without a mapping it is no file that is known; that is found out when the job runs.
        let (id, job) = place
            .imported(json!({ "upload": upload, "dryRun": false, "idempotencyKey": "mapping-2" }))
            .await;
        assert_eq!(
            (&job["state"], &job["errorCode"]),
            (&json!("FAILED"), &json!("INVALID_FILE")),
            "{job:#}"
        );
        assert!(
            job["errorMessage"]
                .as_str()
                .is_some_and(|text| text.contains("mapping")),
            "{job:#}"
        );
        let nothing = rejects(place.client(), &place.owner, &id).await;
        assert_eq!(nothing.status, 404, "{}", nothing.text());
        let (_, job) = place.imported(with(MAPPING, "mapping-3")).await;
        assert_eq!(
            (
                &job["state"],
                &job["format"],
                &job["rowsAdded"],
                &job["list"]["name"]
            ),
            (&json!("DONE"), &json!("MAPPED"), &json!("2"), &json!("Shoppers")),
            "{job:#}"
        );
    }
}
