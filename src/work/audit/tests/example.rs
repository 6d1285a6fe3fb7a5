//! The example that `docs/audit.md` works out is what this program computes.

use uuid::Uuid;

use crate::cell::Cell;
use crate::store::audit::COLUMNS;
use crate::store::audit_seal::Seal;
use crate::work::audit::format::{BEFORE_THE_FIRST, Leaf, digest, hash, hex, root, statement, to_bytes};
use crate::work::audit::{canonical, tree};

#[test]
fn the_example_of_the_documentation_is_what_is_computed() {
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let at = |text: &str| text.parse::<crate::clock::Instant>().unwrap();
    let account = id("019caa2f-8b80-7000-8000-000000000001");
    let event = id("019caa30-75e0-7abc-9def-000000000002");
    let cells: [Cell; COLUMNS.len()] = [
        account.into(),
        event.into(),
        "user".into(),
        id("019caa2f-8b80-7000-8000-000000000003").into(),
        "graphql.read".into(),
        Cell::Null,
        Cell::Null,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        25_i64.into(),
        25_i64.into(),
        "allowed".into(),
        Cell::Null,
        Cell::Null,
        at("2026-03-01T09:00:00Z").into(),
    ];
    let leaf = Leaf {
        id: event,
        digest: digest(&cells),
    };
    let leaves = to_bytes(&[leaf]);
    assert_eq!(root(&leaves), hex(&tree::leaf(&leaves)));
    let seal = Seal {
        account,
        id: id("019caa31-6040-7000-8000-000000000004"),
        number: 1,
        event_count: 1,
        first_event: event,
        last_event: event,
        root: root(&leaves),
        previous_hash: BEFORE_THE_FIRST.to_owned(),
        sealed_at: at("2026-03-01T09:01:00.500Z"),
        key_id: "fc36a30fff1c9b5b".to_owned(),
        hash: String::new(),
        signature: String::new(),
        leaves,
    };
    let statement = statement(&seal);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let expected = [
        text(canonical::object(&COLUMNS, &cells, None)),
        hex(&leaf.digest),
        seal.root,
        text(statement.clone()),
        hash(&statement),
    ];
    let documentation = include_str!("../../../../docs/audit.md");
    for line in expected {
        assert!(documentation.contains(&format!("\n    {line}\n")), "{line}");
    }
}
