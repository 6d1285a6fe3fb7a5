//! The bag: declaration, information, manifests, and that every file is named by something.

use std::collections::{BTreeMap, BTreeSet};

use super::archive::Measured;
use super::description::{Described, package_id};
use crate::bundle::deflate::hex;
use crate::bundle::descriptor::schema_path;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::manifest::BAGIT;

const MANIFEST: &str = "manifest-sha256.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// What the tag manifest names: every file at the top but itself.
const TAGS: [&str; 6] = [
    "README.txt",
    "bag-info.txt",
    "bagit.txt",
    "datapackage.json",
    MANIFEST,
    "receipt.json",
];
/// Files that the tag manifest cannot name; what is in them is checked by other means.
const SEALS: [&str; 4] = [
    TAG_MANIFEST,
    "signatures/key.pem",
    "signatures/receipt.json.sig",
    "signatures/tagmanifest-sha256.txt.sig",
];

/// Checks everything that BagIt asks for.
pub(super) fn check(
    files: &BTreeMap<String, Measured>,
    contents: &BTreeMap<String, Vec<u8>>,
    findings: &mut Findings,
) {
    for name in TAGS.into_iter().chain([TAG_MANIFEST]) {
        if !files.contains_key(name) {
            findings.file(Code::FileMissing, name, "every bundle has this file");
        }
    }
    if contents
        .get("bagit.txt")
        .is_some_and(|content| content != BAGIT.as_bytes())
    {
        findings.file(
            Code::BagDeclaration,
            "bagit.txt",
            "the file does not declare a BagIt 1.0 bag in UTF-8",
        );
    }
    if let Some(content) = contents.get("bag-info.txt") {
        check_information(content, files, package_id(contents).as_deref(), findings);
    }
    let payload = manifest(MANIFEST, contents, files, Code::ManifestSum, findings);
    for name in files.keys().filter(|name| name.starts_with("data/")) {
        if contents.contains_key(MANIFEST) && !payload.contains(name.as_str()) {
            findings.file(Code::FileUndeclared, name, "the manifest does not name the file");
        }
    }
    for name in payload.iter().filter(|name| !name.starts_with("data/")) {
        findings.file(
            Code::ManifestLine,
            MANIFEST,
            format!("{} does not lie under data/", crate::error::quote(name)),
        );
    }
    let tags = manifest(TAG_MANIFEST, contents, files, Code::TagManifestSum, findings);
    for name in TAGS {
        if contents.contains_key(TAG_MANIFEST) && files.contains_key(name) && !tags.contains(name) {
            findings.file(
                Code::FileUndeclared,
                name,
                "the tag manifest does not name the file",
            );
        }
    }
}

/// Checks that there is no file but those that every bundle has, those of the tables described and those of their rows.
pub(super) fn check_closed(
    files: &BTreeMap<String, Measured>,
    described: &[Described],
    of_rows: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let mut known: BTreeSet<String> = TAGS.into_iter().chain(SEALS).map(str::to_owned).collect();
    for table in described {
        let name = &table.table.name;
        known.extend(table.lanes.iter().map(|lane| lane.path(name)));
        known.extend(table.lanes.have_schemas().then(|| schema_path(name)));
    }
    let is_unknown = |name: &&String| !known.contains(*name) && !of_rows.contains(*name);
    for name in files.keys().filter(is_unknown) {
        let message = if name.starts_with("data/") {
            "the descriptor does not name the file"
        } else {
            "no bundle has such a file at the top"
        };
        findings.file(Code::FileUndeclared, name, message);
    }
}

fn check_information(
    content: &[u8],
    files: &BTreeMap<String, Measured>,
    package_id: Option<&str>,
    findings: &mut Findings,
) {
    const FILE: &str = "bag-info.txt";
    let Ok(text) = std::str::from_utf8(content) else {
        findings.file(Code::NotUtf8, FILE, "the file is not UTF-8");
        return;
    };
    let mut labels = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        match line.split_once(": ") {
            Some((label, value)) if labels.insert(label, value).is_none() => {}
            Some(_) => findings.line(Code::BagInfo, FILE, number, "the label stands there twice"),
            None => findings.line(Code::BagInfo, FILE, number, "the line is not a label and a value"),
        }
    }
    for label in [
        "Bagging-Date",
        "External-Identifier",
        "Payload-Oxum",
        "Source-Organization",
    ] {
        if !labels.contains_key(label) {
            findings.file(Code::BagInfo, FILE, format!("{label} is missing"));
        }
    }
    if let (Some(here), Some(there)) = (labels.get("External-Identifier"), package_id)
        && *here != there
    {
        findings.file(
            Code::BagInfo,
            FILE,
            "External-Identifier is not the id in the descriptor",
        );
    }
    let payload = files.iter().filter(|(name, _)| name.starts_with("data/"));
    let (bytes, count) = payload.fold((0u64, 0u64), |(bytes, count), (_, file)| {
        (bytes + file.bytes, count + 1)
    });
    if labels
        .get("Payload-Oxum")
        .is_some_and(|value| *value != format!("{bytes}.{count}"))
    {
        findings.file(
            Code::BagOxum,
            FILE,
            "Payload-Oxum is not the size and number of the files under data/",
        );
    }
}

/// The files that a manifest names, their sums compared.
fn manifest<'a>(
    file: &str,
    contents: &'a BTreeMap<String, Vec<u8>>,
    files: &BTreeMap<String, Measured>,
    mismatch: Code,
    findings: &mut Findings,
) -> BTreeSet<&'a str> {
    let mut named = BTreeSet::new();
    let Some(content) = contents.get(file) else {
        return named;
    };
    let Ok(text) = std::str::from_utf8(content) else {
        findings.file(Code::NotUtf8, file, "the file is not UTF-8");
        return named;
    };
    for (number, line) in (1..).zip(text.lines()) {
        let Some((sum, name)) = line.split_once("  ").filter(|(sum, _)| is_sum(sum)) else {
            findings.line(
                Code::ManifestLine,
                file,
                number,
                "the line is not a SHA-256, two spaces and a path",
            );
            continue;
        };
        if !named.insert(name) {
            findings.line(Code::ManifestLine, file, number, "the file is named twice");
        }
        match files.get(name) {
            None => findings.file(Code::FileMissing, name, format!("{file} names the file")),
            Some(measured) if hex(&measured.sha256) != sum => {
                findings.file(mismatch, name, format!("the SHA-256 is not the one in {file}"));
            }
            Some(_) => {}
        }
    }
    named
}

fn is_sum(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}
