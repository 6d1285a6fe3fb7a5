//! What holds for every bundle, whatever is in it.

use std::io::{Cursor, Read};

use proptest::prelude::*;
use serde_json::Value;

use super::arbitrary::{json, text};
use super::fixture::*;
use super::*;
use crate::cell::Cell;

fn file(bundle: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A row of anything: two texts and a document.
type Anything = (Option<String>, Option<String>, Option<Value>);

fn row() -> impl Strategy<Value = Anything> {
    let text = || prop::option::of(text());
    // A document that is null is no document.
    let document = prop::option::of(json()).prop_map(|document| document.filter(|value| !value.is_null()));
    (text(), text(), document)
}

fn table_of(rows: &[Anything]) -> Vec<(Table, Vec<Vec<Cell>>)> {
    let table = Table {
        name: "anything".into(),
        fields: vec![
            field("a", FieldKind::Text, false),
            field("b", FieldKind::Text, false),
            field("c", FieldKind::Json, false),
        ],
        ..Table::default()
    };
    let row = |(a, b, c): &Anything| vec![a.clone().into(), b.clone().into(), c.clone().into()];
    vec![(table, rows.iter().map(row).collect())]
}

/// What both lanes say: an empty string and null are one, a document is what it means.
fn meant(texts: [Option<&str>; 2], document: Option<Value>) -> (Vec<Option<String>>, Option<Value>) {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    (texts.map(text).to_vec(), document)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_csv_lane_decodes_to_the_exact_lane_for_anything_and_the_same_rows_are_the_same_bytes(
        rows in prop::collection::vec(row(), 0..20)
    ) {
        let (bundle, _) = write(&table_of(&rows), &all_lanes()).unwrap();
        let csv = file(&bundle, "data/csv/anything.csv");
        // Read by a parser that has nothing to do with ours.
        let mut reader = csv::ReaderBuilder::new().terminator(csv::Terminator::CRLF).from_reader(csv.as_bytes());
        let decoded: Vec<_> = reader.records().map(|record| {
            let record = record.unwrap();
            let cell = |at: usize| unescape(&record[at]).unwrap();
            let document = Some(cell(2)).filter(|text| !text.is_empty());
            meant([Some(cell(0)), Some(cell(1))], document.map(|text| serde_json::from_str(text).unwrap()))
        }).collect();
        let exact: Vec<_> = file(&bundle, "data/ndjson/anything.ndjson").split_terminator('\n').map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            meant([line["a"].as_str(), line["b"].as_str()], Some(line["c"].clone()).filter(|value| !value.is_null()))
        }).collect();
        prop_assert_eq!(&decoded, &exact);
        // And both are what was written.
        let written: Vec<_> = rows.iter().map(|(a, b, c)| meant([a.as_deref(), b.as_deref()], c.clone())).collect();
        prop_assert_eq!(&exact, &written);
        let report = check(&bundle);
        prop_assert!(report.is_trusted(), "{:?}", report.findings);
        prop_assert!(write(&table_of(&rows), &all_lanes()).unwrap().0 == bundle, "the same rows are other bytes");
    }

    #[test]
    fn no_text_leaves_the_csv_lane_beginning_like_a_formula(text in text()) {
        let escaped = escape(&text);
        prop_assert!(!escaped.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']));
        prop_assert_eq!(unescape(&escaped), Some(text.as_str()));
    }

    #[test]
    fn bytes_that_anybody_changes_never_stop_the_verifier_and_never_pass_as_something_else(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut bytes = bundle();
        for (index, byte) in at {
            let place = index.index(bytes.len());
            bytes[place] ^= byte | 1;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        // A few bytes of a ZIP mean nothing, such as the time of a file.
        if check(&bytes).is_trusted() {
            prop_assert_eq!(unpack(&bytes), unpack(&bundle()));
        }
    }
}

#[test]
fn the_same_data_is_the_same_bytes() {
    assert!(full_bundle() == full_bundle());
}

#[test]
fn a_bundle_of_every_kind_of_value_is_intact_in_each_choice_of_lanes() {
    for choice in 0..1 << Lane::ALL.len() {
        let lanes: Lanes = Lane::ALL
            .into_iter()
            .enumerate()
            .filter_map(|(at, lane)| (choice >> at & 1 == 1).then_some(lane))
            .collect();
        if !lanes.are_enough() {
            continue;
        }
        let (bundle, written) = write(&tables(), &lanes).unwrap();
        let report = check(&bundle);
        assert!(report.is_trusted(), "{lanes:?}: {:#?}", report.findings);
        let rows: Vec<_> = report
            .tables
            .iter()
            .map(|table| (table.name.as_str(), table.rows))
            .collect();
        assert_eq!(rows, [("events", 3), ("invoices", 0), ("subscribers", 3)]);
        assert_eq!(written.bytes, bundle.len() as u64);
    }
}

#[test]
fn the_entries_lie_in_the_order_of_the_ruling() {
    let mut zip = zip::ZipArchive::new(Cursor::new(full_bundle())).unwrap();
    let names: Vec<String> = (0..zip.len())
        .map(|at| zip.by_index(at).unwrap().name().unwrap().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "data/csv/events.csv",
            "data/csv/invoices.csv",
            "data/csv/subscribers.csv",
            "data/json/events.json",
            "data/json/invoices.json",
            "data/json/subscribers.json",
            "data/ndjson/events.ndjson",
            "data/ndjson/invoices.ndjson",
            "data/ndjson/subscribers.ndjson",
            "data/schema/events.schema.json",
            "data/schema/invoices.schema.json",
            "data/schema/subscribers.schema.json",
            "data/xlsx/events.xlsx",
            "data/xlsx/invoices.xlsx",
            "data/xlsx/subscribers.xlsx",
            "receipt.json",
            "README.txt",
            "datapackage.json",
            "bag-info.txt",
            "bagit.txt",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
            "signatures/key.pem",
            "signatures/receipt.json.sig",
            "signatures/tagmanifest-sha256.txt.sig",
        ]
    );
}

#[test]
fn a_bundle_without_a_known_key_is_intact_and_its_signer_unknown() {
    let report = verify(Cursor::new(bundle()), &Trust::Nobody).unwrap();
    assert!(report.is_intact() && !report.is_trusted());
    assert_eq!(report.signed_by, SignedBy::Unknown(key().public().id()));
}

#[test]
fn tables_with_more_rows_than_keys_fit_into_memory_are_read_in_shares() {
    let mut tables = tables();
    tables[2].1.push(vec![
        id(101).into(),
        "dora@example.test".into(),
        Cell::Null,
        "".into(),
        id(999).into(),
    ]);
    let (bundle, _) = write(&tables, &Lanes::default()).unwrap();
    for keys in [1, 2, 1000] {
        let limits = Limits {
            keys,
            ..Limits::default()
        };
        let report = verify_within(Cursor::new(&bundle), &trust(), &limits).unwrap();
        assert_eq!(codes(&report), ["KEY_DANGLING", "KEY_TWICE"], "{keys} at once");
    }
    let limits = Limits {
        keys: 1,
        key_passes: 2,
        ..Limits::default()
    };
    let report = verify_within(Cursor::new(&bundle), &trust(), &limits).unwrap();
    assert_eq!(codes(&report), ["KEY_UNCHECKED"]);
}

#[test]
fn a_bundle_of_many_rows_streams_through_all_its_buffers() {
    let rows: Vec<Vec<Cell>> = (0..10_000)
        .map(|number: u128| {
            vec![
                id(number).into(),
                format!("{number}@example.test").into(),
                "x".repeat(90).into(),
                "".into(),
                id(number / 2).into(),
            ]
        })
        .collect();
    let (bundle, written) = write(&[(subscribers(), rows)], &Lanes::default()).unwrap();
    assert_eq!(written.tables[0].rows, 10_000);
    let report = check(&bundle);
    assert!(report.is_trusted(), "{:?}", report.findings);
}

#[test]
fn a_bundle_that_is_not_complete_is_not_finished() {
    let finish = |written: &[usize], expected: &[(&str, u64)], lanes: &Lanes| {
        let mut writer = Writer::new(Vec::new(), &std::env::temp_dir(), lanes)?;
        for position in written {
            let (table, rows) = &tables()[*position];
            writer.begin_table(table)?;
            rows.iter().try_for_each(|row| writer.row(row))?;
            writer.end_table()?;
        }
        let expected = expected
            .iter()
            .map(|(name, rows)| ((*name).to_owned(), *rows))
            .collect();
        writer.finish(&Closing {
            volume: None,
            about: &about(),
            receipt: &said(),
            expected: &expected,
            signer: &key(),
        })
    };
    let both = &Lanes::default();
    assert!(finish(&[0, 2], &[("events", 3), ("subscribers", 3)], both).is_ok());
    let cases = [
        ("a row is missing", finish(&[0], &[("events", 4)], both)),
        (
            "a table is missing",
            finish(&[0], &[("events", 3), ("subscribers", 3)], both),
        ),
        (
            "a table was not asked for",
            finish(&[0, 2], &[("events", 3)], both),
        ),
        (
            "the tables are not sorted",
            finish(&[2, 0], &[("events", 3), ("subscribers", 3)], both),
        ),
        ("there is no lane", finish(&[], &[], &Lanes::from_iter([]))),
        (
            "the only lane is one that cuts texts off",
            finish(&[], &[], &Lanes::from_iter([Lane::Xlsx])),
        ),
    ];
    for (what, outcome) in cases {
        assert!(outcome.is_err(), "{what}");
    }
}

#[test]
fn a_failure_that_the_caller_overlooks_is_remembered() {
    let mut writer = Writer::new(Vec::new(), &std::env::temp_dir(), &Lanes::default()).unwrap();
    writer.begin_table(&invoices()).unwrap();
    assert!(writer.row(&[Cell::Null]).is_err(), "the id is required");
    assert!(writer.row(&[id(1).into()]).is_err());
    assert!(writer.end_table().is_err());
    let expected = std::iter::once(("invoices".to_owned(), 0)).collect();
    assert!(
        writer
            .finish(&Closing {
                volume: None,
                about: &about(),
                receipt: &said(),
                expected: &expected,
                signer: &key()
            })
            .is_err()
    );
}

#[test]
fn a_receipt_that_stands_alone_is_verified_as_canonical_and_signed() {
    let receipt = br#"{"a":1,"b":[true]}"#;
    let loose = br#"{"b":[true],"a":1}"#;
    let sign = |bytes: &[u8]| key().sign(bytes).unwrap();
    assert!(verify_receipt(receipt, &sign(receipt), &key().public()).is_trusted());
    assert_eq!(
        codes(&verify_receipt(loose, &sign(loose), &key().public())),
        ["RECEIPT_NOT_CANONICAL"]
    );
    assert_eq!(
        codes(&verify_receipt(receipt, &sign(loose), &key().public())),
        ["SIGNATURE_INVALID"]
    );
    assert_eq!(
        codes(&verify_receipt(receipt, &[0; 3], &key().public())),
        ["SIGNATURE_INVALID"]
    );
    assert_eq!(
        codes(&verify_receipt(
            receipt,
            &sign(receipt),
            &fixture::TestKey::new(8).public()
        )),
        ["SIGNATURE_INVALID"]
    );
    assert_eq!(
        codes(&verify_receipt(b"no", &sign(b"no"), &key().public())),
        ["RECEIPT_INVALID"]
    );
}

/// Takes some bytes and then says that there is no room.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_without_room_is_an_error_and_never_a_bundle() {
    let whole = bundle().len();
    for room in (0..whole).step_by(97) {
        let outcome = write_to(Full(room), &tables(), &Lanes::default(), None);
        let error = outcome
            .err()
            .unwrap_or_else(|| panic!("{room} of {whole} bytes are not enough"));
        assert_eq!(error.code(), crate::error::Code::StorageFull);
    }
    assert!(write_to(Full(whole), &tables(), &Lanes::default(), None).is_ok());
}
