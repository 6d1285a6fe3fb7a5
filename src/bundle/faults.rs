//! Every way in which a bundle is known to be wrong, and the finding for it.
//!
//! The list is that of `privacy.md` 4.4, where other validators miss a third of it, and what came up since. Unless it is
//! said otherwise, whoever made the fault had the key and repaired every sum and signature behind it, so that nothing
//! but the check meant can find it.

use std::collections::BTreeSet;
use std::io::Cursor;

use serde_json::json;

use super::fixture::*;
use super::forge::*;
use super::*;

const EVENTS_CSV: &str = "data/csv/events.csv";
const EVENTS: &str = "data/ndjson/events.ndjson";
const PEOPLE_CSV: &str = "data/csv/subscribers.csv";
const PEOPLE: &str = "data/ndjson/subscribers.ndjson";
const RECEIPT: &str = "receipt.json";

/// One way in which a bundle is wrong.
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) repair: Repair,
    pub(super) change: fn(&mut Files),
    pub(super) expected: &'static [&'static str],
}

/// A table of faults: what it is, what was repaired behind it, the change, the findings.
macro_rules! table_of_faults {
    ($($what:literal, $repair:ident, $files:ident => $change:expr, [$($code:literal),* $(,)?];)*) => {
        &[$(Fault { what: $what, repair: Repair::$repair, change: |$files| { $change; }, expected: &[$($code),*] },)*]
    };
}

pub(super) use table_of_faults;

/// What `privacy.md` 4.4 lists, in its order.
const LISTED: &[Fault] = table_of_faults! {
    "byte changed, hashes stale", Nothing, f => replace(f, PEOPLE_CSV, "ana@", "anb@"),
        ["DESCRIPTOR_SUM", "LANES_DIFFER", "MANIFEST_SUM"];
    "byte changed, descriptor hash recomputed", Descriptor, f => replace(f, PEOPLE_CSV, "ana@", "anb@"),
        ["LANES_DIFFER", "MANIFEST_SUM", "TAG_MANIFEST_SUM"];
    "file missing", Nothing, f => f.remove("data/csv/invoices.csv"), ["BAG_OXUM", "FILE_MISSING", "LANE_MISSING"];
    "file missing, sums recomputed", All, f => f.remove("data/csv/invoices.csv"), ["FILE_MISSING", "LANE_MISSING"];
    "text in an integer, CSV", All, f => replace(f, EVENTS_CSV, "\"7\"", "\"seven\""), ["VALUE_TYPE"];
    "text in an integer, NDJSON", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":\"seven\""), ["VALUE_TYPE"];
    "text in an enum, CSV", All, f => replace(f, EVENTS_CSV, "\"open\"", "\"shut\""), ["VALUE_WORD"];
    "text in an enum, NDJSON", All, f => replace(f, EVENTS, "\"open\"", "\"shut\""), ["VALUE_WORD"];
    "required value empty, CSV", All, f => replace(f, EVENTS_CSV, "\"7\"", "\"\""), ["VALUE_REQUIRED"];
    "required value null, NDJSON", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":null"), ["VALUE_REQUIRED"];
    "bad e-mail address in one lane", All, f => replace(f, PEOPLE_CSV, "ana@example.test", "ana"), ["LANES_DIFFER"];
    "bad datetime, CSV", All, f => replace(f, EVENTS_CSV, "T03:04:05Z", "T25:04:05Z"), ["VALUE_INSTANT"];
    "bad datetime, NDJSON", All, f => replace(f, EVENTS, "T03:04:05Z", "T25:04:05Z"), ["VALUE_INSTANT"];
    "dangling foreign key", All, f => for name in [EVENTS_CSV, EVENTS] {
            replace(f, name, &id(101).to_string(), &id(404).to_string());
        }, ["KEY_DANGLING"];
    "dangling foreign key into its own table", All, f => for name in [PEOPLE_CSV, PEOPLE] {
            let text = String::from_utf8(f[name].clone()).unwrap();
            let at = text.rfind(&id(103).to_string()).unwrap();
            f.insert(name.into(), format!("{}{}{}", &text[..at], id(404), &text[at + 36..]).into_bytes());
        }, ["KEY_DANGLING"];
    "duplicate key", All, f => for name in [EVENTS_CSV, EVENTS] {
            replace(f, name, &id(2).to_string(), &id(1).to_string());
        }, ["KEY_TWICE"];
    "duplicate in a unique column", All, f => {
            replace(f, PEOPLE_CSV, "'+bo@", "ana@");
            replace(f, PEOPLE, "+bo@", "ana@");
        }, ["KEY_TWICE"];
    "header renamed", All, f => replace(f, PEOPLE_CSV, "\"note\"", "\"Note\""), ["CSV_HEADER"];
    "extra cell", All, f => replace(f, EVENTS_CSV, "\"true\"", "\"true\",\"x\""), ["CSV_CELLS"];
    "datetime without zone, CSV", All, f => replace(f, EVENTS_CSV, "T03:04:05Z", "T03:04:05"), ["VALUE_INSTANT"];
    "datetime without zone, NDJSON", All, f => replace(f, EVENTS, "T03:04:05Z", "T03:04:05"), ["VALUE_INSTANT"];
    "datetime without zone, both lanes", All, f => for name in [EVENTS_CSV, EVENTS] {
            replace(f, name, "T03:04:05Z", "T03:04:05");
        }, ["VALUE_INSTANT"];
    "NDJSON \"7\" for an integer", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":\"7\""), ["VALUE_TYPE"];
    "NDJSON key missing", All, f => replace(f, EVENTS, "\"count\":7,", ""), ["JSON_KEY_MISSING"];
    "NDJSON key too much", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":7,\"more\":1"), ["JSON_KEY_UNKNOWN"];
    "NDJSON line broken", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":"), ["NDJSON_LINE"];
    "undeclared file under data/", Nothing, f => f.insert("data/more.txt".into(), b"x".to_vec()),
        ["BAG_OXUM", "FILE_UNDECLARED"];
    "undeclared file under data/, sums recomputed", All, f => f.insert("data/more.txt".into(), b"x".to_vec()),
        ["FILE_UNDECLARED"];
    "undeclared file at the top", Nothing, f => f.insert("setup.sh".into(), b"x".to_vec()), ["FILE_UNDECLARED"];
    "undeclared file at the top, sums recomputed", All, f => f.insert("setup.sh".into(), b"x".to_vec()),
        ["FILE_UNDECLARED"];
    "undeclared file among the signatures", All, f => f.insert("signatures/more.sig".into(), b"x".to_vec()),
        ["FILE_UNDECLARED"];
    "resource dropped from the descriptor", Nothing, f => drop_resource(f, "invoices"),
        ["FILE_UNDECLARED", "LANE_MISSING", "TAG_MANIFEST_SUM"];
    "table dropped from the descriptor, sums recomputed", All, f => {
            drop_resource(f, "invoices");
            drop_resource(f, "invoices-exact");
        }, ["FILE_UNDECLARED", "RECEIPT_COUNTS"];
    "title changed", Nothing, f => replace(f, DESCRIPTOR, "Export of", "Excerpt of"), ["TAG_MANIFEST_SUM"];
    "absolute path in the descriptor", All, f => replace(f, DESCRIPTOR, "\"data/csv/invoices.csv\"", "\"/etc/passwd\""),
        ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "LANE_MISSING"];
    "byte order mark", All, f => replace(f, PEOPLE_CSV, "\"id\"", "\u{feff}\"id\""), ["CSV_BYTE_ORDER_MARK"];
    "LF instead of CRLF", All, f => {
            let text = String::from_utf8(f[EVENTS_CSV].clone()).unwrap().replace("\r\n", "\n");
            f.insert(EVENTS_CSV.into(), text.into_bytes());
        }, ["CSV_LINE_END"];
    "everything re-hashed by an attacker", WithoutKey, f => for name in [PEOPLE_CSV, PEOPLE] {
            replace(f, name, "ana@", "eve@");
        }, ["SIGNATURE_INVALID"];
    "everything re-hashed and signed by an attacker's key", OtherKey, f => for name in [PEOPLE_CSV, PEOPLE] {
            replace(f, name, "ana@", "eve@");
        }, ["SIGNER_UNTRUSTED"];
};

/// What came up since.
const FURTHER: &[Fault] = table_of_faults! {
    "formula not escaped", All, f => replace(f, PEOPLE_CSV, "'=1+2", "=1+2"), ["CSV_ESCAPE"];
    "apostrophe that nothing calls for", All, f => replace(f, PEOPLE_CSV, "ana@", "'ana@"), ["CSV_ESCAPE"];
    "cell not quoted", All, f => replace(f, EVENTS_CSV, "\"7\"", "7"), ["CSV_QUOTING"];
    "quote never closed", All, f => replace(f, EVENTS_CSV, "\"7\"", "\"7"), ["CSV_QUOTING"];
    "CSV not UTF-8", All, f => { let c = f.get_mut(PEOPLE_CSV).unwrap(); let at = c.iter().position(|b| *b == 0xc3).unwrap(); c[at] = 0xff; },
        ["NOT_UTF8"];
    "NDJSON not UTF-8", All, f => { let c = f.get_mut(PEOPLE).unwrap(); let at = c.iter().position(|b| *b == 0xc3).unwrap(); c[at] = 0xff; },
        ["NOT_UTF8"];
    "NDJSON key twice", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":8,\"count\":7"), ["JSON_KEY_TWICE"];
    "last line without a line end", All, f => f.get_mut(EVENTS).unwrap().pop(), ["NDJSON_LINE"];
    "line that takes more memory than a line may", All, f => {
            let details = format!("\"details\":[{}0]", "0,".repeat(5 << 20));
            replace(f, EVENTS, "\"details\":-1", &details);
        }, ["LINE_TOO_LONG"];
    "number where a float stands", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":7.0"), ["VALUE_TYPE"];
    "row dropped from the CSV", All, f => remove_line(f, EVENTS_CSV, 3, "\r\n"), ["LANES_DIFFER"];
    "row dropped from the NDJSON", All, f => remove_line(f, EVENTS, 2, "\n"), ["LANES_DIFFER", "RECEIPT_COUNTS"];
    "row dropped from both lanes", All, f => { remove_line(f, EVENTS_CSV, 3, "\r\n"); remove_line(f, EVENTS, 2, "\n"); },
        ["RECEIPT_COUNTS"];
    "rows exchanged in one lane", All, f => {
            let text = String::from_utf8(f[EVENTS].clone()).unwrap();
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            f.insert(EVENTS.into(), [lines[1], lines[0], lines[2]].concat().into_bytes());
        }, ["LANES_DIFFER"];
    "JSON in one lane says something else", All, f => replace(f, EVENTS, "2.5", "2.6"), ["LANES_DIFFER"];
    "schema made looser", All, f => replace(f, "data/schema/events.schema.json", "\"additionalProperties\": false", "\"additionalProperties\": true"),
        ["SCHEMA_DIFFERS"];
    "schema missing", All, f => f.remove("data/schema/events.schema.json"), ["FILE_MISSING"];
    "lanes described differently", All, f => change_json(f, DESCRIPTOR, |d| d["resources"][0]["schema"]["fields"][4]["name"] = json!("number")),
        ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "RECEIPT_COUNTS"];
    "dialect changed in the descriptor", All, f => change_json(f, DESCRIPTOR, |d| d["resources"][0]["dialect"]["delimiter"] = json!(";")),
        ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "LANE_MISSING"];
    "escape rule dropped from the descriptor", All, f => replace(f, DESCRIPTOR, "apostrophe-v1", "none"), ["DESCRIPTOR_INVALID"];
    "descriptor not JSON", All, f => f.insert(DESCRIPTOR.into(), b"{".to_vec()),
        ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "RECEIPT_COUNTS"];
    "size in the descriptor", Seal, f => change_json(f, DESCRIPTOR, |d| d["resources"][0]["bytes"] = json!(1)), ["DESCRIPTOR_BYTES"];
    "reference to a table that is not there", All, f => replace(f, DESCRIPTOR, "\"resource\": \"subscribers\"", "\"resource\": \"people\""),
        ["DESCRIPTOR_INVALID"];
    "sizes in bag-info.txt", Seal, f => replace(f, "bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 9"), ["BAG_OXUM"];
    "another request's bag-info.txt", Seal, f => replace(f, "bag-info.txt", &id(9).to_string(), &id(8).to_string()), ["BAG_INFO"];
    "bag-info.txt without its source", Seal, f => replace(f, "bag-info.txt", "Source-Organization", "Source"), ["BAG_INFO"];
    "bagit.txt of another version", Seal, f => replace(f, "bagit.txt", "1.0", "0.97"), ["BAG_DECLARATION"];
    "manifest line without a sum", Seal, f => replace(f, "manifest-sha256.txt", "  data/csv/events.csv", " data/csv/events.csv"),
        ["FILE_UNDECLARED", "MANIFEST_LINE"];
    "manifest names a file twice", Seal, f => { let c = f.get_mut("manifest-sha256.txt").unwrap(); let copy = c.clone(); c.extend(copy); },
        ["MANIFEST_LINE"];
    "manifest names a file that is not there", Seal, f => f.get_mut("manifest-sha256.txt").unwrap().extend(format!("{}  data/x\n", "0".repeat(64)).bytes()),
        ["FILE_MISSING"];
    "README changed", Nothing, f => replace(f, "README.txt", "Acme", "Evil"), ["TAG_MANIFEST_SUM"];
    "README missing", All, f => f.remove("README.txt"), ["FILE_MISSING"];
    "tag manifest missing", Nothing, f => f.remove("tagmanifest-sha256.txt"), ["FILE_MISSING"];
    "receipt claims other counts", All, f => change_json(f, RECEIPT, |r| r["counts"]["events"]["written"] = json!(4)), ["RECEIPT_COUNTS"];
    "receipt admits that rows are missing", All, f => change_json(f, RECEIPT, |r| r["counts"]["events"]["expected"] = json!(4)), ["RECEIPT_COUNTS"];
    "receipt without counts", All, f => change_json(f, RECEIPT, |r| { r.as_object_mut().unwrap().remove("counts"); }), ["RECEIPT_INVALID"];
    "receipt counts a table that is not there", All, f => change_json(f, RECEIPT, |r| r["counts"]["x"] = json!({"expected": 0, "written": 0})),
        ["RECEIPT_COUNTS"];
    "receipt names another key", All, f => change_json(f, RECEIPT, |r| r["signature"]["keyId"] = json!("0123456789abcdef")), ["RECEIPT_INVALID"];
    "receipt not canonical", All, f => replace(f, RECEIPT, "{", "{ "), ["RECEIPT_NOT_CANONICAL"];
    "receipt with a key twice", All, f => replace(f, RECEIPT, "{", "{\"scope\":\"person\","), ["RECEIPT_NOT_CANONICAL"];
    "receipt not JSON", All, f => f.insert(RECEIPT.into(), b"[]".to_vec()), ["RECEIPT_INVALID"];
    "receipt changed", Nothing, f => change_json(f, RECEIPT, |r| r["scope"] = json!("person")), ["SIGNATURE_INVALID", "TAG_MANIFEST_SUM"];
    "signature missing", Nothing, f => f.remove("signatures/receipt.json.sig"), ["SIGNATURE_MISSING"];
    "signature cut off", Nothing, f => f.get_mut("signatures/tagmanifest-sha256.txt.sig").unwrap().pop(), ["SIGNATURE_INVALID"];
    "signatures exchanged", Nothing, f => {
            let one = f["signatures/receipt.json.sig"].clone();
            let other = f.insert("signatures/tagmanifest-sha256.txt.sig".into(), one).unwrap();
            f.insert("signatures/receipt.json.sig".into(), other);
        }, ["SIGNATURE_INVALID"];
    "key missing", Nothing, f => f.remove("signatures/key.pem"), ["SIGNATURE_MISSING"];
    "key that is none", Nothing, f => f.insert("signatures/key.pem".into(), b"x".to_vec()), ["KEY_INVALID"];
    "key that makes every signature true", Nothing, f => {
            let mut der = data_encoding::HEXLOWER.decode(b"302a300506032b6570032100").unwrap();
            der.extend([1].into_iter().chain([0; 31]));
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", data_encoding::BASE64.encode(&der));
            f.insert("signatures/key.pem".into(), pem.into_bytes());
        }, ["KEY_INVALID"];
};

/// Makes each fault in a sound bundle and looks whether it is found for what it is.
pub(super) fn run(sound: &Files, faults: &[Fault]) {
    let mut wrong = Vec::new();
    for fault in faults {
        let mut files = sound.clone();
        (fault.change)(&mut files);
        assert!(files != *sound, "{}: the mutation changes no byte", fault.what);
        repair(&mut files, fault.repair);
        let report = check(&pack(&files));
        let found = codes(&report);
        if found != fault.expected {
            wrong.push(format!(
                "{}: expected {:?}, found {:#?}",
                fault.what, fault.expected, report.findings
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} faults:\n{}",
        wrong.len(),
        faults.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_fault_that_other_validators_were_measured_with_is_found_for_what_it_is() {
    run(&unpack(&bundle()), LISTED);
}

#[test]
fn every_further_fault_is_found_for_what_it_is() {
    run(&unpack(&bundle()), FURTHER);
}

/// How many single faults there are at least.
const LEAST: usize = 50;

#[test]
fn more_than_fifty_single_faults_each_make_another_bundle_and_a_sound_one_has_no_finding() {
    let sound = [bundle(), full_bundle()];
    for sound in &sound {
        assert_eq!(check(sound).findings, []);
        assert_eq!(check(&pack(&unpack(sound))).findings, [], "packed by the tests");
    }
    let mut bundles: BTreeSet<Vec<u8>> = sound.clone().into();
    let mut names = BTreeSet::new();
    let [bundle, full] = sound.map(|sound| unpack(&sound));
    for (sound, faults) in [
        (&bundle, LISTED),
        (&bundle, FURTHER),
        (&full, lane_faults::OF_LANES),
    ] {
        bundles.insert(pack(sound));
        for fault in faults {
            let mut files = sound.clone();
            (fault.change)(&mut files);
            repair(&mut files, fault.repair);
            assert!(
                bundles.insert(pack(&files)),
                "{}: the bundle of another fault",
                fault.what
            );
            assert!(names.insert(fault.what), "{}: twice", fault.what);
            assert!(!fault.expected.is_empty(), "{}: nothing is expected", fault.what);
        }
    }
    for (what, zip, expected) in hostile::cases() {
        assert!(bundles.insert(zip), "{what}: the bundle of another fault");
        assert!(names.insert(what), "{what}: twice");
        assert!(!expected.is_empty(), "{what}: nothing is expected");
    }
    assert!(names.len() >= LEAST, "there are {} single faults", names.len());
}

#[test]
fn no_finding_is_without_a_mutation_that_provokes_it() {
    let hostile = hostile::cases();
    let faults = LISTED
        .iter()
        .chain(FURTHER)
        .chain(lane_faults::OF_LANES)
        .map(|fault| fault.expected);
    let zips = hostile.iter().map(|(_, _, expected)| *expected);
    let limits = hostile::LIMITED.iter().map(|(_, expected)| *expected);
    let sets = volume_faults::OF_SETS.iter().map(|fault| fault.expected);
    let all = faults.chain(zips).chain(limits).chain(sets);
    let provoked: BTreeSet<&str> = all.flatten().copied().collect();
    let known: BTreeSet<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(provoked, known);
}

#[test]
fn repacking_and_repairing_without_a_fault_leaves_a_trusted_bundle() {
    for how in [Repair::Nothing, Repair::Descriptor, Repair::Seal, Repair::All] {
        let sound = unpack(&bundle());
        let mut files = sound.clone();
        repair(&mut files, how);
        assert!(
            files == sound,
            "a repair of a sound bundle changes nothing, or it would hide what a fault does"
        );
        assert!(check(&pack(&files)).is_trusted());
    }
}

#[test]
fn without_a_key_an_attackers_signature_is_intact_and_unknown() {
    let mut files = unpack(&bundle());
    replace(&mut files, PEOPLE_CSV, "ana@", "eve@");
    replace(&mut files, PEOPLE, "ana@", "eve@");
    repair(&mut files, Repair::OtherKey);
    let report = verify(Cursor::new(pack(&files)), &Trust::Nobody).unwrap();
    assert!(report.is_intact());
    assert_eq!(
        report.signed_by,
        SignedBy::Unknown(TestKey::new(66).public().id())
    );
}

#[test]
fn no_finding_repeats_a_value_from_the_bundle() {
    let sound = unpack(&bundle());
    for fault in LISTED.iter().chain(FURTHER) {
        let mut files = sound.clone();
        (fault.change)(&mut files);
        repair(&mut files, fault.repair);
        for finding in check(&pack(&files)).findings {
            let text = finding.to_string();
            for value in [
                "example.test",
                "ana",
                "eve@",
                "Neill",
                "shut",
                "seven",
                "Mail \\\"1",
            ] {
                assert!(!text.contains(value), "{}: {text}", fault.what);
            }
        }
    }
}
