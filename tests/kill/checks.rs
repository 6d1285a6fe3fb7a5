//! What must hold after a job that was killed has ended: in the database, in the depot, for strangers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::company;
use crate::kit::judge::judge_signature;
use crate::kit::rows::{Row, account, counters};

use super::place::{Place, id};

/// The one row of a table that was asked for with that key.
pub fn job<'a>(rows: &'a [Row], table: &str, key: &str) -> &'a Row {
    let asked = |row: &&Row| row.table == table && row.cell("idempotency_key") == key.as_bytes();
    let found: Vec<&Row> = rows.iter().filter(asked).collect();
    assert_eq!(found.len(), 1, "{table} asked for with {key}");
    found[0]
}

/// Says that something happened to a job once, and not twice.
pub fn happened_once(rows: &[Row], job: &Row, action: &str) {
    let of_it = |row: &&Row| {
        row.table == "audit_events"
            && row.cell("object_id") == job.cell("id")
            && row.cell("action") == action.as_bytes()
    };
    assert_eq!(rows.iter().filter(of_it).count(), 1, "{action}");
}

/// Everything but history that an account other than Acme has, and what nobody's account has.
pub fn of_others(rows: &[Row]) -> Vec<&Row> {
    let acme = account(rows, "Acme");
    rows.iter()
        .filter(|row| !row.is_history())
        .filter(|row| row.account() != Some(&acme))
        .collect()
}

/// Where a person's address stands in Acme's rows, or in those of nobody's account, history included.
pub fn mentions(rows: &[Row], person: &(String, String)) -> BTreeSet<String> {
    let acme = account(rows, "Acme");
    let ours = rows
        .iter()
        .filter(|row| row.account().is_none_or(|of| of == acme));
    // As it is compared as well, where that is not the same in lower case.
    let compared = Some(&person.1).filter(|compared| **compared != person.0.to_lowercase());
    ours.flat_map(|row| {
        let mut columns = row.mentions(&person.0);
        columns.extend(compared.into_iter().flat_map(|address| row.mentions(address)));
        columns
            .into_iter()
            .map(|column| format!("{}.{column}", row.table))
    })
    .collect()
}

/// What a receipt says was done, without when and for whom.
pub fn outcome(receipt: &Value) -> Value {
    let remaining: Vec<Value> = receipt["remaining"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| json!([entry["what"], entry["why"], entry["rows"]]))
        .collect();
    json!({
        "state": receipt["state"],
        "attestation": receipt["attestation"],
        "steps": receipt["steps"],
        "bundlesRemoved": receipt["bundlesRemoved"],
        "redacted": receipt["sweep"]["redacted"],
        "residue": receipt["sweep"]["residue"],
        "remaining": remaining,
        "recipients": recipients(receipt),
    })
}

/// Whom a receipt says are to be told, and whether they were.
fn recipients(receipt: &Value) -> Vec<Value> {
    let recipients = receipt["recipients"]
        .as_array()
        .expect("a receipt lists recipients");
    recipients
        .iter()
        .map(|one| json!([one["recipient"], one["kind"], one["state"]]))
        .collect()
}

/// Fails unless nothing is left of the person: DONE, or PARTIAL where somebody is to be told, and the receipt says the same.
pub fn is_over(state: &str, receipt: &Value) {
    let expected = match recipients(receipt).is_empty() {
        true => "DONE",
        false => "PARTIAL",
    };
    assert_eq!(
        (state, &receipt["state"]),
        (expected, &expected.into()),
        "{receipt:#}"
    );
}

/// The same of an erasure's row, by its latest receipt.
pub fn row_is_over(job: &Row) {
    let latest = ["second_receipt", "receipt"].map(|column| serde_json::from_slice(job.cell(column)));
    let receipt: Value = latest
        .into_iter()
        .find_map(Result::ok)
        .expect("there is a receipt");
    is_over(
        &String::from_utf8_lossy(job.cell("state")).to_uppercase(),
        &receipt,
    );
}

/// The person is erased: nowhere in the account, all others untouched, once in the log, the ledger and the depot.
/// `rows`: from before, and from now.
pub async fn is_erased(place: &Place, key: &str, person: &(String, String), rows: (&[Row], &[Row])) -> Value {
    let (before, after) = rows;
    assert!(
        mentions(before, person).len() > 2,
        "{:?}",
        mentions(before, person)
    );
    assert_eq!(mentions(after, person), BTreeSet::new());
    assert!(
        of_others(before) == of_others(after),
        "another account's rows changed"
    );
    let acme = account(after, "Acme");
    assert_eq!(counters(after, &acme), counters(before, &acme));
    let job = job(after, "erasures", key);
    row_is_over(job);
    for action in ["erasure.planned", "erasure.confirmed", "erasure.finished"] {
        happened_once(after, job, action);
    }
    let receipt: Value = serde_json::from_slice(job.cell("receipt")).expect("the row has a receipt");
    counts_are_of_batches(after, job, &receipt);
    the_ledger_has_it(place, job, &receipt).await;
    receipt_holds(place, job);
    receipt
}

/// The rows that the receipt says were done are those that the committed batches did.
fn counts_are_of_batches(rows: &[Row], job: &Row, receipt: &Value) {
    let number = |row: &Row, column: &str| -> i64 {
        let text = String::from_utf8(row.cell(column).to_vec()).expect("text");
        text.parse().expect("a number")
    };
    let mut done: BTreeMap<i64, i64> = BTreeMap::new();
    let batches = rows.iter().filter(|row| row.table == "erasure_batches");
    for batch in batches.filter(|batch| batch.cell("erasure_id") == job.cell("id")) {
        *done.entry(number(batch, "step_number")).or_default() += number(batch, "row_count");
    }
    let steps = receipt["steps"].as_array().expect("a receipt has steps");
    for (step, said) in (0_i64..).zip(steps) {
        assert_eq!(said["done"], done.get(&step).copied().unwrap_or(0), "{said:#}");
        assert_eq!(said["drift"], 0, "{said:#}");
    }
}

/// One object, and it says what the receipt says.
async fn the_ledger_has_it(place: &Place, job: &Row, receipt: &Value) {
    let erasure = id(job.cell("id"));
    let installation = company::open(&place.home).await;
    let names = installation
        .depot
        .list("ledger")
        .await
        .expect("there is a ledger");
    let of_it: Vec<&String> = names
        .iter()
        .filter(|name| name.contains(&erasure.to_string()))
        .collect();
    assert_eq!(of_it.len(), 1, "{of_it:?}");
    let bytes = installation.depot.read(of_it[0]).await.expect("it can be read");
    installation.database.close().await;
    let entry: Value = serde_json::from_slice(&bytes.expect("it is there")).expect("an entry is JSON");
    for field in ["erasureId", "account", "subject", "policyHash", "finishedAt"] {
        assert_eq!(entry[field], receipt[field], "{field}");
    }
}

/// The receipt that the command line gives is taken by ourselves and by openssl.
pub fn receipt_holds(place: &Place, job: &Row) {
    let erasure = id(job.cell("id"));
    let path = place.home.folder().join(format!("{}.json", uuid::Uuid::now_v7()));
    let name = path.to_str().expect("UTF-8");
    let id = erasure.to_string();
    place
        .home
        .run(&[
            "erase",
            "status",
            "--account",
            "Acme",
            "--erasure",
            &id,
            "--receipt",
            name,
        ])
        .well();
    verify(place, &path);
    judge_signature(&path, Path::new(&format!("{name}.sig")), &place.key);
}

/// `postern verify` takes a file.
pub fn verify(place: &Place, file: &Path) {
    let (file, key) = (file.to_str().expect("UTF-8"), place.key.to_str().expect("UTF-8"));
    place.home.run(&["verify", file, "--key", key]).well();
}

/// The depot has one object for each export that is ready and each import that has rejected rows, and no other of theirs; nothing is half written. A moment after
/// the job has ended: what no job is about is removed beside it.
pub async fn depot_is_tidy(place: &Place, rows: &[Row]) {
    let folder = place.home.data().join("bundles");
    let mut wanted = named(rows, "exports", "ready", "bundle_name");
    wanted.append(&mut named(rows, "imports", "done", "rejects_name"));
    let begun = Instant::now();
    loop {
        let mut found = files(&folder.join("exports"), "exports");
        found.append(&mut files(&folder.join("imports"), "imports"));
        let left = files(&folder.join("temporary"), "temporary");
        if wanted == found && left.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "wanted: {wanted:?}\nthere: {found:?}\nhalf written: {left:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The objects that the jobs of a table in that state name.
fn named(rows: &[Row], table: &str, state: &str, column: &str) -> BTreeSet<String> {
    let is_wanted = |row: &&Row| row.table == table && row.cell("state") == state.as_bytes();
    let names = rows.iter().filter(is_wanted).map(|row| row.cell(column));
    names
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8(name.to_vec()).expect("text"))
        .collect()
}

fn files(folder: &Path, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), &name));
        } else {
            found.insert(name);
        }
    }
    found
}
