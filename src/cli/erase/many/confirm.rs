//! `postern erase confirm --file`.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::plans::Plans;
use super::{Tally, make_folder, save};
use crate::cli::Outcome;
use crate::cli::erase::confirm::run_to_end;
use crate::cli::erase::{Context, standing};
use crate::cli::progress::Bar;
use crate::error::{Code, Error, Result};
use crate::work::erase::plan::confirm;
use crate::work::progress::Progress;

/// What may be wrong with one plan while all others are confirmed.
const OF_ONE: [Code; 6] = [
    Code::ApprovalNeeded,
    Code::InvalidId,
    Code::InvalidState,
    Code::LegalHold,
    Code::PlanChanged,
    Code::PlanExpired,
];

/// What is wanted.
pub(in crate::cli::erase) struct Wanted<'a> {
    pub(in crate::cli::erase) account: &'a str,
    pub(in crate::cli::erase) file: &'a Path,
    pub(in crate::cli::erase) receipts: Option<&'a Path>,
}

/// Agrees to every plan of a file, then runs those that no gateway has taken up.
pub(in crate::cli::erase) async fn run(wanted: Wanted<'_>, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, wanted.account).await?;
    let plans = Plans::open(wanted.file, &installation)?;
    make_folder(wanted.receipts)?;
    // All of them before the first runs: whatever happens then, a gateway goes on.
    let mut refused: HashMap<Uuid, Code> = HashMap::new();
    for plan in plans.each(&installation)? {
        let plan = plan?;
        match confirm(&installation, &viewer, plan.erasure, &plan.hash).await {
            Ok(()) => {}
            Err(Error::Refused(refusal)) if OF_ONE.contains(&refusal.code) => {
                refused.insert(plan.erasure, refusal.code);
            }
            Err(error) => return Err(error),
        }
    }
    let bar = Bar::new(&context.output, "erasures");
    bar.total(plans.count);
    let mut tally = Tally::new(context);
    let mut are_done = plans.unplanned.is_empty();
    for plan in plans.each(&installation)? {
        let plan = plan?;
        let (id, line) = (plan.erasure, plan.line);
        let value = match refused.get(&id) {
            Some(code) => {
                let state = match standing(&installation, &viewer, id).await {
                    Ok((_, _, value)) => value["state"].clone(),
                    Err(_) => Value::Null,
                };
                json!({ "line": line, "erasure": id, "state": state, "errorCode": code.as_str() })
            }
            None => {
                let (row, _, value) = run_to_end(&installation, &viewer, id).await?;
                let receipt = save(wanted.receipts, id, &row)?;
                super::status::told(line, id, &value, receipt)
            }
        };
        // Whoever is PARTIAL is gone, and those who were given the data are still to be told.
        let is_done = ["DONE", "PARTIAL"].iter().any(|state| value["state"] == *state);
        are_done &= is_done;
        tally.tell(&value, is_done)?;
        bar.add(1);
    }
    bar.end();
    tally.end(None)?;
    installation.database.close().await;
    Ok(if are_done { Outcome::Done } else { Outcome::Refused })
}
