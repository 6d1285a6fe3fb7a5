//! What a reader of the code should know of reads, by example.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::world::{World, value};
use crate::access::built_in::BuiltIn;
use crate::access::grant::{Grant, GroupGrants, Rights, Verb};
use crate::access::permit;
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::Resource;
use crate::cell::Cell;
use crate::clock::Clock;
use crate::error::Code;
use crate::plan::read::{Child, Comparison, Direction, Filter, Link, Order, Page, Read, Window};
use crate::store::compile::{self, Asker, Parents};
use crate::store::database::Dialect;
use crate::store::read::read;
use crate::store::rows::Rows;
use crate::store::sql::counted;
use crate::store::testing::{TestStore, stores};

/// Somebody of a built-in group; `lists` are those that a manager's grants name.
pub(super) fn somebody(world: &World, account: usize, group: BuiltIn, lists: &[Uuid]) -> Viewer {
    let grant = Grant {
        resource: "List".to_string(),
        verb: Verb::Read,
        lists: Some(lists.iter().copied().collect::<BTreeSet<_>>()),
        max_rows: None,
        max_bundles_per_day: None,
        expires_at: None,
    };
    let group = GroupGrants {
        group: Uuid::nil(),
        name: group.word().to_string(),
        built_in: Some(group),
        membership_expires_at: None,
        grants: vec![grant],
    };
    Viewer {
        principal: Principal::User(Uuid::nil()),
        account: world.accounts[account],
        rights: Rights::of(&world.catalog, &[group], Clock::system().now()),
        as_of: None,
    }
}

/// The first `size` rows of a table in the order of their ids.
pub(super) fn first(world: &World, table: &str, columns: &[&str], size: u16) -> Read {
    let resource = world.catalog.table(table);
    Read {
        resource: resource.id,
        columns: columns.iter().map(|name| resource.id_of(name)).collect(),
        filter: None,
        order: Vec::new(),
        window: Window::Page(Page {
            size,
            direction: Direction::Forward,
            after: None,
            before: None,
        }),
        count: false,
        children: Vec::new(),
    }
}

/// A filter on one column.
pub(super) fn with_filter(mut plan: Read, resource: &Resource, column: &str, comparison: Comparison) -> Read {
    plan.filter = Some(Filter::Compare {
        column: resource.id_of(column),
        comparison,
        argument: vec!["filter".to_string(), column.to_string()],
    });
    plan
}

/// The plan with another below it, by a column of the upper table or of the lower one.
pub(super) fn with_child(mut plan: Read, link: Link, mut child: Read) -> Read {
    if let Link::Forward(_) = link {
        child.window = Window::Ids(Vec::new());
    }
    plan.children.push(Child { link, read: child });
    plan
}

async fn answer(store: &TestStore, world: &World, viewer: &Viewer, plan: Read) -> (Rows, u64) {
    let permitted = permit::read(&world.catalog, viewer, plan).expect("this may be asked");
    let (rows, statements) = counted(read(&store.database, &world.catalog, &permitted)).await;
    (
        rows.unwrap_or_else(|error| panic!("{}: {error}", store.name)),
        statements,
    )
}

fn ids_of(world: &World, table: &str, account: usize) -> Vec<Uuid> {
    let resource = world.catalog.table(table);
    world
        .rows(resource.id)
        .iter()
        .filter(|row| value(resource, row, "account_id") == &Cell::Uuid(world.accounts[account]))
        .filter_map(|row| value(resource, row, "id").as_uuid())
        .collect()
}

#[tokio::test]
async fn an_owner_sees_every_row_of_the_own_account_and_none_of_the_other_even_by_its_id() {
    for store in stores().await {
        let world = World::fill(&store, 1).await;
        let owner = somebody(&world, 0, BuiltIn::Owner, &[]);
        let mut plan = first(&world, "subscribers", &["account_id", "email"], 100);
        let (rows, _) = answer(&store, &world, &owner, plan.clone()).await;
        let own = BTreeSet::from_iter(ids_of(&world, "subscribers", 0));
        assert_eq!(BTreeSet::from_iter(rows.ids), own);
        let mut others = ids_of(&world, "subscribers", 1);
        others.retain(|id| !own.contains(id));
        assert!(!others.is_empty());
        plan.window = Window::Ids(others);
        let (rows, statements) = answer(&store, &world, &owner, plan).await;
        assert_eq!((rows.ids.len(), statements), (0, 1));
    }
}

#[tokio::test]
async fn a_tree_takes_one_statement_a_level_and_none_below_a_level_without_rows() {
    for store in stores().await {
        let world = World::fill(&store, 2).await;
        let [profiles, opens] = ["subscriber_profiles", "opens"].map(|table| world.catalog.table(table));
        let owner = somebody(&world, 0, BuiltIn::Owner, &[]);
        let last_opens = with_child(
            first(&world, "subscribers", &["email"], 1),
            Link::Back(opens.id_of("subscriber_id")),
            first(&world, "opens", &["opened_at"], 3),
        );
        let members = with_child(
            first(&world, "subscriber_profiles", &["status"], 10),
            Link::Forward(profiles.id_of("subscriber_id")),
            last_opens,
        );
        let plan = with_child(
            first(&world, "lists", &["name"], 10),
            Link::Back(profiles.id_of("list_id")),
            members,
        );
        let (rows, statements) = answer(&store, &world, &owner, plan.clone()).await;
        assert!(!rows.children[0].children[0].children[0].ids.is_empty());
        assert_eq!(statements, 4);

        let nowhere = with_filter(
            plan,
            world.catalog.table("lists"),
            "name",
            Comparison::Equal("no such list".into()),
        );
        let (rows, statements) = answer(&store, &world, &owner, nowhere).await;
        assert_eq!((rows.ids.len(), statements), (0, 1));
        assert_eq!(rows.children[0].children[0].children[0].ids.len(), 0);
    }
}

#[tokio::test]
async fn an_analyst_sees_addresses_masked_and_a_manager_sees_them_in_the_own_lists_alone() {
    for store in stores().await {
        let world = World::fill(&store, 3).await;
        let plan = first(&world, "subscribers", &["email"], 100);
        let analyst = somebody(&world, 0, BuiltIn::Analyst, &[]);
        let (rows, _) = answer(&store, &world, &analyst, plan.clone()).await;
        assert!(!rows.ids.is_empty());
        for cell in &rows.cells {
            let text = cell.as_text().expect("a masked address");
            assert!(text.ends_with("***@example.test"), "{text}");
        }
        let list = ids_of(&world, "lists", 0)[0];
        let manager = somebody(&world, 0, BuiltIn::Manager, &[list]);
        let (rows, _) = answer(&store, &world, &manager, plan).await;
        let profiles = world.catalog.table("subscriber_profiles");
        let on_list: BTreeSet<Uuid> = world
            .rows(profiles.id)
            .iter()
            .filter(|row| value(profiles, row, "account_id") == &Cell::Uuid(world.accounts[0]))
            .filter(|row| value(profiles, row, "list_id") == &Cell::Uuid(list))
            .filter_map(|row| value(profiles, row, "subscriber_id").as_uuid())
            .collect();
        assert_eq!(BTreeSet::from_iter(rows.ids), on_list);
        assert!(
            rows.cells
                .iter()
                .all(|cell| !cell.as_text().expect("an address").contains('*'))
        );
    }
}

#[tokio::test]
async fn who_may_see_nothing_gets_empty_lists_without_a_statement() {
    for store in stores().await {
        let world = World::fill(&store, 4).await;
        let manager = somebody(&world, 0, BuiltIn::Manager, &[]);
        let mut plan = first(&world, "subscribers", &["email"], 10);
        plan.count = true;
        let (rows, statements) = answer(&store, &world, &manager, plan).await;
        assert_eq!(
            (rows.groups[0].count, rows.ids.len(), statements),
            (Some(0), 0, 0)
        );
    }
}

#[tokio::test]
async fn a_count_is_told_beside_an_empty_page_and_without_a_page() {
    for store in stores().await {
        let world = World::fill(&store, 5).await;
        let owner = somebody(&world, 0, BuiltIn::Owner, &[]);
        let all = ids_of(&world, "opens", 0);
        let last = *all.iter().max().expect("opens");
        let mut plan = first(&world, "opens", &["opened_at"], 10);
        plan.count = true;
        plan.window = Window::Page(Page {
            size: 10,
            direction: Direction::Forward,
            after: Some(vec![Cell::Uuid(last)]),
            before: None,
        });
        let (rows, statements) = answer(&store, &world, &owner, plan.clone()).await;
        assert_eq!((rows.ids.len(), statements), (0, 1));
        let group = &rows.groups[0];
        assert_eq!(group.count, Some(all.len() as u64));
        assert_eq!((group.has_previous, group.has_next), (true, false));

        plan.window = Window::Page(Page {
            size: 0,
            direction: Direction::Forward,
            after: None,
            before: None,
        });
        let (rows, statements) = answer(&store, &world, &owner, plan).await;
        assert_eq!((rows.groups[0].count, statements), (Some(all.len() as u64), 1));
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_and_a_value_of_another_kind_are_refused_before_any_statement() {
    let store = crate::store::testing::sqlite().await;
    let world = World::empty();
    let owner = somebody(&world, 0, BuiltIn::Owner, &[]);
    let subscribers = world.catalog.table("subscribers");
    let mut crossed = first(&world, "subscribers", &["email"], 10);
    crossed.order = vec![Order {
        column: subscribers.id_of("created_at"),
        descending: false,
        argument: Vec::new(),
    }];
    crossed.window = Window::Page(Page {
        size: 10,
        direction: Direction::Forward,
        after: Some(vec![Cell::from("x"), Cell::Uuid(Uuid::nil())]),
        before: None,
    });
    let unfit = with_filter(
        first(&world, "subscribers", &["email"], 10),
        subscribers,
        "created_at",
        Comparison::Equal(Cell::Int(1)),
    );
    for (plan, code) in [(crossed, Code::InvalidCursor), (unfit, Code::BadUserInput)] {
        let permitted = permit::read(&world.catalog, &owner, plan).expect("permitted");
        let (answer, statements) = counted(read(&store.database, &world.catalog, &permitted)).await;
        assert_eq!(answer.map_err(|error| error.code()).err(), Some(code));
        assert_eq!(statements, 0);
    }
}

#[test]
fn pages_of_all_sizes_and_lists_of_all_lengths_share_one_text() {
    let world = World::empty();
    let owner = somebody(&world, 0, BuiltIn::Owner, &[]);
    let subscribers = world.catalog.table("subscribers");
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let text = |size: u16, words: usize| {
            let words = vec![Cell::from("active"); words];
            let plan = with_filter(
                first(&world, "subscribers", &["email"], size),
                subscribers,
                "status",
                Comparison::In(words),
            );
            let permitted = permit::read(&world.catalog, &owner, plan).expect("permitted");
            let asker = Asker::of(&permitted);
            let compiled = compile::level(dialect, &world.catalog, asker, permitted.plan(), Parents::Root);
            compiled
                .expect("it compiles")
                .expect("there can be rows")
                .sql
                .text
        };
        assert_eq!(text(1, 1), text(100, 7));
    }
}
