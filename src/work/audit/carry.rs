//! An account's log with its seals as a file that strangers can check: one JSON object a line, a seal before its events.
//!
//! A file is never trusted: what it says is judged as what stands in a database is.

use std::io::BufRead;

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::canonical;
use super::check::{EVENTS, Report};
use super::checker::{Checker, Found, Terms};
use super::format::{Leaf, from_bytes, hex, to_bytes};
use super::seal::LARGEST;
use super::unsealed::stretch;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::audit_seal::{SAID, Seal};
use crate::store::{Database, audit, audit_seal};
use crate::work::progress::Progress;

/// The longest line that is read. An event has a few hundred bytes.
const LONGEST: u64 = 64 * 1024;

/// What can stand in a line: a seal; an event of the seal before, by id and digest, null when it is gone; or an event
/// that has no seal yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    seal: Option<SealLine>,
    id: Option<Uuid>,
    digest: Option<String>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SealLine {
    account_id: Uuid,
    id: Uuid,
    number: i64,
    event_count: i64,
    first_event_id: Uuid,
    last_event_id: Uuid,
    root: String,
    previous_hash: String,
    sealed_at: Instant,
    key_id: String,
    hash: String,
    signature: String,
}

/// What is read of an event besides its bytes.
#[derive(Deserialize)]
struct About {
    id: Uuid,
    happened_at: Instant,
}

/// Hands over the lines of an account's log; gives how many seals and events there are.
pub async fn carry_out(
    database: &Database,
    account: Uuid,
    progress: &dyn Progress,
    mut line: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(u64, u64)> {
    progress.total(audit::count(database, account).await?);
    let (mut seals, mut events, mut after) = (0, 0, i64::MIN);
    loop {
        let page = audit_seal::page(database, account, after).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for seal in &page {
            seals += 1;
            line(&seal_line(seal))?;
            let leaves = from_bytes(&seal.leaves).unwrap_or_default();
            for leaves in leaves.chunks(EVENTS) {
                let ids: Vec<Uuid> = leaves.iter().map(|leaf| leaf.id).collect();
                let mut found = audit::by_ids(database, account, &ids).await?;
                found.sort_unstable_by_key(|(id, _)| *id);
                for leaf in leaves {
                    let at = found.binary_search_by_key(&leaf.id, |(id, _)| *id).ok();
                    line(&event_line(Some(leaf), at.map(|at| found[at].1.as_deref())))?;
                }
                events += found.len() as u64;
                progress.add(found.len() as u64);
            }
        }
    }
    let mut from = Uuid::nil();
    loop {
        let stretch = stretch(database, account, (from, Uuid::max())).await?;
        for ids in stretch.unsealed.chunks(EVENTS) {
            for (_, cells) in audit::by_ids(database, account, ids).await? {
                line(&event_line(None, Some(cells.as_deref())))?;
                events += 1;
            }
        }
        match stretch.last {
            Some(last) => from = last,
            None => return Ok((seals, events)),
        }
    }
}

fn seal_line(seal: &Seal) -> Vec<u8> {
    let hashes: [(&str, Kind); 2] = [("hash", Kind::Text), ("signature", Kind::Text)];
    let columns: Vec<(&str, Kind)> = SAID.into_iter().chain(hashes).collect();
    let mut cells = seal.said().to_vec();
    cells.extend([Cell::from(seal.hash.as_str()), seal.signature.as_str().into()]);
    let object = canonical::object(&columns, &cells, None);
    [b"{\"seal\":", object.as_slice(), b"}\n"].concat()
}

/// Null stands for an event that is gone, an empty object for one whose row cannot be read.
fn event_line(leaf: Option<&Leaf>, cells: Option<Option<&[Cell]>>) -> Vec<u8> {
    let event = match cells {
        Some(Some(cells)) => canonical::object(&audit::COLUMNS, cells, None),
        Some(None) => b"{}".to_vec(),
        None => b"null".to_vec(),
    };
    let leaf = leaf.map(|leaf| format!("\"digest\":\"{}\",\"id\":\"{}\",", hex(&leaf.digest), leaf.id));
    let head = format!("{{{}\"event\":", leaf.unwrap_or_default());
    [head.as_bytes(), &event, b"}\n"].concat()
}

/// Judges a log that somebody carried out.
pub fn check_file(mut file: impl BufRead, terms: &Terms) -> Result<Report> {
    let mut checker = Checker::new(terms);
    let mut open: Option<(Seal, Vec<(Leaf, Found)>)> = None;
    let mut account = None;
    let mut number = 0_u64;
    let mut text = Vec::new();
    loop {
        number += 1;
        text.clear();
        let read = std::io::Read::take(&mut file, LONGEST).read_until(b'\n', &mut text);
        if read.map_err(|error| Fault::io("read the log", error))? == 0 {
            break;
        }
        let line: Line<'_> = serde_json::from_slice(&text).map_err(|_| unreadable(number))?;
        match (line, &mut open) {
            (
                Line {
                    seal: Some(seal),
                    id: None,
                    digest: None,
                    event: None,
                },
                open,
            ) => {
                if *account.get_or_insert(seal.account_id) != seal.account_id {
                    return Err(unreadable(number).into());
                }
                if let Some((seal, events)) = open.take() {
                    judge(&mut checker, seal, &events);
                }
                *open = Some((seal.into(), Vec::new()));
            }
            (
                Line {
                    seal: None,
                    id: Some(id),
                    digest: Some(digest),
                    event,
                },
                Some((_, events)),
            ) if events.len() < LARGEST => {
                let digest = data_encoding::HEXLOWER.decode(digest.as_bytes()).ok();
                let digest = digest.and_then(|bytes| bytes.try_into().ok());
                let digest = digest.ok_or_else(|| unreadable(number))?;
                events.push((Leaf { id, digest }, found(event)));
            }
            (
                Line {
                    seal: None,
                    id: None,
                    digest: None,
                    event: Some(event),
                },
                _,
            ) => {
                let about: About = serde_json::from_str(event.get()).map_err(|_| unreadable(number))?;
                checker.unsealed(about.id);
            }
            _ => return Err(unreadable(number).into()),
        }
    }
    if let Some((seal, events)) = open.take() {
        judge(&mut checker, seal, &events);
    }
    checker.end();
    Ok(checker.into())
}

fn judge(checker: &mut Checker<'_>, mut seal: Seal, events: &[(Leaf, Found)]) {
    let leaves: Vec<Leaf> = events.iter().map(|(leaf, _)| *leaf).collect();
    seal.leaves = to_bytes(&leaves);
    if !checker.seal(&seal).is_empty() {
        for (leaf, found) in events {
            checker.event(&seal, leaf, found);
        }
    }
    checker.reach(&seal);
}

/// The bytes count as they stand: an event in another form is another one.
fn found(event: Option<&RawValue>) -> Found {
    let Some(event) = event else { return Found::Gone };
    let about: Option<About> = serde_json::from_str(event.get()).ok();
    let digest = Sha256::digest(event.get().as_bytes()).into();
    Found::There(digest, about.map(|about| about.happened_at))
}

fn unreadable(line: u64) -> Refusal {
    let message =
        format!("line {line} is none of a log that `audit export` wrote, or not of the same account");
    Refusal::new(Code::InvalidFile, message)
}

impl From<SealLine> for Seal {
    fn from(line: SealLine) -> Seal {
        Seal {
            account: line.account_id,
            id: line.id,
            number: line.number,
            event_count: line.event_count,
            first_event: line.first_event_id,
            last_event: line.last_event_id,
            root: line.root,
            previous_hash: line.previous_hash,
            sealed_at: line.sealed_at,
            key_id: line.key_id,
            hash: line.hash,
            signature: line.signature,
            leaves: Vec::new(),
        }
    }
}
