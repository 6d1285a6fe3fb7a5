//! `postern erase plan --file` and `--list`.

use std::path::Path;

use serde_json::{Value, json};

use super::Tally;
use super::people::{People, Person};
use crate::access::viewer::Viewer;
use crate::cell::instant_text;
use crate::cli::Outcome;
use crate::cli::erase::{Context, standing};
use crate::cli::new_file::NewFile;
use crate::cli::progress::Bar;
use crate::error::{Code, Error, Result};
use crate::work::erase::audience::of_list;
use crate::work::erase::plan::{ErasureRequest, plan};
use crate::work::erase::warning::of_plan;
use crate::work::installation::Installation;
use crate::work::progress::Progress;

/// How often a plan of the same line that is over without an erasure is made anew.
const AGAIN: u32 = 100;

/// Who is named.
pub(in crate::cli::erase) enum Named<'a> {
    /// Everybody in a file.
    File(&'a Path),
    /// Everybody on a list, or those who are on no other.
    List { name_or_id: &'a str, only_there: bool },
}

/// What is wanted.
pub(in crate::cli::erase) struct Wanted<'a> {
    pub(in crate::cli::erase) account: &'a str,
    pub(in crate::cli::erase) named: Named<'a>,
    pub(in crate::cli::erase) plans: Option<&'a Path>,
    pub(in crate::cli::erase) strict: bool,
}

/// Plans the erasures of everybody who is named.
pub(in crate::cli::erase) async fn run(wanted: Wanted<'_>, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, wanted.account).await?;
    let people = match wanted.named {
        Named::File(file) => People::read(file, &installation)?,
        Named::List {
            name_or_id,
            only_there,
        } => People::of_list(of_list(&installation, &viewer, name_or_id, only_there).await?),
    };
    let mut plans = wanted.plans.map(NewFile::begin).transpose()?;
    let bar = Bar::new(&context.output, "people");
    bar.total(people.people.len() as u64);
    let mut tally = Tally::new(context);
    let (mut refused, mut unknown) = (false, false);
    for person in &people.people {
        let value = one(&installation, &viewer, person).await?;
        refused |= value["state"] == "REFUSED";
        unknown |= value["state"] == "UNKNOWN";
        if let Some(file) = &mut plans {
            file.write(format!("{value}\n").as_bytes())?;
        }
        let is_well = value["erasure"].is_string();
        tally.tell(&value, is_well)?;
        bar.add(1);
    }
    bar.end();
    if let Some(file) = plans {
        file.keep()?;
    }
    let last = match wanted.plans {
        Some(path) => format!("confirm them with --file {}", path.display()),
        None => "with --plans FILE each has a line there, for erase confirm --file".to_owned(),
    };
    tally.end(Some(last))?;
    installation.database.close().await;
    Ok(match refused || (unknown && wanted.strict) {
        true => Outcome::Refused,
        false => Outcome::Done,
    })
}

/// Plans one, or finds what was planned for that line before.
async fn one(installation: &Installation, viewer: &Viewer, person: &Person) -> Result<Value> {
    let line = person.line;
    if let Some(before) = person.same_as {
        return Ok(json!({ "line": line, "state": "DUPLICATE", "sameAs": before }));
    }
    for turn in 0..AGAIN {
        let wanted = ErasureRequest {
            subscriber: person.choice.clone(),
            idempotency_key: key(installation, viewer, &person.words, turn),
        };
        let id = match plan(installation, viewer, &wanted).await {
            Ok(id) => id,
            Err(Error::Refused(refusal)) if refusal.code == Code::SubjectNotFound => {
                return Ok(json!({ "line": line, "state": "UNKNOWN" }));
            }
            Err(Error::Refused(refusal)) if refusal.code == Code::LegalHold => {
                return Ok(json!({ "line": line, "state": "REFUSED", "errorCode": refusal.code.as_str() }));
            }
            Err(error) => return Err(error),
        };
        let (row, _, value) = standing(installation, viewer, id).await?;
        let is_late = row.expires_at.is_some_and(|end| end <= installation.clock.now());
        let is_over = match row.state.as_str() {
            "expired" | "refused" => true,
            "planned" => is_late,
            _ => false,
        };
        if is_over {
            continue;
        }
        let warnings = of_plan(&row.plan).into_iter().map(|warning| warning.code);
        return Ok(json!({
            "line": line,
            "erasure": id,
            "state": value["state"],
            "planHash": row.plan_hash,
            "rowsPlanned": value["rowsPlanned"],
            "expiresAt": row.expires_at.map(instant_text),
            "warnings": warnings.collect::<Vec<_>>(),
        }));
    }
    Ok(json!({ "line": line, "state": "REFUSED", "errorCode": Code::PlanExpired.as_str() }))
}

/// The same for the same line of the same file. Keyed, as the hash of a file with one address would give the address away.
fn key(installation: &Installation, viewer: &Viewer, words: &str, turn: u32) -> String {
    let words = format!("{words} {turn}");
    let (_, token) = installation.keys.suppression_token(viewer.account, &words);
    let token = data_encoding::HEXLOWER.encode(&token);
    format!("file-{}", token.get(..40).unwrap_or(&token))
}
