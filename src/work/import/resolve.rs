//! Which of the account's lists and custom fields a file's lists and columns are; makes those that are missing.
//!
//! A list is known by the id that the other platform gave it, else by its name; a field by its label, else by its
//! merge tag. The same file finds the same ones again. Must not know people.

use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::batch::Hands;
use super::merge::Target;
use super::record::{IncomingField, IncomingList, Layout};
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result, quote};
use crate::store::import::ListKey;
use crate::store::{Transaction, fence};

/// A list that rows go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListReport {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether the import makes it.
    pub is_new: bool,
    /// How many custom fields the import adds to it.
    pub new_fields: usize,
}

/// Finds or makes what the file's lists go to. `wanted`: the list that the asker named, by name or id.
pub async fn resolve(
    hands: &Hands<'_>,
    transaction: &mut Transaction,
    layout: &Layout,
    wanted: Option<&str>,
    file_name: &str,
) -> Result<(Vec<Target>, Vec<ListReport>)> {
    // Alone, so that two imports of one file make one list.
    fence::fence_lock(transaction, hands.viewer.account, true).await?;
    if let Some(wanted) = wanted
        && layout.lists.len() > 1
    {
        return Err(Refusal::new(
            Code::BadUserInput,
            format!(
                "the file holds {} lists, and the list {} is named for all of them; leave it out, and each goes to a list of its own",
                layout.lists.len(),
                quote(wanted)
            ),
        )
        .into());
    }
    let (mut targets, mut reports) = (Vec::new(), Vec::new());
    for (number, list) in layout.lists.iter().enumerate() {
        let mut report = find(
            hands,
            transaction,
            layout,
            list,
            wanted,
            &default_name(file_name, number),
        )
        .await?;
        let fields = fields(hands, transaction, list, &mut report).await?;
        targets.push(Target {
            list: report.id,
            fields,
        });
        reports.push(report);
    }
    Ok((targets, reports))
}

async fn find(
    hands: &Hands<'_>,
    transaction: &mut Transaction,
    layout: &Layout,
    list: &IncomingList,
    wanted: Option<&str>,
    default: &str,
) -> Result<ListReport> {
    let lookup = hands.lookup()?;
    if let (None, Some(external_id)) = (wanted, &list.external_id) {
        let found = lookup
            .lists(transaction, &ListKey::External(&layout.source, external_id))
            .await?;
        if let Some((id, name)) = found.into_iter().next() {
            return Ok(ListReport {
                id,
                name,
                is_new: false,
                new_fields: 0,
            });
        }
    }
    if let Some(id) = wanted.and_then(|wanted| Uuid::parse_str(wanted).ok()) {
        let found = lookup
            .lists(transaction, &ListKey::Id(id))
            .await?
            .into_iter()
            .next();
        let (id, name) = found.ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                format!("the account has no list with the id {id}"),
            )
        })?;
        return Ok(ListReport {
            id,
            name,
            is_new: false,
            new_fields: 0,
        });
    }
    let name = wanted.or(list.name.as_deref()).unwrap_or(default).trim();
    if name.is_empty() {
        return Err(Refusal::new(
            Code::BadUserInput,
            "the name of a list is empty; name the list (--list, over GraphQL list)",
        )
        .into());
    }
    let found = lookup.lists(transaction, &ListKey::Name(name)).await?;
    match found.as_slice() {
        [] => make(hands, transaction, layout, list, wanted, name).await,
        [(id, name)] => Ok(ListReport {
            id: *id,
            name: name.clone(),
            is_new: false,
            new_fields: 0,
        }),
        several => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            Err(Refusal::new(
                Code::BadUserInput,
                format!(
                    "several lists are named {}; name one by its id (--list, over GraphQL list): {}",
                    quote(name),
                    ids.join(" or ")
                ),
            )
            .into())
        }
    }
}

async fn make(
    hands: &Hands<'_>,
    transaction: &mut Transaction,
    layout: &Layout,
    list: &IncomingList,
    wanted: Option<&str>,
    name: &str,
) -> Result<ListReport> {
    let id = hands.installation.new_id();
    // A list that somebody named is that one's, not the other platform's.
    let external_id = list.external_id.as_deref().filter(|_| wanted.is_none());
    let columns = [
        "id",
        "name",
        "visibility",
        "opt_in",
        "status",
        "profile_count",
        "subscribed_count",
        "unsubscribed_count",
        "cleaned_count",
        "source",
        "external_id",
        "created_at",
        "updated_at",
    ];
    let row: Vec<Cell> = vec![
        id.into(),
        name.into(),
        "private".into(),
        "double".into(),
        "active".into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        layout.source.clone().into(),
        external_id.into(),
        hands.now.into(),
        hands.now.into(),
    ];
    if !hands.dry_run {
        hands
            .insert(transaction, "lists", &columns, vec![row], &[])
            .await?;
    }
    Ok(ListReport {
        id,
        name: name.to_owned(),
        is_new: true,
        new_fields: 0,
    })
}

/// The fields that the file's are, in the file's order; each of ours is taken once.
async fn fields(
    hands: &Hands<'_>,
    transaction: &mut Transaction,
    list: &IncomingList,
    report: &mut ListReport,
) -> Result<Vec<Uuid>> {
    let mut free = hands.lookup()?.fields(transaction, report.id).await?;
    let mut tags: Vec<String> = free.iter().map(|(_, tag, _, _)| tag.clone()).collect();
    let mut place = free.iter().map(|(_, _, _, place)| *place).max().unwrap_or(-1);
    let mut found: Vec<Option<Uuid>> = vec![None; list.fields.len()];
    for by_label in [true, false] {
        for (field, slot) in list
            .fields
            .iter()
            .zip(&mut found)
            .filter(|(_, slot)| slot.is_none())
        {
            let same = |(_, tag, label, _): &(Uuid, String, String, i64)| match by_label {
                true => label.trim().to_lowercase() == field.label.trim().to_lowercase(),
                false => *tag == field.tag,
            };
            if let Some(at) = free.iter().position(same) {
                *slot = Some(free.remove(at).0);
            }
        }
    }
    let mut rows = Vec::new();
    for (field, slot) in list
        .fields
        .iter()
        .zip(&mut found)
        .filter(|(_, slot)| slot.is_none())
    {
        place += 1;
        let id = hands.installation.new_id();
        *slot = Some(id);
        let tag = free_tag(&field.tag, &tags);
        rows.push(row(hands, id, report.id, field, &tag, place));
        tags.push(tag);
    }
    report.new_fields = rows.len();
    if !hands.dry_run {
        let columns = [
            "id",
            "list_id",
            "tag",
            "label",
            "kind",
            "is_required",
            "sort_order",
            "personal_data_class",
            "created_at",
            "updated_at",
        ];
        hands
            .insert(transaction, "list_fields", &columns, rows, &[])
            .await?;
    }
    Ok(found.into_iter().flatten().collect())
}

fn row(hands: &Hands<'_>, id: Uuid, list: Uuid, field: &IncomingField, tag: &str, place: i64) -> Vec<Cell> {
    vec![
        id.into(),
        list.into(),
        tag.into(),
        field.label.clone().into(),
        field.kind.to_value().into(),
        false.into(),
        place.into(),
        field.class.map(|class| class.to_value()).into(),
        hands.now.into(),
        hands.now.into(),
    ]
}

/// The tag, or the tag with the first number that makes it another than those there.
fn free_tag(tag: &str, taken: &[String]) -> String {
    let numbered = (2_u32..).map(|number| format!("{tag}_{number}"));
    let mut names = std::iter::once(tag.to_owned()).chain(numbered);
    names
        .find(|name| !taken.contains(name))
        .unwrap_or_else(|| tag.to_owned())
}

/// What a list is called that has no name: as the file is.
fn default_name(file_name: &str, number: usize) -> String {
    let mut name = file_name;
    for ending in [".gz", ".zip", ".csv", ".tsv", ".txt"] {
        name = name.strip_suffix(ending).unwrap_or(name);
    }
    let name = if name.is_empty() { "Import" } else { name };
    match number {
        0 => name.to_owned(),
        other => format!("{name} ({})", other + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_a_name_is_called_like_its_file() {
        let cases = [
            ("audience.zip", "audience"),
            ("people.csv.gz", "people"),
            ("", "Import"),
            (".csv", "Import"),
        ];
        for (path, name) in cases {
            assert_eq!(default_name(path, 0), name);
        }
        assert_eq!(default_name("a.csv", 1), "a (2)");
    }

    #[test]
    fn a_taken_tag_gets_a_number() {
        let taken = ["SIZE".to_owned(), "SIZE_2".to_owned()];
        assert_eq!(free_tag("SIZE", &taken), "SIZE_3");
        assert_eq!(free_tag("COLOUR", &taken), "COLOUR");
    }
}
