//! `postern erase status --file`.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::plans::Plans;
use super::{Tally, make_folder, save};
use crate::cli::Outcome;
use crate::cli::erase::{Context, standing};
use crate::cli::progress::Bar;
use crate::error::Result;
use crate::work::progress::Progress;

/// What is wanted.
pub(in crate::cli::erase) struct Wanted<'a> {
    pub(in crate::cli::erase) account: &'a str,
    pub(in crate::cli::erase) file: &'a Path,
    pub(in crate::cli::erase) receipts: Option<&'a Path>,
}

/// Says where the erasures of a file of plans are, and saves the receipts that there are.
pub(in crate::cli::erase) async fn run(wanted: Wanted<'_>, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, wanted.account).await?;
    let plans = Plans::open(wanted.file, &installation)?;
    make_folder(wanted.receipts)?;
    let bar = Bar::new(&context.output, "erasures");
    bar.total(plans.count);
    let mut tally = Tally::new(context);
    let mut are_done = plans.unplanned.is_empty();
    for plan in plans.each(&installation)? {
        let plan = plan?;
        let (row, _, value) = standing(&installation, &viewer, plan.erasure).await?;
        let receipt = save(wanted.receipts, plan.erasure, &row)?;
        let is_done = row.state == "done";
        are_done &= is_done;
        tally.tell(&told(plan.line, plan.erasure, &value, receipt), is_done)?;
        bar.add(1);
    }
    bar.end();
    let nobody = (!plans.unplanned.is_empty()).then(|| {
        let lines: Vec<String> = plans
            .unplanned
            .iter()
            .take(super::TOLD)
            .map(u64::to_string)
            .collect();
        format!(
            "nothing is planned yet for {} people, among them lines {}",
            plans.unplanned.len(),
            lines.join(", ")
        )
    });
    tally.end(nobody)?;
    installation.database.close().await;
    Ok(if are_done { Outcome::Done } else { Outcome::Refused })
}

/// Where an erasure is, as a line for programs.
pub(super) fn told(line: u64, erasure: Uuid, standing: &Value, receipt: Option<String>) -> Value {
    json!({
        "line": line,
        "erasure": erasure,
        "state": standing["state"],
        "rowsPlanned": standing["rowsPlanned"],
        "rowsDone": standing["rowsDone"],
        "errorCode": standing["errorCode"],
        "receipt": receipt,
    })
}
