//! Those who were given a person's data are told that it is erased, and no erasure is DONE before they have confirmed.

use serde_json::{Value, json};

use crate::kit::company;
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// Longer than the policy's `recipient_days`.
const LATER: &str = "2031-01-01T00:00:00Z";

const OF_ACME: &str = "account_id = (SELECT id FROM accounts WHERE name = 'Acme')";

/// Addresses of Acme's people, in the order of their ids.
fn people(rows: &[Row]) -> Vec<String> {
    let acme = account(rows, "Acme");
    let ours = rows
        .iter()
        .filter(|row| row.table == "subscribers" && row.account() == Some(&acme[..]));
    let mut people: Vec<_> = ours.map(|row| (row.id(), row.cell("email"))).collect();
    people.sort_unstable();
    people
        .iter()
        .map(|(_, email)| String::from_utf8_lossy(email).into_owned())
        .collect()
}

/// A vendor was given the data of everybody with one disclosure after they came, and one person's by name: it is one recipient.
async fn give_away(home: &Home, person: &str) {
    let quoted = person.replace('\'', "''");
    let copy = |id: &str, subscriber: &str, at: &str| {
        format!(
            "INSERT INTO disclosures (account_id, id, recipient, recipient_kind, subscriber_id, data_categories, purpose, \
             legal_basis, is_sale, disclosed_at) SELECT d.account_id, {id}, 'Acme Analytics', 'partner', {subscriber}, \
             d.data_categories, d.purpose, d.legal_basis, d.is_sale, {at} FROM disclosures AS d JOIN subscribers AS s \
             ON s.account_id = d.account_id AND s.email = '{quoted}' WHERE d.recipient = 'Example Hosting' AND d.{OF_ACME}"
        )
    };
    home.tamper(format!(
        "DELETE FROM disclosures WHERE subscriber_id IS NOT NULL AND {OF_ACME}"
    ))
    .await;
    home.tamper(copy("s.id", "s.id", "s.created_at")).await;
    // The id of something else will do.
    home.tamper(copy("s.account_id", "NULL", "s.created_at")).await;
}

fn erase_command(home: &Home, command: &str, rest: &[&str]) -> Value {
    let start = ["--json", "erase", command, "--account", "Acme"];
    home.run(&[&start[..], rest].concat()).well().json()
}

fn words(recipients: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let recipients = recipients["recipients"].as_array().expect("recipients");
    recipients
        .iter()
        .map(|one| (text(&one["recipient"]), text(&one["state"])))
        .collect()
}

#[tokio::test]
async fn failure_16_a_vendor_that_does_not_answer_is_skipped_and_the_erasure_called_done() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let person = people(&home.rows().await).remove(0);
        give_away(&home, &person).await;
        let (_, ended) = erase(&home, &[], &person);
        assert_eq!(ended["state"], "PARTIAL", "{ended:#}");
        let id = ended["erasure"].as_str().expect("an id");
        let one = |state: &str| vec![("Acme Analytics".to_owned(), state.to_owned())];
        let listed = erase_command(&home, "recipients", &["--erasure", id]);
        assert_eq!(
            words(&listed),
            one("TO_TELL"),
            "once, however often it was given data"
        );
        let receipt = &erase_command(&home, "status", &["--erasure", id])["receipt"];
        assert_eq!(
            (&receipt["number"], &receipt["state"], words(receipt)),
            (&json!(1), &json!("PARTIAL"), one("TO_TELL"))
        );

        let vendor = listed["recipients"][0]["id"].as_str().expect("an id");
        let report = ["--recipient", vendor, "--state"];
        erase_command(&home, "report", &[&report[..], &["told"]].concat());
        assert_eq!(
            erase_command(&home, "status", &["--erasure", id])["state"],
            "PARTIAL",
            "told is not confirmed"
        );
        for _ in 0..2 {
            home.run(&["retention", "run", "--now", LATER]).well();
        }
        let status = erase_command(&home, "status", &["--erasure", id]);
        assert_eq!(
            (&status["state"], words(&status)),
            (&json!("PARTIAL"), one("OVERDUE"))
        );
        let alarms = |rows: &[Row]| {
            let of = |row: &&Row| {
                row.table == "audit_events" && row.cell("action") == b"erasure.recipient_overdue"
            };
            rows.iter().filter(of).count()
        };
        assert_eq!(alarms(&home.rows().await), 1, "late once");

        let confirmed = [&report[..], &["confirmed"]].concat();
        erase_command(&home, "report", &confirmed);
        erase_command(&home, "report", &confirmed);
        let file = home.folder().join("second.json");
        let file = file.to_str().expect("UTF-8");
        let status = erase_command(&home, "status", &["--erasure", id, "--receipt", file]);
        let receipt = &status["receipt"];
        assert_eq!(status["state"], "DONE");
        assert_eq!(
            (
                &receipt["number"],
                &receipt["state"],
                &receipt["attestation"],
                words(receipt)
            ),
            (&json!(2), &json!("DONE"), &json!("L2"), one("CONFIRMED"))
        );
        let key = home.folder().join("key.pem");
        let pem = company::open(&home)
            .await
            .keys
            .receipt_public_key_pem()
            .expect("a key");
        std::fs::write(&key, pem).expect("the key can be kept");
        home.run(&["verify", file, "--key", key.to_str().expect("UTF-8")])
            .well();
        let taken_back = [
            "--json",
            "erase",
            "report",
            "--account",
            "Acme",
            "--state",
            "exempt",
            "--reason",
            "none",
        ];
        let said = home
            .run(&[&taken_back[..], &["--recipient", vendor]].concat())
            .with_code(1);
        assert_eq!(said.failure(), "INVALID_STATE");
    }
}

#[tokio::test]
async fn whoever_was_given_nothing_of_a_person_is_not_told_and_the_erasure_is_done() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let person = people(&home.rows().await).remove(0);
        home.tamper(format!(
            "DELETE FROM disclosures WHERE subscriber_id IS NOT NULL AND {OF_ACME}"
        ))
        .await;
        // Data that was given before the person came was others'.
        let (_, ended) = erase(&home, &[], &person);
        assert_eq!(ended["state"], "DONE", "{ended:#}");
        let id = ended["erasure"].as_str().expect("an id");
        let status = erase_command(&home, "status", &["--erasure", id]);
        assert_eq!(status["receipt"]["recipients"], json!([]));
    }
}

#[tokio::test]
async fn whoever_was_given_the_data_of_one_is_not_told_of_another_who_is_erased_later() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let mut people = people(&home.rows().await);
        let (first, second) = (people.remove(1), people.remove(0));
        home.tamper(format!(
            "DELETE FROM disclosures WHERE subscriber_id IS NOT NULL AND {OF_ACME}"
        ))
        .await;
        let quoted = first.replace('\'', "''");
        home.tamper(format!(
            "INSERT INTO disclosures (account_id, id, recipient, recipient_kind, subscriber_id, data_categories, purpose, \
             legal_basis, is_sale, disclosed_at) SELECT d.account_id, s.id, 'Acme Analytics', 'partner', s.id, \
             d.data_categories, d.purpose, d.legal_basis, d.is_sale, (SELECT max(created_at) FROM subscribers) \
             FROM disclosures AS d JOIN subscribers AS s ON s.account_id = d.account_id AND s.email = '{quoted}' \
             WHERE d.recipient = 'Example Hosting' AND d.{OF_ACME}"
        ))
        .await;
        let states = [&first, &second].map(|person| erase(&home, &[], person).1["state"].take());
        assert_eq!(states, ["PARTIAL", "DONE"]);
    }
}
