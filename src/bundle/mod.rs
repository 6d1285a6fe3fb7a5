//! The ZIP format of a bundle: written as a stream, checked without trust. Knows no database and no catalog.
//!
//! A bundle is at once a Frictionless Data Package v2 and, unzipped, a BagIt 1.0 bag (`privacy.md` section 4).
//! Each table lies in it in every lane that was chosen: `data/csv/<table>.csv` for people and spreadsheets,
//! `data/ndjson/<table>.ndjson` and `data/json/<table>.json` as the exact lanes, with a JSON Schema for one row of them,
//! `data/xlsx/<table>.xlsx` as a workbook; rows with texts that are files of their own also as folders in `data/files`.
//! A receipt says what was asked for and how many rows were
//! expected and written; SHA-256 manifests name every file; an Ed25519 signature covers the receipt and the manifests.
//! A large bundle is made of several files, each of them all of this ([`Volume`]).
//!
//! [`Writer`] makes one from a [`Table`] and rows of [`Cell`](crate::cell::Cell)s; [`verify`] reads one that anybody may
//! have sent and says everything that is wrong with it, each finding with a [`Code`](finding::Code).

mod archive;
mod closing;
mod csv_lane;
mod deflate;
mod descriptor;
mod encode;
mod ending;
mod finding;
mod folders;
mod growing;
mod json_schema;
mod lane;
mod limits;
mod manifest;
mod ndjson_lane;
mod readme;
mod receipt;
mod signature;
mod spool;
mod spooled;
mod table;
mod verify;
mod volume;
mod writer;
mod xlsx;
mod zip_records;

#[cfg(test)]
pub mod arbitrary;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod folders_tests;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod lane_faults;
#[cfg(test)]
mod lane_tests;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod volume_faults;

pub use closing::{Closing, TableWritten, Written};
pub use csv_lane::{escape, unescape};
pub use finding::{Code as FindingCode, Finding};
pub use json_schema::json_schema;
pub use lane::{Lane, Lanes};
pub use limits::Limits;
pub use manifest::About;
pub use signature::{PublicKey, Signer};
pub use table::{Field, FieldKind, ForeignKey, RowFile, Table};
pub use verify::{
    Content, Place, Report, SignedBy, TableChecked, Trust, open_within, verify, verify_files, verify_receipt,
    verify_within,
};
pub use volume::{ClosedVolume, Volume};
pub use writer::Writer;
