//! Keys that occur twice and references that lead nowhere, in bounded memory: where a table has more rows than keys fit
//! into memory, it is read several times, each time for another share of the keys.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::io::{Read, Seek};

use serde_json::Value;

use super::TableChecked;
use super::archive::Archive;
use super::description::Described;
use super::tables::each_row;
use super::values::key_text;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::lane::Lane;
use crate::bundle::limits::Limits;
use crate::error::Result;

/// Fields of a table whose values are needed together: to be unique, to be referred to, or both.
struct Key<'a> {
    table: &'a Described,
    fields: Vec<usize>,
    is_unique: bool,
    referrers: Vec<(&'a Described, Vec<usize>)>,
}

/// Reports keys that occur twice and references without a target.
pub(super) fn check<R: Read + Seek>(
    archive: &Archive<R>,
    described: &[Described],
    checked: &[TableChecked],
    limits: &Limits,
    findings: &mut Findings,
) -> Result<()> {
    let fingerprint = Fingerprint::new();
    for key in keys(described) {
        // A table that could not be read to its end has been reported; references into it would all seem to dangle.
        let Some(rows) = checked
            .iter()
            .find(|table| table.name == key.table.table.name)
            .map(|table| table.rows)
        else {
            continue;
        };
        let shares = rows.div_ceil(limits.keys.max(1) as u64).max(1);
        if shares > limits.key_passes as u64 {
            let message = format!("the keys of {rows} rows were not checked");
            findings.file(Code::KeyUnchecked, &path(key.table), message);
            continue;
        }
        for share in 0..shares {
            check_share(archive, &key, &fingerprint, Share { share, shares }, findings)?;
        }
    }
    Ok(())
}

fn keys(described: &[Described]) -> Vec<Key<'_>> {
    let mut keys: Vec<Key<'_>> = Vec::new();
    for table in described {
        let primary = table
            .table
            .positions(&table.table.primary_key)
            .filter(|fields| !fields.is_empty());
        let unique = (0..table.table.fields.len())
            .filter(|at| table.table.fields[*at].unique)
            .map(|at| vec![at]);
        for fields in primary.into_iter().chain(unique) {
            entry(&mut keys, table, fields).is_unique = true;
        }
    }
    for referrer in described {
        for reference in &referrer.table.foreign_keys {
            let target = described.iter().find(|table| table.table.name == reference.table);
            let places = target.and_then(|target| {
                Some((
                    target,
                    target.table.positions(&reference.target)?,
                    referrer.table.positions(&reference.fields)?,
                ))
            });
            if let Some((target, fields, from)) = places {
                entry(&mut keys, target, fields).referrers.push((referrer, from));
            }
        }
    }
    keys
}

fn entry<'a, 'k>(keys: &'k mut Vec<Key<'a>>, table: &'a Described, fields: Vec<usize>) -> &'k mut Key<'a> {
    let found = keys
        .iter()
        .position(|key| key.table.table.name == table.table.name && key.fields == fields);
    let at = found.unwrap_or_else(|| {
        keys.push(Key {
            table,
            fields,
            is_unique: false,
            referrers: Vec::new(),
        });
        keys.len() - 1
    });
    &mut keys[at]
}

fn check_share<R: Read + Seek>(
    archive: &Archive<R>,
    key: &Key<'_>,
    fingerprint: &Fingerprint,
    share: Share,
    findings: &mut Findings,
) -> Result<()> {
    let mut seen = HashSet::new();
    // What is wrong with the rows themselves has been reported.
    let mut silent = Findings::new(0);
    each_row(archive, key.table, &mut silent, &mut |line, row| {
        if let Some(value) = fingerprint.of(row, &key.fields, share)
            && !seen.insert(value)
            && key.is_unique
        {
            let message = format!("{} is the same as in a row before", names(key.table, &key.fields));
            findings.line(Code::KeyTwice, &path(key.table), line, message);
        }
    })?;
    for (referrer, fields) in &key.referrers {
        each_row(archive, referrer, &mut silent, &mut |line, row| {
            if fingerprint
                .of(row, fields, share)
                .is_some_and(|value| !seen.contains(&value))
            {
                let message = format!(
                    "{} leads to no row of {}",
                    names(referrer, fields),
                    key.table.table.name
                );
                findings.line(Code::KeyDangling, &path(referrer), line, message);
            }
        })?;
    }
    Ok(())
}

fn path(table: &Described) -> String {
    let lane = table.reference().unwrap_or(Lane::Csv);
    lane.path(&table.table.name)
}

fn names(table: &Described, fields: &[usize]) -> String {
    fields
        .iter()
        .map(|at| table.table.fields[*at].name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Copy, Clone)]
struct Share {
    share: u64,
    shares: u64,
}

/// 128 bits under keys of this run, so that no file can be made in which two values look the same.
struct Fingerprint(RandomState, RandomState);

impl Fingerprint {
    fn new() -> Self {
        Fingerprint(RandomState::new(), RandomState::new())
    }

    /// `None` if a part is null, as in SQL, or the value belongs to another share.
    fn of(&self, row: &[Value], fields: &[usize], share: Share) -> Option<u128> {
        let (mut high, mut low) = (self.0.build_hasher(), self.1.build_hasher());
        for at in fields {
            let value = row.get(*at).filter(|value| !value.is_null())?;
            let text = key_text(value);
            text.hash(&mut high);
            text.hash(&mut low);
        }
        let (high, low) = (high.finish(), low.finish());
        (high % share.shares == share.share).then_some(u128::from(high) << 64 | u128::from(low))
    }
}
