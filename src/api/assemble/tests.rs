//! What is written for rows made by hand.

use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Materials, assemble};
use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::api::answer::{GraphqlError, Step};
use crate::api::compile::shape::{EdgeSource, InfoSource, Page, PageSource, Selection, Slot, Source};
use crate::api::schema::meaning::{Form, PagePart};
use crate::catalog::ResourceId;
use crate::cell::Cell;
use crate::error::{Fault, Result};
use crate::store::rows::{Group, Rows};

fn keys() -> (IdKeys, CursorKeys) {
    (
        IdKeys::new([(1, Zeroizing::new([1; 32]))]),
        CursorKeys::new([(1, Zeroizing::new([2; 32]))]),
    )
}

/// Rows of one column, all in one group.
fn rows(cells: &[Cell]) -> Rows {
    Rows {
        resource: ResourceId(0),
        width: 1,
        cells: cells.to_vec(),
        ids: (1..=cells.len() as u128).map(Uuid::from_u128).collect(),
        key_width: 0,
        keys: Vec::new(),
        groups: vec![Group {
            rows: 0..cells.len(),
            has_next: true,
            ..Group::default()
        }],
        children: Vec::new(),
    }
}

fn slot(name: &str, required: bool, source: Source) -> Slot {
    Slot::new(name.into(), required, source)
}

fn column(required: bool) -> Selection {
    Selection {
        fields: vec![slot(
            "value",
            required,
            Source::Column {
                index: 0,
                form: Form::Int,
            },
        )],
    }
}

fn written(selection: &Selection, branches: &[Result<Rows, Fault>]) -> (String, Vec<GraphqlError>) {
    let (ids, cursors) = keys();
    let materials = Materials {
        ids: &ids,
        cursors: &cursors,
        branches,
        introspection: None,
        request_id: "r",
    };
    let (body, errors) = assemble(selection, materials, b"before".to_vec());
    (
        String::from_utf8(body)
            .unwrap()
            .strip_prefix("before")
            .unwrap()
            .to_owned(),
        errors,
    )
}

fn page_of(selection: Selection, required: bool) -> Selection {
    let page = Page {
        fields: vec![(Arc::from("nodes"), PageSource::Nodes(selection))],
        binding: Box::default(),
    };
    Selection {
        fields: vec![slot("page", required, Source::BranchPage { branch: 0, page })],
    }
}

fn steps(error: &GraphqlError) -> String {
    let word = |step: &Step| match step {
        Step::Key(key) => key.to_string(),
        Step::Index(index) => index.to_string(),
    };
    error.path.iter().map(word).collect::<Vec<_>>().join(".")
}

#[test]
fn a_null_goes_as_far_up_as_the_types_demand_and_no_further() {
    let branches = [Ok(rows(&[Cell::Int(1), Cell::Null]))];
    let (body, errors) = written(&page_of(column(false), true), &branches);
    assert_eq!(
        (body.as_str(), errors.len()),
        (r#"{"page":{"nodes":[{"value":1},{"value":null}]}}"#, 0)
    );
    let (body, errors) = written(&page_of(column(true), false), &branches);
    assert_eq!(body, r#"{"page":null}"#);
    assert_eq!(steps(&errors[0]), "page.nodes.1.value");
    let (body, _) = written(&page_of(column(true), true), &branches);
    assert_eq!(body, "null");
}

#[test]
fn a_read_that_failed_makes_its_field_null_and_leaves_the_others() {
    let mut selection = page_of(column(false), false);
    selection
        .fields
        .push(slot("other", true, Source::Literal(b"7".as_slice().into())));
    let (body, errors) = written(&selection, &[Err(Fault::Store("secret".into()))]);
    assert_eq!(body, r#"{"page":null,"other":7}"#);
    assert_eq!(steps(&errors[0]), "page");
    assert!(!errors[0].refusal.message.contains("secret"));
}

#[test]
fn a_path_after_an_error_is_that_of_its_own_place() {
    let picks = vec![
        Some((0, Uuid::from_u128(2))),
        None,
        Some((0, Uuid::from_u128(2))),
        Some((0, Uuid::from_u128(1))),
    ];
    let source = Source::BranchRows {
        picks,
        selections: vec![(0, column(true))],
    };
    let selection = Selection {
        fields: vec![slot("nodes", true, source)],
    };
    let (body, errors) = written(&selection, &[Ok(rows(&[Cell::Int(1), Cell::Null]))]);
    assert_eq!(body, r#"{"nodes":[null,null,null,{"value":1}]}"#);
    assert_eq!(
        errors.iter().map(steps).collect::<Vec<_>>(),
        ["nodes.0.value", "nodes.2.value"]
    );
}

#[test]
fn numbers_beyond_thirty_two_bits_are_no_int() {
    let branches = [Ok(rows(&[Cell::Int(i64::from(i32::MAX) + 1)]))];
    let (body, errors) = written(&page_of(column(false), true), &branches);
    assert_eq!(
        (body.as_str(), errors.len()),
        (r#"{"page":{"nodes":[{"value":null}]}}"#, 1)
    );
}

#[test]
fn cursors_open_with_their_binding_and_an_empty_page_has_none() {
    let (_, cursors) = keys();
    let fields = vec![
        (
            Arc::from("edges"),
            PageSource::Edges(vec![(Arc::from("c"), EdgeSource::Cursor)]),
        ),
        (
            Arc::from("i"),
            PageSource::Info(vec![(Arc::from("end"), InfoSource::Part(PagePart::EndCursor))]),
        ),
    ];
    let page = Page {
        fields,
        binding: b"binding".as_slice().into(),
    };
    let selection = Selection {
        fields: vec![slot("page", true, Source::BranchPage { branch: 0, page })],
    };
    let (body, _) = written(&selection, &[Ok(rows(&[Cell::Int(1), Cell::Int(2)]))]);
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    let cursor = json["page"]["edges"][1]["c"].as_str().unwrap();
    assert_eq!(
        cursors.open(cursor, b"binding").unwrap(),
        [Cell::Uuid(Uuid::from_u128(2))]
    );
    assert_eq!(json["page"]["i"]["end"], cursor);
    let (body, _) = written(&selection, &[Ok(rows(&[]))]);
    assert_eq!(body, r#"{"page":{"edges":[],"i":{"end":null}}}"#);
}
