//! Named lists: a manager changes what is in them, and everything else looks as if it were not there; and so does
//! everything of another account.

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_manager_of_a_list_changes_what_is_on_it_and_finds_nothing_else() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let manager = world.manager("Acme").await;
        let (mine, other) = (world.list("Acme", 0), world.list("Acme", 1));
        let inside = world.subscribe(&manager, &mine, "inside@example.test").await;
        let outside = world.subscribe(&owner, &other, "outside@example.test").await;
        let inside = &inside["subscriberProfile"];
        let outside = &outside["subscriberProfile"];
        let rename = |person: &serde_json::Value| json!({"subscriber": person["subscriber"]["id"], "firstName": "Ina"});
        world.done(&manager, "updateSubscriber", rename(inside), "").await;
        // A foreign row, and a row of another account: as if they were not there.
        let foreign = world
            .subscribe(
                &world.owner("Globex"),
                &world.list("Globex", 1),
                "far@example.test",
            )
            .await;
        for person in [outside, &foreign["subscriberProfile"]] {
            assert_eq!(
                world.refused(&manager, "updateSubscriber", rename(person)).await,
                "INVALID_ID subscriber"
            );
            let values = json!({"subscriberProfile": person["id"], "values": [{"tag": "X", "values": []}]});
            assert_eq!(
                world.refused(&manager, "updateSubscriberProfile", values).await,
                "INVALID_ID subscriberProfile"
            );
            let leave = json!({"list": other, "subscriber": {"id": person["subscriber"]["id"]}});
            assert_eq!(
                world.refused(&manager, "unsubscribe", leave).await,
                "SUBJECT_NOT_FOUND subscriber"
            );
        }
        for list in [other.clone(), world.list("Globex", 0)] {
            let input = json!({"list": list, "email": "new@example.test"});
            assert_eq!(
                world.refused(&manager, "subscribe", input).await,
                "INVALID_ID list"
            );
        }
        // The address belongs to all lists, so that one list's manager cannot change it.
        let address = json!({"subscriber": inside["subscriber"]["id"], "email": "else@example.test"});
        assert_eq!(
            world.refused(&manager, "updateSubscriber", address).await,
            "FORBIDDEN email"
        );
        for (verb, input) in [
            ("suppress", json!({"email": "inside@example.test"})),
            ("release", json!({"entry": {"email": "inside@example.test"}})),
            ("updateAccount", json!({"city": "Ulm"})),
            ("createUserGroup", json!({"name": "mine"})),
        ] {
            assert_eq!(world.refused(&manager, verb, input).await, "FORBIDDEN", "{verb}");
        }
        for list in [0, 1] {
            let campaign = [("list_id", world.account("Globex").lists[list].into())];
            let campaign = world
                .put(world.account("Globex").id, "campaigns", &campaign)
                .await;
            let campaign = world.global("campaigns", campaign);
            let leave =
                json!({"list": mine, "subscriber": {"email": "inside@example.test"}, "campaign": campaign});
            assert_eq!(
                world.refused(&manager, "unsubscribe", leave).await,
                "INVALID_ID campaign"
            );
        }
        let leave = json!({"list": mine, "subscriber": {"email": "inside@example.test"}});
        let left = world
            .done(&manager, "unsubscribe", leave, "subscriberProfile { status }")
            .await;
        assert_eq!(left["subscriberProfile"]["status"], "UNSUBSCRIBED");
        let rows = world.home.rows().await;
        let person = rows
            .iter()
            .find(|row| row.table == "subscribers" && row.cell("email") == b"outside@example.test")
            .unwrap();
        assert_eq!(person.cell("first_name"), b"");
    }
}

#[tokio::test]
async fn a_manager_of_a_list_cannot_erase_a_person_but_takes_the_person_off_the_own_list_and_no_other() {
    for world in World::each().await {
        let (owner, manager) = (world.owner("Acme"), world.manager("Acme").await);
        let email = "both@example.test";
        let mine = world.subscribe(&owner, &world.list("Acme", 0), email).await;
        let other = world.subscribe(&owner, &world.list("Acme", 1), email).await;
        let (mine, other) = (&mine["subscriberProfile"], &other["subscriberProfile"]);
        let input = json!({"subscriber": {"email": email}, "idempotencyKey": "off-my-list"});
        let told = world.call(&manager, "planErasure", input, "").await;
        let error = &told["userErrors"][0];
        assert_eq!(error["code"], "FORBIDDEN");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("deleteSubscriberProfile"), "{message}");
        let removed = |profile: &serde_json::Value| json!({"subscriberProfile": profile["id"]});
        let refused = world
            .refused(&manager, "deleteSubscriberProfile", removed(other))
            .await;
        assert_eq!(refused, "INVALID_ID subscriberProfile");
        world
            .done(&manager, "deleteSubscriberProfile", removed(mine), "")
            .await;
        let rows = world.home.rows().await;
        let person = rows
            .iter()
            .find(|row| row.table == "subscribers" && row.cell("email") == email.as_bytes());
        let person = person.expect("the person stays").cell("id");
        let profiles = rows.iter().filter(|row| row.table == "subscriber_profiles");
        let left = profiles.filter(|row| row.cell("subscriber_id") == person).count();
        assert_eq!(left, 1);
        let again = world.subscribe(&owner, &world.list("Acme", 1), email).await;
        assert_eq!(
            again["subscriberProfile"]["id"], other["id"],
            "the other list has the person still"
        );
    }
}

#[tokio::test]
async fn who_may_not_write_is_told_the_same_whoever_is_there() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        world.subscribe(&owner, &list, "known@example.test").await;
        let suppress = json!({"email": "suppressed@example.test"});
        world.done(&owner, "suppress", suppress, "").await;
        let analyst = postern::access::built_in::BuiltIn::Analyst;
        let analyst = world.user("Acme", "analyst@acme.test", &[analyst]).await;
        let analyst = world.token(analyst);
        for email in [
            "known@example.test",
            "suppressed@example.test",
            "unknown@example.test",
        ] {
            for (verb, input) in [
                ("subscribe", json!({"list": list, "email": email})),
                (
                    "unsubscribe",
                    json!({"list": list, "subscriber": {"email": email}}),
                ),
                ("suppress", json!({"email": email})),
                ("release", json!({"entry": {"email": email}})),
            ] {
                assert_eq!(
                    world.refused(&analyst, verb, input).await,
                    "FORBIDDEN",
                    "{verb} {email}"
                );
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_read_in_clear_learns_nothing_by_changing() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        let person = world.subscribe(&owner, &list, "hidden@example.test").await;
        let id = &person["subscriberProfile"]["subscriber"]["id"];
        let group = world
            .done(
                &owner,
                "createUserGroup",
                json!({"name": "clerks"}),
                "userGroup { id }",
            )
            .await;
        let grants = json!([
            {"resource": "Subscriber", "verb": "READ"},
            {"resource": "Subscriber", "verb": "WRITE"},
        ]);
        let group = &group["userGroup"]["id"];
        world
            .done(&owner, "setGrants", json!({"group": group, "grants": grants}), "")
            .await;
        let key = json!({"name": "clerk", "group": group});
        let key = world.done(&owner, "createApiKey", key, "key").await;
        let key = key["key"].as_str().unwrap();
        let input = json!({"subscriber": id, "lastName": "Hidden"});
        let done = world
            .done(key, "updateSubscriber", input, "subscriber { email lastName }")
            .await;
        let shown = done.to_string();
        assert!(
            !shown.contains("hidden@example.test") && !shown.contains("Hidden"),
            "{shown}"
        );
        assert_eq!(done["subscriber"]["email"], "h***@example.test");
    }
}
