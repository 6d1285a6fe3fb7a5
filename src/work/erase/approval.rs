//! Whether somebody else has to agree to an erasure than the one who planned it: two people, not two credentials. A key
//! stands for whoever made it or rotated it last, who has it in hand. Must not know what agreeing does.

use serde_json::Value;
use uuid::Uuid;

use crate::access::viewer::{Principal, Viewer};
use crate::error::{Code, Refusal, Result};
use crate::store::identity;
use crate::work::installation::Installation;

/// Who plans, as the plan says it where the policy asks for a second person: a keyed token of whoever is behind the credential
/// at that moment, whoever has it later. Null: the one who made the key is gone.
pub(super) async fn planner(installation: &Installation, viewer: &Viewer) -> Result<Option<Value>> {
    if !installation.catalog.settings.erasure_approval {
        return Ok(None);
    }
    let person = person(installation, viewer).await?;
    Ok(Some(person.map_or(Value::Null, |person| {
        token(installation, viewer, person).into()
    })))
}

/// Refuses whoever planned the erasure, where the policy asks for a second person. Errors: `APPROVAL_NEEDED`.
pub(super) async fn check(installation: &Installation, viewer: &Viewer, plan: &Value) -> Result<()> {
    if !installation.catalog.settings.erasure_approval {
        return Ok(());
    }
    let approver = person(installation, viewer).await?;
    let message = match (plan["plannedBy"].as_str(), approver) {
        (Some(planner), Some(approver)) if planner == token(installation, viewer, approver) => {
            "whoever planned an erasure does not confirm it: somebody else who may erase has to"
        }
        (Some(_), Some(_)) => return Ok(()),
        // Whose hands it is in is not known: perhaps the planner's.
        (_, None) => {
            "nobody is known to have made this key, so it stands for no second person: somebody who may erase has to \
             confirm the erasure"
        }
        (None, Some(_)) => {
            "nobody is known to have made the key that planned the erasure, so it may be yours: plan it again as somebody who \
             is known"
        }
    };
    Err(Refusal::new(Code::ApprovalNeeded, message).at(["erasure"]).into())
}

fn token(installation: &Installation, viewer: &Viewer, person: Uuid) -> String {
    let words = format!("planner {person}");
    let (_, token) = installation.keys.suppression_token(viewer.account, &words);
    data_encoding::HEXLOWER.encode(&token)
}

/// Who is behind a credential; `None`: the one who made the key is gone.
async fn person(installation: &Installation, viewer: &Viewer) -> Result<Option<Uuid>> {
    match viewer.principal {
        Principal::User(id) | Principal::Operator(id) => Ok(Some(id)),
        Principal::ApiKey(id) => identity::maker_of_key(&installation.database, viewer.account, id).await,
    }
}
