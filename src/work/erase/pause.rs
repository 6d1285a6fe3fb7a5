//! Stopping an erasure for a while, and going on with it. The row alone decides: its state keeps workers from taking it up,
//! and the number of its claim, which rises, keeps whoever has it from committing anything more. The fence stays up.

use uuid::Uuid;

use super::row::read;
use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::pause as store;
use crate::work::installation::Installation;

/// States in which an erasure waits for a worker or is in a worker's hands.
const GOING_ON: [&str; 4] = ["confirmed", "fenced", "running", "verifying"];

/// Stops an erasure before its next batch. Pausing twice is pausing once. Errors: `INVALID_STATE`.
pub async fn pause(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<()> {
    let row = read(installation, viewer, erasure).await?;
    row.may_stop(viewer)?;
    if row.replay().is_some() && GOING_ON.contains(&row.state.as_str()) {
        let message = "the erasure is being repeated after a restore: until it is done somebody is back, so it cannot \
                       be paused";
        return Err(Refusal::new(Code::InvalidState, message).at(["erasure"]).into());
    }
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "erasure.paused").of("Erasure", erasure);
    let is_paused = installation
        .database
        .write(async |transaction| {
            let done = store::pause(transaction, viewer.account, erasure, now).await?;
            if done {
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(done)
        })
        .await?;
    if is_paused {
        return Ok(());
    }
    let message = match read(installation, viewer, erasure).await?.state.as_str() {
        "paused" => return Ok(()),
        "planned" => "the plan is not confirmed, so nothing runs that could be paused; cancel it instead",
        "verifying" => "the rows are gone, and the erasure is about to end; it cannot be paused any more",
        _ => "the erasure has ended; there is nothing to pause",
    };
    Err(Refusal::new(Code::InvalidState, message).at(["erasure"]).into())
}

/// Goes on with an erasure that is paused. Resuming one that goes on changes nothing. Errors: `INVALID_STATE`.
pub async fn resume(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<()> {
    read(installation, viewer, erasure).await?;
    let (id, now) = (installation.new_id(), installation.clock.now());
    let event = AuditEvent::by(viewer, id, now, "erasure.resumed").of("Erasure", erasure);
    if go_on(installation, viewer.account, erasure, &event).await? {
        return Ok(());
    }
    let state = read(installation, viewer, erasure).await?.state;
    if GOING_ON.contains(&state.as_str()) {
        return Ok(());
    }
    let message = match state.as_str() {
        "planned" => "the plan is not confirmed, so there is nothing to go on with; confirm it",
        _ => "the erasure has ended; there is nothing to go on with",
    };
    Err(Refusal::new(Code::InvalidState, message).at(["erasure"]).into())
}

/// Goes on with an erasure that is paused because what it was promised for ends; not if it is not.
pub(super) async fn end_pause(installation: &Installation, account: Uuid, erasure: Uuid) -> Result<()> {
    let (id, now) = (installation.new_id(), installation.clock.now());
    let event = AuditEvent::by_system(account, id, now, "erasure.resumed").of("Erasure", erasure);
    go_on(installation, account, erasure, &event).await.map(drop)
}

async fn go_on(
    installation: &Installation,
    account: Uuid,
    erasure: Uuid,
    event: &AuditEvent,
) -> Result<bool> {
    let done = installation
        .database
        .write(async |transaction| {
            let done = store::resume(transaction, account, erasure, event.at).await?;
            if done {
                audit::append(transaction, std::slice::from_ref(event)).await?;
            }
            Ok(done)
        })
        .await?;
    if done {
        installation.new_job.notify_one();
    }
    Ok(done)
}
