//! The receipt of a bundle: what the caller says about the request, and what the writer knows about the counts.
//! Canonical JSON (RFC 8785), so that a signature over its bytes is a signature over what it says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::closing::{Closing, TableWritten};
use crate::error::{Fault, Result};

/// What the writer itself puts into a receipt.
pub(super) const COUNTS: &str = "counts";
/// See [`COUNTS`].
pub(super) const SIGNATURE: &str = "signature";
/// See [`COUNTS`].
pub(super) const VOLUME: &str = "volume";

/// The bytes of a JSON value in canonical form.
pub(super) fn canonical(value: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|error| Fault::Invariant(format!("canonical JSON: {error}")).into())
}

/// The receipt's bytes. An error if anything was not written as expected: such a bundle is never called ready.
pub(super) fn receipt(closing: &Closing<'_>, tables: &[TableWritten], key_id: &str) -> Result<Vec<u8>> {
    let (said, expected) = (closing.receipt, closing.expected);
    if [COUNTS, SIGNATURE, VOLUME]
        .iter()
        .any(|name| said.contains_key(*name))
    {
        return Err(
            Fault::Invariant(format!("{COUNTS}, {SIGNATURE} and {VOLUME} are the writer's own")).into(),
        );
    }
    let written: BTreeMap<&str, &TableWritten> =
        tables.iter().map(|table| (table.name.as_str(), table)).collect();
    for name in expected.keys() {
        if !written.contains_key(name.as_str()) {
            return Err(Fault::Invariant(format!("table {name} was expected and not written")).into());
        }
    }
    let mut counts = Map::new();
    for (name, table) in written {
        let rows = table.rows;
        match expected.get(name) {
            Some(expected) if *expected == rows => {
                let mut count = json!({ "expected": expected, "written": rows });
                if table.cut_cells > 0 {
                    count["cutCells"] = table.cut_cells.into();
                }
                counts.insert(name.to_owned(), count);
            }
            Some(expected) => {
                let message = format!("table {name}: {expected} rows were expected and {rows} written");
                return Err(Fault::Invariant(message).into());
            }
            None => {
                return Err(Fault::Invariant(format!("table {name} was written and not expected")).into());
            }
        }
    }
    let mut receipt = said.clone();
    receipt.insert(COUNTS.into(), Value::Object(counts));
    if let Some(volume) = closing.volume {
        receipt.insert(VOLUME.into(), volume.value());
    }
    receipt.insert(
        SIGNATURE.into(),
        json!({ "algorithm": "Ed25519", "keyId": key_id }),
    );
    canonical(&Value::Object(receipt))
}
