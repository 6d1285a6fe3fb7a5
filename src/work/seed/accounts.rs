//! What an account has before it has subscribers: lists, fields, campaigns with links, and what belongs to them.

use chrono::TimeDelta;

use super::tables::Rows;
use super::world::{Account, List, World};
use super::{business, content, office, platform, sending};

/// The account's own row.
pub fn account(account: &Account) -> Rows {
    let mut rows = Rows::new(
        "accounts",
        &[
            "id",
            "name",
            "company_name",
            "email",
            "timezone",
            "locale",
            "is_platform",
            "status",
            "plan_id",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    rows.push(vec![
        account.id.into(),
        account.name.clone().into(),
        format!("{} GmbH", account.name).into(),
        format!("owner@{}", account.domain).into(),
        "UTC".into(),
        "en".into(),
        false.into(),
        "active".into(),
        platform::plan(account).into(),
        "seed".into(),
        account.index.to_string().into(),
        account.created_at.into(),
        account.created_at.into(),
    ]);
    rows
}

/// The rows of an account without its people, in the order in which they can be written.
pub fn rows(world: &World, account: &Account) -> Vec<Rows> {
    let mut all = vec![lists(account), fields(account)];
    all.extend(sending::rows(account));
    all.extend(content::rows(account));
    all.extend(campaigns(account));
    all.extend(business::rows(world, account));
    all.extend(office::rows(world, account));
    all
}

fn lists(account: &Account) -> Rows {
    let mut rows = Rows::new(
        "lists",
        &[
            "id",
            "name",
            "display_name",
            "visibility",
            "opt_in",
            "default_from_name",
            "default_from_email",
            "status",
            "profile_count",
            "subscribed_count",
            "unsubscribed_count",
            "cleaned_count",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    for (rank, list) in account.lists.iter().enumerate() {
        let at = account.created_at + TimeDelta::hours(rank as i64 + 1);
        rows.push(vec![
            list.id.into(),
            list.name.clone().into(),
            format!("{} of {}", list.name, account.name).into(),
            if rank % 4 == 3 { "private" } else { "public" }.into(),
            if rank % 2 == 0 { "double" } else { "single" }.into(),
            account.name.clone().into(),
            format!("news@{}", account.domain).into(),
            "active".into(),
            0_i64.into(),
            0_i64.into(),
            0_i64.into(),
            0_i64.into(),
            "seed".into(),
            format!("{}-list-{rank}", account.index).into(),
            at.into(),
            at.into(),
        ]);
    }
    rows
}

fn fields(account: &Account) -> Rows {
    let mut rows = Rows::new(
        "list_fields",
        &[
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
        ],
    );
    for list in &account.lists {
        for (order, field) in list.fields.iter().enumerate() {
            rows.push(vec![
                field.id.into(),
                list.id.into(),
                field.tag.clone().into(),
                field.label.clone().into(),
                field.kind.into(),
                (order == 0).into(),
                (order as i64).into(),
                field.class.into(),
                account.created_at.into(),
                account.created_at.into(),
            ]);
        }
    }
    rows
}

fn campaigns(account: &Account) -> Vec<Rows> {
    let mut campaigns = Rows::new(
        "campaigns",
        &[
            "id",
            "list_id",
            "segment_id",
            "template_id",
            "campaign_group_id",
            "tracking_domain_id",
            "list_name",
            "name",
            "subject",
            "preheader",
            "from_name",
            "from_email",
            "kind",
            "html_body",
            "plain_body",
            "send_at",
            "started_at",
            "finished_at",
            "status",
            "delivery_count",
            "open_count",
            "unique_open_count",
            "click_count",
            "unique_click_count",
            "bounce_count",
            "complaint_count",
            "unsubscribe_count",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    let mut links = Rows::new(
        "campaign_links",
        &[
            "id",
            "campaign_id",
            "url",
            "click_count",
            "unique_click_count",
            "created_at",
        ],
    );
    for (rank, list) in account.lists.iter().enumerate() {
        for (number, campaign) in list.campaigns.iter().enumerate() {
            let at = campaign.sent_at;
            campaigns.push(vec![
                campaign.id.into(),
                list.id.into(),
                (number % 6 == 5).then_some(list.segment).into(),
                account.setup.templates[number % 2].into(),
                account.setup.campaign_groups[number / 12 % 2].into(),
                account.setup.tracking_domain.into(),
                list.name.clone().into(),
                format!("{} {}", list.name, at.format("%Y-%m-%d")).into(),
                campaign.subject.clone().into(),
                "Read it in your browser".into(),
                account.name.clone().into(),
                format!("news@{}", account.domain).into(),
                "regular".into(),
                html(list, &campaign.subject).into(),
                format!("{}\n\nHello {{FNAME}},\n", campaign.subject).into(),
                at.into(),
                at.into(),
                (at + TimeDelta::minutes(20)).into(),
                "sent".into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
                "seed".into(),
                format!("{}-{rank}-{number}", account.index).into(),
                (at - TimeDelta::days(1)).into(),
                at.into(),
            ]);
            for (link, url) in &campaign.links {
                let row = vec![
                    (*link).into(),
                    campaign.id.into(),
                    url.clone().into(),
                    0_i64.into(),
                    0_i64.into(),
                    at.into(),
                ];
                links.push(row);
            }
        }
    }
    vec![campaigns, links]
}

fn html(list: &List, subject: &str) -> String {
    format!(
        "<!doctype html><title>{}</title><h1>{subject}</h1><p>Hello {{FNAME}}, welcome back.</p>",
        list.name
    )
}
