//! Changing the custom values of a subscriber on a list, by the tags of the list's fields.

use std::collections::{BTreeMap, BTreeSet};

use entities::value::FieldKind;
use sea_orm::ActiveEnum;
use serde::Deserialize;
use uuid::Uuid;

use super::value::Field;
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Fault, Refusal, Result};
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;

/// The most fields of one change.
const MOST_FIELDS: usize = 100;

/// The most values of one field.
const MOST_VALUES: usize = 50;

/// What a field is to hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Wanted {
    /// The field's tag.
    pub tag: String,
    /// The values in their order; none clears the field.
    pub values: Vec<String>,
}

/// A field of the profile's list.
struct Known {
    id: Uuid,
    is_required: bool,
    field: Field,
}

/// A value that is there.
struct Held {
    id: Uuid,
    field: Uuid,
    ordinal: i64,
    value: String,
}

/// Gives the fields named their values; fields that are not named stay as they are.
pub async fn update(
    installation: &Installation,
    viewer: &Viewer,
    profile: Uuid,
    wanted: &[Wanted],
) -> Result<()> {
    let mut edit = Edit::begin(installation, viewer).await?;
    let key = [("id", Cell::from(profile))];
    let columns = ["list_id", "subscriber_id"];
    let found = edit
        .look(Verb::Write, "subscriber_profiles", &key, &columns)
        .await?;
    let row = found
        .first()
        .ok_or_else(|| no_such("profile", &["subscriberProfile"]))?;
    let (Some(list), Some(subscriber)) = (row[0].as_uuid(), row[1].as_uuid()) else {
        return Err(Fault::Invariant("a profile without list or person".into()).into());
    };
    let fields = fields(&mut edit, list).await?;
    let wanted = read(&fields, wanted)?;
    let held = held(&mut edit, profile).await?;
    let mut changed = 0;
    for (field, values) in wanted {
        changed += put(&mut edit, profile, field, &values, &held).await?;
    }
    if changed > 0 {
        let set = [("updated_at", edit.now.into())];
        edit.change(Verb::Write, "subscriber_profiles", &key, &set)
            .await?;
        edit.tell_rows("profile.updated", "Subscriber", subscriber, changed);
    }
    edit.commit().await
}

async fn fields(edit: &mut Edit<'_>, list: Uuid) -> Result<BTreeMap<String, Known>> {
    let columns = ["tag", "id", "kind", "is_required", "options"];
    let rows = edit
        .look(Verb::Read, "list_fields", &[("list_id", list.into())], &columns)
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind = row[2].as_text().unwrap_or_default().to_owned();
            let kind = FieldKind::try_from_value(&kind)
                .map_err(|_| Fault::Invariant("a field of an unknown kind".into()))?;
            let options = match &row[4] {
                Cell::Json(options) => serde_json::from_value((**options).clone()).unwrap_or_default(),
                _ => Vec::new(),
            };
            let known = Known {
                id: row[1].as_uuid().unwrap_or_default(),
                is_required: row[3] == Cell::Bool(true),
                field: Field { kind, options },
            };
            Ok((row[0].as_text().unwrap_or_default().to_owned(), known))
        })
        .collect()
}

/// The values wanted in their stored form, by field.
fn read(fields: &BTreeMap<String, Known>, wanted: &[Wanted]) -> Result<Vec<(Uuid, Vec<String>)>, Refusal> {
    let wrong = |place: usize, part: &str, message: &str| {
        Refusal::new(Code::BadUserInput, message).at(["values", &place.to_string(), part])
    };
    if wanted.is_empty() || wanted.len() > MOST_FIELDS {
        let message = format!("name 1 to {MOST_FIELDS} fields");
        return Err(Refusal::new(Code::BadUserInput, message).at(["values"]));
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for (place, one) in wanted.iter().enumerate() {
        let Some(known) = fields.get(&one.tag) else {
            return Err(wrong(place, "tag", "the list has no field with this tag"));
        };
        if !seen.insert(known.id) {
            return Err(wrong(place, "tag", "the field is named twice"));
        }
        if one.values.is_empty() && known.is_required {
            return Err(wrong(
                place,
                "values",
                "the field cannot be cleared: it is required",
            ));
        }
        let most = if known.field.takes_several() {
            MOST_VALUES
        } else {
            1
        };
        if one.values.len() > most {
            return Err(wrong(place, "values", "the field does not take as many values"));
        }
        let mut values = Vec::new();
        for text in &one.values {
            let value = known
                .field
                .read(text)
                .map_err(|message| wrong(place, "values", message))?;
            if values.contains(&value) {
                return Err(wrong(place, "values", "a value is there twice"));
            }
            values.push(value);
        }
        read.push((known.id, values));
    }
    Ok(read)
}

async fn held(edit: &mut Edit<'_>, profile: Uuid) -> Result<Vec<Held>> {
    let columns = ["id", "field_id", "ordinal", "value"];
    let key = [("profile_id", profile.into())];
    let rows = edit.look(Verb::Write, "profile_values", &key, &columns).await?;
    Ok(rows
        .iter()
        .map(|row| Held {
            id: row[0].as_uuid().unwrap_or_default(),
            field: row[1].as_uuid().unwrap_or_default(),
            ordinal: row[2].as_int().unwrap_or_default(),
            value: row[3].as_text().unwrap_or_default().to_owned(),
        })
        .collect())
}

/// Gives one field its values; gives how many rows that took.
async fn put(
    edit: &mut Edit<'_>,
    profile: Uuid,
    field: Uuid,
    values: &[String],
    held: &[Held],
) -> Result<u64> {
    let mut changed = 0;
    let mine: Vec<&Held> = held.iter().filter(|held| held.field == field).collect();
    let mut new = Vec::new();
    for (ordinal, value) in (0_i64..).zip(values) {
        match mine.iter().find(|held| held.ordinal == ordinal) {
            Some(held) if held.value == *value => {}
            Some(held) => {
                let set = [("value", value.as_str().into()), ("changed_at", edit.now.into())];
                changed += edit
                    .change(Verb::Write, "profile_values", &[("id", held.id.into())], &set)
                    .await?;
            }
            None => new.push(vec![
                edit.new_id().into(),
                profile.into(),
                field.into(),
                ordinal.into(),
                value.as_str().into(),
                edit.now.into(),
            ]),
        }
    }
    let most = i64::try_from(values.len()).unwrap_or(i64::MAX);
    for held in mine
        .iter()
        .filter(|held| held.ordinal >= most || held.ordinal < 0)
    {
        changed += edit
            .remove(Verb::Write, "profile_values", &[("id", held.id.into())])
            .await?;
    }
    if !new.is_empty() {
        changed += new.len() as u64;
        let columns: &[&str] = &["id", "profile_id", "field_id", "ordinal", "value", "changed_at"];
        edit.insert(Verb::Write, vec![("profile_values", columns, new)])
            .await?;
    }
    Ok(changed)
}
