//! Bundles of several files: which one a file says it is, and whether files that are given together are all of one bundle.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Report;
use crate::bundle::deflate::{Summed, hex};
use crate::bundle::finding::{Code, Finding, Findings};
use crate::bundle::receipt::VOLUME;
use crate::error::{Fault, Result};

const RECEIPT: &str = "receipt.json";

/// Which file of a bundle one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The bundle: the id of its export.
    pub bundle: String,
    /// From 1.
    pub number: u64,
    /// How many there are; said by the last alone.
    pub of: Option<u64>,
    #[serde(skip)]
    before: Vec<Before>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Before {
    number: u64,
    bytes: u64,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Said {
    number: u64,
    of: Option<u64>,
    before: Vec<Before>,
    #[serde(rename = "sharedTables")]
    _shared_tables: Vec<String>,
}

/// What the receipt says; nothing where the bundle is one file.
pub(super) fn place(contents: &BTreeMap<String, Vec<u8>>, findings: &mut Findings) -> Option<Place> {
    let receipt: serde_json::Value = serde_json::from_slice(contents.get(RECEIPT)?).ok()?;
    let said = receipt.get(VOLUME)?;
    let bundle = receipt["requestId"].as_str()?.to_owned();
    let read = Said::deserialize(said).ok().filter(|said| {
        let numbers = said.before.iter().map(|before| before.number);
        numbers.eq(1..said.number) && said.of.is_none_or(|of| of == said.number)
    });
    let Some(said) = read else {
        let message = "the receipt does not say which file of the bundle this is";
        findings.file(Code::ReceiptInvalid, RECEIPT, message);
        return None;
    };
    Some(Place {
        bundle,
        number: said.number,
        of: said.of,
        before: said.before,
    })
}

/// Adds to the reports what is wrong with the files as one bundle.
pub(super) fn check(paths: &[PathBuf], reports: &mut [Report]) -> Result<()> {
    // The file that says how many there are speaks for all.
    let last = reports
        .iter()
        .filter_map(|report| report.volume.clone())
        .find(|place| place.of.is_some());
    let Some(last) = last else {
        let message = "the last file of the bundle is not among those given";
        reports[0].findings.push(finding(Code::VolumeMissing, message));
        return Ok(());
    };
    let mut given: BTreeMap<u64, u64> = BTreeMap::new();
    for (path, report) in paths.iter().zip(reports.iter_mut()) {
        let place = report.volume.clone().filter(|place| place.bundle == last.bundle);
        let Some(place) = place.filter(|place| place.number <= last.number) else {
            let message = "this is no file of the bundle that the others are files of";
            report.findings.push(finding(Code::VolumeDiffers, message));
            continue;
        };
        *given.entry(place.number).or_default() += 1;
        let is_named = match last.before.iter().find(|before| before.number == place.number) {
            Some(before) => (before.bytes, before.sha256.clone()) == sums(path)?,
            None => place == last,
        };
        if !is_named || given[&place.number] > 1 {
            let message = format!("this is not the file {} that the last one names", place.number);
            report.findings.push(finding(Code::VolumeDiffers, message));
        }
    }
    for number in (1..=last.number).filter(|number| !given.contains_key(number)) {
        let message = format!("file {number} of {} is not among those given", last.number);
        reports[0].findings.push(finding(Code::VolumeMissing, message));
    }
    Ok(())
}

fn finding(code: Code, message: impl Into<String>) -> Finding {
    Finding {
        code,
        file: RECEIPT.to_owned(),
        line: None,
        message: message.into(),
    }
}

fn sums(path: &Path) -> Result<(u64, String)> {
    let reading = |source| Fault::io(format!("reading {}", path.display()), source);
    let mut file = File::open(path).map_err(reading)?;
    let mut summed = Summed::new(io::sink());
    io::copy(&mut file, &mut summed).map_err(reading)?;
    let (sums, _) = summed.finish();
    Ok((sums.bytes, hex(&sums.sha256)))
}
