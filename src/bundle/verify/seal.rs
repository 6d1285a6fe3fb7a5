//! Receipt and signatures.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::description::{Described, json};
use super::{SignedBy, TableChecked, Trust};
use crate::bundle::finding::{Code, Findings};
use crate::bundle::receipt::{COUNTS, SIGNATURE, canonical};
use crate::bundle::signature::PublicKey;

const RECEIPT: &str = "receipt.json";
const KEY: &str = "signatures/key.pem";
const SIGNED: [&str; 2] = [RECEIPT, "tagmanifest-sha256.txt"];

/// Checks both signatures and what the receipt says about them.
pub(super) fn check(
    contents: &BTreeMap<String, Vec<u8>>,
    trust: &Trust,
    findings: &mut Findings,
) -> SignedBy {
    let beside = key_beside(contents, findings);
    if let Some(content) = contents.get(RECEIPT) {
        let receipt = check_canonical(content, findings);
        let said = receipt
            .as_ref()
            .and_then(|receipt| receipt.get(SIGNATURE)?["keyId"].as_str());
        if receipt.is_some() && (said.is_none() || beside.as_ref().is_some_and(|key| said != Some(&key.id())))
        {
            findings.file(
                Code::ReceiptInvalid,
                RECEIPT,
                "the receipt does not name the key beside it",
            );
        }
    }
    let Some(key) = beside else {
        return SignedBy::Nobody;
    };
    if let Trust::Keys(keys) = trust
        && !keys.contains(&key)
    {
        findings.file(
            Code::SignerUntrusted,
            KEY,
            "the key is not one of the trusted keys",
        );
        return SignedBy::Nobody;
    }
    let mut is_signed = true;
    for name in SIGNED {
        is_signed &= check_one(name, &key, contents, findings);
    }
    match trust {
        _ if !is_signed => SignedBy::Nobody,
        Trust::Keys(_) => SignedBy::Trusted(key.id()),
        Trust::Nobody => SignedBy::Unknown(key.id()),
    }
}

fn key_beside(contents: &BTreeMap<String, Vec<u8>>, findings: &mut Findings) -> Option<PublicKey> {
    let Some(pem) = contents.get(KEY) else {
        findings.file(Code::SignatureMissing, KEY, "the key that signed is not there");
        return None;
    };
    let key = std::str::from_utf8(pem)
        .ok()
        .and_then(|pem| PublicKey::from_pem(pem).ok());
    if key.is_none() {
        findings.file(
            Code::KeyInvalid,
            KEY,
            "the file is not an Ed25519 public key in PEM",
        );
    }
    key
}

fn check_one(
    name: &str,
    key: &PublicKey,
    contents: &BTreeMap<String, Vec<u8>>,
    findings: &mut Findings,
) -> bool {
    let path = format!("signatures/{name}.sig");
    let Some(signature) = contents.get(&path) else {
        findings.file(Code::SignatureMissing, &path, format!("{name} is not signed"));
        return false;
    };
    // A file that is missing has been reported; nothing is signed then.
    let Some(content) = contents.get(name) else {
        return false;
    };
    let verifies = key.verifies(content, signature);
    if !verifies {
        report_invalid(name, findings);
    }
    verifies
}

/// Reports that a file's signature does not verify.
pub(super) fn report_invalid(name: &str, findings: &mut Findings) {
    findings.file(
        Code::SignatureInvalid,
        name,
        "the signature was not made by the key over this file",
    );
}

/// The receipt, if it can be read; reports one that is not in canonical form.
pub(super) fn check_canonical(content: &[u8], findings: &mut Findings) -> Option<Map<String, Value>> {
    let Some(Value::Object(receipt)) = json(content) else {
        findings.file(Code::ReceiptInvalid, RECEIPT, "the receipt is not a JSON object");
        return None;
    };
    if canonical(&Value::Object(receipt.clone())).ok().as_deref() != Some(content) {
        findings.file(
            Code::ReceiptNotCanonical,
            RECEIPT,
            "the receipt is not in canonical form",
        );
    }
    Some(receipt)
}

/// Compares what the receipt says was expected and written with what was found.
pub(super) fn check_counts(
    contents: &BTreeMap<String, Vec<u8>>,
    described: &[Described],
    checked: &[TableChecked],
    findings: &mut Findings,
) {
    let Some(receipt) = contents.get(RECEIPT).and_then(|content| json(content)) else {
        return;
    };
    let Some(counts) = receipt[COUNTS].as_object() else {
        findings.file(Code::ReceiptInvalid, RECEIPT, "the receipt has no counts");
        return;
    };
    for TableChecked { name, rows } in checked {
        let said = counts
            .get(name)
            .map(|count| (count["expected"].as_u64(), count["written"].as_u64()));
        if said != Some((Some(*rows), Some(*rows))) {
            let message = format!("{name} has {rows} rows, and the receipt says otherwise");
            findings.file(Code::ReceiptCounts, RECEIPT, message);
        }
    }
    for name in counts.keys() {
        if !described.iter().any(|table| table.table.name == *name) {
            let message = format!(
                "the receipt counts {}, which is not described",
                crate::error::quote(name)
            );
            findings.file(Code::ReceiptCounts, RECEIPT, message);
        }
    }
}
