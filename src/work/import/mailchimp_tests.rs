//! Names of files and cells of rows, as Mailchimp writes them.

use super::super::record::RejectReason;
use super::super::tests::{Told, tell_bytes, zip_of};
use super::*;
use crate::address::NotAnAddress;
use crate::cell::instant_text;

const HEADER: &str = "Email Address,First Name,Last Name,Phone Number,Handy,Colour,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\
                      CONFIRM_IP,TIMEZONE,CC,LAST_CHANGED,LEID,EUID,NOTES,TAGS";

/// One file of subscribed people.
fn subscribed(rows: &str) -> Told {
    tell_bytes(
        "subscribed_members_export_1.csv",
        format!("{HEADER}\n{rows}").as_bytes(),
        None,
    )
    .unwrap()
}

fn time(moment: &Option<super::super::record::Moment>) -> Option<String> {
    moment.as_ref().and_then(|moment| moment.at).map(instant_text)
}

#[test]
fn the_status_is_in_the_name_of_the_file() {
    use ProfileStatus::*;
    let audience = [
        ("subscribed_email_audience_export_0a1b.csv", Subscribed),
        ("subscribed_members_export_0a1b.csv", Subscribed),
        (
            "folder/unsubscribed_email_audience_export_0a1b (1).csv",
            Unsubscribed,
        ),
        ("unsubscribed_members_export_0a1b.csv", Unsubscribed),
        ("cleaned_members_export_0a1b.CSV", Cleaned),
        ("nonsubscribed_email_audience_export_0a1b.csv", NonSubscribed),
        ("transactional_members_export_0a1b.csv", NonSubscribed),
    ];
    for (path, status) in audience {
        assert_eq!(recognise(path), Some(Named { status, list: None }), "{path}");
    }
    let account = [
        ("lists/members/members_77_Our_News.csv", Subscribed),
        (
            "export/lists/unsubscribed/unsubscribed_members_77_Our_News.csv",
            Unsubscribed,
        ),
        ("Lists/Transactional/transactional_77_Our_News.csv", NonSubscribed),
    ];
    for (path, status) in account {
        assert_eq!(recognise(path).map(|named| named.status), Some(status), "{path}");
    }
    let list = recognise(account[0].0).and_then(|named| named.list);
    assert_eq!(list, Some(("77".to_owned(), "Our News".to_owned())));
    for path in [
        "campaigns.csv",
        "aggregate_activity/opened/x_export_1.csv",
        "granular_activity/opens/77_title.csv",
        "subscribed_email_audience_export_0a1b.txt",
        "members_export_0a1b.csv",
        "é",
        ".csv",
        "",
    ] {
        assert_eq!(recognise(path), None, "{path}");
    }
}

#[test]
fn a_row_says_who_it_is_and_what_was_agreed() {
    let told = subscribed(
        "Ana@Example.Test,Ana,Ünal,'+49 30 901820,'+49 170 1,red,2020-02-03 04:05:06,192.0.2.7,2020-02-03 05:00:00,\
         192.0.2.8,Europe/Berlin,DE,2024-01-02 03:04:05,1001,e1,called,\"\"\"VIP\"\",\"\"Winter, 2024\"\"\"\n",
    );
    let people = told.people();
    let person = people[0];
    assert_eq!(
        (person.address.original.as_str(), person.line),
        ("Ana@Example.Test", 2)
    );
    assert_eq!(person.status, Some(ProfileStatus::Subscribed));
    assert_eq!(person.person, None);
    assert_eq!(person.external_id.as_deref(), Some("e1"));
    assert_eq!(person.phone.as_deref(), Some("+49 30 901820"));
    assert_eq!(person.country.as_deref(), Some("DE"));
    assert_eq!(person.timezone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(time(&person.opted_in_at).as_deref(), Some("2020-02-03T04:05:06Z"));
    assert_eq!(person.opt_in_ip.as_deref(), Some("192.0.2.7"));
    assert_eq!(
        time(&person.confirmed_at).as_deref(),
        Some("2020-02-03T05:00:00Z")
    );
    assert_eq!(time(&person.updated_at).as_deref(), Some("2024-01-02T03:04:05Z"));
    assert_eq!(person.tags, ["VIP", "Winter, 2024"]);
    let labels: Vec<&str> = told.layout.lists[0]
        .fields
        .iter()
        .map(|field| field.label.as_str())
        .collect();
    assert_eq!(labels, ["Handy", "Colour"]);
    assert_eq!(told.layout.lists[0].columns_not_taken, ["LEID", "NOTES"]);
    // "Handy" is found out to be a telephone number by what is in it only if there is enough of it.
    assert_eq!(
        person.values,
        [(0, "'+49 170 1".to_owned()), (1, "red".to_owned())]
    );
}

#[test]
fn the_guard_goes_from_columns_of_telephone_numbers_alone() {
    let told = subscribed("ana@example.test,,,,'+49 170 1234567,'+49 30 901820 is not one\n");
    assert_eq!(told.rejected().len(), 1);
    let told = subscribed(&format!(
        "ana@example.test,,,,'+49 170 1234567,'=1+1{}\n",
        ",".repeat(11)
    ));
    let values = &told.people()[0].values;
    assert_eq!(
        *values,
        [(0, "+49 170 1234567".to_owned()), (1, "'=1+1".to_owned())]
    );
}

#[test]
fn what_the_platform_did_itself_is_no_consent() {
    let times = "2020-02-03 04:05:06,127.0.0.1,2020-02-03 04:05:06,2020-02-03 04:05:06";
    let told = subscribed(&format!("ana@example.test,,,,,,{times},,,,,,,\n"));
    let people = told.people();
    let person = people[0];
    assert_eq!((&person.opted_in_at, &person.opt_in_ip), (&None, &None));
    assert_eq!(time(&person.created_at).as_deref(), Some("2020-02-03T04:05:06Z"));
    assert_eq!(person.confirm_ip, None);
    let counts = (told.warnings.opt_ins_by_server, told.warnings.unreadable_ips);
    assert_eq!(counts, (1, 1));
    assert_eq!(told.warnings.sentences().len(), 2);
}

#[test]
fn bad_rows_cost_themselves_alone_and_are_named_with_line_and_column() {
    let blank = ",".repeat(16);
    let rows = [
        format!("ana@example.test{blank}"),
        format!("ana{blank}"),
        format!("ana@localhost{blank}"),
        "bob@example.test,too,short".to_owned(),
        format!("\"bob\n@example.test\"{blank}"),
        format!("bob@exa\0mple.test{blank}"),
        format!("cyd@example.test,\"C\nyd\"{}", ",".repeat(15)),
        format!("dee@example.test,\"Dee{}", ",".repeat(15)),
        format!("eli@example.test{blank}"),
    ];
    let told = subscribed(&rows.join("\r\n"));
    let good: Vec<(&str, u64)> = told
        .people()
        .iter()
        .map(|person| (person.address.normalized.as_str(), person.line))
        .collect();
    assert_eq!(
        good,
        [
            ("ana@example.test", 2),
            ("cyd@example.test", 9),
            ("eli@example.test", 12)
        ]
    );
    let bad: Vec<_> = told
        .rejected()
        .iter()
        .map(|row| (row.line, row.reason, row.column.as_deref()))
        .collect();
    let address = Some("Email Address");
    let expected = [
        (3, RejectReason::Address(NotAnAddress::NoAt), address),
        (4, RejectReason::Address(NotAnAddress::BadDomain), address),
        (
            5,
            RejectReason::ColumnCount {
                expected: 17,
                found: 3,
            },
            None,
        ),
        (6, RejectReason::Address(NotAnAddress::BadCharacter), address),
        (8, RejectReason::NulCharacter, None),
        (11, RejectReason::UnclosedQuote, None),
    ];
    assert_eq!(bad, expected);
    assert_eq!(told.rejected()[2].record, "bob@example.test,too,short");
    assert_eq!(
        told.rejected()[3].record,
        format!("\"bob\n@example.test\"{blank}")
    );
}

#[test]
fn an_audience_comes_with_what_restricts_last_and_with_the_fields_of_all_files() {
    let bytes = zip_of(&[
        (
            "unsubscribed_members_export_1.csv",
            "Email,Hat,UNSUB_TIME,UNSUB_REASON,UNSUB_REASON\na@example.test,big,2020-01-01 00:00:00,OTHER,moved\n",
        ),
        (
            "cleaned_members_export_1.csv",
            "Email,CLEAN_TIME\nb@example.test,2020-01-02 00:00:00\n",
        ),
        (
            "subscribed_members_export_1.csv",
            "Email,Shoe,Hat\nc@example.test,42,small\n",
        ),
        ("nonsubscribed_email_audience_export_1.csv", ""),
        ("readme.txt", "hello"),
    ]);
    let told = tell_bytes("audience.zip", &bytes, None).unwrap();
    let people = told.people();
    let status: Vec<_> = people.iter().filter_map(|person| person.status).collect();
    assert_eq!(
        status,
        [
            ProfileStatus::Subscribed,
            ProfileStatus::Cleaned,
            ProfileStatus::Unsubscribed
        ]
    );
    let tags: Vec<&str> = told.layout.lists[0]
        .fields
        .iter()
        .map(|field| field.tag.as_str())
        .collect();
    assert_eq!(tags, ["SHOE", "HAT"]);
    assert_eq!(people[2].values, [(1, "big".to_owned())]);
    assert_eq!(people[2].opt_out_reason.as_deref(), Some("OTHER: moved"));
    assert_eq!(
        time(&people[2].opted_out_at).as_deref(),
        Some("2020-01-01T00:00:00Z")
    );
    assert_eq!(
        time(&people[1].status_changed_at).as_deref(),
        Some("2020-01-02T00:00:00Z")
    );
    assert_eq!(people[1].opted_out_at, None);
    assert_eq!(told.warnings.files_not_taken, 1);
}

#[test]
fn the_lists_of_an_account_are_kept_apart() {
    let bytes = zip_of(&[
        (
            "lists/members/members_7_News.csv",
            "Email,Hat\na@example.test,big\n",
        ),
        (
            "lists/cleaned/cleaned_7_News.csv",
            "Email,Hat\nb@example.test,small\n",
        ),
        (
            "lists/members/members_8_Our_Shop.csv",
            "Email,Shoe\na@example.test,42\n",
        ),
        ("campaigns.csv", "Title\nSpring\n"),
        (
            "aggregate_activity/opened/1_a.csv",
            "Email Address,Opens\na@example.test,3\n",
        ),
    ]);
    let told = tell_bytes("account.zip", &bytes, None).unwrap();
    let lists: Vec<_> = told
        .layout
        .lists
        .iter()
        .map(|list| (list.name.as_deref(), list.fields.len()))
        .collect();
    assert_eq!(lists, [(Some("News"), 1), (Some("Our Shop"), 1)]);
    assert_eq!(told.layout.lists[1].external_id.as_deref(), Some("8"));
    let found: Vec<_> = told
        .people()
        .iter()
        .map(|person| (person.list, person.address.original.clone()))
        .collect();
    let person = |list, text: &str| (list, text.to_owned());
    assert_eq!(
        found,
        [
            person(0, "a@example.test"),
            person(1, "a@example.test"),
            person(0, "b@example.test")
        ]
    );
    assert_eq!(told.warnings.files_not_taken, 2);
}

#[test]
fn files_without_rows_and_wide_files_are_files() {
    let name = "subscribed_members_export_1.csv";
    for text in [
        "Email Address,Hat\n",
        "Courriel,Chapeau\n",
        "\u{feff}Email Address",
    ] {
        let told = tell_bytes(name, text.as_bytes(), None).unwrap();
        assert_eq!((told.rows.len(), told.layout.lists.len()), (0, 1), "{text}");
    }
    let labels: Vec<String> = (1..67).map(|number| format!("Question {number}")).collect();
    let answers: Vec<String> = (1..67).map(|number| format!("answer {number}")).collect();
    let text = format!(
        "Email Address,{}\nana@example.test,{}\n",
        labels.join(","),
        answers.join(",")
    );
    let told = tell_bytes(name, text.as_bytes(), None).unwrap();
    assert_eq!(told.layout.lists[0].fields.len(), 66);
    assert_eq!(told.people()[0].values.len(), 66);
    assert_eq!(told.people()[0].values[65], (65, "answer 66".to_owned()));
}
