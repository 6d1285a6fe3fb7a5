//! Archives that nobody should send.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::input::Progress;
use super::*;

/// An archive of stored or deflated files, as the crate writes it.
fn pack(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method))
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    pack(files, CompressionMethod::STORE)
}

/// The same archive with one name for another of the same length, which the crate would not write.
fn renamed(from: &str, to: &str, mut bytes: Vec<u8>) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at..].starts_with(from.as_bytes()))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// Changes a number in the first record with this signature.
fn patched(signature: &[u8], at: usize, value: &[u8], mut bytes: Vec<u8>) -> Vec<u8> {
    let record = (0..bytes.len())
        .find(|start| bytes[*start..].starts_with(signature))
        .unwrap();
    bytes[record + at..record + at + value.len()].copy_from_slice(value);
    bytes
}

fn with_symlink() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("people.csv", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap().into_inner()
}

/// Opens the archive and reads everything in it.
fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.zip");
    std::fs::write(&path, bytes).unwrap();
    let source = path.into();
    let archive = Archive::open(&source, limits)?;
    let all: Vec<&Entry> = archive.entries.iter().collect();
    let mut contents = Vec::new();
    for input in archive.inputs(&all)? {
        let mut content = Vec::new();
        let copied = input.open(&Progress::default())?.read_to_end(&mut content);
        copied.map_err(|error| failure("people.zip", error))?;
        contents.push(content);
    }
    Ok(contents)
}

#[test]
fn an_honest_archive_is_read_and_what_macos_adds_is_left_out() {
    let zeros = vec![b'x'; 100_000];
    for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
        let files: [(&str, &[u8]); 4] = [
            ("a/people.csv", b"email"),
            ("__MACOSX/a/._people.csv", b"fork"),
            ("Files/brochure.zip", b"PK"),
            ("b.csv", &zeros),
        ];
        let contents = read(&pack(&files, method), Limits::default()).unwrap();
        assert_eq!(contents, [b"email".to_vec(), b"PK".to_vec(), zeros.clone()]);
    }
}

#[test]
fn every_hostile_archive_is_refused_by_name() {
    let bomb = vec![0; 40 << 20];
    let one = || stored(&[("people.csv", b"email\nana@example.test\n")]);
    let two = stored(&[("people.csv", b"email"), ("others.csv", b"email")]);
    let second_offset = 30 + "people.csv".len() as u32 + 5;
    let central = b"PK\x01\x02";
    let mut overlapping = patched(central, 42, &second_offset.to_le_bytes(), two.clone());
    overlapping = patched(central, 24, &5_u32.to_le_bytes(), overlapping);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "not a zip",
            b"PK\x03\x04 and nothing more".to_vec(),
            "not a ZIP archive that can be read",
        ),
        (
            "cut off",
            one()[..60].to_vec(),
            "not a ZIP archive that can be read",
        ),
        (
            "parent",
            renamed("people.csv", "../eve.csv", one()),
            "\"../eve.csv\" has \"..\"",
        ),
        (
            "parent inside",
            renamed("people.csv", "a/../b.csv", one()),
            "\"a/../b.csv\" has \"..\"",
        ),
        (
            "absolute",
            renamed("people.csv", "/eople.csv", one()),
            "\"/eople.csv\" has an absolute name",
        ),
        (
            "drive",
            renamed("people.csv", "C:ople.csv", one()),
            "absolute name",
        ),
        (
            "backslash",
            renamed("people.csv", "..\\ple.csv", one()),
            "backslash",
        ),
        (
            "control",
            renamed("people.csv", "peo\nle.csv", one()),
            "control characters",
        ),
        ("long", stored(&[(&"x".repeat(1100), b"")]), "too long"),
        (
            "twice",
            renamed("others.csv", "people.csv", two.clone()),
            "two entries with the same name",
        ),
        (
            "capitals",
            renamed("others.csv", "People.CSV", two.clone()),
            "but for capitals",
        ),
        ("link", with_symlink(), "\"people.csv\" is a link or a device"),
        (
            "device",
            patched(central, 38, &0x2000_0000_u32.to_le_bytes(), one()),
            "is a link or a device",
        ),
        (
            "encrypted",
            patched(central, 8, &[1], one()),
            "\"people.csv\" is encrypted",
        ),
        ("nested", stored(&[("more.ZIP", b"PK")]), "archive in an archive"),
        (
            "gzip inside",
            stored(&[("people.csv.gz", b"x")]),
            "archive in an archive",
        ),
        (
            "bomb",
            pack(&[("people.csv", &bomb)], CompressionMethod::DEFLATE),
            "grows more than it may",
        ),
        (
            "bomb that says it is small",
            patched(
                central,
                24,
                &1000_u32.to_le_bytes(),
                pack(&[("people.csv", &bomb)], CompressionMethod::DEFLATE),
            ),
            "longer than the archive says",
        ),
        ("overlap", overlapping, "overlap"),
        (
            "damaged",
            renamed("ana@example", "eve@example", one()),
            "is damaged",
        ),
        (
            "too short",
            patched(central, 24, &99_u32.to_le_bytes(), one()),
            "is damaged",
        ),
        (
            "method",
            patched(central, 10, &12_u16.to_le_bytes(), one()),
            "compressed in a way that is not read",
        ),
        (
            "count",
            patched(b"PK\x05\x06", 10, &60_000_u16.to_le_bytes(), one()),
            "more than the 20000 entries",
        ),
    ];
    for (name, bytes, expected) in cases {
        let error = read(&bytes, Limits::default()).expect_err(name);
        assert_eq!(error.code(), Code::InvalidFile, "{name}: {error}");
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn the_limits_can_be_set() {
    let bytes = stored(&[("a.csv", &[b'x'; 600]), ("b.csv", &[b'x'; 600])]);
    let entries = Limits {
        entries: 1,
        ..Limits::default()
    };
    let error = read(&bytes, entries).unwrap_err().to_string();
    assert!(error.contains("more than the 1 entries"), "{error}");
    let total = Limits {
        total_bytes: 1000,
        ..Limits::default()
    };
    let error = read(&bytes, total).unwrap_err().to_string();
    assert!(
        error.contains("with \"b.csv\" the archive holds more than the 1000 bytes"),
        "{error}"
    );
    assert!(
        read(
            &bytes,
            Limits {
                total_bytes: 1200,
                ..Limits::default()
            }
        )
        .is_ok()
    );
}

#[test]
fn a_gzip_file_is_watched_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv.gz");
    let read = |content: &[u8], cut: usize| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(content).unwrap();
        let bytes = gzip.finish().unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let mut content = Vec::new();
        let input = Input::file(&path.as_path().into(), Limits::default()).unwrap();
        let copied = input
            .open(&Progress::default())
            .unwrap()
            .read_to_end(&mut content);
        copied
            .map(|_| content)
            .map_err(|error| failure("people.csv.gz", error).to_string())
    };
    assert_eq!(read(b"email", 0).unwrap(), b"email");
    assert!(
        read(&vec![0; 40 << 20], 0)
            .unwrap_err()
            .contains("grows more than it may")
    );
    assert!(read(b"email", 6).unwrap_err().contains("is damaged"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn no_damage_to_an_archive_makes_reading_panic(
        places in proptest::collection::vec((0..260_usize, proptest::prelude::any::<u8>()), 1..4)
    ) {
        let mut bytes = pack(&[("a.csv", b"email\n"), ("b.csv", b"email\nx@example.test")], CompressionMethod::DEFLATE);
        for (at, value) in places {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let _ = read(&bytes, Limits::default());
    }
}
