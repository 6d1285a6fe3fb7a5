//! Ways in which others have failed to erase people: one test for each, named after it. Those of bundles are beside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::policy;
use super::scene::{BATCH, Scene, scenes};
use super::worked_out::{World, differing, judged};
use crate::kit::company;
use crate::kit::erasing::{confirm, erase, plan};
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// Columns of Acme's rows, and of rows of nobody's account, in which an address stands.
fn mentions(rows: &[Row], scene: &Scene, address: &str) -> BTreeSet<String> {
    let ours = |row: &&Row| row.account().is_none_or(|of| of == scene.person.account);
    let mentions = rows.iter().filter(ours).flat_map(|row| {
        let columns = row.mentions(address).into_iter();
        columns
            .map(|column| format!("{}.{column}", row.table))
            .collect::<Vec<_>>()
    });
    mentions.collect()
}

#[tokio::test]
async fn failure_01_the_report_counts_rows_that_were_never_deleted() {
    for scene in scenes().await.iter() {
        let mut gone: BTreeMap<&str, u64> = BTreeMap::new();
        for row in scene.before.iter().filter(|row| !row.is_history()) {
            *gone.entry(&row.table).or_default() += 1;
        }
        for row in scene.after.iter().filter(|row| !row.is_history()) {
            *gone.entry(&row.table).or_default() -= u64::from(row.table != "suppression_tokens");
        }
        let mut deleted = 0;
        for step in scene.receipt["steps"].as_array().expect("a receipt has steps") {
            if step["action"] == "delete" {
                let table = step["table"].as_str().expect("a step has a table");
                assert_eq!(step["done"], json!(gone[table]), "{step:#}");
                deleted += gone[table];
            }
        }
        assert!(deleted > 5, "{gone:?}");
        assert_eq!(
            deleted,
            gone.values().sum::<u64>(),
            "nothing went that no step tells of"
        );
    }
}

#[tokio::test]
async fn failure_02_one_list_decides_what_is_exported_and_what_is_erased() {
    let catalog = policy::built_in();
    let mut hidden = 0;
    for scene in scenes().await.iter() {
        for (row, _) in World::of(&catalog, &scene.before).about(&scene.person) {
            let resource = catalog.table(&row.table);
            let after = scene.after.iter().find(|other| {
                other.table == row.table
                    && other.account() == row.account()
                    && other.cell("id") == row.cell("id")
            });
            let personal = resource
                .columns
                .iter()
                .filter(|column| column.class.is_personal());
            for column in
                personal.filter(|column| !column.export.access && !row.cell(&column.name).is_empty())
            {
                hidden += 1;
                let stays = after.is_some_and(|after| after.cell(&column.name) == row.cell(&column.name));
                // An instant that was already a day's is cut to itself.
                assert!(
                    !stays || column.name.ends_with("_at"),
                    "{}.{}",
                    row.table,
                    column.name
                );
            }
        }
    }
    assert!(hidden > 1, "{hidden} values that no bundle of the person shows");
}

#[tokio::test]
async fn failure_03_the_content_goes_and_the_identifier_stays() {
    for scene in scenes().await.iter() {
        assert!(mentions(&scene.before, scene, &scene.person.email).len() > 2);
        assert_eq!(
            mentions(&scene.after, scene, &scene.person.email),
            BTreeSet::new()
        );
        let ours = scene
            .after
            .iter()
            .filter(|row| row.account() == Some(&scene.person.account));
        for row in ours {
            let named = row.cells.iter().find(|(_, cell)| *cell == scene.person.id);
            assert!(
                named.is_none(),
                "{}: {:?} still names the person",
                row.table,
                named.map(|cell| &cell.0)
            );
        }
    }
}

#[tokio::test]
async fn failure_04_a_heavy_person_is_erased_in_one_endless_statement() {
    for scene in scenes().await.iter() {
        let batches = scene.of(&scene.after, "erasure_batches");
        let number = |row: &Row, column: &str| -> i64 {
            let text = String::from_utf8(row.cell(column).to_vec()).expect("text");
            text.parse().expect("a number")
        };
        let mut of_step: BTreeMap<i64, i64> = BTreeMap::new();
        for batch in batches {
            assert!(number(batch, "row_count") <= BATCH);
            *of_step.entry(number(batch, "step_number")).or_default() += 1;
        }
        assert!(of_step.values().any(|batches| *batches > 2), "{of_step:?}");
    }
}

#[tokio::test]
async fn failure_05_a_step_that_was_skipped_ends_as_complete() {
    for home in Home::each().await {
        company::found(&home, 20).await;
        let rows = home.rows().await;
        let acme = account(&rows, "Acme");
        let person = rows
            .iter()
            .find(|row| row.table == "subscribers" && row.account() == Some(&acme))
            .map(|row| String::from_utf8(row.cell("email").to_vec()).expect("text"))
            .expect("there is somebody");
        // A database that says nothing and deletes nothing.
        let skip = match home.database_url() {
            Some(_) => {
                "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                 CREATE TRIGGER skip BEFORE DELETE ON profile_values FOR EACH ROW EXECUTE FUNCTION skip()"
            }
            None => "CREATE TRIGGER skip BEFORE DELETE ON profile_values BEGIN SELECT RAISE(IGNORE); END",
        };
        home.tamper(skip).await;
        let planned = plan(&home, &[], &person);
        if planned.code == 0 {
            let planned = planned.json();
            assert_ne!(confirm(&home, &[], &planned).code, 0);
            let erasure = planned["erasure"].as_str().expect("an id");
            let status = home.run(&[
                "--json",
                "erase",
                "status",
                "--account",
                "Acme",
                "--erasure",
                erasure,
            ]);
            assert_ne!(status.json()["state"], "DONE");
        } else {
            assert_eq!(planned.failure(), "POLICY_DRIFT");
        }
    }
}

#[tokio::test]
async fn failure_06_whoever_holds_the_link_of_a_mail_erases_its_reader() {
    for scene in scenes().await.iter() {
        let gateway = Gateway::serve(&scene.home, &[]).await;
        let owner = company::token(&scene.home, "owner@acme.test");
        let lists = "{ lists(first: 50) { nodes { id optIn } } }";
        let lists = gateway.client.graphql(&owner, lists, json!({})).await.data();
        let double = lists["lists"]["nodes"].as_array().into_iter().flatten();
        let double = double.clone().find(|list| list["optIn"] == "DOUBLE");
        let subscribe = "mutation ($list: ID!) { subscribe(input: {list: $list, email: \"link@example.test\"}) \
                         { confirmationToken userErrors { code } } }";
        let asked = json!({ "list": double.expect("a list with a double opt-in")["id"] });
        let asked = gateway.client.graphql(&owner, subscribe, asked).await.data();
        let link = asked["subscribe"]["confirmationToken"].as_str();
        let link = link.unwrap_or_else(|| panic!("{asked:#}"));
        let erase = "mutation { planErasure(input: {subscriber: {email: \"link@example.test\"}, \
                     idempotencyKey: \"by-the-link\"}) { erasure { id } } }";
        let refused = gateway.client.graphql(link, erase, json!({})).await;
        assert!(refused.text().contains("UNAUTHENTICATED"), "{}", refused.text());
    }
}

#[tokio::test]
async fn failure_07_the_log_of_the_erasure_keeps_the_address() {
    for scene in scenes().await.iter() {
        let history: Vec<Row> = scene
            .after
            .iter()
            .filter(|row| row.is_history())
            .cloned()
            .collect();
        assert!(history.iter().any(|row| row.table == "audit_events"));
        assert_eq!(mentions(&history, scene, &scene.person.email), BTreeSet::new());
        for document in [&scene.planned, &scene.receipt] {
            let text = document.to_string().to_lowercase();
            assert!(!text.contains(&scene.person.email.to_lowercase()), "{text}");
        }
    }
}

#[tokio::test]
async fn failure_08_a_restore_brings_the_erased_back() {
    for home in Home::each().await {
        company::found(&home, 20).await;
        let rows = home.rows().await;
        let person = super::worked_out::people(&rows, &account(&rows, "Acme")).remove(0);
        let backup = home.back_up().await;
        erase(&home, &[], &person.email);
        home.restore(&backup).await;
        let serve = ["--json", "--listen", "127.0.0.1:0", "serve"];
        assert_eq!(home.run(&serve).failure(), "REPLAY_NEEDED");
        home.run(&["replay"]).well();
        let after = home.rows().await;
        let is_back = after
            .iter()
            .any(|row| row.account() == Some(&person.account) && !row.mentions(&person.email).is_empty());
        assert!(!is_back);
    }
}

#[tokio::test]
async fn failure_11_what_waits_to_be_sent_still_carries_the_address() {
    for scene in scenes().await.iter() {
        let waits = |rows: &[Row]| {
            let queued = scene
                .of(rows, "transactional_emails")
                .into_iter()
                .filter(|row| row.cell("status") == b"queued");
            queued
                .filter(|row| !row.mentions(&scene.person.email).is_empty())
                .count()
        };
        assert_eq!((waits(&scene.before), waits(&scene.after)), (1, 0));
        let depot = scene.home.data().join("bundles");
        let mut folders = vec![depot];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        let bytes = std::fs::read(&path).expect("a file");
                        let text = String::from_utf8_lossy(&bytes).to_lowercase();
                        assert!(
                            !text.contains(&scene.person.email.to_lowercase()),
                            "{}",
                            path.display()
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn failure_12_what_is_only_unlinked_still_says_who_it_was() {
    for scene in scenes().await.iter() {
        let tracked = |rows: &[Row]| -> Vec<String> {
            let links = scene
                .of(rows, "campaign_links")
                .into_iter()
                .map(|row| row.cell("url"));
            let links = links.map(|url| String::from_utf8(url.to_vec()).expect("text"));
            links
                .filter(|url| url.starts_with("https://shop.example/?e="))
                .collect()
        };
        assert!(tracked(&scene.before)[0].contains("%40"));
        assert_eq!(tracked(&scene.after), ["https://shop.example/?e=[erased]&x=1"]);
    }
}

#[tokio::test]
async fn failure_13_an_import_resurrects_the_erased() {
    for scene in scenes().await.iter() {
        let file = scene.home.folder().join("again.csv");
        std::fs::write(&file, format!("email\n{}\n", scene.person.email)).expect("a file can be written");
        let file = file.to_str().expect("UTF-8");
        scene
            .home
            .run(&["--json", "import", file, "--account", "Acme", "--list", "Again"]);
        let rows = scene.home.rows().await;
        let people = rows.iter().filter(|row| row.table == "subscribers");
        let back = people.filter(|row| row.account() == Some(&scene.person.account));
        assert!(
            !back
                .into_iter()
                .any(|row| !row.mentions(&scene.person.email).is_empty())
        );
    }
}

#[tokio::test]
async fn failure_15_a_step_without_a_tenant_erases_in_every_account() {
    let catalog = policy::built_in();
    for scene in scenes().await.iter() {
        assert_eq!(scene.person.normalized, scene.elsewhere.normalized);
        let others = |rows: &[Row]| -> Vec<Row> {
            let others = rows
                .iter()
                .filter(|row| row.account() != Some(&scene.person.account));
            others.filter(|row| !row.is_history()).cloned().collect()
        };
        assert!(others(&scene.before) == others(&scene.after));
        let expected = World::of(&catalog, &scene.before)
            .after(&scene.person)
            .expect("nothing forbids it");
        let differing = differing(&expected, &judged(&catalog, scene.after.clone()));
        assert!(differing.is_empty(), "{differing:?}");
        assert!(World::of(&catalog, &scene.after).about(&scene.elsewhere).len() > 2);
    }
}
