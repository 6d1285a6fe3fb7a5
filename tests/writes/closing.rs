//! A closed account: who comes in, what is still done, what is refused, and how it is opened again.

use std::sync::Arc;

use chrono::TimeDelta;
use postern::access::built_in::BuiltIn;
use postern::api::mutation::{Input, Kind, all};
use postern::clock::Clock;
use postern::store::Sql;
use postern::work::audit::ReadLog;
use postern::work::sign_in::token_at_the_machine;
use serde_json::{Map, Value, json};

use super::world::World;
use crate::kit::inside;

/// What is still done.
const RETRIEVAL: [&str; 19] = [
    "signIn",
    "requestExport",
    "cancelExport",
    "createDownloadLink",
    "transferExport",
    "cancelTransfer",
    "planErasure",
    "confirmErasure",
    "cancelErasure",
    "pauseErasure",
    "resumeErasure",
    "unsubscribe",
    "suppress",
    "withdrawConsent",
    "restrictProcessing",
    "liftRestriction",
    "reportErasureRecipient",
    "closeAccount",
    "reopenAccount",
];

const WHO: &str = "{ viewer { account { name } } }";

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

/// A value that the schema takes for a field that must be given.
fn plain(world: &World, input: &Input) -> Value {
    let one = match input.kind {
        Kind::Named("EmailAddress") => json!("somebody@example.test"),
        Kind::Named("DateTime") => json!("2030-01-01T00:00:00Z"),
        Kind::Named("Int") => json!(1),
        Kind::Named("Boolean") => json!(true),
        Kind::Named("PermissionVerb") => json!("READ"),
        Kind::Named("SuppressionReason") => json!("UNSUBSCRIBED"),
        Kind::Named("RestrictionKind") => json!("RESTRICTED"),
        Kind::Named("UnsubscribeMethod") => json!("LINK"),
        Kind::Named("TransferProtocol") => json!("PUT"),
        Kind::Named(_) => json!("a-text-of-16-chars"),
        Kind::Id(table) => json!(world.global(table, world.installation.new_id())),
        Kind::Words(words) => json!(words.words[0].0),
        Kind::Shape(shape) if shape.one_of => {
            let first = &shape.takes[0];
            json!({ first.name: plain(world, first) })
        }
        Kind::Shape(shape) => plain_input(world, shape.takes),
    };
    if input.is_list { json!([one]) } else { one }
}

fn plain_input(world: &World, takes: &[Input]) -> Value {
    let required = takes.iter().filter(|input| input.is_required);
    let fields: Map<String, Value> = required
        .map(|input| (input.name.to_owned(), plain(world, input)))
        .collect();
    Value::Object(fields)
}

async fn close(world: &World) -> Value {
    let owner = world.owner("Acme");
    let selection = "erasedFrom account { status closedAt }";
    world
        .done(&owner, "closeAccount", json!({"name": "acme"}), selection)
        .await
}

/// The same installation so much later.
async fn later(mut world: World, by: TimeDelta) -> World {
    world.installation.clock = Clock::starting_at(world.installation.clock.now() + by);
    let log = Arc::new(ReadLog::new(world.installation.clone()));
    world.gateway = inside::gateway(&world.installation, log);
    world
}

#[tokio::test]
async fn a_closed_account_refuses_every_mutation_but_what_retrieval_and_people_need() {
    for world in World::each().await {
        close(&world).await;
        let owner = world.owner("Acme");
        let mut refused = 0;
        for mutation in all(&world.installation.catalog) {
            let input = plain_input(&world, mutation.takes);
            let answer = world.attempt(&owner, mutation.name, input, "").await;
            let is_refused = code(&answer) == "ACCOUNT_CLOSED";
            let is_let_through = RETRIEVAL.contains(&mutation.name);
            assert_ne!(is_refused, is_let_through, "{}: {answer}", mutation.name);
            refused += u32::from(is_refused);
        }
        assert!(refused > 30, "{refused}");
    }
}

#[tokio::test]
async fn closing_and_reopening_are_for_those_who_may_erase_everything_and_twice_is_once() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let privacy = world.user("Acme", "privacy@acme.test", &[BuiltIn::Privacy]).await;
        let privacy = world.token(privacy);
        for verb in ["closeAccount", "reopenAccount"] {
            let named = |name: &str| json!({ "name": name });
            assert_eq!(world.refused(&privacy, verb, named("Acme")).await, "FORBIDDEN");
            assert_eq!(
                world.refused(&owner, verb, named("Globex")).await,
                "BAD_USER_INPUT name"
            );
        }
        let mut sql = Sql::new("UPDATE accounts SET status = 'suspended' WHERE id = ");
        sql.bind(world.account("Acme").id);
        let database = &world.installation.database;
        database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
        let first = close(&world).await;
        assert_eq!(first["account"]["status"], "PENDING_DELETE");
        assert_eq!(close(&world).await, first);
        let name = json!({"name": "Acme"});
        let selection = "account { status closedAt statusWhenClosed }";
        for _ in 0..2 {
            let open = world.done(&owner, "reopenAccount", name.clone(), selection).await;
            // What it was before is the platform's to say.
            let as_before = json!({"status": "SUSPENDED", "closedAt": null, "statusWhenClosed": null});
            assert_eq!(open["account"], as_before);
        }
        world
            .done(
                &owner,
                "updateAccount",
                json!({"city": "Ulm"}),
                "account { city }",
            )
            .await;
        let audited = world.audited("Acme").await;
        let of = |action: &str| audited.iter().filter(|known| *known == action).count();
        assert_eq!((of("account.closed"), of("account.reopened")), (1, 1));
    }
}

#[tokio::test]
async fn only_those_who_may_export_come_into_a_closed_account() {
    for world in World::each().await {
        let manager = world.manager("Acme").await;
        let exporter = world
            .user("Acme", "exporter@acme.test", &[BuiltIn::Exporter])
            .await;
        let exporter = world.token(exporter);
        let owner = world.owner("Acme");
        let mut keys = Vec::new();
        for group in ["analyst", "exporter"] {
            let mut sql = Sql::new("SELECT id FROM user_groups WHERE name = ");
            sql.bind(group)
                .push(" AND account_id = ")
                .bind(world.account("Acme").id);
            let rows = world.installation.database.fetch(&sql).await.unwrap();
            let input = json!({
                "name": group,
                "group": world.global("user_groups", rows[0].uuid(0).unwrap()),
            });
            let made = world.done(&owner, "createApiKey", input, "key").await;
            keys.push(made["key"].as_str().unwrap().to_owned());
        }
        let [analyst_key, exporter_key] = keys.as_slice() else {
            unreachable!("two were made")
        };
        let everybody = [&manager, analyst_key, &exporter, exporter_key, &owner];
        for who in everybody {
            let answer = world.ask(who, WHO, json!({})).await;
            assert_eq!(answer["data"]["viewer"]["account"]["name"], "Acme", "{answer}");
        }
        close(&world).await;
        for (who, comes_in) in everybody.into_iter().zip([false, false, true, true, true]) {
            let answer = world.ask(who, WHO, json!({})).await;
            match comes_in {
                true => assert_eq!(answer["data"]["viewer"]["account"]["name"], "Acme", "{answer}"),
                false => assert_eq!(code(&answer), "ACCOUNT_CLOSED", "{answer}"),
            }
        }
        let installation = &world.installation;
        let refused = token_at_the_machine(installation, "manager@acme.test", None).await;
        assert_eq!(refused.err().unwrap().code().as_str(), "ACCOUNT_CLOSED");
        assert!(
            token_at_the_machine(installation, "exporter@acme.test", None)
                .await
                .is_ok()
        );
        // Nor is it anybody else's business.
        assert!(code(&world.ask(&world.owner("Globex"), WHO, json!({})).await).is_empty());
    }
}

#[tokio::test]
async fn a_closed_account_is_carried_out_until_its_last_day_and_reopened_no_later() {
    for world in World::each().await {
        let closed = close(&world).await;
        let name = json!({"name": "Acme"});
        let world = later(world, TimeDelta::days(29)).await;
        let owner = world.owner("Acme");
        let export = json!({"idempotencyKey": "carried-out-1"});
        let wanted = world
            .done(&owner, "requestExport", export, "export { state }")
            .await;
        assert_eq!(wanted["export"]["state"], "QUEUED");
        world.done(&owner, "reopenAccount", name.clone(), "").await;
        let again = close(&world).await;
        assert_ne!(again["erasedFrom"], closed["erasedFrom"], "the days begin anew");
        let world = later(world, TimeDelta::days(30)).await;
        let owner = world.owner("Acme");
        assert_eq!(
            world.refused(&owner, "reopenAccount", name).await,
            "INVALID_STATE"
        );
    }
}
