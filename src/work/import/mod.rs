//! `postern import`: the reading half makes a stream of plain rows of another platform's file, the writing half
//! (`write`) takes them over.
//!
//! ```no_run
//! # fn main() -> postern::error::Result<()> {
//! use std::path::PathBuf;
//!
//! use postern::work::import::{self, Opened, Options, Row};
//!
//! match import::open(&PathBuf::from("audience_export_0a1b2c3d4e.zip").into(), Options::default())? {
//!     Opened::Bundle => { /* a bundle of Postern has a reader of its own */ }
//!     Opened::People(mut people) => {
//!         let lists = people.layout().lists.len(); // lists and custom fields are known before the first row
//!         for row in people.by_ref() {
//!             match row? {
//!                 Row::Person(person) => { /* write person.address … */ }
//!                 Row::Rejected(rejected) => { /* rejected.line, rejected.reason, rejected.record */ }
//!             }
//!         }
//!         let sentences = people.warnings().sentences();
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Three outcomes are kept apart: a row that can be taken, a row that cannot (the file goes on), and a file that cannot
//! be read any further ([`crate::error::Error`], then the stream ends). Everything is synchronous, works in
//! constant memory and belongs on a blocking thread.
//!
//! What a reader does not do, because it would need memory for each row or knowledge of the store: it does not notice
//! that an address comes twice, in one file or in two (Mailchimp's files should be a partition; they come in the order
//! subscribed, non-subscribed, cleaned, unsubscribed, so that what restricts comes last); it does not look at suppressions; it
//! does not decide what a row without a status becomes. No reader ever makes somebody confirmed or subscribed whom the
//! file does not call so.
//!
//! The reading half must not know the store.

use std::io;

mod archive;
mod batch;
pub mod bundle;
mod detect;
mod erased;
mod follow;
mod history;
mod input;
pub mod kept;
mod label;
mod listmonk;
mod mailchimp;
mod mailchimp_columns;
mod mapped;
mod mapping;
mod merge;
mod moment;
mod reading;
mod record;
mod reject_rows;
mod rejecting;
mod rejects;
mod report;
pub mod request;
mod resolve;
mod rows;
pub mod run;
mod source;
mod state;
mod status;
mod table;
mod target;
mod text;
mod write;

pub use input::{Limits, Progress};
pub use mapping::Mapping;
pub use record::{
    Incoming, IncomingField, IncomingList, Layout, Moment, RejectReason, Rejected, Row, Warnings,
};
pub use report::{Report, Settings};
pub use resolve::ListReport;
pub use source::{Readable, Source};
pub use write::import;

use crate::error::{Error, Fault, Refusal, Result};
use detect::Found;
use listmonk::Listmonk;
use mailchimp::Mailchimp;
use mapped::Mapped;

/// How to open a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the columns mean, if the file is no export that is known.
    pub mapping: Option<Mapping>,
    /// What compressed input may ask for.
    pub limits: Limits,
}

/// What the file is.
pub enum Opened {
    /// A bundle of Postern, which `crate::bundle` reads.
    Bundle,
    /// People, row by row.
    People(Box<People>),
}

/// Which reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mailchimp, audience or account export.
    Mailchimp,
    /// listmonk.
    Listmonk,
    /// A CSV with a mapping.
    Mapped,
}

/// The rows of a file, in its order. After an error there are none.
pub struct People {
    reader: Reader,
    progress: Progress,
    size: u64,
    is_ended: bool,
}

enum Reader {
    Mailchimp(Mailchimp),
    Listmonk(Listmonk),
    Mapped(Mapped),
}

/// Whether a file is a bundle of Postern, as far as its first look goes. Errors: what keeps it from being read; a file
/// that is nothing at all is no bundle.
pub fn is_bundle(source: &Source) -> Result<bool> {
    match detect::look(source, false, Limits::default()) {
        Ok(found) => Ok(matches!(found, Found::Bundle)),
        Err(Error::Refused(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Finds out what a file is and stands before its first row.
pub fn open(source: &Source, options: Options) -> Result<Opened> {
    let progress = Progress::default();
    let mut size = 0;
    let found = detect::look(source, options.mapping.is_some(), options.limits)?;
    let reader = match (found, options.mapping) {
        (Found::Bundle, _) => return Ok(Opened::Bundle),
        (Found::Mailchimp(files, others), _) => {
            size += files.iter().map(|(input, _)| input.size).sum::<u64>();
            Reader::Mailchimp(Mailchimp::open(files, others, progress.clone())?)
        }
        (Found::Listmonk(input, delimiter), _) => {
            size += input.size;
            Reader::Listmonk(Listmonk::open(&input, delimiter, &progress)?)
        }
        (Found::Mapped(input), Some(mapping)) => {
            size += input.size;
            Reader::Mapped(Mapped::open(&input, mapping, &progress)?)
        }
        (Found::Mapped(_), None) => {
            return Err(Fault::Invariant("a file is read as mapped without a mapping".to_owned()).into());
        }
    };
    Ok(Opened::People(Box::new(People {
        reader,
        progress,
        size,
        is_ended: false,
    })))
}

impl People {
    /// Which reader reads.
    pub fn kind(&self) -> Kind {
        match &self.reader {
            Reader::Mailchimp(_) => Kind::Mailchimp,
            Reader::Listmonk(_) => Kind::Listmonk,
            Reader::Mapped(_) => Kind::Mapped,
        }
    }

    /// Lists and custom fields; complete from the beginning.
    pub fn layout(&self) -> &Layout {
        match &self.reader {
            Reader::Mailchimp(reader) => reader.layout(),
            Reader::Listmonk(reader) => reader.layout(),
            Reader::Mapped(reader) => reader.layout(),
        }
    }

    /// What was taken with a grain of salt so far.
    pub fn warnings(&self) -> &Warnings {
        match &self.reader {
            Reader::Mailchimp(reader) => reader.warnings(),
            Reader::Listmonk(reader) => reader.warnings(),
            Reader::Mapped(reader) => reader.warnings(),
        }
    }

    /// Counts bytes of the file as it lies there; can be kept and looked at from another thread.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// How many bytes there are to read.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Iterator for People {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        if self.is_ended {
            return None;
        }
        let row = match &mut self.reader {
            Reader::Mailchimp(reader) => reader.next(),
            Reader::Listmonk(reader) => reader.next(),
            Reader::Mapped(reader) => reader.next(),
        };
        self.is_ended = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

/// What went wrong while reading `context`: a refusal that travelled through `std::io`, or a fault.
fn failure(context: &str, error: io::Error) -> Error {
    match error.downcast::<Refusal>() {
        Ok(refusal) => refusal.into(),
        Err(error) => Fault::io(format!("reading {context}"), error).into(),
    }
}

/// The known word that a mistyped one was most likely meant to be.
fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close = word.chars().count() / 3 + 1;
    let distances = known.into_iter().map(|known| (distance(word, known), known));
    distances
        .filter(|(distance, _)| *distance <= close)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance, capitals aside.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, d) in other.chars().enumerate() {
            let change = diagonal + usize::from(c != d);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
#[path = "../../../tests/kit/mailing_files.rs"]
mod mailing_files;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod write_tests;
