//! A database that is older than the ledger of erasures: it is not served, no command touches its accounts, and after
//! `postern replay` nobody is back who was erased.

mod accounts;
mod backups;
mod users;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::kit::company;
use crate::kit::erasing;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

const SERVE: [&str; 4] = ["--listen", "127.0.0.1:0", "serve", "--json"];

/// Somebody who is in no made-up account.
const ANA: &str = "Ana.Replayed@example.test";

/// Erases a person by the command line; gives the erasure's id.
pub fn erase(home: &Home, email: &str) -> String {
    let (planned, _) = erasing::erase(home, &[], email);
    planned["erasure"].as_str().expect("an id").to_owned()
}

/// Takes in a file with one person; gives what was said of it.
fn import(home: &Home, email: &str) -> Value {
    let file = home.folder().join("people.csv");
    std::fs::write(&file, format!("email,name,attributes\n{email},Ana,{{}}\n")).expect("a file can be kept");
    let file = file.to_str().expect("UTF-8");
    let list = ["--account", "Acme", "--list", "Replayed", "--json"];
    home.run(&[&["import", file], &list[..]].concat()).well().json()
}

/// Subscribers of Acme whom Globex has, too.
fn shared(rows: &[Row]) -> Vec<String> {
    let of = |name: &str| -> BTreeSet<Vec<u8>> {
        let account = account(rows, name);
        let people = rows
            .iter()
            .filter(|row| row.table == "subscribers" && row.account() == Some(&account));
        people.map(|row| row.cell("email_normalized").to_vec()).collect()
    };
    let both = of("Acme")
        .intersection(&of("Globex"))
        .cloned()
        .collect::<Vec<_>>();
    both.into_iter()
        .map(|bytes| String::from_utf8(bytes).expect("text"))
        .collect()
}

/// Where an address stands in Acme's rows.
fn mentions(rows: &[Row], email: &str) -> BTreeSet<String> {
    let acme = account(rows, "Acme");
    rows.iter()
        .filter(|row| row.account() == Some(&acme))
        .flat_map(|row| {
            row.mentions(email)
                .into_iter()
                .map(|column| format!("{}.{column}", row.table))
        })
        .collect()
}

/// Everything but history that belongs to others than Acme.
fn of_others(rows: &[Row]) -> Vec<Row> {
    let acme = account(rows, "Acme");
    let others = rows
        .iter()
        .filter(|row| row.account() != Some(&acme) && !row.is_history());
    others.cloned().collect()
}

/// What became of each erasure.
fn outcomes(replayed: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let erasures = replayed["erasures"].as_array().expect("a list").iter();
    erasures
        .map(|one| (text(&one["erasure"]), text(&one["outcome"])))
        .collect()
}

async fn founded() -> Vec<Home> {
    let homes = Home::each().await;
    for home in &homes {
        company::found(home, 40).await;
    }
    homes
}

async fn call(client: &Client, token: &str, verb: &str, input: Value, selection: &str) -> Value {
    let of = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
    let query = format!(
        "mutation($input: {of}!) {{ {verb}(input: $input) {{ {selection} userErrors {{ code message }} }} }}"
    );
    let answer = client.graphql(token, &query, json!({ "input": input })).await;
    answer.data()[verb].take()
}

async fn sign_up(client: &Client, token: &str, email: &str) -> Value {
    let lists = "{ lists(first: 1, filter: {name: {equals: \"Replayed\"}}) { nodes { id } } }";
    let list = client.graphql(token, lists, json!({})).await.data()["lists"]["nodes"][0]["id"].take();
    let input = json!({ "list": list, "email": email });
    let selection = "confirmationToken subscriberProfile { id }";
    call(client, token, "subscribe", input, selection).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_not_served_until_its_erasures_are_repeated() {
    for home in founded().await {
        import(&home, ANA);
        // Somebody is given everybody's data, also of the one who came last.
        home.tamper(
            "UPDATE disclosures SET disclosed_at = (SELECT max(s.created_at) FROM subscribers AS s \
             WHERE s.account_id = disclosures.account_id) WHERE recipient = 'Example Hosting'",
        )
        .await;
        let person = shared(&home.rows().await).remove(0);
        let backup = home.back_up().await;
        let erasures = [erase(&home, &person), erase(&home, ANA)];
        home.restore(&backup).await;
        let before = home.rows().await;
        assert!(mentions(&before, &person).len() > 2 && mentions(&before, ANA).len() > 1);

        let file = home.folder().join("never.zip");
        let file = file.to_str().expect("UTF-8");
        let refused: [&[&str]; 6] = [
            &SERVE,
            &["export", "--account", "Acme", "--output", file, "--json"],
            &["erase", "plan", "--account", "Acme", "--email", &person, "--json"],
            &["erase", "sweep", "--json"],
            &["token", "--user", "owner@acme.test", "--json"],
            &["import", "people.csv", "--account", "Acme", "--json"],
        ];
        for command in refused {
            let said = home.run(command).with_code(1);
            assert_eq!(said.failure(), "REPLAY_NEEDED", "{command:?}");
            assert!(said.stderr.contains("2 erasures have"), "{}", said.stderr);
        }
        let dry = home.run(&["replay", "--dry-run", "--json"]).well().json();
        assert_eq!(outcomes(&dry).len(), 2, "{dry:#}");
        assert!(dry["wasOlder"] == json!(true) && home.rows().await == before);

        let replayed = home.run(&["replay", "--json"]).well().json();
        let expected = erasures.each_ref().map(|id| (id.clone(), "REPEATED".to_owned()));
        assert_eq!(outcomes(&replayed), expected, "{replayed:#}");
        let after = home.rows().await;
        for email in [&person, ANA] {
            assert_eq!(mentions(&after, email), BTreeSet::new());
        }
        assert!(
            of_others(&after) == of_others(&before),
            "another account's rows changed"
        );
        let again = home.run(&["replay", "--json"]).well().json();
        assert_eq!(outcomes(&again), []);
        assert!(home.rows().await == after, "a second replay changed something");
        receipt_says_replay(&home, &erasures[1]);
        erased_stay_away_and_come_by_themselves(&home).await;
    }
}

fn receipt_says_replay(home: &Home, erasure: &str) {
    let path = home.folder().join(format!("{erasure}.json"));
    let name = path.to_str().expect("UTF-8");
    let status = ["erase", "status", "--account", "Acme", "--erasure", erasure];
    home.run(&[&status[..], &["--receipt", name]].concat()).well();
    let receipt: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a receipt")).expect("JSON");
    assert_eq!(receipt["replay"], json!(true), "{receipt:#}");
    assert_eq!(receipt["number"], json!(3));
    assert_eq!(receipt["erasureId"], json!(erasure));
    assert!(
        receipt["finishedAt"].as_str() < receipt["replayedAt"].as_str(),
        "{receipt:#}"
    );
    assert_eq!(
        (&receipt["state"], &receipt["attestation"]),
        (&json!("PARTIAL"), &json!("L2"))
    );
    // A database of before knows of nobody that was told.
    let recipient = &receipt["recipients"][0];
    assert_eq!(
        (&recipient["recipient"], &recipient["state"]),
        (&json!("Example Hosting"), &json!("TO_TELL")),
        "{receipt:#}"
    );
    home.run(&["verify", name, "--unsigned-ok"]).well();
}

/// Nobody brings the person back while the fence stands; who is there by an own will is not erased by looking again.
async fn erased_stay_away_and_come_by_themselves(home: &Home) {
    let said = import(home, ANA);
    assert_eq!(
        (&said["suppressed"], &said["added"]),
        (&json!(1), &json!(0)),
        "{said:#}"
    );
    let gateway = Gateway::serve(home, &[]).await;
    let token = company::token(home, "owner@acme.test");
    home.tamper("UPDATE lists SET opt_in = 'single' WHERE name = 'Replayed'")
        .await;
    let refused = sign_up(&gateway.client, &token, ANA).await;
    assert_eq!(
        refused["userErrors"][0]["code"],
        json!("SUPPRESSED"),
        "{refused:#}"
    );
    home.tamper("UPDATE lists SET opt_in = 'double' WHERE name = 'Replayed'")
        .await;
    let asked = sign_up(&gateway.client, &token, ANA).await;
    assert_eq!(mentions(&home.rows().await, ANA), BTreeSet::new());
    let input = json!({ "token": asked["confirmationToken"], "textVersion": "2" });
    let selection = "subscriberProfile { status }";
    let confirmed = call(&gateway.client, &token, "confirmSubscription", input, selection).await;
    assert_eq!(
        confirmed["subscriberProfile"]["status"],
        json!("SUBSCRIBED"),
        "{confirmed:#}"
    );
    assert_eq!(gateway.terminate().await.code(), Some(0));
    let rows = home.rows().await;
    assert!(!mentions(&rows, ANA).is_empty());
    let looked = home
        .run(&["replay", "--from", "2020-01-01T00:00:00Z", "--json"])
        .well()
        .json();
    assert!(
        outcomes(&looked)
            .iter()
            .all(|(_, outcome)| outcome == "KNOWN_ALREADY"),
        "{looked:#}"
    );
    let after = home.rows().await;
    assert_eq!(mentions(&after, ANA), mentions(&rows, ANA));
    let is_standing = |row: &&Row| row.table == "suppression_tokens" && row.cell("lifted_at").is_empty();
    assert_eq!(
        after.iter().filter(is_standing).count(),
        1,
        "the lifted fence stays so"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_before_the_backup_is_not_repeated() {
    for home in founded().await {
        let people = shared(&home.rows().await);
        erase(&home, &people[0]);
        let backup = home.back_up().await;
        // What the database knows is as new as the ledger.
        home.restore(&backup).await;
        home.run(&["erase", "sweep"]).well();
        let second = erase(&home, &people[1]);
        home.restore(&backup).await;
        assert_eq!(home.run(&SERVE).with_code(1).failure(), "REPLAY_NEEDED");
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(
            outcomes(&replayed),
            [(second, "REPEATED".to_owned())],
            "{replayed:#}"
        );
        Gateway::serve(&home, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_under_another_id_or_not_at_all_is_erased_and_fenced() {
    for home in founded().await {
        let without = home.back_up().await;
        import(&home, ANA);
        let with_an_id_of_before = home.back_up().await;
        home.restore(&without).await;
        import(&home, ANA);
        let erasure = erase(&home, ANA);
        home.restore(&with_an_id_of_before).await;
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(
            outcomes(&replayed),
            [(erasure.clone(), "REPEATED".to_owned())],
            "{replayed:#}"
        );
        assert_eq!(mentions(&home.rows().await, ANA), BTreeSet::new());
        home.restore(&without).await;
        assert_eq!(home.run(&SERVE).with_code(1).failure(), "REPLAY_NEEDED");
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(
            outcomes(&replayed),
            [(erasure, "NOBODY_THERE".to_owned())],
            "{replayed:#}"
        );
        assert_eq!(import(&home, ANA)["suppressed"], json!(1));
        Gateway::serve(&home, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_had_ended_by_the_time_does_not_keep_a_restored_person() {
    for home in founded().await {
        import(&home, ANA);
        let held = format!(
            "UPDATE legal_holds SET released_at = NULL, reason = 'A claim.', subscriber_id = (SELECT id FROM subscribers WHERE email = '{ANA}') \
             WHERE account_id = (SELECT id FROM accounts WHERE name = 'Acme')"
        );
        home.tamper(held).await;
        let backup = home.back_up().await;
        home.tamper("UPDATE legal_holds SET subscriber_id = NULL").await;
        let erasure = erase(&home, ANA);
        home.restore(&backup).await;
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(
            outcomes(&replayed),
            [(erasure, "REPEATED".to_owned())],
            "{replayed:#}"
        );
        assert_eq!(mentions(&home.rows().await, ANA), BTreeSet::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_beside_an_old_ledger_has_nobody_to_forget() {
    let home = Home::embedded();
    company::found(&home, 20).await;
    let person = shared(&home.rows().await).remove(0);
    erase(&home, &person);
    for ending in ["", "-wal", "-shm"] {
        let file = format!("{}{ending}", home.data().join("postern.sqlite").display());
        let _ = std::fs::remove_file(file);
    }
    Gateway::serve(&home, &[]).await;
    let replayed = home.run(&["replay", "--json"]).well().json();
    assert_eq!(outcomes(&replayed), []);
    let from = ["replay", "--from", "2020-01-01T00:00:00Z", "--json"];
    let replayed = home.run(&from).well().json();
    assert_eq!(outcomes(&replayed)[0].1, "NO_ACCOUNT", "{replayed:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_ledger_is_in_another_depot_is_not_served() {
    for home in founded().await {
        let person = shared(&home.rows().await).remove(0);
        let elsewhere = home.folder().join("elsewhere");
        let depot = ["--depot", elsewhere.to_str().expect("UTF-8")];
        let there = |command: &[&str]| home.run(&[&depot[..], command].concat());
        // Nobody was erased yet, and so no ledger is needed.
        there(&["replay", "--json"]).well();
        erase(&home, &person);
        let refused: [&[&str]; 2] = [&SERVE, &["replay", "--json"]];
        for command in refused {
            let said = there(command).with_code(1);
            assert_eq!(said.failure(), "REPLAY_NEEDED", "{command:?}");
            assert!(said.stderr.contains("--depot"), "{}", said.stderr);
        }
        home.run(&["erase", "sweep"]).well();
        there(&["replay", "--dry-run", "--json"]).well();
        there(&["replay", "--despite-gap", "--json"]).well();
        there(&["replay", "--json"]).well();
        there(&["erase", "sweep"]).well();
    }
}
