//! Everything that can be asked answers what the law gives.

use serde_json::Value;

use super::founded::Founded;
use super::meaning::meaning;
use super::oracle::{Person, View};
use super::questions::{Asking, Expected, Question};
use super::world::{World, body};
use crate::kit::home::Home;
use crate::kit::types::{list, word};

/// Types of objects that are neither rows nor lists of rows, whose fields other questions ask for.
const PLAIN: [&str; 7] = [
    "Query",
    "Mutation",
    "Subscription",
    "Viewer",
    "Permission",
    "PageInfo",
    "CappedCount",
];

#[tokio::test]
async fn whatever_is_asked_the_answer_is_what_policy_and_grants_give_in_the_embedded_store() {
    enumerate(Home::embedded()).await;
}

#[tokio::test]
async fn whatever_is_asked_the_answer_is_what_policy_and_grants_give_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        enumerate(home).await;
    }
}

async fn enumerate(home: Home) {
    let world = Founded::on(home).await.with_everybody().await.open().await;
    every_type_is_known(&world);
    every_type_has_rows_of_each_kind(&world);
    let mut wrong = Vec::new();
    let mut asked = 0;
    for who in &world.people {
        let view = world.view(who);
        let questions = Asking {
            types: &world.types,
            view: &view,
        }
        .questions();
        asked += questions.len();
        let looked_up = statements_of_a_look_up(&world, who).await;
        for question in questions {
            let fault = check(&world, &view, &question, looked_up).await;
            wrong.extend(fault.map(|fault| format!("{}, {}: {fault}", who.name, question.about)));
        }
    }
    let shown: Vec<&String> = wrong.iter().take(20).collect();
    assert!(
        wrong.is_empty(),
        "{} of {asked} answers are not what the law gives, the first of them:\n{shown:#?}",
        wrong.len()
    );
    assert!(asked > 5_000, "only {asked} questions");
}

/// What is wrong with an answer.
async fn check(world: &World, view: &View<'_>, question: &Question, looked_up: u64) -> Option<String> {
    let before = world.installation.database.statements();
    let answer = world.ask(&view.who, &question.query, &question.variables).await;
    let statements = world.installation.database.statements() - before;
    if let Some((mark, places)) = world.marks.leaked(view, &answer.body) {
        return Some(format!("{mark} must not be read, it stands in {places:?}"));
    }
    let found = body(&answer);
    let fault = |what: &str| {
        Some(format!(
            "{what}\n{}\n{}\n{found}\n{:?}",
            question.query, question.variables, question.expected
        ))
    };
    match &question.expected {
        Expected::Data { data, withheld } => {
            if found.get("errors").is_some() {
                return fault("it was refused");
            }
            if settled(&found["data"]) != settled(data) {
                return fault("other data");
            }
            let named = serde_json::to_value(withheld).expect("paths are JSON");
            let found = found["extensions"]
                .get("withheld")
                .cloned()
                .unwrap_or(Value::Array(Vec::new()));
            if settled(&found) != settled(&named) {
                return fault("other paths are withheld");
            }
        }
        Expected::ForbiddenField(path) => {
            let error = &found["errors"][0]["extensions"];
            if found.get("data").is_some() || error["code"] != "FORBIDDEN_FIELD" {
                return fault("it was not refused");
            }
            if error["field"] != serde_json::to_value(path).expect("a path is JSON") {
                return fault("another argument is named");
            }
            if statements > looked_up {
                return fault("it was refused after statements were sent");
            }
        }
    }
    None
}

/// How many statements it takes to find out who asks: what is refused before anything is read sends no more.
async fn statements_of_a_look_up(world: &World, who: &Person) -> u64 {
    for _ in 0..2 {
        let before = world.installation.database.statements();
        let answer = world.ask(who, "{ viewer { kind } }", &Value::Null).await;
        assert!(
            body(&answer).get("errors").is_none(),
            "{}: {}",
            who.name,
            body(&answer)
        );
        let sent = world.installation.database.statements() - before;
        assert!(sent <= 2, "{}: {sent} statements to find out who asks", who.name);
        if sent > 0 {
            return sent;
        }
    }
    0
}

/// Without cursors, which nobody can foretell, and with lists in one order, where none was asked for.
fn settled(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields
                .iter()
                .filter(|(name, _)| !["cursor", "startCursor", "endCursor"].contains(&name.as_str()));
            let kept = kept.map(|(name, value)| {
                let value = match name.as_str() {
                    "inOrder" => value.clone(),
                    _ => settled(value),
                };
                (name.clone(), value)
            });
            let mut kept: Vec<(String, Value)> = kept.collect();
            kept.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(settled).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// What is neither a row, nor a list of rows, nor asked for elsewhere, fails.
fn every_type_is_known(world: &World) {
    let law = &world.law;
    for (name, one) in world.types.all() {
        let kind = word(&one["kind"]);
        let is_row = || {
            law.tables
                .values()
                .any(|table| table.in_api && table.name == name)
        };
        let is_list = || {
            let of = name
                .strip_suffix("Connection")
                .or_else(|| name.strip_suffix("Edge"));
            of.is_some_and(|of| law.tables.values().any(|table| table.in_api && table.name == of))
        };
        let is_of_a_mutation = || {
            name.ends_with("Payload")
                || name.ends_with("UserError")
                || ["ErasureWarning", "RemovedRows"].contains(&name)
        };
        let is_known = match kind {
            "OBJECT" => {
                PLAIN.contains(&name) || name.starts_with("__") || is_row() || is_list() || is_of_a_mutation()
            }
            "INTERFACE" => ["Node", "UserError"].contains(&name),
            "UNION" => false,
            _ => true,
        };
        assert!(
            is_known,
            "the type {name} is new, and nothing says who may see what of it; add that to tests/access"
        );
    }
    for (table, decided) in law.tables.iter().filter(|(_, decided)| decided.in_api) {
        let fields = list(&world.types.get(&decided.name)["fields"]).iter();
        let catalog = &world.installation.catalog;
        let known = fields.map(|field| meaning(law, catalog, &world.types, table, field));
        assert!(known.count() > 1, "{table} shows nothing");
    }
}

/// The questions are worth something only if there is something to see and something to hide.
fn every_type_has_rows_of_each_kind(world: &World) {
    let (manager, owner) = (
        world.view(world.somebody("manager")),
        world.view(world.somebody("owner")),
    );
    let other = world.view(world.somebody("another account's owner"));
    for of in world.types.rows() {
        let table = world.law.table_of(of);
        let rows = || world.rows.of_table(table).iter();
        // What is the installation's own is there, and no customer sees it.
        let is_the_installations = world.law.tables[table].owner == "global";
        assert!(rows().next().is_some(), "there is no {of}");
        assert_ne!(
            rows().any(|row| owner.sees(table, row.id)),
            is_the_installations,
            "what the owner sees of {of}"
        );
        if world.law.tables[table].owner == "account" {
            assert!(
                rows().any(|row| !owner.sees(table, row.id) && other.sees(table, row.id)),
                "{of}: only of one account"
            );
        }
        if !manager.is_shut(table) && !world.law.tables[table].scope.is_empty() {
            let of_lists = || rows().filter(|row| owner.sees(table, row.id));
            assert!(
                of_lists().any(|row| manager.sees(table, row.id)),
                "{of}: none of the managed lists"
            );
            assert!(
                of_lists().any(|row| !manager.sees(table, row.id)),
                "{of}: none of other lists"
            );
        }
    }
    assert!(world.marks.len() > 1_000, "only {} marks", world.marks.len());
}
