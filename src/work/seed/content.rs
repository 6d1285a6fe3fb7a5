//! What an account's mails are made of: segments, folders, tags, categories and templates.

use chrono::TimeDelta;
use serde_json::json;

use super::tables::Rows;
use super::world::{Account, generator, id_at};

/// The rows, in an order in which they can be written.
pub(super) fn rows(account: &Account) -> Vec<Rows> {
    let mut all = vec![segments(account), groups(account), tags(account)];
    all.extend(templates(account));
    all
}

fn segments(account: &Account) -> Rows {
    let mut rows = Rows::new(
        "segments",
        &[
            "id",
            "list_id",
            "name",
            "match_kind",
            "conditions",
            "campaign_conditions",
            "status",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    for (rank, list) in account.lists.iter().enumerate() {
        let at = account.created_at + TimeDelta::hours(rank as i64 + 2);
        let field = list.fields.last().map_or("EMAIL", |field| field.tag.as_str());
        rows.push(vec![
            list.segment.into(),
            list.id.into(),
            format!("Readers of {}", list.name).into(),
            "all".into(),
            json!([{ "field": field, "operator": "is_not", "value": "" }]).into(),
            json!([{ "event": "open", "comparison": "gte", "times": 1, "within_days": 90 }]).into(),
            "active".into(),
            "seed".into(),
            format!("{}-segment-{rank}", account.index).into(),
            at.into(),
            at.into(),
        ]);
    }
    rows
}

fn groups(account: &Account) -> Rows {
    let mut rows = Rows::new("campaign_groups", &["id", "name", "created_at", "updated_at"]);
    for (id, name) in account
        .setup
        .campaign_groups
        .iter()
        .zip(["First half", "Second half"])
    {
        let at = account.created_at;
        rows.push(vec![(*id).into(), name.into(), at.into(), at.into()]);
    }
    rows
}

fn tags(account: &Account) -> Rows {
    let mut random = generator(account.index as u64, account.index, u64::MAX - 7);
    let mut rows = Rows::new(
        "campaign_tags",
        &["id", "tag", "content", "is_random", "created_at", "updated_at"],
    );
    let at = account.created_at;
    let greetings = "Hello\nGood to see you\nWelcome back";
    let hours = format!("{} answers on weekdays from 9 to 17 h.", account.name);
    for (tag, content, is_random) in [("GREETING", greetings, true), ("OPENING_HOURS", &hours, false)] {
        rows.push(vec![
            id_at(at, &mut random).into(),
            tag.into(),
            content.into(),
            is_random.into(),
            at.into(),
            at.into(),
        ]);
    }
    rows
}

fn templates(account: &Account) -> Vec<Rows> {
    let at = account.created_at;
    let mut categories = Rows::new("template_categories", &["id", "name", "created_at", "updated_at"]);
    for (id, name) in account.setup.categories.iter().zip(["News", "Shop"]) {
        categories.push(vec![(*id).into(), name.into(), at.into(), at.into()]);
    }
    let mut templates = Rows::new(
        "templates",
        &[
            "id",
            "template_category_id",
            "name",
            "kind",
            "subject",
            "html_body",
            "plain_body",
            "design",
            "is_default",
            "status",
            "created_at",
            "updated_at",
        ],
    );
    let kinds = [
        ("One column", "campaign", 0),
        ("Two columns", "visual", 0),
        ("Receipt", "transactional", 1),
    ];
    for (place, (name, kind, category)) in kinds.into_iter().enumerate() {
        templates.push(vec![
            account.setup.templates[place].into(),
            account.setup.categories[category].into(),
            name.into(),
            kind.into(),
            (kind == "transactional").then_some("Your order").into(),
            "<!doctype html><h1>{SUBJECT}</h1><p>{GREETING} {FNAME}</p>{CONTENT}".into(),
            "{SUBJECT}\n\n{GREETING} {FNAME}\n\n{CONTENT}\n".into(),
            (kind == "visual").then(|| json!({ "columns": 2 })).into(),
            (place == 0).into(),
            "active".into(),
            at.into(),
            at.into(),
        ]);
    }
    vec![categories, templates]
}
