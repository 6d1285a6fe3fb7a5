//! The policy that is built in, and what is said when it is broken.

mod breaks;
mod contract;
mod edit;
mod outcome;

use proptest::prelude::*;

use crate::catalog::{Catalog, DEFAULT_POLICY, PolicyFault};
use edit::Text;

fn faults(policy: &str) -> Vec<PolicyFault> {
    Catalog::load(policy).err().unwrap_or_default()
}

fn told(faults: &[PolicyFault]) -> String {
    faults
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_policy_that_is_built_in_has_no_fault() {
    let faults = faults(DEFAULT_POLICY);
    assert!(faults.is_empty(), "{}", told(&faults));
}

#[test]
fn a_column_without_a_decision_is_named_and_nothing_else_is() {
    let catalog = Catalog::load(DEFAULT_POLICY).unwrap();
    let mut columns = 0;
    for resource in catalog.resources() {
        for column in &resource.columns {
            let broken = Text::built_in().without_column(&resource.table, &column.name);
            let faults = faults(&broken);
            assert_eq!(
                faults.len(),
                1,
                "{}.{}: {}",
                resource.table,
                column.name,
                told(&faults)
            );
            let fault = &faults[0];
            let place = (fault.table.as_deref(), fault.column.as_deref());
            assert_eq!(fault.kind.as_str(), "column_undecided");
            assert_eq!(place, (Some(resource.table.as_str()), Some(column.name.as_str())));
            assert!(fault.message.contains(&format!(
                "column {}.{} has no decision",
                resource.table, column.name
            )));
            columns += 1;
        }
    }
    assert!(columns > 400, "only {columns} columns");
}

#[test]
fn a_reference_without_a_decision_is_named_and_nothing_else_is() {
    let catalog = Catalog::load(DEFAULT_POLICY).unwrap();
    let mut references = 0;
    for resource in catalog.resources() {
        for reference in &resource.references {
            let column = &resource.column(reference.column).name;
            let header = format!("tables.{}.references", resource.table);
            let faults = faults(&Text::built_in().without(&header, column));
            assert_eq!(faults.len(), 1, "{}.{column}: {}", resource.table, told(&faults));
            assert_eq!(faults[0].kind.as_str(), "reference_undecided");
            assert!(
                faults[0]
                    .message
                    .contains(&format!("reference {}.{column} ", resource.table))
            );
            references += 1;
        }
    }
    assert!(references > 60, "only {references} references");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_policy_with_a_piece_cut_out_or_put_in_never_panics(
        at in 0..DEFAULT_POLICY.len(),
        cut in 0_usize..200,
        piece in "[a-z_\"=\\[\\]{},. \n^@/]{0,20}",
    ) {
        let mut bytes = DEFAULT_POLICY.as_bytes().to_vec();
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, piece.bytes());
        let _ = Catalog::load(&String::from_utf8_lossy(&bytes));
    }
}
