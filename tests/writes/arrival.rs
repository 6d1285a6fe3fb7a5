//! How people come into an account, are shut out, and go.

use postern::access::built_in::BuiltIn;
use postern::address::Address;
use postern::clock::Clock;
use postern::store::identity::invitation::Comer;
use postern::work::invitation;
use serde_json::{Value, json};

use super::world::World;

async fn group(world: &World, account: &str, name: &str) -> Value {
    let query =
        "query ($name: String!) { userGroups(first: 1, filter: {name: {equals: $name}}) { nodes { id } } }";
    let found = world
        .ask(&world.owner(account), query, json!({ "name": name }))
        .await;
    found["data"]["userGroups"]["nodes"][0]["id"].clone()
}

async fn people(world: &World, account: &str) -> Vec<String> {
    let query = "{ users(orderBy: [{field: EMAIL, direction: ASC}]) { nodes { email } } }";
    let answer = world.ask(&world.owner(account), query, json!({})).await;
    let nodes = answer["data"]["users"]["nodes"].as_array().unwrap().clone();
    nodes
        .iter()
        .map(|node| node["email"].as_str().unwrap().to_owned())
        .collect()
}

/// What is asked in an account that is named.
async fn sees(world: &World, credential: &str, account: Option<&str>) -> Value {
    world
        .ask_in(
            account,
            credential,
            "{ lists(first: 5) { nodes { name } } }",
            json!({}),
        )
        .await
}

#[tokio::test]
async fn an_invitation_tells_nothing_until_the_person_names_the_account() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let analysts = group(&world, "Acme", "analyst").await;
        let known = world.user("Globex", "known@globex.test", &[BuiltIn::Owner]).await;
        let invite = |email: &str| json!({"email": email, "group": analysts});
        let selection = "invitation { id email membershipExpiresAt invitedBy { email } group { name } }";
        let mut answers = Vec::new();
        for email in ["known@globex.test", "nobody@globex.test"] {
            let mut made = world.done(&owner, "inviteUser", invite(email), selection).await;
            let again = world.done(&owner, "inviteUser", invite(email), selection).await;
            assert_eq!(made["invitation"]["id"], again["invitation"]["id"]);
            let invitation = made["invitation"].as_object_mut().unwrap();
            assert_eq!(invitation.remove("email").unwrap(), email);
            invitation.remove("id");
            answers.push(made);
        }
        assert_eq!(answers[0], answers[1], "the known and the unknown look alike");
        let before = people(&world, "Acme").await;
        assert!(!before.contains(&"known@globex.test".to_owned()));
        // Nothing has changed for the person, who need not choose an account even now.
        let token = world.token(known);
        assert!(sees(&world, &token, None).await.get("errors").is_none());
        assert_eq!(people(&world, "Acme").await, before);
        let seen = sees(&world, &token, Some("Acme")).await;
        assert_eq!(
            seen["data"]["lists"]["nodes"].as_array().map(Vec::len),
            Some(2),
            "{seen}"
        );
        assert!(
            people(&world, "Acme")
                .await
                .contains(&"known@globex.test".to_owned())
        );
        let left = world
            .ask(&owner, "{ invitations { nodes { email } } }", json!({}))
            .await;
        assert_eq!(
            left["data"]["invitations"]["nodes"],
            json!([{"email": "nobody@globex.test"}])
        );
        assert_eq!(
            world
                .refused(&owner, "inviteUser", invite("known@globex.test"))
                .await,
            "INVALID_STATE email"
        );
        let actions = world.audited("Acme").await;
        assert_eq!(
            actions.iter().filter(|action| *action == "user.invited").count(),
            4
        );
        assert_eq!(
            actions.iter().filter(|action| *action == "user.joined").count(),
            1
        );
    }
}

#[tokio::test]
async fn whoever_is_no_user_yet_becomes_one_by_an_open_invitation_alone() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let analysts = group(&world, "Acme", "analyst").await;
        let database = &world.installation.database;
        let accept = async |email: &str, clock: Clock| {
            let address = Address::parse(email).unwrap();
            let comer = Comer::Address(&address.normalized);
            invitation::accept(database, clock, "acme", comer).await.unwrap()
        };
        let clock = world.installation.clock;
        assert_eq!(accept("new@person.test", clock).await, None);
        let invite = json!({"email": "New@Person.test", "group": analysts});
        let made = world
            .done(&owner, "inviteUser", invite.clone(), "invitation { id }")
            .await;
        let late = Clock::starting_at(clock.now() + chrono::TimeDelta::days(15));
        assert_eq!(accept("new@person.test", late).await, None, "its time is over");
        let withdraw = json!({"invitation": made["invitation"]["id"]});
        world
            .done(&owner, "withdrawInvitation", withdraw.clone(), "")
            .await;
        assert_eq!(
            world.refused(&owner, "withdrawInvitation", withdraw).await,
            "INVALID_ID invitation"
        );
        assert_eq!(accept("new@person.test", clock).await, None, "it was withdrawn");
        let team = world
            .done(
                &owner,
                "createUserGroup",
                json!({"name": "team"}),
                "userGroup { id }",
            )
            .await;
        let team = &team["userGroup"]["id"];
        let to_team = json!({"email": "new@person.test", "group": team});
        world.done(&owner, "inviteUser", to_team, "").await;
        world
            .done(&owner, "deleteUserGroup", json!({"group": team}), "")
            .await;
        assert_eq!(accept("new@person.test", clock).await, None, "the group is gone");
        world.done(&owner, "inviteUser", invite, "").await;
        let user = accept("new@person.test", clock)
            .await
            .expect("the person comes in");
        assert!(
            people(&world, "Acme")
                .await
                .contains(&"New@Person.test".to_owned())
        );
        assert!(
            sees(&world, &world.token(user), None)
                .await
                .get("errors")
                .is_none()
        );
        assert_eq!(accept("new@person.test", clock).await, None, "it is used up");
    }
}

#[tokio::test]
async fn nobody_invites_beyond_the_own_rights_or_by_an_address_that_is_none() {
    for world in World::each().await {
        let manager = world.manager("Acme").await;
        let analysts = group(&world, "Acme", "analyst").await;
        let others = group(&world, "Globex", "analyst").await;
        let invite = |group: &Value| json!({"email": "a@b.test", "group": group});
        assert_eq!(
            world.refused(&manager, "inviteUser", invite(&analysts)).await,
            "FORBIDDEN"
        );
        let owner = world.owner("Acme");
        for (input, expected) in [
            (invite(&others), "INVALID_ID group"),
            (
                json!({"email": "a@b.test", "group": analysts, "membershipExpiresAt": "2020-01-01T00:00:00Z"}),
                "BAD_USER_INPUT membershipExpiresAt",
            ),
        ] {
            assert_eq!(world.refused(&owner, "inviteUser", input).await, expected);
        }
    }
}

#[tokio::test]
async fn users_are_shut_out_let_in_and_removed_and_the_last_owner_stays() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let me = json!({"user": world.global("users", world.account("Acme").owner)});
        for verb in ["disableUser", "removeUser"] {
            assert_eq!(
                world.refused(&owner, verb, me.clone()).await,
                "INVALID_STATE user"
            );
        }
        let groups = [BuiltIn::Analyst, BuiltIn::Exporter];
        let clerk = world.user("Acme", "clerk@acme.test", &groups).await;
        let token = world.token(clerk);
        let user = json!({"user": world.global("users", clerk)});
        let disabled = world
            .done(&owner, "disableUser", user.clone(), "user { status }")
            .await;
        assert_eq!(disabled["user"]["status"], "DISABLED");
        let shut = sees(&world, &token, None).await;
        assert_eq!(shut["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        world.done(&owner, "enableUser", user.clone(), "").await;
        assert!(sees(&world, &token, None).await.get("errors").is_none());
        let removed = world.done(&owner, "removeUser", user.clone(), "removedId").await;
        assert_eq!(removed["removedId"], user["user"]);
        assert!(
            !people(&world, "Acme")
                .await
                .contains(&"clerk@acme.test".to_owned())
        );
        assert_eq!(world.refused(&owner, "removeUser", user).await, "INVALID_ID user");
        let shared = world.user("Acme", "both@acme.test", &[BuiltIn::Analyst]).await;
        world.user("Globex", "both@acme.test", &[BuiltIn::Analyst]).await;
        let both = json!({"user": world.global("users", shared)});
        assert_eq!(world.refused(&owner, "disableUser", both).await, "FORBIDDEN user");
    }
}
