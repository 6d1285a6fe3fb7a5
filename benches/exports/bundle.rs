//! What a bundle says that it holds. Knows nothing of where it came from.

use std::fs::File;
use std::path::Path;

use serde_json::Value;
use zip::ZipArchive;

/// A bundle's tables.
pub struct Bundle {
    /// One for each resource.
    pub tables: Vec<Table>,
}

/// A table of a bundle.
pub struct Table {
    /// Its name in the store.
    pub name: String,
    /// The columns of its CSV.
    pub columns: Vec<String>,
    /// Its rows, as the receipt says.
    pub rows: i64,
}

impl Bundle {
    /// Reads a bundle's description and receipt.
    pub fn read(file: &Path) -> Bundle {
        let file = File::open(file).expect("the bundle was fetched");
        let mut archive = ZipArchive::new(file).expect("a bundle is a ZIP");
        let mut part = |name: &str| -> Value {
            let entry = archive.by_name(name).expect("every bundle has it");
            serde_json::from_reader(entry).expect("it is JSON")
        };
        let (description, receipt) = (part("datapackage.json"), part("receipt.json"));
        let counts = receipt["counts"].as_object().expect("the receipt counts rows");
        let tables = counts
            .iter()
            .map(|(name, counted)| Table {
                name: name.clone(),
                columns: columns(&description, name),
                rows: counted["written"].as_i64().expect("a count is a number"),
            })
            .collect();
        Bundle { tables }
    }

    /// The rows of all tables.
    pub fn rows(&self) -> i64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// The columns of a table's CSV, by the description.
fn columns(description: &Value, table: &str) -> Vec<String> {
    let path = format!("data/csv/{table}.csv");
    let resources = description["resources"].as_array();
    let resource = resources
        .into_iter()
        .flatten()
        .find(|resource| resource["path"] == path.as_str());
    let fields = resource.and_then(|resource| resource["schema"]["fields"].as_array());
    let names = fields.into_iter().flatten();
    names
        .filter_map(|field| field["name"].as_str().map(str::to_owned))
        .collect()
}
