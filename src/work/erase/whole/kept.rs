//! What is left of an account that is erased: why, and until when.

use serde_json::{Value, json};

use crate::access::permit::{Ending, Permitted};
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::whole::{is_record, retained};
use crate::store::ending;
use crate::work::installation::Installation;

/// Rows that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Of which table.
    pub(super) what: String,
    /// How many.
    pub(super) rows: u64,
    /// Why.
    pub(super) why: String,
    /// When the last of them goes, as far as it is known.
    pub(super) until: Option<Instant>,
    /// Whether they are the record that the account was erased, and no part of it.
    pub(super) is_record: bool,
}

impl Kept {
    /// As it stands in receipts.
    pub(super) fn document(&self) -> Value {
        json!({
            "what": self.what,
            "rows": self.rows,
            "why": self.why,
            "until": self.until.map(instant_text),
        })
    }
}

/// What is kept of an account now.
pub(super) async fn kept(installation: &Installation, ending: &Permitted<Ending>) -> Result<Vec<Kept>> {
    let catalog = &installation.catalog;
    let mut kept = Vec::new();
    for resource in catalog.resources() {
        let Some(retain) = retained(catalog, resource) else {
            continue;
        };
        // What hangs on a row that is kept goes with it, and has no clock of its own.
        let has_clock = resource.find(&retain.from).is_some();
        let from = has_clock.then_some(retain.from.as_str());
        let (rows, latest) =
            ending::rows(&installation.database, ending.account(), &resource.table, from).await?;
        if rows > 0 {
            kept.push(Kept {
                what: resource.table.clone(),
                rows,
                why: retain.reason.clone(),
                until: latest.and_then(|latest| retain.duration.end(latest)),
                is_record: is_record(resource),
            });
        }
    }
    Ok(kept)
}
