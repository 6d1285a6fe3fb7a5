//! The page for the person who opens the ZIP and has never heard of any of this.

use super::closing::{Closing, TableWritten};
use super::lane::{Lane, Lanes};
use super::manifest::{About, one_line};
use super::volume::Volume;
use crate::cell::instant_text;

/// `README.txt`.
pub(super) fn readme(
    closing: &Closing<'_>,
    lanes: &Lanes,
    tables: &[TableWritten],
    has_files: bool,
    key_id: &str,
) -> String {
    let about = closing.about;
    [
        introduction(about, closing.volume),
        contents(lanes, tables, has_files),
        spreadsheets(lanes),
        checking(about, key_id),
    ]
    .join("\n")
}

fn introduction(about: &About, volume: Option<&Volume>) -> String {
    let title = one_line(&about.title);
    let mut text = format!("{title}\n{}\n\n", "=".repeat(title.chars().count()));
    let mut line = |label: &str, value: &str| text += &format!("{label:<16}{value}\n");
    line("Whose data:", &one_line(&about.subject));
    line("Handed over by:", &one_line(&about.organisation));
    line("Why:", &one_line(&about.reason));
    line("Written:", &instant_text(about.created));
    if let Some(snapshot) = about.snapshot {
        line("Data as of:", &instant_text(snapshot));
    }
    if let Some(until) = about.link_until {
        line("Download until:", &instant_text(until));
    }
    line("Request:", &about.request_id.to_string());
    if let Some(volume) = volume {
        text += &format!("\n{}\n", volume.sentence());
    }
    text
}

fn contents(lanes: &Lanes, tables: &[TableWritten], has_files: bool) -> String {
    let mut text = String::from("What is in here\n---------------\n");
    for lane in lanes.iter() {
        text += match lane {
            Lane::Csv => "data/csv      one table a file, for people and spreadsheets\n",
            Lane::Json => "data/json     the same tables exactly, one array a file\n",
            Lane::Ndjson => {
                "data/ndjson   the same tables exactly, one JSON object a line; if in doubt, these count\n"
            }
            Lane::Xlsx => {
                "data/xlsx     the same tables as workbooks; texts longer than a cell holds are cut off, and say so\n"
            }
        };
    }
    if has_files {
        text += "data/files    some rows again, a folder for each, with its texts as files that open by themselves\n              and the rest of it in meta.json\n";
    }
    if lanes.have_schemas() {
        text += "data/schema   what a row looks like in the exact formats, as JSON Schema\n";
    }
    text += "receipt.json  what was asked for, how many rows were expected and written, what was withheld and why\n";
    text += "datapackage.json  every column: what it means, why it is kept, where it came from\n\nTables and their rows:\n";
    let width = tables
        .iter()
        .map(|table| table.name.len())
        .max()
        .unwrap_or_default();
    for table in tables {
        text += &format!("  {:<width$}  {:>9}\n", table.name, table.rows);
    }
    text
}

fn spreadsheets(lanes: &Lanes) -> String {
    if !lanes.has(Lane::Csv) {
        return String::new();
    }
    "Before you open a CSV file in a spreadsheet\n\
     -------------------------------------------\n\
     Import it as UTF-8, separated by commas, and choose \"quoted field as text\" (LibreOffice) or the type \"Text\" for\n\
     all columns (Excel: Data, From Text). Otherwise the spreadsheet changes the data silently: 0123 becomes 123, long\n\
     numbers are rounded, dates are rewritten.\n\
     Some texts begin with an apostrophe that was put there so that nothing in them is run as a formula. To get the\n\
     text as it is, take away one apostrophe at the beginning, or read another format. An empty field means that there is\n\
     no value, or an empty text.\n"
        .into()
}

fn checking(about: &About, key_id: &str) -> String {
    let key = match &about.key_address {
        Some(address) => format!("published at {}", one_line(address)),
        None => "published by whoever handed this over".into(),
    };
    format!(
        "How to check that nothing was changed\n\
         -------------------------------------\n\
         With Postern:   postern verify FILE.zip --key KEY.pem\n\
         Without it, unzip and say:\n\
         \x20 sha256sum -c --strict manifest-sha256.txt tagmanifest-sha256.txt\n\
         \x20 openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in tagmanifest-sha256.txt \\\n\
         \x20   -sigfile signatures/tagmanifest-sha256.txt.sig\n\
         \x20 openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in receipt.json -sigfile signatures/receipt.json.sig\n\
         KEY.pem is the public key with the id {key_id},\n{key}.\n\
         Do not rely on signatures/key.pem alone: whoever changes the files can change it too.\n"
    )
}
