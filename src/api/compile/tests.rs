//! What documents become: reads with only what is needed, each response path once.

use std::sync::LazyLock;

use async_graphql::Variables;
use proptest::prelude::*;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::shape::{Selection, Source};
use super::{Ask, Compiled, Query, query};
use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::access::viewer::Viewer;
use crate::api::guard::{self, Limits};
use crate::api::identity::Asker;
use crate::api::schema::Surface;
use crate::api::validate;
use crate::catalog::{Catalog, DEFAULT_POLICY};
use crate::error::Code;
use crate::plan::read::{Direction, Link, Page, Read, Window};

struct Ground {
    catalog: Catalog,
    surface: Surface,
    ids: IdKeys,
    cursors: CursorKeys,
    asker: Asker,
}

static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let catalog = Catalog::load(DEFAULT_POLICY).expect("the built-in policy stands");
    let viewer = Viewer::at_the_machine(&catalog, Uuid::from_u128(1), Uuid::from_u128(2));
    Ground {
        surface: Surface::of(&catalog).expect("the catalog can be rendered"),
        catalog,
        ids: IdKeys::new([(1, Zeroizing::new([1; 32]))]),
        cursors: CursorKeys::new([(1, Zeroizing::new([2; 32]))]),
        asker: Asker {
            viewer: std::sync::Arc::new(viewer),
            groups: [].into(),
            lasts: None,
        },
    }
});

fn compiled(text: &str) -> Compiled<Query> {
    let ground = &*GROUND;
    let none = Variables::default();
    let document = guard::admit(text, &none, None, &Limits::default())?;
    validate::document(ground.surface.types(), &document).map_err(|errors| errors[0].clone())?;
    let operation = &guard::operation(&document, None)?.node;
    let variables =
        validate::coerce(ground.surface.types(), operation, &none).map_err(|errors| errors[0].clone())?;
    query(Ask {
        catalog: &ground.catalog,
        surface: &ground.surface,
        ids: &ground.ids,
        cursors: &ground.cursors,
        asker: Some(&ground.asker),
        document: &document,
        operation,
        variables: &variables,
    })
}

fn columns(read: &Read) -> Vec<&'static str> {
    let resource = GROUND.catalog.get(read.resource);
    read.columns
        .iter()
        .map(|column| resource.column(*column).name.as_str())
        .collect()
}

fn page(read: &Read) -> &Page {
    match &read.window {
        Window::Page(page) => page,
        Window::Ids(_) => panic!("a page was expected"),
    }
}

#[test]
fn a_level_reads_each_column_once_and_only_those_asked_for() {
    let text =
        "{ lists { nodes { id name } edges { node { label: name status } } pageInfo { hasNextPage } } }";
    let query = compiled(text).unwrap();
    assert_eq!(query.reads.len(), 1);
    assert_eq!(columns(&query.reads[0]), ["name", "status"]);
    assert_eq!(
        (page(&query.reads[0]).size, page(&query.reads[0]).direction),
        (25, Direction::Forward)
    );
}

#[test]
fn fields_of_one_response_path_become_one_level_and_others_their_own() {
    let text = "{ subscribers(first: 2) { nodes { a: opens(first: 1) { nodes { kind } } ...F b: opens(first: 1) { nodes { kind } } } } }
                fragment F on Subscriber { a: opens(first: 1) { nodes { openedAt campaign { name } } } }";
    let query = compiled(text).unwrap();
    let [a, b] = query.reads[0].children.as_slice() else {
        panic!("two levels")
    };
    assert!(matches!(a.link, Link::Back(_)));
    assert_eq!(
        (columns(&a.read), columns(&b.read)),
        (vec!["kind", "opened_at"], vec!["kind"])
    );
    assert_eq!(columns(&a.read.children[0].read), ["name"]);
}

#[test]
fn a_count_alone_reads_no_rows() {
    let query = compiled("{ lists { totalCount { value } __typename } }").unwrap();
    assert_eq!((page(&query.reads[0]).size, query.reads[0].count), (0, true));
    assert!(query.cost <= 10);
}

#[test]
fn a_list_below_a_row_has_the_order_that_an_index_gives() {
    let query =
        compiled("{ subscribers { nodes { opens { nodes { id } } profiles { nodes { id } } } } }").unwrap();
    let [opens, profiles] = query.reads[0].children.as_slice() else {
        panic!("two levels")
    };
    let by = GROUND.catalog.table("opens").id_of("opened_at");
    assert_eq!(
        opens
            .read
            .order
            .iter()
            .map(|order| order.column)
            .collect::<Vec<_>>(),
        [by]
    );
    assert!(profiles.read.order.is_empty());
    assert!(query.reads[0].order.is_empty());
}

#[test]
fn ids_that_are_not_ours_are_null_without_a_read() {
    let query = compiled("{ node(id: \"AAAA\") { id } nodes(ids: [\"x\", \"y\"]) { id } }").unwrap();
    assert!(query.reads.is_empty());
    let Source::Literal(json) = &query.selection.fields[0].source else {
        panic!("a literal")
    };
    assert_eq!(&**json, b"null");
}

#[test]
fn cost_is_the_sum_of_what_pages_can_hold() {
    let cost = |text: &str| compiled(text).map(|query| query.cost);
    assert_eq!(cost("{ lists(first: 10) { nodes { id } } }").unwrap(), 10);
    assert_eq!(
        cost("{ lists(first: 10) { nodes { profiles(first: 10) { nodes { subscriber { id } } } } } }")
            .unwrap(),
        210
    );
    let refused =
        cost("{ lists(first: 100) { nodes { profiles(first: 100) { nodes { id } } } } }").unwrap_err();
    assert_eq!(refused.code(), Code::CostExceeded);
    let deep = "{ lists(first: 100) { nodes { profiles(first: 100) { nodes { subscriber { deliveries(first: 100) { nodes { opens(first: 100) { nodes { id } } } } } } } } } }";
    assert_eq!(cost(deep).unwrap_err().code(), Code::CostExceeded);
}

#[test]
fn the_page_that_dashboards_want_is_within_the_cost() {
    let text = "{ subscribers(first: 100) { nodes { id email status firstName lastName phone language city createdAt updatedAt
                profiles(first: 5) { nodes { status values { value field { tag label } } } } } } }";
    let query = compiled(text).unwrap();
    assert!(query.cost < 1_000, "{}", query.cost);
}

#[test]
fn whoever_has_no_credentials_reads_nothing() {
    let ground = &*GROUND;
    let none = Variables::default();
    let document = guard::admit("{ lists { nodes { id } } }", &none, None, &Limits::default()).unwrap();
    let operation = &guard::operation(&document, None).unwrap().node;
    let ask = Ask {
        catalog: &ground.catalog,
        surface: &ground.surface,
        ids: &ground.ids,
        cursors: &ground.cursors,
        asker: None,
        document: &document,
        operation,
        variables: &none,
    };
    assert_eq!(query(ask).unwrap_err().code(), Code::Unauthenticated);
}

fn slots(selection: &Selection) -> usize {
    selection.fields.len()
}

proptest! {
    #[test]
    fn skipping_and_including_leave_exactly_the_fields_that_count(flags in proptest::collection::vec(any::<(bool, bool)>(), 1..8)) {
        let fields: String = flags
            .iter()
            .enumerate()
            .map(|(place, (skip, include))| format!(" f{place}: __typename @skip(if: {skip}) @include(if: {include})"))
            .collect();
        let query = compiled(&format!("{{ z: __typename viewer {{ z: __typename {fields} }} }}")).unwrap();
        let Source::Object(viewer) = &query.selection.fields[1].source else { panic!("an object") };
        let expected = 1 + flags.iter().filter(|(skip, include)| !skip && *include).count();
        prop_assert_eq!(slots(viewer), expected);
    }
}
