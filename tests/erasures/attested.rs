//! How deep an erasure is attested: what is left in the database's files, and in backups, is said by further receipts.

use serde_json::Value;

use super::worked_out::people;
use crate::kit::company;
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::rows::account;

/// Fails unless the files of the people's table hold the address, or unless they do not.
async fn in_files(home: &Home, email: &str, is_there: bool) {
    if home.database_url().is_some() {
        let not = if is_there { "NOT" } else { "" };
        home.tamper("CHECKPOINT").await;
        home.tamper(format!(
            "DO $$ BEGIN IF {not} position('{email}'::bytea IN pg_read_binary_file(pg_relation_filepath('subscribers'))) > 0 \
             THEN RAISE EXCEPTION 'it is not so'; END IF; END $$"
        ))
        .await;
        return;
    }
    let holds = |ending: &str| {
        let file = home.data().join(format!("postern.sqlite{ending}"));
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(email.len()).any(|part| part == email.as_bytes())
    };
    assert_eq!(holds("") || holds("-wal"), is_there);
}

/// The newest receipt, whose signature holds.
fn receipt(home: &Home, erasure: &str, name: &str) -> Value {
    let file = home.folder().join(name);
    let file = file.to_str().expect("UTF-8");
    home.run(&[
        "erase",
        "status",
        "--account",
        "Acme",
        "--erasure",
        erasure,
        "--receipt",
        file,
    ])
    .well();
    let key = home.folder().join("key.pem");
    home.run(&["verify", file, "--key", key.to_str().expect("UTF-8")])
        .well();
    let text = std::fs::read_to_string(file).expect("it was saved");
    serde_json::from_str(&text).expect("a receipt is JSON")
}

#[tokio::test]
async fn what_is_left_in_files_and_in_backups_is_attested_by_further_receipts() {
    for home in Home::each().await {
        company::found(&home, 40).await;
        let installation = company::open(&home).await;
        let pem = installation
            .keys
            .receipt_public_key_pem()
            .expect("the ring has one");
        let later = (installation.clock.now() + chrono::Days::new(200)).to_rfc3339();
        installation.database.close().await;
        std::fs::write(home.folder().join("key.pem"), pem).expect("the key can be kept");
        let rows = home.rows().await;
        let others = people(&rows, &account(&rows, "Globex"));
        let alone = people(&rows, &account(&rows, "Acme")).into_iter().find(|person| {
            let same = |other: &&super::worked_out::Person| other.normalized == person.normalized;
            !others.iter().any(|other| same(&other))
        });
        let person = alone.expect("somebody is Acme's alone");
        let email = String::from_utf8(person.normalized).expect("text");
        home.run(&[
            "backup",
            "add",
            "--label",
            "from before",
            "--made-at",
            "2020-01-01T00:00:00Z",
            "--purge-at",
            "2090-01-01T00:00:00Z",
        ])
        .well();
        in_files(&home, &email, true).await;
        if home.database_url().is_some() {
            home.tamper("CREATE TABLE public.before AS SELECT pg_relation_filepath('subscribers') AS path")
                .await;
        }
        let (_, ended) = erase(&home, &[], &person.email);
        let erasure = ended["erasure"].as_str().expect("an id");
        let first = receipt(&home, erasure, "first.json");
        assert_eq!(
            (&first["attestation"], &first["number"]),
            (&"L2".into(), &1.into())
        );
        let told = home.run(&["--json", "erase", "rewrite"]).well().json();
        assert_eq!(
            (&told["erasures"], &told["withoutBackups"]),
            (&1.into(), &0.into())
        );
        in_files(&home, &email, false).await;
        if home.database_url().is_some() {
            home.tamper(
                "DO $$ BEGIN IF EXISTS (SELECT FROM public.before WHERE path = pg_relation_filepath('subscribers')) \
                 THEN RAISE EXCEPTION 'the file is the same'; END IF; END $$",
            )
            .await;
        }
        let second = receipt(&home, erasure, "second.json");
        assert_eq!(
            (&second["attestation"], &second["number"]),
            (&"L3".into(), &2.into())
        );
        assert_eq!(second["subject"], first["subject"]);
        assert_eq!(
            (&second["sweep"], &second["recipients"]),
            (&first["sweep"], &first["recipients"])
        );
        let tables = second["tablesRewritten"].as_array().expect("a list of tables");
        assert!(tables.iter().any(|table| table == "subscribers"), "{second:#}");

        // Not while a backup from before is left, nor before the days are over in which one may be.
        let attested = |now: Option<&str>| {
            let clock = now.into_iter().flat_map(|now| ["--now", now]);
            let command: Vec<&str> = clock.chain(["--json", "erase", "rewrite"]).collect();
            home.run(&command).well().json()["withoutBackups"].take()
        };
        assert_eq!(attested(Some(&later)), 0);
        let backups = home.run(&["--json", "backup", "list"]).well().json();
        let backup = backups["backups"][0]["id"].as_str();
        let backup = backup.unwrap_or_else(|| panic!("{backups:#}"));
        home.run(&["backup", "purged", backup]).well();
        assert_eq!(attested(None), 0);
        assert_eq!(attested(Some(&later)), 1);
        assert_eq!(attested(Some(&later)), 0, "twice is once");
        let third = receipt(&home, erasure, "third.json");
        assert_eq!(
            (&third["attestation"], &third["number"]),
            (&"L4".into(), &3.into())
        );
        for same in ["rewrittenAt", "tablesRewritten", "sweep", "recipients"] {
            assert_eq!(third[same], second[same], "{same}");
        }
    }
}
