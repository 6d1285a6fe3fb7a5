//! Joins what exists with what is decided about it, and names everything that is undecided, decided twice,
//! decided but missing, or that contradicts itself.
//!
//! Pure: text and shapes in, a catalog or every fault out. First each decision is looked at by itself; only
//! when all of them stand are they looked at together, so that one slip is not reported as ten.

mod account;
mod clock_words;
mod column;
mod deprecations;
mod faults;
mod fit;
mod holds;
mod join;
mod matches;
mod names;
mod person;
mod read;
mod reference;
mod retain;
mod walk;
mod ways;

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

pub(super) use clock_words::words as clock;
pub use faults::{PolicyFault, PolicyFaultKind};
pub(super) use fit::mask_word;

use super::registry;
use super::resource::{Catalog, Resource, Settings};
use super::shape::TableShape;
use faults::Faults;

/// The file as messages call it.
pub(crate) const FILE: &str = "schema/policy.toml";

impl Catalog {
    /// The catalog of everything in the registry under this policy.
    ///
    /// # Errors
    /// Every fault of the policy, in the order of the file's tables.
    pub fn load(policy_text: &str) -> Result<Catalog, Vec<PolicyFault>> {
        decide(&registry::shapes(), policy_text)
    }
}

/// The catalog of these tables under this policy.
///
/// # Errors
/// Every fault of the policy.
pub fn decide(shapes: &[TableShape], policy_text: &str) -> Result<Catalog, Vec<PolicyFault>> {
    let mut faults = Faults::default();
    let Some(file) = read::file(policy_text, shapes, &mut faults) else {
        return Err(faults.into_vec());
    };
    let mut resources = join::resources(shapes, &file, &mut faults);
    if faults.is_empty() {
        let gone_by_address = join::gone_by_address(&resources, &file);
        person::settle(&mut resources, &gone_by_address);
        names::check(&resources, &mut faults);
        person::check(&resources, &mut faults);
        account::check(&resources, &mut faults);
        fit::check_people(&resources, &mut faults);
        holds::check(&resources, &file.holds, &mut faults);
        records(&resources, file.settings.as_ref(), &mut faults);
    }
    let Some(settings) = file.settings.filter(|_| faults.is_empty()) else {
        return Err(faults.into_vec());
    };
    let by_table = resources
        .iter()
        .map(|resource| (resource.table.clone(), resource.id))
        .collect();
    let by_name = resources
        .iter()
        .map(|resource| (resource.name.clone(), resource.id))
        .collect();
    Ok(Catalog {
        by_table,
        by_name,
        resources,
        holds: file.holds,
        deprecations: file.deprecations,
        settings,
        policy_hash: hash(policy_text.as_bytes()),
        schema_fingerprint: hash(canonical(shapes).as_bytes()),
    })
}

/// The record of an erasure is kept as long as the settings promise.
fn records(resources: &[Resource], settings: Option<&Settings>, faults: &mut Faults) {
    let Some(least) = settings.map(|settings| settings.erasure_record_months) else {
        return;
    };
    for resource in resources.iter().filter(|resource| resource.table == "erasures") {
        let kept = resource.keep.as_ref().and_then(|keep| keep.duration);
        if kept.is_some_and(|kept| kept.months < least) {
            faults.table(
                PolicyFaultKind::KeepDoesNotFit,
                &resource.table,
                format_args!(
                    "has a shorter clock than the setting erasure_record_months; write `for = \"{least} months\"` in keep"
                ),
            );
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    format!(
        "sha256:{}",
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
    )
}

/// The shapes as text that two builds from the same entities write alike.
fn canonical(shapes: &[TableShape]) -> String {
    let mut lines = Vec::new();
    for table in shapes {
        lines.push(format!(
            "table {} key {}",
            table.name,
            table.primary_key.join(",")
        ));
        for column in &table.columns {
            let null = if column.nullable { "null" } else { "not null" };
            let words = column.words.join("|");
            lines.push(format!(
                "column {}.{} {:?} {null} {words}",
                table.name, column.name, column.kind
            ));
        }
        for reference in &table.references {
            let within = if reference.within_account {
                "account_id,"
            } else {
                ""
            };
            lines.push(format!(
                "reference {}.{within}{} {}",
                table.name, reference.column, reference.table
            ));
        }
        for key in &table.unique {
            lines.push(format!("unique {} {}", table.name, key.join(",")));
        }
        for key in &table.unique_everywhere {
            lines.push(format!("unique everywhere {} {}", table.name, key.join(",")));
        }
    }
    lines.sort();
    lines.join("\n")
}
