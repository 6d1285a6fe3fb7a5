//! Users as the people of an account: taking one out of all of its groups, and shutting one out for a while. Both need all
//! that the user holds, so that nobody is put out by somebody lesser; the last owner stays.

use uuid::Uuid;

use super::ceiling::{Ceiling, lock, rights_of_group};
use super::member::{keep_an_owner, lasting_owners};
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::store::delegation;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;

/// Takes a user out of all groups of the account.
pub async fn remove(installation: &Installation, viewer: &Viewer, user: Uuid) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = [("user_id", Cell::from(user))];
    let groups = groups_within(&mut edit, user).await?;
    let owners = lasting_owners(&mut edit).await?;
    edit.remove(Verb::Manage, "group_members", &key).await?;
    keep_an_owner(&mut edit, owners).await?;
    edit.tell_rows("user.removed", "User", user, groups);
    edit.commit().await
}

/// Lets a user sign in, or no more. A user is one row in the installation, so an account does this with those who work
/// for it alone.
pub async fn let_in(installation: &Installation, viewer: &Viewer, user: Uuid, may: bool) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = [("id", Cell::from(user))];
    edit.may(Verb::Manage, &["users"])?;
    groups_within(&mut edit, user).await?;
    let found = edit.look(Verb::Manage, "users", &key, &["status"]).await?;
    let Some(status) = found.first().and_then(|row| row[0].as_text()) else {
        return Err(no_such("user", &["user"]).into());
    };
    let (wanted, action) = match may {
        true => ("enabled", "user.enabled"),
        false => ("disabled", "user.disabled"),
    };
    if status == wanted {
        return Ok(());
    }
    if delegation::works_elsewhere(&mut edit.transaction, user, viewer.account).await? {
        let message = "this user works for others, too; take the user out of your groups instead";
        return Err(Refusal::new(Code::Forbidden, message).at(["user"]).into());
    }
    let owners = lasting_owners(&mut edit).await?;
    let set = [("status", wanted.into()), ("updated_at", edit.now.into())];
    edit.change(Verb::Manage, "users", &key, &set).await?;
    keep_an_owner(&mut edit, owners).await?;
    edit.tell(action, "User", user);
    edit.commit().await
}

/// How many groups of the account a user is in; refused unless the viewer holds everything that they grant.
async fn groups_within(edit: &mut Edit<'_>, user: Uuid) -> Result<u64> {
    lock(edit).await?;
    let key = [("user_id", Cell::from(user))];
    let found = edit
        .look(Verb::Manage, "group_members", &key, &["group_id"])
        .await?;
    if found.is_empty() {
        return Err(no_such("user", &["user"]).into());
    }
    if user == edit.viewer.principal.id() {
        return Ok(found.len() as u64);
    }
    // Rights of this moment suffice: nothing is given.
    let now = edit.now;
    let ceiling = Ceiling::of(edit, Some(now)).await?;
    for row in &found {
        let group = row[0].as_uuid().unwrap_or_default();
        let rights = rights_of_group(edit, group).await?;
        ceiling
            .check_all(&edit.installation.catalog, &rights)
            .map_err(|refusal| refusal.at(["user"]))?;
    }
    Ok(found.len() as u64)
}
