//! Whole files, from the path to the last row.

use std::io::Write;
use std::path::Path;

use super::mailing_files::{self, MailingFile};
use super::*;
use crate::error::Code;

/// Everything that a file says.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) layout: Layout,
    pub(super) rows: Vec<Row>,
    pub(super) warnings: Warnings,
    pub(super) bytes_read: u64,
    pub(super) size: u64,
}

impl Told {
    /// The people among the rows.
    pub(super) fn people(&self) -> Vec<&Incoming> {
        let mut people = Vec::new();
        for row in &self.rows {
            if let Row::Person(person) = row {
                people.push(&**person);
            }
        }
        people
    }

    /// The others.
    pub(super) fn rejected(&self) -> Vec<&Rejected> {
        let mut all = Vec::new();
        for row in &self.rows {
            if let Row::Rejected(rejected) = row {
                all.push(&**rejected);
            }
        }
        all
    }
}

/// Reads a file to its end.
pub(super) fn tell(path: &Path, mapping: Option<Mapping>) -> Result<Told> {
    let options = Options {
        mapping,
        ..Options::default()
    };
    let Opened::People(mut people) = open(&path.into(), options)? else {
        panic!("a bundle where people were expected");
    };
    let rows = people.by_ref().collect::<Result<Vec<Row>>>()?;
    assert!(people.next().is_none());
    Ok(Told {
        kind: people.kind(),
        layout: people.layout().clone(),
        warnings: people.warnings().clone(),
        bytes_read: people.progress().bytes(),
        size: people.size(),
        rows,
    })
}

/// Writes a file and reads it to its end.
pub(super) fn tell_bytes(name: &str, bytes: &[u8], mapping: Option<Mapping>) -> Result<Told> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    tell(&path, mapping)
}

/// A ZIP of these files.
pub(super) fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn compare(file: &MailingFile, told: &Told) {
    let rejected: Vec<(String, u64)> = told
        .rejected()
        .iter()
        .map(|rejected| (rejected.file.to_string(), rejected.line))
        .collect();
    let mut expected = file.bad.clone();
    expected.sort();
    let mut sorted = rejected.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    assert_eq!(told.people().len(), file.good);
    let addresses = told
        .people()
        .iter()
        .map(|person| person.address.normalized.clone())
        .collect::<Vec<_>>();
    let different: std::collections::HashSet<_> = addresses.iter().collect();
    assert_eq!(different.len(), file.people);
    assert_eq!(told.bytes_read, told.size);
    for rejected in told.rejected() {
        let reason = rejected.reason.to_string();
        assert!(!reason.contains("example"), "{reason}");
    }
}

#[test]
fn every_good_row_of_a_nasty_audience_is_read_and_every_bad_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailing_files::mailchimp_zip(folder.path());
    let told = tell(&file.path, None).unwrap();
    assert_eq!(told.kind, Kind::Mailchimp);
    compare(&file, &told);
}

#[test]
fn every_good_row_of_a_nasty_listmonk_file_is_read_and_every_bad_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailing_files::listmonk_csv(folder.path());
    let told = tell(&file.path, None).unwrap();
    assert_eq!(told.kind, Kind::Listmonk);
    compare(&file, &told);
}

#[test]
fn a_file_is_known_by_its_content() {
    let listmonk = "email,name,attributes\nana@example.test,Ana,{}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(listmonk.as_bytes()).unwrap();
    let cases: Vec<(&str, Vec<u8>, Kind)> = vec![
        ("any.csv", listmonk.into(), Kind::Listmonk),
        ("any.txt", listmonk.replace(',', ";").into(), Kind::Listmonk),
        ("any.tsv", listmonk.replace(',', "\t").into(), Kind::Listmonk),
        ("any.csv.gz", gzip.finish().unwrap(), Kind::Listmonk),
        (
            "any.zip",
            zip_of(&[("folder/any.csv", listmonk), ("readme.txt", "")]),
            Kind::Listmonk,
        ),
        (
            "any.csv",
            [b"\xef\xbb\xbf", listmonk.as_bytes()].concat(),
            Kind::Listmonk,
        ),
        (
            "cleaned_members_export_1.csv",
            b"Email\nana@example.test\n".to_vec(),
            Kind::Mailchimp,
        ),
        (
            "any.zip",
            zip_of(&[
                ("x/cleaned_members_export_1.csv", "Email\nana@example.test\n"),
                ("x/other.csv", ""),
            ]),
            Kind::Mailchimp,
        ),
    ];
    for (name, bytes, kind) in cases {
        let told = tell_bytes(name, &bytes, None).unwrap();
        assert_eq!((told.kind, told.people().len()), (kind, 1), "{name}");
    }
}

#[test]
fn a_bundle_of_ours_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["datapackage.json", "bundle-1/datapackage.json"] {
        let path = folder.path().join("bundle.zip");
        std::fs::write(&path, zip_of(&[("data/subscribers.csv", ""), (name, "{}")])).unwrap();
        assert!(
            matches!(
                open(&path.as_path().into(), Options::default()),
                Ok(Opened::Bundle)
            ),
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_way_out() {
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.csv", vec![], "is empty"),
        ("any.csv", b"a,b\n1,2\n".to_vec(), "--mapping FILE"),
        (
            "any.csv",
            b"ana@example.test,Ana\n".to_vec(),
            "has a person in its first line",
        ),
        (
            "any.csv",
            b"email,name\nana@example.test,Ana\n".to_vec(),
            "--mapping FILE",
        ),
        (
            "any.csv",
            b"\"email\nana@example.test\n".to_vec(),
            "has no header that can be read",
        ),
        (
            "any.csv",
            b"email,na\xefme,attributes\n".to_vec(),
            "is not UTF-8 (first in line 1)",
        ),
        (
            "any.csv",
            b"email,name,attributes\na@example.test,Jos\xe9,{}\n".to_vec(),
            "is not UTF-8 (first in line 2)",
        ),
        (
            "any.csv",
            format!("email{}", ",x".repeat(2000)).into_bytes(),
            "more than 2000 columns",
        ),
        ("any.zip", zip_of(&[("a.txt", "")]), "holds no CSV file"),
        ("any.zip", zip_of(&[]), "holds no CSV file"),
        (
            "any.zip",
            zip_of(&[("a.csv", "x"), ("b.csv", "x")]),
            "several CSV files, \"a.csv\" and \"b.csv\"",
        ),
        (
            "any.xlsx",
            zip_of(&[("[Content_Types].xml", ""), ("xl/a.xml", "")]),
            "an office document",
        ),
        (
            "cleaned_members_export_1.csv",
            b"Name\nAna\n".to_vec(),
            "no column of e-mail addresses",
        ),
    ];
    for (name, bytes, expected) in cases {
        let error = tell_bytes(name, &bytes, None).map(|_| ()).expect_err(expected);
        assert_eq!(error.code(), Code::InvalidFile, "{error}");
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains('@'), "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (path, expected) in [("nothing.csv", "does not exist"), ("", "is not a file")] {
        let error = tell(&folder.path().join(path), None)
            .map(|_| ())
            .expect_err(expected)
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn after_an_error_there_are_no_more_rows() {
    let rows: String = (0..50_000)
        .map(|n| format!("person{n}@example.test,Ana,{{}}\n"))
        .collect();
    let mut bytes = zip_of(&[("any.csv", &format!("email,name,attributes\n{rows}"))]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.zip");
    std::fs::write(&path, &bytes).unwrap();
    let Opened::People(mut people) = open(&path.as_path().into(), Options::default()).unwrap() else {
        panic!("people were expected");
    };
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xaa);
    std::fs::write(&path, &bytes).unwrap();
    let error = people
        .by_ref()
        .find_map(Result::err)
        .expect("the damage is noticed");
    assert!(error.to_string().contains("any.csv is damaged"), "{error}");
    assert!(people.next().is_none());
}

#[test]
fn a_mistyped_word_finds_the_nearest() {
    let known = ["email", "first_name", "last_name"];
    assert_eq!(nearest("emial", known), Some("email"));
    assert_eq!(nearest("firstname", known), Some("first_name"));
    assert_eq!(nearest("E-Mail", known), Some("email"));
    assert_eq!(nearest("shoe", known), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn no_bytes_make_reading_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        name in proptest::sample::select(vec!["a.csv", "cleaned_members_export_1.csv", "a.zip", "a.gz"]),
        start in proptest::sample::select(vec![
            &b""[..], b"email,name,attributes\n", b"Email,TAGS,OPTIN_TIME,TAGS,OPTIN_IP\na@example.test,",
            b"\xff\xfe", b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06",
        ]),
    ) {
        let _ = tell_bytes(name, &[start, &bytes].concat(), None);
    }

    #[test]
    fn no_cells_make_reading_panic(
        rows in proptest::collection::vec("[a@.,\"\n{}:\\[\\]é'0-9/ -]{0,40}", 0..12),
        header in proptest::sample::select(vec![
            "email,name,attributes,status,created_at", "Email,TAGS,OPTIN_TIME,TAGS,OPTIN_IP,Phone",
        ]),
    ) {
        let text = format!("{header}\n{}", rows.join("\n"));
        let name = if header.starts_with('E') { "cleaned_members_export_1.csv" } else { "a.csv" };
        let _ = tell_bytes(name, text.as_bytes(), None);
    }
}
