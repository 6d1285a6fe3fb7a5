//! People whose data may be kept and not used (Art. 18 and 21 GDPR) go to no other controller, and stay in what is the
//! account's own.

use std::io::Cursor;

use serde_json::{Value, json};

use super::{JOB, Sender, code, words};
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::handing::asked;
use crate::kit::home::Home;
use crate::kit::receiver::{Receiver, Says};
use crate::kit::rows::account;

const EXPORT: &str = "mutation($input: RequestExportInput!) { requestExport(input: $input) { export { id } userErrors { code } } }";

const RESTRICT: &str = "mutation($id: ID!) { restrictProcessing(input: {subscriber: {id: $id}, kind: DISPUTE}) \
                        { userErrors { code } } }";

async fn made(sender: &Sender, mut input: Value) -> String {
    input["idempotencyKey"] = uuid::Uuid::now_v7().simple().to_string().into();
    let (client, token) = (sender.client(), &sender.token);
    let answer = client
        .graphql(token, EXPORT, json!({ "input": input }))
        .await
        .data();
    let id = answer["requestExport"]["export"]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("no export: {answer}")).to_owned();
    wait_until("the bundle is ready", JOB, async || {
        company::export_state(client, token, &id).await.0 == "READY"
    })
    .await;
    id
}

/// The files of a bundle, by their names.
fn unpacked(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bundle)).expect("a ZIP");
    (0..archive.len())
        .map(|place| {
            let mut entry = archive.by_index(place).expect("an entry");
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).expect("bytes");
            (entry.name().expect("a name").into_owned(), bytes)
        })
        .collect()
}

fn holds(files: &[(String, Vec<u8>)], text: &str) -> bool {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.iter().any(|(_, bytes)| has(bytes))
}

#[tokio::test]
async fn whose_data_may_not_be_used_is_handed_to_nobody_and_the_receipt_says_so() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Status(200)).await;
        let mut sender = Sender::to(home, &receiver.url("/"), &[]).await;
        let people = "{ subscribers(first: 2) { nodes { id email } } }";
        let people = sender
            .client()
            .graphql(&sender.token, people, json!({}))
            .await
            .data();
        let people = people["subscribers"]["nodes"].as_array().expect("people").clone();
        let address = people[0]["email"].as_str().expect("an address");
        let restrict = json!({ "id": people[0]["id"] });
        let rows = sender.home.rows().await;
        let acme = account(&rows, "Acme");
        let person = rows.iter().find(|row| {
            row.table == "subscribers" && row.account() == Some(&acme) && !row.mentions(address).is_empty()
        });
        let id = person.expect("the person's row").id().to_string();
        let client = sender.client();
        let done = client.graphql(&sender.token, RESTRICT, restrict).await.data();
        assert_eq!(done["restrictProcessing"]["userErrors"], json!([]));

        let target = json!({ "target": receiver.url("/taken") });
        sender.export = made(&sender, json!({})).await;
        let own = unpacked(&sender.bundle().await);
        assert!(
            holds(&own, address) && holds(&own, &id),
            "the account's own has everybody"
        );
        let refused = asked(sender.client(), &sender.token, sender.input(target.clone())).await;
        assert_eq!(code(&refused), ("RESTRICTED", &super::at("export")), "{refused}");
        // What holds nobody is nobody's business.
        sender.export = made(&sender, json!({ "scope": { "resources": ["Template"] } })).await;
        let (_, job) = sender.handed(target.clone()).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        // A person's own bundle goes wherever the person wants it to.
        let own = json!({ "subscriber": { "id": people[0]["id"] } });
        sender.export = made(&sender, json!({ "scope": own, "bundle": "PORTABILITY" })).await;
        let (_, job) = sender.handed(target.clone()).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");

        sender.export = made(&sender, json!({ "withoutRestricted": true })).await;
        let (_, job) = sender.handed(target.clone()).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        let bundle = receiver.came().last().expect("it came").body.clone();
        let files = unpacked(&bundle);
        let is_held = holds(&files, address) || holds(&files, &id);
        assert!(!is_held, "a restricted person is in no file");
        let receipt = files
            .iter()
            .find(|(name, _)| name == "receipt.json")
            .expect("a receipt");
        let receipt: Value = serde_json::from_slice(&receipt.1).expect("JSON");
        assert_eq!(receipt["partial"], false, "{receipt:#}");
        let withheld = receipt["withheld"].as_array().expect("a list");
        let rows = |table: &str| {
            let of = withheld
                .iter()
                .find(|item| item["resource"] == table && item["reason"] == "RESTRICTED");
            of.map(|item| item["rows"].as_u64().unwrap_or(0)).unwrap_or(0)
        };
        assert!(
            rows("subscribers") >= 1 && rows("processing_restrictions") >= 1,
            "{withheld:?}"
        );
        let path = sender.home.folder().join("for-others.zip");
        std::fs::write(&path, &bundle).expect("a bundle can be kept");
        sender
            .home
            .run(&["verify", path.to_str().expect("UTF-8"), "--unsigned-ok"])
            .well();

        // Somebody else since: the bundle is true no longer.
        let client = sender.client();
        let restrict = json!({ "id": people[1]["id"] });
        client.graphql(&sender.token, RESTRICT, restrict).await.data();
        let refused = asked(client, &sender.token, sender.input(target)).await;
        assert_eq!(code(&refused).0, "RESTRICTED", "{refused}");
    }
}
