//! The groups that every installation has (ruling 11). Their rights are computed from the catalog, so that a new
//! resource needs no new grant rows; `schema/access.txt` prints what comes out.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::grant::{Reach, Verb};
use crate::catalog::{Owner, Resource};

/// A group that every installation has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// All of the account.
    Owner,
    /// The audience of named lists, in clear.
    Manager,
    /// Every row of the audience and its campaigns, personal data masked.
    Analyst,
    /// Reading in clear and taking out.
    Exporter,
    /// People: finding, exporting, erasing; no sending, no billing.
    Privacy,
    /// The platform's people who answer questions: everything masked, nothing changed.
    Support,
    /// The platform's people who run it: everything.
    Admin,
}

impl BuiltIn {
    /// Every built-in group.
    pub const ALL: [BuiltIn; 7] = [
        BuiltIn::Owner,
        BuiltIn::Manager,
        BuiltIn::Analyst,
        BuiltIn::Exporter,
        BuiltIn::Privacy,
        BuiltIn::Support,
        BuiltIn::Admin,
    ];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            BuiltIn::Owner => "owner",
            BuiltIn::Manager => "manager",
            BuiltIn::Analyst => "analyst",
            BuiltIn::Exporter => "exporter",
            BuiltIn::Privacy => "privacy",
            BuiltIn::Support => "support",
            BuiltIn::Admin => "admin",
        }
    }

    /// The group of that word.
    pub fn of_word(word: &str) -> Option<BuiltIn> {
        BuiltIn::ALL.into_iter().find(|group| group.word() == word)
    }

    /// Whether it is a group of the platform's own people.
    pub fn is_of_the_platform(self) -> bool {
        matches!(self, BuiltIn::Support | BuiltIn::Admin)
    }
}

/// Whether a group may export at all, so that limits on its grants count.
pub fn may_export(group: BuiltIn) -> bool {
    matches!(
        group,
        BuiltIn::Owner | BuiltIn::Exporter | BuiltIn::Privacy | BuiltIn::Admin
    )
}

/// What a built-in group may do to a resource. `lists` are the lists named in the group's own grants; only
/// [`BuiltIn::Manager`] looks at them.
pub fn rights(group: BuiltIn, resource: &Resource, lists: &BTreeSet<Uuid>) -> Vec<(Verb, Reach)> {
    let audience = !resource.scope.is_empty() || !resource.subject.is_empty();
    let own = |verbs: &[Verb]| verbs.iter().map(|verb| (*verb, Reach::All)).collect::<Vec<_>>();
    let of_installation = resource.owner == Owner::Global;
    match group {
        BuiltIn::Admin => own(&Verb::ALL),
        _ if of_installation => Vec::new(),
        BuiltIn::Owner => own(&Verb::ALL),
        BuiltIn::Support => own(&[Verb::Read]),
        BuiltIn::Manager if !resource.scope.is_empty() => [Verb::Read, Verb::ReadClear, Verb::Write]
            .into_iter()
            .map(|verb| {
                (
                    verb,
                    if lists.is_empty() {
                        Reach::Nothing
                    } else {
                        Reach::Lists(lists.clone())
                    },
                )
            })
            .collect(),
        BuiltIn::Analyst if !resource.scope.is_empty() => own(&[Verb::Read]),
        BuiltIn::Exporter if audience => own(&[Verb::Read, Verb::ReadClear, Verb::Export]),
        BuiltIn::Privacy if audience => own(&[Verb::Read, Verb::ReadClear, Verb::Export, Verb::Erase]),
        BuiltIn::Manager | BuiltIn::Analyst | BuiltIn::Exporter | BuiltIn::Privacy => {
            match resource.name.as_str() {
                "Account" => own(&[Verb::Read]),
                "Export" if matches!(group, BuiltIn::Exporter | BuiltIn::Privacy) => {
                    own(&[Verb::Read, Verb::ReadClear])
                }
                "Erasure" if group == BuiltIn::Privacy => own(&[Verb::Read, Verb::ReadClear]),
                "AuditEvent" if group == BuiltIn::Privacy => own(&[Verb::Read]),
                _ => Vec::new(),
            }
        }
    }
}
