//! `postern erase plan`: what an erasure would do, counted, with the hash to agree to.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Context, Outcome, many, standing};
use crate::access::viewer::Viewer;
use crate::error::Result;
use crate::work::erase::plan::{ErasureRequest, plan};
use crate::work::erase::user::{self, UserChoice};
use crate::work::erase::warning::{Warning, of_plan};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;

/// Say what erasing a person would do, and to how many rows; nothing is changed
///
/// Prints the erasure's id and the plan's hash, which `erase confirm` takes. A plan that nobody confirms within the
/// policy's `plan_hours` expires.
///
/// A file of people is looked at as a whole before anything is planned; what is wrong with it is named by the line. With --list
/// everybody is planned who is on that list and on no other. Run again with the same file or list, it goes on: nobody has two
/// plans. With --json each person is a line. Exits with 1 if a legal hold names somebody.
///
/// With --user it is about somebody who works for accounts, or for the platform: in each account what names the user goes
/// or is cut, and the user's own row at last. Operators do it; it is an erasure of the platform's own account, and is confirmed
/// with --account Platform. The last owner of an account is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase plan --account Acme --email ana@example.org --json")]
pub(in crate::cli) struct Plan {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID", required_unless_present = "user")]
    account: Option<String>,
    /// The person's address
    #[arg(long, value_name = "EMAIL", required_unless_present_any = ["file", "list", "user"])]
    email: Option<String>,
    /// Many people instead: a CSV with a column `email` or `id`, or an address on each line; `-` is standard input
    #[arg(long, value_name = "PEOPLE", conflicts_with = "email")]
    file: Option<PathBuf>,
    /// Many people instead: those on this list who are on no other
    #[arg(long, value_name = "NAME_OR_ID", conflicts_with_all = ["email", "file"])]
    list: Option<String>,
    /// With --list: also those who are on other lists, too
    #[arg(long, requires = "list")]
    everybody: bool,
    /// A user instead, who works for accounts or for the platform
    #[arg(long, value_name = "EMAIL_OR_ID", conflicts_with_all = ["account", "email", "file", "list"])]
    user: Option<String>,
    /// For many: where a line of JSON is written for each, without addresses, for `erase confirm --file`
    #[arg(long, value_name = "FILE", conflicts_with = "email")]
    plans: Option<PathBuf>,
    /// For many: exit with 1 if somebody is not there, who otherwise is listed alone
    #[arg(long, requires = "file")]
    strict: bool,
}

/// Runs the command.
pub(super) async fn run(command: Plan, context: &Context) -> Result<Outcome> {
    if let Some(user) = &command.user {
        let installation = context.open().await?;
        let home = founding::platform(&installation).await?.account;
        let viewer = context.viewer(&installation, home).await?;
        let choice = match Uuid::parse_str(user) {
            Ok(id) => UserChoice::Id(id),
            Err(_) => UserChoice::Email(user.clone()),
        };
        let id = user::plan(&installation, &viewer, &choice).await?;
        return show(&installation, &viewer, id, context).await;
    }
    let account = command.account.as_deref().unwrap_or_default();
    let Some(email) = command.email else {
        let wanted = many::plan::Wanted {
            account,
            named: match &command.list {
                Some(list) => many::plan::Named::List {
                    name_or_id: list,
                    only_there: !command.everybody,
                },
                None => many::plan::Named::File(command.file.as_deref().unwrap_or(Path::new("-"))),
            },
            plans: command.plans.as_deref(),
            strict: command.strict,
        };
        return many::plan::run(wanted, context).await;
    };
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, account).await?;
    let wanted = ErasureRequest {
        subscriber: SubscriberChoice::Email(email),
        idempotency_key: installation.new_id().to_string(),
    };
    let id = plan(&installation, &viewer, &wanted).await?;
    show(&installation, &viewer, id, context).await
}

/// Prints a plan.
async fn show(installation: &Installation, viewer: &Viewer, id: Uuid, context: &Context) -> Result<Outcome> {
    let (row, _, value) = standing(installation, viewer, id).await?;
    let mut lines = vec![
        format!("erasure    {id}"),
        format!("plan hash  {}", row.plan_hash),
        String::new(),
    ];
    for step in row.plan["steps"].as_array().into_iter().flatten() {
        let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
        let rows = step["rows"].as_u64().unwrap_or(0);
        let found: Vec<&str> = step["found"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|path| path.as_str())
            .collect();
        lines.push(format!(
            "{rows:>9} {:<24} {:<10} found by {}",
            word("table"),
            word("action"),
            found.join(" or ")
        ));
    }
    let total = value["rowsPlanned"].as_i64().unwrap_or(0);
    let search = match row.plan["searched"].is_array() {
        true => "; free text is searched as well",
        false => "",
    };
    lines.push(format!("{total:>9} rows{search}"));
    for warning in of_plan(&row.plan) {
        let Warning { code, message, count } = warning;
        lines.push(format!("{count:>9} {code}: {message}"));
    }
    context.output.result(lines.join("\n"), &value)?;
    Ok(Outcome::Done)
}
