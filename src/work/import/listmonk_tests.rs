//! Rows and attributes, as listmonk writes them.

use entities::value::FieldKind;

use super::super::tests::{Told, tell_bytes};
use super::*;
use crate::cell::instant_text;

/// An export with these rows, each without its id and times.
fn export(rows: &[(&str, &str)]) -> Told {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "uuid",
        "email",
        "name",
        "attributes",
        "status",
        "created_at",
        "updated_at",
        "extra",
    ];
    writer.write_record(header).unwrap();
    for (index, (attributes, status)) in rows.iter().enumerate() {
        let (id, email) = (format!("id-{index}"), format!("person{index}@example.test"));
        let (made, changed) = (
            "2024-07-22 14:58:23.1 +0000 +0000",
            "2024-07-22 14:58:23 +0200 CEST",
        );
        writer
            .write_record([&id, &email, "Ana van Dyk", attributes, status, made, changed, "x"])
            .unwrap();
    }
    tell_bytes("subscribers.csv", &writer.into_inner().unwrap(), None).unwrap()
}

fn fields(told: &Told) -> Vec<(&str, &str, FieldKind)> {
    let fields = told.layout.lists[0].fields.iter();
    fields
        .map(|field| (field.label.as_str(), field.tag.as_str(), field.kind))
        .collect()
}

#[test]
fn the_status_is_the_persons_and_not_the_lists() {
    let told = export(&[
        ("{}", "enabled"),
        ("{}", "disabled"),
        ("{}", "blocklisted"),
        ("{}", ""),
        ("{}", "asleep"),
    ]);
    let states: Vec<_> = told
        .people()
        .iter()
        .map(|person| (person.person, person.status))
        .collect();
    let expected = [
        (Some(SubscriberStatus::Active), None),
        (Some(SubscriberStatus::Disabled), None),
        (
            Some(SubscriberStatus::Blocklisted),
            Some(ProfileStatus::Unsubscribed),
        ),
        (None, None),
    ];
    assert_eq!(states, expected);
    let rejected = told.rejected();
    assert_eq!(
        (rejected[0].reason, rejected[0].column.as_deref()),
        (RejectReason::UnknownStatus, Some("status"))
    );
}

#[test]
fn id_name_and_times_are_taken_and_what_is_not_known_is_named() {
    let told = export(&[("", "enabled")]);
    let people = told.people();
    let person = people[0];
    assert_eq!(person.external_id.as_deref(), Some("id-0"));
    assert_eq!(
        (person.first_name.as_deref(), person.last_name.as_deref()),
        (Some("Ana"), Some("van Dyk"))
    );
    let times = [&person.created_at, &person.updated_at];
    let times = times.map(|moment| {
        moment
            .as_ref()
            .and_then(|moment| moment.at)
            .map(instant_text)
            .unwrap()
    });
    assert_eq!(times, ["2024-07-22T14:58:23.100Z", "2024-07-22T12:58:23Z"]);
    assert_eq!(told.layout.lists[0].columns_not_taken, ["extra"]);
    assert_eq!(told.layout.source, "listmonk");
}

#[test]
fn attributes_become_fields_whose_names_are_joined_by_dots() {
    let told = export(&[
        (
            r#"{"city":"Köln","shop":{"orders":3,"vip":true},"likes":["hats","shoes, red",null],"none":null}"#,
            "enabled",
        ),
        (
            r#"{"shop":{"orders":12,"id":9007199254740993},"likes":[],"rows":[[1],{"a":2}],"city":" "}"#,
            "enabled",
        ),
    ]);
    let expected = [
        ("city", "CITY", FieldKind::Text),
        ("shop.orders", "SHOP_ORDERS", FieldKind::Number),
        ("shop.vip", "SHOP_VIP", FieldKind::Boolean),
        ("likes", "LIKES", FieldKind::MultipleChoice),
        ("shop.id", "SHOP_ID", FieldKind::Text),
        ("rows", "ROWS", FieldKind::Textarea),
    ];
    assert_eq!(fields(&told), expected);
    let values = |index: usize| {
        let values = told.people()[index].values.clone();
        values
            .into_iter()
            .map(|(field, text)| format!("{field}={text}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(0), ["0=Köln", "1=3", "2=true", "3=hats", "3=shoes, red"]);
    assert_eq!(values(1), ["1=12", "4=9007199254740993", "5=[[1],{\"a\":2}]"]);
}

#[test]
fn attributes_that_are_no_object_or_too_many_reject_the_row() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let many: Vec<String> = (0..MOST_FIELDS + 1)
        .map(|number| format!("\"k{number}\":1"))
        .collect();
    let many = format!("{{{}}}", many.join(","));
    let told = export(&[
        ("{broken", "enabled"),
        ("[1]", "enabled"),
        (&deep, "enabled"),
        (&many, "enabled"),
        (r#"{"k1":2}"#, "enabled"),
    ]);
    let reasons: Vec<_> = told.rejected().iter().map(|row| (row.line, row.reason)).collect();
    let expected = [
        (2, RejectReason::Attributes),
        (3, RejectReason::Attributes),
        (4, RejectReason::Attributes),
        (5, RejectReason::TooManyAttributes),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(told.people().len(), 1);
}

#[test]
fn a_header_alone_is_an_empty_list() {
    let told = tell_bytes("a.csv", b"email,name,attributes", None).unwrap();
    assert_eq!((told.rows.len(), told.layout.lists.len()), (0, 1));
}
