//! ZIPs that were made to harm whoever opens them, and the finding for each.

use super::archive::Archive;
use super::fixture::*;
use super::*;

/// A bundle with further entries behind its own.
fn with(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Archive::new(Vec::new());
    for (name, content) in &unpack(&bundle()) {
        archive.add(name, content).unwrap();
    }
    for (name, content) in entries {
        archive.add(name, content).unwrap();
    }
    archive.finish().unwrap().0
}

/// Where the directory's header of this entry begins.
fn central(bytes: &[u8], name: &str) -> usize {
    (0..bytes.len() - 46)
        .find(|at| bytes[*at..].starts_with(b"PK\x01\x02") && bytes[at + 46..].starts_with(name.as_bytes()))
        .unwrap_or_else(|| panic!("{name} is in the directory"))
}

/// Where the entry's own header begins.
fn local(bytes: &[u8], name: &str) -> usize {
    (0..bytes.len() - 30)
        .find(|at| bytes[*at..].starts_with(b"PK\x03\x04") && bytes[at + 30..].starts_with(name.as_bytes()))
        .unwrap_or_else(|| panic!("{name} has a header"))
}

fn patched(at: impl Fn(&[u8]) -> usize, bytes: &[u8]) -> Vec<u8> {
    let mut bundle = bundle();
    let at = at(&bundle);
    bundle[at..at + bytes.len()].copy_from_slice(bytes);
    bundle
}

/// Inserts bytes and moves the directory's place in the end record accordingly.
fn inserted(at: usize, bytes: &[u8], moves_directory: bool) -> Vec<u8> {
    let mut bundle = bundle();
    bundle.splice(at..at, bytes.iter().copied());
    if moves_directory {
        let place = bundle.len() - 6;
        let start = u32::from_le_bytes(bundle[place..place + 4].try_into().unwrap()) + bytes.len() as u32;
        bundle[place..place + 4].copy_from_slice(&start.to_le_bytes());
    }
    bundle
}

/// A ZIP, and the findings for it.
type Case = (&'static str, Vec<u8>, &'static [&'static str]);

/// Every hostile ZIP that is known.
pub(super) fn cases() -> Vec<Case> {
    let bundle = bundle();
    let name = "data/csv/events.csv";
    let directory = central(&bundle, name);
    vec![
        (
            "no ZIP",
            b"PDF-1.7 and so on, long enough to hold an end record".to_vec(),
            &["ZIP_UNREADABLE"],
        ),
        ("nothing", Vec::new(), &["ZIP_UNREADABLE"]),
        (
            "an empty ZIP",
            Archive::new(Vec::new()).finish().unwrap().0,
            &["FILE_MISSING", "SIGNATURE_MISSING"],
        ),
        (
            "cut off",
            bundle[..bundle.len() - 1].to_vec(),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "half of it",
            bundle[..bundle.len() / 2].to_vec(),
            &["ZIP_UNREADABLE"],
        ),
        (
            "bytes behind it",
            [bundle.as_slice(), b"x"].concat(),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "another ZIP behind it",
            [bundle.clone(), bundle.clone()].concat(),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "bytes in front",
            inserted(0, b"#!/bin/sh\n", false),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "bytes in front, directory moved",
            inserted(0, b"#!/bin/sh\n", true),
            &["ZIP_HEADERS_DIFFER"],
        ),
        (
            "bytes in front, all offsets moved",
            with_prefix(b"#!/bin/sh\n"),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "bytes before the directory",
            inserted(directory, b"hidden", true),
            &["ZIP_EXTRA_BYTES"],
        ),
        ("a comment", with_comment(), &["ZIP_EXTRA_BYTES"]),
        (
            "a name that climbs",
            with(&[("../../etc/cron.d/x", b"x")]),
            &["ZIP_NAME_UNSAFE"],
        ),
        (
            "an absolute name",
            with(&[("/etc/passwd", b"x")]),
            &["ZIP_NAME_UNSAFE"],
        ),
        (
            "a backslash",
            with(&[("data\\csv\\x.csv", b"x")]),
            &["ZIP_NAME_UNSAFE"],
        ),
        ("a drive", with(&[("C:x", b"x")]), &["ZIP_NAME_UNSAFE"]),
        (
            "a control character",
            with(&[("x\u{1b}[2Jy", b"x")]),
            &["ZIP_NAME_UNSAFE"],
        ),
        (
            "a folder",
            with(&[("data/", b"")]),
            &["ZIP_NAME_UNSAFE", "ZIP_NOT_A_FILE"],
        ),
        (
            "a name twice",
            with(&[("a.txt", b"1"), ("a.txt", b"2")]),
            &["ZIP_NAME_TWICE"],
        ),
        (
            "names that differ by case",
            with(&[("readme.TXT", b"1")]),
            &["ZIP_NAME_CLASH"],
        ),
        (
            "a file that is also a folder",
            with(&[("a", b"1"), ("a/b", b"2")]),
            &["ZIP_NAME_CLASH"],
        ),
        (
            "a symbolic link",
            patched(|b| central(b, name) + 40, &[0xff, 0xa1]),
            &["ZIP_NOT_A_FILE"],
        ),
        (
            "an encrypted entry",
            patched(|b| central(b, name) + 8, &[9]),
            &["ZIP_ENCRYPTED", "ZIP_HEADERS_DIFFER"],
        ),
        (
            "an unknown method",
            patched(|b| central(b, name) + 10, &[14]),
            &["ZIP_HEADERS_DIFFER", "ZIP_METHOD"],
        ),
        (
            "another name in the entry's header",
            patched(|b| local(b, "README.txt") + 30, b"r"),
            &["ZIP_HEADERS_DIFFER"],
        ),
        (
            "a size that only the header has",
            patched(|b| local(b, "README.txt") + 22, &[1]),
            &["ZIP_HEADERS_DIFFER"],
        ),
        (
            "a size that only the descriptor has",
            patched(|b| local(b, "data/csv/invoices.csv") - 8, &[1]),
            &["ZIP_HEADERS_DIFFER"],
        ),
        (
            "two entries for the same bytes",
            patched(|b| central(b, "bagit.txt") + 42, &[0, 0, 0, 0]),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "an offset beyond the end",
            patched(|b| central(b, name) + 42, &[0xfe, 0xff, 0xff, 0xff]),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "more entries than there are",
            patched(|b| b.len() - 14, &[99, 0, 99, 0]),
            &["ZIP_UNREADABLE"],
        ),
        (
            "a directory larger than the file",
            patched(|b| b.len() - 10, &[0xff, 0xff, 0xff, 0x7f]),
            &["ZIP_EXTRA_BYTES"],
        ),
        (
            "a damaged directory",
            patched(|b| central(b, name), b"PK\0\0"),
            &["ZIP_UNREADABLE"],
        ),
        (
            "another disk",
            patched(|b| central(b, name) + 34, &[1]),
            &["ZIP_EXTRA_BYTES"],
        ),
        ("a field that renames", with_extra_field(), &["ZIP_EXTRA_FIELD"]),
        (
            "damaged data",
            patched(|b| local(b, "README.txt") + 45, &[0, 0, 0, 0, 0, 0]),
            &["ZIP_CORRUPT"],
        ),
        ("a CRC that does not fit", lying(14, 16), &["ZIP_CORRUPT"]),
        ("a size too small", lying(22, 24), &["ZIP_CORRUPT"]),
        (
            "a bomb",
            with(&[("data/zeros", &vec![0; 40 << 20])]),
            &["ZIP_RATIO"],
        ),
    ]
}

#[test]
fn every_hostile_zip_is_refused_for_what_it_is() {
    let (bundle, cases) = (bundle(), cases());
    let mut wrong = Vec::new();
    for (what, zip, expected) in &cases {
        assert!(*zip != bundle, "{what}: the mutation changes no byte");
        let report = check(zip);
        if codes(&report) != *expected {
            wrong.push(format!(
                "{what}: expected {expected:?}, found {:#?}",
                report.findings
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// A number in README's header and directory entry, changed in both, so that only unpacking shows it.
fn lying(in_local: usize, in_central: usize) -> Vec<u8> {
    let mut bundle = bundle();
    let (local, central) = (
        local(&bundle, "README.txt") + in_local,
        central(&bundle, "README.txt") + in_central,
    );
    bundle[local] ^= 1;
    bundle[central] ^= 1;
    bundle
}

/// What a self-extracting ZIP is: a program in front, and every offset right.
fn with_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut bundle = inserted(0, prefix, true);
    let directory = bundle
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    for at in directory..bundle.len() - 46 {
        if bundle[at..].starts_with(b"PK\x01\x02") {
            let offset =
                u32::from_le_bytes(bundle[at + 42..at + 46].try_into().unwrap()) + prefix.len() as u32;
            bundle[at + 42..at + 46].copy_from_slice(&offset.to_le_bytes());
        }
    }
    bundle
}

fn with_comment() -> Vec<u8> {
    let mut bundle = bundle();
    let at = bundle.len() - 2;
    bundle[at] = 2;
    bundle.extend(b"hi");
    bundle
}

/// An Info-ZIP Unicode path field: some readers take the name in it instead.
fn with_extra_field() -> Vec<u8> {
    let mut bundle = bundle();
    let name = "bagit.txt";
    let at = central(&bundle, name);
    let field = b"\x75\x70\x06\x00\x01\0\0\0\0x";
    bundle[at + 30] = field.len() as u8;
    bundle.splice(at + 46 + name.len()..at + 46 + name.len(), field.iter().copied());
    let end = bundle.len() - 10;
    let size = u32::from_le_bytes(bundle[end..end + 4].try_into().unwrap()) + field.len() as u32;
    bundle[end..end + 4].copy_from_slice(&size.to_le_bytes());
    bundle
}

/// What a limit is set to, and the findings in a sound bundle that goes beyond it.
type Limited = (fn(&mut Limits), &'static [&'static str]);

/// Every limit, just below what the bundle of the fixture needs.
pub(super) const LIMITED: &[Limited] = &[
    (|limits| limits.entries = 18, &["ZIP_TOO_MANY_ENTRIES"]),
    (|limits| limits.unpacked_bytes = 1000, &["ZIP_TOO_LARGE"]),
    (
        |limits| limits.metadata_bytes = 7000,
        &["FILE_TOO_LARGE", "FILE_UNDECLARED", "RECEIPT_COUNTS"],
    ),
    (
        |limits| (limits.keys, limits.key_passes) = (1, 2),
        &["KEY_UNCHECKED"],
    ),
];

#[test]
fn limits_are_kept_by_number_and_size() {
    let bundle = bundle();
    let within = |change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        codes(&verify_within(std::io::Cursor::new(&bundle), &trust(), &limits).unwrap())
    };
    for (change, expected) in LIMITED {
        assert_eq!(within(change), *expected);
    }
    assert_eq!(within(&|limits| limits.entries = 19), [""; 0]);
}

#[test]
fn a_row_beyond_the_limit_is_not_written() {
    let long = "x".repeat(limits::LINE_BYTES);
    let row = vec![
        id(1).into(),
        "a".into(),
        long.as_str().into(),
        "".into(),
        crate::cell::Cell::Null,
    ];
    assert!(write(&[(subscribers(), vec![row])], &Lanes::default()).is_err());
}
