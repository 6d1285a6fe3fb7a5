//! Groups of an account's own. The groups that every installation has cannot be changed.

use uuid::Uuid;

use super::ceiling::lock;
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::plain_text;

/// Makes a group that grants nothing yet; gives its id.
pub async fn create(
    installation: &Installation,
    viewer: &Viewer,
    name: &str,
    description: Option<&str>,
) -> Result<Uuid> {
    let name = plain_text::name(name, "name")?;
    let description = plain_text::optional(description, "description")?;
    let mut edit = Edit::begin(installation, viewer).await?;
    let id = edit.new_id();
    let row = vec![
        id.into(),
        name.into(),
        description,
        edit.now.into(),
        edit.now.into(),
    ];
    let columns: &[&str] = &["id", "name", "description", "created_at", "updated_at"];
    edit.insert(Verb::Manage, vec![("user_groups", columns, vec![row])])
        .await
        .map_err(name_taken)?;
    edit.tell("group.created", "UserGroup", id);
    edit.commit().await?;
    Ok(id)
}

/// Gives a group another name or description; what is left out stays.
pub async fn update(
    installation: &Installation,
    viewer: &Viewer,
    group: Uuid,
    name: Option<&str>,
    description: Option<Option<&str>>,
) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    own_group(&mut edit, group).await?;
    let mut set = vec![("updated_at", edit.now.into())];
    if let Some(name) = name {
        set.push(("name", plain_text::name(name, "name")?.into()));
    }
    if let Some(description) = description {
        set.push(("description", plain_text::optional(description, "description")?));
    }
    edit.change(Verb::Manage, "user_groups", &[("id", group.into())], &set)
        .await
        .map_err(name_taken)?;
    edit.tell("group.updated", "UserGroup", group);
    edit.commit().await
}

/// Deletes a group with its grants and memberships. Errors: `INVALID_STATE` while keys have its rights.
pub async fn delete(installation: &Installation, viewer: &Viewer, group: Uuid) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    lock(&mut edit).await?;
    own_group(&mut edit, group).await?;
    let key = [("group_id", Cell::from(group))];
    let grants = edit.look(Verb::Manage, "grants", &key, &["id"]).await?;
    for grant in &grants {
        edit.remove(Verb::Manage, "grant_lists", &[("grant_id", grant[0].clone())])
            .await?;
    }
    edit.remove(Verb::Manage, "grants", &key).await?;
    edit.remove(Verb::Manage, "group_members", &key).await?;
    edit.remove(Verb::Manage, "invitations", &key).await?;
    let keys = edit.look(Verb::Manage, "api_keys", &key, &["id"]).await?;
    if !keys.is_empty() {
        let message = "API keys have the rights of this group, revoked ones among them; a group that had keys is kept \
                       for the record: take its grants and members away";
        return Err(Refusal::new(Code::InvalidState, message).at(["group"]).into());
    }
    edit.remove(Verb::Manage, "user_groups", &[("id", group.into())])
        .await?;
    edit.tell("group.deleted", "UserGroup", group);
    edit.commit().await
}

/// Refuses groups that are not there, and those that every installation has.
pub(super) async fn own_group(edit: &mut Edit<'_>, group: Uuid) -> Result<()> {
    let key = [("id", group.into())];
    let found = edit
        .look(Verb::Manage, "user_groups", &key, &["built_in"])
        .await?;
    match found.first() {
        None => Err(no_such("group", &["group"]).into()),
        Some(row) if row[0].is_null() => Ok(()),
        Some(_) => {
            let message = "this is one of the groups that every installation has; make a group of your own";
            Err(Refusal::new(Code::InvalidState, message).at(["group"]).into())
        }
    }
}

fn name_taken(error: Error) -> Error {
    match error {
        Error::Fault(Fault::KeyTaken(_)) => {
            Refusal::new(Code::BadUserInput, "the account has a group of this name")
                .at(["name"])
                .into()
        }
        other => other,
    }
}
