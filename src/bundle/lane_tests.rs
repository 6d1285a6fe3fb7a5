//! What the lanes for people can and cannot hold.

use serde_json::Value;

use super::fixture::*;
use super::growing::SheetSize;
use super::*;
use crate::cell::Cell;

fn notes(texts: impl IntoIterator<Item = String>) -> (Table, Vec<Vec<Cell>>) {
    let table = Table {
        name: "notes".into(),
        fields: vec![field("text", FieldKind::Text, false)],
        ..Table::default()
    };
    (table, texts.into_iter().map(|text| vec![text.into()]).collect())
}

fn write_in_sheets(size: SheetSize, (table, rows): &(Table, Vec<Vec<Cell>>)) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &std::env::temp_dir(), &all_lanes())
        .unwrap()
        .with_sheets(size);
    writer.begin_table(table).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.end_table().unwrap();
    let closing = Closing {
        volume: None,
        about: &about(),
        receipt: &said(),
        expected: &std::iter::once((table.name.clone(), rows.len() as u64)).collect(),
        signer: &key(),
    };
    writer.finish(&closing).unwrap().0
}

/// How many rows the sheets of a workbook have, headers not among them.
fn sheets(bundle: &[u8]) -> Vec<usize> {
    let parts = unpack(&unpack(bundle)["data/xlsx/notes.xlsx"]);
    let sheets = (1..).map_while(|number| parts.get(&xlsx::sheet_path(number)));
    sheets
        .map(|sheet| String::from_utf8_lossy(sheet).matches("<row ").count() - 1)
        .collect()
}

#[test]
fn a_table_that_is_larger_than_a_sheet_goes_on_in_the_next() {
    let table = notes((0..10).map(|number| format!("{number}")));
    let cases = [
        (
            SheetSize {
                rows: 5,
                bytes: 1 << 20,
            },
            vec![4, 4, 2],
        ),
        (
            SheetSize {
                rows: 6,
                bytes: 1 << 20,
            },
            vec![5, 5],
        ),
        (SheetSize { rows: 100, bytes: 1 }, vec![1; 10]),
        (SheetSize::default(), vec![10]),
    ];
    for (size, expected) in cases {
        let bundle = write_in_sheets(size, &table);
        assert_eq!(sheets(&bundle), expected);
        let report = check(&bundle);
        assert!(report.is_trusted(), "{:#?}", report.findings);
    }
}

#[test]
fn a_text_longer_than_a_cell_is_whole_in_every_other_lane_and_counted() {
    let long = "é".repeat(40_000);
    let table = notes([long.clone(), "short".into()]);
    let bundle = write_in_sheets(SheetSize::default(), &table);
    let files = unpack(&bundle);
    let receipt: Value = serde_json::from_slice(&files["receipt.json"]).unwrap();
    assert_eq!(receipt["counts"]["notes"]["cutCells"], 1);
    for lane in [Lane::Csv, Lane::Json, Lane::Ndjson] {
        let text = String::from_utf8_lossy(&files[&lane.path("notes")]);
        assert!(text.contains(&long), "{}", lane.word());
    }
    let sheet = &unpack(&files["data/xlsx/notes.xlsx"])[&xlsx::sheet_path(1)];
    assert!(!String::from_utf8_lossy(sheet).contains(&long));
    let report = check(&bundle);
    assert!(report.is_trusted(), "{:#?}", report.findings);
}
