//! Whether somebody else has to agree to an erasure than the one who planned it: two people, not two credentials. A key
//! stands for whoever made it or rotated it last, who has it in hand. Must not know what agreeing does.

use uuid::Uuid;

use crate::access::viewer::{Principal, Viewer};
use crate::cell::{Cell, Kind};
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::identity;
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;

/// Refuses whoever planned the erasure, where the policy asks for a second person. Errors: `APPROVAL_NEEDED`.
pub(super) async fn check(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<()> {
    if !installation.catalog.settings.erasure_approval {
        return Ok(());
    }
    let planner = person(
        installation,
        viewer.account,
        planner(installation, viewer, erasure).await?,
    )
    .await?;
    let approver = person(installation, viewer.account, viewer.principal).await?;
    let message = match (planner, approver) {
        (Person::Known(planner), Person::Known(approver)) if planner == approver => {
            "whoever planned an erasure does not confirm it: somebody else who may erase has to"
        }
        // Whose hands it is in is not known: perhaps the planner's.
        (_, Person::Unknown) => {
            "nobody is known to have made this key, so it stands for no second person: somebody who may erase has to \
             confirm the erasure"
        }
        _ => return Ok(()),
    };
    Err(Refusal::new(Code::ApprovalNeeded, message).at(["erasure"]).into())
}

/// Who is behind a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Person {
    Known(Uuid),
    /// The one who made the key is gone.
    Unknown,
}

async fn person(installation: &Installation, account: Uuid, principal: Principal) -> Result<Person> {
    match principal {
        Principal::User(id) | Principal::Operator(id) => Ok(Person::Known(id)),
        Principal::ApiKey(id) => {
            let maker = identity::maker_of_key(&installation.database, account, id).await?;
            Ok(maker.map_or(Person::Unknown, Person::Known))
        }
    }
}

async fn planner(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<Principal> {
    let (database, columns) = (&installation.database, [("principal", Kind::Json)]);
    let row = queue::read(database, Queue::Erasures, viewer.account, erasure, &columns).await?;
    let principal = row.and_then(|row| row.into_iter().next());
    let principal = principal.and_then(|cell| match cell {
        Cell::Json(principal) => serde_json::from_value((*principal).clone()).ok(),
        _ => None,
    });
    principal.ok_or_else(|| Fault::Invariant("who planned an erasure cannot be read".into()).into())
}
