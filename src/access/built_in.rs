//! The groups that every installation has (ruling 11). Their rights are computed from the catalog, so that a new
//! resource needs no new grant rows; `schema/access.txt` prints what comes out.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::grant::{Reach, Verb};
use crate::catalog::{Area, Owner, Resource};

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
    let own = |verbs: &[Verb]| verbs.iter().map(|verb| (*verb, Reach::All)).collect::<Vec<_>>();
    match (group, resource.owner) {
        (BuiltIn::Admin, _) => own(&Verb::ALL),
        (_, Owner::Global) => Vec::new(),
        (BuiltIn::Owner, Owner::Shared) => own(&[Verb::Read, Verb::ReadClear, Verb::Export]),
        // What the platform tells everybody, and the account itself, everybody in the account may know.
        (_, Owner::Shared) => own(&[Verb::Read]),
        (BuiltIn::Owner, _) => own(&Verb::ALL),
        (BuiltIn::Support, _) | (_, Owner::Itself) => own(&[Verb::Read]),
        (BuiltIn::Manager, _) => manager(resource, lists),
        (BuiltIn::Analyst, _) => own(analyst(resource)),
        (BuiltIn::Exporter, _) => own(exporter(resource)),
        (BuiltIn::Privacy, _) => own(privacy(resource)),
    }
}

/// Whether it is about people, or about what is sent to them.
fn is_mailing(resource: &Resource) -> bool {
    matches!(resource.area, Area::Audience | Area::Content)
}

/// What hangs on a list, in the lists that are named. A list itself stays: the rights in it go with it, and those are
/// not the manager's.
fn manager(resource: &Resource, lists: &BTreeSet<Uuid>) -> Vec<(Verb, Reach)> {
    if !is_mailing(resource) || resource.scope.is_empty() {
        return Vec::new();
    }
    let reach = match lists.is_empty() {
        true => Reach::Nothing,
        false => Reach::Lists(lists.clone()),
    };
    [Verb::Read, Verb::ReadClear, Verb::Write, Verb::Delete]
        .into_iter()
        .map(|verb| (verb, reach.clone()))
        .collect()
}

/// What hangs on any list, and what mails are made of.
fn analyst(resource: &Resource) -> &'static [Verb] {
    match resource.area {
        Area::Content => &[Verb::Read],
        Area::Audience if !resource.scope.is_empty() => &[Verb::Read],
        _ => &[],
    }
}

/// People and mails; neither money, questions nor the rights of people.
fn exporter(resource: &Resource) -> &'static [Verb] {
    match resource.name.as_str() {
        "Export" | "Transfer" => &[Verb::Read, Verb::ReadClear],
        _ if resource.in_api && is_mailing(resource) => &[Verb::Read, Verb::ReadClear, Verb::Export],
        _ => &[],
    }
}

/// Everything that is about people, wherever it stands, and how their rights were answered.
fn privacy(resource: &Resource) -> &'static [Verb] {
    let is_about_people = !resource.subject.is_empty();
    let hangs_on_lists = is_mailing(resource) && !resource.scope.is_empty();
    match (resource.area, resource.name.as_str()) {
        (_, "Export" | "Transfer") => &[Verb::Read, Verb::ReadClear],
        (_, "AuditEvent") => &[Verb::Read],
        _ if !resource.in_api => &[],
        (Area::Privacy, _) if is_about_people => &[
            Verb::Read,
            Verb::ReadClear,
            Verb::Write,
            Verb::Export,
            Verb::Erase,
        ],
        (Area::Privacy, _) => &[Verb::Read, Verb::ReadClear],
        // What people ask for is noted by those who answer them.
        (Area::Audience, "Consent" | "ProcessingRestriction") => &[
            Verb::Read,
            Verb::ReadClear,
            Verb::Write,
            Verb::Export,
            Verb::Erase,
        ],
        (Area::Audience, _) => &[Verb::Read, Verb::ReadClear, Verb::Export, Verb::Erase],
        _ if is_about_people || hangs_on_lists => &[Verb::Read, Verb::ReadClear, Verb::Export, Verb::Erase],
        _ => &[],
    }
}
