//! The mutations that people copy work.

use std::path::Path;

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn every_example_mutation_is_done() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mutations");
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 0);
        let made = world
            .done(
                &owner,
                "createUserGroup",
                json!({"name": "team"}),
                "userGroup { id }",
            )
            .await;
        let group = &made["userGroup"]["id"];
        let email = "copied@example.test";
        let examples = [
            (
                "sign_up",
                json!({"list": list, "email": email, "ip": "192.0.2.7"}),
            ),
            ("leave", json!({"list": list, "email": email})),
            ("team_of_a_list", json!({"group": group, "list": list})),
            (
                "dashboard_key",
                json!({"group": group, "until": "2099-01-01T00:00:00Z"}),
            ),
        ];
        let files = std::fs::read_dir(&folder).expect("there are examples").count();
        assert_eq!(files, examples.len());
        for (name, variables) in examples {
            let query = std::fs::read_to_string(folder.join(format!("{name}.graphql"))).expect("it is text");
            let answer = world.ask(&owner, &query, variables).await;
            let payload = answer["data"].as_object().and_then(|data| data.values().next());
            let errors = payload.map(|payload| payload["userErrors"].clone());
            assert_eq!(errors, Some(json!([])), "{name}: {answer}");
        }
    }
}
