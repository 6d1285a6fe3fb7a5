//! Whoever was handed a bundle is told of the erasure of whom it held (Art. 19 GDPR), and nobody is handed one with somebody
//! who is being erased.

use serde_json::json;

use super::{Sender, words};
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::receiver::{Receiver, Says};
use crate::kit::rows::{Row, account};

/// What Postern itself has given away.
fn disclosures(rows: &[Row]) -> Vec<Row> {
    let of = |row: &&Row| row.table == "disclosures" && row.cell("source") == b"postern";
    rows.iter().filter(of).cloned().collect()
}

/// Somebody of Acme's.
fn somebody(rows: &[Row]) -> String {
    let acme = account(rows, "Acme");
    let person = rows
        .iter()
        .find(|row| row.table == "subscribers" && row.account() == Some(&acme));
    let email = person.expect("there is somebody").cell("email");
    String::from_utf8(email.to_vec()).expect("text")
}

#[tokio::test]
async fn whoever_was_handed_a_bundle_is_to_be_told_of_the_erasures_of_whom_it_held() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Status(200)).await;
        let sender = Sender::to(home, &receiver.url("/"), &[]).await;
        let before = disclosures(&sender.home.rows().await);
        assert!(before.is_empty(), "{before:?}");
        let (_, job) = sender.handed(json!({ "target": receiver.url("/a") })).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        let rows = sender.home.rows().await;
        let noted = disclosures(&rows);
        let [noted] = noted.as_slice() else {
            panic!("noted once: {noted:?}")
        };
        assert_eq!(noted.cell("recipient"), b"127.0.0.1");
        assert_eq!(noted.cell("recipient_kind"), b"controller");
        assert_eq!(noted.cell("about"), b"people");
        let categories = String::from_utf8_lossy(noted.cell("data_categories")).into_owned();
        for class in ["contact", "identity", "behaviour"] {
            assert!(categories.contains(class), "{categories}");
        }
        let (_, ended) = erase(&sender.home, &[], &somebody(&rows));
        assert_eq!(ended["state"], "PARTIAL", "{ended:#}");
        let id = ended["erasure"].as_str().expect("an id");
        let status = ["--json", "erase", "status", "--account", "Acme", "--erasure", id];
        let receipt = sender.home.run(&status).well().json()["receipt"].take();
        let told = receipt["recipients"].as_array();
        let told = told.unwrap_or_else(|| panic!("{receipt:#}"));
        let theirs = told.iter().find(|one| one["recipient"] == "127.0.0.1");
        assert_eq!(theirs.expect("the receiver is named")["state"], "TO_TELL");
    }
}

#[tokio::test]
async fn a_bundle_goes_to_nobody_while_somebody_in_it_is_being_erased() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Status(200)).await;
        let sender = Sender::to(home, &receiver.url("/"), &[]).await;
        let person = somebody(&sender.home.rows().await);
        let plan = ["erase", "plan", "--account", "Acme", "--email", &person];
        sender.home.run(&plan).well();
        // Fenced, and stopped before the end, at which the bundle becomes STALE.
        sender
            .home
            .tamper("UPDATE erasures SET state = 'paused', fenced_at = created_at")
            .await;
        let (_, job) = sender.handed(json!({ "target": receiver.url("/a") })).await;
        assert_eq!(words(&job), ("FAILED", "GONE"), "{job:#}");
        assert!(receiver.came().is_empty(), "not a byte was sent");
        assert!(disclosures(&sender.home.rows().await).is_empty());
    }
}
