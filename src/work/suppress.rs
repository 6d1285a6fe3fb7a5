//! Addresses that must not be mailed: putting one on the list, and taking one off. What an erasure fenced is not on
//! it, and nothing here lifts a fence.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::work::edit::Edit;
use crate::work::installation::Installation;
use crate::work::plain_text;

/// An address that is not to be mailed.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// As it was written.
    pub email: String,
    /// Why, in the store's word.
    pub reason: String,
    /// What somebody says about it.
    pub comment: Option<String>,
    /// Until when; `None`: for good.
    pub expires_at: Option<Instant>,
}

/// An entry, named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryChoice {
    /// By id.
    Id(Uuid),
    /// By address.
    Email(String),
}

/// What the platform's own programs recognise the erased people of an account by, as a session of the database takes it:
/// `ACCOUNT:KEY,KEY…` in hexadecimal. That it was given out is noted. For operators.
pub async fn platform_key(installation: &Installation, viewer: &Viewer) -> Result<Zeroizing<String>> {
    let keys = installation.keys.suppression_account_keys(viewer.account);
    let keys: Vec<String> = keys.iter().map(|key| HEXLOWER.encode(&key[..])).collect();
    let mut edit = Edit::begin(installation, viewer).await?;
    edit.tell("suppression.key_given", "Account", viewer.account);
    edit.commit().await?;
    Ok(Zeroizing::new(format!("{}:{}", viewer.account, keys.join(","))))
}

const COLUMNS: [&str; 7] = [
    "id",
    "email",
    "email_normalized",
    "reason",
    "comment",
    "expires_at",
    "created_at",
];

/// Suppresses an address; gives the entry's id. One that is suppressed already gets the new reason, comment and end.
pub async fn suppress(installation: &Installation, viewer: &Viewer, wanted: &Suppression) -> Result<Uuid> {
    let address = plain_text::address(&wanted.email, "email")?;
    let comment = plain_text::optional(wanted.comment.as_deref(), "comment")?;
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    if wanted.expires_at.is_some_and(|end| end <= edit.now) {
        let message = "the end is in the past";
        return Err(Refusal::new(Code::BadUserInput, message).at(["expiresAt"]).into());
    }
    edit.may(Verb::Write, &["suppression_entries"])?;
    edit.hold_fence().await?;
    let key = [("email_normalized", address.normalized.as_str().into())];
    let columns = ["id", "reason", "comment", "expires_at"];
    let found = edit
        .look(Verb::Write, "suppression_entries", &key, &columns)
        .await?;
    let values = [
        ("reason", Cell::from(wanted.reason.as_str())),
        ("comment", comment.clone()),
        ("expires_at", wanted.expires_at.into()),
    ];
    // An erased person's address is never written again, not even here; it is kept from being mailed already.
    if edit.is_fenced(&address.normalized).await? {
        let message = "this address is suppressed already";
        return Err(Refusal::new(Code::Suppressed, message).at(["email"]).into());
    }
    let id = match found.first() {
        Some(row) => {
            let id = row[0].as_uuid().unwrap_or_default();
            if values.iter().zip(&row[1..]).all(|((_, new), old)| new == old) {
                return Ok(id);
            }
            edit.change(Verb::Write, "suppression_entries", &key, &values)
                .await?;
            id
        }
        None => {
            let id = edit.new_id();
            let row = vec![
                id.into(),
                address.original.as_str().into(),
                address.normalized.as_str().into(),
                wanted.reason.as_str().into(),
                comment,
                wanted.expires_at.into(),
                edit.now.into(),
            ];
            edit.insert(Verb::Write, vec![("suppression_entries", &COLUMNS, vec![row])])
                .await?;
            id
        }
    };
    edit.tell("address.suppressed", "SuppressionEntry", id);
    edit.commit().await?;
    Ok(id)
}

/// Takes an entry off the list; gives its id. Errors: `NOT_FOUND`, also where an erasure's fence alone keeps the
/// address from being mailed.
pub async fn release(installation: &Installation, viewer: &Viewer, entry: &EntryChoice) -> Result<Uuid> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = match entry {
        EntryChoice::Id(id) => ("id", Cell::from(*id)),
        EntryChoice::Email(email) => {
            let address = plain_text::address(email, "email")?;
            ("email_normalized", address.normalized.into())
        }
    };
    let key = [key];
    let found = edit
        .look(Verb::Write, "suppression_entries", &key, &["id"])
        .await?;
    let Some(id) = found.first().and_then(|row| row[0].as_uuid()) else {
        let message = "there is no such entry; what an erasure keeps from being mailed is never released";
        return Err(Refusal::new(Code::NotFound, message).at(["entry"]).into());
    };
    edit.remove(Verb::Write, "suppression_entries", &key).await?;
    edit.tell("address.released", "SuppressionEntry", id);
    edit.commit().await?;
    Ok(id)
}
