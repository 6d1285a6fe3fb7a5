//! Reads an export of Mailchimp: an audience (up to four files, one for each status) or the lists of an account.
//!
//! The status stands in the file's name alone. Columns stand under labels that users wrote, in any language and
//! more than once, so they are found by place and content; `mailchimp_columns` has the rules. Must not know
//! where the files lie. An address in two files is not noticed here, since that would take memory for each row: the
//! files come in the order subscribed, non-subscribed, cleaned, unsubscribed, so that what restricts comes last.

use std::net::IpAddr;

use entities::value::ProfileStatus;

use super::input::{Input, Progress};
use super::label::Glance;
use super::mailchimp_columns::{self, Role};
use super::moment::TimeForm;
use super::record::{Incoming, IncomingList, Layout, Row, Warnings};
use super::table::{Step, Table};
use super::target::{Reading, TagForm, without_guard};
use crate::error::Result;

/// Rows that are looked at to find out what the columns hold.
const GLANCE: usize = 500;

/// What the name of a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The status of everybody in it.
    pub status: ProfileStatus,
    /// The list's id and name, in an account export.
    pub list: Option<(String, String)>,
}

/// What the path of an archive's entry says, if it is a file of people.
pub fn recognise(path: &str) -> Option<Named> {
    let mut parts = path.rsplit('/');
    let file = parts.next()?;
    let folder = parts.next().unwrap_or_default().to_lowercase();
    let stem_length = file.len().checked_sub(4)?;
    let (stem, extension) = (file.get(..stem_length)?, file.get(stem_length..)?);
    let (word, rest) = stem.split_once('_')?;
    if !extension.eq_ignore_ascii_case(".csv") {
        return None;
    }
    if rest.to_lowercase().contains("_export_") {
        let status = status(word).filter(|_| !word.eq_ignore_ascii_case("members"))?;
        return Some(Named { status, list: None });
    }
    // lists/members/members_<id>_<name>.csv, and folders beside it.
    let is_under_lists = parts
        .next()
        .is_some_and(|part| part.eq_ignore_ascii_case("lists"));
    let status = status(&folder).filter(|_| is_under_lists)?;
    let (id, name) = rest.split_once('_').unwrap_or((rest, rest));
    Some(Named {
        status,
        list: Some((id.to_owned(), name.replace('_', " "))),
    })
}

fn status(word: &str) -> Option<ProfileStatus> {
    Some(match word.to_lowercase().as_str() {
        "members" | "subscribed" => ProfileStatus::Subscribed,
        "nonsubscribed" | "transactional" => ProfileStatus::NonSubscribed,
        "cleaned" => ProfileStatus::Cleaned,
        "unsubscribed" => ProfileStatus::Unsubscribed,
        _ => return None,
    })
}

/// What restricts comes last, so that a writer that takes row after row ends with it.
fn order(status: ProfileStatus) -> u8 {
    match status {
        ProfileStatus::Subscribed => 0,
        ProfileStatus::NonSubscribed => 1,
        ProfileStatus::Cleaned => 2,
        _ => 3,
    }
}

/// The people of an export.
pub struct Mailchimp {
    layout: Layout,
    warnings: Warnings,
    parts: std::vec::IntoIter<Part>,
    current: Option<(Part, Table)>,
    progress: Progress,
    reading: Reading,
}

struct Part {
    input: Input,
    status: ProfileStatus,
    list: usize,
    columns: Vec<Role>,
    address: usize,
}

/// A file that has been looked into.
struct Seen {
    input: Input,
    named: Named,
    header: Vec<String>,
    glances: Vec<Glance>,
}

impl Mailchimp {
    /// Looks into every file for its columns.
    pub fn open(files: Vec<(Input, Named)>, files_not_taken: u64, progress: Progress) -> Result<Self> {
        let mut files = files;
        files.sort_by_key(|(_, named)| order(named.status));
        let mut seen = Vec::new();
        for (input, named) in files {
            seen.extend(glance(input, named)?);
        }
        let (lists, parts) = plan(seen)?;
        Ok(Mailchimp {
            layout: Layout {
                source: "mailchimp".to_owned(),
                lists,
            },
            warnings: Warnings {
                files_not_taken,
                ..Warnings::default()
            },
            parts: parts.into_iter(),
            current: None,
            progress,
            reading: Reading {
                times: TimeForm::Mailchimp,
                tags: TagForm::Quoted,
            },
        })
    }

    /// Lists and fields.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What was taken with a grain of salt so far.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The next row of the next file.
    pub fn next(&mut self) -> Result<Option<Row>> {
        loop {
            let Some((part, table)) = &mut self.current else {
                let Some(part) = self.parts.next() else {
                    return Ok(None);
                };
                let table = Table::open(&part.input, b',', None, &self.progress)?;
                self.current = table.map(|table| (part, table));
                continue;
            };
            match table.advance()? {
                Step::Row => return Ok(Some(person(part, table, &self.reading, &mut self.warnings))),
                Step::Rejected(rejected) => return Ok(Some(Row::Rejected(rejected))),
                Step::End => self.current = None,
            }
        }
    }
}

/// Reads the header and the first rows; `None` if the file has no row.
fn glance(input: Input, named: Named) -> Result<Option<Seen>> {
    let Some(mut table) = Table::open(&input, b',', None, &Progress::default())? else {
        return Ok(None);
    };
    let mut glances = vec![Glance::default(); table.header().len()];
    let mut seen = 0;
    while seen < GLANCE {
        match table.advance()? {
            Step::Row => glances
                .iter_mut()
                .enumerate()
                .for_each(|(column, glance)| glance.look(&table.cell(column))),
            Step::Rejected(_) => {}
            Step::End => break,
        }
        seen += 1;
    }
    let header = table.header().to_vec();
    Ok(Some(Seen {
        input,
        named,
        header,
        glances,
    }))
}

/// Makes one list of fields out of the headers of a list's files, and gives every column its role.
fn plan(seen: Vec<Seen>) -> Result<(Vec<IncomingList>, Vec<Part>)> {
    let mut keys: Vec<Option<(String, String)>> = Vec::new();
    for file in &seen {
        if !keys.contains(&file.named.list) {
            keys.push(file.named.list.clone());
        }
    }
    let mut lists = Vec::new();
    let mut parts = Vec::new();
    for (list, key) in keys.into_iter().enumerate() {
        let files: Vec<&Seen> = seen.iter().filter(|file| file.named.list == key).collect();
        let mut columns = mailchimp_columns::Columns::default();
        for file in files {
            let Some(address) = mailchimp_columns::address(&file.header, &file.glances, &file.input.name)?
            else {
                continue;
            };
            parts.push(Part {
                input: file.input.clone(),
                status: file.named.status,
                list,
                columns: columns.roles(&file.header, &file.glances, address),
                address,
            });
        }
        let (external_id, name) = key.unzip();
        lists.push(columns.into_list(external_id, name));
    }
    if lists.is_empty() {
        lists.push(mailchimp_columns::Columns::default().into_list(None, None));
    }
    parts.sort_by_key(|part| order(part.status));
    Ok((lists, parts))
}

fn person(part: &Part, table: &Table, reading: &Reading, warnings: &mut Warnings) -> Row {
    let address = match table.address(part.address) {
        Ok(address) => address,
        Err(rejected) => return Row::Rejected(rejected),
    };
    let mut person = Incoming::new(table.file().clone(), table.line(), address);
    person.list = part.list;
    person.status = Some(part.status);
    for (column, role) in part.columns.iter().enumerate() {
        let cell = table.cell(column);
        match role {
            Role::Ours(target) => reading.put(*target, &cell, &mut person, warnings),
            Role::Field { .. } if cell.trim().is_empty() => {}
            Role::Field {
                index,
                is_phone: true,
            } => person.values.push((*index, without_guard(&cell).to_owned())),
            Role::Field { index, .. } => person.values.push((*index, cell.into_owned())),
        }
    }
    settle(&mut person, warnings);
    Row::Person(Box::new(person))
}

/// What the columns mean together.
fn settle(person: &mut Incoming, warnings: &mut Warnings) {
    let is_own = |ip: &Option<String>| {
        let ip = ip.as_ref().and_then(|ip| ip.parse::<IpAddr>().ok());
        ip.is_some_and(|ip| ip.to_canonical().is_loopback())
    };
    person.created_at = person.created_at.take().or_else(|| person.opted_in_at.clone());
    if is_own(&person.opt_in_ip) {
        warnings.opt_ins_by_server += 1;
        person.opted_in_at = None;
        person.opt_in_ip = None;
    }
    if is_own(&person.confirm_ip) {
        person.confirmed_at = None;
        person.confirm_ip = None;
    }
    person.status_changed_at = person
        .status_changed_at
        .take()
        .or_else(|| person.opted_out_at.clone());
}

#[cfg(test)]
#[path = "mailchimp_tests.rs"]
mod tests;
