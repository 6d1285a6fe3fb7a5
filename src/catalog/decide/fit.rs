//! Whether what is decided about a column fits what the column is: its type, NULL, UNIQUE, its class.

use super::faults::{Faults, PolicyFaultKind as Kind};
use crate::catalog::resource::{Class, Column, ColumnErase, Mask, Resource};
use crate::catalog::shape::TableShape;
use crate::cell;

/// Classes whose values may not be shown to those who may not see in clear.
const GUARDED: &[Class] = &[
    Class::Contact,
    Class::Identity,
    Class::Location,
    Class::OnlineId,
    Class::Content,
    Class::Financial,
    Class::Special,
    Class::ByField,
    Class::Secret,
];

/// Checks one decided column of a table.
pub(super) fn check(table: &TableShape, column: &Column, faults: &mut Faults) {
    mask(table, column, faults);
    secret(table, column, faults);
    erase(table, column, faults);
    queried(table, column, faults);
}

/// Whether a clock can start at this column: an instant that is never NULL.
pub(super) fn starts_a_clock(table: &TableShape, column: &str) -> bool {
    table
        .column(column)
        .is_some_and(|column| column.kind == cell::Kind::Instant && !column.nullable)
}

fn mask(table: &TableShape, column: &Column, faults: &mut Faults) {
    if column.mask == Mask::Clear && GUARDED.contains(&column.class) {
        let class = column.class.word();
        faults.column(
            Kind::MaskTooOpen,
            table.name,
            &column.name,
            format_args!("has the class {class} and the mask clear, which shows it to everybody; write `mask = \"hide\"` or a mask that fits"),
        );
    }
    let fits = match column.mask {
        Mask::Clear | Mask::Hide => true,
        Mask::Email => {
            column.kind == cell::Kind::Text
                && (column.name.contains("email") || column.name.contains("reply_to"))
        }
        Mask::Initial => column.kind == cell::Kind::Text,
        Mask::IpPrefix => column.kind == cell::Kind::Text && names_an_ip(&column.name),
        Mask::SmallCell => column.kind == cell::Kind::Int && !column.nullable && column.class == Class::None,
    };
    if !fits {
        let mask = mask_word(column.mask);
        faults.column(
            Kind::MaskDoesNotFit,
            table.name,
            &column.name,
            format_args!("has the mask {mask}, which is not for what it holds; email and initial are for text, ip_prefix for an IP address, small_cell for counts of the class none; write `mask = \"hide\"`"),
        );
    }
}

/// Whether what stands behind a count is a count of people itself.
pub(super) fn check_people(resources: &[Resource], faults: &mut Faults) {
    for resource in resources {
        for column in &resource.columns {
            let Some(people) = column.people.map(|id| resource.column(id)) else {
                continue;
            };
            if people.people != Some(people.id) {
                faults.column(
                    Kind::MaskDoesNotFit,
                    &resource.table,
                    &column.name,
                    format_args!("has the people {}, which counts no people itself; name a column with the mask small_cell and without people", people.name),
                );
            }
        }
    }
}

fn secret(table: &TableShape, column: &Column, faults: &mut Faults) {
    if !column.is_secret() {
        return;
    }
    if column.export.account || column.export.access || column.export.portability {
        faults.column(
            Kind::SecretExported,
            table.name,
            &column.name,
            "is a secret and in a bundle; write `export = []`",
        );
    }
    if column.filter || column.order {
        faults.column(
            Kind::SecretQueried,
            table.name,
            &column.name,
            "is a secret that can be filtered or ordered by, which would tell it letter by letter; take `filter` and `order` away",
        );
    }
}

fn erase(table: &TableShape, column: &Column, faults: &mut Faults) {
    erase_fits_the_kind(table, column, faults);
    erase_fits_the_keys(table, column, faults);
}

fn erase_fits_the_kind(table: &TableShape, column: &Column, faults: &mut Faults) {
    use cell::Kind::{Bytes, Instant, Json, Text};
    let (fits, way_out) = match column.erase {
        ColumnErase::WithRow | ColumnErase::Null | ColumnErase::Retain(_) => (true, ""),
        ColumnErase::Redact => (
            column.kind == Text,
            "redact is for text; write `erase = \"null\"`",
        ),
        ColumnErase::TruncateDay => (
            column.kind == Instant,
            "truncate_day is for instants; write `erase = \"null\"`",
        ),
        ColumnErase::TruncateIp => (
            column.kind == Text && names_an_ip(&column.name),
            "truncate_ip is for text that is named as an IP address; write `erase = \"null\"`",
        ),
        ColumnErase::Token => (
            matches!(column.kind, Text | Bytes),
            "token is for text and bytes; write `erase = \"null\"`",
        ),
        ColumnErase::Scan => (
            matches!(column.kind, Text | Json | Bytes),
            "scan is for text, JSON and bytes; write `erase = \"with_row\"`",
        ),
    };
    if !fits {
        faults.column(
            Kind::EraseDoesNotFit,
            table.name,
            &column.name,
            format_args!(
                "has an erase that is not for a value of the kind {:?}: {way_out}",
                column.kind
            ),
        );
    }
}

fn erase_fits_the_keys(table: &TableShape, column: &Column, faults: &mut Faults) {
    if column.erase == ColumnErase::Null && !column.nullable {
        faults.column(
            Kind::EraseNeedsNull,
            table.name,
            &column.name,
            "may not be NULL, so erasure cannot set it to NULL; write `erase = \"redact\"`, `\"token\"` or `\"truncate_day\"`",
        );
    }
    let collides = matches!(
        column.erase,
        ColumnErase::Redact | ColumnErase::TruncateDay | ColumnErase::TruncateIp
    );
    if collides && table.unique.iter().any(|key| key.contains(&column.name.as_str())) {
        faults.column(
            Kind::EraseBreaksUnique,
            table.name,
            &column.name,
            "is part of a unique key, where two erased rows would be equal; write `erase = \"token\"`",
        );
    }
}

fn queried(table: &TableShape, column: &Column, faults: &mut Faults) {
    if column.order && column.nullable {
        faults.column(
            Kind::OrderNeedsNotNull,
            table.name,
            &column.name,
            "may be NULL, where a keyset page would end without a word; take `order` away, or make it NOT NULL",
        );
    }
    let word = match (column.filter, column.order) {
        (_, true) => "order",
        (true, false) => "filter",
        (false, false) => return,
    };
    if column.name != "id" && !indexed(table, &column.name) {
        faults.column(
            Kind::NotIndexed,
            table.name,
            &column.name,
            format_args!("has {word}, but no index starts with it or has it next to a reference; take `{word}` away, or add an index to the entity"),
        );
    }
}

/// Whether a key starts with the column, or with a reference and then the column: enough for the whole
/// account, or for the rows of one parent.
fn indexed(table: &TableShape, column: &str) -> bool {
    let refers = |name: &str| table.references.iter().any(|reference| reference.column == name);
    table.unique.iter().chain(&table.indexes).any(|key| {
        key.first() == Some(&column)
            || (key.get(1) == Some(&column) && key.first().is_some_and(|first| refers(first)))
    })
}

fn names_an_ip(column: &str) -> bool {
    column.split('_').any(|part| part == "ip")
}

/// The word of a mask, as the file writes it.
pub(in crate::catalog) fn mask_word(mask: Mask) -> &'static str {
    match mask {
        Mask::Clear => "clear",
        Mask::Hide => "hide",
        Mask::Email => "email",
        Mask::Initial => "initial",
        Mask::IpPrefix => "ip_prefix",
        Mask::SmallCell => "small_cell",
    }
}
