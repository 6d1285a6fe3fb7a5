//! Rows of two tables that belong together because they hold the same value, as the policy says it: no foreign key
//! does. Both columns must be keys of their own, so that a row has one counterpart at most and an index finds it.

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::join::Stanza;
use super::names;
use super::walk;
use crate::catalog::policy::MatchPolicy;
use crate::catalog::resource::Match;
use crate::catalog::shape::TableShape;
use crate::error::quote;

impl Stanza<'_> {
    /// The matches, in the order of their fields; those that lead nowhere are left out.
    pub(super) fn matches(&self, faults: &mut Faults) -> Vec<Match> {
        let mut matches = Vec::new();
        for (field, policy) in &self.policy.matches {
            let table = self.table.name;
            if !names::is_field_name(field) {
                faults.column(
                    Kind::NameMalformed,
                    table,
                    &quote(&policy.column),
                    format_args!(
                        "makes the field {}; a field's name is like `openCount`",
                        quote(field)
                    ),
                );
            }
            if policy.description.trim().is_empty() {
                faults.column(
                    Kind::DescriptionMissing,
                    table,
                    &quote(&policy.column),
                    format_args!(
                        "makes the field {field} without a description; say what the row is to this one"
                    ),
                );
            }
            match self.matched(field, policy) {
                Ok(matched) => matches.push(matched),
                Err(text) => faults.column(
                    Kind::MatchWrong,
                    table,
                    &quote(&policy.column),
                    format_args!("cannot be matched for the field {field}: {text}"),
                ),
            }
        }
        matches
    }

    fn matched(&self, field: &str, policy: &MatchPolicy) -> Result<Match, String> {
        let (other, by) = policy
            .with
            .split_once('.')
            .ok_or("`with` has the form table.column")?;
        let place = walk::table(self.shapes, other)?;
        let target = &self.shapes[place];
        let column = key_column(self.table, &policy.column)?;
        let by = key_column(target, by)?;
        if self.table.columns[usize::from(column.0)].kind != target.columns[usize::from(by.0)].kind {
            return Err(format!("{} holds values of another kind", policy.with));
        }
        Ok(Match {
            column,
            target: walk::resource_id(place),
            by,
            field: field.to_owned(),
            description: policy.description.clone(),
        })
    }
}

/// A column that tells the rows of an account apart.
fn key_column(table: &TableShape, name: &str) -> Result<crate::catalog::ColumnId, String> {
    let column = walk::column_id(table, name)?;
    let is_key = table.has_account() && table.unique.iter().any(|key| key.as_slice() == [name]);
    if is_key {
        Ok(column)
    } else {
        Err(format!(
            "{}.{name} does not tell the rows of an account apart",
            table.name
        ))
    }
}
