//! Changing how a user is addressed: one's own row, or that of somebody who works for this account alone.

use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::store::delegation;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::plain_text;

/// The columns of a user that can be set.
pub const COLUMNS: &[&str] = &["name", "timezone", "locale"];

/// Changes a user; the viewer's own row when none is named. Gives the user's id.
pub async fn update(
    installation: &Installation,
    viewer: &Viewer,
    user: Option<Uuid>,
    set: Vec<(&'static str, Cell)>,
) -> Result<Uuid> {
    let own = viewer.principal.id();
    let user = user.unwrap_or(own);
    let mut checked = Vec::with_capacity(set.len() + 1);
    for (name, value) in set {
        checked.push((name, plain_text::check(name, value, name)?));
    }
    let mut edit = Edit::begin(installation, viewer).await?;
    checked.push(("updated_at", edit.now.into()));
    let found = if user == own {
        edit.change_own_profile(&checked).await?
    } else {
        let found = edit
            .look(Verb::Manage, "users", &[("id", user.into())], &["id"])
            .await?;
        if found.is_empty() {
            return Err(no_such("user", &["user"]).into());
        }
        // A user is one row in the installation; an account does not write what another account sees.
        if delegation::works_elsewhere(&mut edit.transaction, user, viewer.account).await? {
            let message = "only that user can change this profile";
            return Err(Refusal::new(Code::Forbidden, message).at(["user"]).into());
        }
        edit.change(Verb::Manage, "users", &[("id", user.into())], &checked)
            .await?
    };
    if found == 0 {
        return Err(no_such("user", &["user"]).into());
    }
    edit.tell("user.updated", "User", user);
    edit.commit().await?;
    Ok(user)
}
