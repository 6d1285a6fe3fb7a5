//! What a page costs does not grow with the tables: each kind of statement, on tables with many rows, finds its
//! rows by an index, on both stores.

use super::bulk::{ACCOUNT, fill};
use super::examples::{first, somebody, with_child, with_filter};
use super::world::World;
use crate::access::built_in::BuiltIn;
use crate::access::permit::{self, Level, Scope};
use crate::access::viewer::Viewer;
use crate::catalog::Catalog;
use crate::cell::Cell;
use crate::plan::read::{Comparison, Direction, Link, Order, Page, Read, Window};
use crate::plan::slice::{BundleKind, Part, Subject, Walk, bundle_columns};
use crate::store::compile::{self, Asker, Parents};
use crate::store::database::{Database, DatabaseOptions, Dialect};
use crate::store::sql::Sql;
use crate::store::testing::{TestStore, stores};
use uuid::Uuid;

/// As many rows as may be looked at where all of a scope or a count has to be; then a whole table may be quickest.
const MANY: u64 = 20_000;

/// The tables that must never be read as a whole.
const LARGE: &[&str] = &["subscribers", "subscriber_profiles", "deliveries", "opens"];

/// What is wrong with the way in which the database answers: a large table is read as a whole, or a whole account
/// or list of it, where a page was asked for.
async fn faults(database: &Database, sql: Sql, most_rows: u64) -> Vec<String> {
    let is_below = sql.text.contains(" = p.id");
    let word = match database.dialect() {
        Dialect::Postgres => "EXPLAIN (ANALYZE, TIMING OFF) ",
        Dialect::Sqlite => "EXPLAIN QUERY PLAN ",
    };
    let explained = Sql {
        text: format!("{word}{}", sql.text),
        values: sql.values,
    };
    let place = match database.dialect() {
        Dialect::Postgres => 0,
        Dialect::Sqlite => 3,
    };
    let rows = database.fetch(&explained).await;
    let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", explained.text));
    let lines: Vec<String> = rows.iter().map(|row| row.text(place).expect("a line")).collect();
    match database.dialect() {
        Dialect::Postgres => postgres_faults(&lines, most_rows),
        Dialect::Sqlite => sqlite_faults(&lines, is_below),
    }
}

/// PostgreSQL tells how many rows each step of its way looked at.
fn postgres_faults(lines: &[String], most_rows: u64) -> Vec<String> {
    let is_whole = |line: &&String| {
        line.contains("Seq Scan") && LARGE.iter().any(|table| line.contains(&format!(" on {table} ")))
    };
    let number = |text: &str, name: &str| -> u64 {
        let digits = text.split_once(name).map_or("0", |(_, rest)| rest);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().unwrap_or(0)
    };
    let mut faults: Vec<String> = lines
        .iter()
        .filter(|line| most_rows < MANY && is_whole(line))
        .cloned()
        .collect();
    let mut loops = 1;
    let mut looked_at = 0;
    for line in lines {
        if let Some((_, actual)) = line.split_once("(actual ") {
            loops = number(actual, "loops=");
            looked_at = looked_at.max(number(actual, "rows=") * loops);
        }
        looked_at = looked_at.max(number(line, "Rows Removed by Filter: ") * loops);
    }
    assert!(lines.iter().any(|line| line.contains("(actual ")), "{lines:?}");
    if looked_at > most_rows {
        faults.push(format!("{looked_at} rows\n  {}", lines.join("\n  ")));
    }
    faults
}

/// SQLite tells only its way: no scan, and no sort of what is found by the account alone; below parents, nothing is
/// found by the account alone. Aliases: `t` for the table asked for, `s1` and so on for walks, `x` for subjects.
fn sqlite_faults(lines: &[String], is_below: bool) -> Vec<String> {
    let aliases = ["t", "x", "s1", "s2"];
    let scans = |line: &&String| {
        aliases
            .iter()
            .any(|alias| **line == format!("SCAN {alias}") || line.starts_with(&format!("SCAN {alias} ")))
    };
    let mut faults: Vec<String> = lines.iter().filter(scans).cloned().collect();
    let sorts = lines
        .iter()
        .filter(|line| line.contains("USE TEMP B-TREE"))
        .count();
    let whole_accounts = lines
        .iter()
        .filter(|line| line.ends_with("(account_id=?)"))
        .count();
    if sorts > 1 || ((sorts > 0 || is_below) && whole_accounts > 0) {
        faults.push(lines.join("\n  "));
    }
    faults
}

fn ordered(mut plan: Read, catalog: &Catalog, column: &str, descending: bool) -> Read {
    plan.order = vec![Order {
        column: catalog.get(plan.resource).id_of(column),
        descending,
        argument: Vec::new(),
    }];
    plan
}

/// Behind the row with the number 10,000.
fn deep(mut plan: Read, direction: Direction) -> Read {
    let at = chrono::DateTime::from_timestamp(1_700_010_000, 0).expect("an instant");
    let mut cursor: Vec<Cell> = plan.order.iter().map(|_| Cell::Instant(at)).collect();
    cursor.push(Cell::Uuid(Uuid::from_u128(10_000)));
    let (after, before) = match direction {
        Direction::Forward => (Some(cursor), None),
        Direction::Backward => (None, Some(cursor)),
    };
    plan.window = Window::Page(Page {
        size: 50,
        direction,
        after,
        before,
    });
    plan
}

fn counted(mut plan: Read) -> Read {
    plan.count = true;
    plan
}

/// The kinds of questions that dashboards ask.
fn questions(world: &World) -> Vec<(&'static str, Read)> {
    let catalog = &world.catalog;
    let subscribers = catalog.table("subscribers");
    let of = |table: &str, column: &str| catalog.table(table).id_of(column);
    let people = || first(world, "subscribers", &["email", "status", "created_at"], 50);
    let by_time = || ordered(people(), catalog, "created_at", false);
    let lists = || first(world, "lists", &["name"], 10);
    let profiles = || {
        ordered(
            first(world, "subscriber_profiles", &["status"], 10),
            catalog,
            "created_at",
            true,
        )
    };
    let opens = || {
        ordered(
            first(world, "opens", &["opened_at"], 3),
            catalog,
            "opened_at",
            true,
        )
    };
    let deliveries = || {
        ordered(
            first(world, "deliveries", &["status"], 10),
            catalog,
            "sent_at",
            true,
        )
    };
    let beside_lists = |profiles: Read| {
        with_child(
            lists(),
            Link::Back(of("subscriber_profiles", "list_id")),
            profiles,
        )
    };
    let mut by_ids = people();
    by_ids.window = Window::Ids(vec![Uuid::from_u128(3), Uuid::from_u128(23)]);
    let prefix = Comparison::StartsWith("person12".to_string());
    let last_opens = with_child(people(), Link::Back(of("opens", "subscriber_id")), opens());
    let members = with_child(
        profiles(),
        Link::Forward(of("subscriber_profiles", "subscriber_id")),
        last_opens.clone(),
    );
    vec![
        ("the first page by id", people()),
        ("the first page by time", by_time()),
        ("a page far behind", deep(by_time(), Direction::Forward)),
        (
            "a page far behind, backward",
            deep(by_time(), Direction::Backward),
        ),
        ("a page far behind, by id", deep(people(), Direction::Forward)),
        ("a page with the count", counted(by_time())),
        ("by ids", by_ids),
        (
            "by the beginning of an address",
            with_filter(people(), subscribers, "email_normalized", prefix),
        ),
        ("lists with members", beside_lists(profiles())),
        (
            "lists with members and the count",
            beside_lists(counted(profiles())),
        ),
        (
            "lists with members far behind",
            beside_lists(deep(profiles(), Direction::Forward)),
        ),
        ("people with their last opens", last_opens),
        ("lists, members, people, opens", beside_lists(members)),
        (
            "campaigns with deliveries",
            with_child(
                first(world, "campaigns", &["name"], 10),
                Link::Back(of("deliveries", "campaign_id")),
                deliveries(),
            ),
        ),
        (
            "people with their suppression",
            with_child(
                people(),
                Link::Matching {
                    upper: of("subscribers", "email_normalized"),
                    lower: of("suppression_entries", "email_normalized"),
                },
                first(world, "suppression_entries", &["reason"], 1),
            ),
        ),
        (
            "campaigns with links",
            with_child(
                first(world, "campaigns", &["name"], 10),
                Link::Back(of("campaign_links", "campaign_id")),
                first(world, "campaign_links", &["url"], 10),
            ),
        ),
        (
            "members with custom values",
            with_child(
                first(world, "subscriber_profiles", &["status"], 10),
                Link::Back(of("profile_values", "profile_id")),
                first(world, "profile_values", &["value"], 10),
            ),
        ),
    ]
}

/// The statements of a level and of all below it, for a few upper rows.
fn statements(
    world: &World,
    dialect: Dialect,
    asker: Asker,
    level: &Level,
    parents: Parents<'_>,
    into: &mut Vec<Sql>,
) {
    if level.scope == Scope::Nothing {
        return;
    }
    let compiled = compile::level(dialect, &world.catalog, asker, level, parents).expect("it compiles");
    into.push(compiled.expect("there can be rows").sql);
    // The first are lists and campaigns of the account, the last subscribers.
    let ids = [3, 203, 403, 603, 803, 20, 40, 60, 80, 100].map(Uuid::from_u128);
    for (link, child) in &level.children {
        let parents = match link {
            Link::Forward(_) => Parents::Referred(&ids),
            Link::Back(by) => Parents::Referring(*by, &ids),
            Link::Matching { upper, lower } => Parents::Matching {
                upper: level.resource,
                column: *upper,
                by: *lower,
                ids: &ids,
            },
        };
        statements(world, dialect, asker, child, parents, into);
    }
}

/// The same database as requests are to see it on PostgreSQL: without bitmap scans, which read all of a list before
/// they sort it, and which the planner prefers wherever lists are short on average.
async fn without_bitmaps(store: &TestStore) -> Database {
    let mark = if store.url.contains('?') { '&' } else { '?' };
    let url = match store.database.dialect() {
        Dialect::Postgres => format!("{}{mark}options[enable_bitmapscan]=off", store.url),
        Dialect::Sqlite => store.url.clone(),
    };
    let connected = Database::connect(&url, &DatabaseOptions::default()).await;
    connected.expect("the store is there")
}

#[tokio::test]
async fn no_question_reads_more_than_its_page_of_a_large_table() {
    let mut world = World::empty();
    world.accounts = vec![Uuid::from_u128(ACCOUNT)];
    let lists = [Uuid::from_u128(ACCOUNT), Uuid::from_u128(ACCOUNT + 200)];
    let viewers = [
        ("owner", somebody(&world, 0, BuiltIn::Owner, &[])),
        ("manager", somebody(&world, 0, BuiltIn::Manager, &lists)),
        ("analyst", somebody(&world, 0, BuiltIn::Analyst, &[])),
    ];
    let mut failures = Vec::new();
    for store in stores().await {
        fill(&store, &world.catalog).await;
        let database = without_bitmaps(&store).await;
        for (who, viewer) in &viewers {
            for (what, plan) in questions(&world) {
                // Counting looks at what it counts; all else at ten pages of fifty rows and one.
                // Where the lists in scope say who is seen, the planner may begin there.
                let by_scope = *who == "manager" && plan.resource == world.catalog.table("subscribers").id;
                let most_rows = if what.contains("count") || by_scope {
                    MANY
                } else {
                    510
                };
                // What is masked for an analyst cannot be filtered by.
                let Ok(permitted) = permit::read(&world.catalog, viewer, plan) else {
                    continue;
                };
                let mut sqls = Vec::new();
                let asker = Asker::of(&permitted);
                statements(
                    &world,
                    database.dialect(),
                    asker,
                    permitted.plan(),
                    Parents::Root,
                    &mut sqls,
                );
                for sql in sqls {
                    let text = sql.text.clone();
                    for fault in faults(&database, sql, most_rows).await {
                        failures.push(format!("{}, {who}, {what}: {fault}\n  {text}", store.name));
                    }
                }
            }
        }
        failures.extend(walks(&world, &store, &database, &viewers[0].1).await);
        database.close().await;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Slices behind a row, and everything about one person.
async fn walks(world: &World, store: &TestStore, database: &Database, owner: &Viewer) -> Vec<String> {
    let subject = Subject {
        subscriber: Uuid::from_u128(20),
        address: "person20@example.test".to_string(),
    };
    let mut failures = Vec::new();
    for table in LARGE {
        let resource = world.catalog.table(table);
        assert!(!bundle_columns(resource, BundleKind::Access).is_empty());
        for subject in [None, Some(subject.clone())] {
            let whole = subject.is_none();
            let walk = Walk {
                resource: resource.id,
                bundle: BundleKind::Access,
                subject,
                part: Part::All,
                since: None,
                without_restricted: None,
            };
            let permitted = permit::walk(&world.catalog, owner, walk).expect("an owner may export");
            let asker = Asker::of(&permitted);
            let after = Some(Uuid::from_u128(4_000));
            let dialect = database.dialect();
            let slice = compile::slice(dialect, &world.catalog, asker, permitted.plan(), after, 200);
            let number = compile::number_of_rows(dialect, &world.catalog, asker, permitted.plan());
            let mut sqls = vec![slice.expect("there can be rows").sql];
            // Counting a whole account may well be cheapest by reading the table.
            sqls.extend(number.filter(|_| !whole));
            for sql in sqls {
                let text = sql.text.clone();
                for fault in faults(database, sql, 200).await {
                    failures.push(format!("{}, walk over {table}: {fault}\n  {text}", store.name));
                }
            }
        }
    }
    failures
}
