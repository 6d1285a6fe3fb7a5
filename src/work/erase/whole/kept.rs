//! What is left of an account that is erased: why, and until when.

use serde_json::{Value, json};

use crate::access::permit::{Ending, Permitted};
use crate::catalog::ColumnId;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::erase::{Action, Change};
use crate::plan::whole::{hold, is_record, retained};
use crate::store::ending;
use crate::store::erase::open;
use crate::work::erase::warning::STILL_OPEN;
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
    /// The columns that are kept; none: the rows as they are.
    pub(super) columns: Vec<String>,
}

/// Columns that stay as they are, because something is open.
pub(super) struct Held {
    table: String,
    columns: Vec<String>,
    why: String,
    /// How many rows are open.
    open: u64,
}

impl Held {
    /// As it stands among the warnings of plans.
    pub(super) fn document(&self) -> Value {
        json!({
            "code": STILL_OPEN,
            "message": self.why,
            "count": self.open,
            "table": self.table,
            "columns": self.columns,
        })
    }
}

/// What would stay as it is if the account were erased now, because something is open.
pub(super) async fn held(installation: &Installation, ending: &Permitted<Ending>) -> Result<Vec<Held>> {
    let catalog = &installation.catalog;
    let mut held = Vec::new();
    for step in &ending.plan().steps {
        let (Some(hold), Action::Change(changes)) = (hold(catalog, step), &step.action) else {
            continue;
        };
        let hold = catalog.hold(hold);
        let open = open(&installation.database, catalog, ending, hold).await?;
        if open > 0 {
            let resource = catalog.get(step.resource);
            let name = |(column, _): &(ColumnId, Change)| resource.column(*column).name.clone();
            held.push(Held {
                table: resource.table.clone(),
                columns: changes.iter().map(name).collect(),
                why: format!("{}: {}", hold.reason, hold.description),
                open,
            });
        }
    }
    Ok(held)
}

impl Kept {
    /// As it stands in receipts.
    pub(super) fn document(&self) -> Value {
        json!({
            "what": self.what,
            "rows": self.rows,
            "why": self.why,
            "until": self.until.map(instant_text),
            "columns": self.columns,
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
                columns: Vec::new(),
            });
        }
    }
    for held in held(installation, ending).await? {
        kept.push(Kept {
            what: held.table,
            rows: 1,
            why: held.why,
            until: None,
            is_record: false,
            columns: held.columns,
        });
    }
    Ok(kept)
}
