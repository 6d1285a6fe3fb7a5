//! A CSV of any shape, read as the example mapping says and as others do.

use entities::value::{FieldClass, FieldKind, ProfileStatus, SubscriberStatus};

use super::super::Kind;
use super::super::tests::{tell_bytes, zip_of};
use super::*;
use crate::cell::instant_text;

const EXAMPLE: &str = include_str!("../../../examples/import-mapping.toml");

fn mapping(text: &str) -> Option<Mapping> {
    Some(Mapping::parse(text, "m.toml").unwrap())
}

const HEADER: &str = "Vorname;Nachname;E-Mail;Kundennummer;Angemeldet am;Angemeldet von;Merkmale;Schuhgröße;\
                      Interessen;Interne Notiz;Status;Sonstiges";

fn windows_1252(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

#[test]
fn the_example_reads_a_file_in_another_encoding_with_other_words() {
    let rows = "José;Müller;jose@example.test;007;03.02.2020 04:05;192.0.2.7;VIP| Köln |;42;Hüte, Schuhe,;geheim;Aktiv;x\r\n\
                ;;ana@example.test;;gestern;überall;;;;;gesperrt;\r\n\
                ;;bob@example.test;;;;;;;;verreist;\r\n";
    let bytes = windows_1252(&format!("{HEADER}\r\n{rows}"));
    let told = tell_bytes("people.csv", &bytes, mapping(EXAMPLE)).unwrap();
    assert_eq!(told.kind, Kind::Mapped);
    let list = &told.layout.lists[0];
    assert_eq!(
        (told.layout.source.as_str(), list.name.as_deref()),
        ("old-crm", Some("Newsletter"))
    );
    assert_eq!(list.columns_not_taken, ["Interne Notiz", "Sonstiges"]);
    let fields: Vec<_> = list
        .fields
        .iter()
        .map(|field| (field.tag.as_str(), field.kind, field.class))
        .collect();
    let preference = Some(FieldClass::Preference);
    let expected = [
        ("SHOE_SIZE", FieldKind::Number, preference),
        ("INTERESTS", FieldKind::MultipleChoice, preference),
    ];
    assert_eq!(fields, expected);
    let people = told.people();
    let jose = people[0];
    assert_eq!(
        (jose.first_name.as_deref(), jose.last_name.as_deref()),
        (Some("José"), Some("Müller"))
    );
    assert_eq!(
        (jose.external_id.as_deref(), jose.status),
        (Some("007"), Some(ProfileStatus::Subscribed))
    );
    assert_eq!(jose.tags, ["VIP", "Köln"]);
    let at = jose
        .opted_in_at
        .as_ref()
        .and_then(|moment| moment.at)
        .map(instant_text);
    assert_eq!(at.as_deref(), Some("2020-02-03T03:05:00Z"));
    let values: Vec<_> = jose
        .values
        .iter()
        .map(|(index, text)| (*index, text.as_str()))
        .collect();
    assert_eq!(values, [(0, "42"), (1, "Hüte"), (1, "Schuhe")]);
    assert_eq!(people[1].person, Some(SubscriberStatus::Blocklisted));
    assert_eq!(
        people[1]
            .opted_in_at
            .as_ref()
            .map(|moment| (moment.at, moment.raw.as_str())),
        Some((None, "gestern"))
    );
    assert_eq!(
        (told.warnings.unreadable_times, told.warnings.unreadable_ips),
        (1, 1)
    );
    let rejected = told.rejected();
    assert_eq!(
        (rejected[0].line, rejected[0].reason),
        (4, RejectReason::UnknownStatus)
    );
    assert_eq!(rejected[0].column.as_deref(), Some("Status"));
}

const LEAST: &str = "source = \"crm\"\n[columns]\nMail = \"email\"\n";

#[test]
fn a_file_that_does_not_fit_the_mapping_is_refused_by_column() {
    let cases = [
        (
            "Mial,Name\na@example.test,Ana\n",
            LEAST.to_owned(),
            "no column \"Mail\", which the mapping names; did you mean \"Mial\"?",
        ),
        (
            "Address,Name\n",
            LEAST.to_owned(),
            "has no column \"Mail\", which the mapping names",
        ),
        ("Mail;Name\n", LEAST.to_owned(), "is the delimiter right?"),
        ("Mail,Mail\n", LEAST.to_owned(), "several columns \"Mail\""),
        (
            "Mail,a\n",
            format!("{LEAST}a = {{ field = \"a\", tag = \"EMAIL\" }}"),
            "cannot have the tag EMAIL",
        ),
        (
            "Mail,a,b\n",
            format!("{LEAST}a = {{ field = \"a\", tag = \"X\" }}\nb = {{ field = \"b\", tag = \"X\" }}"),
            "cannot have the tag X for column \"b\"",
        ),
        (
            "Mail\n",
            format!("{LEAST}[status]\ncolumn = \"State\"\nvalues = {{}}"),
            "no column \"State\"",
        ),
    ];
    for (text, words, expected) in cases {
        let error = tell_bytes("people.csv", text.as_bytes(), mapping(&words))
            .map(|_| ())
            .expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_mapping_also_reads_an_archive_and_a_file_that_would_be_known_without() {
    let text = "Mail,Name\nana@example.test,Ana\n";
    let listmonk = "Mail,email,name,attributes\nana@example.test,,,\n";
    let cases: [(&str, Vec<u8>); 3] = [
        ("any.zip", zip_of(&[("people.csv", text)])),
        ("cleaned_members_export_1.csv", text.into()),
        ("any.csv", listmonk.into()),
    ];
    for (name, bytes) in cases {
        let told = tell_bytes(name, &bytes, mapping(LEAST)).unwrap();
        assert_eq!((told.kind, told.people().len()), (Kind::Mapped, 1), "{name}");
        assert_eq!(told.people()[0].status, None);
    }
}

#[test]
fn utf16_is_read_by_its_mark_and_damage_in_it_costs_the_row_alone() {
    let mut units: Vec<u16> = "\u{feff}Mail,Name\nana@example.test,Zoë\nbob@example.test,"
        .encode_utf16()
        .collect();
    units.push(0xd800);
    units.extend("\ncyd@example.test,€\n".encode_utf16());
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let words = format!("{LEAST}Name = \"name\"");
    let told = tell_bytes("people.csv", &bytes, mapping(&words)).unwrap();
    let names: Vec<_> = told
        .people()
        .iter()
        .map(|person| person.first_name.clone().unwrap())
        .collect();
    assert_eq!(names, ["Zoë", "€"]);
    assert_eq!(
        (told.rejected()[0].line, told.rejected()[0].reason),
        (3, RejectReason::NotText)
    );
}

#[test]
fn a_word_for_all_others_gives_every_row_a_status() {
    let words = format!(
        "{LEAST}[status]\ncolumn = \"S\"\notherwise = \"non_subscribed\"\nvalues = {{ Yes = \"subscribed\" }}"
    );
    let told = tell_bytes(
        "a.csv",
        b"Mail,S\na@example.test, YES \nb@example.test,\n",
        mapping(&words),
    )
    .unwrap();
    let status: Vec<_> = told.people().iter().filter_map(|person| person.status).collect();
    assert_eq!(status, [ProfileStatus::Subscribed, ProfileStatus::NonSubscribed]);
}
