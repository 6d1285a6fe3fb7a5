//! Keys for programs. A key has the rights of one group; whoever makes one, or makes it anew, holds those rights.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::ceiling::{Ceiling, rights_of_group};
use crate::access::api_key::ApiKey;
use crate::access::grant::Verb;
use crate::access::viewer::{Principal, Viewer};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::plain_text;

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What it is called.
    pub name: String,
    /// What it is used for.
    pub description: Option<String>,
    /// The group whose rights it has.
    pub group: Uuid,
    /// When it ends; `None`: never.
    pub expires_at: Option<Instant>,
}

/// A key, in clear this once.
pub struct Shown {
    /// The row.
    pub id: Uuid,
    /// The key itself.
    pub key: Zeroizing<String>,
}

/// Makes a key.
pub async fn create(installation: &Installation, viewer: &Viewer, wanted: &NewKey) -> Result<Shown> {
    let name = plain_text::name(&wanted.name, "name")?;
    let description = plain_text::optional(wanted.description.as_deref(), "description")?;
    let mut edit = Edit::begin(installation, viewer).await?;
    if wanted.expires_at.is_some_and(|end| end <= edit.now) {
        let message = "the end is in the past";
        return Err(Refusal::new(Code::BadUserInput, message).at(["expiresAt"]).into());
    }
    // The right to manage keys comes first: whoever lacks it learns of no group.
    edit.may(Verb::Manage, &["api_keys"])?;
    let ceiling = Ceiling::of(&mut edit, wanted.expires_at).await?;
    let rights = rights_of_group(&mut edit, wanted.group).await?;
    ceiling
        .check_all(&installation.catalog, &rights)
        .map_err(|refusal| refusal.at(["group"]))?;
    let key = ApiKey::generate();
    let id = edit.new_id();
    let maker = maker(&mut edit, viewer).await?;
    let columns: &[&str] = &[
        "id",
        "name",
        "description",
        "prefix",
        "key_hash",
        "group_id",
        "created_by_id",
        "expires_at",
        "created_at",
        "updated_at",
    ];
    let row = vec![
        id.into(),
        name.into(),
        description,
        key.prefix.as_str().into(),
        Cell::from(key.hash().as_slice()),
        wanted.group.into(),
        maker.into(),
        wanted.expires_at.into(),
        edit.now.into(),
        edit.now.into(),
    ];
    edit.insert(Verb::Manage, vec![("api_keys", columns, vec![row])])
        .await?;
    edit.tell("api_key.created", "ApiKey", id);
    edit.commit().await?;
    Ok(Shown {
        id,
        key: key.reveal(),
    })
}

/// The user who has what is made in hand: a key that makes another does it for whoever made it.
async fn maker(edit: &mut Edit<'_>, viewer: &Viewer) -> Result<Option<Uuid>> {
    let key = match viewer.principal {
        Principal::User(id) | Principal::Operator(id) => return Ok(Some(id)),
        Principal::ApiKey(key) => key,
    };
    let columns = ["created_by_id"];
    let found = edit
        .look(Verb::Manage, "api_keys", &[("id", key.into())], &columns)
        .await?;
    Ok(found.first().and_then(|row| row[0].as_uuid()))
}

/// Puts a new key in place of one; the old one is void from then on. A key that was revoked or has ended stays so.
pub async fn rotate(installation: &Installation, viewer: &Viewer, id: Uuid) -> Result<Shown> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let columns = ["group_id", "expires_at", "revoked_at"];
    let found = edit
        .look(Verb::Manage, "api_keys", &[("id", id.into())], &columns)
        .await?;
    let row = found.first().ok_or_else(|| no_such("key", &["apiKey"]))?;
    let end = row[1].as_instant();
    if !row[2].is_null() || end.is_some_and(|end| end <= edit.now) {
        let message = "the key was revoked or has ended; make a new one";
        return Err(Refusal::new(Code::InvalidState, message).at(["apiKey"]).into());
    }
    // Whoever gets the new key has its rights in hand.
    let group = row[0].as_uuid().unwrap_or_default();
    let ceiling = Ceiling::of(&mut edit, end).await?;
    let rights = rights_of_group(&mut edit, group).await?;
    ceiling
        .check_all(&installation.catalog, &rights)
        .map_err(|refusal| refusal.at(["apiKey"]))?;
    let key = ApiKey::generate();
    let maker = maker(&mut edit, viewer).await?;
    let set = [
        // In whose hands it is from now on.
        ("created_by_id", maker.into()),
        ("prefix", Cell::from(key.prefix.as_str())),
        ("key_hash", Cell::from(key.hash().as_slice())),
        ("updated_at", edit.now.into()),
    ];
    edit.change(Verb::Manage, "api_keys", &[("id", id.into())], &set)
        .await?;
    edit.tell("api_key.rotated", "ApiKey", id);
    edit.commit().await?;
    Ok(Shown {
        id,
        key: key.reveal(),
    })
}

/// Voids a key. One that was revoked before stays as it is.
pub async fn revoke(installation: &Installation, viewer: &Viewer, id: Uuid) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let found = edit
        .look(Verb::Manage, "api_keys", &[("id", id.into())], &["revoked_at"])
        .await?;
    let row = found.first().ok_or_else(|| no_such("key", &["apiKey"]))?;
    if !row[0].is_null() {
        return Ok(());
    }
    let set = [("revoked_at", edit.now.into()), ("updated_at", edit.now.into())];
    edit.change(Verb::Manage, "api_keys", &[("id", id.into())], &set)
        .await?;
    edit.tell("api_key.revoked", "ApiKey", id);
    edit.commit().await
}
