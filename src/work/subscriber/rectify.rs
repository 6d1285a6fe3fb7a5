//! Rectification (Art. 16): names and the like in the person's row, and another address in every copy of it that the
//! account holds about the person.

use serde_json::Value;
use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::catalog::Column;
use crate::cell::Cell;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::plan::slice::Subject;
use crate::plan::write::Rectify;
use crate::store::{person, rectify};
use crate::work::edit::{Edit, no_such};
use crate::work::erase::needle::Needles;
use crate::work::installation::Installation;
use crate::work::plain_text;

/// The columns of a subscriber that can be set, beside the address.
pub const COLUMNS: &[&str] = &[
    "first_name",
    "last_name",
    "phone",
    "language",
    "timezone",
    "country",
    "city",
];

/// What stands in place of a mention of the old address in a spelling that the new one is not put into.
const CHANGED: &str = "[address changed]";

/// Corrects what is held about a subscriber.
pub async fn update(
    installation: &Installation,
    viewer: &Viewer,
    subscriber: Uuid,
    email: Option<&str>,
    set: Vec<(&'static str, Cell)>,
) -> Result<()> {
    let email = email.map(|text| plain_text::address(text, "email")).transpose()?;
    let subscribers = installation.catalog.table("subscribers");
    let mut checked = Vec::with_capacity(set.len() + 1);
    for (name, value) in set {
        let field = &subscribers.column(subscribers.id_of(name)).field;
        checked.push((name, plain_text::check(name, value, field)?));
    }
    let mut edit = Edit::begin(installation, viewer).await?;
    edit.may(Verb::Write, &["subscribers"])?;
    edit.hold_fence().await?;
    let key = [("id", Cell::from(subscriber))];
    let mut columns = vec!["email", "email_normalized"];
    columns.extend(checked.iter().map(|(name, _)| *name));
    let found = edit.look(Verb::Write, "subscribers", &key, &columns).await?;
    let Some(row) = found.into_iter().next() else {
        return Err(no_such("subscriber", &["subscriber"]).into());
    };
    let before = Address {
        original: row[0].as_text().unwrap_or_default().to_owned(),
        normalized: row[1].as_text().unwrap_or_default().to_owned(),
    };
    if checked.iter().zip(&row[2..]).any(|((_, new), old)| new != old) {
        checked.push(("updated_at", edit.now.into()));
        edit.change(Verb::Write, "subscribers", &key, &checked).await?;
        edit.tell("subscriber.updated", "Subscriber", subscriber);
    }
    if let Some(after) = email.filter(|after| *after != before) {
        change_address(&mut edit, subscriber, &before, &after)
            .await
            .map_err(taken_by_another)?;
    }
    edit.commit().await
}

/// A unique key that the new address meets is that of another row with the address.
fn taken_by_another(error: Error) -> Error {
    match error {
        Error::Fault(Fault::KeyTaken(_)) => unavailable().into(),
        other => other,
    }
}

/// The same for an address that another subscriber has, that is suppressed, and whose person was erased: which of
/// them it is, is not everybody's to know.
fn unavailable() -> Refusal {
    let message = "this address cannot be this person's in this account: it is another subscriber's, it must not be \
                   mailed, or its person was erased";
    Refusal::new(Code::AddressUnavailable, message).at(["email"])
}

async fn change_address(
    edit: &mut Edit<'_>,
    subscriber: Uuid,
    before: &Address,
    after: &Address,
) -> Result<()> {
    let account = edit.viewer.account;
    let catalog = &edit.installation.catalog;
    let wanted = Rectify {
        subject: Subject {
            subscriber,
            address: before.normalized.clone(),
        },
    };
    let permitted = permit::rectify(catalog, edit.viewer, wanted)?;
    // An erasure holds the address that it was planned for; under another one it would fence nobody.
    if person::is_being_erased(&mut edit.transaction, account, subscriber).await? {
        let message = "an erasure of this subscriber is planned or under way; cancel it, or let it end";
        return Err(Refusal::new(Code::InvalidState, message)
            .at(["subscriber"])
            .into());
    }
    if after.normalized != before.normalized {
        let taken = person::find(&mut edit.transaction, account, &after.normalized)
            .await?
            .is_some();
        if taken || edit.is_fenced(&after.normalized).await? || edit.is_suppressed(&after.normalized).await? {
            return Err(unavailable().into());
        }
    }
    let mender = Mender {
        needles: Needles::new([[before.original.as_str(), before.normalized.as_str()]])?,
        before,
        after,
    };
    let mend = |column: &Column, value: &Cell| mender.mended(column, value);
    let rows = rectify::rectify(&mut edit.transaction, catalog, &permitted, mend).await?;
    let key = [("id", Cell::from(subscriber))];
    let set = [("updated_at", edit.now.into())];
    edit.change(Verb::Write, "subscribers", &key, &set).await?;
    edit.tell_rows("subscriber.rectified", "Subscriber", subscriber, rows);
    Ok(())
}

/// Puts one address in place of another.
struct Mender<'a> {
    needles: Needles,
    before: &'a Address,
    after: &'a Address,
}

impl Mender<'_> {
    /// What a value becomes; `None` when it does not mention the address.
    fn mended(&self, column: &Column, value: &Cell) -> Option<Cell> {
        match value {
            Cell::Text(text) if column.name.ends_with("_normalized") => {
                (text == self.before.normalized.as_str()).then(|| self.after.normalized.as_str().into())
            }
            Cell::Text(text) => self.text(text).map(Cell::from),
            Cell::Json(document) => {
                let mut document = document.clone();
                self.document(&mut document).then_some(Cell::Json(document))
            }
            _ => None,
        }
    }

    fn text(&self, text: &str) -> Option<String> {
        let mended = self.needles.replaced(text, |found| self.spelled_like(found))?;
        (mended != text).then_some(mended)
    }

    /// The new address as the old one was spelled; hashes and base64 of the old one name nobody afterwards.
    fn spelled_like(&self, found: &str) -> String {
        let is = |spelling: &str| found.to_lowercase() == spelling.to_lowercase();
        let escaped = |address: &str| address.replace('@', "%40").replace('+', "%2B");
        if is(&self.before.original) || is(&self.before.normalized) {
            self.after.original.clone()
        } else if is(&escaped(&self.before.original)) || is(&escaped(&self.before.normalized)) {
            escaped(&self.after.original)
        } else {
            CHANGED.to_owned()
        }
    }

    fn document(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.text(text) {
                Some(mended) => {
                    *text = mended;
                    true
                }
                None => false,
            },
            Value::Array(values) => {
                let mut changed = false;
                for value in values {
                    changed |= self.document(value);
                }
                changed
            }
            Value::Object(members) => {
                let named: Vec<String> = members
                    .keys()
                    .filter(|name| self.text(name).is_some())
                    .cloned()
                    .collect();
                for name in &named {
                    if let (Some(value), Some(mended)) = (members.remove(name), self.text(name)) {
                        members.insert(mended, value);
                    }
                }
                let mut changed = !named.is_empty();
                for value in members.values_mut() {
                    changed |= self.document(value);
                }
                changed
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}
