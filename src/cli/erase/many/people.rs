//! Many people: those whom a file names, a CSV with a column `email` or `id`, or an address on each line; or those of a list. A
//! file is read and looked at as a whole before anything is done; what is wrong is named by its line, never by the address.
//! Knows no erasures.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, Trim};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::address::Address;
use crate::error::{Code, Fault, Refusal, Result};
use crate::work::erase::audience::Audience;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;

/// What is kept in memory at most: half a million addresses. More people go in more files.
const LARGEST: u64 = 16 << 20;

/// How many faults are told at most.
const TOLD: usize = 10;

/// Many people.
pub(super) struct People {
    /// Everybody, in the order of the file.
    pub(super) people: Vec<Person>,
}

/// Somebody who is named.
pub(super) struct Person {
    /// On which line, from 1.
    pub(super) line: u64,
    /// Words by which the same entry is known when it is planned again: of a file its hash and the line.
    pub(super) words: String,
    /// Who.
    pub(super) choice: SubscriberChoice,
    /// The line that names the same person before.
    pub(super) same_as: Option<u64>,
}

impl People {
    /// Reads a file, or standard input where it is `-`. Errors: `INVALID_FILE`, with the lines at fault.
    pub(super) fn read(path: &Path, installation: &Installation) -> Result<People> {
        let bytes = bytes(path)?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let before = bytes.iter().take(error.valid_up_to());
                let line = before.filter(|byte| **byte == b'\n').count() + 1;
                return Err(refused(format!("line {line} is not UTF-8")));
            }
        };
        let mut file = Reading {
            installation,
            hash,
            people: Vec::new(),
            known: HashMap::new(),
            faults: Vec::new(),
        };
        match Header::find(text)? {
            Some(header) => file.read_csv(text, &header)?,
            None => file.read_lines(text),
        }
        file.end()
    }

    /// The people of a list.
    pub(super) fn of_list(audience: Audience) -> People {
        let Audience { list, people } = audience;
        let people = (1..).zip(people).map(|(line, id)| Person {
            line,
            words: format!("list {list} {id}"),
            choice: SubscriberChoice::Id(id),
            same_as: None,
        });
        People {
            people: people.collect(),
        }
    }
}

fn refused(message: String) -> crate::error::Error {
    Refusal::new(Code::InvalidFile, format!("--file: {message}")).into()
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| Fault::io(format!("read {}", path.display()), error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused(format!(
            "it has more than {} MiB; take several",
            LARGEST >> 20
        )));
    }
    Ok(bytes)
}

/// The first line of a CSV.
struct Header {
    delimiter: u8,
    column: usize,
    is_id: bool,
}

impl Header {
    /// `None`: the file has no such line, and is a list of addresses.
    fn find(text: &str) -> Result<Option<Header>> {
        let first = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        for delimiter in [',', ';', '\t'] {
            let fields = first.split(delimiter);
            let names: Vec<String> = fields
                .map(|name| name.trim().trim_matches('"').trim().to_ascii_lowercase())
                .collect();
            let place = |wanted: &str| names.iter().position(|name| name == wanted);
            let (column, is_id) = match (place("email"), place("id")) {
                (Some(_), Some(_)) => {
                    let message = "it has a column email and a column id; leave one out, so that each line names one person";
                    return Err(refused(message.to_owned()));
                }
                (Some(column), None) => (column, false),
                (None, Some(column)) => (column, true),
                (None, None) => continue,
            };
            let delimiter = u8::try_from(delimiter).unwrap_or(b',');
            return Ok(Some(Header {
                delimiter,
                column,
                is_id,
            }));
        }
        Ok(None)
    }
}

/// A file that is being read.
struct Reading<'a> {
    installation: &'a Installation,
    /// SHA-256 of the file, by which it is known again.
    hash: String,
    people: Vec<Person>,
    /// Who was named before, and where.
    known: HashMap<String, u64>,
    faults: Vec<(u64, String)>,
}

impl Reading<'_> {
    fn read_csv(&mut self, text: &str, header: &Header) -> Result<()> {
        let mut reader = ReaderBuilder::new()
            .delimiter(header.delimiter)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        for record in reader.records() {
            let record = record.map_err(|_| refused("it is no CSV".to_owned()))?;
            let line = record.position().map_or(0, |position| line_of(text, position));
            match record.get(header.column).filter(|cell| !cell.is_empty()) {
                Some(cell) if header.is_id => self.add_id(line, cell),
                Some(cell) => self.add_address(line, cell),
                None => self.fault(line, "names nobody"),
            }
        }
        Ok(())
    }

    fn read_lines(&mut self, text: &str) {
        for (line, text) in (1..).zip(text.lines()) {
            if !text.trim().is_empty() {
                self.add_address(line, text.trim());
            }
        }
    }

    fn add_address(&mut self, line: u64, text: &str) {
        match Address::parse(text) {
            Ok(address) => self.add(
                line,
                address.normalized,
                SubscriberChoice::Email(address.original),
            ),
            Err(reason) => self.fault(line, reason),
        }
    }

    fn add_id(&mut self, line: u64, text: &str) {
        match subscriber_id(self.installation, text) {
            Some(id) => self.add(line, id.to_string(), SubscriberChoice::Id(id)),
            None => self.fault(line, "this is no subscriber's id"),
        }
    }

    fn add(&mut self, line: u64, key: String, choice: SubscriberChoice) {
        let same_as = match self.known.entry(key) {
            Entry::Occupied(before) => Some(*before.get()),
            Entry::Vacant(place) => {
                place.insert(line);
                None
            }
        };
        self.people.push(Person {
            line,
            words: format!("people {} {line}", self.hash),
            choice,
            same_as,
        });
    }

    fn fault(&mut self, line: u64, reason: impl std::fmt::Display) {
        self.faults.push((line, reason.to_string()));
    }

    fn end(self) -> Result<People> {
        if !self.faults.is_empty() {
            let told = self.faults.iter().take(TOLD);
            let mut told: Vec<String> = told
                .map(|(line, reason)| format!("line {line}: {reason}"))
                .collect();
            if self.faults.len() > TOLD {
                told.push(format!("and {} more lines", self.faults.len() - TOLD));
            }
            let message = format!("{}; nothing was planned", told.join("; "));
            return Err(refused(message));
        }
        if self.people.is_empty() {
            return Err(refused("it names nobody".to_owned()));
        }
        Ok(People { people: self.people })
    }
}

/// The line of a record, which the reader places before the empty lines that it skips.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.as_bytes().iter().skip(from);
    let skipped = skipped.take_while(|byte| matches!(byte, b'\n' | b'\r'));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

/// A subscriber's id, as GraphQL gives it or as the database has it.
fn subscriber_id(installation: &Installation, text: &str) -> Option<Uuid> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Some(id);
    }
    let tag = installation.catalog.table("subscribers").tag();
    match installation.keys.id_keys().decode(text) {
        Some((found, id)) if found == tag => Some(id),
        _ => None,
    }
}
