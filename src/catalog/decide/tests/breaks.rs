//! Every way of breaking the file, with the fault that it must give.

mod fate;
mod fit;
mod form;

use std::collections::HashSet;

use super::edit::Text;
use super::{faults, told};
use crate::catalog::PolicyFaultKind::{self as Kind, *};

struct Case {
    broken: String,
    kind: Kind,
    table: &'static str,
    /// Empty where the fault is the table's.
    column: &'static str,
}

fn case(kind: Kind, table: &'static str, column: &'static str, broken: String) -> Case {
    Case {
        broken,
        kind,
        table,
        column,
    }
}

/// `from` becomes `to` in the decision about a column.
fn column(kind: Kind, table: &'static str, name: &'static str, from: &str, to: &str) -> Case {
    case(
        kind,
        table,
        name,
        Text::built_in().with(&format!("tables.{table}.columns"), name, from, to),
    )
}

/// `from` becomes `to` in the decision about a reference.
fn reference(kind: Kind, table: &'static str, name: &'static str, from: &str, to: &str) -> Case {
    case(
        kind,
        table,
        name,
        Text::built_in().with(&format!("tables.{table}.references"), name, from, to),
    )
}

/// `from` becomes `to` in a key of the stanza.
fn stanza(kind: Kind, table: &'static str, key: &str, from: &str, to: &str) -> Case {
    case(
        kind,
        table,
        "",
        Text::built_in().with(&format!("tables.{table}"), key, from, to),
    )
}

/// With a part of the API that is to go.
fn deprecating(decision: &str) -> String {
    Text::built_in().replacing(
        "[settings]\n",
        &format!("[deprecations]\n\"Subscriber.phone\" = {decision}\n\n[settings]\n"),
    )
}

fn cases() -> Vec<Case> {
    [
        form::left_out_or_unknown(),
        form::malformed(),
        fit::that_do_not_fit(),
        fate::clocks_and_fates(),
        fate::ways_and_names(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_way_of_breaking_the_policy_has_a_message_that_names_table_and_column() {
    let mut messages = HashSet::new();
    for case in cases() {
        let faults = faults(&case.broken);
        let wanted = (
            case.kind,
            Some(case.table),
            Some(case.column).filter(|column| !column.is_empty()),
        );
        let place = format!("{:?} at {}.{}", case.kind, case.table, case.column);
        let fault = faults
            .iter()
            .find(|fault| (fault.kind, fault.table.as_deref(), fault.column.as_deref()) == wanted)
            .unwrap_or_else(|| panic!("no {place} in:\n{}", told(&faults)));
        let message = &fault.message;
        assert!(message.starts_with("schema/policy.toml: "), "{message}");
        assert!(
            message.contains(case.table) && message.contains(case.column),
            "{message}"
        );
        assert!(!message.ends_with('.') && message.len() < 700, "{message}");
        assert!(
            messages.insert(message.clone()),
            "two breaks give one message: {message}"
        );
    }
    assert!(messages.len() >= 80, "only {} ways", messages.len());
}

#[test]
fn every_kind_of_fault_about_a_table_is_among_the_ways_of_breaking_it() {
    let tried: HashSet<Kind> = cases().iter().map(|case| case.kind).collect();
    // Of the file itself, below.
    let of_the_file = [
        FileMalformed,
        SettingWrong,
        DeprecationMalformed,
        DeprecationTooSoon,
    ];
    let missing: Vec<&Kind> = Kind::ALL
        .iter()
        .filter(|kind| !tried.contains(kind) && !of_the_file.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn faults_of_the_file_itself_name_the_key() {
    let text = Text::built_in();
    let settings = "settings";
    let cases = [
        (
            SettingWrong,
            "bundle_days",
            text.with(settings, "bundle_days", "7", "91"),
        ),
        (
            SettingWrong,
            "plan_hours",
            text.with(settings, "plan_hours", "72", "0"),
        ),
        (
            SettingWrong,
            "erasure_record_months",
            text.with(settings, "erasure_record_months", "36", "23"),
        ),
        (
            SettingWrong,
            "recipient_days",
            text.with(settings, "recipient_days", "30", "91"),
        ),
        (
            SettingWrong,
            "token_minutes",
            text.with(settings, "token_minutes", "15", "1440"),
        ),
        (
            SettingWrong,
            "small_cell",
            text.with(settings, "small_cell", "5", "1"),
        ),
        (
            SettingWrong,
            "invitation_days",
            text.with(settings, "invitation_days", "14", "0"),
        ),
        (
            SettingWrong,
            "upload_mebibytes",
            text.with(settings, "upload_mebibytes", "2048", "0"),
        ),
        (
            SettingWrong,
            "upload_hours",
            text.with(settings, "upload_hours", "24", "169"),
        ),
        (
            SettingWrong,
            "open_uploads",
            text.with(settings, "open_uploads", "10", "0"),
        ),
        (
            SettingWrong,
            "unconfirmed_days",
            text.with(settings, "unconfirmed_days", "30", "0"),
        ),
        (
            HoldWrong,
            "unpaid_invoice",
            text.with("holds.unpaid_invoice", "values", "\"due\"", "\"owed\""),
        ),
        (
            HoldWrong,
            "unpaid_invoice",
            text.without("holds.unpaid_invoice", "reason"),
        ),
        (
            HoldWrong,
            "plans",
            text.with("holds.unpaid_invoice", "table", "invoices", "plans"),
        ),
        (
            HoldWrong,
            "[holds.NAME]",
            text.replacing("[holds.unpaid_invoice]", "[[holds]]"),
        ),
        (
            SettingWrong,
            "retrieval_days",
            text.with(settings, "retrieval_days", "30", "29"),
        ),
        (
            SettingWrong,
            "delete_rows",
            text.with(settings, "delete_rows", "10000", "0"),
        ),
        (
            SettingWrong,
            "backup_days",
            text.with(settings, "backup_days", "90", "0"),
        ),
        (
            SettingWrong,
            "fence_sweep_minutes",
            text.with(settings, "fence_sweep_minutes", "5", "61"),
        ),
        (
            SettingWrong,
            "erasure_approval",
            text.without(settings, "erasure_approval"),
        ),
        (
            SettingWrong,
            "bundle_weeks",
            text.with(settings, "bundle_days", "bundle_days", "bundle_weeks"),
        ),
        (
            SettingWrong,
            "[settings]",
            text.replacing("[settings]\n", "[descriptions.settings]\n"),
        ),
        (
            FileMalformed,
            "[descriptions]",
            text.replacing("[settings]\n", "[descriptions.settings]\n"),
        ),
        (
            FileMalformed,
            "views",
            format!("{}\n[views]\n", text.replacing("[settings]\n", "[settings]\n\n")),
        ),
        (FileMalformed, "[tables]", "settings = 3".to_string()),
        (
            DescriptionUnknown,
            "colour",
            text.adding("descriptions", "colour = \"x\""),
        ),
        (
            DeprecationMalformed,
            "Subscriber.phone",
            deprecating("{ use = \"Subscriber.email\", declared = \"2026-11-26\" }"),
        ),
        (
            DeprecationMalformed,
            "2027-13-01",
            deprecating(
                "{ use = \"Subscriber.email\", declared = \"2026-11-26\", removed_after = \"2027-13-01\" }",
            ),
        ),
        (DeprecationMalformed, "Subscriber.phone", deprecating("true")),
        (
            DeprecationMalformed,
            "[deprecations]",
            text.replacing("[settings]\n", "deprecations = []\n\n[settings]\n"),
        ),
        (
            DeprecationTooSoon,
            "removed_after = \"2027-02-28\"",
            deprecating(
                "{ use = \"Subscriber.email\", declared = \"2026-08-31\", removed_after = \"2027-02-27\" }",
            ),
        ),
        (NotToml, "line 1", "= 3".to_string()),
        (FileMalformed, "[tables]", String::new()),
    ];
    for (kind, key, broken) in cases {
        let faults = faults(&broken);
        let found = faults
            .iter()
            .any(|fault| fault.kind == kind && fault.message.contains(key));
        assert!(found, "no {kind:?} about {key} in:\n{}", told(&faults));
        assert!(
            faults
                .iter()
                .all(|fault| fault.message.starts_with("schema/policy.toml: "))
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = Text::built_in().without_column("consents", "ip_address");
    let text = text
        .replace(
            "link_id = { on_erase = \"cascade\"",
            "link_id = { on_erase = \"forget\"",
        )
        .replace("bundle_days = 7", "bundle_days = 700");
    let kinds: Vec<Kind> = faults(&text).iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds.len(), 3);
    for kind in [SettingWrong, OnEraseUnknown, ColumnUndecided] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn the_words_for_kinds_are_distinct() {
    let words: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(words.len(), Kind::ALL.len());
}
