//! Who is in a group. Whoever lets somebody join holds what the group grants; the last owner stays.

use uuid::Uuid;

use super::ceiling::{Ceiling, lock, rights_of_group};
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::store::delegation;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;

/// Makes a user of the account a member of a group, perhaps for a time; gives the membership. Who is a member already
/// gets the new end.
pub async fn add(
    installation: &Installation,
    viewer: &Viewer,
    group: Uuid,
    user: Uuid,
    end: Option<Instant>,
) -> Result<Uuid> {
    let mut edit = Edit::begin(installation, viewer).await?;
    if end.is_some_and(|end| end <= edit.now) {
        let message = "the end is in the past";
        return Err(Refusal::new(Code::BadUserInput, message).at(["expiresAt"]).into());
    }
    lock(&mut edit).await?;
    let key = [("group_id", Cell::from(group)), ("user_id", user.into())];
    let found = edit
        .look(Verb::Manage, "group_members", &key, &["id", "expires_at"])
        .await?;
    let ceiling = Ceiling::of(&mut edit, end).await?;
    let rights = rights_of_group(&mut edit, group).await?;
    ceiling
        .check_all(&installation.catalog, &rights)
        .map_err(|refusal| refusal.at(["group"]))?;
    let users = edit
        .look(Verb::Read, "users", &[("id", user.into())], &["id"])
        .await?;
    if users.is_empty() {
        return Err(no_such("user", &["user"]).into());
    }
    let id = match found.first() {
        Some(row) => {
            let id = row[0].as_uuid().unwrap_or_default();
            if row[1] == Cell::from(end) {
                return Ok(id);
            }
            let owners = lasting_owners(&mut edit).await?;
            edit.change(Verb::Manage, "group_members", &key, &[("expires_at", end.into())])
                .await?;
            keep_an_owner(&mut edit, owners).await?;
            id
        }
        None => {
            let id = edit.new_id();
            let row = vec![id.into(), group.into(), user.into(), end.into(), edit.now.into()];
            let columns: &[&str] = &["id", "group_id", "user_id", "expires_at", "created_at"];
            edit.insert(Verb::Manage, vec![("group_members", columns, vec![row])])
                .await?;
            id
        }
    };
    edit.tell("group.member_added", "UserGroup", group);
    edit.commit().await?;
    Ok(id)
}

/// Takes a user out of a group. Who is no member is out already. Whoever takes out another holds what the group
/// grants, so that nobody is put out by somebody lesser.
pub async fn remove(installation: &Installation, viewer: &Viewer, group: Uuid, user: Uuid) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = [("group_id", Cell::from(group)), ("user_id", user.into())];
    let found = edit.look(Verb::Manage, "group_members", &key, &["id"]).await?;
    lock(&mut edit).await?;
    let rights = rights_of_group(&mut edit, group).await?;
    if found.is_empty() {
        return Ok(());
    }
    if user != viewer.principal.id() {
        // Rights of this moment suffice: nothing is given.
        let now = edit.now;
        Ceiling::of(&mut edit, Some(now))
            .await?
            .check_all(&installation.catalog, &rights)
            .map_err(|refusal| refusal.at(["group"]))?;
    }
    let owners = lasting_owners(&mut edit).await?;
    edit.remove(Verb::Manage, "group_members", &key).await?;
    keep_an_owner(&mut edit, owners).await?;
    edit.tell("group.member_removed", "UserGroup", group);
    edit.commit().await
}

pub(super) async fn lasting_owners(edit: &mut Edit<'_>) -> Result<i64> {
    let account = edit.viewer.account;
    delegation::lasting_owners(&mut edit.transaction, account).await
}

/// Refuses a change that leaves an account without an owner whose membership lasts, where it had one.
pub(super) async fn keep_an_owner(edit: &mut Edit<'_>, before: i64) -> Result<()> {
    if before > 0 && lasting_owners(edit).await? == 0 {
        let message = "this is the last owner of the account; make somebody else an owner first";
        return Err(Refusal::new(Code::InvalidState, message).at(["user"]).into());
    }
    Ok(())
}
