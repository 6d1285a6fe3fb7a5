//! The erasure of a whole account when its days of retrieval are over: the same steps, batches, ledger and receipts as a
//! person's. What the law keeps makes it PARTIAL; it finishes by itself, and gives another receipt.

mod batches;
mod begin;
pub mod due;
mod kept;
mod last;
mod later;
mod receipt;
pub(super) mod run;

pub(super) use batches::run_step;
pub(super) use begin::{columns, users_of};
pub(super) use later::go_on;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::access::permit::{self, Ending, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::plan::whole::{Whole, steps};
use crate::store::ending;
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;

/// What an erasure of an account has to know as long as it runs, sealed with the ring's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sealed {
    /// The users who were members.
    users: Vec<Uuid>,
}

/// What stands for the account, in its own row and in receipts: nobody can tell from it which it was.
fn token(installation: &Installation, account: Uuid) -> Vec<u8> {
    let (_, token) = installation.keys.suppression_token(account, &account.to_string());
    token.to_vec()
}

/// The steps of an account's erasure, as those at the machine may run them.
fn permitted(
    installation: &Installation,
    account: Uuid,
    erasure: Uuid,
    users: Vec<Uuid>,
) -> Result<Permitted<Ending>> {
    let catalog = &installation.catalog;
    let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), account);
    let whole = Whole {
        users,
        erasure,
        token: token(installation, account),
    };
    Ok(permit::end(catalog, &viewer, whole, steps(catalog))?)
}

/// The members whom an erasure remembers; none when it has forgotten them.
async fn users(installation: &Installation, account: Uuid, erasure: Uuid) -> Result<Vec<Uuid>> {
    let columns = [("subject_sealed", Kind::Bytes)];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        account,
        erasure,
        &columns,
    )
    .await?;
    let Some([Cell::Bytes(sealed)]) = row.as_deref() else {
        return Ok(Vec::new());
    };
    let text = installation.keys.open_subject(account, erasure, sealed)?;
    let sealed: Sealed = serde_json::from_str(&text)
        .map_err(|_| Fault::Invariant("what an erasure of an account remembers cannot be read".into()))?;
    Ok(sealed.users)
}

/// What the erasure of an account that was closed then would do now, as a document without personal data.
pub async fn plan_of(installation: &Installation, account: Uuid, closed_at: Instant) -> Result<Value> {
    let users = users_of(installation, account).await?;
    let known = ending::ending(&installation.database, account).await?;
    let erasure = known.map_or(Uuid::nil(), |known| known.id);
    let ending = permitted(installation, account, erasure, users)?;
    begin::plan(installation, &ending, closed_at).await
}
