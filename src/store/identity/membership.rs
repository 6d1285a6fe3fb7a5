//! From the rows of a look-up to accounts, groups and grants. A row is a membership, a grant of its group, and a list of
//! the grant; where there is none of them, its columns are NULL.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Membership, instant, optional_text, text, uuid};
use crate::access::built_in::BuiltIn;
use crate::access::grant::{Grant, GroupGrants, Verb};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;
use crate::store::row::Row;

/// When memberships, keys and grants end.
pub(super) fn ends(rows: &[Row]) -> Result<Vec<Instant>> {
    let mut ends = Vec::new();
    for row in rows {
        ends.extend(instant(row, 2)?);
        ends.extend(instant(row, 15)?);
    }
    Ok(ends)
}

pub(super) fn memberships(rows: &[Row]) -> Result<Vec<Membership>> {
    let mut memberships: BTreeMap<Uuid, Membership> = BTreeMap::new();
    for row in rows {
        let Some(account) = row.cell(3, Kind::Uuid)?.as_uuid() else {
            continue;
        };
        let membership = match memberships.entry(account) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Membership {
                account,
                account_name: text(row, 4)?,
                is_platform: row.cell(5, Kind::Bool)? == Cell::Bool(true),
                is_closed: instant(row, 17)?.is_some(),
                groups: Vec::new(),
            }),
        };
        let group = uuid(row, 6)?;
        if membership.groups.last().is_none_or(|last| last.group != group) {
            membership.groups.push(GroupGrants {
                group,
                name: text(row, 7)?,
                built_in: optional_text(row, 8)?.as_deref().and_then(BuiltIn::of_word),
                membership_expires_at: instant(row, 2)?,
                grants: Vec::new(),
            });
        }
        if let Some(group) = membership.groups.last_mut() {
            add_grant(group, row)?;
        }
    }
    Ok(memberships.into_values().collect())
}

/// A grant with several lists comes as several rows, one after the other.
fn add_grant(group: &mut GroupGrants, row: &Row) -> Result<()> {
    let Some(verb) = optional_text(row, 11)?.as_deref().and_then(Verb::of_word) else {
        return Ok(());
    };
    let resource = text(row, 10)?;
    let list = row.cell(16, Kind::Uuid)?.as_uuid();
    let known = group
        .grants
        .last()
        .is_some_and(|last| last.resource == resource && last.verb == verb);
    if !known {
        let all_lists = row.cell(12, Kind::Bool)? == Cell::Bool(true);
        group.grants.push(Grant {
            resource,
            verb,
            lists: (!all_lists).then(BTreeSet::new),
            max_rows: row.cell(13, Kind::Int)?.as_int(),
            max_bundles_per_day: row.cell(14, Kind::Int)?.as_int(),
            expires_at: instant(row, 15)?,
        });
    }
    if let (
        Some(Grant {
            lists: Some(lists), ..
        }),
        Some(list),
    ) = (group.grants.last_mut(), list)
    {
        lists.insert(list);
    }
    Ok(())
}
