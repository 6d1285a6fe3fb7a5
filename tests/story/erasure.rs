//! One person is erased: after a plan and the confirmation of that very plan, with a receipt, and with nothing left of
//! the person in any column of any table (ruling 31), while the counters of campaigns stay.

use serde_json::{Value, json};

use super::rows::{mentions, of};
use super::{ANA, Story, text};
use crate::kit::judge::judge_signature;
use crate::kit::rows::{account, counters};

impl Story {
    /// The person is erased after plan and confirmation. The database itself says what that did.
    pub async fn one_is_erased(&self, person: &str, export: &str) {
        let before = self.home.rows().await;
        let (acme, globex) = (account(&before, "Acme"), account(&before, "Globex"));
        assert!(mentions(&before, &acme).len() > 3 && mentions(&before, &globex).len() > 3);
        let planned = self
            .graphql(
                "mutation($email: EmailAddress!) { planErasure(input: {subscriber: {email: $email}, idempotencyKey: \"story-plan\"}) \
                 { erasure { id planHash rowsPlanned } userErrors { code } } }",
                json!({ "email": ANA }),
            )
            .await;
        let erasure = &planned["planErasure"]["erasure"];
        let id = text(&erasure["id"]);
        let confirm = "mutation($id: ID!, $hash: String!, $key: String!) \
                       { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: $key}) \
                       { erasure { state } userErrors { code field } } }";
        let other = json!({ "id": id, "hash": "sha256:0000", "key": "story-other" });
        let refused = self.graphql(confirm, other).await;
        assert!(refused["confirmErasure"]["erasure"].is_null(), "{refused:#}");
        let hash = json!({ "id": id, "hash": erasure["planHash"], "key": "story-confirm" });
        let confirmed = self.graphql(confirm, hash).await;
        assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]));
        let query = "query($id: ID!) { node(id: $id) { ... on Erasure { state receipt errorCode } } }";
        // Somebody was given the person's data, and does not know yet that it is erased.
        let done = self.wait_for(query, &id, "PARTIAL").await;
        let gone = "query($id: ID!, $email: EmailAddress!) { node(id: $id) { id } subscriber(email: $email) { id } }";
        let answer = self.graphql(gone, json!({ "id": person, "email": ANA })).await;
        assert_eq!(answer, json!({ "node": null, "subscriber": null }));
        self.the_receipt_holds(&id, &text(&done["receipt"]));
        self.the_old_bundle_is_gone(export).await;
        let after = self.home.rows().await;
        assert_eq!(mentions(&after, &acme), Vec::<String>::new());
        assert!(
            of(&after, &globex) == of(&before, &globex),
            "another account's rows changed"
        );
        assert_eq!(counters(&after, &acme), counters(&before, &acme));
        self.whoever_was_given_the_data_confirms(&id).await;
    }

    /// With the last who has confirmed the erasure is done, and a second receipt says so.
    async fn whoever_was_given_the_data_confirms(&self, id: &str) {
        let query = "query($id: ID!) { node(id: $id) { ... on Erasure { state secondReceipt \
                     recipients { nodes { id recipient recipientKind state } } } } }";
        let erasure = self.graphql(query, json!({ "id": id })).await["node"].take();
        let recipients = erasure["recipients"]["nodes"]
            .as_array()
            .expect("there are recipients");
        assert!(
            recipients.iter().any(|one| one["recipient"] == "Parcel service"),
            "{erasure:#}"
        );
        for recipient in recipients {
            assert_eq!(recipient["state"], "TO_TELL");
            let report = "mutation($id: ID!) { reportErasureRecipient(input: {recipient: $id, state: CONFIRMED}) \
                          { erasureRecipient { state confirmedAt } userErrors { code } } }";
            let said =
                self.graphql(report, json!({ "id": recipient["id"] })).await["reportErasureRecipient"].take();
            assert_eq!(said["userErrors"], json!([]));
            assert_eq!(said["erasureRecipient"]["state"], "CONFIRMED");
        }
        let erasure = self.graphql(query, json!({ "id": id })).await["node"].take();
        assert_eq!(erasure["state"], "DONE");
        let second: Value =
            serde_json::from_str(&text(&erasure["secondReceipt"])).expect("a receipt is JSON");
        assert_eq!(
            (&second["number"], &second["state"]),
            (&json!(2), &json!("DONE")),
            "{second:#}"
        );
    }

    /// The receipt is signed by us, says the deepest level for so small an account, and names nobody.
    fn the_receipt_holds(&self, erasure: &str, receipt: &str) {
        let path = self.home.folder().join("receipt.json");
        let name = path.to_str().expect("UTF-8");
        self.home
            .run(&[
                "erase",
                "status",
                "--account",
                "Acme",
                "--erasure",
                erasure,
                "--receipt",
                name,
            ])
            .well();
        let saved = std::fs::read_to_string(&path).expect("the receipt was saved");
        assert_eq!(saved, receipt, "GraphQL and the command line give one receipt");
        assert!(!receipt.contains(ANA), "{receipt}");
        let value: Value = serde_json::from_str(receipt).expect("a receipt is JSON");
        assert_eq!(
            (&value["state"], &value["attestation"]),
            (&json!("PARTIAL"), &json!("L2")),
            "{value:#}"
        );
        judge_signature(&path, &self.home.folder().join("receipt.json.sig"), &self.key);
        self.verify(&path);
    }

    async fn the_old_bundle_is_gone(&self, export: &str) {
        let query = "query($id: ID!) { node(id: $id) { ... on Export { state } } }";
        let state = self.graphql(query, json!({ "id": export })).await;
        assert_eq!(state["node"]["state"], "STALE");
        let path = format!("/exports/{export}/bundle");
        let answer = self.gateway.client.get_as(&self.token, &path).await;
        assert_eq!((answer.status, answer.code().as_str()), (410, "GONE"));
    }
}
