//! The erasure of a user, killed: begun again, it ends in the same, with one receipt and one entry of the ledger.

use std::time::Duration;

use postern::access::built_in::BuiltIn;
use postern::access::viewer::Viewer;
use postern::fail_point::FailPoint;
use postern::store::identity;
use postern::work::founding;
use serde_json::Value;

use super::place::Place;
use super::say;
use crate::kit::company;

/// Where it dies; each has a user of its own.
const PLACES: [FailPoint; 12] = [
    FailPoint::ErasureConfirmed,
    FailPoint::ErasureClaimed,
    FailPoint::ErasureFenced,
    FailPoint::ErasureBatch,
    FailPoint::ErasureStep,
    FailPoint::ErasureRows,
    FailPoint::ErasureVerifying,
    FailPoint::LedgerNumbered,
    FailPoint::LedgerHead,
    FailPoint::DepotEntry,
    FailPoint::ErasureLedger,
    FailPoint::ErasureDone,
];

/// Longer than a killed worker's lease.
const LEASE: Duration = Duration::from_millis(1_300);

/// All cases, one after another.
pub async fn survives(place: &Place, store: &str) {
    let users = users(place).await;
    let mut told: Vec<Value> = Vec::new();
    for (point, user) in PLACES.into_iter().zip(&users) {
        say(&format!(
            "{store}: the erasure of a user, killed at {}",
            point.word()
        ));
        let planned = place
            .home
            .run(&["--json", "erase", "plan", "--user", user])
            .well()
            .json();
        let word = |name: &str| planned[name].as_str().expect("a plan has it").to_owned();
        let (id, hash) = (word("erasure"), word("planHash"));
        let confirm = [
            "--json",
            "erase",
            "confirm",
            "--account",
            "Platform",
            "--erasure",
            &id,
            "--plan-hash",
            &hash,
        ];
        place.run_until(&format!("{}:1", point.word()), &confirm);
        tokio::time::sleep(LEASE).await;
        let ended = place.home.run(&confirm).well().json();
        assert_eq!(ended["state"], "DONE", "{point:?}: {ended:#}");
        let status = [
            "--json",
            "erase",
            "status",
            "--account",
            "Platform",
            "--erasure",
            &id,
        ];
        let receipt = place.home.run(&status).well().json()["receipt"].take();
        assert_eq!(receipt["number"], 1, "{point:?}: {receipt:#}");
        let steps: Vec<Value> = receipt["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .map(|step| step["done"].clone())
            .collect();
        told.push(steps.into());
        let rows = place.home.rows().await;
        let is_user = |bytes: &[u8]| bytes == user.as_bytes();
        let left = rows
            .iter()
            .filter(|row| row.table == "users" && is_user(row.cell("email_normalized")));
        assert_eq!(left.count(), 0, "{point:?}");
        let finished = rows
            .iter()
            .filter(|row| row.table == "audit_events" && row.cell("action") == b"erasure.finished");
        assert_eq!(finished.count(), told.len(), "{point:?}: it is finished once");
    }
    assert!(
        told.iter().all(|steps| *steps == told[0]),
        "each does what the others do: {told:#?}"
    );
}

/// As many users of Acme as there are places, each of whom has invited somebody.
async fn users(place: &Place) -> Vec<String> {
    let installation = company::open(&place.home).await;
    let platform = founding::platform(&installation)
        .await
        .expect("the platform is there");
    let acme = identity::account(&installation.database, "Acme")
        .await
        .expect("accounts can be read");
    let (acme, _) = acme.expect("Acme is there");
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, acme);
    let mut users = Vec::new();
    for number in 0..PLACES.len() {
        let email = format!("user-{number}@acme.test");
        let user = founding::add_user(&installation, &viewer, &email, None)
            .await
            .expect("a user is made");
        founding::join(&installation, &viewer, user, BuiltIn::Analyst)
            .await
            .expect("the user joins");
        users.push(email);
    }
    installation.database.close().await;
    for (number, email) in users.iter().enumerate() {
        let id = format!("(SELECT id FROM users WHERE email_normalized = '{email}')");
        place
            .home
            .tamper(format!(
                "INSERT INTO invitations (account_id, id, group_id, email, email_normalized, invited_by_id, expires_at, \
                 created_at) SELECT m.account_id, m.id, m.group_id, 'guest-{number}@example.test', \
                 'guest-{number}@example.test', m.user_id, m.created_at, m.created_at FROM group_members AS m \
                 WHERE m.user_id = {id}"
            ))
            .await;
    }
    users
}
