//! Rows that also lie as folders: what is in them, that it is always the same, and every way in which they can be wrong.

use serde_json::json;

use super::fixture::*;
use super::forge::*;
use super::*;
use crate::cell::Cell;

fn templates() -> Table {
    let field = |name: &str, kind, required| Field {
        name: name.into(),
        kind,
        required,
        ..Field::default()
    };
    let file = |field: &str, name: &str| RowFile {
        field: field.into(),
        name: name.into(),
    };
    Table {
        name: "templates".into(),
        fields: vec![
            field("id", FieldKind::Uuid, true),
            field("name", FieldKind::Text, true),
            field("html_body", FieldKind::Text, false),
            field("plain_body", FieldKind::Text, false),
            field("design", FieldKind::Json, false),
        ],
        primary_key: vec!["id".into()],
        files: vec![
            file("html_body", "body.html"),
            file("plain_body", "body.txt"),
            file("design", "design.json"),
        ],
        ..Table::default()
    }
}

fn rows() -> Vec<Vec<Cell>> {
    vec![
        vec![
            id(1).into(),
            "../../etc/passwd".into(),
            "<p>Grüße, *|NAME|*</p>\r\n".into(),
            "Grüße\n".into(),
            json!({ "blocks": [1, "two"] }).into(),
        ],
        vec![
            id(2).into(),
            "ana@example.test".into(),
            Cell::Null,
            "".into(),
            json!("").into(),
        ],
        vec![id(3).into(), "Leer".into(), "=1+2".into(), Cell::Null, Cell::Null],
    ]
}

fn all() -> Vec<(Table, Vec<Vec<Cell>>)> {
    // Others before and behind: their rows are none of it.
    let zones = Table {
        name: "zones".into(),
        ..invoices()
    };
    vec![
        (subscribers(), subscriber_rows()),
        (templates(), rows()),
        (zones, vec![vec![id(7).into()]]),
    ]
}

fn folder(number: u128, file: &str) -> String {
    format!("data/files/templates/{}/{file}", id(number))
}

#[test]
fn every_row_has_its_texts_as_files_and_the_rest_beside_them() {
    for lanes in [Lanes::default(), all_lanes(), [Lane::Json].into_iter().collect()] {
        let bundle = write(&all(), &lanes).unwrap().0;
        assert!(check(&bundle).is_trusted(), "{:?}", check(&bundle).findings);
        assert!(
            bundle == write(&all(), &lanes).unwrap().0,
            "same data, same bytes"
        );
        let files = unpack(&bundle);
        let found: Vec<&String> = files
            .keys()
            .filter(|name| name.starts_with("data/files/"))
            .collect();
        let expected = [
            folder(1, "body.html"),
            folder(1, "body.txt"),
            folder(1, "design.json"),
            folder(1, "meta.json"),
            folder(2, "design.json"),
            folder(2, "meta.json"),
            folder(3, "body.html"),
            folder(3, "meta.json"),
        ];
        assert_eq!(found, expected.iter().collect::<Vec<_>>());
        let text = |name: String| String::from_utf8(files[&name].clone()).unwrap();
        // Exactly the text: nothing is escaped, and no name is made of what somebody wrote.
        assert_eq!(text(folder(1, "body.html")), "<p>Grüße, *|NAME|*</p>\r\n");
        assert_eq!(text(folder(3, "body.html")), "=1+2");
        assert_eq!(text(folder(1, "design.json")), r#"{"blocks":[1,"two"]}"#);
        let rest = format!("{{\"id\":\"{}\",\"name\":\"ana@example.test\"}}\n", id(2));
        assert_eq!(text(folder(2, "meta.json")), rest);
        assert!(text("README.txt".into()).contains("data/files"));
        assert!(text("manifest-sha256.txt".into()).contains(&folder(3, "meta.json")));
        let order: Vec<String> = zip_names(&bundle);
        let data: Vec<&String> = order.iter().filter(|name| name.starts_with("data/")).collect();
        assert!(data.is_sorted(), "{data:?}");
    }
}

fn zip_names(bundle: &[u8]) -> Vec<String> {
    let zip = zip::ZipArchive::new(std::io::Cursor::new(bundle)).unwrap();
    (0..zip.len())
        .map(|at| zip.name_for_index(at).unwrap().unwrap().into_owned())
        .collect()
}

#[test]
fn without_an_exact_lane_there_are_no_folders() {
    let bundle = write(&all(), &[Lane::Csv].into_iter().collect()).unwrap().0;
    assert!(check(&bundle).is_trusted());
    assert!(!unpack(&bundle).keys().any(|name| name.starts_with("data/files/")));
}

#[test]
fn a_folder_that_is_not_its_row_is_found_however_well_it_is_hidden() {
    let bundle = write(&all(), &Lanes::default()).unwrap().0;
    type Change = fn(&mut Files);
    let faults: [(&str, Change, &[&str]); 7] = [
        (
            "a text changed",
            |files| replace(files, &folder(1, "body.html"), "NAME", "MANE"),
            &["LANES_DIFFER"],
        ),
        (
            "the rest changed",
            |files| replace(files, &folder(3, "meta.json"), "Leer", "Voll"),
            &["LANES_DIFFER"],
        ),
        (
            "a text longer",
            |files| files.get_mut(&folder(1, "body.txt")).unwrap().push(b'x'),
            &["LANES_DIFFER"],
        ),
        (
            "a file gone",
            |files| drop(files.remove(&folder(3, "body.html"))),
            &["FILE_MISSING"],
        ),
        (
            "a file too many",
            |files| drop(files.insert(folder(3, "body.txt"), b"x".to_vec())),
            &["FILE_UNDECLARED"],
        ),
        (
            "a folder of no row",
            |files| drop(files.insert(folder(9, "meta.json"), b"{}\n".to_vec())),
            &["FILE_UNDECLARED"],
        ),
        (
            "two folders exchanged",
            |files| {
                let (one, other) = (folder(1, "body.html"), folder(3, "body.html"));
                let (text, put) = (files[&one].clone(), files[&other].clone());
                files.insert(one, put);
                files.insert(other, text);
            },
            &["LANES_DIFFER"],
        ),
    ];
    for (what, change, expected) in faults {
        let mut files = unpack(&bundle);
        change(&mut files);
        repair(&mut files, Repair::All);
        assert_eq!(codes(&check(&pack(&files))), expected, "{what}");
    }
    let mut files = unpack(&bundle);
    change_json(&mut files, DESCRIPTOR, |descriptor| {
        for resource in descriptor["resources"].as_array_mut().unwrap() {
            resource.as_object_mut().unwrap().remove("x-files");
        }
    });
    repair(&mut files, Repair::All);
    assert_eq!(
        codes(&check(&pack(&files))),
        ["FILE_UNDECLARED"],
        "nothing says what the files are"
    );
}

#[test]
fn files_that_cannot_be_are_refused_before_a_byte_is_written() {
    let with = |field: &str, name: &str| {
        let mut table = templates();
        table.files = vec![RowFile {
            field: field.into(),
            name: name.into(),
        }];
        table
    };
    for (field, name) in [
        ("nothing", "a.txt"),
        ("id", "a.txt"),
        ("name", "../a.txt"),
        ("name", "A.txt"),
        ("name", "a"),
        ("name", "a.b.c"),
        ("name", "meta.json"),
    ] {
        assert!(with(field, name).check().is_err(), "{field} {name}");
    }
    let mut without_id = with("name", "a.txt");
    without_id.fields[0].required = false;
    without_id.primary_key.clear();
    assert!(without_id.check().is_err());
    assert!(with("name", "a.txt").check().is_ok());
}
