//! The delegation ceiling: what somebody may give on is what that one holds, for as long as it is given.
//!
//! Two sets of rights decide, and both must reach: those of the request, which a token may have narrowed, and those
//! that the giver will have at the end of what is given. Rights only run out, so whoever holds one then holds it until
//! then.

use uuid::Uuid;

use crate::access::grant::{Reach, Rights, Verb};
use crate::access::viewer::Principal;
use crate::catalog::{Catalog, Resource};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::{delegation, identity};
use crate::work::edit::{Edit, no_such};

/// What somebody may give on.
pub struct Ceiling {
    bounds: [Rights; 2],
}

impl Ceiling {
    /// What the viewer may give on until `end`; `None`: for good. Takes the account's lock of delegations first, so
    /// that what is looked up stays true until the edit ends.
    pub async fn of(edit: &mut Edit<'_>, end: Option<Instant>) -> Result<Ceiling> {
        lock(edit).await?;
        let last = end.unwrap_or(Instant::MAX_UTC);
        let database = &edit.installation.database;
        let viewer = edit.viewer;
        let standing = match viewer.principal {
            Principal::ApiKey(id) => identity::standing_of_key_id(database, viewer.account, id, last).await?,
            Principal::User(id) | Principal::Operator(id) => identity::standing_of_user(database, id).await?,
        };
        let of_the_platform = matches!(viewer.principal, Principal::Operator(_));
        let groups = standing
            .filter(|standing| standing.is_enabled)
            .and_then(|standing| {
                standing
                    .memberships
                    .into_iter()
                    .find(|one| match of_the_platform {
                        true => one.is_platform,
                        false => one.account == viewer.account,
                    })
            })
            .map(|membership| membership.groups)
            .unwrap_or_default();
        let groups: Vec<_> = groups
            .into_iter()
            .filter(|group| {
                of_the_platform || !group.built_in.is_some_and(|group| group.is_of_the_platform())
            })
            .collect();
        let then = Rights::of(&edit.installation.catalog, &groups, last);
        Ok(Ceiling {
            bounds: [viewer.rights.clone(), then],
        })
    }

    /// Refuses a right that is beyond it: the giver must hold the verb on the resource as far as it is given, and must
    /// manage the resource as far.
    pub fn check(&self, resource: &Resource, verb: Verb, reach: &Reach) -> Result<(), Refusal> {
        for needed in [verb, Verb::Manage] {
            let holds = |rights: &Rights| rights.reach(resource.id, needed).covers(reach);
            if !self.bounds.iter().all(holds) {
                return Err(Refusal::new(
                    Code::Forbidden,
                    format!(
                        "you cannot give {} on {} as far and as long: your groups lack {} there",
                        verb.word(),
                        resource.name,
                        needed.word()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Refuses exports of more rows or more bundles a day than the giver may have; `None` stands for no limit.
    pub fn check_limits(&self, rows: Option<i64>, bundles: Option<i64>) -> Result<(), Refusal> {
        let within = |given: Option<i64>, own: Option<i64>| match (given, own) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(given), Some(own)) => given <= own,
        };
        let fits =
            |rights: &Rights| within(rows, rights.max_rows) && within(bundles, rights.max_bundles_per_day);
        if self.bounds.iter().all(fits) {
            return Ok(());
        }
        let message = "you cannot give wider limits of exports than your own";
        Err(Refusal::new(Code::Forbidden, message))
    }

    /// Refuses everything that a group grants, if any of it is beyond.
    pub fn check_all(&self, catalog: &Catalog, rights: &Rights) -> Result<(), Refusal> {
        let mut exports = false;
        for resource in catalog.resources() {
            for verb in Verb::ALL {
                let reach = rights.reach(resource.id, verb);
                // Using a right is not giving it on: managing it is asked of who grants, not of who lets join.
                let holds = |own: &Rights| own.reach(resource.id, verb).covers(reach);
                if !self.bounds.iter().all(holds) {
                    return Err(Refusal::new(
                        Code::Forbidden,
                        format!(
                            "the group may {} {} further than you or longer",
                            verb.word(),
                            resource.plural
                        ),
                    ));
                }
                exports |= verb == Verb::Export && reach.is_something();
            }
        }
        match exports {
            true => self.check_limits(rights.max_rows, rights.max_bundles_per_day),
            false => Ok(()),
        }
    }
}

/// Lets changes of an account's groups, members, grants and keys happen one after another.
pub async fn lock(edit: &mut Edit<'_>) -> Result<()> {
    let account = edit.viewer.account;
    delegation::lock(&mut edit.transaction, account).await
}

/// What a group grants now. Groups of the platform's people grant nothing outside of its own account, and so cannot be
/// joined there.
pub async fn rights_of_group(edit: &mut Edit<'_>, group: Uuid) -> Result<Rights> {
    let account = edit.viewer.account;
    let grants = identity::group_grants(&edit.installation.database, account, group)
        .await?
        .ok_or_else(|| no_such("group", &["group"]))?;
    if grants.built_in.is_some_and(|group| group.is_of_the_platform()) && !is_the_platform(edit).await? {
        let message = "this group is for the platform's own people";
        return Err(Refusal::new(Code::Forbidden, message).at(["group"]).into());
    }
    Ok(Rights::of(&edit.installation.catalog, &[grants], edit.now))
}

async fn is_the_platform(edit: &mut Edit<'_>) -> Result<bool> {
    let account = edit.viewer.account.to_string();
    let found = identity::account(&edit.installation.database, &account).await?;
    let (_, name) = found.ok_or_else(|| Fault::Invariant("a viewer of no account".into()))?;
    Ok(name == crate::work::founding::PLATFORM)
}
