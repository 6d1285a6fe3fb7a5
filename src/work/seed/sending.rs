//! What an account sends with: domains, servers and mailboxes, with made-up credentials.

use serde_json::json;
use uuid::Uuid;

use super::tables::Rows;
use super::world::{Account, generator, id_at};
use crate::cell::Cell;

/// The columns that all mailboxes have, and more.
macro_rules! mailbox_columns {
    ($($more:literal),*) => {
        &[
            "id",
            "name",
            "hostname",
            "port",
            "service",
            "protocol",
            "validates_certificate",
            "username",
            "password",
            "secrets_changed_at",
            "deletes_messages",
            "status",
            "created_at",
            "updated_at",
            $($more),*
        ]
    };
}

/// The rows, in an order in which they can be written.
pub(super) fn rows(account: &Account) -> Vec<Rows> {
    let mut all = domains(account);
    all.push(bounces(account));
    all.push(complaints(account));
    all.push(monitor(account));
    all.push(servers(account));
    all
}

fn bounces(account: &Account) -> Rows {
    let mut rows = Rows::new("bounce_servers", mailbox_columns!("return_path"));
    let mut row = mailbox(account, "bounces", account.setup.bounce_server);
    row.push(format!("bounces@{}", account.domain).into());
    rows.push(row);
    rows
}

fn complaints(account: &Account) -> Rows {
    let mut rows = Rows::new("feedback_loop_servers", mailbox_columns!());
    rows.push(mailbox(account, "complaints", account.setup.feedback_loop_server));
    rows
}

fn domains(account: &Account) -> Vec<Rows> {
    let mut random = generator(account.index as u64, account.index, u64::MAX - 5);
    let at = account.created_at;
    let mut sending = Rows::new(
        "sending_domains",
        &[
            "id",
            "name",
            "dkim_selector",
            "dkim_public_key",
            "dkim_private_key",
            "secrets_changed_at",
            "spf_value",
            "dmarc_value",
            "is_signing",
            "is_locked",
            "status",
            "verified_at",
            "last_checked_at",
            "created_at",
            "updated_at",
        ],
    );
    for (name, is_verified) in [
        (account.domain.clone(), true),
        (format!("mail.{}", account.domain), false),
    ] {
        sending.push(vec![
            id_at(at, &mut random).into(),
            name.clone().into(),
            "postern".into(),
            "v=DKIM1; k=ed25519; p=made-up".into(),
            format!("made-up-private-key-of-{name}").into(),
            at.into(),
            "v=spf1 include:spf.platform.example -all".into(),
            "v=DMARC1; p=quarantine".into(),
            is_verified.into(),
            false.into(),
            if is_verified { "verified" } else { "pending_dns" }.into(),
            is_verified.then_some(at).into(),
            at.into(),
            at.into(),
            at.into(),
        ]);
    }
    let mut tracking = Rows::new(
        "tracking_domains",
        &[
            "id",
            "name",
            "scheme",
            "status",
            "verified_at",
            "created_at",
            "updated_at",
        ],
    );
    tracking.push(vec![
        account.setup.tracking_domain.into(),
        format!("links.{}", account.domain).into(),
        "https".into(),
        "verified".into(),
        at.into(),
        at.into(),
        at.into(),
    ]);
    vec![sending, tracking]
}

fn mailbox(account: &Account, name: &str, id: Uuid) -> Vec<Cell> {
    let at = account.created_at;
    vec![
        id.into(),
        name.into(),
        format!("imap.{}", account.domain).into(),
        993_i64.into(),
        "imap".into(),
        "tls".into(),
        true.into(),
        format!("{name}@{}", account.domain).into(),
        format!("made-up-{name}-password-{}", account.index).into(),
        at.into(),
        false.into(),
        "active".into(),
        at.into(),
        at.into(),
    ]
}

fn monitor(account: &Account) -> Rows {
    let mut random = generator(account.index as u64, account.index, u64::MAX - 6);
    let columns = mailbox_columns!("email", "identify_by", "conditions");
    let mut rows = Rows::new("email_box_monitors", columns);
    let mut row = mailbox(account, "answers", id_at(account.created_at, &mut random));
    let conditions = json!([
        { "operator": "contains", "value": "take me off", "action": "unsubscribe" },
        { "operator": "contains", "value": "delete my data", "action": "blacklist" },
    ]);
    row.push(format!("answers@{}", account.domain).into());
    row.push("either".into());
    row.push(conditions.into());
    rows.push(row);
    rows
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
            "bounce_server_id",
            "tracking_domain_id",
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
        account.setup.bounce_server.into(),
        account.setup.tracking_domain.into(),
        10_000_i64.into(),
        "active".into(),
        account.created_at.into(),
        account.created_at.into(),
        account.created_at.into(),
    ]);
    rows
}
