//! The delegation ceiling: nobody gives what they lack, by whatever way.

use std::collections::BTreeSet;
use std::sync::Arc;

use postern::access::grant::Verb;
use postern::access::viewer::Viewer;
use postern::cell::Cell;
use postern::work::identify::{Credentials, Identifier};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::World;

/// What the head of a team holds on subscribers: on the first list, read, read in clear and managing; everywhere,
/// writing without managing it.
const HELD: [(&str, Option<usize>); 4] = [
    ("read", Some(0)),
    ("read_clear", Some(0)),
    ("manage", Some(0)),
    ("write", None),
];

/// Makes a group with these grants behind the mutations' back, and a user in it.
async fn member_of(
    world: &World,
    name: &str,
    grants: &[(&str, &str, Option<usize>)],
    end: Option<Cell>,
) -> (Uuid, String) {
    let account = world.account("Acme");
    let group = world
        .put(account.id, "user_groups", &[("name", name.into())])
        .await;
    for (resource, verb, list) in grants {
        let given = [
            ("group_id", Cell::from(group)),
            ("resource", (*resource).into()),
            ("verb", (*verb).into()),
            ("all_lists", list.is_none().into()),
        ];
        let grant = world.put(account.id, "grants", &given).await;
        if let Some(number) = list {
            let given = [
                ("grant_id", Cell::from(grant)),
                ("list_id", account.lists[*number].into()),
            ];
            world.put(account.id, "grant_lists", &given).await;
        }
    }
    let user = world.user("Acme", &format!("{name}@acme.test"), &[]).await;
    let given = [
        ("group_id", Cell::from(group)),
        ("user_id", user.into()),
        ("expires_at", end.unwrap_or_default()),
    ];
    world.put(account.id, "group_members", &given).await;
    (group, world.token(user))
}

/// Whoever may decide about groups, with what is held on subscribers.
fn head() -> Vec<(&'static str, &'static str, Option<usize>)> {
    let mut grants: Vec<_> = ["UserGroup", "Grant", "GrantList", "GroupMember", "ApiKey"]
        .map(|resource| (resource, "manage", None))
        .into();
    grants.extend([
        ("User", "read", None),
        ("List", "read", None),
        ("UserGroup", "read", None),
    ]);
    grants.extend(HELD.map(|(verb, list)| ("Subscriber", verb, list)));
    grants
}

async fn group(world: &World, credential: &str, name: &str) -> Value {
    let made = world
        .done(
            credential,
            "createUserGroup",
            json!({"name": name}),
            "userGroup { id }",
        )
        .await;
    made["userGroup"]["id"].clone()
}

#[tokio::test]
async fn a_right_is_given_only_as_far_as_it_is_held_and_managed() {
    for world in World::each().await {
        let (_, head) = member_of(&world, "head", &head(), None).await;
        let target = group(&world, &head, "team").await;
        let lists = [world.list("Acme", 0), world.list("Acme", 1)];
        for verb in Verb::ALL {
            for reach in [Some(vec![0]), Some(vec![1]), Some(vec![0, 1]), None] {
                let holds = |verb: &str| {
                    let held = HELD.iter().find(|(held, _)| *held == verb);
                    match (held, &reach) {
                        (None, _) | (Some((_, Some(_))), None) => false,
                        (Some((_, None)), _) => true,
                        (Some((_, Some(list))), Some(given)) => given.iter().all(|one| one == list),
                    }
                };
                let expected = holds(verb.word()) && holds("manage");
                let named = reach
                    .as_ref()
                    .map(|reach| reach.iter().map(|one| &lists[*one]).collect::<Vec<_>>());
                let grant =
                    json!({"resource": "Subscriber", "verb": verb.word().to_uppercase(), "lists": named});
                for (mutation, input) in [
                    ("addGrant", json!({"group": target, "grant": grant})),
                    ("setGrants", json!({"group": target, "grants": [grant]})),
                ] {
                    let answer = world.call(&head, mutation, input, "").await;
                    let errors = answer["userErrors"].as_array().unwrap();
                    assert_eq!(
                        errors.is_empty(),
                        expected,
                        "{mutation} {verb:?} {reach:?}: {answer}"
                    );
                    if let Some(error) = errors.first() {
                        assert_eq!(error["code"], "FORBIDDEN");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn no_way_leads_to_more_than_the_giver_holds() {
    for world in World::each().await {
        let (_, head) = member_of(&world, "head", &head(), None).await;
        let me = world.user("Acme", "head@acme.test", &[]).await;
        let me = world.global("users", me);
        let owner = world.owner("Acme");
        let groups = world
            .ask(
                &owner,
                "{ userGroups(first: 20) { nodes { id name } } }",
                json!({}),
            )
            .await;
        let groups = groups["data"]["userGroups"]["nodes"].as_array().unwrap().clone();
        for one in groups.iter().filter(|one| one["name"] != "head") {
            let join = json!({"group": one["id"], "user": me});
            // A group of named lists that names none grants nothing, and so can be given by anybody.
            let expected = match one["name"].as_str().unwrap() {
                "manager" => continue,
                _ => "FORBIDDEN group",
            };
            assert_eq!(
                world.refused(&head, "addGroupMember", join).await,
                expected,
                "{one}"
            );
            let key = json!({"name": "way around", "group": one["id"]});
            assert_eq!(world.refused(&head, "createApiKey", key).await, expected, "{one}");
        }
        let of_owner = world.global("users", world.account("Acme").owner);
        let group_of_owners = groups.iter().find(|one| one["name"] == "owner").unwrap()["id"].clone();
        let out = json!({"group": group_of_owners, "user": of_owner});
        assert_eq!(
            world.refused(&head, "removeGroupMember", out).await,
            "FORBIDDEN group"
        );
        // The owner's key made anew would be the owner's rights in hand.
        let key = json!({"name": "owners", "group": group_of_owners});
        let key = world.done(&owner, "createApiKey", key, "apiKey { id }").await;
        let rotate = json!({"apiKey": key["apiKey"]["id"]});
        assert_eq!(
            world.refused(&head, "rotateApiKey", rotate).await,
            "FORBIDDEN apiKey"
        );
        // The platform's groups in a customer's account are nobody's to join.
        for name in ["support", "admin"] {
            let platforms = groups.iter().find(|one| one["name"] == name).unwrap();
            let join = json!({"group": platforms["id"], "user": me});
            assert_eq!(
                world.refused(&owner, "addGroupMember", join).await,
                "FORBIDDEN group"
            );
        }
    }
}

#[tokio::test]
async fn what_ends_is_not_given_for_longer_and_limits_are_not_widened() {
    for world in World::each().await {
        let end = world.installation.clock.now() + chrono::TimeDelta::days(7);
        let mut grants = head();
        grants.extend([("Subscriber", "export", Some(0))]);
        let (_, head) = member_of(&world, "head", &grants, Some(end.into())).await;
        world
            .home
            .tamper("UPDATE grants SET max_rows = 100 WHERE verb = 'export'")
            .await;
        let target = group(&world, &head, "team").await;
        let list = world.list("Acme", 0);
        let grant = |verb: &str, more: Value| {
            let mut grant = json!({"resource": "Subscriber", "verb": verb, "lists": [list]});
            grant
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"group": target, "grant": grant})
        };
        let soon = (end - chrono::TimeDelta::days(1)).to_rfc3339();
        let late = (end + chrono::TimeDelta::days(1)).to_rfc3339();
        let cases = [
            (grant("READ", json!({})), "FORBIDDEN grant"),
            (grant("READ", json!({"expiresAt": late})), "FORBIDDEN grant"),
            (
                grant("READ", json!({"expiresAt": "2001-01-01T00:00:00Z"})),
                "BAD_USER_INPUT grant.expiresAt",
            ),
            (
                grant("READ", json!({"expiresAt": soon, "maxRows": 5})),
                "BAD_USER_INPUT grant.maxRows",
            ),
            (grant("EXPORT", json!({"expiresAt": soon})), "FORBIDDEN grant"),
            (
                grant("EXPORT", json!({"expiresAt": soon, "maxRows": 101})),
                "FORBIDDEN grant",
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(
                world.refused(&head, "addGrant", input.clone()).await,
                expected,
                "{input}"
            );
        }
        for input in [
            grant("READ", json!({"expiresAt": soon})),
            grant("EXPORT", json!({"expiresAt": soon, "maxRows": 100})),
        ] {
            world.done(&head, "addGrant", input, "").await;
        }
    }
}

/// The viewer that a credential stands for.
async fn viewer(world: &World, credential: &str) -> Arc<Viewer> {
    let installation = world.installation.clone();
    let verifier =
        postern::keys::verifier::TokenVerifier::new(&installation.keys, Vec::new(), installation.clock)
            .unwrap();
    let identifier = Identifier::new(
        installation.database.clone(),
        installation.catalog.clone(),
        verifier,
        installation.clock,
    );
    let credentials = Credentials {
        authorization: vec![format!("Bearer {credential}")],
        account: None,
    };
    identifier.viewer(&credentials).await.unwrap()
}

/// Every right that there is, tried one after another: what the team ends with stays within what its head has.
#[tokio::test]
async fn a_team_never_has_more_than_its_head() {
    for world in World::each().await {
        let (_, head) = member_of(&world, "head", &head(), None).await;
        let ceiling = viewer(&world, &head).await.rights.clone();
        let target = group(&world, &head, "team").await;
        let key = json!({"name": "team", "group": target});
        let key = world.done(&head, "createApiKey", key, "key").await;
        let key = key["key"].as_str().unwrap().to_owned();
        let resources: BTreeSet<String> = world
            .installation
            .catalog
            .resources()
            .map(|resource| resource.name.clone())
            .collect();
        let lists = [
            Value::Null,
            json!([world.list("Acme", 0)]),
            json!([world.list("Acme", 1)]),
        ];
        for resource in &resources {
            for verb in Verb::ALL {
                for lists in &lists {
                    let grant =
                        json!({"resource": resource, "verb": verb.word().to_uppercase(), "lists": lists});
                    let input = json!({"group": target, "grant": grant});
                    world.call(&head, "addGrant", input, "").await;
                }
            }
        }
        let team = viewer(&world, &key).await.rights.clone();
        let mut given = 0;
        for resource in world.installation.catalog.resources() {
            for verb in Verb::ALL {
                let (mine, theirs) = (ceiling.reach(resource.id, verb), team.reach(resource.id, verb));
                assert!(mine.covers(theirs), "{} {verb:?}", resource.name);
                given += usize::from(theirs.is_something());
            }
        }
        assert!(given > 3, "nothing was given, so nothing was shown");
    }
}
