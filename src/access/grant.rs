//! Grants, and what they add up to: resource × verb → how far. Several groups of one viewer add up; what has
//! expired grants nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::built_in::{self, BuiltIn};
use crate::catalog::{Catalog, ResourceId};
use crate::clock::Instant;

/// What a grant allows. Each is a right of its own; none implies another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// See rows, personal data masked.
    Read,
    /// See personal data in clear, in the rows that may be read.
    ReadClear,
    /// Change rows.
    Write,
    /// Take rows out in a bundle.
    Export,
    /// Delete single rows and what goes with them.
    Delete,
    /// Erase people.
    Erase,
    /// Decide who may; set secrets.
    Manage,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 7] = [
        Verb::Read,
        Verb::ReadClear,
        Verb::Write,
        Verb::Export,
        Verb::Delete,
        Verb::Erase,
        Verb::Manage,
    ];

    /// The word in the store and in the access matrix.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::ReadClear => "read_clear",
            Verb::Write => "write",
            Verb::Export => "export",
            Verb::Delete => "delete",
            Verb::Erase => "erase",
            Verb::Manage => "manage",
        }
    }

    /// The verb of that word.
    pub fn of_word(word: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

/// How far a right reaches.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Reach {
    /// To nothing.
    #[default]
    Nothing,
    /// To the rows whose scope path ends in one of these lists.
    Lists(BTreeSet<Uuid>),
    /// To every row of the account.
    All,
}

impl Reach {
    /// Whether it reaches anything.
    pub fn is_something(&self) -> bool {
        !matches!(self, Reach::Nothing)
    }

    /// Whether it reaches at least as far as the other.
    pub fn covers(&self, other: &Reach) -> bool {
        match (self, other) {
            (Reach::All, _) | (_, Reach::Nothing) => true,
            (Reach::Lists(mine), Reach::Lists(theirs)) => theirs.is_subset(mine),
            (Reach::Lists(_) | Reach::Nothing, _) => false,
        }
    }

    fn add(&mut self, other: &Reach) {
        match (&mut *self, other) {
            (Reach::All, _) | (_, Reach::Nothing) => {}
            (_, Reach::All) => *self = Reach::All,
            (Reach::Nothing, lists) => *self = lists.clone(),
            (Reach::Lists(mine), Reach::Lists(theirs)) => mine.extend(theirs),
        }
    }
}

/// What a group grants, as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupGrants {
    /// The group.
    pub group: Uuid,
    /// Its name, by which an identity provider's `groups` claim may narrow (ruling 14).
    pub name: String,
    /// Set for the groups that every installation has; their rights are computed, and `grants` only names lists.
    pub built_in: Option<BuiltIn>,
    /// When the viewer's membership ends.
    pub membership_expires_at: Option<Instant>,
    /// Its grants.
    pub grants: Vec<Grant>,
}

/// One right of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// On which resource, by its GraphQL type's name.
    pub resource: String,
    /// To do what.
    pub verb: Verb,
    /// The named lists; `None` for all rows.
    pub lists: Option<BTreeSet<Uuid>>,
    /// The most rows in one bundle.
    pub max_rows: Option<i64>,
    /// The most bundles a day.
    pub max_bundles_per_day: Option<i64>,
    /// When it ends.
    pub expires_at: Option<Instant>,
}

/// What a viewer's groups add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// By resource, then verb.
    reach: Vec<[Reach; Verb::ALL.len()]>,
    /// The most rows in one bundle; `None`: no limit.
    pub max_rows: Option<i64>,
    /// The most bundles a day; `None`: no limit.
    pub max_bundles_per_day: Option<i64>,
    /// Whether the account is closed: the door lets nothing be changed, whatever the groups grant.
    closed: bool,
}

impl Rights {
    /// No rights at all.
    pub fn none(catalog: &Catalog) -> Rights {
        Rights {
            reach: vec![Default::default(); catalog.resources().count()],
            max_rows: None,
            max_bundles_per_day: None,
            closed: false,
        }
    }

    /// The same rights in an account that is closed, or is not.
    pub fn in_account(self, closed: bool) -> Rights {
        Rights { closed, ..self }
    }

    /// Whether the account is closed.
    pub fn are_in_closed_account(&self) -> bool {
        self.closed
    }

    /// Whether anything may be exported.
    pub fn may_export(&self) -> bool {
        let mut reach = self.reach.iter();
        reach.any(|verbs| verbs[Verb::Export as usize].is_something())
    }

    /// Adds up what the groups grant at `now`.
    pub fn of(catalog: &Catalog, groups: &[GroupGrants], now: Instant) -> Rights {
        let mut rights = Rights::none(catalog);
        let runs = |end: Option<Instant>| end.is_none_or(|end| now < end);
        let mut rows = Limit::default();
        let mut bundles = Limit::default();
        for group in groups.iter().filter(|group| runs(group.membership_expires_at)) {
            let running: Vec<&Grant> = group
                .grants
                .iter()
                .filter(|grant| runs(grant.expires_at))
                .collect();
            if let Some(built_in) = group.built_in {
                let lists = running
                    .iter()
                    .filter_map(|grant| grant.lists.as_ref())
                    .flatten()
                    .copied()
                    .collect();
                for resource in catalog.resources() {
                    for (verb, reach) in built_in::rights(built_in, resource, &lists) {
                        rights.add(resource.id, verb, &reach);
                    }
                }
                if built_in::may_export(built_in) {
                    rows.add(running.iter().filter_map(|grant| grant.max_rows).min());
                    bundles.add(running.iter().filter_map(|grant| grant.max_bundles_per_day).min());
                }
                continue;
            }
            for grant in running {
                let Some(resource) = catalog.by_name(&grant.resource) else {
                    continue;
                };
                let reach = match &grant.lists {
                    None => Reach::All,
                    Some(_) if resource.scope.is_empty() => Reach::Nothing,
                    Some(lists) => Reach::Lists(lists.clone()),
                };
                rights.add(resource.id, grant.verb, &reach);
                if grant.verb == Verb::Export {
                    rows.add(grant.max_rows);
                    bundles.add(grant.max_bundles_per_day);
                }
            }
        }
        rights.max_rows = rows.value();
        rights.max_bundles_per_day = bundles.value();
        rights
    }

    /// How far `verb` reaches on a resource.
    pub fn reach(&self, resource: ResourceId, verb: Verb) -> &Reach {
        &self.reach[usize::from(resource.0)][verb as usize]
    }

    fn add(&mut self, resource: ResourceId, verb: Verb, reach: &Reach) {
        self.reach[usize::from(resource.0)][verb as usize].add(reach);
    }
}

/// Several limits add up to the widest; one unlimited grant lifts them all.
#[derive(Default)]
struct Limit {
    seen: bool,
    unlimited: bool,
    widest: i64,
}

impl Limit {
    fn add(&mut self, limit: Option<i64>) {
        self.seen = true;
        match limit {
            None => self.unlimited = true,
            Some(limit) => self.widest = self.widest.max(limit),
        }
    }

    fn value(&self) -> Option<i64> {
        (self.seen && !self.unlimited).then_some(self.widest)
    }
}
