//! What a file says, as plain values: its people row by row, its lists and fields, and what could not be taken.
//!
//! Must not know which platform wrote the file, nor what the account that takes it already holds.

use std::sync::Arc;

use entities::value::{FieldClass, FieldKind, ProfileStatus, SubscriberStatus};

use crate::address::{Address, NotAnAddress};
use crate::clock::Instant;

/// One person as one row states them. A value that the row does not state is `None`, never a default.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The file, or the file inside the archive.
    pub file: Arc<str>,
    /// The physical line of `file` on which the row starts, counted from 1.
    pub line: u64,
    /// Index into [`Layout::lists`].
    pub list: usize,
    /// The address in both forms.
    pub address: Address,
    /// The state on the list, if the file states one.
    pub status: Option<ProfileStatus>,
    /// The state of the person in the whole account, if the file states one.
    pub person: Option<SubscriberStatus>,
    /// The id that the other platform gave.
    pub external_id: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Telephone number, without a spreadsheet's guard before it.
    pub phone: Option<String>,
    /// Language, as written.
    pub language: Option<String>,
    /// Time zone, as written.
    pub timezone: Option<String>,
    /// Country, as written.
    pub country: Option<String>,
    /// City, as written.
    pub city: Option<String>,
    /// When the person opted in; `None` if the platform's own import set the time, because that is no consent.
    pub opted_in_at: Option<Moment>,
    /// From where the person opted in.
    pub opt_in_ip: Option<String>,
    /// When the person confirmed.
    pub confirmed_at: Option<Moment>,
    /// From where the person confirmed.
    pub confirm_ip: Option<String>,
    /// When the person opted out.
    pub opted_out_at: Option<Moment>,
    /// Why, in the platform's words and the person's own.
    pub opt_out_reason: Option<String>,
    /// The other platform's id of the campaign whose link was used.
    pub opt_out_campaign: Option<String>,
    /// Since when the status holds.
    pub status_changed_at: Option<Moment>,
    /// When the row was made on the other platform.
    pub created_at: Option<Moment>,
    /// When it last changed there.
    pub updated_at: Option<Moment>,
    /// Tags, without empty ones.
    pub tags: Vec<String>,
    /// Values of custom fields: index into [`IncomingList::fields`] and the text exactly as given. A field
    /// with several values comes several times, in order; an empty cell does not come at all.
    pub values: Vec<(usize, String)>,
}

impl Incoming {
    /// A row that states an address and nothing else.
    pub fn new(file: Arc<str>, line: u64, address: Address) -> Self {
        Incoming {
            file,
            line,
            list: 0,
            address,
            status: None,
            person: None,
            external_id: None,
            first_name: None,
            last_name: None,
            phone: None,
            language: None,
            timezone: None,
            country: None,
            city: None,
            opted_in_at: None,
            opt_in_ip: None,
            confirmed_at: None,
            confirm_ip: None,
            opted_out_at: None,
            opt_out_reason: None,
            opt_out_campaign: None,
            status_changed_at: None,
            created_at: None,
            updated_at: None,
            tags: Vec::new(),
            values: Vec::new(),
        }
    }
}

/// A time as a file writes it. The text is kept, because a reading may be wrong and a proof of consent must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the text means; `None` if it can be read in two ways or in none.
    pub at: Option<Instant>,
    /// The text, as it stood in the file.
    pub raw: String,
}

/// What the file consists of; known as soon as it is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Where the rows come from, as it goes into the column `source`.
    pub source: String,
    /// At least one.
    pub lists: Vec<IncomingList>,
}

/// A list that the file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingList {
    /// The other platform's id of the list, if the file states it.
    pub external_id: Option<String>,
    /// Its name, if the file or the mapping states it.
    pub name: Option<String>,
    /// Its custom fields; the index of a field is what [`Incoming::values`] refers to.
    pub fields: Vec<IncomingField>,
    /// Columns that nothing is taken from.
    pub columns_not_taken: Vec<String>,
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingField {
    /// As people see it.
    pub label: String,
    /// Merge tag: `[A-Z][A-Z0-9_]*`, unique in the list, none of the reserved ones. The same header gives the same tags.
    pub tag: String,
    /// What it seems to hold, or what the mapping says.
    pub kind: FieldKind,
    /// The class of personal data, if the mapping says; undecided counts as special.
    pub class: Option<FieldClass>,
}

/// One row of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A person.
    Person(Box<Incoming>),
    /// A row that cannot be taken; the others are not affected.
    Rejected(Box<Rejected>),
}

/// A row that cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// The file, or the file inside the archive.
    pub file: Arc<str>,
    /// The physical line on which the row starts, counted from 1.
    pub line: u64,
    /// Why; never quotes the row.
    pub reason: RejectReason,
    /// The label of the column at fault, if it is one.
    pub column: Option<String>,
    /// The row as it stood in the file, for the rejects file alone. Bytes that are no text stand as U+FFFD;
    /// of a row that is too long, the beginning.
    pub record: String,
}

/// Why a row cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// The address is none.
    #[error("{0}")]
    Address(#[from] NotAnAddress),
    /// Not as many cells as the header.
    #[error("the row has {found} cells where the header has {expected}")]
    ColumnCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A quote that never closes.
    #[error("a quote is opened and not closed")]
    UnclosedQuote,
    /// Text between a closing quote and the delimiter.
    #[error("text follows a closing quote")]
    TextAfterQuote,
    /// More than a mebibyte.
    #[error("the row is longer than 1 MiB")]
    TooLong,
    /// Bytes that the encoding does not have.
    #[error("the row is not text in the file's encoding")]
    NotText,
    /// A NUL character.
    #[error("the row holds a NUL character")]
    NulCharacter,
    /// A status that has no meaning here.
    #[error("the status is not one that is known")]
    UnknownStatus,
    /// The attributes cannot be read.
    #[error("the attributes are not a JSON object")]
    Attributes,
    /// The attributes name something that was not there when the file was opened, or too much.
    #[error("the attributes have more keys than can be taken")]
    TooManyAttributes,
}

/// What was taken with a grain of salt: counts, so that a report can name them without any row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Times that can be read in two ways or in none; their text is kept.
    pub unreadable_times: u64,
    /// Cells for a network address that hold something else; left out.
    pub unreadable_ips: u64,
    /// Opt-ins from the machine itself: the platform's own import, no consent.
    pub opt_ins_by_server: u64,
    /// Lists of tags with a quote that never closes; taken to the end.
    pub unreadable_tags: u64,
    /// Files in the archive that are not about people or that this importer does not read.
    pub files_not_taken: u64,
}

impl Warnings {
    /// One sentence for each that occurred.
    pub fn sentences(&self) -> Vec<String> {
        let all = [
            (
                self.unreadable_times,
                "times could not be read for certain; their text is kept",
            ),
            (
                self.unreadable_ips,
                "cells for a network address held something else and were left out",
            ),
            (
                self.opt_ins_by_server,
                "opt-ins were made by the platform's own import and are not taken as consent",
            ),
            (
                self.unreadable_tags,
                "lists of tags had a quote that never closes and were taken to the end",
            ),
            (self.files_not_taken, "files of the archive were not read"),
        ];
        all.iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{count} {words}"))
            .collect()
    }
}
