//! What jobs leave in the depot, whole or begun. An object's name says which claim of which job wrote it, so that
//! nobody removes what a later worker is about to publish.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::depot::Unfinished;
use crate::error::Result;
use crate::store::object_owner::{ObjectOwner, object_owners};
use crate::store::queue::Claim;
use crate::work::installation::Installation;
use crate::work::job::JobKind;

/// The name of the first object that this claim writes, and mostly of the only one.
pub fn name(kind: &JobKind, claim: &Claim) -> String {
    name_of(kind, claim.account, claim.id, claim.number)
}

/// The name of a bundle's file with that number, from 1, where `first` is that of the first.
pub fn volume(first: &str, number: usize) -> String {
    match (number, first.rsplit_once('.')) {
        (2.., Some((stem, ending))) => format!("{stem}.{number}.{ending}"),
        _ => first.to_owned(),
    }
}

/// Whether an object is a file of what has `first` as its first.
fn is_of(first: &str, object: &str) -> bool {
    let Some((stem, ending)) = first.rsplit_once('.') else {
        return object == first;
    };
    let rest = object
        .strip_prefix(stem)
        .and_then(|rest| rest.strip_suffix(ending));
    rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with('.'))
}

/// Removes what this claim stored.
pub async fn remove_of(installation: &Installation, kind: &JobKind, claim: &Claim) -> Result<()> {
    let first = name(kind, claim);
    let left = Left::of(installation, &folder_of(kind, claim.account)).await?;
    left.remove(installation, |object| is_of(&first, object)).await
}

fn name_of(kind: &JobKind, account: Uuid, job: Uuid, claim_number: i64) -> String {
    let JobKind { folder, ending, .. } = kind;
    format!("{folder}/{account}/{job}-{claim_number}.{ending}")
}

fn folder_of(kind: &JobKind, account: Uuid) -> String {
    format!("{}/{account}", kind.folder)
}

/// Removes what workers with earlier claims on the same job stored and did not publish, or did not finish.
pub async fn remove_of_earlier_claims(
    installation: &Installation,
    kind: &JobKind,
    claim: &Claim,
) -> Result<()> {
    let folder = folder_of(kind, claim.account);
    let prefix = format!("{folder}/{}-", claim.id);
    let is_earlier = |name: &str| {
        let number = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.split('.').next()?.parse::<i64>().ok());
        number.is_some_and(|number| number < claim.number)
    };
    let left = Left::of(installation, &folder).await?;
    left.remove(installation, is_earlier).await
}

/// Removes everything that a job left.
pub async fn remove_all_of(
    installation: &Installation,
    kind: &JobKind,
    account: Uuid,
    job: Uuid,
) -> Result<()> {
    let folder = folder_of(kind, account);
    let prefix = format!("{folder}/{job}-");
    let left = Left::of(installation, &folder).await?;
    left.remove(installation, |name| name.starts_with(&prefix)).await
}

/// Removes everything of an account that no job of this kind will publish or has published: left by workers that died,
/// and by jobs that were canceled meanwhile.
pub async fn remove_void(installation: &Installation, kind: &JobKind, account: Uuid) -> Result<()> {
    let left = Left::of(installation, &folder_of(kind, account)).await?;
    // The rows after the objects: a claim made since then has no object in the list.
    let owners = object_owners(&installation.database, kind.queue, account).await?;
    let is_void = |object: &str| {
        !owners.iter().any(|owner| match owner {
            ObjectOwner::Whole { name } => is_of(name, object),
            ObjectOwner::Running { id, number } => is_of(&name_of(kind, account, *id, *number), object),
        })
    };
    left.remove(installation, is_void).await
}

/// The same for all accounts. For the start: what a process left that died is removed also when nobody takes its job
/// up again, because it was canceled.
pub async fn remove_void_everywhere(installation: &Installation, kind: &JobKind) -> Result<()> {
    let left = Left::of(installation, kind.folder).await?;
    let accounts: BTreeSet<Uuid> = left
        .names()
        .filter_map(|name| name.split('/').nth(1)?.parse().ok())
        .collect();
    for account in accounts {
        remove_void(installation, kind, account).await?;
    }
    Ok(())
}

/// What lies in a folder of the depot.
struct Left {
    objects: Vec<String>,
    unfinished: Vec<Unfinished>,
}

impl Left {
    async fn of(installation: &Installation, folder: &str) -> Result<Left> {
        Ok(Left {
            // The unfinished first: what gets its name in between is then in both lists, not in none.
            unfinished: installation.depot.unfinished(folder).await?,
            objects: installation.depot.list(folder).await?,
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let unfinished = self.unfinished.iter().map(|unfinished| unfinished.name.as_str());
        self.objects.iter().map(String::as_str).chain(unfinished)
    }

    async fn remove(&self, installation: &Installation, which: impl Fn(&str) -> bool) -> Result<()> {
        for object in self.objects.iter().filter(|object| which(object)) {
            installation.depot.delete(object).await?;
        }
        for unfinished in self
            .unfinished
            .iter()
            .filter(|unfinished| which(&unfinished.name))
        {
            installation.depot.remove_unfinished(unfinished).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_bundle_is_known_by_its_name() {
        let first = "exports/a/0190-b-1.zip";
        for number in [1, 2, 17] {
            assert!(is_of(first, &volume(first, number)), "{number}");
        }
        for other in [
            "exports/a/0190-b-12.zip",
            "exports/a/0190-b-2.2.zip",
            "exports/a/0190-b-1",
            "ledger",
        ] {
            assert!(!is_of(first, other), "{other}");
        }
    }
}
