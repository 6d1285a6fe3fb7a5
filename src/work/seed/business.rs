//! What an account has besides its audience: a server with (made-up) credentials, bills, notices, single mails,
//! suppressed addresses.

use chrono::{Datelike, TimeDelta};
use rand::RngExt;
use serde_json::json;

use super::tables::Rows;
use super::world::{Account, World, generator, id_at};
use crate::cell::Cell;

/// The rows, in an order in which they can be written.
pub(super) fn rows(world: &World, account: &Account) -> Vec<Rows> {
    let mut all = vec![servers(account), invoices(world, account)];
    all.extend(mails(world, account));
    all
}

fn servers(account: &Account) -> Rows {
    let mut rows = Rows::new(
        "delivery_servers",
        &[
            "id",
            "name",
            "kind",
            "hostname",
            "port",
            "protocol",
            "username",
            "password",
            "webhook_secret",
            "from_email",
            "use_for",
            "hourly_quota",
            "status",
            "secrets_changed_at",
            "created_at",
            "updated_at",
        ],
    );
    rows.push(vec![
        account.server.into(),
        "Main".into(),
        "smtp".into(),
        format!("smtp.{}", account.domain).into(),
        587_i64.into(),
        "start_tls".into(),
        format!("mailer@{}", account.domain).into(),
        format!("made-up-password-{}", account.index).into(),
        format!("made-up-webhook-secret-{}", account.index).into(),
        format!("news@{}", account.domain).into(),
        "all".into(),
        10_000_i64.into(),
        "active".into(),
        account.created_at.into(),
        account.created_at.into(),
        account.created_at.into(),
    ]);
    rows
}

/// A bill a month for two years.
fn invoices(world: &World, account: &Account) -> Rows {
    let mut random = generator(world.seed, account.index, u64::MAX - 1);
    let mut rows = Rows::new(
        "invoices",
        &[
            "id",
            "number",
            "status",
            "currency",
            "subtotal_minor",
            "tax_minor",
            "total_minor",
            "billed_name",
            "billed_address",
            "portal_url",
            "issued_at",
            "due_at",
            "created_at",
            "updated_at",
        ],
    );
    for month in (0..24).rev() {
        let at = world.now - TimeDelta::days(30 * month + 1);
        let subtotal = 4_900 + i64::try_from(account.subscribers).unwrap_or(0) / 10;
        let tax = subtotal * 19 / 100;
        rows.push(vec![
            id_at(at, &mut random).into(),
            format!("{}-{}-{:02}", account.index, at.year(), 24 - month).into(),
            if month == 0 { "due" } else { "paid" }.into(),
            "EUR".into(),
            subtotal.into(),
            tax.into(),
            (subtotal + tax).into(),
            format!("{} GmbH", account.name).into(),
            "Musterstraße 1, 10115 Berlin".into(),
            format!("https://billing.example/portal/{:x}", random.random::<u64>()).into(),
            at.into(),
            (at + TimeDelta::days(14)).into(),
            at.into(),
            at.into(),
        ]);
    }
    rows
}

fn mails(world: &World, account: &Account) -> Vec<Rows> {
    let mut random = generator(world.seed, account.index, u64::MAX - 2);
    let mut messages = Rows::new(
        "messages",
        &["id", "title", "body", "status", "created_at", "updated_at"],
    );
    let mut singles = Rows::new(
        "transactional_emails",
        &[
            "id",
            "server_id",
            "to_name",
            "to_email",
            "to_email_normalized",
            "from_email",
            "subject",
            "plain_body",
            "headers",
            "retries",
            "status",
            "send_at",
            "created_at",
            "updated_at",
        ],
    );
    let mut suppressed = Rows::new(
        "suppression_entries",
        &[
            "id",
            "email",
            "email_normalized",
            "reason",
            "comment",
            "source",
            "created_at",
        ],
    );
    for number in 0..5_i64 {
        let at = world.now - TimeDelta::days(40 * (5 - number));
        messages.push(vec![
            id_at(at, &mut random).into(),
            format!("Notice {}", number + 1).into(),
            "We have changed where your bounces are shown.".into(),
            if number == 4 { "unseen" } else { "seen" }.into(),
            at.into(),
            at.into(),
        ]);
    }
    let some = (account.subscribers / 100).clamp(3, 5_000);
    for number in 0..some {
        let at = world.now - TimeDelta::minutes(i64::try_from((some - number) * 37).unwrap_or(0));
        let address = format!("guest.{number}.{}@mail.example", account.index);
        singles.push(vec![
            id_at(at, &mut random).into(),
            account.server.into(),
            "Guest".into(),
            address.clone().into(),
            address.into(),
            format!("shop@{}", account.domain).into(),
            "Your order".into(),
            "Thank you for your order.".into(),
            json!({ "X-Order": number.to_string() }).into(),
            0_i64.into(),
            "sent".into(),
            at.into(),
            at.into(),
            at.into(),
        ]);
        let blocked = format!("blocked.{number}.{}@mail.example", account.index);
        let reason = ["unsubscribed", "complaint", "hard_bounce", "manual"][random.random_range(0..4)];
        suppressed.push(vec![
            id_at(at, &mut random).into(),
            blocked.clone().into(),
            blocked.into(),
            reason.into(),
            Cell::Null,
            "seed".into(),
            at.into(),
        ]);
    }
    vec![messages, singles, suppressed]
}
