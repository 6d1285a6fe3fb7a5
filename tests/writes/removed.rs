//! What the deletion of a row does, worked out row by row from the policy's words alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postern::catalog::{Catalog, OnErase};

use crate::kit::rows::Row;

/// What the deletion of a row does.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The rows that go, by their places.
    pub gone: BTreeSet<usize>,
    /// The columns that are cut of rows that stay.
    pub cut: BTreeMap<usize, BTreeSet<String>>,
    /// How often a reference is cut, also of rows that go themselves by another.
    pub cuts: u64,
    /// Whether some row forbids it.
    pub forbidden: bool,
}

/// An account, a table, a column and the id in it.
type Named<'a> = (Option<&'a [u8]>, &'a str, &'a str, &'a [u8]);

/// Which rows name a row.
pub struct Naming<'a>(HashMap<Named<'a>, Vec<usize>>);

impl<'a> Naming<'a> {
    pub fn of(catalog: &'a Catalog, rows: &'a [Row]) -> Naming<'a> {
        let mut naming: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            let Some(resource) = catalog.by_table(&row.table) else {
                continue;
            };
            for reference in &resource.references {
                let column = resource.column(reference.column).name.as_str();
                let key = (row.account(), row.table.as_str(), column, row.cell(column));
                naming.entry(key).or_default().push(place);
            }
        }
        Naming(naming)
    }

    pub fn worked_out(&self, catalog: &Catalog, rows: &[Row], first: usize) -> Outcome {
        let mut outcome = Outcome::default();
        let mut next = vec![first];
        while let Some(target) = next.pop() {
            if !outcome.gone.insert(target) {
                continue;
            }
            let (row, resource) = (&rows[target], catalog.table(&rows[target].table));
            for (referring, reference) in catalog.inverse(resource.id) {
                let column = referring.column(reference.column).name.as_str();
                let key = (row.account(), referring.table.as_str(), column, row.cell("id"));
                for place in self.0.get(&key).into_iter().flatten() {
                    match reference.on_erase {
                        OnErase::Cascade => next.push(*place),
                        OnErase::Unlink => {
                            outcome.cut.entry(*place).or_default().insert(column.to_owned());
                        }
                        OnErase::Block | OnErase::Retain(_) | OnErase::Reassign => outcome.forbidden = true,
                    }
                }
            }
        }
        outcome.cuts = outcome.cut.values().map(|columns| columns.len() as u64).sum();
        outcome.cut.retain(|place, _| !outcome.gone.contains(place));
        outcome
    }
}

/// Whether nothing else forbids it: no campaign that is to be sent, and no profile that says no.
pub fn is_free(rows: &[Row], place: usize, outcome: &Outcome) -> bool {
    let touched = outcome.gone.iter().chain(outcome.cut.keys());
    let is_sent = |row: &Row| {
        let ended: [&[u8]; 4] = [b"draft", b"sent", b"cancelled", b"blocked"];
        row.table != "campaigns" || ended.contains(&row.cell("status"))
    };
    let is_over = |row: &Row| row.table != "imports" || !row.cell("finished_at").is_empty();
    let says_no = rows[place].table == "subscriber_profiles"
        && [&b"unsubscribed"[..], b"complained", b"cleaned"].contains(&rows[place].cell("status"));
    touched
        .map(|place| &rows[*place])
        .all(|row| is_sent(row) && is_over(row))
        && !says_no
}
