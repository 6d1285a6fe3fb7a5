//! Inviting people to a group, and letting them in when they come. Whoever invites holds what the group grants, and learns
//! nothing of an address before its owner has come in: neither that it is known elsewhere, nor that it is not.

use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::{Principal, Viewer};
use crate::cell::Cell;
use crate::clock::{Clock, Instant};
use crate::error::{Code, Refusal, Result};
use crate::id;
use crate::store::audit::{self, AuditEvent};
use crate::store::identity::invitation::{self, Comer};
use crate::store::{Database, identity};
use crate::work::delegate::ceiling::{Ceiling, rights_of_group};
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::plain_text;

/// Invites the person of an address to a group, perhaps for a time; gives the invitation. Who is invited already gets the
/// new end and as many days again.
pub async fn invite(
    installation: &Installation,
    viewer: &Viewer,
    group: Uuid,
    email: &str,
    membership_end: Option<Instant>,
) -> Result<Uuid> {
    let address = plain_text::address(email, "email")?;
    let mut edit = Edit::begin(installation, viewer).await?;
    let days = i64::from(installation.catalog.settings.invitation_days);
    let expires_at = edit.now + chrono::TimeDelta::days(days);
    if membership_end.is_some_and(|end| end <= edit.now) {
        let message = "the end is in the past";
        return Err(Refusal::new(Code::BadUserInput, message)
            .at(["membershipExpiresAt"])
            .into());
    }
    edit.may(Verb::Manage, &["invitations", "group_members"])?;
    let ceiling = Ceiling::of(&mut edit, membership_end).await?;
    let rights = rights_of_group(&mut edit, group).await?;
    ceiling
        .check_all(&installation.catalog, &rights)
        .map_err(|refusal| refusal.at(["group"]))?;
    let normalized = Cell::from(address.normalized.as_str());
    // Only whoever sees the account's users in clear may learn by an address that somebody is one of them.
    let own = edit
        .look(
            Verb::ReadClear,
            "users",
            &[("email_normalized", normalized.clone())],
            &["id"],
        )
        .await?;
    if !own.is_empty() {
        let message = "this person works for the account already; add the user to the group";
        return Err(Refusal::new(Code::InvalidState, message).at(["email"]).into());
    }
    let key = [
        ("group_id", Cell::from(group)),
        ("email_normalized", normalized.clone()),
    ];
    let found = edit.look(Verb::Manage, "invitations", &key, &["id"]).await?;
    let id = match found.first() {
        Some(row) => {
            let set = [
                ("membership_expires_at", membership_end.into()),
                ("expires_at", expires_at.into()),
            ];
            edit.change(Verb::Manage, "invitations", &key, &set).await?;
            row[0].as_uuid().unwrap_or_default()
        }
        None => {
            let id = edit.new_id();
            let by = match viewer.principal {
                Principal::User(user) | Principal::Operator(user) => Cell::from(user),
                Principal::ApiKey(_) => Cell::Null,
            };
            let columns: &[&str] = &[
                "id",
                "group_id",
                "email",
                "email_normalized",
                "membership_expires_at",
                "invited_by_id",
                "expires_at",
                "created_at",
            ];
            let row = vec![
                id.into(),
                group.into(),
                address.original.into(),
                normalized,
                membership_end.into(),
                by,
                expires_at.into(),
                edit.now.into(),
            ];
            edit.insert(Verb::Manage, vec![("invitations", columns, vec![row])])
                .await?;
            id
        }
    };
    edit.tell("user.invited", "Invitation", id);
    edit.commit().await?;
    Ok(id)
}

/// Takes an invitation back.
pub async fn withdraw(installation: &Installation, viewer: &Viewer, invitation: Uuid) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = [("id", invitation.into())];
    if edit.remove(Verb::Manage, "invitations", &key).await? == 0 {
        return Err(no_such("invitation", &["invitation"]).into());
    }
    edit.tell("user.invitation_withdrawn", "Invitation", invitation);
    edit.commit().await
}

/// Lets somebody in who names an account and is invited there, and makes a user of whoever is none yet. Gives the user;
/// `None`: there is no such account, it is closed, or there is no open invitation to it.
pub async fn accept(
    database: &Database,
    clock: Clock,
    account: &str,
    comer: Comer<'_>,
) -> Result<Option<Uuid>> {
    let found = identity::account_found(database, account).await?;
    let Some(account) = found
        .filter(|account| !account.is_closed)
        .map(|account| account.id)
    else {
        return Ok(None);
    };
    let now = clock.now();
    let new_user = id::new(&clock);
    database
        .write(async |transaction| {
            let open = invitation::open(transaction, account, comer, now).await?;
            let Some(first) = open.first() else {
                return Ok(None);
            };
            let user = invitation::user_of(transaction, first, new_user, now).await?;
            let mut events = Vec::with_capacity(open.len());
            for invited in &open {
                invitation::join(transaction, account, invited, user, id::new(&clock), now).await?;
                let mut event = AuditEvent::by_system(account, id::new(&clock), now, "user.joined")
                    .of("UserGroup", invited.group);
                event.actor_kind = "user";
                event.actor = Some(user);
                events.push(event);
            }
            audit::append(transaction, &events).await?;
            Ok(Some(user))
        })
        .await
}
