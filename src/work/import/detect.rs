//! Which kind of file somebody gave us.
//!
//! Looks at names in an archive and at headers, never at people. Must not know how a kind is read.

use super::archive::{Archive, Entry};
use super::failure;
use super::input::{Input, Limits, Progress, read_up_to};
use super::listmonk;
use super::mailchimp::{self, Named};
use super::source::Source;
use super::table::Table;
use crate::error::{Code, Error, Refusal, Result, quote};

/// What a file is.
pub enum Found {
    /// A bundle of Postern.
    Bundle,
    /// An export of Mailchimp: its files of people, and how many others lie beside them.
    Mailchimp(Vec<(Input, Named)>, u64),
    /// Subscribers of listmonk, and the delimiter.
    Listmonk(Input, u8),
    /// A CSV that a mapping describes.
    Mapped(Input),
}

/// Delimiters that listmonk's import lets people choose.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Looks at a file. With a mapping, anything but a bundle is read as a CSV.
pub fn look(source: &Source, has_mapping: bool, limits: Limits) -> Result<Found> {
    let name = source.shown();
    let mut start = [0; 4];
    let mut file = source.open()?;
    let read = read_up_to(&mut file, &mut start).map_err(|error| failure(name, error))?;
    if read == 0 {
        return Err(refuse(format!("{name} is empty")));
    }
    if start == *b"PK\x03\x04" || start == *b"PK\x05\x06" {
        return look_into(&Archive::open(source, limits)?, has_mapping, name);
    }
    let input = Input::file(source, limits)?;
    if let Some(named) = mailchimp::recognise(&source.path()).filter(|_| !has_mapping) {
        return Ok(Found::Mailchimp(vec![(input, named)], 0));
    }
    csv(input, has_mapping)
}

fn look_into(archive: &Archive<'_>, has_mapping: bool, name: &str) -> Result<Found> {
    let has = |file: &str| archive.entries.iter().any(|entry| entry.path == file);
    let is_descriptor =
        |entry: &Entry| entry.file_name() == "datapackage.json" && entry.path.matches('/').count() <= 1;
    if archive.entries.iter().any(is_descriptor) {
        return Ok(Found::Bundle);
    }
    if has("[Content_Types].xml") {
        return Err(refuse(format!(
            "{name} is an office document; save its sheet as CSV (UTF-8)"
        )));
    }
    let people = |entry: &&Entry| mailchimp::recognise(&entry.path).is_some();
    let known: Vec<&Entry> = archive.entries.iter().filter(people).collect();
    if !known.is_empty() && !has_mapping {
        let others = archive.entries.len() - known.len();
        let inputs = archive.inputs(&known)?;
        let names = known.iter().filter_map(|entry| mailchimp::recognise(&entry.path));
        return Ok(Found::Mailchimp(
            inputs.into_iter().zip(names).collect(),
            others as u64,
        ));
    }
    let is_csv = |entry: &&Entry| entry.path.to_lowercase().ends_with(".csv");
    let tables: Vec<&Entry> = archive.entries.iter().filter(is_csv).collect();
    match tables.as_slice() {
        [] => Err(refuse(format!("{name} holds no CSV file"))),
        [_] => {
            let input = archive.inputs(&tables)?.pop();
            input.map_or_else(
                || Err(refuse(format!("{name} holds no CSV file"))),
                |input| csv(input, has_mapping),
            )
        }
        [first, second, ..] => Err(refuse(format!(
            "{name} holds several CSV files, \"{}\" and \"{}\" among them, and not under the names of an export that \
             is known; give one of them",
            quote(&first.path),
            quote(&second.path)
        ))),
    }
}

fn csv(input: Input, has_mapping: bool) -> Result<Found> {
    if has_mapping {
        return Ok(Found::Mapped(input));
    }
    for delimiter in DELIMITERS {
        let table = Table::open(&input, delimiter, None, &Progress::default())?;
        if table.is_some_and(|table| listmonk::recognise(table.header())) {
            return Ok(Found::Listmonk(input, delimiter));
        }
    }
    Err(refuse(format!(
        "{} is no export that is known (Mailchimp, listmonk, Postern); say with a mapping what its columns are \
         (--mapping FILE, over GraphQL mapping)",
        input.name
    )))
}

fn refuse(message: String) -> Error {
    Refusal::new(Code::InvalidFile, message).into()
}
