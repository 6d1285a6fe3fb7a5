//! The scalars, interfaces and small types that every part of the schema uses.

use super::builder::Builder;
use super::meaning::{CountPart, FieldMeaning, PagePart};
use crate::address::Address;
use crate::api::types::{Field, InputValue, Takes, Type, TypeRef};
use crate::clock::Instant;

/// Reads an instant as RFC 3339 writes it; finer than a microsecond is cut, as in the stores.
pub fn read_instant(text: &str) -> Option<Instant> {
    // RFC 3339 is shorter than this in every form; the parser is not fed more.
    if text.len() > 40 {
        return None;
    }
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Instant::from_timestamp_micros(at.timestamp_micros())
}

fn is_instant(text: &str) -> bool {
    read_instant(text).is_some()
}

fn is_address(text: &str) -> bool {
    text.len() <= 1_000 && Address::parse(text).is_ok()
}

fn is_large_number(text: &str) -> bool {
    text.len() <= 20 && text.parse::<i64>().is_ok()
}

pub(super) fn add(builder: &mut Builder) {
    add_scalars(builder);
    builder.add(Type::interface(
        "Node",
        "Anything that has an id of its own and can be fetched by it with `node`.",
        &[],
        vec![Field::new(
            "id",
            TypeRef::required("ID"),
            "The global id: opaque, the same for every user, authorised at each use.",
        )],
    ));
    add_page(builder);
    builder.add(Type::enumeration(
        "OrderDirection",
        "Which end of an order comes first.",
        &[
            ("ASC", "The smallest, earliest first."),
            ("DESC", "The largest, latest first."),
        ],
    ));
}

fn add_scalars(builder: &mut Builder) {
    builder.add(Type::scalar(
        "DateTime",
        "An instant after RFC 3339, in UTC, to the microsecond: `2026-03-01T12:00:00Z`.",
        Takes::TextWhere(is_instant),
        Some("https://scalars.graphql.org/andimarek/date-time"),
    ));
    builder.add(Type::scalar(
        "EmailAddress",
        "An e-mail address after RFC 5321, up to 254 bytes. Addresses that differ in case alone are the same.",
        Takes::TextWhere(is_address),
        Some("https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2"),
    ));
    builder.add(Type::scalar(
        "BigInt",
        "A whole number of 64 bits, as text, because JSON numbers of that size lose digits in many programs.",
        Takes::TextWhere(is_large_number),
        None,
    ));
}

fn add_page(builder: &mut Builder) {
    let flag = TypeRef::required("Boolean");
    let cursor = TypeRef::named("String");
    let parts = [
        (
            "hasNextPage",
            &flag,
            "Whether rows follow the last one of this page.",
            PagePart::HasNextPage,
        ),
        (
            "hasPreviousPage",
            &flag,
            "Whether rows precede the first one of this page.",
            PagePart::HasPreviousPage,
        ),
        (
            "startCursor",
            &cursor,
            "The cursor of the first row; null on an empty page.",
            PagePart::StartCursor,
        ),
        (
            "endCursor",
            &cursor,
            "The cursor of the last row; null on an empty page.",
            PagePart::EndCursor,
        ),
    ];
    let fields = parts.map(|(name, kind, about, part)| {
        builder.field(name, kind.clone(), about, FieldMeaning::OfPage(part))
    });
    builder.add(Type::object(
        "PageInfo",
        "What lies before and behind a page.",
        &[],
        fields.into(),
    ));
    let value = builder.field(
        "value",
        TypeRef::required("Int"),
        "The number; when it is not exact, there are at least so many.",
        FieldMeaning::OfCount(CountPart::Value),
    );
    let exact = builder.field(
        "isExact",
        TypeRef::required("Boolean"),
        "Whether there are exactly so many.",
        FieldMeaning::OfCount(CountPart::IsExact),
    );
    builder.add(Type::object(
        "CappedCount",
        "A number of rows, counted up to 10,000.",
        &[],
        vec![value, exact],
    ));
}

/// The four arguments of every page.
pub(super) fn page_arguments() -> [InputValue; 4] {
    [
        InputValue::new(
            "first",
            TypeRef::named("Int"),
            "How many rows from the front: 1 to 100, 25 when neither `first` nor `last` is given. More than 100 is refused with `PAGE_TOO_LARGE`.",
        ),
        InputValue::new(
            "after",
            TypeRef::named("String"),
            "Begin behind the row of this cursor.",
        ),
        InputValue::new(
            "last",
            TypeRef::named("Int"),
            "How many rows from the back: 1 to 100. Not together with `first`.",
        ),
        InputValue::new(
            "before",
            TypeRef::named("String"),
            "End before the row of this cursor.",
        ),
    ]
}
