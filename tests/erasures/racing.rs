//! Erasures beside everybody who writes the same people meanwhile: imports, forms, dashboards and the platform itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::platform::Platform;
use super::policy;
use super::worked_out::{Person, World, people};
use crate::kill::jobs::{ask_erasure, ended};
use crate::kit::client::Client;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account, mentions, of_others};
use crate::kit::sending;

/// How many people are erased, half of them at one time.
const ERASED: usize = 6;

/// How many new people each import brings.
const NEW: usize = 300;

/// How long the writers write before the first is erased, so that all of them are at it.
const BEFORE: Duration = Duration::from_millis(500);

/// How long a writer rests; the platform writes ten rows each time.
const PAUSE: Duration = Duration::from_millis(20);

const UPDATE: &str = "mutation($input: UpdateSubscriberInput!) \
                      { updateSubscriber(input: $input) { subscriber { id } userErrors { code } } }";

const SUBSCRIBE: &str = "mutation($input: SubscribeInput!) \
                         { subscribe(input: $input) { confirmationToken userErrors { code } } }";

/// What the writers have done.
#[derive(Default)]
struct Written {
    stop: AtomicBool,
    updates: AtomicU64,
    /// Those that were refused are counted: the platform may have suppressed the address meanwhile.
    sign_ups: AtomicU64,
    rows: AtomicU64,
}

impl Written {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Ordering::Relaxed);
    }
}

/// Somebody who asks the gateway.
#[derive(Clone)]
struct Asker {
    client: Client,
    token: String,
}

impl Asker {
    async fn ask(&self, document: &str, variables: Value) -> Value {
        let answer = self.client.graphql(&self.token, document, variables).await;
        // Changes of the same rows in another order: the database ends one of them, and who asked may ask again.
        match answer.json()["errors"][0]["extensions"]["code"].as_str() {
            Some("DEPENDENCY_UNAVAILABLE") => Value::Null,
            _ => answer.data(),
        }
    }

    /// The ids of people, and that of a list that asks for no confirmation.
    async fn ids(&self, people: &[Person]) -> (Vec<String>, String) {
        let mut ids = Vec::new();
        for person in people {
            let query = "query($email: EmailAddress!) { subscribers(first: 1, filter: {email: {equals: $email}}) { nodes { id } } }";
            let found = self.ask(query, json!({ "email": person.email })).await;
            let id = found["subscribers"]["nodes"][0]["id"].as_str();
            ids.push(id.unwrap_or_else(|| panic!("{found}")).to_owned());
        }
        let lists = self
            .ask("{ lists(first: 100) { nodes { id optIn } } }", json!({}))
            .await;
        let lists = lists["lists"]["nodes"].as_array().expect("a list of lists");
        let single = lists.iter().find(|list| list["optIn"] == "SINGLE");
        let list = single.and_then(|list| list["id"].as_str());
        (ids, list.expect("there is one").to_owned())
    }

    /// Writes the address into the person's name, again and again.
    async fn keep_updating(self, people: Vec<(String, String)>, written: Arc<Written>) {
        while written.goes_on() {
            for (id, email) in &people {
                let input = json!({ "subscriber": id, "firstName": email, "lastName": "of the form" });
                let done = self.ask(UPDATE, json!({ "input": input })).await;
                let is_done = done["updateSubscriber"]["userErrors"] == json!([]);
                Written::add(&written.updates, is_done.into());
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Signs the people up for a list, again and again, by forms that they never saw.
    async fn keep_signing_up(self, list: String, people: Vec<(String, String)>, written: Arc<Written>) {
        while written.goes_on() {
            for (_, email) in &people {
                let input = json!({ "list": list, "email": email, "statement": format!("I am {email}") });
                self.ask(SUBSCRIBE, json!({ "input": input })).await;
                Written::add(&written.sign_ups, 1);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Erases people side by side.
    async fn erase_at_once(&self, people: &[(String, String)]) {
        let mut begun = Vec::new();
        for (number, (_, email)) in people.iter().enumerate() {
            let key = format!("racing-{number}-{}", Uuid::now_v7().simple());
            let id = ask_erasure(&self.client, &self.token, &key, email).await;
            begun.push(id.expect("the gateway lives"));
        }
        for id in &begun {
            let erasure = ended(&self.client, &self.token, id).await;
            let state = erasure["state"].as_str().unwrap_or_default();
            assert!(
                ["DONE", "PARTIAL", "RESIDUE_FOUND"].contains(&state),
                "{erasure:#}"
            );
        }
    }

    /// Imports a file with the people in it, and others, three times.
    async fn import(self, list: String, people: Vec<(String, String)>) {
        for turn in 0..3 {
            let mut file = sending::listmonk(&format!("turn{turn}.test"), NEW, 0);
            for (_, email) in &people {
                file.extend_from_slice(format!("{email},Imported {turn},{{}}\n").as_bytes());
            }
            let upload = sending::sent(&self.client, &self.token, file).await;
            let input = json!({ "upload": upload, "list": list, "fileName": "people.csv", "dryRun": false,
                                "idempotencyKey": format!("racing-{turn}") });
            let id = sending::requested(&self.client, &self.token, input).await;
            let import = sending::ended(&self.client, &self.token, &id).await;
            assert_eq!(import["state"], "DONE", "{import:#}");
        }
    }
}

/// The platform writes events and people, again and again.
async fn keep_writing(mut platform: Platform, people: Vec<(String, String)>, written: Arc<Written>) {
    while written.goes_on() {
        for (_, email) in &people {
            let rows = platform.run(platform.rows(email)).await;
            Written::add(&written.rows, rows);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// People whom nothing holds, all of whom are told apart by what follows from the seed.
fn drawn(rows: &[Row], seed: u64) -> Vec<Person> {
    let catalog = policy::built_in();
    let world = World::of(&catalog, rows);
    let mut people = people(rows, &account(rows, "Acme"));
    people.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    people.retain(|person| world.after(person).is_some());
    people.truncate(ERASED);
    assert_eq!(people.len(), ERASED);
    people
}

async fn races(home: &Home, seed: u64) {
    company::found(home, 40).await;
    let before = home.rows().await;
    let erased = drawn(&before, seed);
    let gateway = Gateway::serve(home, &["--rate-burst", "0", "--erasure-batch", "50"]).await;
    let owner = Asker {
        client: gateway.client.clone(),
        token: company::token(home, "owner@acme.test"),
    };
    let (ids, list) = owner.ids(&erased).await;
    let emails = erased
        .iter()
        .map(|person| String::from_utf8(person.normalized.clone()).expect("text"));
    let known: Vec<(String, String)> = ids.into_iter().zip(emails).collect();

    let written = Arc::new(Written::default());
    let platform = Platform::of(home).await;
    let writers = [
        tokio::spawn(keep_writing(platform, known.clone(), written.clone())),
        tokio::spawn(owner.clone().keep_updating(known.clone(), written.clone())),
        tokio::spawn(
            owner
                .clone()
                .keep_signing_up(list.clone(), known.clone(), written.clone()),
        ),
    ];
    let imports = owner.clone().import(list, known.clone());
    let erasures = async {
        tokio::time::sleep(BEFORE).await;
        for half in known.chunks(ERASED / 2) {
            owner.erase_at_once(half).await;
        }
    };
    tokio::join!(imports, erasures);
    written.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("a writer ends");
    }
    let done = [&written.updates, &written.sign_ups, &written.rows];
    let done = done.map(|count| count.load(Ordering::Relaxed));
    assert!(
        done[0] > 5 && done[1] > 5 && done[2] > 50,
        "seed {seed}: updates, sign-ups and rows: {done:?}"
    );
    assert_eq!(gateway.terminate().await.code(), Some(0));

    home.run(&["erase", "sweep", "--account", "Acme"]).well();
    let after = home.rows().await;
    for person in &erased {
        let left = mentions(&after, "Acme", &String::from_utf8_lossy(&person.normalized));
        assert!(left.is_empty(), "seed {seed}: {left:?}");
    }
    let mut erasures = after.iter().filter(|row| row.table == "erasures");
    // Whoever was given the data of some of them is still to be told.
    let is_over = |row: &Row| [&b"done"[..], b"partial"].contains(&row.cell("state"));
    assert_eq!(erasures.clone().count(), ERASED);
    assert!(erasures.all(is_over), "seed {seed}");
    assert!(
        of_others(&before, "Acme") == of_others(&after, "Acme"),
        "another account's rows changed"
    );
    let acme = account(&after, "Acme");
    let there = people(&after, &acme);
    let stays = |person: &&Person| !erased.iter().any(|gone| gone.id == person.id);
    for person in people(&before, &acme).iter().filter(stays) {
        assert!(
            there.iter().any(|other| other.id == person.id),
            "somebody else is gone"
        );
    }
    let imported = there.iter().filter(|person| person.email.contains("@turn"));
    assert_eq!(imported.count(), 3 * NEW, "an import lost somebody");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_of_those_whom_everybody_writes_while_they_are_erased_in_the_embedded_store() {
    races(&Home::embedded(), 21).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_of_those_whom_everybody_writes_while_they_are_erased_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        races(&home, 22).await;
    }
}
