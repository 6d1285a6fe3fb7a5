//! `postern import` of a bundle of Postern.

use serde_json::json;

use super::{Import, add_owner, join, new_accounts_viewer};
use crate::bundle::Trust;
use crate::cli::Outcome;
use crate::cli::context::Context;
use crate::cli::progress::Bar;
use crate::cli::public_key;
use crate::error::{Code, Refusal, Result};
use crate::work::founding;
use crate::work::import::bundle::{BundleReport, BundleSettings, known_keys, open_bundle, take_in};

/// Runs the command.
pub(super) async fn run(command: Import, context: &Context) -> Result<Outcome> {
    let unfit = [
        ("--list", command.list.is_some()),
        ("--mapping", command.mapping.is_some()),
        ("--rejects", command.rejects.is_some()),
    ];
    if let Some((flag, _)) = unfit.iter().find(|(_, is_given)| *is_given) {
        let message = format!("{flag} does not go with a bundle, which says everything itself");
        return Err(Refusal::new(Code::InvalidSetting, message).into());
    }
    let given = match &command.key {
        Some(location) => Some(Trust::Keys(public_key::read(location).await?)),
        None => command.unsigned_ok.then_some(Trust::Nobody),
    };
    let installation = context.open_or_make().await?;
    let viewer = match &command.new_account {
        None => context.viewer_in(&installation, &command.account).await?,
        Some(_) => new_accounts_viewer(context, &installation, &command).await?,
    };
    let settings = BundleSettings {
        source: command.file.clone().into(),
        trust: given.map_or_else(|| known_keys(&installation), Ok)?,
        dry_run: command.dry_run,
    };
    let bar = Bar::new(&context.output, "rows");
    let bundle = open_bundle(&installation, &viewer, &settings, &bar).await?;
    // Behind the verification: a bundle that is refused leaves no account.
    if let Some(email) = &command.new_account {
        founding::add_account(&installation, &viewer, &command.account, email, false).await?;
    }
    let report = take_in(&installation, &viewer, bundle, &settings, &bar).await?;
    bar.end();
    // Behind the bundle's own groups and members, which are what they were.
    if let Some(email) = &command.new_account {
        add_owner(&installation, &viewer, email).await?;
    }
    show(context, &report, settings.dry_run)?;
    installation.database.close().await;
    Ok(Outcome::Done)
}

fn show(context: &Context, report: &BundleReport, dry_run: bool) -> Result<()> {
    let mut lines = Vec::new();
    if report.is_resumed {
        lines.push(
            "an import of this bundle had begun here; rows that were there stay as they are".to_owned(),
        );
    }
    for table in report.tables.iter().filter(|table| table.rows > 0) {
        let mut line = format!("{:>10} {}", table.added, table.table);
        for (word, count) in [
            ("already there", table.known),
            ("of people erased here", table.suppressed),
            ("without what they refer to", table.unheld),
        ] {
            if count > 0 {
                line.push_str(&format!(", {count} {word}"));
            }
        }
        lines.push(line);
    }
    for (table, column, rows) in &report.secrets {
        lines.push(format!("to be set again: {column} in {rows} rows of {table}"));
    }
    for (table, rows, reason) in &report.left {
        lines.push(format!("left behind: {rows} rows of {table}: {reason}"));
    }
    if dry_run {
        lines.push("nothing was written: this was a dry run".to_owned());
    }
    let mut value = json!({
        "dryRun": dry_run,
        "read": report.sum(|table| table.rows),
        "added": report.sum(|table| table.added),
        "unchanged": report.sum(|table| table.known),
        "suppressed": report.sum(|table| table.suppressed),
        "rejected": report.sum(|table| table.unheld),
    });
    join(&mut value, report.details());
    context.output.result(lines.join("\n"), &value)
}
