//! One person erased by the command line out of a made-up installation, with the rows from before and after. Made once for
//! tests that run side by side, because all of them only look.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use serde_json::Value;
use tokio::sync::Mutex;

use super::worked_out::{Person, World, people};
use crate::kit::company;
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// What was erased, and what it left.
pub struct Scene {
    /// The installation.
    pub home: Home,
    /// Who is gone.
    pub person: Person,
    /// The person in another account, with the same address.
    pub elsewhere: Person,
    /// Every row from before.
    pub before: Vec<Row>,
    /// Every row from after.
    pub after: Vec<Row>,
    /// What was planned.
    pub planned: Value,
    /// The receipt.
    pub receipt: Value,
    /// A bundle of the whole account, made afterwards.
    pub bundle: PathBuf,
}

/// Rows of one batch: so few that some steps have several.
pub const BATCH: i64 = 3;

/// One on each store.
pub async fn scenes() -> Arc<Vec<Scene>> {
    static MADE: Mutex<Weak<Vec<Scene>>> = Mutex::const_new(Weak::new());
    let mut made = MADE.lock().await;
    if let Some(scenes) = made.upgrade() {
        return scenes;
    }
    let mut scenes = Vec::new();
    for home in Home::each().await {
        scenes.push(scene(home).await);
    }
    let scenes = Arc::new(scenes);
    *made = Arc::downgrade(&scenes);
    scenes
}

/// Somebody of Acme with as many rows as can be, whom Globex has, too; and that person there.
fn shared(rows: &[Row]) -> (Person, Person) {
    let catalog = super::policy::built_in();
    let world = World::of(&catalog, rows);
    let [ours, theirs] = ["Acme", "Globex"].map(|name| people(rows, &account(rows, name)));
    let both = ours.into_iter().filter_map(|person| {
        let same = theirs
            .iter()
            .find(|other| other.normalized == person.normalized)?;
        Some((person, same.clone()))
    });
    let both: Vec<_> = both.collect();
    let richest = both.iter().max_by_key(|(person, _)| world.about(person).len());
    richest.expect("the accounts share somebody").clone()
}

async fn scene(home: Home) -> Scene {
    company::found(&home, 30).await;
    let (person, elsewhere) = shared(&home.rows().await);
    let email = person.email.replace('\'', "''");
    let acme = "account_id = (SELECT id FROM accounts WHERE name = 'Acme')";
    let first = |table: &str| {
        format!(
            "id = (SELECT min_id FROM (SELECT id AS min_id FROM {table} WHERE {acme} ORDER BY id LIMIT 1) AS few)"
        )
    };
    for sql in [
        // A tracked link with the address in it, as platforms make them of merge tags.
        format!(
            "UPDATE campaign_links SET url = 'https://shop.example/?e={}&x=1' WHERE {acme} AND {}",
            email.replace('+', "%2B").replace('@', "%40"),
            first("campaign_links")
        ),
        // A mail to the person that waits to be sent.
        format!(
            "UPDATE transactional_emails SET to_email = '{email}', to_email_normalized = '{}', status = 'queued' \
             WHERE {acme} AND {}",
            String::from_utf8_lossy(&person.normalized).replace('\'', "''"),
            first("transactional_emails")
        ),
        // What a spreadsheet or a browser would run.
        format!(
            "UPDATE lists SET name = '=HYPERLINK(\"https://evil.example\")', \
             description = '<script>alert(1)</script>' WHERE {acme} AND {}",
            first("lists")
        ),
    ] {
        home.tamper(sql).await;
    }
    let before = home.rows().await;
    let batch = BATCH.to_string();
    let (planned, ended) = erase(&home, &["--erasure-batch", &batch], &person.email);
    let receipt = home.folder().join("receipt.json");
    let saved = receipt.to_str().expect("UTF-8");
    let erasure = ended["erasure"].as_str().expect("an id");
    home.run(&[
        "erase",
        "status",
        "--account",
        "Acme",
        "--erasure",
        erasure,
        "--receipt",
        saved,
    ])
    .well();
    let receipt = std::fs::read_to_string(&receipt).expect("the receipt was saved");
    let after = home.rows().await;
    let bundle = home.folder().join("acme.zip");
    home.run(&[
        "export",
        "--account",
        "Acme",
        "-o",
        bundle.to_str().expect("UTF-8"),
    ])
    .well();
    Scene {
        person,
        elsewhere,
        before,
        after,
        planned,
        receipt: serde_json::from_str(&receipt).expect("a receipt is JSON"),
        bundle,
        home,
    }
}

impl Scene {
    /// The rows of a table that belong to Acme.
    pub fn of<'a>(&self, rows: &'a [Row], table: &str) -> Vec<&'a Row> {
        rows.iter()
            .filter(|row| row.table == table && row.account() == Some(&self.person.account))
            .collect()
    }

    /// Each file of the bundle, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let file = std::fs::File::open(&self.bundle).expect("the bundle is there");
        let mut archive = zip::ZipArchive::new(file).expect("a ZIP");
        let mut files = Vec::new();
        for place in 0..archive.len() {
            let mut entry = archive.by_index(place).expect("an entry");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("it can be unpacked");
            let name = entry.name().expect("a name in UTF-8").into_owned();
            files.push((name, bytes));
        }
        files
    }
}
