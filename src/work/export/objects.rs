//! What exports leave in the depot. An object's name says which claim of which export wrote it, so that nobody removes
//! what a later worker is about to publish.

use uuid::Uuid;

use crate::error::Result;
use crate::store::queue::{Claim, Unpublished, unpublished_exports};
use crate::work::installation::Installation;

/// The name of the object that this claim writes.
pub fn name(claim: &Claim) -> String {
    format!("exports/{}/{}-{}.zip", claim.account, claim.id, claim.number)
}

/// Removes what workers with earlier claims on the same export stored and did not publish.
pub async fn remove_of_earlier_claims(installation: &Installation, claim: &Claim) -> Result<()> {
    let prefix = format!("exports/{}/{}-", claim.account, claim.id);
    for object in installation
        .depot
        .list(&format!("exports/{}", claim.account))
        .await?
    {
        let number = object
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".zip")?.parse::<i64>().ok());
        if number.is_some_and(|number| number < claim.number) {
            installation.depot.delete(&object).await?;
        }
    }
    Ok(())
}

/// Removes everything that an export left.
pub async fn remove_all_of(installation: &Installation, account: Uuid, export: Uuid) -> Result<()> {
    let prefix = format!("exports/{account}/{export}-");
    for object in installation.depot.list(&format!("exports/{account}")).await? {
        if object.starts_with(&prefix) {
            installation.depot.delete(&object).await?;
        }
    }
    Ok(())
}

/// Removes every object of an account that no export will publish or has published: left by workers that died, and by
/// exports that were canceled meanwhile.
pub async fn remove_void(installation: &Installation, account: Uuid) -> Result<()> {
    let objects = installation.depot.list(&format!("exports/{account}")).await?;
    // The rows after the objects: a claim made since then has no object in the list.
    let exports = unpublished_exports(&installation.database, account).await?;
    for object in objects {
        let wanted = exports.iter().any(|export| match export {
            Unpublished::Ready { name } => *name == object,
            Unpublished::Running { id, number } => object == format!("exports/{account}/{id}-{number}.zip"),
        });
        if !wanted {
            installation.depot.delete(&object).await?;
        }
    }
    Ok(())
}
