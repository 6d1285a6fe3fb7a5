//! Changes to an erasure that hold only while it is in our hands (ruling 23), and whom it is about. Must not know what
//! is done to the person's rows.

use uuid::Uuid;

use super::plan::Sealed;
use crate::cell::{Cell, Kind};
use crate::error::{Error, Fault, Result};
use crate::store::Transaction;
use crate::store::audit::AuditEvent;
use crate::store::queue::{self, Claim, Queue};
use crate::work::installation::Installation;
use crate::work::job;

pub(super) async fn commit(
    installation: &Installation,
    claim: &Claim,
    columns: &[(&str, Cell)],
    event: &AuditEvent,
) -> Result<bool> {
    job::finish(installation, claim, &[], columns, event).await
}

/// Takes an erasure that has ended into our hands, for what is still to be done about it; `None`: somebody else has it.
pub(super) async fn take(installation: &Installation, account: Uuid, erasure: Uuid) -> Result<Option<Claim>> {
    let lease = (
        installation.clock.lease_milliseconds(),
        installation.lease_milliseconds,
    );
    queue::claim_one(&installation.database, Queue::Erasures, account, erasure, lease).await
}

/// Lets go of it when there was nothing to do, so that it can be looked at again at once.
pub(super) async fn let_go(installation: &Installation, claim: &Claim) -> Result<()> {
    let columns = [("lease_until", Cell::Null)];
    installation
        .database
        .write(async |transaction| queue::change(transaction, claim, &columns).await)
        .await
        .map(drop)
}

/// Moves the erasure on, and renews the lease by it.
pub(super) async fn set_state(installation: &Installation, claim: &Claim, state: &'static str) -> Result<()> {
    installation
        .database
        .write(async |transaction| keep(transaction, installation, claim, &[("state", state.into())]).await)
        .await
}

/// Begins a transaction that writes elsewhere than in the erasure's row: fails when another worker has the erasure, and
/// makes one that would take it wait.
pub(super) async fn check(
    transaction: &mut Transaction,
    installation: &Installation,
    claim: &Claim,
) -> Result<()> {
    keep(transaction, installation, claim, &[]).await
}

async fn keep(
    transaction: &mut Transaction,
    installation: &Installation,
    claim: &Claim,
    columns: &[(&str, Cell)],
) -> Result<()> {
    let lease = installation.clock.lease_milliseconds() + installation.lease_milliseconds;
    let mut columns = columns.to_vec();
    columns.push(("lease_until", lease.into()));
    columns.push(("updated_at", installation.clock.now().into()));
    if queue::change(transaction, claim, &columns).await? {
        return Ok(());
    }
    Err(taken_over())
}

fn taken_over() -> Error {
    Fault::StoreUnavailable("another worker has the erasure".into()).into()
}

/// Whom the erasure is about.
pub(in crate::work) async fn open(installation: &Installation, claim: &Claim) -> Result<Sealed> {
    let columns = [("subject_sealed", Kind::Bytes)];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        claim.account,
        claim.id,
        &columns,
    )
    .await?;
    let Some([Cell::Bytes(sealed)]) = row.as_deref() else {
        return Err(Fault::Invariant("an erasure has lost whom it is about".into()).into());
    };
    let text = installation.keys.open_subject(claim.account, claim.id, sealed)?;
    serde_json::from_str(&text)
        .map_err(|_| Fault::Invariant("an erasure's subject cannot be read".into()).into())
}
