//! A subscription tells no more than a question: of a job that is out of reach, what is told of one that is not there;
//! of what is done, what is done in the own account, to those who may read that.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use postern::api::answer::Answer;
use postern::api::service::GraphqlService;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::fill::{Filler, Set, Ties};
use super::founded::Founded;
use super::oracle::Person;
use super::world::{World, body, seen};
use crate::kit::home::Home;
use crate::kit::inside;

const JOB: &str = "subscription ($id: ID!) { jobProgress(id: $id) { __typename id } }";
const ACTIVITY: &str = "subscription { activity { id action account { id } } }";

/// How long somebody listens: events are looked for three times a second.
const WHILE: Duration = Duration::from_secs(4);

/// When those who listen surely do.
const SETTLED: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn who_follows_is_told_of_permitted_events_alone() {
    for home in Home::each().await {
        let world = Founded::on(home).await.with_everybody().await.open().await;
        for who in &world.people {
            jobs_out_of_reach_look_like_none(&world, who).await;
        }
        activity_is_of_the_own_account(&world).await;
    }
}

async fn jobs_out_of_reach_look_like_none(world: &World, who: &Person) {
    let view = world.view(who);
    for table in ["exports", "transfers", "imports", "erasures"] {
        let follow = async |id: Uuid| {
            let variables = json!({ "id": view.oracle.global(table, id) });
            let answers = heard(world, who, JOB, variables, Some(1)).await;
            let [answer] = answers.as_slice() else {
                panic!("{}: {} answers", who.name, answers.len())
            };
            (seen(answer), body(answer))
        };
        let (nothing, _) = follow(world.installation.new_id()).await;
        for row in world.rows.of_table(table) {
            let (answer, found) = follow(row.id).await;
            if view.sees(table, row.id) {
                assert_eq!(
                    found["data"]["jobProgress"]["id"],
                    view.oracle.global(table, row.id),
                    "{}",
                    who.name
                );
            } else {
                assert_eq!(answer, nothing, "{} is told of a job in {table}", who.name);
            }
        }
    }
}

async fn activity_is_of_the_own_account(world: &World) {
    let listening = world.people.iter().map(async |who| {
        let answers =
            tokio::time::timeout(WHILE + SETTLED, heard(world, who, ACTIVITY, json!({}), None)).await;
        (who, answers.expect("listening ends by itself"))
    });
    let acting = async {
        tokio::time::sleep(SETTLED).await;
        let mut filler = Filler::new(&world.installation, world.operator, 3).with_marks_from(60_000);
        let mut done = Vec::new();
        for account in [world.acme, world.globex, world.acme, world.globex] {
            let set = Set {
                account,
                ties: Ties::Own,
                number: 0,
            };
            let events = world.installation.catalog.table("audit_events");
            let event = filler.row(
                events,
                &set,
                &[("happened_at", world.installation.clock.now().into())],
            );
            done.push((account, event["id"].as_uuid().expect("an id")));
            filler.write(account, "audit_events", vec![event]).await;
        }
        done
    };
    let (told, done) = tokio::join!(join_all(listening), acting);
    for (who, answers) in told {
        let may = who.rights.reach("AuditEvent", "read") == super::law::Reach::All;
        let expected = done.iter().filter(|(account, _)| may && *account == who.account);
        let expected: BTreeSet<String> = expected
            .map(|(_, id)| world.oracle().global("audit_events", *id))
            .collect();
        let bodies: Vec<Value> = answers.iter().map(body).collect();
        let events = bodies
            .iter()
            .filter_map(|body| body["data"]["activity"]["id"].as_str());
        assert_eq!(
            events.map(str::to_owned).collect::<BTreeSet<_>>(),
            expected,
            "{}",
            who.name
        );
        for body in &bodies {
            match may {
                true => assert_eq!(
                    body["data"]["activity"]["account"]["id"],
                    world.oracle().global("accounts", who.account),
                    "{}: {body}",
                    who.name
                ),
                false => assert_eq!(
                    body["errors"][0]["extensions"]["code"], "FORBIDDEN",
                    "{}: {body}",
                    who.name
                ),
            }
        }
        assert!(may || bodies.len() == 1, "{}: {bodies:?}", who.name);
    }
}

/// What comes of a subscription: so many answers, or all that come for a while.
async fn heard(
    world: &World,
    who: &Person,
    query: &str,
    variables: Value,
    most: Option<usize>,
) -> Vec<Answer> {
    let request = inside::request(&who.token, who.header, query, variables);
    let (sender, mut receiver) = mpsc::channel(16);
    let mut conversation = world.gateway.converse(request, sender);
    let end = tokio::time::sleep(WHILE);
    tokio::pin!(end);
    let mut answers = Vec::new();
    let mut is_over = false;
    while most.is_none_or(|most| answers.len() < most) {
        tokio::select! {
            biased;
            answer = receiver.recv() => match answer {
                Some(answer) => answers.push(answer),
                None => break,
            },
            _ = &mut conversation, if !is_over => is_over = true,
            () = &mut end => break,
        }
    }
    answers
}
