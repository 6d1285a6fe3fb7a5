//! `postern audit verify`: is the log still what was sealed.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Context, Outcome, operators_alone};
use crate::cli::context::account_named;
use crate::cli::progress::Bar;
use crate::cli::public_key;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::identity;
use crate::work::audit::carry::check_file;
use crate::work::audit::check::{Report, check, kept, own_keys};
use crate::work::audit::seal::seal_account;
use crate::work::audit::{Head, Terms};
use crate::work::founding;
use crate::work::installation::{Installation, load_catalog};

/// Check the audit log against its seals; every finding is printed with its code
///
/// A running gateway seals the log every few minutes: each seal is signed, names the hash of the seal before, and has a
/// digest of each of its events. This command computes all of it anew. It exits with 0 if every event is what was sealed,
/// none is missing before its time, each has a seal, and the seals are a whole chain.
///
/// Seals that were taken away from the end leave a whole chain. Keep the head that is printed where the database's
/// administrators cannot change it, and give it with --head the next time.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern audit verify --account Acme --head 17:0f5c…\n\nHow to do the same without Postern: docs/audit.md"
)]
pub(in crate::cli) struct Verify {
    /// The account [default: all of them]
    #[arg(long, value_name = "NAME_OR_ID", group = "which_log")]
    account: Option<String>,
    /// Check a file that `audit export` wrote; needs no installation
    #[arg(
        long,
        value_name = "FILE",
        group = "which_log",
        requires = "key",
        conflicts_with = "seal"
    )]
    file: Option<PathBuf>,
    /// The public keys that count: a PEM file, or a URL that gives one [default: those of the installation]
    #[arg(long, value_name = "PEM_OR_URL")]
    key: Option<String>,
    /// A head that an earlier run printed; its seal must still be there
    #[arg(long, value_name = "NUMBER:HASH", requires = "which_log", value_parser = head)]
    head: Option<Head>,
    /// Seal first what no seal has yet
    #[arg(long)]
    seal: bool,
}

/// Runs the command.
pub(super) async fn run(command: Verify, context: &Context) -> Result<Outcome> {
    let given = match &command.key {
        Some(location) => Some(public_key::read(location).await?),
        None => None,
    };
    let now = context.config.clock.now();
    if let Some(path) = command.file {
        let catalog = load_catalog(context.config.policy.as_deref())?;
        let terms = Terms {
            keys: given.unwrap_or_default(),
            kept: kept(&catalog),
            known: command.head,
            now,
        };
        let name = path.display().to_string();
        let report = tokio::task::spawn_blocking(move || of_file(&path, &terms))
            .await
            .map_err(|_| Fault::Invariant("the verification panicked".into()))??;
        return show(context, &[(None, name, report)]);
    }
    let installation = context.open().await?;
    let terms = Terms {
        keys: match given {
            Some(keys) => keys,
            None => own_keys(&installation)?,
        },
        kept: kept(&installation.catalog),
        known: command.head,
        now,
    };
    let mut accounts = identity::accounts(&installation.database).await?;
    let home = match &command.account {
        Some(account) => {
            let account = account_named(&installation, account).await?;
            accounts.retain(|(id, _)| *id == account);
            account
        }
        None => founding::platform(&installation).await?.account,
    };
    operators_alone(context, &installation, home).await?;
    let mut reports = Vec::new();
    for (account, name) in accounts {
        let report = of_account(context, &installation, account, &terms, command.seal).await?;
        reports.push((Some(account), name, report));
    }
    show(context, &reports)
}

async fn of_account(
    context: &Context,
    installation: &Installation,
    account: Uuid,
    terms: &Terms,
    seal: bool,
) -> Result<Report> {
    if seal {
        seal_account(installation, account).await?;
    }
    let bar = Bar::new(&context.output, "events");
    let report = check(installation, account, terms, &bar).await?;
    bar.end();
    Ok(report)
}

fn of_file(path: &Path, terms: &Terms) -> Result<Report> {
    let file = File::open(path).map_err(|error| {
        let message = format!("{} cannot be opened: {error}", path.display());
        Refusal::new(Code::InvalidFile, message)
    })?;
    check_file(BufReader::new(file), terms)
}

/// `17:0f5c…`, as it is printed.
fn head(text: &str) -> std::result::Result<Head, String> {
    let parts = text
        .split_once(':')
        .and_then(|(number, hash)| Some((number.parse().ok().filter(|number| *number > 0)?, hash)));
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    match parts {
        Some((number, hash)) if is_hash(hash) => Ok(Head {
            number,
            hash: hash.to_lowercase(),
        }),
        _ => Err("a head is a number, a colon and 64 hexadecimal digits".to_owned()),
    }
}

fn show(context: &Context, reports: &[(Option<Uuid>, String, Report)]) -> Result<Outcome> {
    let mut lines = Vec::new();
    for (_, name, report) in reports {
        lines.extend(report.findings.iter().map(|finding| format!("{name}: {finding}")));
        if report.more_findings > 0 {
            lines.push(format!("{name}: and {} findings more", report.more_findings));
        }
        lines.push(summary(name, report));
    }
    let findings: u64 = reports
        .iter()
        .map(|(_, _, report)| report.findings.len() as u64 + report.more_findings)
        .sum();
    lines.push(match findings {
        0 => "the log is what was sealed".to_owned(),
        findings => format!("{findings} findings"),
    });
    let accounts: Vec<Value> = reports
        .iter()
        .map(|(id, name, report)| {
            let mut value = report.json();
            value["id"] = json!(id);
            value["name"] = name.as_str().into();
            value
        })
        .collect();
    let value = json!({ "clean": findings == 0, "accounts": accounts });
    context.output.result(lines.join("\n"), &value)?;
    Ok(match findings {
        0 => Outcome::Done,
        _ => Outcome::Refused,
    })
}

fn summary(name: &str, report: &Report) -> String {
    let mut text = format!("{name}: {} events in {} seals", report.events, report.seals);
    if report.retired > 0 {
        text.push_str(&format!(", {} of them gone in time", report.retired));
    }
    if report.waiting > 0 {
        text.push_str(&format!(", {} wait for a seal", report.waiting));
    }
    if let Some(head) = &report.head {
        text.push_str(&format!(", head {head}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_head_is_read_as_it_is_printed() {
        let text = format!("17:{}", "0f".repeat(32));
        assert_eq!(head(&text).unwrap().to_string(), text);
        for text in ["", "17", "17:", "0:00", "x:00", ":", "-1:00"] {
            assert!(head(text).is_err(), "{text}");
        }
        assert!(head(&format!("0:{}", "00".repeat(32))).is_err());
    }
}
