//! The programs that strangers check a bundle with, where they are installed.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::fixture::*;
use super::*;

/// Whether nothing may be left out.
#[expect(clippy::disallowed_methods, reason = "a switch for tests alone")]
fn all_is_wanted() -> bool {
    std::env::var_os("POSTERN_TEST_ALL").is_some()
}

/// Runs a program; `None` if it is not installed, which is said loudly and, where all tests are asked for, fails.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(!all_is_wanted(), "{program} is needed for this test");
            // Not captured by the test runner.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {program} is not installed, so a bundle was not checked with it"
            );
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

fn must_pass(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let output = run(folder, program, arguments)?;
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{said}\n{complained}"
    );
    Some(said.into_owned())
}

/// A folder with a bundle of every lane as `bundle.zip`, and unpacked in `bag`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bundle = full_bundle();
    std::fs::write(folder.path().join("bundle.zip"), &bundle).unwrap();
    for (name, content) in unpack(&bundle) {
        let path = folder.path().join("bag").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn frictionless_finds_every_lane_valid() {
    let folder = folder();
    let Some(said) = must_pass(
        folder.path(),
        "frictionless",
        &["validate", "bundle.zip", "--json"],
    ) else {
        return;
    };
    let report: Value = serde_json::from_str(&said).unwrap();
    let tasks = report["tasks"].as_array().unwrap();
    // With a wrong layout it looks at one file and calls the whole valid.
    assert_eq!(tasks.len(), Lane::ALL.len() * tables().len());
    assert_eq!(report["valid"], true, "{report:#}");
    // Every row was looked at in the lanes that it can read as tables.
    let rows: u64 = tasks
        .iter()
        .filter_map(|task| task["stats"]["rows"].as_u64())
        .sum();
    assert_eq!(
        rows,
        2 * tables().iter().map(|(_, rows)| rows.len() as u64).sum::<u64>()
    );
}

#[test]
fn bagit_finds_the_unpacked_bundle_valid() {
    let folder = folder();
    must_pass(folder.path(), "bagit.py", &["--validate", "bag"]);
}

#[test]
fn every_line_fits_its_schema_for_another_validator() {
    let folder = folder();
    let bag = folder.path().join("bag");
    for (table, rows) in tables() {
        let text = std::fs::read_to_string(bag.join(format!("data/ndjson/{}.ndjson", table.name))).unwrap();
        for (number, line) in text.lines().enumerate() {
            std::fs::write(bag.join(format!("{}-{number}.json", table.name)), line).unwrap();
        }
        let schema = format!("data/schema/{}.schema.json", table.name);
        must_pass(&bag, "check-jsonschema", &["--check-metaschema", &schema]);
        let lines: Vec<String> = (0..rows.len())
            .map(|number| format!("{}-{number}.json", table.name))
            .collect();
        if !lines.is_empty() {
            let arguments: Vec<&str> = ["--schemafile", &schema]
                .into_iter()
                .chain(lines.iter().map(String::as_str))
                .collect();
            must_pass(&bag, "check-jsonschema", &arguments);
        }
    }
}

#[test]
fn sums_and_signatures_verify_with_what_every_system_has() {
    let folder = folder();
    let bag = folder.path().join("bag");
    must_pass(folder.path(), "unzip", &["-tqq", "bundle.zip"]);
    must_pass(
        &bag,
        "sha256sum",
        &[
            "-c",
            "--strict",
            "--quiet",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
        ],
    );
    std::fs::write(
        folder.path().join("published.pem"),
        key().public_key_pem().unwrap(),
    )
    .unwrap();
    for name in ["tagmanifest-sha256.txt", "receipt.json"] {
        let signature = format!("signatures/{name}.sig");
        let arguments = [
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "../published.pem",
            "-rawin",
            "-in",
            name,
            "-sigfile",
            &signature,
        ];
        must_pass(&bag, "openssl", &arguments);
        std::fs::write(bag.join(name), b"changed").unwrap();
        if let Some(output) = run(&bag, "openssl", &arguments) {
            assert!(!output.status.success(), "openssl accepts a changed {name}");
        }
    }
}

#[test]
fn a_spreadsheet_opens_every_table_and_finds_no_formula() {
    let folder = folder();
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    // Comma, quote, UTF-8, from line 1, no columns; "quoted field as text" as README.txt says. And as it is opened by
    // somebody who has not read that.
    let advised = "--infilter=CSV:44,34,76,1,,0,true";
    for (opened, ending, options) in [
        ("advised", "csv", Some(advised)),
        ("unadvised", "csv", None),
        ("workbooks", "xlsx", None),
    ] {
        let files: Vec<String> = tables()
            .iter()
            .map(|(table, _)| format!("bag/data/{ending}/{}.{ending}", table.name))
            .collect();
        // One start for all of them: it takes longer than a table does.
        let arguments: Vec<&str> = ["--headless", "--convert-to", "fods", "--outdir", opened, &profile]
            .into_iter()
            .chain(options)
            .chain(files.iter().map(String::as_str))
            .collect();
        if must_pass(folder.path(), "soffice", &arguments).is_none() {
            return;
        }
        for (table, rows) in tables() {
            let file = format!("{opened}/{}.fods", table.name);
            let text = std::fs::read_to_string(folder.path().join(&file))
                .unwrap_or_else(|error| panic!("{file} was not opened: {error}"));
            let formula = text.split("table:formula").nth(1).and_then(|rest| rest.get(..60));
            assert_eq!(formula, None, "{file} has a formula");
            assert_eq!(
                text.matches("<text:p>=1+2</text:p>").count(),
                usize::from(ending == "xlsx" && table.name == "subscribers"),
                "{file}"
            );
            let lines = text.matches("<table:table-row").count();
            assert!(lines > rows.len(), "{file} has {lines} lines");
        }
    }
}

/// What a judge of bundles that the tests of the whole program have says of this one, with its values of every kind.
fn judged(folder: &Path, arguments: &[&str]) -> Option<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/judge.py");
    let arguments: Vec<&str> = std::iter::once(script).chain(arguments.iter().copied()).collect();
    let output = run(folder, "python3", &arguments)?;
    if output.status.code() == Some(3) {
        assert!(!all_is_wanted(), "{output:?}");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: something that judge.py needs is not installed"
        );
        return None;
    }
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_profiles_of_data_package_and_validators_of_rows_agree_with_values_of_every_kind() {
    let folder = folder();
    if let Some(figures) = judged(folder.path(), &["bundles", "bundle.zip", "bag"]) {
        let rows: usize = tables().iter().map(|(_, rows)| rows.len()).sum();
        let resources = Lane::ALL.len() * tables().len();
        assert_eq!(
            figures,
            json!({"resources": resources, "tabular": 2 * rows, "exact": 2 * rows})
        );
    }
}
