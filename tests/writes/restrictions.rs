//! Rights of people that are not erasure: what may not be done with data that is kept, and consents taken back. Both hold at
//! once, for whoever asks the database, too, and also in a closed account.

use postern::access::built_in::BuiltIn;
use postern::cell::Cell;
use postern::store::{Dialect, Sql};
use serde_json::{Value, json};

use super::world::World;

/// What the platform's own senders are told of an address of Acme's.
async fn must_not_be_mailed(world: &World, address: &str) -> bool {
    let account = world.account("Acme").id;
    let mut sql = Sql::new("SELECT ");
    match world.installation.database.dialect() {
        Dialect::Postgres => sql
            .push("postern.is_suppressed(")
            .bind(account)
            .push(", ")
            .bind(address)
            .push(", NULL, ")
            .bind(world.installation.clock.now())
            .push(")"),
        Dialect::Sqlite => sql
            .push("EXISTS (SELECT 1 FROM is_suppressed WHERE account_id = ")
            .bind(account)
            .push(" AND email_normalized = ")
            .bind(address)
            .push(" AND (expires_at IS NULL OR expires_at > ")
            .bind(world.installation.clock.now())
            .push("))"),
    };
    let rows = world.installation.database.fetch(&sql).await.unwrap();
    rows[0].bool(0).unwrap()
}

/// How many people of Acme the platform's own programs leave out.
async fn left_out(world: &World) -> i64 {
    let mut sql = Sql::new("SELECT count(*) FROM ");
    match world.installation.database.dialect() {
        Dialect::Postgres => sql
            .push("postern.restricted_subscribers(")
            .bind(world.account("Acme").id)
            .push(", ")
            .bind(world.installation.clock.now())
            .push(")"),
        Dialect::Sqlite => sql
            .push("restricted_subscribers WHERE account_id = ")
            .bind(world.account("Acme").id),
    };
    let rows = world.installation.database.fetch(&sql).await.unwrap();
    rows[0].int(0).unwrap()
}

async fn restricted(world: &World, who: &str, input: Value) -> Value {
    let selection = "processingRestriction { id kind purpose reason startsAt endsAt liftedAt }";
    let done = world.done(who, "restrictProcessing", input, selection).await;
    done["processingRestriction"].clone()
}

#[tokio::test]
async fn an_objection_to_marketing_needs_no_ground_and_ends_by_the_persons_own_word() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        let dora = "dora@example.test";
        world.subscribe(&owner, &list, dora).await;
        assert!(!must_not_be_mailed(&world, dora).await);
        let object = json!({"subscriber": {"email": "Dora@Example.test"}, "kind": "OBJECTION"});
        let first = restricted(&world, &owner, object.clone()).await;
        assert_eq!(first["purpose"], "direct marketing");
        assert_eq!(
            restricted(&world, &owner, object.clone()).await,
            first,
            "twice is once"
        );
        assert!(must_not_be_mailed(&world, dora).await);
        assert_eq!(left_out(&world).await, 1);
        // Another purpose is weighed, so that its ground has to be known.
        let mut profiling = object.clone();
        profiling["purpose"] = "profiling".into();
        let refused = world
            .refused(&owner, "restrictProcessing", profiling.clone())
            .await;
        assert_eq!(refused, "BAD_USER_INPUT reason");

        // Also on a list that asks nobody else to confirm, and for who is on it still.
        let waiting = world.subscribe(&owner, &list, dora).await;
        assert_eq!(waiting["subscriberProfile"]["status"], "PENDING_CONFIRM");
        let confirm = |waiting: &Value| json!({"token": waiting["confirmationToken"]});
        let selection =
            "subscriberProfile { status subscriber { processingRestrictions { nodes { liftedAt } } } }";
        let back = world
            .done(&owner, "confirmSubscription", confirm(&waiting), selection)
            .await;
        let profile = &back["subscriberProfile"];
        assert_eq!(profile["status"], "SUBSCRIBED");
        let lifted = &profile["subscriber"]["processingRestrictions"]["nodes"];
        assert_eq!(lifted.as_array().map(Vec::len), Some(1), "it stays as the proof");
        assert!(lifted[0]["liftedAt"].is_string(), "{back}");
        assert!(!must_not_be_mailed(&world, dora).await);
        assert_eq!(left_out(&world).await, 0);

        // What is weighed is decided by the controller: asking to be mailed says nothing of it.
        let pia = "pia@example.test";
        let waiting = world.subscribe(&owner, &world.list("Acme", 0), pia).await;
        let weighed = json!({"subscriber": {"email": pia}, "kind": "OBJECTION", "purpose": "profiling",
                             "reason": "it is wrong about me"});
        let weighed = restricted(&world, &owner, weighed).await;
        let refused = world
            .refused(&owner, "confirmSubscription", confirm(&waiting))
            .await;
        assert_eq!(refused, "SUPPRESSED token");
        let again = json!({"list": world.list("Acme", 1), "email": pia});
        assert_eq!(
            world.refused(&owner, "subscribe", again).await,
            "SUPPRESSED email"
        );
        let lift = json!({"restriction": weighed["id"]});
        world.done(&owner, "liftRestriction", lift, "").await;
        world
            .done(&owner, "confirmSubscription", confirm(&waiting), "")
            .await;

        // The last word counts: an objection after the sign-up that is confirmed.
        let eve = "eve@example.test";
        let waiting = world.subscribe(&owner, &world.list("Acme", 0), eve).await;
        let object = json!({"subscriber": {"email": eve}, "kind": "OBJECTION"});
        restricted(&world, &owner, object).await;
        let refused = world
            .refused(&owner, "confirmSubscription", confirm(&waiting))
            .await;
        assert_eq!(refused, "SUPPRESSED token");
        let audited = world.audited("Acme").await;
        let of = |action: &str| audited.iter().filter(|known| *known == action).count();
        assert_eq!((of("restriction.begun"), of("restriction.lifted")), (3, 2));
    }
}

#[tokio::test]
async fn restricted_data_is_corrected_and_not_used_until_somebody_lifts_the_restriction() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let privacy = world.user("Acme", "privacy@acme.test", &[BuiltIn::Privacy]).await;
        let privacy = world.token(privacy);
        let (list, other) = (world.list("Acme", 0), world.list("Acme", 1));
        let fay = "fay@example.test";
        let waiting = world.subscribe(&owner, &list, fay).await;
        let id = &waiting["subscriberProfile"]["subscriber"]["id"];
        let input = json!({"subscriber": {"id": id}, "kind": "RESTRICTED", "reason": "it is not hers"});
        for (who, expected) in [
            (world.manager("Acme").await, "FORBIDDEN"),
            (world.owner("Globex"), "SUBJECT_NOT_FOUND subscriber"),
        ] {
            let refused = world.refused(&who, "restrictProcessing", input.clone()).await;
            assert_eq!(refused, expected);
        }
        let restriction = restricted(&world, &privacy, input.clone()).await;
        // The same again with an end changes the one that holds.
        let mut longer = input.clone();
        longer["until"] = "2099-01-01T00:00:00Z".into();
        let changed = restricted(&world, &privacy, longer).await;
        assert_eq!(changed["id"], restriction["id"]);
        assert_eq!(changed["endsAt"], "2099-01-01T00:00:00Z");
        let mut past = input;
        past["until"] = "2001-01-01T00:00:00Z".into();
        assert_eq!(
            world.refused(&privacy, "restrictProcessing", past).await,
            "BAD_USER_INPUT until"
        );

        assert!(must_not_be_mailed(&world, fay).await);
        let subscribe = json!({"list": other, "email": fay});
        assert_eq!(
            world.refused(&owner, "subscribe", subscribe.clone()).await,
            "SUPPRESSED email"
        );
        let confirm = json!({"token": waiting["confirmationToken"]});
        assert_eq!(
            world
                .refused(&owner, "confirmSubscription", confirm.clone())
                .await,
            "SUPPRESSED token"
        );
        // Art. 16 goes on, and storage stays visible.
        let correct = json!({"subscriber": id, "firstName": "Fay"});
        world.done(&owner, "updateSubscriber", correct, "").await;
        let open = "{ processingRestrictions(filter: {liftedAt: {isNull: true}}) { nodes { subscriber { email } } } }";
        let shown = world.ask(&privacy, open, json!({})).await;
        let people = &shown["data"]["processingRestrictions"]["nodes"];
        assert_eq!(*people, json!([{"subscriber": {"email": fay}}]), "{shown}");

        let lift = json!({"restriction": restriction["id"]});
        assert_eq!(
            world
                .refused(&world.owner("Globex"), "liftRestriction", lift.clone())
                .await,
            "INVALID_ID restriction"
        );
        let selection = "processingRestriction { liftedAt }";
        let lifted = world
            .done(&privacy, "liftRestriction", lift.clone(), selection)
            .await;
        assert!(
            lifted["processingRestriction"]["liftedAt"].is_string(),
            "{lifted}"
        );
        let again = world.done(&privacy, "liftRestriction", lift, selection).await;
        assert_eq!(again, lifted, "twice is once");
        assert!(!must_not_be_mailed(&world, fay).await);
        world.done(&owner, "confirmSubscription", confirm, "").await;
        world.done(&owner, "subscribe", subscribe, "").await;
    }
}

#[tokio::test]
async fn a_consent_is_withdrawn_whatever_it_is_for() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let account = world.account("Acme").id;
        let list = world.list("Acme", 1);
        let gil = world.subscribe(&owner, &list, "gil@example.test").await;
        let gil = world.row(&gil["subscriberProfile"]["subscriber"]["id"]);
        let consent = async |list: Cell| {
            let given = [
                ("subscriber_id", Cell::from(gil)),
                ("list_id", list),
                ("preference", "opt_in".into()),
            ];
            let id = world.put(account, "consents", &given).await;
            world.global("consents", id)
        };
        let of_no_list = consent(Cell::Null).await;
        let withdraw = json!({"consent": of_no_list});
        let selection = "consent { id withdrawnAt }";
        let first = world
            .done(&owner, "withdrawConsent", withdraw.clone(), selection)
            .await;
        assert!(first["consent"]["withdrawnAt"].is_string(), "{first}");
        assert_eq!(
            world
                .done(&owner, "withdrawConsent", withdraw.clone(), selection)
                .await,
            first
        );
        let foreign = world
            .refused(&world.owner("Globex"), "withdrawConsent", withdraw)
            .await;
        assert_eq!(foreign, "INVALID_ID consent");
        // What is known of since somebody left is withdrawn by leaving again.
        let leave = json!({"list": list, "subscriber": {"email": "gil@example.test"}});
        world.done(&owner, "unsubscribe", leave.clone(), "").await;
        consent(world.account("Acme").lists[1].into()).await;
        world.done(&owner, "unsubscribe", leave, "").await;
        let query =
            "query ($id: ID!) { node(id: $id) { ... on Subscriber { consents { nodes { withdrawnAt } } } } }";
        let all = world
            .ask(&owner, query, json!({"id": world.global("subscribers", gil)}))
            .await;
        let consents = all["data"]["node"]["consents"]["nodes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(consents.len() >= 3, "{all}");
        assert!(
            consents.iter().all(|consent| consent["withdrawnAt"].is_string()),
            "{all}"
        );
    }
}

#[tokio::test]
async fn what_people_ask_for_is_noted_in_a_closed_account_and_nobody_new_comes_in() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        let known = world.subscribe(&owner, &list, "hal@example.test").await;
        let hal = &known["subscriberProfile"]["subscriber"]["id"];
        world
            .done(&owner, "closeAccount", json!({"name": "Acme"}), "")
            .await;
        let by_address = json!({"email": "hal@example.test"});
        let object = json!({"subscriber": by_address, "kind": "OBJECTION"});
        let restriction = restricted(&world, &owner, object).await;
        for (verb, input) in [
            ("liftRestriction", json!({"restriction": restriction["id"]})),
            ("unsubscribe", json!({"list": list, "subscriber": by_address})),
            ("suppress", by_address.clone()),
            (
                "planErasure",
                json!({"subscriber": {"id": hal}, "idempotencyKey": "in-a-closed-account"}),
            ),
        ] {
            world.done(&owner, verb, input, "").await;
        }
        for (verb, input) in [
            ("subscribe", json!({"list": list, "email": "new@example.test"})),
            ("updateSubscriber", json!({"subscriber": hal, "firstName": "Hal"})),
            ("release", json!({"entry": by_address})),
        ] {
            let answer = world.attempt(&owner, verb, input, "").await;
            let code = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(*code, "ACCOUNT_CLOSED", "{verb}: {answer}");
        }
    }
}
