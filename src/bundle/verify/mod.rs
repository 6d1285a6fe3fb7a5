//! Says everything that is wrong with a bundle that anybody may have sent. Trusts nothing in it, runs in bounded
//! memory, and never panics; what it cannot read is a finding, what the disk refuses is an error.

mod archive;
mod bag;
mod content;
mod csv_records;
mod description;
mod directory;
mod entry;
mod folders;
mod keys;
mod lines;
mod names;
mod seal;
mod sides;
mod tables;
mod values;
mod volumes;
mod workbook;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;

use serde::Serialize;

use self::archive::{Archive, Measured};
pub use self::content::Content;
use self::description::Described;
pub use self::volumes::Place;
use super::finding::{Finding, Findings};
use super::limits::Limits;
use super::signature::PublicKey;
use crate::error::{Fault, Result};

/// Whose signatures count.
#[derive(Clone, Debug)]
pub enum Trust {
    /// One of these keys must have signed: the published ones, past ones included.
    Keys(Vec<PublicKey>),
    /// No key is known; that the bundle is intact can be said, but not who made it.
    Nobody,
}

/// Who signed, as far as can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "signer", content = "keyId", rename_all = "camelCase")]
pub enum SignedBy {
    /// The trusted key with this id.
    Trusted(String),
    /// The key with this id that lies in the bundle itself, which proves nothing about who made it.
    Unknown(String),
    /// Nobody: a signature is missing, wrong or not by a trusted key.
    Nobody,
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableChecked {
    /// Its name.
    pub name: String,
    /// Rows found.
    pub rows: u64,
}

/// The outcome of a verification.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What is wrong; empty for an intact bundle.
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more_findings: u64,
    /// Who signed.
    #[serde(flatten)]
    pub signed_by: SignedBy,
    /// The tables and their rows.
    pub tables: Vec<TableChecked>,
    /// Which file it is, of a bundle of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Place>,
}

impl Report {
    /// Nothing is wrong; who signed is another question.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty() && self.more_findings == 0
    }

    /// Nothing is wrong, and a trusted key signed.
    pub fn is_trusted(&self) -> bool {
        self.is_intact() && matches!(self.signed_by, SignedBy::Trusted(_))
    }
}

/// Verifies the bundle in some files, each by itself; when there are several, also that they are all files of one bundle.
/// Gives a report for each. An error if a file cannot be opened or read.
pub fn verify_files(paths: &[PathBuf], trust: &Trust) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for path in paths {
        let file =
            File::open(path).map_err(|source| Fault::io(format!("opening {}", path.display()), source))?;
        reports.push(verify(file, trust)?);
    }
    if paths.len() > 1 {
        volumes::check(paths, &mut reports)?;
    }
    Ok(reports)
}

/// Verifies a bundle with the default limits.
pub fn verify<R: Read + Seek>(source: R, trust: &Trust) -> Result<Report> {
    verify_within(source, trust, &Limits::default())
}

/// Verifies a bundle. Everything in it is unpacked three times, never all at once; tables with more rows than
/// `limits.keys` a few times more.
pub fn verify_within<R: Read + Seek>(source: R, trust: &Trust, limits: &Limits) -> Result<Report> {
    Ok(open_within(source, trust, limits)?.0)
}

/// Verifies a bundle, and keeps one that is intact open, so that its rows can be read from what was verified. Whether
/// the one who signed it is enough is the caller's to say.
pub fn open_within<R: Read + Seek>(
    source: R,
    trust: &Trust,
    limits: &Limits,
) -> Result<(Report, Option<Content<R>>)> {
    let mut findings = Findings::new(limits.findings);
    let mut signed_by = SignedBy::Nobody;
    let mut tables = Vec::new();
    let (mut content, mut volume) = (None, None);
    if let Some(archive) = Archive::open(source, limits, &mut findings)? {
        let files = archive.measure(&mut findings)?;
        // An entry that does not unpack is none that anything else can be said about.
        if findings.is_empty() {
            let contents = archive.metadata(&files, limits, &mut findings)?;
            let found = check(
                &archive,
                &files,
                &contents,
                trust,
                limits,
                &mut findings,
                &mut tables,
            )?;
            signed_by = found.0;
            volume = volumes::place(&contents, &mut findings);
            content = Some(Content::new(archive, found.1, &contents));
        }
    }
    let content = content.filter(|_| findings.is_empty());
    let report = Report {
        findings: findings.kept,
        more_findings: findings.more,
        signed_by,
        tables,
        volume,
    };
    Ok((report, content))
}

/// Verifies a receipt that stands alone, as that of an erasure: canonical JSON, signed as it is.
pub fn verify_receipt(receipt: &[u8], signature: &[u8], key: &PublicKey) -> Report {
    let mut findings = Findings::new(Limits::default().findings);
    seal::check_canonical(receipt, &mut findings);
    let signed_by = if key.verifies(receipt, signature) {
        SignedBy::Trusted(key.id())
    } else {
        seal::report_invalid("receipt.json", &mut findings);
        SignedBy::Nobody
    };
    Report {
        findings: findings.kept,
        more_findings: findings.more,
        signed_by,
        tables: Vec::new(),
        volume: None,
    }
}

fn check<R: Read + Seek>(
    archive: &Archive<R>,
    files: &BTreeMap<String, Measured>,
    contents: &BTreeMap<String, Vec<u8>>,
    trust: &Trust,
    limits: &Limits,
    findings: &mut Findings,
    checked: &mut Vec<TableChecked>,
) -> Result<(SignedBy, Vec<Described>)> {
    bag::check(files, contents, findings);
    let described = description::read(files, contents, findings);
    let of_rows = folders::check(archive, files, &described, findings)?;
    bag::check_closed(files, &described, &of_rows, findings);
    let signed_by = seal::check(contents, trust, findings);
    for table in &described {
        if let Some(rows) = tables::check(archive, table, limits, findings)? {
            checked.push(TableChecked {
                name: table.table.name.clone(),
                rows,
            });
        }
    }
    keys::check(archive, &described, checked, limits, findings)?;
    seal::check_counts(contents, &described, checked, findings);
    Ok((signed_by, described))
}
