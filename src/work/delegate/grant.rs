//! What a group of an account's own may do: grants added, replaced and taken away, never beyond what the giver holds.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::ceiling::{Ceiling, lock};
use super::group::own_group;
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::Viewer;
use crate::catalog::Resource;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;

/// The most lists that one grant may name.
const MOST_LISTS: usize = 1_000;

/// A right that a group is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// On which resource, by its GraphQL type's name.
    pub resource: String,
    /// To do what.
    pub verb: Verb,
    /// The named lists; `None` for all rows.
    pub lists: Option<BTreeSet<Uuid>>,
    /// The most rows in one bundle.
    pub max_rows: Option<i64>,
    /// The most bundles a day.
    pub max_bundles_per_day: Option<i64>,
    /// When it ends.
    pub expires_at: Option<Instant>,
}

/// Gives a group a right; one on the same resource and verb is replaced. Gives the grant's id.
pub async fn add(
    installation: &Installation,
    viewer: &Viewer,
    group: Uuid,
    grant: &NewGrant,
) -> Result<Uuid> {
    let mut edit = Edit::begin(installation, viewer).await?;
    own_group(&mut edit, group).await?;
    check(&mut edit, grant, &["grant"]).await?;
    let id = put(&mut edit, group, grant).await?;
    edit.tell("group.grant_added", "UserGroup", group);
    edit.commit().await?;
    Ok(id)
}

/// Gives a group these rights and no others.
pub async fn set(
    installation: &Installation,
    viewer: &Viewer,
    group: Uuid,
    grants: &[NewGrant],
) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    own_group(&mut edit, group).await?;
    lock(&mut edit).await?;
    let mut wanted = BTreeMap::new();
    for (place, grant) in grants.iter().enumerate() {
        let place = place.to_string();
        let field = ["grants", place.as_str()];
        check(&mut edit, grant, &field).await?;
        if wanted.insert((grant.resource.as_str(), grant.verb), ()).is_some() {
            let message = "two grants are on the same resource and verb";
            return Err(Refusal::new(Code::BadUserInput, message).at(field).into());
        }
    }
    let key = [("group_id", Cell::from(group))];
    let held = edit.look(Verb::Manage, "grants", &key, &["id"]).await?;
    for row in held {
        take(&mut edit, row[0].clone()).await?;
    }
    for grant in grants {
        put(&mut edit, group, grant).await?;
    }
    edit.tell_rows("group.grants_set", "UserGroup", group, grants.len() as u64);
    edit.commit().await
}

/// Takes a right away from a group; gives the group.
pub async fn remove(installation: &Installation, viewer: &Viewer, grant: Uuid) -> Result<Uuid> {
    let mut edit = Edit::begin(installation, viewer).await?;
    lock(&mut edit).await?;
    let key = [("id", Cell::from(grant))];
    let found = edit.look(Verb::Manage, "grants", &key, &["group_id"]).await?;
    let group = found.first().and_then(|row| row[0].as_uuid());
    let group = group.ok_or_else(|| no_such("grant", &["grant"]))?;
    own_group(&mut edit, group).await?;
    take(&mut edit, grant.into()).await?;
    edit.tell("group.grant_removed", "UserGroup", group);
    edit.commit().await?;
    Ok(group)
}

/// Refuses a grant that means nothing, and one that the viewer may not give.
async fn check(edit: &mut Edit<'_>, grant: &NewGrant, field: &[&str]) -> Result<()> {
    let at = |part: &str| {
        field
            .iter()
            .map(|step| (*step).to_owned())
            .chain([part.to_owned()])
    };
    let wrong = |part: &str, message: &str| Refusal::new(Code::BadUserInput, message).at(at(part));
    let catalog = edit.installation.catalog.clone();
    let resource: &Resource = catalog
        .by_name(&grant.resource)
        .ok_or_else(|| wrong("resource", "there is no such resource; name a type of the schema"))?;
    if grant.expires_at.is_some_and(|end| end <= edit.now) {
        return Err(wrong("expiresAt", "the end is in the past").into());
    }
    let limits = [
        ("maxRows", grant.max_rows),
        ("maxBundlesPerDay", grant.max_bundles_per_day),
    ];
    for (part, limit) in limits {
        if limit.is_some() && grant.verb != Verb::Export {
            return Err(wrong(part, "only the verb EXPORT has limits").into());
        }
        if limit.is_some_and(|limit| limit < 0) {
            return Err(wrong(part, "a limit is not below 0").into());
        }
    }
    let reach = match &grant.lists {
        None => Reach::All,
        Some(_) if resource.scope.is_empty() => {
            let message = "rows of this resource belong to no list; leave the lists out";
            return Err(wrong("lists", message).into());
        }
        Some(lists) if lists.is_empty() || lists.len() > MOST_LISTS => {
            return Err(wrong("lists", "name 1 to 1000 lists, or leave them out for all").into());
        }
        Some(lists) => {
            for list in lists {
                let key = [("id", (*list).into())];
                if edit.look(Verb::Read, "lists", &key, &["id"]).await?.is_empty() {
                    let field: Vec<String> = at("lists").collect();
                    let field: Vec<&str> = field.iter().map(String::as_str).collect();
                    return Err(no_such("list", &field).into());
                }
            }
            Reach::Lists(lists.clone())
        }
    };
    let ceiling = Ceiling::of(edit, grant.expires_at).await?;
    let beyond = |refusal: Refusal| refusal.at(field.iter().copied());
    ceiling.check(resource, grant.verb, &reach).map_err(beyond)?;
    if grant.verb == Verb::Export {
        ceiling
            .check_limits(grant.max_rows, grant.max_bundles_per_day)
            .map_err(beyond)?;
    }
    Ok(())
}

async fn put(edit: &mut Edit<'_>, group: Uuid, grant: &NewGrant) -> Result<Uuid> {
    let key = [
        ("group_id", group.into()),
        ("resource", grant.resource.as_str().into()),
        ("verb", grant.verb.word().into()),
    ];
    let held = edit.look(Verb::Manage, "grants", &key, &["id"]).await?;
    for row in held {
        take(edit, row[0].clone()).await?;
    }
    let id = edit.new_id();
    let columns: &[&str] = &[
        "id",
        "group_id",
        "resource",
        "verb",
        "all_lists",
        "max_rows",
        "max_bundles_per_day",
        "expires_at",
        "created_at",
    ];
    let row = vec![
        id.into(),
        group.into(),
        grant.resource.as_str().into(),
        grant.verb.word().into(),
        grant.lists.is_none().into(),
        grant.max_rows.into(),
        grant.max_bundles_per_day.into(),
        grant.expires_at.into(),
        edit.now.into(),
    ];
    let lists = grant.lists.iter().flatten();
    let lists: Vec<Vec<Cell>> = lists
        .map(|list| vec![edit.new_id().into(), id.into(), (*list).into()])
        .collect();
    edit.insert(Verb::Manage, vec![("grants", columns, vec![row])])
        .await?;
    if !lists.is_empty() {
        let columns: &[&str] = &["id", "grant_id", "list_id"];
        edit.insert(Verb::Manage, vec![("grant_lists", columns, lists)])
            .await?;
    }
    Ok(id)
}

async fn take(edit: &mut Edit<'_>, grant: Cell) -> Result<()> {
    edit.remove(Verb::Manage, "grant_lists", &[("grant_id", grant.clone())])
        .await?;
    edit.remove(Verb::Manage, "grants", &[("id", grant)]).await?;
    Ok(())
}
