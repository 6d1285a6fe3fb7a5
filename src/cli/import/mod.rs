//! `postern import`: takes over people from another platform's export, or an account from a bundle.

mod bundle;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Outcome;
use super::context::{Context, account_named};
use super::progress::Bar;
use crate::access::built_in::BuiltIn;
use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result, quote};
use crate::store::identity;
use crate::work::founding;
use crate::work::import::{Mapping, Options, Report, Settings, import, is_bundle};
use crate::work::installation::Installation;

/// Take over people: a Mailchimp audience ZIP, a listmonk CSV, or any CSV with a mapping; or an account: a Postern bundle
///
/// Begin with --dry-run: it reads everything, says what would happen, and writes nothing. Rows that cannot be taken go
/// to --rejects with their line and the reason; the good ones are not lost. Running it again changes nothing. People
/// who unsubscribed, bounced or were erased stay so. examples/import-mapping.toml is a mapping to begin with.
///
/// A bundle is verified first and goes into an empty account, which --new-account makes. It must be signed by this
/// installation, or by --key, unless --unsigned-ok.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern import audience.zip --account Acme --dry-run --rejects rejects.csv"
)]
pub(super) struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The account that the people are taken into
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// Make that account first, with this address of its owner, who becomes a user
    #[arg(long, value_name = "EMAIL")]
    new_account: Option<String>,
    /// The list that they go to, by name or id [default: as the file says, else named like the file]
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// What the columns of a CSV mean
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where rows go that cannot be taken, with line and reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// For a bundle: the public keys that count instead of this installation's: a PEM file, or a URL that gives one
    #[arg(long, value_name = "PEM_OR_URL", conflicts_with = "unsigned_ok")]
    key: Option<String>,
    /// For a bundle: take one that is intact although nobody knows who signed it
    #[arg(long)]
    unsigned_ok: bool,
}

/// Runs the command.
pub(super) async fn run(command: Import, context: &Context) -> Result<Outcome> {
    if is_bundle(&command.file.clone().into())? {
        return bundle::run(command, context).await;
    }
    let mapping = command.mapping.as_deref().map(Mapping::read).transpose()?;
    let installation = context.open_or_make().await?;
    let viewer = match &command.new_account {
        None => context.viewer_in(&installation, &command.account).await?,
        Some(email) => make_account(context, &installation, &command, email).await?,
    };
    let settings = Settings {
        source: command.file.into(),
        reading: Options {
            mapping,
            ..Options::default()
        },
        list: command.list,
        dry_run: command.dry_run,
        rejects: command.rejects,
    };
    let bar = Bar::new(&context.output, "bytes");
    let report = import(&installation, &viewer, &settings, &bar).await?;
    bar.end();
    show(context, &report, settings.dry_run)?;
    installation.database.close().await;
    Ok(Outcome::Done)
}

/// Makes the account with its groups and its owner; only an operator may.
async fn make_account(
    context: &Context,
    installation: &Installation,
    command: &Import,
    email: &str,
) -> Result<Viewer> {
    let viewer = new_accounts_viewer(context, installation, command).await?;
    founding::add_account(installation, &viewer, &command.account, email, false).await?;
    add_owner(installation, &viewer, email).await?;
    let account = account_named(installation, &command.account).await?;
    context.viewer(installation, account).await
}

/// Who acts in an account that is to be made, unless there is one of that name.
async fn new_accounts_viewer(
    context: &Context,
    installation: &Installation,
    command: &Import,
) -> Result<Viewer> {
    let refused = |message: String| Refusal::new(Code::InvalidState, message);
    let name = &command.account;
    if command.dry_run {
        return Err(refused("--new-account writes, so it does not go with --dry-run".to_owned()).into());
    }
    if identity::account(&installation.database, name).await?.is_some() {
        return Err(refused(format!(
            "--new-account: there is an account {} already",
            quote(name)
        ))
        .into());
    }
    context.viewer(installation, installation.new_id()).await
}

/// Gives an account the groups that it lacks, and its owner.
async fn add_owner(installation: &Installation, viewer: &Viewer, email: &str) -> Result<()> {
    founding::add_groups(installation, viewer).await?;
    let owner = founding::add_user(installation, viewer, email, None).await?;
    founding::join(installation, viewer, owner, BuiltIn::Owner).await
}

fn show(context: &Context, report: &Report, dry_run: bool) -> Result<()> {
    let mut lines = Vec::new();
    for list in &report.lists {
        let new = if list.is_new { " (new)" } else { "" };
        lines.push(format!("list {}{new}, {} new fields", list.name, list.new_fields));
    }
    let counts = [
        ("rows read", report.read),
        ("added", report.added),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("suppressed", report.suppressed),
        ("rejected", report.rejected),
    ];
    lines.extend(counts.iter().map(|(word, count)| format!("{count:>10} {word}")));
    lines.extend(
        report
            .samples
            .iter()
            .map(|(file, line, reason)| format!("{file} line {line}: {reason}")),
    );
    lines.extend(report.warnings.iter().map(|warning| format!("note: {warning}")));
    lines.extend(
        report
            .rejects
            .iter()
            .map(|path| format!("rejected rows are in {}", path.display())),
    );
    if dry_run {
        lines.push("nothing was written: this was a dry run".to_owned());
    }
    let mut value = json!({
        "dryRun": dry_run,
        "read": report.read,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "suppressed": report.suppressed,
        "rejected": report.rejected,
        "rejects": report.rejects,
    });
    join(&mut value, report.details());
    context.output.result(lines.join("\n"), &value)
}

/// Adds the fields of one object to another.
fn join(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}
