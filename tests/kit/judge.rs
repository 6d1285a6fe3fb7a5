//! Programs of other people that say whether a bundle or a signature is good.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::tool::tool;

/// Holds a bundle of at least so many resources against every judge that is installed: Frictionless, BagIt, `unzip`,
/// Python, `sha256sum` and `openssl`. `folder` must not be there yet; the bundle is unpacked into it.
pub fn judge_bundle(bundle: &Path, folder: &Path, key: &Path, least: usize) {
    let mut archive = zip::ZipArchive::new(File::open(bundle).expect("the bundle is there")).expect("a ZIP");
    archive.extract(folder).expect("the bundle can be unpacked");
    let descriptor = std::fs::read(folder.join("datapackage.json")).expect("the bundle has a descriptor");
    let descriptor: Value = serde_json::from_slice(&descriptor).expect("the descriptor is JSON");
    let resources = descriptor["resources"]
        .as_array()
        .expect("a package has resources")
        .len();
    if let Some(frictionless) = tool("frictionless") {
        let said = run(Command::new(frictionless)
            .arg("validate")
            .arg(bundle)
            .arg("--json"));
        let report: Value = serde_json::from_slice(&said.stdout).expect("a report");
        assert_eq!(report["valid"], true, "{report:#}");
        // A ZIP that it does not take for a package is "valid" too, with a single task.
        assert_eq!(report["tasks"].as_array().map(Vec::len), Some(resources));
    }
    assert!(resources >= least, "there are {resources} resources");
    if let Some(unzip) = tool("unzip") {
        run(Command::new(unzip).arg("-tqq").arg(bundle));
    }
    if let Some(python) = tool("python3") {
        run(Command::new(python).args(["-m", "zipfile", "--test"]).arg(bundle));
    }
    if let Some(bagit) = tool("bagit.py") {
        run(Command::new(bagit).arg("--validate").arg(folder));
    }
    if let Some(sha256sum) = tool("sha256sum") {
        run(Command::new(sha256sum).current_dir(folder).args([
            "-c",
            "--strict",
            "--quiet",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
        ]));
    }
    let signed = folder.join("tagmanifest-sha256.txt");
    judge_signature(
        &signed,
        &folder.join("signatures/tagmanifest-sha256.txt.sig"),
        key,
    );
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
