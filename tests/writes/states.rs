//! Being on a list: what asking, confirming and leaving do in each state.

use serde_json::{Value, json};

use super::world::World;

/// State of the profile before, then what it is after subscribing (double, single opt-in) and unsubscribing, or the
/// code. `-` stands for nobody.
const TABLE: [(&str, &str, &str, &str); 10] = [
    (
        "-",
        "PENDING_CONFIRM",
        "SUBSCRIBED",
        "SUBJECT_NOT_FOUND subscriber",
    ),
    (
        "pending_confirm",
        "PENDING_CONFIRM",
        "PENDING_CONFIRM",
        "UNSUBSCRIBED",
    ),
    (
        "pending_approval",
        "INVALID_STATE list",
        "INVALID_STATE list",
        "UNSUBSCRIBED",
    ),
    ("subscribed", "SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED"),
    (
        "unsubscribed",
        "PENDING_CONFIRM",
        "PENDING_CONFIRM",
        "UNSUBSCRIBED",
    ),
    (
        "cleaned",
        "INVALID_STATE list",
        "INVALID_STATE list",
        "UNSUBSCRIBED",
    ),
    (
        "complained",
        "INVALID_STATE list",
        "INVALID_STATE list",
        "INVALID_STATE subscriber",
    ),
    (
        "disabled",
        "INVALID_STATE list",
        "INVALID_STATE list",
        "UNSUBSCRIBED",
    ),
    (
        "moved",
        "INVALID_STATE list",
        "INVALID_STATE list",
        "INVALID_STATE subscriber",
    ),
    ("non_subscribed", "PENDING_CONFIRM", "SUBSCRIBED", "UNSUBSCRIBED"),
];

async fn outcome(world: &World, verb: &str, input: Value) -> String {
    let owner = world.owner("Acme");
    let payload = world
        .call(&owner, verb, input.clone(), "subscriberProfile { status }")
        .await;
    match payload["subscriberProfile"]["status"].as_str() {
        Some(status) => status.to_owned(),
        None => world.refused(&owner, verb, input).await,
    }
}

#[tokio::test]
async fn each_state_of_a_subscriber_on_a_list_takes_each_verb_as_the_table_says() {
    for world in World::each().await {
        let account = world.account("Acme").id;
        for (number, (state, double, single, leave)) in TABLE.into_iter().enumerate() {
            for (list, expected) in [(0, double), (1, single)] {
                let mut found = Vec::new();
                for verb in ["subscribe", "unsubscribe"] {
                    let email = format!("person{number}.{list}.{verb}@example.test");
                    if state != "-" {
                        let given = [
                            ("email", email.as_str().into()),
                            ("email_normalized", email.as_str().into()),
                            ("status", "active".into()),
                        ];
                        let person = world.put(account, "subscribers", &given).await;
                        let given = [
                            ("subscriber_id", person.into()),
                            ("list_id", world.account("Acme").lists[list].into()),
                            ("status", state.into()),
                        ];
                        world.put(account, "subscriber_profiles", &given).await;
                    }
                    let list = world.list("Acme", list);
                    let input = match verb {
                        "subscribe" => json!({"list": list, "email": email}),
                        _ => json!({"list": list, "subscriber": {"email": email}}),
                    };
                    found.push(outcome(&world, verb, input).await);
                }
                assert_eq!(found, [expected, leave], "{state} on list {list}");
            }
        }
    }
}

#[tokio::test]
async fn a_sign_up_is_confirmed_by_its_own_token_once_and_by_no_other() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 0);
        let first = world.subscribe(&owner, &list, "ana@example.test").await;
        let again = world.subscribe(&owner, &list, "ana@example.test").await;
        assert_eq!(again["subscriberProfile"], first["subscriberProfile"]);
        let old = json!({"token": first["confirmationToken"]});
        let new = json!({"token": again["confirmationToken"], "textVersion": "3"});
        assert_eq!(
            world.refused(&owner, "confirmSubscription", old).await,
            "INVALID_STATE token"
        );
        let stranger = world.owner("Globex");
        for (credential, token) in [(&stranger, new.clone()), (&owner, json!({"token": "AAAA"}))] {
            assert_eq!(
                world.refused(credential, "confirmSubscription", token).await,
                "BAD_USER_INPUT token"
            );
        }
        let selection = "subscriberProfile { status confirmedAt subscriber { consents(first: 5) { nodes { preference textVersion withdrawnAt } } } }";
        let confirmed = world
            .done(&owner, "confirmSubscription", new.clone(), selection)
            .await;
        let profile = &confirmed["subscriberProfile"];
        assert_eq!(profile["status"], "SUBSCRIBED");
        assert_eq!(
            profile["subscriber"]["consents"]["nodes"],
            json!([{"preference": "OPT_IN", "textVersion": "3", "withdrawnAt": null}])
        );
        let repeated = world
            .done(&owner, "confirmSubscription", new.clone(), selection)
            .await;
        assert_eq!(repeated, confirmed);
        // Leaving withdraws the consent, and the token of the sign-up before brings nobody back.
        let leave = json!({"list": list, "subscriber": {"email": "ANA@example.test"}, "reason": "too many"});
        let selection = "subscriberProfile { status optOutReason subscriber { consents(first: 5) { nodes { withdrawnAt } } } }";
        let left = world.done(&owner, "unsubscribe", leave.clone(), selection).await;
        assert_eq!(left["subscriberProfile"]["status"], "UNSUBSCRIBED");
        let consent = &left["subscriberProfile"]["subscriber"]["consents"]["nodes"][0];
        assert!(consent["withdrawnAt"].is_string(), "{left}");
        assert_eq!(world.done(&owner, "unsubscribe", leave, selection).await, left);
        assert_eq!(
            world.refused(&owner, "confirmSubscription", new).await,
            "INVALID_STATE token"
        );
        let actions = world.audited("Acme").await;
        let expected = [
            "subscription.requested",
            "subscription.requested",
            "subscription.confirmed",
            "subscription.ended",
        ];
        assert_eq!(actions, expected);
        let rows = world.home.rows().await;
        let unsubscribes = rows.iter().filter(|row| row.table == "unsubscribes").count();
        assert_eq!(unsubscribes, 1, "leaving twice is leaving once");
    }
}
