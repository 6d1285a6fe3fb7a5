//! Many people from a file, by the command line: looked at as a whole, planned once however often it is run, agreed to and
//! followed by the file of plans, without an address anywhere but in the file that names them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::worked_out::people;
use crate::kit::command::Said;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::rows::account;

fn lines(said: &str) -> Vec<Value> {
    let lines = said.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

fn plan(home: &Home, file: &Path, more: &[&str]) -> Said {
    let file = file.to_str().expect("UTF-8");
    let command = ["--json", "erase", "plan", "--account", "Acme", "--file", file];
    home.run(&[&command[..], more].concat())
}

fn follow(home: &Home, verb: &str, plans: &str, receipts: &str) -> Said {
    home.run(&[
        "--json",
        "erase",
        verb,
        "--account",
        "Acme",
        "--file",
        plans,
        "--receipts",
        receipts,
    ])
}

/// Some addresses of Acme that no legal hold names.
async fn addresses(home: &Home, count: usize) -> Vec<String> {
    let rows = home.rows().await;
    let held: Vec<&[u8]> = rows
        .iter()
        .filter(|row| row.table == "legal_holds")
        .map(|row| row.cell("subscriber_id"))
        .collect();
    let people = people(&rows, &account(&rows, "Acme"));
    let free = people
        .into_iter()
        .filter(|person| !held.contains(&person.id.as_slice()));
    free.map(|person| person.email).take(count).collect()
}

#[tokio::test]
async fn a_file_of_people_is_planned_once_confirmed_and_attested_and_holds_no_address_after_the_first() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let named = addresses(&home, 3).await;
        let [one, two, three] = named.as_slice() else {
            panic!("too few people")
        };
        let file = home.folder().join("people.csv");
        let text = format!(
            "Name;E-Mail;email\r\nA;x;{one}\r\n\r\nB;x;{two}\r\nC;x;nobody@nowhere.example\r\nD;x;{}\r\nE;x;{three}\r\n",
            one.to_uppercase()
        );
        std::fs::write(&file, text).expect("a file");
        let plans = home.folder().join("plans.jsonl");
        let plans = plans.to_str().expect("UTF-8");
        let planned = plan(&home, &file, &["--plans", plans]).well();
        for address in &named {
            assert!(!planned.stdout.to_lowercase().contains(&address.to_lowercase()));
        }
        let planned = lines(&planned.stdout);
        let told: Vec<(u64, &str)> = planned
            .iter()
            .map(|line| (line["line"].as_u64().unwrap(), line["state"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                (2, "PLANNED"),
                (4, "PLANNED"),
                (5, "UNKNOWN"),
                (6, "DUPLICATE"),
                (7, "PLANNED")
            ]
        );
        assert_eq!(planned[3]["sameAs"], 2);
        assert!(planned[0]["rowsPlanned"].as_u64().unwrap() > 0 && planned[0]["planHash"].is_string());
        let written = std::fs::read_to_string(plans).expect("the plans");
        assert_eq!(lines(&written), planned);

        // Again, as after it was stopped, is nothing new; strictly, whoever is not there counts.
        let again = plan(&home, &file, &["--strict"]).with_code(1);
        assert_eq!(lines(&again.stdout), planned);

        let folder = home.folder().join("receipts");
        let receipts = folder.to_str().expect("UTF-8");
        let early = follow(&home, "status", plans, receipts).with_code(1);
        assert!(lines(&early.stdout).iter().all(|line| line["state"] == "PLANNED"));
        let done = lines(&follow(&home, "confirm", plans, receipts).well().stdout);
        assert_eq!(done.len(), 3);
        let said = follow(&home, "status", plans, receipts).well();
        for line in lines(&said.stdout) {
            assert_eq!(line["state"], "DONE");
            let receipt = folder.join(line["receipt"].as_str().expect("it has a receipt"));
            let text = std::fs::read_to_string(&receipt).expect("the receipt");
            assert!(text.contains(line["erasure"].as_str().unwrap()));
            assert!(receipt.with_extension("json.sig").is_file());
        }
        // Whoever is gone is known by the file's line, and is not looked for.
        let after = plan(&home, &file, &[]).well();
        let states: Vec<Value> = lines(&after.stdout)
            .iter()
            .map(|line| line["state"].clone())
            .collect();
        assert_eq!(states, ["DONE", "DONE", "UNKNOWN", "DUPLICATE", "DONE"]);
        let confirmed = follow(&home, "confirm", plans, receipts).well();
        assert!(
            lines(&confirmed.stdout)
                .iter()
                .all(|line| line["state"] == "DONE")
        );
    }
}

#[tokio::test]
async fn a_file_with_a_fault_plans_nobody_and_names_the_line_alone() {
    let home = Home::embedded();
    company::found(&home, 30).await;
    let good = addresses(&home, 1).await.remove(0);
    let file = home.folder().join("people.txt");
    for (text, told) in [
        (format!("{good}\nsecret.person@@x\n"), "line 2: "),
        (format!("{good}\n\nsecret person\n"), "line 3: "),
        (format!("email,id\n{good},x\n"), "a column email and a column id"),
        (format!("email,note\n{good},x\n,secret\n"), "line 3: names nobody"),
        ("id\nsecret\n".to_owned(), "line 2: this is no subscriber's id"),
        ("\n".to_owned(), "names nobody"),
    ] {
        std::fs::write(&file, &text).expect("a file");
        let said = plan(&home, &file, &[]).with_code(1);
        assert_eq!(said.failure(), "INVALID_FILE", "{text}");
        assert!(said.stderr.contains(told), "{text}: {}", said.stderr);
        assert!(!said.stderr.contains("secret") && !said.stderr.contains(&good));
    }
    std::fs::write(&file, [b'a', b'\n', 0xff, b'\n']).expect("a file");
    assert!(
        plan(&home, &file, &[])
            .with_code(1)
            .stderr
            .contains("line 2 is not UTF-8")
    );
    let log = home.folder().join("log.ndjson");
    let log = log.to_str().expect("UTF-8");
    home.run(&["audit", "export", "--account", "Acme", "--output", log])
        .well();
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(!log.contains("erasure.planned"), "nothing is planned");
    std::fs::write(&file, "{\"line\": 1}\n").expect("a file");
    let name = file.to_str().expect("UTF-8");
    let said = follow(&home, "confirm", name, name).with_code(1);
    assert_eq!(said.failure(), "INVALID_FILE");
}

#[tokio::test]
async fn those_on_a_list_and_on_no_other_are_planned_once_and_the_others_by_asking_for_everybody() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let rows = home.rows().await;
        let acme = account(&rows, "Acme");
        let mut lists_of: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        let profiles = rows.iter().filter(|row| row.table == "subscriber_profiles");
        for profile in profiles.filter(|row| row.account() == Some(&acme)) {
            let lists = lists_of.entry(profile.cell("subscriber_id")).or_default();
            lists.insert(profile.cell("list_id"));
        }
        let lists = rows
            .iter()
            .filter(|row| row.table == "lists" && row.account() == Some(&acme));
        let counted = lists.map(|list| {
            let there = lists_of.values().filter(|lists| lists.contains(list.cell("id")));
            let alone = there.clone().filter(|lists| lists.len() == 1);
            (list, alone.count(), there.count())
        });
        // One with people of both kinds.
        let mut counted = counted.filter(|(_, alone, there)| *alone > 0 && alone < there);
        let (list, alone, there) = counted.next().expect("some list has them");
        let id = list.id().to_string();
        let plans = home.folder().join("plans.jsonl");
        let command = ["--json", "erase", "plan", "--account", "Acme", "--list", &id];
        let said = |more: &[&str]| {
            let said = home.run(&[&command[..], more].concat());
            lines(&said.stdout)
        };
        let planned = said(&["--plans", plans.to_str().expect("UTF-8")]);
        assert_eq!(planned.len(), alone);
        assert!(
            planned.iter().any(|line| line["state"] == "PLANNED"),
            "{planned:?}"
        );
        assert_eq!(said(&[]), planned, "again is nothing new");
        let everybody = said(&["--everybody"]);
        assert_eq!(everybody.len(), there);
        let planned_before = |line: &Value| everybody.iter().any(|other| other["erasure"] == line["erasure"]);
        assert!(planned.iter().all(planned_before), "nobody has two plans");
        let nowhere = home.run(&[
            "--json",
            "erase",
            "plan",
            "--account",
            "Acme",
            "--list",
            "No such list",
        ]);
        assert_eq!(nowhere.with_code(1).failure(), "INVALID_ID");
    }
}
