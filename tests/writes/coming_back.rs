//! The person's own new sign-up after an erasure: stored nowhere before the person says yes, good once, for a while, and
//! until the next erasure.

use std::sync::Arc;

use chrono::TimeDelta;
use postern::clock::Clock;
use postern::store::Sql;
use postern::work::audit::ReadLog;
use serde_json::{Value, json};

use super::people::{erase, mentions};
use super::world::World;
use crate::kit::inside;

const CLEO: &str = "Cleo@example.test";

const PROFILE: &str = "subscriberProfile { id status confirmIp optInIp subscriber { id email firstName } }";

/// The sign-up of somebody with everything that can be said of it.
fn wish(list: &str, email: &str) -> Value {
    json!({
        "list": list, "email": email, "firstName": "Cleo", "purpose": "offers", "textVersion": "1",
        "statement": "Yes, mail me offers.", "ipAddress": "192.0.2.7", "userAgent": "Browser/1",
    })
}

async fn ask(world: &World, email: &str) -> Value {
    let (owner, list) = (world.owner("Acme"), world.list("Acme", 0));
    let selection = format!("confirmationToken {PROFILE}");
    world
        .done(&owner, "subscribe", wish(&list, email), &selection)
        .await
}

/// Somebody who was on the list once, and is erased.
async fn erased() -> Vec<World> {
    let worlds = World::each().await;
    for world in &worlds {
        world
            .subscribe(&world.owner("Acme"), &world.list("Acme", 0), CLEO)
            .await;
        erase(world, CLEO, "first-erasure").await;
    }
    worlds
}

async fn count(world: &World, sql: &str) -> i64 {
    let mut sql = Sql::new(sql);
    sql.bind(world.account("Acme").id);
    let rows = world.installation.database.fetch(&sql).await.unwrap();
    rows[0].int(0).unwrap()
}

#[tokio::test]
async fn an_erased_person_comes_back_by_the_own_word_and_is_stored_nowhere_before() {
    for world in erased().await {
        let owner = world.owner("Acme");
        let asked = ask(&world, CLEO).await;
        let token = asked["confirmationToken"].as_str().expect("a token");
        assert_eq!(asked["subscriberProfile"], Value::Null);
        assert_eq!(mentions(&world, CLEO).await, Vec::<String>::new());
        // Somebody else's token says no more and no less than this one.
        let other = ask(&world, "Dora@example.test").await;
        assert_eq!(
            other["confirmationToken"].as_str().map(str::len),
            Some(token.len()),
            "the two look alike"
        );
        let foreign = json!({ "token": token });
        assert_eq!(
            world
                .refused(&world.owner("Globex"), "confirmSubscription", foreign)
                .await,
            "BAD_USER_INPUT token"
        );

        let confirm = json!({ "token": token, "textVersion": "2", "ipAddress": "192.0.2.8" });
        let confirmed = world
            .done(&owner, "confirmSubscription", confirm.clone(), PROFILE)
            .await;
        let profile = &confirmed["subscriberProfile"];
        assert_eq!(profile["status"], "SUBSCRIBED");
        assert_eq!(
            (&profile["optInIp"], &profile["confirmIp"]),
            (&json!("192.0.2.7"), &json!("192.0.2.8"))
        );
        assert_eq!(profile["subscriber"]["email"], CLEO);
        assert_eq!(profile["subscriber"]["firstName"], "Cleo");
        let consents = "query($id: ID!) { node(id: $id) { ... on Subscriber { consents(first: 9) { nodes { purpose textVersion statement } } } } }";
        let id = json!({ "id": profile["subscriber"]["id"] });
        let consents = world.ask(&owner, consents, id).await;
        assert_eq!(
            consents["data"]["node"]["consents"]["nodes"],
            json!([{ "purpose": "offers", "textVersion": "2", "statement": "Yes, mail me offers." }]),
            "{consents}"
        );
        let told = world.audited("Acme").await;
        for action in ["erasure.fence_lifted", "subscription.confirmed"] {
            assert_eq!(told.iter().filter(|one| *one == action).count(), 1, "{told:?}");
        }
        // Followed twice, the link is followed once.
        let again = world.done(&owner, "confirmSubscription", confirm, PROFILE).await;
        assert_eq!(again["subscriberProfile"], *profile);
        assert_eq!(
            count(
                &world,
                "SELECT count(*) FROM consents WHERE purpose = 'offers' AND account_id = "
            )
            .await,
            1
        );
        // From now on the person is one like any other.
        let leave = json!({"list": world.list("Acme", 0), "subscriber": {"email": CLEO}});
        world.done(&owner, "unsubscribe", leave, "").await;
        let used = json!({ "token": token });
        assert_eq!(
            world.refused(&owner, "confirmSubscription", used).await,
            "INVALID_STATE token"
        );
    }
}

#[tokio::test]
async fn a_confirmation_is_void_after_the_next_erasure() {
    for world in erased().await {
        let owner = world.owner("Acme");
        let tokens = [ask(&world, CLEO).await, ask(&world, CLEO).await];
        let [used, unused] = tokens.map(|asked| json!({ "token": asked["confirmationToken"] }));
        world.done(&owner, "confirmSubscription", used.clone(), "").await;
        // The fence was lifted once: the other link lifts nothing more.
        let refused = |token: &Value| world.refused(&owner, "confirmSubscription", token.clone());
        assert_eq!(refused(&unused).await, "INVALID_STATE token");
        erase(&world, CLEO, "second-erasure").await;
        for void in [&used, &unused] {
            assert_eq!(refused(void).await, "INVALID_STATE token");
        }
        let single = json!({"list": world.list("Acme", 1), "email": CLEO});
        assert_eq!(
            world.refused(&owner, "subscribe", single).await,
            "SUPPRESSED email"
        );
        assert_eq!(mentions(&world, CLEO).await, Vec::<String>::new());
        let anew = ask(&world, CLEO).await;
        let anew = json!({ "token": anew["confirmationToken"] });
        world.done(&owner, "confirmSubscription", anew, "").await;
    }
}

#[tokio::test]
async fn a_confirmation_runs_out_and_lifts_no_fence_while_rows_of_before_are_there() {
    for mut world in erased().await {
        let owner = world.owner("Acme");
        let asked = ask(&world, CLEO).await;
        let token = json!({ "token": asked["confirmationToken"] });
        let now = world.installation.clock.now();
        let at = async |world: &mut World, days: i64| {
            world.installation.clock = Clock::starting_at(now + TimeDelta::days(days));
            let log = Arc::new(ReadLog::new(world.installation.clone()));
            world.gateway = inside::gateway(&world.installation, log);
            world.owner("Acme")
        };
        let late = at(&mut world, 30).await;
        assert_eq!(
            world.refused(&late, "confirmSubscription", token.clone()).await,
            "INVALID_STATE token"
        );
        at(&mut world, 0).await;
        // An erasure that has not ended keeps the person out until it has.
        for (state, lifts) in [("verifying", false), ("done", true)] {
            world
                .home
                .tamper(format!("UPDATE erasures SET state = '{state}'"))
                .await;
            let payload = world
                .call(&owner, "confirmSubscription", token.clone(), PROFILE)
                .await;
            assert_eq!(payload["userErrors"] == json!([]), lifts, "{state}: {payload}");
        }
    }
}

#[tokio::test]
async fn a_plan_from_before_the_person_came_back_is_not_run() {
    for world in World::each().await {
        let (owner, list) = (world.owner("Acme"), world.list("Acme", 0));
        world.subscribe(&owner, &list, CLEO).await;
        let wanted = json!({"subscriber": {"email": CLEO}, "idempotencyKey": "before-coming-back"});
        let planned = world
            .done(&owner, "planErasure", wanted, "erasure { id planHash }")
            .await;
        erase(&world, CLEO, "first-erasure").await;
        let token = json!({ "token": ask(&world, CLEO).await["confirmationToken"] });
        world.done(&owner, "confirmSubscription", token, PROFILE).await;
        let late = json!({
            "erasure": planned["erasure"]["id"], "planHash": planned["erasure"]["planHash"],
            "idempotencyKey": "after-coming-back",
        });
        assert_eq!(
            world.refused(&owner, "confirmErasure", late).await,
            "PLAN_CHANGED"
        );
        assert!(!mentions(&world, CLEO).await.is_empty(), "the person is there");
    }
}
