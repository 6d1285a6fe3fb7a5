//! A bundle to test with: two tables of every kind of value, a key to sign with.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use chrono::DateTime;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::cell::Cell;
use crate::error::Result;

/// A key made from a number.
pub(super) struct TestKey(SigningKey);

impl TestKey {
    pub(super) fn new(seed: u8) -> Self {
        TestKey(SigningKey::from_bytes(&[seed; 32]))
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey::from_pem(&self.public_key_pem().unwrap()).unwrap()
    }
}

impl Signer for TestKey {
    fn sign(&self, bytes: &[u8]) -> Result<[u8; 64]> {
        Ok(self.0.sign(bytes).to_bytes())
    }

    fn public_key_pem(&self) -> Result<String> {
        Ok(self.0.verifying_key().to_public_key_pem(LineEnding::LF).unwrap())
    }
}

/// The key that signs, and whose signature is trusted.
pub(super) fn key() -> TestKey {
    TestKey::new(7)
}

pub(super) fn trust() -> Trust {
    Trust::Keys(vec![key().public()])
}

pub(super) fn field(name: &str, kind: FieldKind, required: bool) -> Field {
    Field {
        name: name.into(),
        kind,
        required,
        ..Field::default()
    }
}

/// What was opened, clicked and so on; refers to subscribers.
pub(super) fn events() -> Table {
    let words = ["open", "click", "bounce", "unsubscribe"]
        .map(String::from)
        .to_vec();
    Table {
        name: "events".into(),
        title: "Events".into(),
        description: "What happened to each message".into(),
        fields: vec![
            field("id", FieldKind::Uuid, true),
            field("subscriber_id", FieldKind::Uuid, false),
            field("kind", FieldKind::Words(words), true),
            field("at", FieldKind::Instant, true),
            field("count", FieldKind::Integer, true),
            field("is_proxy", FieldKind::Boolean, false),
            field("details", FieldKind::Json, false),
            field("token", FieldKind::Bytes, false),
        ],
        primary_key: vec!["id".into()],
        foreign_keys: vec![ForeignKey {
            fields: vec!["subscriber_id".into()],
            table: "subscribers".into(),
            target: vec!["id".into()],
        }],
        files: Vec::new(),
    }
}

/// People, one of whom was recommended by another.
pub(super) fn subscribers() -> Table {
    let email = Field {
        unique: true,
        class: "contact".into(),
        basis: "consent".into(),
        ..field("email", FieldKind::Text, true)
    };
    Table {
        name: "subscribers".into(),
        fields: vec![
            field("id", FieldKind::Uuid, true),
            email,
            field("name", FieldKind::Text, false),
            field("note", FieldKind::Text, true),
            field("recommended_by", FieldKind::Uuid, false),
        ],
        primary_key: vec!["id".into()],
        foreign_keys: vec![ForeignKey {
            fields: vec!["recommended_by".into()],
            table: "subscribers".into(),
            target: vec!["id".into()],
        }],
        ..Table::default()
    }
}

/// A table that nothing is in.
pub(super) fn invoices() -> Table {
    Table {
        name: "invoices".into(),
        fields: vec![field("id", FieldKind::Uuid, true)],
        ..Table::default()
    }
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn instant(micros: i64) -> Cell {
    Cell::Instant(DateTime::from_timestamp_micros(1_767_323_045_000_000 + micros).unwrap())
}

pub(super) fn event_rows() -> Vec<Vec<Cell>> {
    vec![
        vec![
            id(1).into(),
            id(101).into(),
            "open".into(),
            instant(0),
            7i64.into(),
            true.into(),
            json!({"agent": "Mail \"1\"", "size": [1, 2.5]}).into(),
            Cell::from(vec![0xfb, 0xef]),
        ],
        vec![
            id(2).into(),
            id(102).into(),
            "click".into(),
            instant(123_000),
            (1i64 << 60).into(),
            Cell::Null,
            json!(-1).into(),
            Cell::Null,
        ],
        vec![
            id(3).into(),
            Cell::Null,
            "bounce".into(),
            instant(123_456),
            (-7i64).into(),
            false.into(),
            Cell::Null,
            Cell::from(Vec::new()),
        ],
    ]
}

pub(super) fn subscriber_rows() -> Vec<Vec<Cell>> {
    vec![
        vec![
            id(101).into(),
            "ana@example.test".into(),
            "=1+2".into(),
            "".into(),
            Cell::Null,
        ],
        vec![
            id(102).into(),
            "+bo@example.test".into(),
            "O'Neill, \"Bo\"\r\n".into(),
            "'quoted".into(),
            id(101).into(),
        ],
        vec![
            id(103).into(),
            "çé@example.test".into(),
            Cell::Null,
            "＝x\0".into(),
            id(103).into(),
        ],
    ]
}

/// All tables of the fixture with their rows, sorted.
pub(super) fn tables() -> Vec<(Table, Vec<Vec<Cell>>)> {
    vec![
        (events(), event_rows()),
        (invoices(), Vec::new()),
        (subscribers(), subscriber_rows()),
    ]
}

pub(super) fn about() -> About {
    About {
        name: "account-export".into(),
        title: "Export of the account Acme".into(),
        request_id: id(9),
        created: DateTime::from_timestamp(1_767_323_045, 0).unwrap(),
        snapshot: DateTime::from_timestamp(1_767_323_000, 0),
        organisation: "Example Mail Ltd".into(),
        subject: "the account Acme".into(),
        reason: "a request by the account's owner".into(),
        link_until: DateTime::from_timestamp(1_767_923_045, 0),
        key_address: Some("https://mail.example/.well-known/postern-signing-key.pem".into()),
    }
}

pub(super) fn said() -> Map<String, Value> {
    let Value::Object(said) = json!({ "requestId": id(9), "scope": "account", "withheld": [] }) else {
        return Map::new();
    };
    said
}

/// Writes a bundle of these tables.
pub(super) fn write(tables: &[(Table, Vec<Vec<Cell>>)], lanes: &Lanes) -> Result<(Vec<u8>, Written)> {
    write_to(Vec::new(), tables, lanes, None)
}

/// Writes a bundle of these tables into `out`, or one file of a bundle.
pub(super) fn write_to<W: Write>(
    out: W,
    tables: &[(Table, Vec<Vec<Cell>>)],
    lanes: &Lanes,
    volume: Option<&Volume>,
) -> Result<(W, Written)> {
    let mut writer = Writer::new(out, &std::env::temp_dir(), lanes)?;
    let mut expected = BTreeMap::new();
    for (table, rows) in tables {
        writer.begin_table(table)?;
        for row in rows {
            writer.row(row)?;
        }
        writer.end_table()?;
        expected.insert(table.name.clone(), rows.len() as u64);
    }
    writer.finish(&Closing {
        volume,
        about: &about(),
        receipt: &said(),
        expected: &expected,
        signer: &key(),
    })
}

/// The bundle of the fixture.
pub(super) fn bundle() -> Vec<u8> {
    write(&tables(), &Lanes::default()).unwrap().0
}

/// The same with every lane.
pub(super) fn full_bundle() -> Vec<u8> {
    write(&tables(), &all_lanes()).unwrap().0
}

pub(super) fn all_lanes() -> Lanes {
    Lane::ALL.into_iter().collect()
}

/// Verifies bytes, trusting the key of the fixture.
pub(super) fn check(bytes: &[u8]) -> Report {
    verify(Cursor::new(bytes), &trust()).unwrap()
}

/// The findings of a report as words, sorted, each once.
pub(super) fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The files of a bundle by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Unpacks with another implementation of ZIP.
pub(super) fn unpack(bundle: &[u8]) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut files = Files::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(entry.name().unwrap().into_owned(), content);
    }
    files
}
