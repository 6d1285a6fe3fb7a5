//! What an account has besides its audience: bills and payments, notices, single mails, suppressed addresses.

use chrono::{Datelike, TimeDelta};
use rand::RngExt;
use serde_json::json;

use super::tables::Rows;
use super::world::{Account, World, generator, id_at};
use crate::cell::Cell;

/// The rows, in an order in which they can be written.
pub(super) fn rows(world: &World, account: &Account) -> Vec<Rows> {
    let mut all = invoices(world, account);
    all.extend(mails(world, account));
    all
}

/// A bill a month for two years.
fn invoices(world: &World, account: &Account) -> Vec<Rows> {
    let mut random = generator(world.seed, account.index, u64::MAX - 1);
    let mut rows = Rows::new(
        "invoices",
        &[
            "id",
            "plan_id",
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
    let mut payments = Rows::new(
        "payments",
        &[
            "id",
            "invoice_id",
            "amount_minor",
            "currency",
            "method",
            "gateway",
            "gateway_reference",
            "response",
            "status",
            "paid_at",
            "created_at",
            "updated_at",
        ],
    );
    for month in (0..24).rev() {
        let at = world.now - TimeDelta::days(30 * month + 1);
        let subtotal = 4_900 + i64::try_from(account.subscribers).unwrap_or(0) / 10;
        let tax = subtotal * 19 / 100;
        let invoice = id_at(at, &mut random);
        rows.push(vec![
            invoice.into(),
            super::platform::plan(account).into(),
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
        // The latest bill is not paid yet; the first card payment of a year does not succeed at once.
        if month == 0 {
            continue;
        }
        let attempts = if month % 12 == 11 { 2 } else { 1 };
        for attempt in 1..=attempts {
            let paid_at = at + TimeDelta::days(attempt);
            let is_paid = attempt == attempts;
            let reference = format!("pay_{:016x}", random.random::<u64>());
            payments.push(vec![
                id_at(paid_at, &mut random).into(),
                invoice.into(),
                (subtotal + tax).into(),
                "EUR".into(),
                "card".into(),
                "Made-up Payments".into(),
                reference.clone().into(),
                json!({ "id": reference, "card": "4242" }).into(),
                if is_paid { "success" } else { "failed" }.into(),
                is_paid.then_some(paid_at).into(),
                paid_at.into(),
                paid_at.into(),
            ]);
        }
    }
    vec![rows, payments]
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
            "template_id",
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
            "suppression_list_id",
            "email",
            "email_normalized",
            "reason",
            "comment",
            "source",
            "created_at",
        ],
    );
    let mut lists = Rows::new(
        "suppression_lists",
        &["id", "name", "description", "source", "created_at", "updated_at"],
    );
    lists.push(vec![
        account.setup.suppression_list.into(),
        "Former agency".into(),
        "Addresses that the agency before us was told not to mail.".into(),
        "seed".into(),
        account.created_at.into(),
        account.created_at.into(),
    ]);
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
            account.setup.templates[2].into(),
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
            (number % 3 == 0).then_some(account.setup.suppression_list).into(),
            blocked.clone().into(),
            blocked.into(),
            reason.into(),
            Cell::Null,
            "seed".into(),
            at.into(),
        ]);
    }
    vec![messages, singles, lists, suppressed]
}
