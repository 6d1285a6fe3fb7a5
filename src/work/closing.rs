//! Closing an account and opening it again. From its closing on an account is read and carried out by those who may
//! export, and nothing of it is changed; the days of retrieval are the policy's. What ends it is `erase::whole`.

use chrono::Days;

use crate::access::permit::{self, Closing, Permitted};
use crate::access::viewer::Viewer;
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::closing::{self as store, Standing};
use crate::store::{Transaction, fence};
use crate::work::installation::Installation;
use crate::work::job::IMPORT;

/// An account that is closed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Since when.
    pub closed_at: Instant,
    /// When it is erased, unless it is reopened before.
    pub erased_from: Instant,
}

impl Closed {
    /// An account that was closed then.
    pub fn since(installation: &Installation, closed_at: Instant) -> Result<Closed> {
        let days = Days::new(installation.catalog.settings.retrieval_days.into());
        let erased_from = closed_at
            .checked_add_days(days)
            .ok_or_else(|| Fault::Invariant("an account was closed at no time".into()))?;
        Ok(Closed {
            closed_at,
            erased_from,
        })
    }
}

/// How the viewer's account stands; `None`: it is open. Errors: `FORBIDDEN` for who may not close it.
pub async fn standing(installation: &Installation, viewer: &Viewer) -> Result<Option<Closed>> {
    permit::close(&installation.catalog, viewer)?;
    let closed_at = store::closed_at(&installation.database, viewer.account).await?;
    closed_at.map(|at| Closed::since(installation, at)).transpose()
}

/// Closes the viewer's account; one that is closed stays so, since when it is. Errors: `FORBIDDEN`, `BAD_USER_INPUT` for
/// another name, `INVALID_STATE` for the platform's own account, and for one whose erasure has begun.
pub async fn close(installation: &Installation, viewer: &Viewer, name: &str) -> Result<Closed> {
    let closing = permit::close(&installation.catalog, viewer)?;
    let now = installation.clock.now();
    let closed_at = installation
        .database
        .write(async |transaction| {
            // Nobody who writes people is halfway through.
            fence::fence_lock(transaction, viewer.account, true).await?;
            let standing = look(transaction, &closing, name).await?;
            if standing.is_platform {
                let message = "the platform's own account cannot be closed";
                return Err(Refusal::new(Code::InvalidState, message).into());
            }
            if let Some(closed_at) = standing.closed_at {
                return Ok(closed_at);
            }
            store::close(transaction, &closing, now).await?;
            let event = |action| AuditEvent::by(viewer, installation.new_id(), now, action);
            let mut events = vec![event("account.closed").of("Account", viewer.account)];
            for import in store::end_imports(transaction, &closing, now).await? {
                events.push(event(IMPORT.canceled).of(IMPORT.resource, import));
            }
            audit::append(transaction, &events).await?;
            Ok(now)
        })
        .await?;
    Closed::since(installation, closed_at)
}

/// Opens the viewer's account again; one that is open stays so. Errors: as [`close`], and `INVALID_STATE` when the days of
/// retrieval are over.
pub async fn reopen(installation: &Installation, viewer: &Viewer, name: &str) -> Result<()> {
    let closing = permit::close(&installation.catalog, viewer)?;
    let now = installation.clock.now();
    installation
        .database
        .write(async |transaction| {
            let standing = look(transaction, &closing, name).await?;
            let Some(closed_at) = standing.closed_at else {
                return Ok(());
            };
            if now >= Closed::since(installation, closed_at)?.erased_from {
                let message = "the days in which the account could be reopened are over; it is being erased";
                return Err(Refusal::new(Code::InvalidState, message).into());
            }
            store::reopen(transaction, &closing, now).await?;
            let event = AuditEvent::by(viewer, installation.new_id(), now, "account.reopened")
                .of("Account", viewer.account);
            audit::append(transaction, std::slice::from_ref(&event)).await
        })
        .await
}

async fn look(transaction: &mut Transaction, closing: &Permitted<Closing>, name: &str) -> Result<Standing> {
    let standing = store::look(transaction, closing).await?;
    if standing.is_erased {
        let message = "the erasure of the account has begun; it can be neither closed nor reopened";
        return Err(Refusal::new(Code::InvalidState, message).into());
    }
    if !standing.name.eq_ignore_ascii_case(name.trim()) {
        let message = "that is not the name of the account that you act in; nothing was done";
        return Err(Refusal::new(Code::BadUserInput, message).at(["name"]).into());
    }
    Ok(standing)
}
