//! The erasure of a user, who is one in the installation and may be named in any account, as ordered steps, made from the
//! catalog alone. Each is done in one account at a time; the user's own row, which is no account's, is the last.

use uuid::Uuid;

use super::erase::{Action, EraseStep};
use super::removal::steps_by;
use crate::catalog::{Catalog, SubjectPath};

/// Rows that know the user by the address alone: who is invited need not be a user yet.
const BY_ADDRESS: [(&str, &str); 1] = [("invitations", "email_normalized")];

/// A user who is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departing {
    /// The user's id.
    pub user: Uuid,
    /// The normalised address.
    pub address: String,
}

/// The steps. Deterministic: the same catalog gives the same steps.
pub fn steps(catalog: &Catalog) -> Vec<EraseStep> {
    let users = catalog.table("users").id;
    let by_address = BY_ADDRESS.into_iter().map(|(table, column)| {
        let resource = catalog.table(table);
        EraseStep {
            resource: resource.id,
            paths: vec![SubjectPath::Address(resource.id_of(column))],
            action: Action::Delete,
        }
    });
    let named = steps_by(catalog, users, |reference| {
        reference.within_account || reference.target == users
    });
    by_address.chain(named).collect()
}

/// The columns by which rows of an account name a user, or the address of one.
pub fn named(catalog: &Catalog) -> Vec<(&str, &str, bool)> {
    let users = catalog.table("users").id;
    let by_id = catalog.inverse(users).map(|(resource, reference)| {
        let column = resource.column(reference.column).name.as_str();
        (resource.table.as_str(), column, false)
    });
    let by_address = BY_ADDRESS
        .into_iter()
        .map(|(table, column)| (table, column, true));
    by_id.chain(by_address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{DEFAULT_POLICY, OnErase, Owner, Path, Step};

    #[test]
    fn every_reference_to_a_user_is_cut_or_goes_before_the_user_does() {
        let catalog = Catalog::load(DEFAULT_POLICY).unwrap_or_else(|faults| panic!("{faults:?}"));
        let steps = steps(&catalog);
        let users = catalog.table("users");
        let mut seen = 0;
        for (referring, reference) in catalog.inverse(users.id) {
            let first = Step::Forward {
                column: reference.column,
                target: users.id,
            };
            let way = SubjectPath::References(Path { steps: vec![first] });
            let step = steps
                .iter()
                .find(|step| step.resource == referring.id && step.paths.contains(&way))
                .unwrap_or_else(|| panic!("{}", referring.table));
            assert_eq!(referring.owner, Owner::Account, "{}", referring.table);
            assert_eq!(
                step.action == Action::Delete,
                reference.on_erase == OnErase::Cascade,
                "{}",
                referring.table
            );
            seen += 1;
        }
        assert!(seen > 10, "{seen}");
        assert_eq!(steps.last().map(|step| step.resource), Some(users.id));
    }
}
