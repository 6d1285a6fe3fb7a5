//! People's rows: suppression, custom values, names.

use postern::cell::Cell;
use postern::work::erase::plan::{self, ErasureRequest};
use postern::work::person::SubscriberChoice;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_suppressed_address_is_never_subscribed_until_it_is_released() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 0);
        let waiting = world.subscribe(&owner, &list, "ben@example.test").await;
        let input = json!({"email": "Ben@Example.test", "comment": "asked us by phone"});
        let selection = "suppressionEntry { id reason comment }";
        let entry = world.done(&owner, "suppress", input.clone(), selection).await;
        assert_eq!(entry["suppressionEntry"]["reason"], "MANUAL");
        assert_eq!(
            world.done(&owner, "suppress", input, selection).await,
            entry,
            "twice is once"
        );
        let subscribe = json!({"list": list, "email": "ben@example.test"});
        assert_eq!(
            world.refused(&owner, "subscribe", subscribe).await,
            "SUPPRESSED email"
        );
        let confirm = json!({"token": waiting["confirmationToken"]});
        assert_eq!(
            world
                .refused(&owner, "confirmSubscription", confirm.clone())
                .await,
            "SUPPRESSED token"
        );
        // Another account's list of addresses is its own.
        world
            .subscribe(
                &world.owner("Globex"),
                &world.list("Globex", 0),
                "ben@example.test",
            )
            .await;
        let id = &entry["suppressionEntry"]["id"];
        let release = json!({"entry": {"id": id}});
        let foreign = world
            .refused(&world.owner("Globex"), "release", release.clone())
            .await;
        assert_eq!(foreign, "NOT_FOUND entry");
        let released = world.done(&owner, "release", release.clone(), "releasedId").await;
        assert_eq!(released["releasedId"], *id);
        assert_eq!(world.refused(&owner, "release", release).await, "NOT_FOUND entry");
        world
            .done(
                &owner,
                "confirmSubscription",
                confirm,
                "subscriberProfile { status }",
            )
            .await;
        let past = json!({"email": "x@example.test", "expiresAt": "2001-01-01T00:00:00Z"});
        assert_eq!(
            world.refused(&owner, "suppress", past).await,
            "BAD_USER_INPUT expiresAt"
        );
    }
}

#[tokio::test]
async fn nothing_brings_an_erased_address_back() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        world.subscribe(&owner, &list, "cleo@example.test").await;
        let other = world.subscribe(&owner, &list, "dan@example.test").await;
        erase(&world, "cleo@example.test", "erase-them").await;
        let subscribe = json!({"list": list, "email": "Cleo@example.test"});
        assert_eq!(
            world.refused(&owner, "subscribe", subscribe).await,
            "SUPPRESSED email"
        );
        let suppress = json!({"email": "cleo@example.test"});
        assert_eq!(
            world.refused(&owner, "suppress", suppress).await,
            "SUPPRESSED email"
        );
        let release = json!({"entry": {"email": "cleo@example.test"}});
        assert_eq!(world.refused(&owner, "release", release).await, "NOT_FOUND entry");
        let id = &other["subscriberProfile"]["subscriber"]["id"];
        let rename = json!({"subscriber": id, "email": "cleo@example.test"});
        assert_eq!(
            world.refused(&owner, "updateSubscriber", rename).await,
            "ADDRESS_UNAVAILABLE email"
        );
        assert_eq!(mentions(&world, "cleo@example.test").await, Vec::<String>::new());
    }
}

/// The tables of Acme with a row that mentions an address.
pub async fn mentions(world: &World, address: &str) -> Vec<String> {
    let acme = world.account("Acme").id;
    let rows = world.home.rows().await;
    let ours = rows.iter().filter(|row| {
        row.account()
            .is_some_and(|id| id == acme.as_bytes() || id == acme.to_string().as_bytes())
    });
    ours.filter(|row| !row.mentions(address).is_empty())
        .map(|row| row.table.clone())
        .collect()
}

/// Plans, confirms and runs an erasure in Acme.
pub async fn erase(world: &World, email: &str, key: &str) {
    use postern::store::queue::{self, Queue};
    use postern::work::erase::{row, run};
    let installation = &world.installation;
    let viewer = world.operator_in(world.account("Acme").id);
    let wanted = ErasureRequest {
        subscriber: SubscriberChoice::Email(email.to_owned()),
        idempotency_key: key.to_owned(),
    };
    let id = plan::plan(installation, &viewer, &wanted).await.unwrap();
    let hash = row::read(installation, &viewer, id).await.unwrap().plan_hash;
    plan::confirm(installation, &viewer, id, &hash).await.unwrap();
    let claim = queue::claim(&installation.database, Queue::Erasures, installation.terms())
        .await
        .unwrap()
        .expect("the erasure waits");
    run::run(installation, &claim).await.unwrap();
}

#[tokio::test]
async fn custom_values_are_set_by_tag_and_must_fit_their_fields() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let account = world.account("Acme");
        let field = async |tag: &str, kind: &str, required: bool| {
            let given = [
                ("list_id", Cell::from(account.lists[0])),
                ("tag", tag.into()),
                ("kind", kind.into()),
                ("is_required", required.into()),
                ("options", json!(["red", "blue", "green"]).into()),
            ];
            world.put(account.id, "list_fields", &given).await
        };
        field("AGE", "number", false).await;
        field("COLOURS", "multiple_choice", false).await;
        field("CITY", "text", true).await;
        let profile = world
            .subscribe(&owner, &world.list("Acme", 0), "eve@example.test")
            .await;
        let id = &profile["subscriberProfile"]["id"];
        let set = |values: serde_json::Value| json!({"subscriberProfile": id, "values": values});
        let selection = "subscriberProfile { values { ordinal value field { tag } } }";
        let all = json!([
            {"tag": "AGE", "values": ["41"]},
            {"tag": "COLOURS", "values": ["red", "blue"]},
            {"tag": "CITY", "values": ["Ulm"]},
        ]);
        let verb = "updateSubscriberProfile";
        let done = world.done(&owner, verb, set(all.clone()), selection).await;
        assert_eq!(
            held(&done),
            ["AGE 0 41", "CITY 0 Ulm", "COLOURS 0 red", "COLOURS 1 blue"]
        );
        assert_eq!(world.done(&owner, verb, set(all), selection).await, done);
        let fewer = json!([{"tag": "COLOURS", "values": ["green"]}, {"tag": "AGE", "values": []}]);
        let done = world.done(&owner, verb, set(fewer), selection).await;
        assert_eq!(held(&done), ["CITY 0 Ulm", "COLOURS 0 green"]);
        let cases = [
            (
                json!([{"tag": "NONE", "values": ["1"]}]),
                "BAD_USER_INPUT values.0.tag",
            ),
            (
                json!([{"tag": "AGE", "values": ["old"]}]),
                "BAD_USER_INPUT values.0.values",
            ),
            (
                json!([{"tag": "AGE", "values": ["1", "2"]}]),
                "BAD_USER_INPUT values.0.values",
            ),
            (
                json!([{"tag": "CITY", "values": []}]),
                "BAD_USER_INPUT values.0.values",
            ),
            (
                json!([{"tag": "COLOURS", "values": ["pink"]}]),
                "BAD_USER_INPUT values.0.values",
            ),
            (
                json!([{"tag": "AGE", "values": ["1"]}, {"tag": "AGE", "values": ["2"]}]),
                "BAD_USER_INPUT values.1.tag",
            ),
            (json!([]), "BAD_USER_INPUT values"),
        ];
        for (values, expected) in cases {
            assert_eq!(
                world.refused(&owner, verb, set(values.clone())).await,
                expected,
                "{values}"
            );
        }
    }
}

fn held(payload: &serde_json::Value) -> Vec<String> {
    let values = payload["subscriberProfile"]["values"].as_array().unwrap();
    let mut held: Vec<String> = values
        .iter()
        .map(|value| {
            let text = |part: &serde_json::Value| part.as_str().unwrap_or("?").to_owned();
            format!(
                "{} {} {}",
                text(&value["field"]["tag"]),
                value["ordinal"],
                text(&value["value"])
            )
        })
        .collect();
    held.sort();
    held
}

#[tokio::test]
async fn accounts_and_users_change_what_is_theirs() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let change = json!({"companyName": "Acme & Daughters", "country": "DE", "phone": null});
        let done = world
            .done(
                &owner,
                "updateAccount",
                change,
                "account { name companyName country }",
            )
            .await;
        assert_eq!(
            done["account"],
            json!({"name": "Acme", "companyName": "Acme & Daughters", "country": "DE"})
        );
        for (input, expected) in [
            (json!({"country": "Germany"}), "BAD_USER_INPUT country"),
            (json!({"timezone": "over there"}), "BAD_USER_INPUT timezone"),
            (json!({"timezone": ""}), "BAD_USER_INPUT timezone"),
        ] {
            assert_eq!(world.refused(&owner, "updateAccount", input).await, expected);
        }
        let analyst = world
            .user(
                "Acme",
                "analyst@acme.test",
                &[postern::access::built_in::BuiltIn::Analyst],
            )
            .await;
        let token = world.token(analyst);
        assert_eq!(
            world
                .refused(&token, "updateAccount", json!({"city": "Ulm"}))
                .await,
            "FORBIDDEN"
        );
        world
            .done(&token, "updateUser", json!({"name": "Ann Alyst"}), "")
            .await;
        let of_owner = world.global("users", world.account("Acme").owner);
        let input = json!({"user": of_owner, "name": "Nobody"});
        assert_eq!(
            world.refused(&token, "updateUser", input.clone()).await,
            "FORBIDDEN"
        );
        assert_eq!(
            world.refused(&world.owner("Globex"), "updateUser", input).await,
            "INVALID_ID user"
        );
        let of_analyst = world.global("users", analyst);
        let named = world
            .done(
                &owner,
                "updateUser",
                json!({"user": of_analyst, "timezone": "Europe/Paris"}),
                "user { name timezone }",
            )
            .await;
        assert_eq!(
            named["user"],
            json!({"name": "Ann Alyst", "timezone": "Europe/Paris"})
        );
        // Somebody who works elsewhere, too, is changed by nobody else.
        world
            .user(
                "Globex",
                "analyst@acme.test",
                &[postern::access::built_in::BuiltIn::Analyst],
            )
            .await;
        let input = json!({"user": of_analyst, "name": "Changed"});
        assert_eq!(world.refused(&owner, "updateUser", input).await, "FORBIDDEN user");
    }
}
