//! The plan of an account's erasure, which the policy's clock agrees to, and the row that it begins as.

use serde_json::{Value, json};
use uuid::Uuid;

use super::kept::{Held, held};
use super::{Sealed, permitted, token};
use crate::access::permit::{Ending, Permitted};
use crate::access::viewer::Viewer;
use crate::catalog::Owner;
use crate::cell::{Cell, instant_text};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::Action;
use crate::store::audit::{self, AuditEvent};
use crate::store::ending;
use crate::store::erase::count;
use crate::store::queue::{self, Queue};
use crate::work::erase::listed::listed;
use crate::work::erase::plan::{check_drift, hash};
use crate::work::erase::warning;
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::job::job_columns;

/// What the erasure of an account would do now, as a document without personal data.
pub(super) async fn plan(
    installation: &Installation,
    permitted: &Permitted<Ending>,
    closed_at: Instant,
) -> Result<Value> {
    let catalog = &installation.catalog;
    let token = &permitted.plan().whole.token;
    let steps = listed(installation, permitted, &permitted.plan().steps, token).await?;
    let mut warnings: Vec<Value> = held(installation, permitted)
        .await?
        .iter()
        .map(Held::document)
        .collect();
    warnings.extend(warning::of_account(installation, permitted.account()).await?);
    Ok(json!({
        "kind": "postern-erasure-plan",
        "version": 1,
        "account": permitted.account(),
        "subject": data_encoding::HEXLOWER.encode(&permitted.plan().whole.token),
        "closedAt": instant_text(closed_at),
        "policyHash": catalog.policy_hash,
        "schemaFingerprint": catalog.schema_fingerprint,
        "steps": steps,
        "warnings": warnings,
    }))
}

/// Refuses while a row names somebody whose reference the policy decides `block`: a legal hold.
pub(super) async fn refuse_held(installation: &Installation, permitted: &Permitted<Ending>) -> Result<()> {
    let catalog = &installation.catalog;
    let mut blocking = permitted.plan().steps.iter();
    while let Some(step) = blocking.find(|step| step.action == Action::Block) {
        if count(&installation.database, catalog, permitted, step, &[]).await? > 0 {
            let message = format!(
                "the account may not be erased while {} name people in it; release them first",
                catalog.get(step.resource).plural
            );
            return Err(Refusal::new(Code::LegalHold, message).into());
        }
    }
    Ok(())
}

/// The columns of the row that say what is to be done, and to whom.
pub(in crate::work::erase) async fn columns(
    installation: &Installation,
    (account, erasure): (Uuid, Uuid),
    users: Vec<Uuid>,
    closed_at: Instant,
    change: impl FnOnce(&mut Value),
) -> Result<Vec<(&'static str, Cell)>> {
    let catalog = &installation.catalog;
    let text = serde_json::to_string(&Sealed { users: users.clone() })
        .map_err(|error| Fault::Invariant(error.to_string()))?;
    let ending = permitted(installation, account, erasure, users)?;
    let mut document = plan(installation, &ending, closed_at).await?;
    change(&mut document);
    let steps = document["steps"].as_array().into_iter().flatten();
    let rows: u64 = steps
        .filter(|step| step["action"] != Action::Keep.word())
        .filter_map(|step| step["rows"].as_u64())
        .sum();
    let plan_hash = hash(&document);
    Ok(vec![
        ("plan", document.into()),
        ("plan_hash", plan_hash.into()),
        ("subject_token", token(installation, account).into()),
        (
            "subject_sealed",
            installation.keys.seal_subject(account, erasure, &text)?.into(),
        ),
        ("account_closed_at", closed_at.into()),
        ("policy_hash", catalog.policy_hash.as_str().into()),
        ("schema_fingerprint", catalog.schema_fingerprint.as_str().into()),
        ("step_number", 0_i64.into()),
        ("rows_planned", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("rows_done", 0_i64.into()),
        ("confirmed_at", installation.clock.now().into()),
    ])
}

/// Whoever is a user by the account: its members, and whom its rows name, as somebody who was put out or whose time was over.
/// Those go whom no other account names.
pub(in crate::work::erase) async fn users_of(
    installation: &Installation,
    account: Uuid,
) -> Result<Vec<Uuid>> {
    let catalog = &installation.catalog;
    let naming = catalog.inverse(catalog.table("users").id);
    let named: Vec<(&str, &str)> = naming
        .filter(|(resource, _)| resource.owner == Owner::Account)
        .map(|(resource, reference)| {
            let column = resource.column(reference.column).name.as_str();
            (resource.table.as_str(), column)
        })
        .collect();
    ending::users(&installation.database, account, &named).await
}

/// Plans the erasure of an account that was closed then; gives its id, or that of the one which is there already. `None`:
/// the account is not closed any more. Errors: `LEGAL_HOLD`, `POLICY_DRIFT`.
pub(super) async fn begin(
    installation: &Installation,
    account: Uuid,
    closed_at: Instant,
) -> Result<Option<Uuid>> {
    let known = ending::ending(&installation.database, account).await?;
    if let Some(known) = known {
        return Ok(Some(known.id));
    }
    check_drift(installation)?;
    let operator = founding::platform(installation).await?.operator;
    let viewer = Viewer::at_the_machine(&installation.catalog, operator, account);
    let id = installation.new_id();
    refuse_held(installation, &permitted(installation, account, id, Vec::new())?).await?;
    let users = users_of(installation, account).await?;
    let own = columns(installation, (account, id), users, closed_at, |_| {}).await?;
    let now = installation.clock.now();
    let input = json!({ "closedAt": instant_text(closed_at) });
    let row: Vec<(&str, Cell)> = job_columns(&viewer, id, &format!("end-{id}"), &input, "confirmed", now)
        .into_iter()
        .filter(|(name, _)| *name != "plan")
        .chain(own)
        .collect();
    let event =
        AuditEvent::by_system(account, installation.new_id(), now, "erasure.confirmed").of("Erasure", id);
    let is_new = installation
        .database
        .write(async |transaction| {
            if !ending::may_begin(transaction, account, closed_at).await? {
                return Ok(false);
            }
            queue::add(
                transaction,
                Queue::Erasures,
                account,
                ("requested_by_id", operator),
                &row,
            )
            .await?;
            audit::append(transaction, std::slice::from_ref(&event)).await?;
            Ok(true)
        })
        .await?;
    if is_new {
        reach(FailPoint::ErasurePlanned);
        installation.new_job.notify_one();
        return Ok(Some(id));
    }
    let known = ending::ending(&installation.database, account).await?;
    Ok(known.map(|known| known.id))
}
