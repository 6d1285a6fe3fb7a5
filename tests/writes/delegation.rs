//! Groups, members and keys: what is changed holds from the next request on.

use serde_json::{Value, json};

use super::world::World;

const LISTS: &str = "{ lists(first: 5) { nodes { name } } }";

async fn group(world: &World, name: &str) -> Value {
    let input = json!({"name": name, "description": "for tests"});
    let made = world
        .done(
            &world.owner("Acme"),
            "createUserGroup",
            input,
            "userGroup { id name description }",
        )
        .await;
    assert_eq!(made["userGroup"]["description"], "for tests");
    made["userGroup"]["id"].clone()
}

async fn built_in(world: &World, account: &str, name: &str) -> Value {
    let query =
        "query ($name: String!) { userGroups(first: 1, filter: {name: {equals: $name}}) { nodes { id } } }";
    let found = world
        .ask(&world.owner(account), query, json!({ "name": name }))
        .await;
    found["data"]["userGroups"]["nodes"][0]["id"].clone()
}

async fn sees(world: &World, credential: &str) -> usize {
    let answer = world.ask(credential, LISTS, json!({})).await;
    answer["data"]["lists"]["nodes"].as_array().map_or(99, Vec::len)
}

#[tokio::test]
async fn grants_and_memberships_hold_from_the_next_request_on() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let clerk = world.user("Acme", "clerk@acme.test", &[]).await;
        let empty = group(&world, "empty").await;
        // Somebody who is in no group is no member of the account, and so is found by nobody there.
        let user = world.global("users", clerk);
        let join = |group: &Value| json!({"group": group, "user": user});
        assert_eq!(
            world.refused(&owner, "addGroupMember", join(&empty)).await,
            "INVALID_ID user"
        );
        let given = [("group_id", world.row(&empty).into()), ("user_id", clerk.into())];
        world.put(world.account("Acme").id, "group_members", &given).await;
        let token = world.token(clerk);
        assert_eq!(sees(&world, &token).await, 0);
        let team = group(&world, "team").await;
        let input = json!({"group": team, "grant": {"resource": "List", "verb": "READ", "lists": [world.list("Acme", 0)]}});
        let grant = world
            .done(&owner, "addGrant", input, "grant { id allLists group { name } }")
            .await;
        assert_eq!(grant["grant"]["allLists"], false);
        assert_eq!(sees(&world, &token).await, 0);
        let member = world
            .done(
                &owner,
                "addGroupMember",
                join(&team),
                "groupMember { id expiresAt }",
            )
            .await;
        assert_eq!(sees(&world, &token).await, 1);
        let input = json!({"group": team, "grants": [{"resource": "List", "verb": "READ"}]});
        let set = world
            .done(
                &owner,
                "setGrants",
                input,
                "userGroup { grants(first: 5) { nodes { id verb allLists } } }",
            )
            .await;
        assert_eq!(set["userGroup"]["grants"]["nodes"][0]["allLists"], true);
        assert_eq!(sees(&world, &token).await, 2);
        let mut later = join(&team);
        later["expiresAt"] = json!("2099-01-01T00:00:00Z");
        let again = world
            .done(&owner, "addGroupMember", later, "groupMember { id expiresAt }")
            .await;
        assert_eq!(again["groupMember"]["id"], member["groupMember"]["id"]);
        assert_eq!(again["groupMember"]["expiresAt"], "2099-01-01T00:00:00Z");
        let grant = json!({"grant": set["userGroup"]["grants"]["nodes"][0]["id"]});
        world.done(&owner, "removeGrant", grant.clone(), "").await;
        assert_eq!(sees(&world, &token).await, 0);
        assert_eq!(
            world.refused(&owner, "removeGrant", grant).await,
            "INVALID_ID grant"
        );
        for _ in 0..2 {
            world
                .done(&owner, "removeGroupMember", join(&team), "userGroup { id }")
                .await;
        }
        let gone = world
            .done(&owner, "deleteUserGroup", json!({"group": team}), "deletedId")
            .await;
        assert_eq!(gone["deletedId"], team);
        assert_eq!(
            world
                .refused(&owner, "deleteUserGroup", json!({"group": team}))
                .await,
            "INVALID_ID group"
        );
    }
}

#[tokio::test]
async fn built_in_groups_and_the_last_owner_stay_as_they_are() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let owners = built_in(&world, "Acme", "owner").await;
        let analysts = built_in(&world, "Acme", "analyst").await;
        for (verb, input) in [
            ("updateUserGroup", json!({"group": analysts, "name": "spies"})),
            ("deleteUserGroup", json!({"group": analysts})),
            (
                "addGrant",
                json!({"group": analysts, "grant": {"resource": "List", "verb": "WRITE"}}),
            ),
            ("setGrants", json!({"group": analysts, "grants": []})),
        ] {
            assert_eq!(
                world.refused(&owner, verb, input).await,
                "INVALID_STATE group",
                "{verb}"
            );
        }
        let me = world.global("users", world.account("Acme").owner);
        let leave = json!({"group": owners, "user": me});
        assert_eq!(
            world.refused(&owner, "removeGroupMember", leave.clone()).await,
            "INVALID_STATE user"
        );
        let mut end = leave.clone();
        end["expiresAt"] = json!("2099-01-01T00:00:00Z");
        assert_eq!(
            world.refused(&owner, "addGroupMember", end).await,
            "INVALID_STATE user"
        );
        let second = world
            .user(
                "Acme",
                "second@acme.test",
                &[postern::access::built_in::BuiltIn::Analyst],
            )
            .await;
        let second = json!({"group": owners, "user": world.global("users", second)});
        world.done(&owner, "addGroupMember", second.clone(), "").await;
        let analyst = postern::access::built_in::BuiltIn::Analyst;
        world.user("Acme", "owner@acme.test", &[analyst]).await;
        world.done(&owner, "removeGroupMember", leave, "").await;
        // The former owner may no more.
        assert_eq!(
            world.refused(&owner, "removeGroupMember", second).await,
            "FORBIDDEN"
        );
    }
}

/// Each of two owners may put the other out, as long as there are two.
#[tokio::test]
async fn two_owners_cannot_put_each_other_out_at_the_same_time() {
    for world in World::each().await {
        let owners = built_in(&world, "Acme", "owner").await;
        let first = world.account("Acme").owner;
        let owner = postern::access::built_in::BuiltIn::Owner;
        let second = world.user("Acme", "second@acme.test", &[owner]).await;
        let out = |user| json!({"group": owners, "user": world.global("users", user)});
        let (one, other) = (world.token(first), world.token(second));
        let (left, right) = tokio::join!(
            world.attempt(&one, "removeGroupMember", out(second), ""),
            world.attempt(&other, "removeGroupMember", out(first), "")
        );
        // The other is told that somebody has to stay or, if judged when already out, that it may no more.
        let outcome = |answer: &Value| match &answer["data"]["removeGroupMember"]["userErrors"] {
            Value::Array(errors) if errors.is_empty() => "DONE".to_owned(),
            Value::Array(errors) => errors[0]["code"].to_string(),
            _ => answer["errors"][0]["extensions"]["code"].to_string(),
        };
        let mut outcomes = [outcome(&left), outcome(&right)];
        outcomes.sort_unstable();
        assert_eq!(outcomes[1], "DONE", "{left} {right}");
        assert!(
            ["\"FORBIDDEN\"", "\"INVALID_STATE\""].contains(&outcomes[0].as_str()),
            "{left} {right}"
        );
    }
}

#[tokio::test]
async fn names_of_groups_are_unique_and_other_accounts_groups_are_not_there() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let team = group(&world, "team").await;
        for (verb, input, expected) in [
            ("createUserGroup", json!({"name": "team"}), "BAD_USER_INPUT name"),
            ("createUserGroup", json!({"name": " "}), "BAD_USER_INPUT name"),
            (
                "updateUserGroup",
                json!({"group": team, "name": "owner"}),
                "BAD_USER_INPUT name",
            ),
        ] {
            assert_eq!(world.refused(&owner, verb, input).await, expected);
        }
        let input = json!({"group": team, "name": "crew", "description": null});
        let done = world
            .done(&owner, "updateUserGroup", input, "userGroup { name description }")
            .await;
        assert_eq!(done["userGroup"], json!({"name": "crew", "description": null}));
        let stranger = world.owner("Globex");
        let user = world.global("users", world.account("Globex").owner);
        let grant = json!({"resource": "List", "verb": "READ"});
        for (verb, input, expected) in [
            ("updateUserGroup", json!({"group": team}), "INVALID_ID group"),
            ("deleteUserGroup", json!({"group": team}), "INVALID_ID group"),
            (
                "addGrant",
                json!({"group": team, "grant": grant}),
                "INVALID_ID group",
            ),
            (
                "setGrants",
                json!({"group": team, "grants": [grant]}),
                "INVALID_ID group",
            ),
            (
                "addGroupMember",
                json!({"group": team, "user": user}),
                "INVALID_ID group",
            ),
            (
                "removeGroupMember",
                json!({"group": team, "user": user}),
                "INVALID_ID group",
            ),
            (
                "createApiKey",
                json!({"name": "x", "group": team}),
                "INVALID_ID group",
            ),
        ] {
            assert_eq!(world.refused(&stranger, verb, input).await, expected, "{verb}");
        }
        let bad = [
            (
                json!({"resource": "Nothing", "verb": "READ"}),
                "BAD_USER_INPUT grant.resource",
            ),
            (
                json!({"resource": "Invoice", "verb": "READ", "lists": [world.list("Acme", 0)]}),
                "BAD_USER_INPUT grant.lists",
            ),
            (
                json!({"resource": "List", "verb": "READ", "lists": []}),
                "BAD_USER_INPUT grant.lists",
            ),
            (
                json!({"resource": "List", "verb": "READ", "lists": [world.list("Globex", 0)]}),
                "INVALID_ID grant.lists",
            ),
            (
                json!({"resource": "Installation", "verb": "READ"}),
                "FORBIDDEN grant",
            ),
        ];
        let join = json!({"group": team, "user": user});
        assert_eq!(
            world.refused(&owner, "addGroupMember", join.clone()).await,
            "INVALID_ID user"
        );
        // Whoever is no member is out already, whether there is such a user or not.
        world.done(&owner, "removeGroupMember", join, "").await;
        for (grant, expected) in bad {
            let input = json!({"group": team, "grant": grant});
            assert_eq!(
                world.refused(&owner, "addGrant", input).await,
                expected,
                "{grant}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_is_shown_once_replaced_at_once_and_revoked_for_good() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let analysts = built_in(&world, "Acme", "analyst").await;
        let input = json!({"name": "dashboard", "group": analysts, "expiresAt": "2099-01-01T00:00:00Z"});
        let selection = "key apiKey { id name prefix group { name } }";
        let made = world.done(&owner, "createApiKey", input, selection).await;
        let key = made["key"].as_str().unwrap().to_owned();
        let prefix = made["apiKey"]["prefix"].as_str().unwrap();
        assert!(
            key.starts_with(&format!("pst_{prefix}_")),
            "the key and its row differ"
        );
        assert_eq!(sees(&world, &key).await, 2);
        let secret = key.rsplit('_').next().unwrap().to_owned();
        for row in world.home.rows().await {
            for (column, bytes) in &row.cells {
                let text = String::from_utf8_lossy(bytes);
                assert!(!text.contains(&secret), "{}.{column} holds the key", row.table);
            }
        }
        let id = json!({"apiKey": made["apiKey"]["id"]});
        let stranger = world.owner("Globex");
        for verb in ["rotateApiKey", "revokeApiKey"] {
            assert_eq!(
                world.refused(&stranger, verb, id.clone()).await,
                "INVALID_ID apiKey"
            );
            assert_eq!(world.refused(&key, verb, id.clone()).await, "FORBIDDEN");
        }
        let rotated = world.done(&owner, "rotateApiKey", id.clone(), selection).await;
        assert_eq!(rotated["apiKey"]["id"], made["apiKey"]["id"]);
        let new = rotated["key"].as_str().unwrap().to_owned();
        assert_eq!((sees(&world, &key).await, sees(&world, &new).await), (99, 2));
        for _ in 0..2 {
            world
                .done(&owner, "revokeApiKey", id.clone(), "apiKey { revokedAt }")
                .await;
        }
        assert_eq!(sees(&world, &new).await, 99);
        assert_eq!(
            world.refused(&owner, "rotateApiKey", id).await,
            "INVALID_STATE apiKey"
        );
        let past = json!({"name": "late", "group": analysts, "expiresAt": "2001-01-01T00:00:00Z"});
        assert_eq!(
            world.refused(&owner, "createApiKey", past).await,
            "BAD_USER_INPUT expiresAt"
        );
        let kept = ["api_key.created", "api_key.rotated", "api_key.revoked"];
        assert_eq!(world.audited("Acme").await, kept);
    }
}
