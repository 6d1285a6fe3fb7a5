//! What an import takes of a bundle, and what comes out different when the account is exported again: one list, which the
//! importer goes by and which the test of `export → import → export` compares by.

use crate::catalog::{Area, Catalog, Column, Owner, Resource};
use crate::work::account;

/// What becomes of the rows of a table.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The account's own row: what its people may set is set.
    Account,
    /// People and what the platform shows to every account: rows that are here under the same unique key stand for those
    /// of the bundle.
    Counterpart,
    /// As they are, with their ids.
    Rows,
    /// Added up by the database; the bundle's take their place when all else is in, because sums outlive what was summed.
    RollUp,
    /// Not at all, for this reason.
    Left(&'static str),
}

/// Tables that stay behind, and why.
pub const LEFT: [(&str, &str); 14] = [
    ("api_keys", "a key's secret cannot be read; make new keys"),
    ("api_usages", "what the old gateway was asked stays with it"),
    ("api_usage_days", "what the old gateway was asked stays with it"),
    ("arrivals", "what is still to be looked at lies with the rows"),
    ("audit_events", "a log tells what happened where it is kept"),
    ("audit_seals", "a log tells what happened where it is kept"),
    (
        "erasure_batches",
        "erasures belong to the gateway that carried them out",
    ),
    (
        "erasure_recipients",
        "erasures belong to the gateway that carried them out",
    ),
    ("erasures", "erasures belong to the gateway that carried them out"),
    ("exports", "exports belong to the gateway that made them"),
    ("imports", "imports belong to the gateway that took them in"),
    ("suppression_tokens", "tokens are keyed to one account"),
    (
        "transfers",
        "transfers belong to the gateway that carried them out",
    ),
    ("uploads", "an upload is there for hours alone"),
];

/// Tables that the database adds up.
const ROLL_UPS: [&str; 3] = ["campaign_breakdowns", "campaign_buckets", "list_days"];

const RIGHTS: &str = "a file gives nobody rights; only the platform's operator may take them in";

/// What becomes of a table's rows. Who is not the platform's operator takes in nobody's rights.
pub fn taken(resource: &Resource, is_operator: bool) -> Taken {
    let table = resource.table.as_str();
    if let Some((_, reason)) = LEFT.iter().find(|(left, _)| *left == table) {
        return Taken::Left(reason);
    }
    match resource.owner {
        Owner::Itself => Taken::Account,
        Owner::Members | Owner::Shared => Taken::Counterpart,
        Owner::Global => Taken::Left("it is the installation's own"),
        Owner::Account if resource.area == Area::Access && !is_operator => Taken::Left(RIGHTS),
        Owner::Account if table == "user_groups" => Taken::Counterpart,
        Owner::Account if ROLL_UPS.contains(&table) => Taken::RollUp,
        Owner::Account => Taken::Rows,
    }
}

/// Why a column of a bundle may come out different after it was imported by the platform's operator and exported again;
/// `None`: it may not.
pub fn volatile(catalog: &Catalog, resource: &Resource, column: &Column) -> Option<&'static str> {
    let refers_to = |owner: fn(&Resource) -> bool| {
        let reference = resource.reference(column.id);
        reference.is_some_and(|reference| owner(catalog.get(reference.target)))
    };
    match (resource.table.as_str(), column.name.as_str()) {
        (_, "account_id") => Some("the account is another"),
        ("accounts", name) if !account::COLUMNS.contains(&name) => {
            Some("what the platform decides about an account is decided anew")
        }
        ("users", "identity_issuer") => Some("who vouches for somebody who is new here is found out anew"),
        _ if column.is_secret() => Some("a secret cannot be read, so it has to be set again"),
        _ if refers_to(|target| matches!(taken(target, true), Taken::Left(_))) => {
            Some("the row referred to stays behind")
        }
        _ => None,
    }
}

/// The counters of a table that only rise: counted anew while rows come in, and then set to what the bundle says, since
/// they also count what is gone. Those of lists follow the rows instead.
pub fn counters(resource: &Resource) -> impl Iterator<Item = &Column> {
    let follows_rows = resource.table == "lists";
    resource
        .columns
        .iter()
        .filter(move |column| !follows_rows && is_counter(column))
}

/// Whether the database counts it by itself.
pub fn is_counter(column: &Column) -> bool {
    column.kind == crate::cell::Kind::Int && !column.nullable && column.name.ends_with("_count")
}
