//! Nothing can be inferred: two installations that differ only in what somebody may not see give that one the same
//! bytes, whatever is asked.

use std::collections::HashSet;

use super::composer::Composer;
use super::founded::{ACME, Founded, GLOBEX, Granted, Group};
use super::questions::Asking;
use super::twin::make_different;
use super::world::{World, seen};
use crate::kit::home::Home;

/// Random questions to each, besides all that can be asked by itself.
const AT_RANDOM: u64 = 200;

#[tokio::test]
async fn what_somebody_may_not_see_changes_no_byte_of_any_answer_in_the_embedded_store() {
    compare(Home::embedded()).await;
}

#[tokio::test]
async fn what_somebody_may_not_see_changes_no_byte_of_any_answer_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        compare(home).await;
    }
}

/// Those who see part of what there is.
const WATCHED: [&str; 5] = [
    "manager",
    "analyst",
    "reads without clear",
    "reads a part",
    "another account's owner",
];

async fn compare(home: Home) {
    let mut founded = Founded::on(home).await.with_everybody().await;
    let (read, clear) = without_clear(&founded);
    let without_clear = [Group::Own(read, Vec::new()), Group::Own(clear, Vec::new())];
    founded.person("reads without clear", ACME, &without_clear).await;
    founded
        .person("reads a part", ACME, &[Group::Own(a_part(), Vec::new())])
        .await;
    founded
        .person("another account's manager", GLOBEX, &[Group::BuiltIn("manager")])
        .await;
    let closed = founded.close().await;
    let mut copies = Vec::new();
    for name in WATCHED {
        copies.push((name, closed.copy().await));
    }
    let original = closed.open().await;
    for (name, copy) in copies {
        let mut copy = copy.open().await;
        compare_for(&original, &mut copy, name).await;
        copy.close().await;
    }
}

/// Everything may be read, in the rows of one list even in clear.
fn without_clear(founded: &Founded) -> (Vec<Granted>, Vec<Granted>) {
    let types = founded.types().into_iter();
    types
        .map(|of| ((of.clone(), "read", None), (of, "read_clear", Some(vec![0]))))
        .unzip()
}

/// Some types, of some lists, and of the campaigns only what is counted.
fn a_part() -> Vec<Granted> {
    let all = ["Campaign", "CampaignLink", "Template", "Account"].map(|of| (of.to_owned(), "read", None));
    let some = [
        "List",
        "Subscriber",
        "SubscriberProfile",
        "Segment",
        "Unsubscribe",
    ];
    let named = some.map(|of| (of.to_owned(), "read", Some(vec![0, 5])));
    let clear = some.map(|of| (of.to_owned(), "read_clear", Some(vec![5])));
    all.into_iter().chain(named).chain(clear).collect()
}

#[expect(
    clippy::print_stdout,
    reason = "a failing test says how much was made different"
)]
async fn compare_for(original: &World, copy: &mut World, name: &str) {
    let who = original.somebody(name);
    let view = original.view(who);
    let differences = make_different(copy, &view).await;
    println!("{name}: {differences:?}");
    assert!(
        differences.rows_changed + differences.values > 50,
        "{name}: {differences:?}"
    );
    let mut documents = Vec::new();
    {
        let other = copy.view(who);
        for (types, view) in [(&original.types, &view), (&copy.types, &other)] {
            let asked = Asking { types, view }.questions().into_iter();
            documents.extend(asked.map(|question| (question.query, question.variables)));
            let composed = (0..AT_RANDOM).map(|seed| Composer::new(types, view, seed).compose());
            documents.extend(composed.map(|composed| (composed.query, composed.variables)));
        }
    }
    documents.push(("{ nothing }".to_owned(), serde_json::json!({})));
    let mut asked = HashSet::new();
    documents.retain(|(query, variables)| asked.insert(format!("{query} {variables}")));
    for (query, variables) in documents {
        let (one, other) = (
            original.ask(who, &query, &variables).await,
            copy.ask(who, &query, &variables).await,
        );
        assert_eq!(
            seen(&one),
            seen(&other),
            "{name} can tell what is hidden, by\n{query}\n{variables}"
        );
    }
}
