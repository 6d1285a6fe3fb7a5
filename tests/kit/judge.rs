//! Programs of other people that say whether a bundle or a signature is good.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::tool::{skipped, tool};

/// What `judge.py` exits with when a library that it needs is not installed.
const MISSING: i32 = 3;

/// A bundle to be judged.
pub struct Judged {
    /// The ZIP.
    pub bundle: PathBuf,
    /// Where it is unpacked to; must not be there yet.
    pub folder: PathBuf,
    /// The key that has signed it, as PEM.
    pub key: PathBuf,
    /// How many resources it has at least.
    pub least: usize,
}

/// Holds bundles against every judge that is installed: Frictionless, the profiles of Data Package v2, a validator of
/// JSON Schema, BagIt, `unzip`, Python's `zipfile`, `sha256sum` and `openssl`. Those that take long to start see all of
/// them in one go.
pub fn judge_bundles(bundles: &[Judged]) {
    for judged in bundles {
        let mut archive =
            zip::ZipArchive::new(File::open(&judged.bundle).expect("the bundle is there")).expect("a ZIP");
        archive
            .extract(&judged.folder)
            .expect("the bundle can be unpacked");
        let resources = paths(&judged.folder).len();
        assert!(
            resources >= judged.least,
            "{}: there are {resources} resources",
            judged.bundle.display()
        );
        judge_seal(judged);
    }
    let arguments = bundles.iter().flat_map(|judged| [&judged.bundle, &judged.folder]);
    let Some(figures) = ask("bundles", arguments.map(PathBuf::as_path)) else {
        return;
    };
    assert_eq!(figures.len(), bundles.len());
    for (judged, figures) in bundles.iter().zip(figures) {
        let name = judged.bundle.display();
        assert_eq!(figures["resources"], paths(&judged.folder).len(), "{name}");
        let rows = |what: &str| figures[what].as_u64().expect("a number");
        assert!(
            rows("tabular") > 0 && rows("exact") > 0,
            "{name}: no row was looked at"
        );
    }
}

/// Opens every CSV and every workbook of bundles that are unpacked in a spreadsheet: there is no formula, the header is
/// that of the file, and there are as many lines as in it.
pub fn judge_sheets(folders: &[&Path]) {
    let Some(figures) = ask("sheets", folders.iter().copied()) else {
        return;
    };
    assert_eq!(figures.len(), folders.len());
    for (folder, figures) in folders.iter().zip(figures) {
        for lane in ["csv", "xlsx"] {
            let expected = paths(folder)
                .iter()
                .filter(|path| path.ends_with(&format!(".{lane}")))
                .count();
            assert_eq!(figures[lane], expected, "{lane} in {}", folder.display());
        }
    }
}

/// What lies where in a bundle, as its descriptor says.
fn paths(folder: &Path) -> Vec<String> {
    let descriptor = std::fs::read(folder.join("datapackage.json")).expect("the bundle has a descriptor");
    let descriptor: Value = serde_json::from_slice(&descriptor).expect("the descriptor is JSON");
    let resources = descriptor["resources"]
        .as_array()
        .expect("a package has resources");
    let path = |resource: &Value| {
        resource["path"]
            .as_str()
            .expect("a resource has a path")
            .to_owned()
    };
    resources.iter().map(path).collect()
}

/// Asks `judge.py`; `None`, said loudly, where it lacks something.
fn ask<'a>(what: &str, arguments: impl Iterator<Item = &'a Path>) -> Option<Vec<Value>> {
    let python = tool("python3")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/judge.py");
    let said = Command::new(python)
        .arg(script)
        .arg(what)
        .args(arguments)
        .output()
        .expect("Python can be run");
    let text = String::from_utf8_lossy(&said.stdout);
    if said.status.code() == Some(MISSING) {
        skipped(&format!("{} is not installed", text.trim()));
        return None;
    }
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let figures = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("figures"));
    Some(figures.collect())
}

/// Sums and signature, by what every system has.
fn judge_seal(judged: &Judged) {
    if let Some(unzip) = tool("unzip") {
        run(Command::new(unzip).arg("-tqq").arg(&judged.bundle));
    }
    if let Some(sha256sum) = tool("sha256sum") {
        run(Command::new(sha256sum).current_dir(&judged.folder).args([
            "-c",
            "--strict",
            "--quiet",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
        ]));
    }
    for signed in ["tagmanifest-sha256.txt", "receipt.json"] {
        let signature = judged.folder.join(format!("signatures/{signed}.sig"));
        judge_signature(&judged.folder.join(signed), &signature, &judged.key);
    }
}

/// Holds a detached Ed25519 signature against `openssl`, and makes sure that it would notice a changed file.
pub fn judge_signature(file: &Path, signature: &Path, key: &Path) {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let verify = |file: &Path| {
        Command::new(&openssl)
            .args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"])
            .arg(key)
            .arg("-in")
            .arg(file)
            .arg("-sigfile")
            .arg(signature)
            .output()
            .expect("openssl can be run")
    };
    let said = verify(file);
    assert!(said.status.success(), "{}: {said:?}", file.display());
    let changed = file.with_extension("changed");
    let mut bytes = std::fs::read(file).expect("the file is there");
    bytes[0] ^= 1;
    std::fs::write(&changed, bytes).expect("a copy can be written");
    assert!(!verify(&changed).status.success(), "openssl takes anything");
    std::fs::remove_file(&changed).expect("the copy can go again");
}

fn run(command: &mut Command) -> Output {
    let said = command.output().expect("the judge can be run");
    assert!(
        said.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    said
}
