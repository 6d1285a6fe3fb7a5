//! The ways from a table to people and to lists, its clock, and whether single rows are deleted.

use super::clock_words;
use super::faults::{Faults, PolicyFaultKind as Kind};
use super::fit;
use super::join::Stanza;
use super::walk;
use crate::catalog::policy::{OwnerWord, RemovalPolicy};
use crate::catalog::resource::{ColumnId, Keep, Path, Removal, SubjectPath};
use crate::cell;
use crate::error::quote;

impl Stanza<'_> {
    /// The ways to the person that lead there.
    pub(super) fn subject(&self, faults: &mut Faults) -> Vec<SubjectPath> {
        let mut paths = Vec::new();
        for text in &self.policy.subject {
            match self.subject_path(text) {
                Ok(path) => paths.push(path),
                Err(why) => faults.table(
                    Kind::SubjectWrong,
                    self.table.name,
                    format_args!("has the subject {}: {why}; write a walk that ends in subscribers, or `@` and a column of normalised addresses", quote(text)),
                ),
            }
        }
        let by_address = paths.iter().any(|path| matches!(path, SubjectPath::Address(_)));
        if by_address != self.policy.on_address.is_some() {
            let text = if by_address {
                "is found by an address and does not say what then; add `on_address = \"cascade\"` or `\"unlink\"`"
            } else {
                "has on_address and no `@column` in its subject; take it away"
            };
            faults.table(Kind::AddressUndecided, self.table.name, text);
        }
        paths
    }

    /// The column that says which rows are the operators' alone.
    pub(super) fn operators_only(&self, faults: &mut Faults) -> Option<ColumnId> {
        let name = self.policy.operators_only.as_deref()?;
        let column = self.table.columns.iter().find(|column| column.name == name);
        if column.is_some_and(|column| column.kind == cell::Kind::Bool && !column.nullable) {
            return walk::column_id(self.table, name).ok();
        }
        faults.table(
            Kind::OperatorsOnlyWrong,
            self.table.name,
            format_args!(
                "has operators_only = {}, which is no boolean column of it that must have a value; name one, or take it away",
                quote(name)
            ),
        );
        None
    }

    fn subject_path(&self, text: &str) -> Result<SubjectPath, String> {
        if let Some(column) = text.strip_prefix('@') {
            let id = walk::column_id(self.table, column)?;
            let shape = &self.table.columns[usize::from(id.0)];
            if shape.kind != cell::Kind::Text || !column.ends_with("_normalized") {
                return Err(format!("{column} holds no normalised addresses"));
            }
            return Ok(SubjectPath::Address(id));
        }
        self.walk_to("subscribers", text).map(SubjectPath::References)
    }

    /// The ways to a list that lead there.
    pub(super) fn scope(&self, faults: &mut Faults) -> Vec<Path> {
        let mut paths = Vec::new();
        for text in &self.policy.scope {
            match self.walk_to("lists", text) {
                Ok(path) => paths.push(path),
                Err(why) => faults.table(
                    Kind::ScopeWrong,
                    self.table.name,
                    format_args!("has the scope {}: {why}; write a walk that ends in lists, such as `campaign_id/list_id`", quote(text)),
                ),
            }
        }
        paths
    }

    fn walk_to(&self, end: &str, text: &str) -> Result<Path, String> {
        let walk = walk::follow(self.shapes, self.place, text)?;
        let reached = self.shapes[usize::from(walk.end.0)].name;
        if reached == end {
            Ok(walk.path)
        } else {
            Err(format!("it ends in {reached}, not in {end}"))
        }
    }

    /// The clock, if there is one.
    pub(super) fn keep(&self, faults: &mut Faults) -> Option<Keep> {
        let policy = self.policy.keep.as_ref()?;
        let table = self.table.name;
        if !fit::starts_a_clock(self.table, &policy.from) {
            faults.table(
                Kind::ClockStartWrong,
                table,
                format_args!(
                    "is kept from {}; a clock starts at an instant column of the table that is never NULL",
                    quote(&policy.from)
                ),
            );
        }
        let duration = clock_words::duration(&policy.r#for);
        if duration.is_none() && policy.r#for != "account" {
            faults.table(
                Kind::ClockUnknown,
                table,
                format_args!(
                    "is kept for {}, which is no clock; write {}, or `account`",
                    quote(&policy.r#for),
                    clock_words::FORMS
                ),
            );
        }
        Some(Keep {
            from: policy.from.clone(),
            duration,
            then: policy.then,
        })
    }

    /// Whether single rows are deleted; each table of an account's rows that the API shows says so.
    pub(super) fn removal(&self, faults: &mut Faults) -> Option<Removal> {
        let is_asked = self.policy.owner == OwnerWord::Account && self.policy.in_api;
        let removal = match &self.policy.removal {
            None => None,
            Some(RemovalPolicy::Word(word)) => (word == "delete").then_some(Removal::Delete),
            Some(RemovalPolicy::Kept(policy)) => {
                let reason = policy.kept.trim();
                (!reason.is_empty()).then(|| Removal::Kept(reason.to_owned()))
            }
        };
        let text = match (is_asked, &self.policy.removal, &removal) {
            (true, _, Some(_)) | (false, None, _) => return removal,
            (true, ..) => {
                "does not say whether single rows are deleted; write `removal = \"delete\"`, or `removal = { kept = \"why not, and what is done instead\" }`"
            }
            (false, Some(_), _) => {
                "has removal, and its rows are no account's or not in the API; take it away"
            }
        };
        faults.table(Kind::RemovalUndecided, self.table.name, text);
        None
    }
}
