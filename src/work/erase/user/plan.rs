//! Planning the erasure of a user: what would be done in which account, to how many rows. Nothing is changed.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{KIND, Sealed, permitted, token};
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::Action;
use crate::plan::user::{Departing, named, steps};
use crate::store::audit::AuditEvent;
use crate::store::departure;
use crate::store::identity;
use crate::store::queue::Queue;
use crate::work::erase::listed::listed;
use crate::work::erase::plan::{check_drift, hash};
use crate::work::erase::{approval, warning};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::job::{NewJob, add_job, job_columns};

/// A user, named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserChoice {
    /// By id.
    Id(Uuid),
    /// By address.
    Email(String),
}

/// Records a plan in the platform's own account, which the viewer acts in; gives the erasure's id. Errors: `FORBIDDEN`,
/// `SUBJECT_NOT_FOUND`, `INVALID_STATE` for the last owner of an account.
pub async fn plan(installation: &Installation, viewer: &Viewer, choice: &UserChoice) -> Result<Uuid> {
    // Whoever may not learns nothing about who is there.
    super::may_erase(installation, viewer)?;
    check_drift(installation)?;
    let departing = find(installation, choice).await?;
    refuse_needed(installation, &departing).await?;
    let (id, now) = (installation.new_id(), installation.clock.now());
    let mut document = document(installation, viewer.account, &departing).await?;
    if let Some(planner) = approval::planner(installation, viewer).await? {
        document["plannedBy"] = planner;
    }
    let expires_at = now + TimeDelta::hours(i64::from(installation.catalog.settings.plan_hours));
    let own = columns(installation, (viewer.account, id), &departing, document)?;
    let input = json!({ "user": id });
    let row: Vec<(&str, Cell)> = job_columns(viewer, id, &id.to_string(), &input, "planned", now)
        .into_iter()
        .filter(|(name, _)| *name != "plan")
        .chain(own)
        .chain([("expires_at", expires_at.into())])
        .collect();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "erasure.planned").of("Erasure", id);
    let job = NewJob {
        id,
        columns: &row,
        input: &input,
        event,
        daily: None,
    };
    let id = add_job(installation, viewer, Queue::Erasures, job).await?;
    reach(FailPoint::ErasurePlanned);
    Ok(id)
}

async fn find(installation: &Installation, choice: &UserChoice) -> Result<Departing> {
    let database = &installation.database;
    let id = match choice {
        UserChoice::Id(id) => Some(*id),
        UserChoice::Email(text) => {
            let address = Address::parse(text)
                .map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()).at(["user"]))?;
            let known = identity::user_by_address(database, &address.normalized).await?;
            known.map(|known| known.id)
        }
    };
    let found = match id {
        Some(id) => departure::user(database, id).await?,
        None => None,
    };
    Ok(found.ok_or_else(|| {
        let message = "there is no such user in this installation";
        Refusal::new(Code::SubjectNotFound, message).at(["user"])
    })?)
}

/// Refuses a user without whom an account, or the installation, has nobody who may let others in.
pub(super) async fn refuse_needed(installation: &Installation, departing: &Departing) -> Result<()> {
    if founding::platform(installation).await?.operator == departing.user {
        let message = "this is the operator that every installation has; it is nobody";
        return Err(Refusal::new(Code::InvalidState, message).at(["user"]).into());
    }
    let alone = installation
        .database
        .write(async |transaction| departure::left_alone(transaction, departing.user).await)
        .await?;
    Ok(refuse_left_alone(&alone)?)
}

pub(super) fn refuse_left_alone(accounts: &[String]) -> Result<(), Refusal> {
    if accounts.is_empty() {
        return Ok(());
    }
    let message = format!(
        "this is the last owner of {}; make somebody else an owner first, or close the account",
        accounts.join(", ")
    );
    Err(Refusal::new(Code::InvalidState, message).at(["user"]))
}

/// What the erasure would do, as a document without personal data: the steps with their rows in all accounts, and how many
/// they are in each.
pub(super) async fn document(
    installation: &Installation,
    home: Uuid,
    departing: &Departing,
) -> Result<Value> {
    let catalog = &installation.catalog;
    let token = token(installation, home, departing);
    let steps = steps(catalog);
    let last = steps.len().saturating_sub(1);
    let mut all = listed(
        installation,
        &permitted(installation, home, departing)?,
        &steps,
        &token,
    )
    .await?;
    for step in &mut all[..last] {
        step["rows"] = 0.into();
    }
    let mut accounts = Vec::new();
    for account in departure::accounts(&installation.database, &named(catalog), departing).await? {
        let erasure = permitted(installation, account, departing)?;
        let theirs = listed(installation, &erasure, &steps[..last], &token).await?;
        let mut rows = 0;
        for (step, theirs) in all.iter_mut().zip(&theirs) {
            let found = theirs["rows"].as_u64().unwrap_or(0);
            step["rows"] = (step["rows"].as_u64().unwrap_or(0) + found).into();
            rows += found;
        }
        accounts.push(json!({ "account": account, "rows": rows }));
    }
    let keys = all.iter().filter(|step| step["table"] == "api_keys");
    let keys = keys.filter_map(|step| step["rows"].as_u64()).sum();
    let held = steps
        .iter()
        .zip(&all)
        .find(|(step, listed)| step.action == Action::Block && listed["rows"].as_u64().unwrap_or(0) > 0);
    if let Some((step, _)) = held {
        let message = format!(
            "the user may not be erased while {} name the user; see to them first",
            catalog.get(step.resource).plural
        );
        return Err(Refusal::new(Code::LegalHold, message).at(["user"]).into());
    }
    Ok(json!({
        "kind": "postern-erasure-plan",
        "version": 1,
        "subjectKind": KIND,
        "account": home,
        "subject": data_encoding::HEXLOWER.encode(&token),
        "policyHash": catalog.policy_hash,
        "schemaFingerprint": catalog.schema_fingerprint,
        "steps": all,
        "accounts": accounts,
        "warnings": warning::of_user(keys),
    }))
}

/// The columns of the row that say what is to be done, and to whom.
pub(super) fn columns(
    installation: &Installation,
    (account, id): (Uuid, Uuid),
    departing: &Departing,
    document: Value,
) -> Result<Vec<(&'static str, Cell)>> {
    let catalog = &installation.catalog;
    let sealed = Sealed {
        user: departing.user,
        address: departing.address.clone(),
    };
    let text = serde_json::to_string(&sealed).map_err(|error| Fault::Invariant(error.to_string()))?;
    let steps = document["steps"].as_array().into_iter().flatten();
    let rows: u64 = steps.filter_map(|step| step["rows"].as_u64()).sum();
    let plan_hash = hash(&document);
    Ok(vec![
        ("plan", document.into()),
        ("plan_hash", plan_hash.into()),
        ("subject_token", token(installation, account, departing).into()),
        (
            "subject_sealed",
            installation.keys.seal_subject(account, id, &text)?.into(),
        ),
        ("policy_hash", catalog.policy_hash.as_str().into()),
        ("schema_fingerprint", catalog.schema_fingerprint.as_str().into()),
        ("step_number", 0_i64.into()),
        ("rows_planned", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("rows_done", 0_i64.into()),
    ])
}
