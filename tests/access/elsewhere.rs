//! What is done where somebody may not look leaves no trace in what that one is answered, not even in an answer to a
//! change of the own.

use serde_json::{Value, json};

use super::founded::Founded;
use super::oracle::Person;
use super::questions::Asking;
use super::world::{World, body, seen};
use crate::kit::home::Home;

/// Somebody whom nobody knows yet.
const NEW: &str = "new@elsewhere.example";

#[tokio::test]
async fn what_is_done_on_other_lists_and_in_another_account_is_not_told_by_any_answer() {
    for home in Home::each().await {
        let founded = Founded::on(home).await.with_everybody().await;
        let closed = founded.close().await;
        let copy = closed.copy().await;
        let (original, copy) = (closed.open().await, copy.open().await);
        let manager = original.somebody("manager");
        let known = do_something_elsewhere(&copy).await;
        let view = original.view(manager);
        let questions = Asking {
            types: &original.types,
            view: &view,
        }
        .questions();
        for question in questions {
            let (query, variables) = (&question.query, &question.variables);
            assert_eq!(
                seen(&original.ask(manager, query, variables).await),
                seen(&copy.ask(manager, query, variables).await),
                "something was done elsewhere, as is told by\n{query}\n{variables}"
            );
        }
        // One is on another list by now, and one was before; nobody is told.
        let own = view.oracle.global("lists", first_list(&original, true));
        let new = json!({ "list": own, "email": NEW });
        let leave = |email: &str| json!({ "list": own, "subscriber": { "email": email } });
        let status = "subscriberProfile { status subscriber { email status } }";
        for (verb, input, selection) in [
            ("unsubscribe", leave(NEW), status),
            ("subscribe", new, status),
            ("unsubscribe", leave(&known), status),
        ] {
            let one = change(&original, manager, verb, &input, selection).await;
            assert_eq!(
                one,
                change(&copy, manager, verb, &input, selection).await,
                "{verb}"
            );
        }
    }
}

/// A list that managers have, or one that they do not have.
fn first_list(world: &World, managed: bool) -> uuid::Uuid {
    let view = world.view(world.somebody("manager"));
    let lists = world.rows.of_table("lists").iter();
    let mut lists =
        lists.filter(|list| list.account() == Some(world.acme) && view.sees("lists", list.id) == managed);
    let list = lists.find(|list| list.cell("opt_in").as_text() == Some("single"));
    list.expect("a list that takes people at once").id
}

/// Changes what the manager does not see; gives the address of somebody whom the manager does see.
async fn do_something_elsewhere(world: &World) -> String {
    let (owner, other) = (world.somebody("owner"), world.somebody("another account's owner"));
    let manager = world.view(world.somebody("manager"));
    let list = first_list(world, false);
    let known = manager.visible("subscribers").into_iter().find(|person| {
        let mut places = world
            .rows
            .referring("subscriber_profiles", "subscriber_id", person.id);
        person.cell("status").as_text() == Some("active")
            && places.all(|place| place.refers_to("list_id") != Some(list))
    });
    let known = known
        .expect("somebody who is not on that list")
        .cell("email")
        .as_text()
        .expect("an address");
    let far = world
        .rows
        .of_table("lists")
        .iter()
        .find(|list| list.account() == Some(world.globex));
    let [list, far] =
        [list, far.expect("a list of the other account").id].map(|id| world.oracle().global("lists", id));
    for (who, verb, input) in [
        (owner, "subscribe", json!({ "list": list, "email": known })),
        (owner, "subscribe", json!({ "list": list, "email": NEW })),
        (
            owner,
            "unsubscribe",
            json!({ "list": list, "subscriber": { "email": known } }),
        ),
        (owner, "suppress", json!({ "email": "nobody@elsewhere.example" })),
        (owner, "createUserGroup", json!({ "name": "elsewhere" })),
        (owner, "requestExport", json!({ "idempotencyKey": "elsewhere" })),
        (other, "subscribe", json!({ "list": far, "email": NEW })),
        (other, "suppress", json!({ "email": known })),
    ] {
        let done = change(world, who, verb, &input, "").await;
        assert_eq!(
            done["data"][verb]["userErrors"],
            json!([]),
            "{verb} {input}: {done}"
        );
    }
    known.to_owned()
}

async fn change(world: &World, who: &Person, verb: &str, input: &Value, selection: &str) -> Value {
    let of = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
    let query = format!(
        "mutation ($input: {of}!) {{ {verb}(input: $input) {{ {selection} userErrors {{ code message field }} }} }}"
    );
    body(&world.ask(who, &query, &json!({ "input": input })).await)
}
