//! Policy files that differ from the built-in one in what they decide of a reference.

use std::collections::BTreeMap;

use postern::catalog::{Catalog, DEFAULT_POLICY, OnErase};

/// A reference: its table and its column.
pub type Reference = (String, String);

/// A policy that differs from the built-in one.
pub struct Changed {
    /// The file's text.
    pub text: String,
    /// What it is read as.
    pub catalog: Catalog,
    /// What it decides otherwise.
    pub decisions: BTreeMap<Reference, &'static str>,
}

/// What stands in the policy file.
pub fn built_in() -> Catalog {
    Catalog::load(DEFAULT_POLICY).expect("the built-in policy is sound")
}

/// The references to a row that goes with a person, by which others hang on the person. Those to rows that stay are at work
/// where such a row is deleted by itself.
pub fn references(catalog: &Catalog) -> Vec<Reference> {
    let mut references = Vec::new();
    for resource in catalog.resources() {
        for column in resource.subject.iter().filter_map(|path| path.reference()) {
            let reference = resource.reference(column).expect("ways are references");
            if catalog.get(reference.target).rows_go {
                references.push((resource.table.clone(), resource.column(column).name.clone()));
            }
        }
    }
    references
}

/// What is decided of a reference.
pub fn decided(catalog: &Catalog, (table, column): &Reference) -> OnErase {
    let resource = catalog.table(table);
    let reference = resource.reference(resource.id_of(column));
    reference.expect("it is a reference").on_erase.clone()
}

/// Policies that together decide each reference otherwise: in as few files as can be, but one each where the other
/// decision forbids the erasure.
pub fn otherwise(catalog: &Catalog) -> Vec<Changed> {
    let mut changed: Vec<Changed> = Vec::new();
    for reference in references(catalog) {
        let other = match decided(catalog, &reference) {
            OnErase::Cascade => "block",
            _ => "cascade",
        };
        let with = |mut decisions: BTreeMap<Reference, &'static str>| {
            decisions.insert(reference.clone(), other);
            let text = text_with(&decisions);
            Catalog::load(&text).map(|catalog| Changed {
                text,
                catalog,
                decisions,
            })
        };
        let together = changed.iter_mut().find_map(|other_one| {
            let forbids = other == "block" || other_one.decisions.values().any(|word| *word == "block");
            let both = with(other_one.decisions.clone()).ok().filter(|_| !forbids)?;
            *other_one = both;
            Some(())
        });
        if together.is_none() {
            let alone = with(BTreeMap::new());
            changed.push(alone.unwrap_or_else(|faults| panic!("{reference:?} as {other}: {faults:?}")));
        }
    }
    changed
}

/// A policy that decides this reference alone otherwise; `None`: the loader takes no other decision of these.
pub fn with_one_of(reference: &Reference, words: &[&'static str]) -> Option<Changed> {
    let mut policies = words
        .iter()
        .filter_map(|word| with(BTreeMap::from([(reference.clone(), *word)])));
    policies.next()
}

/// A policy that decides these otherwise; `None`: the loader does not take it.
pub fn with(decisions: BTreeMap<Reference, &'static str>) -> Option<Changed> {
    let text = text_with(&decisions);
    let catalog = Catalog::load(&text).ok()?;
    Some(Changed {
        text,
        catalog,
        decisions,
    })
}

fn text_with(decisions: &BTreeMap<Reference, &'static str>) -> String {
    let mut policy: toml::Table = DEFAULT_POLICY.parse().expect("the policy is TOML");
    for ((table, column), word) in decisions {
        policy["tables"][table]["references"][column]["on_erase"] = (*word).into();
    }
    policy.to_string()
}
