//! What whoever agrees to an erasure should know besides the steps: what else ends by it, and what stays. Counts and words
//! alone, nothing about the person. Must not know how anything is erased.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::permit::{Erasure, Permitted};
use crate::error::Result;
use crate::plan::erase::Action;
use crate::store::sweep::is_also_a_user;
use crate::store::warning as store;
use crate::work::installation::Installation;

/// Every code of a warning, with what it means.
pub const CODES: &[(&str, &str)] = &[
    (
        ALSO_A_USER,
        "The person is also a user of the account, and stays one: another role, another request.",
    ),
    (
        BUNDLES_REMOVED,
        "Finished bundles that hold the person are removed.",
    ),
    (
        ERASURES_FIRST,
        "Erasures of people that were agreed to are done before the account's, also paused ones.",
    ),
    (
        EXPORTS_CANCELED,
        "Bundles under way are canceled: those of this person, or of the whole account that is erased.",
    ),
    (
        EXPORTS_RESTARTED,
        "Bundles under way begin again, without the person.",
    ),
    (
        KEYS_STAY,
        "API keys that the user made go on working: revoke those that nobody else answers for.",
    ),
    (
        ROWS_RETAINED,
        "Rows about the person are kept as they are, as the policy says.",
    ),
    (
        ROWS_STAY,
        "Rows stay without what names the person, such as those that totals are counted from.",
    ),
    (
        STILL_OPEN,
        "Something is open, as a bill that is not paid, and keeps parts of the account until it is settled.",
    ),
    (
        TRANSFERS_UNDER_WAY,
        "Bundles that hold the person are being handed to others: what has arrived there is theirs to erase.",
    ),
];

const ALSO_A_USER: &str = "ALSO_A_USER";
const BUNDLES_REMOVED: &str = "BUNDLES_REMOVED";
const ERASURES_FIRST: &str = "ERASURES_FIRST";
const EXPORTS_CANCELED: &str = "EXPORTS_CANCELED";
const EXPORTS_RESTARTED: &str = "EXPORTS_RESTARTED";
const KEYS_STAY: &str = "KEYS_STAY";
const ROWS_RETAINED: &str = "ROWS_RETAINED";
const ROWS_STAY: &str = "ROWS_STAY";
/// Of an account: what the policy's `holds` keep.
pub(super) const STILL_OPEN: &str = "STILL_OPEN";
const TRANSFERS_UNDER_WAY: &str = "TRANSFERS_UNDER_WAY";

/// Something to know before agreeing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// One of [`CODES`].
    pub code: String,
    /// For people.
    pub message: String,
    /// How many rows or jobs it is about.
    pub count: u64,
}

/// Those that a plan holds.
pub fn of_plan(plan: &Value) -> Vec<Warning> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let listed = plan["warnings"].as_array().into_iter().flatten();
    listed
        .map(|one| Warning {
            code: text(one, "code"),
            message: text(one, "message"),
            count: one["count"].as_u64().unwrap_or(0),
        })
        .collect()
}

/// Those of a person's erasure, as they stand in plans; `steps`: as they stand there.
pub(super) async fn of_person(
    installation: &Installation,
    erasure: &Permitted<Erasure>,
    steps: &[Value],
) -> Result<Vec<Value>> {
    let database = &installation.database;
    let jobs = store::of_person(database, erasure).await?;
    let rows_of = |is: fn(&Action) -> bool| {
        let planned = erasure.plan().steps.iter().zip(steps);
        let wanted = planned.filter(|(step, _)| is(&step.action));
        wanted.filter_map(|(_, step)| step["rows"].as_u64()).sum()
    };
    let found = [
        (ALSO_A_USER, u64::from(is_also_a_user(database, erasure).await?)),
        (BUNDLES_REMOVED, jobs.bundles),
        (EXPORTS_CANCELED, jobs.canceled),
        (EXPORTS_RESTARTED, jobs.restarted),
        (ROWS_RETAINED, rows_of(|action| *action == Action::Keep)),
        (ROWS_STAY, rows_of(|action| matches!(action, Action::Change(_)))),
        (TRANSFERS_UNDER_WAY, jobs.transfers),
    ];
    Ok(documents(&found))
}

/// Those of an account's erasure besides what is open.
pub(super) async fn of_account(installation: &Installation, account: Uuid) -> Result<Vec<Value>> {
    let jobs = store::of_account(&installation.database, account).await?;
    let found = [
        (ERASURES_FIRST, jobs.erasures),
        (EXPORTS_CANCELED, jobs.canceled),
        (TRANSFERS_UNDER_WAY, jobs.transfers),
    ];
    Ok(documents(&found))
}

/// Those of a user's erasure; `keys`: how many keys the user has made.
pub(super) fn of_user(keys: u64) -> Vec<Value> {
    documents(&[(KEYS_STAY, keys)])
}

fn documents(found: &[(&str, u64)]) -> Vec<Value> {
    let known = found.iter().filter(|(_, count)| *count > 0);
    known
        .map(|(code, count)| json!({ "code": code, "message": message(code), "count": count }))
        .collect()
}

fn message(code: &str) -> &'static str {
    let known = CODES.iter().find(|(known, _)| *known == code);
    known.map_or("", |(_, message)| message)
}
