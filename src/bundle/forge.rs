//! Takes a bundle apart, and puts it together again after somebody changed it, hiding the change as far as they can.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Value, json};

use super::archive::Archive;
use super::deflate::{Summed, hex, sha256};
use super::fixture::{Files, TestKey, key, unpack};
use super::manifest::manifest;
use super::receipt::canonical;
use super::signature::Signer;

/// The descriptor's name.
pub(super) const DESCRIPTOR: &str = "datapackage.json";

/// How far whoever made the fault goes to hide it.
#[derive(Copy, Clone, PartialEq)]
pub(super) enum Repair {
    /// Not at all.
    Nothing,
    /// Sums and sizes in the descriptor.
    Descriptor,
    /// Tag manifest and signatures, not what is in them.
    Seal,
    /// Everything, with the key.
    All,
    /// Everything that can be done without the key.
    WithoutKey,
    /// Everything, with another key, which then lies in the bundle.
    OtherKey,
}

/// Packs files, sorted, without a thought for what is in them.
pub(super) fn pack(files: &Files) -> Vec<u8> {
    let mut archive = Archive::new(Vec::new());
    for (name, content) in files {
        if name.ends_with(".xlsx") {
            let mut summed = Summed::new(Vec::new());
            summed.write_all(content).unwrap();
            let (sums, content) = summed.finish();
            archive.add_stored(name, &sums, &mut content.as_slice()).unwrap();
        } else {
            archive.add(name, content).unwrap();
        }
    }
    archive.finish().unwrap().0
}

/// Changes the parts of a workbook.
pub(super) fn change_workbook(files: &mut Files, name: &str, change: impl FnOnce(&mut Files)) {
    let mut parts = unpack(&files[name]);
    change(&mut parts);
    files.insert(name.into(), pack(&parts));
}

/// Repairs what stands behind a fault.
pub(super) fn repair(files: &mut Files, repair: Repair) {
    if matches!(
        repair,
        Repair::Descriptor | Repair::All | Repair::WithoutKey | Repair::OtherKey
    ) {
        repair_descriptor(files);
    }
    if matches!(repair, Repair::All | Repair::WithoutKey | Repair::OtherKey) {
        repair_payload(files);
    }
    let signer = match repair {
        Repair::Nothing | Repair::Descriptor => return,
        Repair::OtherKey => TestKey::new(66),
        Repair::Seal | Repair::All | Repair::WithoutKey => key(),
    };
    if repair == Repair::OtherKey {
        files.insert(
            "signatures/key.pem".into(),
            signer.public_key_pem().unwrap().into_bytes(),
        );
        change_json(files, "receipt.json", |receipt| {
            receipt["signature"]["keyId"] = json!(signer.public().id())
        });
    }
    if files.contains_key("tagmanifest-sha256.txt") {
        let sums: BTreeMap<&str, [u8; 32]> = files
            .iter()
            .filter(|(name, _)| !name.contains('/') && *name != "tagmanifest-sha256.txt")
            .map(|(name, content)| (name.as_str(), sha256(content)))
            .collect();
        let tags = manifest(sums.iter().map(|(name, sum)| (*name, sum)));
        files.insert("tagmanifest-sha256.txt".into(), tags.into_bytes());
    }
    if repair != Repair::WithoutKey {
        for name in ["receipt.json", "tagmanifest-sha256.txt"] {
            let signature = files.get(name).map(|content| signer.sign(content).unwrap());
            if let (Some(place), Some(signature)) =
                (files.get_mut(&format!("signatures/{name}.sig")), signature)
            {
                *place = signature.to_vec();
            }
        }
    }
}

fn repair_descriptor(files: &mut Files) {
    let lanes = files.clone();
    let Some(content) = files.get_mut("datapackage.json") else {
        return;
    };
    let Ok(mut descriptor) = serde_json::from_slice::<Value>(content) else {
        return;
    };
    for resource in descriptor["resources"].as_array_mut().unwrap() {
        if let Some(lane) = resource["path"].as_str().and_then(|path| lanes.get(path)) {
            resource["bytes"] = json!(lane.len());
            resource["hash"] = json!(format!("sha256:{}", hex(&sha256(lane))));
        }
    }
    *content = format!("{descriptor:#}\n").into_bytes();
}

fn repair_payload(files: &mut Files) {
    let payload: BTreeMap<String, Vec<u8>> = files
        .iter()
        .filter(|(name, _)| name.starts_with("data/"))
        .map(|(name, content)| (name.clone(), content.clone()))
        .collect();
    let sums: BTreeMap<&str, [u8; 32]> = payload
        .iter()
        .map(|(name, content)| (name.as_str(), sha256(content)))
        .collect();
    files.insert(
        "manifest-sha256.txt".into(),
        manifest(sums.iter().map(|(name, sum)| (*name, sum))).into_bytes(),
    );
    let bytes: usize = payload.values().map(Vec::len).sum();
    let information = String::from_utf8(files["bag-info.txt"].clone()).unwrap();
    let information: String = information
        .lines()
        .map(|line| match line.starts_with("Payload-Oxum") {
            true => format!("Payload-Oxum: {bytes}.{}\n", payload.len()),
            false => format!("{line}\n"),
        })
        .collect();
    files.insert("bag-info.txt".into(), information.into_bytes());
}

/// Replaces the first occurrence.
pub(super) fn replace(files: &mut Files, name: &str, from: &str, to: &str) {
    let content = files.get_mut(name).unwrap_or_else(|| panic!("{name} is there"));
    let at = content
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("{from:?} is in {name}"));
    content.splice(at..at + from.len(), to.bytes());
}

/// Changes a JSON file, and writes it as the bundle's writer would.
pub(super) fn change_json(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    let content = if name == "receipt.json" {
        canonical(&value).unwrap()
    } else {
        format!("{value:#}\n").into_bytes()
    };
    files.insert(name.into(), content);
}

/// Removes one line or record, counted from 0.
pub(super) fn remove_line(files: &mut Files, name: &str, line: usize, end: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    let kept: String = text
        .split_inclusive(end)
        .enumerate()
        .filter(|(at, _)| *at != line)
        .map(|(_, line)| line)
        .collect();
    files.insert(name.into(), kept.into_bytes());
}

/// Removes one resource from the descriptor.
pub(super) fn drop_resource(files: &mut Files, name: &str) {
    change_json(files, DESCRIPTOR, |descriptor| {
        descriptor["resources"]
            .as_array_mut()
            .unwrap()
            .retain(|resource| resource["name"] != name);
    });
}
