//! Ways in which others have failed to carry people's data out: one test for each, named after it.

use std::collections::{BTreeMap, BTreeSet};

use postern::catalog::{Class, Owner};

use super::policy;
use super::scene::scenes;
use crate::kit::rows::Row;

#[tokio::test]
async fn failure_09_a_portable_format_drops_whole_sections() {
    let catalog = policy::built_in();
    for scene in scenes().await.iter() {
        let files: BTreeMap<String, Vec<u8>> = scene.files().into_iter().collect();
        let mut sections = 0;
        for resource in catalog.resources() {
            let is_exported = resource.columns.iter().any(|column| column.export.account);
            if resource.owner != Owner::Account || !is_exported {
                continue;
            }
            let file = format!("data/ndjson/{}.ndjson", resource.table);
            let lines = files.get(&file).unwrap_or_else(|| panic!("no {file}"));
            let lines = lines.iter().filter(|byte| **byte == b'\n').count();
            let there = scene.of(&scene.after, &resource.table);
            // What tells of work goes on while the bundle is made.
            let is_history = Row {
                table: resource.table.clone(),
                cells: Vec::new(),
            }
            .is_history();
            assert!(
                lines == there.len() || is_history,
                "{file}: {lines} of {}",
                there.len()
            );
            sections += 1;
        }
        assert!(sections > 40, "{sections}");
    }
}

#[tokio::test]
async fn failure_10_an_export_holds_credentials() {
    let catalog = policy::built_in();
    for scene in scenes().await.iter() {
        let (mut secret, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for row in &scene.after {
            let Some(resource) = catalog.by_table(&row.table) else {
                continue;
            };
            for column in &resource.columns {
                let cell = row.cell(&column.name);
                match column.class {
                    Class::Secret if cell.len() >= 8 => secret.insert(cell),
                    Class::Secret => false,
                    _ => shown.insert(cell),
                };
            }
        }
        // A mailbox is opened with its address, which is no secret elsewhere.
        let hidden = secret.difference(&shown);
        let secrets: Vec<Vec<u8>> = hidden
            .flat_map(|cell| {
                let written = [data_encoding::HEXLOWER, data_encoding::BASE64].map(|form| form.encode(cell));
                [cell.to_vec()].into_iter().chain(written.map(String::into_bytes))
            })
            .collect();
        assert!(secrets.len() > 9, "{}", secrets.len());
        let search = aho_corasick::AhoCorasick::new(&secrets).expect("a search");
        for (name, bytes) in scene.files() {
            assert!(search.find(&bytes).is_none(), "{name} holds a secret");
        }
    }
}

#[tokio::test]
async fn failure_14_a_bundle_does_not_open_everywhere_or_runs_what_others_wrote() {
    for scene in scenes().await.iter() {
        let files = scene.files();
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (name, _) in &files {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            assert!(name.chars().all(plain) && !name.starts_with('/'), "{name}");
            assert!(
                names.insert(name.to_lowercase()),
                "{name} differs from another by its case alone"
            );
            for part in name.split('/') {
                let stem = part.split('.').next().unwrap_or_default().to_ascii_uppercase();
                let is_device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str());
                assert!(
                    !is_device && !part.is_empty() && !part.ends_with('.') && part != "..",
                    "{name}"
                );
            }
        }
        let text = |wanted: &str| {
            let (_, bytes) = files
                .iter()
                .find(|(name, _)| name == wanted)
                .expect("it is there");
            String::from_utf8(bytes.clone()).expect("text")
        };
        let sheet = text("data/csv/lists.csv");
        assert!(sheet.contains("\"'=HYPERLINK("), "{sheet}");
        // What is written for people to read is no page that a browser would run.
        let pages = names.iter().filter(|name| name.contains("htm"));
        for page in pages {
            assert!(
                page.starts_with("data/files/") || page.contains("templates"),
                "{page}"
            );
        }
        assert!(!text("README.txt").contains("<script>"));
    }
}
