//! Every way in which a JSON array or a workbook is known to be wrong beside lanes that are right, and the finding.

use std::io::Read as _;

use serde_json::json;

use super::archive::Archive;
use super::faults::{Fault, run, table_of_faults};
use super::fixture::*;
use super::forge::*;

const EVENTS: &str = "data/json/events.json";
const EVENTS_BOOK: &str = "data/xlsx/events.xlsx";
const PEOPLE_BOOK: &str = "data/xlsx/subscribers.xlsx";
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// The table.
pub(super) const OF_LANES: &[Fault] = table_of_faults! {
    "JSON says something else", All, f => replace(f, EVENTS, "2.5", "2.6"), ["LANES_DIFFER"];
    "text in an integer, JSON", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":\"seven\""), ["VALUE_TYPE"];
    "required value null, JSON", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":null"), ["VALUE_REQUIRED"];
    "JSON key missing", All, f => replace(f, EVENTS, "\"count\":7,", ""), ["JSON_KEY_MISSING"];
    "JSON key too much", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":7,\"more\":1"), ["JSON_KEY_UNKNOWN"];
    "JSON key twice", All, f => replace(f, EVENTS, "\"count\":7", "\"count\":8,\"count\":7"), ["JSON_KEY_TWICE"];
    "JSON not UTF-8", All, f => { let c = f.get_mut("data/json/subscribers.json").unwrap(); let at = c.iter().position(|b| *b == 0xc3).unwrap(); c[at] = 0xff; },
        ["NOT_UTF8"];
    "comma missing between two objects", All, f => replace(f, EVENTS, "},\n", "}\n"), ["JSON_ARRAY"];
    "comma behind the last object", All, f => replace(f, EVENTS, "}\n]", "},\n]"), ["JSON_ARRAY"];
    "two objects on one line", All, f => replace(f, EVENTS, "},\n", "},"), ["JSON_ARRAY", "LANES_DIFFER"];
    "array that does not begin", All, f => replace(f, EVENTS, "[\n", ""), ["JSON_ARRAY"];
    "array that does not end", All, f => replace(f, EVENTS, "\n]\n", "\n"), ["JSON_ARRAY"];
    "something behind the array", All, f => f.get_mut(EVENTS).unwrap().extend(b"[]\n"), ["JSON_ARRAY"];
    "first object dropped from the array", All, f => remove_line(f, EVENTS, 1, "\n"), ["LANES_DIFFER"];
    "object more than in the other lanes", All, f => replace(f, "data/json/invoices.json", "[\n", &format!("[\n{{\"id\":\"{}\"}}\n", id(1))),
        ["LANES_DIFFER"];
    "array described as lines", All, f => change_json(f, DESCRIPTOR, |d| {
            let resource = d["resources"].as_array_mut().unwrap().iter_mut().find(|r| r["name"] == "events-array").unwrap();
            resource["format"] = json!("ndjson");
        }, ), ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "LANE_MISSING"];
    "array dropped from the descriptor", All, f => drop_resource(f, "events-array"), ["FILE_UNDECLARED", "LANE_MISSING"];
    "exact lanes described differently", All, f => change_json(f, DESCRIPTOR, |d| {
            let resource = d["resources"].as_array_mut().unwrap().iter_mut().find(|r| r["name"] == "events-array").unwrap();
            resource["schema"]["fields"][4]["description"] = json!("Something else");
        }), ["DESCRIPTOR_INVALID", "FILE_UNDECLARED", "RECEIPT_COUNTS"];
    "number changed in a sheet", All, f => change_workbook(f, EVENTS_BOOK, |b| replace(b, SHEET, "<v>7</v>", "<v>8</v>")), ["LANES_DIFFER"];
    "formula in a sheet", All, f => change_workbook(f, EVENTS_BOOK, |b| replace(b, SHEET, "<v>7</v>", "<f>3+4</f><v>7</v>")), ["LANES_DIFFER"];
    "text that is a formula once it is edited", All, f => change_workbook(f, PEOPLE_BOOK, |b| replace(b, SHEET, " s=\"1\"", "")), ["LANES_DIFFER"];
    "row dropped from a sheet", All, f => change_workbook(f, EVENTS_BOOK, |b| remove_line(b, SHEET, 4, "\n")), ["LANES_DIFFER"];
    "row too much in a sheet", All, f => change_workbook(f, EVENTS_BOOK, |b| replace(b, SHEET, "</sheetData>", "<row r=\"6\"></row>\n</sheetData>")), ["LANES_DIFFER"];
    "header of a sheet renamed", All, f => change_workbook(f, PEOPLE_BOOK, |b| replace(b, SHEET, ">note<", ">Note<")), ["XLSX_SHEET"];
    "sheet without an end", All, f => change_workbook(f, EVENTS_BOOK, |b| replace(b, SHEET, "</sheetData></worksheet>\n", "")), ["XLSX_SHEET"];
    "something behind a sheet", All, f => change_workbook(f, EVENTS_BOOK, |b| b.get_mut(SHEET).unwrap().extend(b"<!-- -->\n")), ["XLSX_SHEET"];
    "macros in a workbook", All, f => change_workbook(f, EVENTS_BOOK, |b| drop(b.insert("xl/vbaProject.bin".into(), b"x".to_vec()))), ["XLSX_PARTS"];
    "workbook that loads something", All, f => change_workbook(f, EVENTS_BOOK, |b| replace(b, "xl/_rels/workbook.xml.rels", "Target=\"styles.xml\"",
            "Target=\"https://evil.test/\" TargetMode=\"External\"")), ["XLSX_PARTS"];
    "workbook without styles", All, f => change_workbook(f, EVENTS_BOOK, |b| drop(b.remove("xl/styles.xml"))), ["XLSX_PARTS"];
    "sheet that the workbook does not name", All, f => change_workbook(f, EVENTS_BOOK, |b| {
            let sheet = b[SHEET].clone();
            b.insert("xl/worksheets/sheet2.xml".into(), sheet);
        }), ["XLSX_PARTS"];
    "workbook that is none", All, f => f.insert(EVENTS_BOOK.into(), b"no ZIP, but as long as one could be".to_vec()), ["ZIP_UNREADABLE"];
    "bytes behind a workbook", All, f => f.get_mut(EVENTS_BOOK).unwrap().push(0), ["ZIP_EXTRA_BYTES"];
    "workbook damaged inside", All, f => f.get_mut(EVENTS_BOOK).unwrap()[120] ^= 0xff, ["ZIP_CORRUPT"];
    "workbook missing, sums recomputed", All, f => f.remove(EVENTS_BOOK), ["FILE_MISSING", "LANE_MISSING"];
};

#[test]
fn every_fault_in_an_array_or_a_workbook_is_found_for_what_it_is() {
    run(&unpack(&full_bundle()), OF_LANES);
}

#[test]
fn a_workbook_that_is_packed_twice_is_refused() {
    let mut archive = Archive::new(Vec::new());
    for (name, content) in unpack(&full_bundle()) {
        archive.add(&name, &content).unwrap();
    }
    let report = check(&archive.finish().unwrap().0);
    assert_eq!(codes(&report), ["XLSX_PARTS"]);
}

#[test]
fn a_bomb_in_a_workbook_is_not_unpacked() {
    let mut files = unpack(&full_bundle());
    change_workbook(&mut files, EVENTS_BOOK, |book| {
        let mut zeros = Vec::new();
        std::io::repeat(b' ')
            .take(40 << 20)
            .read_to_end(&mut zeros)
            .unwrap();
        book.insert(SHEET.into(), zeros);
    });
    repair(&mut files, Repair::All);
    assert_eq!(codes(&check(&pack(&files))), ["ZIP_RATIO"]);
}
