//! Nothing foreign is ever answered: random questions of people with random rights, over two accounts that share
//! addresses.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use postern::cell::Cell;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::composer::{Composed, Composer};
use super::founded::{ACME, Founded, GLOBEX, Granted, Group};
use super::law::Reach;
use super::oracle::View;
use super::world::{World, body};
use crate::kit::home::Home;
use crate::kit::tool::setting;

/// How many questions are asked on each of the two stores.
const CASES: usize = 5_000;

/// People with random rights, besides one in each built-in group.
const PEOPLE: usize = 40;

/// Pages behind the first one.
const MORE_PAGES: usize = 2;

/// Refusals that random questions meet; any other is a fault of the gateway's or of this test.
const REFUSALS: [&str; 2] = ["FORBIDDEN_FIELD", "COST_EXCEEDED"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_random_question_of_anybody_is_answered_with_a_foreign_row_in_the_embedded_store() {
    ask_at_random(Home::embedded()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_random_question_of_anybody_is_answered_with_a_foreign_row_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        ask_at_random(home).await;
    }
}

/// The seed of a run, which another run can be given to do the same: `POSTERN_TEST_SEED`.
fn seed() -> u64 {
    let given = setting("POSTERN_TEST_SEED");
    let given = given.map(|text| text.parse().expect("POSTERN_TEST_SEED is a number"));
    given.unwrap_or(20_260_101)
}

#[expect(
    clippy::print_stdout,
    reason = "a failing test says with which seed to run it again"
)]
async fn ask_at_random(home: Home) {
    let seed = seed();
    println!("POSTERN_TEST_SEED={seed}");
    let mut founded = Founded::on(home).await.with_everybody().await;
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    for number in 0..PEOPLE {
        let account = if number % 4 == 3 { GLOBEX } else { ACME };
        let groups = random_groups(&founded, account, &mut dice);
        founded
            .person(&format!("somebody {number}"), account, &groups)
            .await;
    }
    let world = Arc::new(founded.open().await);
    let workers = (0..2).map(|worker| tokio::spawn(ask_for_some(world.clone(), seed, worker)));
    let mut tally = Tally::default();
    for worker in workers {
        let part = worker
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        tally.add(part);
    }
    println!("{tally:?}");
    assert!(tally.asked >= CASES, "{tally:?}");
    assert!(
        tally.with_rows * 2 > tally.asked,
        "too few questions were answered with rows: {tally:?}"
    );
    assert!(tally.pages > CASES / 100, "too few pages were turned: {tally:?}");
}

/// What became of the questions.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    with_rows: usize,
    pages: usize,
    refused: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.asked += other.asked;
        self.with_rows += other.with_rows;
        self.pages += other.pages;
        for (code, count) in other.refused {
            *self.refused.entry(code).or_default() += count;
        }
    }
}

/// One to three groups, each with some grants; some of them have expired.
fn random_groups(founded: &Founded, account: &str, dice: &mut ChaCha8Rng) -> Vec<Group> {
    let mut groups = Vec::new();
    for _ in 0..dice.random_range(1..=3) {
        groups.push(match dice.random_range(0..10) {
            0 => Group::Left(random_grants(founded, account, dice)),
            1 => Group::BuiltIn(["manager", "analyst", "exporter", "privacy"][dice.random_range(0..4)]),
            _ => {
                let running = random_grants(founded, account, dice);
                let mut expired = random_grants(founded, account, dice);
                // A group grants each verb on each type once.
                expired.retain(|(of, verb, _)| {
                    !running.iter().any(|(other, same, _)| other == of && same == verb)
                });
                expired.truncate(dice.random_range(0..5));
                Group::Own(running, expired)
            }
        });
    }
    let mut seen = HashSet::new();
    groups.retain(|group| match group {
        Group::BuiltIn(name) => seen.insert(*name),
        _ => true,
    });
    if groups.iter().all(|group| matches!(group, Group::Left(_))) {
        groups.push(Group::BuiltIn("analyst"));
    }
    groups
}

fn random_grants(founded: &Founded, account: &str, dice: &mut ChaCha8Rng) -> Vec<Granted> {
    let lists = founded.lists_of(account);
    let mut grants = Vec::new();
    for of in founded.types() {
        if !dice.random_bool(0.4) {
            continue;
        }
        for (verb, chance) in [
            ("read", 0.95),
            ("read_clear", 0.4),
            ("write", 0.1),
            ("export", 0.1),
        ] {
            if !dice.random_bool(chance) {
                continue;
            }
            let named = dice.random_bool(0.5).then(|| {
                let mut named: Vec<usize> = (0..dice.random_range(1..=3))
                    .map(|_| dice.random_range(0..lists))
                    .collect();
                named.sort_unstable();
                named.dedup();
                named
            });
            grants.push((of.clone(), verb, named));
        }
    }
    grants
}

async fn ask_for_some(world: Arc<World>, seed: u64, worker: usize) -> Tally {
    let mut tally = Tally::default();
    let each = CASES.div_ceil(world.people.len());
    for (number, who) in world
        .people
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 2 == worker)
    {
        let view = world.view(who);
        let may_know = ids_without_rows(&view);
        let mut asked = 0;
        while asked < each {
            let own_seed = seed.wrapping_mul(1_000_003) + (number * CASES + asked) as u64;
            let mut composed = Composer::new(&world.types, &view, own_seed).compose();
            for page in 0..=MORE_PAGES {
                asked += 1;
                tally.asked += 1;
                tally.pages += usize::from(page > 0);
                match ask(&world, &view, &may_know, &composed, &mut tally).await {
                    Some((variable, cursor)) => composed.variables[variable] = cursor,
                    None => break,
                }
            }
        }
    }
    tally
}

/// Asks, looks at every byte of the answer, and says how to go on.
async fn ask(
    world: &World,
    view: &View<'_>,
    may_know: &HashSet<String>,
    composed: &Composed,
    tally: &mut Tally,
) -> Option<(String, Value)> {
    let answer = world.ask(&view.who, &composed.query, &composed.variables).await;
    let found = body(&answer);
    let complain = |what: String| -> ! {
        let rights: Vec<String> = view
            .who
            .rights
            .all()
            .filter(|(_, verb, _)| verb.starts_with("read"))
            .map(|(of, verb, reach)| format!("{of} {verb} {reach:?}"))
            .collect();
        panic!(
            "{what}\nasker: {} in {:?}\n{}\n{}\n{found}\n{rights:?}",
            view.who.name, view.who.groups, composed.query, composed.variables
        )
    };
    if let Some((mark, places)) = world.marks.leaked(view, &answer.body) {
        complain(format!("{mark} must not be read; it stands in {places:?}"));
    }
    let mut rows = 0;
    let mut foreign = None;
    each_id(world, &found, &mut |table, id, text| {
        rows += 1;
        if !view.sees(table, id) && !may_know.contains(text) {
            foreign = Some(format!("{table} {id}"));
        }
    });
    if let Some(foreign) = foreign {
        complain(format!("{foreign} must not be seen"));
    }
    if let Some(error) = found["errors"].get(0) {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        if !REFUSALS.contains(&code) || found.get("data").is_some() {
            complain(format!("{code} was not expected"));
        }
        *tally.refused.entry(code.to_owned()).or_default() += 1;
        return None;
    }
    tally.with_rows += usize::from(rows > 0);
    let (variable, page) = composed.pages.clone()?;
    let info = &found["data"][page.as_str()]["pageInfo"];
    (info["hasNextPage"] == true).then(|| (variable, info["endCursor"].clone()))
}

/// Every global id in an answer, whatever field it stands in.
fn each_id(world: &World, value: &Value, look: &mut impl FnMut(&str, uuid::Uuid, &str)) {
    match value {
        Value::String(text) => {
            // A path holds an id, too.
            for part in text.split('/') {
                let Some((tag, id)) = world.ids.decode(part) else {
                    continue;
                };
                let of = world
                    .installation
                    .catalog
                    .resources()
                    .find(|resource| resource.tag() == tag);
                look(&of.expect("ids are of resources").table, id, part);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_id(world, item, look)),
        Value::Object(fields) => fields.values().for_each(|item| each_id(world, item, look)),
        _ => {}
    }
}

/// Ids that somebody may know though the rows that they name may be out of reach: the own one, the lists that the own
/// grants name, and those in columns that name rows which may be gone.
fn ids_without_rows(view: &View<'_>) -> HashSet<String> {
    let oracle = view.oracle;
    let mut known = HashSet::from([oracle.global("users", view.who.user)]);
    for (_, _, reach) in view.who.rights.all() {
        if let Reach::Lists(lists) = reach {
            known.extend(lists.iter().map(|list| oracle.global("lists", *list)));
        }
    }
    for (table, decided) in &oracle.law.tables {
        for (column, decision) in decided.columns.iter().filter(|(_, one)| one.loose.len() == 1) {
            let rows = view.visible(table).into_iter();
            let named = rows
                .filter(|row| view.shows_clearly(table, row, column))
                .map(|row| row.cell(column));
            known.extend(
                named
                    .filter_map(Cell::as_uuid)
                    .map(|id| oracle.global(&decision.loose[0], id)),
            );
        }
    }
    known
}
