//! Who may do what: the built-in groups, resource by resource.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::access::built_in::{self, BuiltIn};
use crate::access::grant::{Reach, Verb};
use crate::catalog::{Catalog, Resource};

const LEGEND: &str = "\
# Who may do what: one line for each resource, one column for each built-in group. Generated; do not edit.
# r read (personal data masked)   c read in clear   w write   x export   d delete   e erase   m manage   - nothing
# (lists): only the rows whose scope ends in the lists that the group names.
";

/// The table of groups, resources and verbs.
pub fn access_matrix(catalog: &Catalog) -> String {
    let mut rows = vec![heading()];
    let mut resources: Vec<&Resource> = catalog.resources().collect();
    resources.sort_by(|one, other| one.name.cmp(&other.name));
    rows.extend(resources.into_iter().map(row));
    let widths: Vec<usize> = (0..=BuiltIn::ALL.len())
        .map(|place| {
            rows.iter()
                .filter_map(|row| row.get(place))
                .map(String::len)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = LEGEND.to_owned();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn heading() -> Vec<String> {
    let groups = BuiltIn::ALL.iter().map(|group| group.word().to_owned());
    std::iter::once("resource".to_owned()).chain(groups).collect()
}

fn row(resource: &Resource) -> Vec<String> {
    let cells = BuiltIn::ALL.iter().map(|group| cell(*group, resource));
    std::iter::once(resource.name.clone()).chain(cells).collect()
}

fn cell(group: BuiltIn, resource: &Resource) -> String {
    // Any list stands for the lists that a group names.
    let lists = BTreeSet::from([Uuid::nil()]);
    let rights = built_in::rights(group, resource, &lists);
    let letters: String = Verb::ALL
        .iter()
        .filter(|verb| {
            rights
                .iter()
                .any(|(known, reach)| known == *verb && reach.is_something())
        })
        .map(|verb| letter(*verb))
        .collect();
    if letters.is_empty() {
        return "-".to_owned();
    }
    let in_lists = rights.iter().any(|(_, reach)| matches!(reach, Reach::Lists(_)));
    if in_lists {
        format!("{letters} (lists)")
    } else {
        letters
    }
}

fn letter(verb: Verb) -> char {
    match verb {
        Verb::Read => 'r',
        Verb::ReadClear => 'c',
        Verb::Write => 'w',
        Verb::Export => 'x',
        Verb::Delete => 'd',
        Verb::Erase => 'e',
        Verb::Manage => 'm',
    }
}
