//! How deep a finished erasure is attested beyond its rows and columns (`privacy.md` 3.4): L3 when the tables were written
//! anew since, L4 when no backup from before that is left. Each is said by a further receipt. Must not know how the rows
//! went.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::held;
use super::receipt::sign;
use super::recipients::{documents, later_receipt};
use super::row::read;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, instant_text};
use crate::clock::Instant;
use crate::error::{Error, Fault, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::{self, Finished};
use crate::store::{backup, erasure_recipient, rewrite};
use crate::work::installation::Installation;
use crate::work::job;
use crate::work::progress::Progress;

/// What came of writing tables anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// The tables that were written anew.
    pub tables: Vec<String>,
    /// Those that belong to another role, so that nothing is attested of who had rows in them.
    pub not_ours: Vec<String>,
    /// Those that others used for so long that they were left; the next run does them.
    pub busy: Vec<String>,
    /// Tables that belong to another role and whose notes for the planner may still hold values of somebody erased, so that
    /// those erasures are no further than L1.
    pub noted: Vec<String>,
    /// How many erasures are attested by it.
    pub erasures: u64,
}

/// Writes every table anew in which an erasure that is searched through (L2) has done anything, and attests those erasures.
/// Run again after it was cut off, it does what is left.
pub async fn rewrite(installation: &Installation, watch: &dyn Progress) -> Result<Rewritten> {
    let begun = installation.clock.now();
    let due = attested(installation, begun, |receipt| receipt["attestation"] == "L2").await?;
    let mut touched = Vec::with_capacity(due.len());
    for one in &due {
        touched.push(erasure_log::touched(&installation.database, one.account, one.id).await?);
    }
    let tables: BTreeSet<&String> = touched.iter().flatten().collect();
    watch.total(tables.len() as u64);
    let mut rewritten = Rewritten {
        noted: noted(installation, begun).await?,
        ..Rewritten::default()
    };
    if !tables.is_empty() {
        watch.message("who reads what was there before");
        rewrite::wait_for_older(&installation.database).await?;
    }
    for table in tables {
        watch.message(table);
        let list = match rewrite::rewrite(&installation.database, table).await {
            Ok(true) => &mut rewritten.tables,
            Ok(false) => &mut rewritten.not_ours,
            Err(Error::Fault(Fault::StoreUnavailable(reason))) => {
                tracing::warn!(%table, %reason, "a table could not be written anew");
                &mut rewritten.busy
            }
            Err(other) => return Err(other),
        };
        list.push(table.clone());
        watch.add(1);
    }
    if !rewritten.tables.is_empty() {
        rewrite::rewrite_embedded(&installation.database).await?;
    }
    // A backup that was made meanwhile may hold what was still there.
    let rewritten_at = installation.clock.now();
    for (one, touched) in due.iter().zip(&touched) {
        let is_left = |table: &String| rewritten.not_ours.contains(table) || rewritten.busy.contains(table);
        if touched.iter().any(is_left) {
            continue;
        }
        let more = json!({ "rewrittenAt": instant_text(rewritten_at), "tablesRewritten": touched });
        rewritten.erasures += u64::from(attest(installation, one, "L3", more).await?);
    }
    Ok(rewritten)
}

/// Attests those erasures whose tables were written anew (L3) and of which no backup is left that was made before: the
/// register knows none, and the days are over after which the policy promises that there is none. Gives how many.
pub async fn attest_without_backups(installation: &Installation) -> Result<u64> {
    let now = installation.clock.now();
    let days = TimeDelta::days(i64::from(installation.catalog.settings.backup_days));
    let kept = backup::kept(&installation.database).await?;
    let mut attested_now = 0;
    for one in attested(installation, now, |receipt| receipt["attestation"] == "L3").await? {
        let Some(at) = instant_of(&one.receipt["rewrittenAt"]) else {
            continue;
        };
        if at + days > now || kept.iter().any(|backup| backup.made_at < at) {
            continue;
        }
        let more = json!({
            "rewrittenAt": instant_text(at),
            "tablesRewritten": one.receipt["tablesRewritten"],
            "backupsGoneAt": instant_text(now),
        });
        attested_now += u64::from(attest(installation, &one, "L4", more).await?);
    }
    Ok(attested_now)
}

fn instant_of(value: &Value) -> Option<Instant> {
    let text = value.as_str()?;
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.to_utc())
}

/// The tables whose notes for the planner could not be made anew after erasures that were done before then.
async fn noted(installation: &Installation, before: Instant) -> Result<Vec<String>> {
    let not_ours = |receipt: &Value| {
        let tables = receipt["sweep"]["statisticsNotOurs"].as_array();
        let tables = tables.into_iter().flatten().filter_map(Value::as_str);
        tables.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let is_noted = |receipt: &Value| receipt["attestation"] == "L1" && !not_ours(receipt).is_empty();
    let erasures = attested(installation, before, is_noted).await?;
    let tables: BTreeSet<String> = erasures.iter().flat_map(|one| not_ours(&one.receipt)).collect();
    Ok(tables.into_iter().collect())
}

/// Erasures that were done before then, and whose newest receipt is like this.
async fn attested(
    installation: &Installation,
    before: Instant,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<Vec<Finished>> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = erasure_log::finished(&installation.database, before, after).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some((last.account, last.id));
        found.extend(page.into_iter().filter(|one| is_wanted(&one.receipt)));
    }
}

/// Writes a further receipt of an erasure; false when somebody else has it in hand, or was faster.
async fn attest(installation: &Installation, one: &Finished, level: &str, more: Value) -> Result<bool> {
    let (account, id) = (one.account, one.id);
    let Some(claim) = held::take(installation, account, id).await? else {
        return Ok(false);
    };
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), account);
    // Read again, now that nobody else can write the next one.
    let row = read(installation, &viewer, id).await?;
    let newest = row.newest_receipt();
    if row.state != "done" || newest.is_none_or(|(receipt, _)| *receipt != one.receipt) {
        held::let_go(installation, &claim).await?;
        return Ok(false);
    }
    let now = installation.clock.now();
    let told = erasure_recipient::of_erasure(&installation.database, account, id).await?;
    let mut receipt = later_receipt(&row, &claim);
    let of_now = json!({
        "attestation": level,
        "recipients": documents(&told),
        "finishedAt": instant_text(now),
        "keyId": installation.keys.receipt_key_id(),
    });
    for more in [of_now, more] {
        let (Some(receipt), Value::Object(more)) = (receipt.as_object_mut(), more) else {
            continue;
        };
        receipt.extend(more);
    }
    let signed = sign(installation, receipt)?;
    let columns: [(&str, Cell); 4] = [
        ("second_receipt", signed.receipt.into()),
        ("second_receipt_signature", signed.signature.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let event =
        AuditEvent::by_system(account, installation.new_id(), now, "erasure.attested").of("Erasure", id);
    let is_ours = job::finish(installation, &claim, &["done"], &columns, &event).await?;
    reach(FailPoint::ErasureSecondReceipt);
    Ok(is_ours)
}
