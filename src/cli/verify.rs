//! `postern verify`: is a bundle or a receipt what it says, and who signed it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Outcome;
use super::context::Context;
use super::public_key;
use crate::bundle::{Finding, FindingCode, PublicKey, Report, SignedBy, Trust, verify_files, verify_receipt};
use crate::error::{Code, Fault, Refusal, Result};

/// A receipt has a few kilobytes; a megabyte of them is none of ours.
const LARGEST_RECEIPT: u64 = 1024 * 1024;

/// Check a bundle or a receipt; every finding is printed with its code
///
/// A bundle is the ZIP of an export, or several when it is large: each is checked by itself, and together whether all are
/// there and none is another's. A receipt is the JSON of an erasure with its signature beside it, in a file of
/// the same name with `.sig` behind it or in --signature. Exits with 0 only if nothing is wrong with the file and one
/// of the keys signed it. Without --key nobody can say who signed: the outcome is "intact, signer unknown" and the
/// exit code 1, unless --unsigned-ok. Needs no installation; the file is never trusted.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern verify acme.zip --key http://127.0.0.1:8080/.well-known/postern-signing-key.pem"
)]
pub(super) struct Verify {
    /// The bundle, all of its files if it has several; or the receipt
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    /// The public keys that count: a PEM file, or a URL that gives one (https, or http on this machine)
    #[arg(long, value_name = "PEM_OR_URL")]
    key: Option<String>,
    /// Where a receipt's signature is [default: FILE.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Take an intact file for good although nobody knows who signed it
    #[arg(long)]
    unsigned_ok: bool,
}

/// Runs the command.
pub(super) async fn run(command: Verify, context: &Context) -> Result<Outcome> {
    let keys = match &command.key {
        None => None,
        Some(location) => Some(public_key::read(location).await?),
    };
    let is_trusting = command.unsigned_ok;
    let files = command.files.clone();
    let reports = tokio::task::spawn_blocking(move || check(&command, keys))
        .await
        .map_err(|_| Fault::Invariant("the verification panicked".into()))??;
    show(context, &files, &reports, is_trusting)
}

fn check(command: &Verify, keys: Option<Vec<PublicKey>>) -> Result<Vec<Report>> {
    let [file] = command.files.as_slice() else {
        return verify_files(&command.files, &keys.map_or(Trust::Nobody, Trust::Keys));
    };
    if is_receipt(file)? {
        return Ok(vec![check_receipt(command, file, keys)?]);
    }
    verify_files(&command.files, &keys.map_or(Trust::Nobody, Trust::Keys))
}

fn check_receipt(command: &Verify, file: &Path, keys: Option<Vec<PublicKey>>) -> Result<Report> {
    let mut beside = file.to_owned().into_os_string();
    beside.push(".sig");
    let signature = command.signature.clone().unwrap_or_else(|| beside.into());
    let receipt = read_small(file)?;
    let signature = read_small(&signature)?;
    match keys {
        // The key that the receipt names, so that a past key's receipt is checked with the past key.
        Some(keys) => {
            let named = key_id(&receipt);
            let key = keys.iter().find(|key| Some(key.id()) == named).or(keys.first());
            let key = key.ok_or_else(|| Refusal::new(Code::InvalidSetting, "--key: there is no key"))?;
            Ok(verify_receipt(&receipt, &signature, key))
        }
        None => Ok(without_key(&receipt)),
    }
}

/// What can be said of a receipt without a key: whether it is in the one form that is signed.
fn without_key(receipt: &[u8]) -> Report {
    let value: Option<Value> = serde_json::from_slice(receipt).ok();
    let is_canonical = value
        .is_some_and(|value| serde_json_canonicalizer::to_vec(&value).is_ok_and(|bytes| bytes == receipt));
    let finding = Finding {
        code: FindingCode::ReceiptNotCanonical,
        file: "receipt.json".to_owned(),
        line: None,
        message: "the receipt is not JSON in canonical form".to_owned(),
    };
    Report {
        findings: if is_canonical { Vec::new() } else { vec![finding] },
        more_findings: 0,
        signed_by: SignedBy::Unknown(key_id(receipt).unwrap_or_default()),
        tables: Vec::new(),
        volume: None,
    }
}

fn key_id(receipt: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(receipt).ok()?;
    value["keyId"].as_str().map(str::to_owned)
}

/// A receipt is JSON text; everything else is looked at as a bundle, whose findings say what it is not.
fn is_receipt(path: &Path) -> Result<bool> {
    let mut first = [0];
    let mut file = open(path)?;
    let read = file.read(&mut first).map_err(|error| reading(path, error))?;
    Ok(read == 1 && first == *b"{")
}

fn read_small(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(LARGEST_RECEIPT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| reading(path, error))?;
    if bytes.len() as u64 > LARGEST_RECEIPT {
        let message = format!(
            "{} is larger than a receipt or a signature can be",
            path.display()
        );
        return Err(Refusal::new(Code::InvalidFile, message).into());
    }
    Ok(bytes)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| {
        Refusal::new(
            Code::InvalidFile,
            format!("{} cannot be opened: {error}", path.display()),
        )
        .into()
    })
}

fn reading(path: &Path, error: std::io::Error) -> Fault {
    Fault::io(format!("read {}", path.display()), error)
}

fn show(context: &Context, files: &[PathBuf], reports: &[Report], unsigned_ok: bool) -> Result<Outcome> {
    let is_good = |report: &Report| {
        let is_signed = matches!(report.signed_by, SignedBy::Unknown(_));
        report.is_trusted() || (unsigned_ok && report.is_intact() && is_signed)
    };
    let mut texts = Vec::new();
    let mut values = Vec::new();
    for (file, report) in files.iter().zip(reports) {
        if files.len() > 1 {
            texts.push(format!("{}:", file.display()));
        }
        texts.extend(lines(report));
        if let (1, Some(place)) = (files.len(), &report.volume) {
            let of = place.of.map_or_else(|| "several".to_owned(), |of| of.to_string());
            texts.push(format!(
                "this is file {} of {of}; give all of them to check the whole bundle",
                place.number
            ));
        }
        let mut value = json!(report);
        if let Value::Object(object) = &mut value {
            object.insert("intact".into(), report.is_intact().into());
            object.insert("trusted".into(), report.is_trusted().into());
            if files.len() > 1 {
                object.insert("file".into(), file.display().to_string().into());
            }
        }
        values.push(value);
    }
    let value = match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    };
    context.output.result(texts.join("\n"), &value)?;
    Ok(match reports.iter().all(is_good) {
        true => Outcome::Done,
        false => Outcome::Refused,
    })
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    if report.more_findings > 0 {
        lines.push(format!("and {} findings more", report.more_findings));
    }
    for table in &report.tables {
        lines.push(format!("{}: {} rows", table.name, table.rows));
    }
    lines.push(match (report.is_intact(), &report.signed_by) {
        (false, _) => format!("{} findings", report.findings.len() as u64 + report.more_findings),
        (true, SignedBy::Trusted(key)) => format!("intact, signed by the key {key}"),
        (true, SignedBy::Unknown(_) | SignedBy::Nobody) => {
            "intact, signer unknown; give --key to know".to_owned()
        }
    });
    lines
}
