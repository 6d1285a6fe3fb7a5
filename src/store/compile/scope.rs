//! Which rows there are at all for the asker: the account first, then the lists that a grant names (D2).
//!
//! A walk between tables is written in one of two ways. [`in_lists`] starts at a row and looks where its walk
//! ends: right for pages, which look at few rows of a large scope. [`about`] starts at a person and collects the
//! rows: right where the end is one row. Must not know why a row is in scope.

use uuid::Uuid;

use super::draft::{Draft, column, table};
use crate::access::permit::Scope;
use crate::catalog::{ColumnId, Owner, Resource, Step, SubjectPath};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::plan::slice::Subject;
use crate::store::restriction::HOLDS;

/// The conditions for a row of `alias` to be the account's and in scope; several ways into the scope are always
/// probed. None: no row can be in it, so nothing need be asked.
pub(super) fn visible(
    draft: &mut Draft<'_>,
    resource: &Resource,
    scope: &Scope,
    alias: &str,
    form: Form,
) -> Option<Vec<String>> {
    let lists = match scope {
        Scope::Nothing => return None,
        Scope::All => None,
        Scope::Lists(lists) if lists.is_empty() || resource.scope.is_empty() => return None,
        Scope::Lists(lists) => Some(lists),
    };
    let mut conditions = vec![tenant(draft, resource, alias)?];
    if let Some(by) = resource.operators_only
        && !draft.asker.operator
    {
        conditions.push(format!("NOT {}", column(alias, &resource.column(by).name)));
    }
    if let Some(lists) = lists {
        let form = match resource.scope.len() {
            1 => form,
            _ => Form::Probe,
        };
        conditions.push(in_lists(draft, resource, lists, alias, form));
    }
    Some(conditions)
}

/// The condition for a row of `alias` not to hold small counts alone, where such rows are kept from the asker; rows in
/// clear stay. None: nothing is kept.
pub(super) fn large_enough(
    draft: &mut Draft<'_>,
    resource: &Resource,
    cells: &[ColumnId],
    clear: &Scope,
    alias: &str,
) -> Option<String> {
    if cells.is_empty() {
        return None;
    }
    let least = draft.bind(Cell::Int(draft.catalog.settings.small_cell.into()));
    let mut ways: Vec<String> = cells
        .iter()
        .map(|id| format!("{} >= {least}", column(alias, &resource.column(*id).name)))
        .collect();
    if let Scope::Lists(lists) = clear
        && !lists.is_empty()
        && !resource.scope.is_empty()
    {
        ways.push(in_lists(draft, resource, lists, alias, Form::Probe));
    }
    Some(format!("({})", ways.join(" OR ")))
}

fn tenant(draft: &mut Draft<'_>, resource: &Resource, alias: &str) -> Option<String> {
    match resource.owner {
        Owner::Account => Some(format!("{alias}.account_id = {}", draft.account())),
        Owner::Itself => Some(format!("{alias}.id = {}", draft.account())),
        Owner::Members => Some(format!(
            "{alias}.id IN (SELECT m.user_id FROM group_members m WHERE m.account_id = {})",
            draft.account()
        )),
        Owner::Shared => Some("TRUE".to_string()),
        Owner::Global => draft.asker.operator.then(|| "TRUE".to_string()),
    }
}

/// How a sub-select that a row is tested by is written.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// `EXISTS`, which the planner may turn into a join and begin at either end.
    Joinable,
    /// A scalar sub-select, looked up for each row. Under OR and among the columns, PostgreSQL would rather read
    /// all rows that an `EXISTS` could find into a hash, for a page of a hundred.
    Probe,
}

/// Whether a row's walk ends in one of these lists.
pub(super) fn in_lists(
    draft: &mut Draft<'_>,
    resource: &Resource,
    lists: &[Uuid],
    alias: &str,
    form: Form,
) -> String {
    let end = draft.bind_ids(lists);
    let ways: Vec<String> = resource
        .scope
        .iter()
        .map(|path| reaches(draft, resource, &path.steps, alias, 1, &end, form))
        .collect();
    format!("({})", ways.join(" OR "))
}

fn reaches(
    draft: &mut Draft<'_>,
    resource: &Resource,
    steps: &[Step],
    alias: &str,
    depth: usize,
    end: &str,
    form: Form,
) -> String {
    let next = format!("s{depth}");
    let (reached, on, rest) = match steps {
        [] => return ends(&format!("{alias}.id"), end, form),
        // A foreign key leads to a row that exists, so its value is enough.
        [Step::Forward { column: by, .. }] => {
            return ends(&column(alias, &resource.column(*by).name), end, form);
        }
        [Step::Forward { column: by, target }, rest @ ..] => {
            let from = column(alias, &resource.column(*by).name);
            (draft.catalog.get(*target), format!("{next}.id = {from}"), rest)
        }
        [
            Step::Back {
                resource: other,
                column: by,
            },
            rest @ ..,
        ] => {
            let other = draft.catalog.get(*other);
            let to = column(&next, &other.column(*by).name);
            (other, format!("{to} = {alias}.id"), rest)
        }
    };
    let account = draft.same_account(reached, &next);
    let beyond = reaches(draft, reached, rest, &next, depth + 1, end, form);
    let from = format!("FROM {} WHERE {account}{on} AND {beyond}", table(reached, &next));
    match form {
        Form::Joinable => format!("EXISTS (SELECT 1 {from})"),
        Form::Probe => format!("(SELECT TRUE {from} LIMIT 1)"),
    }
}

/// Whether a walk that ends here ends well.
fn ends(id: &str, end: &str, form: Form) -> String {
    match form {
        Form::Joinable => format!("{id} {end}"),
        // Not for an index: rows would come list by list, and a page of one list had to be sorted out of all.
        Form::Probe => format!("({id} {end}) IS TRUE"),
    }
}

/// Whether a row is about a person, by any of its ways to one.
pub(super) fn about(draft: &mut Draft<'_>, resource: &Resource, subject: &Subject, alias: &str) -> String {
    about_whom(draft, resource, alias, |draft, by| {
        let value = match by {
            By::Id => Cell::Uuid(subject.subscriber),
            By::Address => Cell::from(subject.address.as_str()),
        };
        format!("= {}", draft.bind(value))
    })
}

/// Whether a row is about somebody whose data may be kept and not used at that moment, by any of its ways to a person. None:
/// such rows are about nobody.
pub(super) fn about_somebody_restricted(
    draft: &mut Draft<'_>,
    resource: &Resource,
    now: Instant,
    alias: &str,
) -> Option<String> {
    if resource.subject.is_empty() {
        return None;
    }
    let account = draft.account();
    let holds = HOLDS.join(&draft.bind(Cell::Instant(now)));
    let ids = format!(
        "SELECT r.subscriber_id FROM processing_restrictions AS r WHERE r.account_id = {account} AND {holds}"
    );
    Some(about_whom(draft, resource, alias, |_, by| match by {
        By::Id => format!("IN ({ids})"),
        By::Address => format!(
            "IN (SELECT p.email_normalized FROM subscribers AS p WHERE p.account_id = {account} AND p.id IN ({ids}))"
        ),
    }))
}

/// By what a row knows a person.
enum By {
    Id,
    Address,
}

/// Whether a row is about those whom `end` says, as the right side of a comparison.
fn about_whom(
    draft: &mut Draft<'_>,
    resource: &Resource,
    alias: &str,
    end: impl Fn(&mut Draft<'_>, By) -> String,
) -> String {
    let mut ways = Vec::new();
    for path in &resource.subject {
        let condition = match path {
            SubjectPath::References(path) => {
                let end = end(draft, By::Id);
                leads_to(draft, resource, &path.steps, "x", 1, &end)
            }
            SubjectPath::Address(by) => {
                let end = end(draft, By::Address);
                format!("{} {end}", column("x", &resource.column(*by).name))
            }
        };
        let account = draft.same_account(resource, "x");
        ways.push(format!(
            "SELECT x.id FROM {} WHERE {account}{condition}",
            table(resource, "x")
        ));
    }
    // The ids first: beside an order by id, either planner might walk the whole account in that order instead.
    match ways.is_empty() {
        true => "FALSE".to_string(),
        false => format!("{alias}.id IN ({})", ways.join(" UNION ")),
    }
}

fn leads_to(
    draft: &mut Draft<'_>,
    resource: &Resource,
    steps: &[Step],
    alias: &str,
    depth: usize,
    end: &str,
) -> String {
    let next = format!("s{depth}");
    let (left, reached, give, rest) = match steps {
        [] => return format!("{alias}.id {end}"),
        [Step::Forward { column: by, .. }] => {
            return format!("{} {end}", column(alias, &resource.column(*by).name));
        }
        [Step::Forward { column: by, target }, rest @ ..] => {
            let left = column(alias, &resource.column(*by).name);
            (left, draft.catalog.get(*target), format!("{next}.id"), rest)
        }
        [
            Step::Back {
                resource: other,
                column: by,
            },
            rest @ ..,
        ] => {
            let other = draft.catalog.get(*other);
            let give = column(&next, &other.column(*by).name);
            (format!("{alias}.id"), other, give, rest)
        }
    };
    let account = draft.same_account(reached, &next);
    let beyond = leads_to(draft, reached, rest, &next, depth + 1, end);
    format!(
        "{left} IN (SELECT {give} FROM {} WHERE {account}{beyond})",
        table(reached, &next)
    )
}
