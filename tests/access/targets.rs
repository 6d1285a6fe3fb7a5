//! A change tells no more than a question: of a row that is out of reach, it is answered as of one that is not there, and
//! nothing is changed.

use uuid::Uuid;

use super::founded::{ACME, Founded, GLOBEX, Granted, Group};
use super::law::VERBS;
use super::rows::{Row, Rows};
use super::world::{World, seen};
use crate::isolation::places::{document, mutations};
use crate::kit::home::Home;

/// People who may change something, each in some rows alone.
const CHANGERS: [&str; 4] = [
    "manager",
    "does everything in two lists",
    "privacy",
    "another account's owner",
];

#[tokio::test]
async fn a_change_of_a_row_out_of_reach_is_answered_as_of_one_that_is_not_there() {
    for home in Home::each().await {
        let mut founded = Founded::on(home).await.with_everybody().await;
        let everything = founded
            .types()
            .into_iter()
            .flat_map(|of| VERBS.map(|(_, verb)| (of.clone(), verb, Some(vec![0, 1]))));
        let everything: Vec<Granted> = everything.collect();
        let name = "does everything in two lists";
        founded
            .person(name, ACME, &[Group::Own(everything, Vec::new())])
            .await;
        founded
            .person("another account's manager", GLOBEX, &[Group::BuiltIn("manager")])
            .await;
        let world = founded.open().await;
        for name in CHANGERS {
            changes_nothing(&world, name).await;
        }
        let after = Rows::read(&world.installation).await;
        for (table, row) in after.all() {
            assert_eq!(world.rows.find(table, row.id), Some(row), "{table} was changed");
        }
        assert_eq!(after.all().count(), world.rows.all().count());
    }
}

async fn changes_nothing(world: &World, name: &str) {
    let who = world.somebody(name);
    let view = world.view(who);
    let mut tried = 0;
    for (of, verb, input) in mutations() {
        let table = world.law.table_of(&of);
        let mutation = document(&verb, &input);
        let ask = async |id: Uuid| {
            let id = view.oracle.global(table, id);
            seen(&world.ask(who, &mutation, &serde_json::json!({ "id": id })).await)
        };
        let nothing = ask(world.installation.new_id()).await;
        assert!(
            nothing.2.contains("\"code\":"),
            "{name}: {verb} did something: {}",
            nothing.2
        );
        // Everybody may change the own name, whoever may see users.
        let hidden = |row: &&Row| !view.sees(table, row.id) && row.id != who.user;
        for row in world.rows.of_table(table).iter().filter(hidden) {
            assert_eq!(
                ask(row.id).await,
                nothing,
                "{name} can tell by {verb} that there is such a {of}"
            );
            tried += 1;
        }
    }
    assert!(tried > 20, "{name}: only {tried} rows were tried");
}
