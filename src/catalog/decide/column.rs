//! One column and what is decided about it: from the words of the file to a [`Column`].

use std::collections::BTreeMap;

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::fit;
use super::holds;
use super::names;
use super::retain;
use super::walk;
use crate::catalog::policy::{ColumnPolicy, ErasePolicy, ExportWord, NonePolicy};
use crate::catalog::resource::{Class, ClassBy, Column, ColumnErase, ColumnId, Exports, Hold, Mask};
use crate::catalog::shape::{ColumnShape, TableShape};
use crate::cell;
use crate::error::quote;

/// The grounds of Art. 6 (1) GDPR, in its order.
pub(super) const BASES: &[&str] = &[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interest",
    "public_task",
    "legitimate_interest",
];

/// Where values come from. The first two make a value portable (Art. 20: provided by or observed of the person).
pub(super) const SOURCES: &[&str] = &[
    "person",
    "observed",
    "derived",
    "account",
    "platform",
    "third_party",
];
const PORTABLE: &[&str] = &["person", "observed"];

/// What is decided about a column, and where.
pub(super) enum Decision<'a> {
    /// In a group of class `none`.
    Grouped(&'a NonePolicy),
    /// By itself.
    Own(&'a ColumnPolicy),
}

/// Where a column stands, and what its decision may refer to.
pub(super) struct Place<'a> {
    pub(super) shapes: &'a [TableShape],
    pub(super) table: &'a TableShape,
    pub(super) column: &'a ColumnShape,
    pub(super) id: ColumnId,
    pub(super) descriptions: &'a BTreeMap<String, String>,
    pub(super) own_descriptions: &'a BTreeMap<String, String>,
    pub(super) holds: &'a [Hold],
}

impl Place<'_> {
    fn fault(&self, faults: &mut Faults, kind: Kind, text: impl std::fmt::Display) {
        faults.column(kind, self.table.name, self.column.name, text);
    }
}

/// The column as it is decided.
pub(super) fn decided(place: &Place, decision: &Decision, faults: &mut Faults) -> Column {
    let mut column = Column {
        id: place.id,
        name: place.column.name.to_string(),
        field: names::camel(place.column.name),
        kind: place.column.kind,
        nullable: place.column.nullable,
        words: place.column.words.clone(),
        enum_name: place.column.enum_name.as_deref().map(names::pascal),
        class: Class::None,
        class_by: None,
        purpose: None,
        basis: None,
        source: None,
        export: Exports::default(),
        erase: ColumnErase::WithRow,
        held_by: None,
        mask: Mask::Clear,
        people: None,
        filter: false,
        order: false,
        internal: false,
        loose: Vec::new(),
        description: String::new(),
    };
    match decision {
        Decision::Grouped(group) => {
            column.export = exports(&group.export);
            column.filter = group.filter;
            column.order = group.order;
            column.internal = group.internal;
        }
        Decision::Own(policy) => own(place, policy, &mut column, faults),
    }
    column.description = description(place, decision);
    fit::check(place.table, &column, faults);
    column
}

fn own(place: &Place, policy: &ColumnPolicy, column: &mut Column, faults: &mut Faults) {
    column.class = policy.class;
    column.purpose.clone_from(&policy.purpose);
    column.basis.clone_from(&policy.basis);
    column.source.clone_from(&policy.source);
    column.export = exports(&policy.export);
    column.filter = policy.filter;
    column.order = policy.order;
    column.internal = policy.internal;
    column.class_by = class_by(place, policy, faults);
    column.mask = policy.mask.unwrap_or(if policy.class.is_personal() {
        Mask::Hide
    } else {
        Mask::Clear
    });
    column.people = people(place, policy, faults);
    if let Some(erase) = erase(place, &policy.erase, faults) {
        column.erase = erase;
    }
    if let Some(name) = &policy.held_by {
        column.held_by = holds::named(place.holds, name);
        if column.held_by.is_none() {
            let name = quote(name);
            place.fault(
                faults,
                Kind::HoldWrong,
                format_args!("is held by {name}, which is not known; add [holds.{name}], or mend the name"),
            );
        }
    }
    for name in &policy.loose {
        match walk::table(place.shapes, name) {
            Ok(target) => column.loose.push(walk::resource_id(target)),
            Err(text) => place.fault(
                faults,
                Kind::LooseReference,
                format_args!("is loose to a table that does not exist: {text}"),
            ),
        }
    }
    completeness(place, policy, faults);
    provenance(place, policy, faults);
    looseness(place, policy, faults);
}

fn exports(words: &[ExportWord]) -> Exports {
    Exports {
        account: words.contains(&ExportWord::Account),
        access: words.contains(&ExportWord::Access),
        portability: words.contains(&ExportWord::Portability),
    }
}

fn completeness(place: &Place, policy: &ColumnPolicy, faults: &mut Faults) {
    if !policy.class.is_personal() {
        return;
    }
    let present = [
        (
            "purpose",
            policy
                .purpose
                .as_ref()
                .is_some_and(|text| !text.trim().is_empty()),
            "\"…\"",
        ),
        ("basis", policy.basis.is_some(), "\"consent\""),
        ("source", policy.source.is_some(), "\"person\""),
        ("mask", policy.mask.is_some(), "\"hide\""),
    ];
    for (key, _, example) in present.iter().filter(|(_, there, _)| !there) {
        place.fault(
            faults,
            Kind::ClassIncomplete,
            format_args!("is personal data and has no {key}; add `{key} = {example}` to its decision"),
        );
    }
}

fn provenance(place: &Place, policy: &ColumnPolicy, faults: &mut Faults) {
    if let Some(basis) = policy.basis.as_deref().filter(|basis| !BASES.contains(basis)) {
        let bases = BASES.join(", ");
        place.fault(
            faults,
            Kind::BasisUnknown,
            format_args!(
                "has the basis {}, which Art. 6 GDPR does not know; it is one of {bases}",
                quote(basis)
            ),
        );
    }
    if let Some(source) = policy
        .source
        .as_deref()
        .filter(|source| !SOURCES.contains(source))
    {
        let sources = SOURCES.join(", ");
        place.fault(
            faults,
            Kind::SourceUnknown,
            format_args!(
                "has the source {}, which is not known; it is one of {sources}",
                quote(source)
            ),
        );
    }
    // Ids hold a bundle's tables together; they carry nothing of the person.
    let frame = matches!(policy.class, Class::None | Class::Pseudonym);
    let portable = policy
        .source
        .as_deref()
        .is_none_or(|source| PORTABLE.contains(&source));
    if !frame && policy.export.contains(&ExportWord::Portability) && !portable {
        place.fault(
            faults,
            Kind::ExportNotPortable,
            "is in the portability bundle, but the person neither gave it nor was observed; take `portability` out of its export, or mend its source",
        );
    }
}

/// A column that looks like a reference or an address is looked at twice (`privacy.md` 3.3, rule 2).
fn looseness(place: &Place, policy: &ColumnPolicy, faults: &mut Faults) {
    let name = place.column.name;
    let refers = place
        .table
        .references
        .iter()
        .any(|reference| reference.column == name);
    let like_an_id = place.column.kind == cell::Kind::Uuid && name.ends_with("_id") && !refers;
    let like_an_address = place.column.kind == cell::Kind::Text && name.contains("email");
    if policy.class == Class::None && (like_an_id || like_an_address) {
        let looks = if like_an_id { "a reference" } else { "an address" };
        place.fault(
            faults,
            Kind::LooseReference,
            format_args!(
                "looks like {looks} and has the class none; give it a class, or list it by name in none"
            ),
        );
    }
    if like_an_id && policy.class.is_personal() && policy.class != Class::Secret && policy.loose.is_empty() {
        place.fault(
            faults,
            Kind::LooseReference,
            "names a row without a foreign key; add `loose = [\"subscribers\"]` with the tables that it can name",
        );
    }
}

fn class_by(place: &Place, policy: &ColumnPolicy, faults: &mut Faults) -> Option<ClassBy> {
    let walk = match (policy.class, &policy.class_by) {
        (Class::ByField, Some(walk)) => walk,
        (Class::ByField, None) => {
            place.fault(
                faults,
                Kind::ClassByWrong,
                "has the class by_field and does not say by which; add `class_by = \"reference/column\"`",
            );
            return None;
        }
        (_, Some(_)) => {
            place.fault(
                faults,
                Kind::ClassByWrong,
                "has a class_by and a class of its own; keep one of them",
            );
            return None;
        }
        (_, None) => return None,
    };
    match class_column(place, walk) {
        Ok(found) => Some(found),
        Err(text) => {
            place.fault(
                faults,
                Kind::ClassByWrong,
                format_args!("has the class_by {}: {text}", quote(walk)),
            );
            None
        }
    }
}

/// The column that says how many people stand behind a count.
fn people(place: &Place, policy: &ColumnPolicy, faults: &mut Faults) -> Option<ColumnId> {
    match (policy.mask, &policy.people) {
        (Some(Mask::SmallCell), None) => Some(place.id),
        (Some(Mask::SmallCell), Some(name)) => match walk::column_id(place.table, name) {
            Ok(id) => Some(id),
            Err(text) => {
                let name = quote(name);
                place.fault(
                    faults,
                    Kind::MaskDoesNotFit,
                    format_args!("has the people {name}: {text}"),
                );
                None
            }
        },
        (_, Some(_)) => {
            place.fault(
                faults,
                Kind::MaskDoesNotFit,
                "has people, which is for the mask small_cell alone; take it away",
            );
            None
        }
        (_, None) => None,
    }
}

fn class_column(place: &Place, walk: &str) -> Result<ClassBy, String> {
    let (reference, column) = walk.split_once('/').ok_or("it has the form reference/column")?;
    let target = place
        .table
        .references
        .iter()
        .find(|shape| shape.column == reference);
    let target =
        target.ok_or_else(|| format!("{} has no reference {}", place.table.name, quote(reference)))?;
    let target = &place.shapes[walk::table(place.shapes, &target.table)?];
    let id = walk::column_id(target, column)?;
    let words = &target.columns[usize::from(id.0)].words;
    let class = |word: &String| toml::Value::String(word.clone()).try_into::<Class>().is_ok();
    if words.is_empty() || !words.iter().all(class) {
        return Err(format!(
            "{}.{column} does not hold classes of personal data",
            target.name
        ));
    }
    Ok(ClassBy {
        reference: walk::column_id(place.table, reference)?,
        column: id,
    })
}

fn erase(place: &Place, policy: &ErasePolicy, faults: &mut Faults) -> Option<ColumnErase> {
    let word = match policy {
        ErasePolicy::Word(word) => word,
        ErasePolicy::Retain(policy) => {
            let retain = retain::decided(place.table, place.column.name, policy, faults);
            return retain.map(ColumnErase::Retain);
        }
    };
    let erase = erase_word(word);
    if erase.is_none() {
        let word = quote(word);
        place.fault(
            faults,
            Kind::EraseUnknown,
            format_args!("has the erase {word}, which is not known; it is one of with_row, null, redact, truncate_day, truncate_ip, token, scan, or {{ retain, from, for, then }}"),
        );
    }
    erase
}

/// The strategy of that word.
pub(super) fn erase_word(word: &str) -> Option<ColumnErase> {
    match word {
        "with_row" => Some(ColumnErase::WithRow),
        "null" => Some(ColumnErase::Null),
        "redact" => Some(ColumnErase::Redact),
        "truncate_day" => Some(ColumnErase::TruncateDay),
        "truncate_ip" => Some(ColumnErase::TruncateIp),
        "token" => Some(ColumnErase::Token),
        "scan" => Some(ColumnErase::Scan),
        _ => None,
    }
}

/// What a reader is told; empty where nothing is said, which is filled in from the reference or refused.
fn description(place: &Place, decision: &Decision) -> String {
    let own = match decision {
        Decision::Own(policy) => policy.description.as_ref(),
        Decision::Grouped(_) => None,
    };
    own.or_else(|| place.own_descriptions.get(place.column.name))
        .or_else(|| place.descriptions.get(place.column.name))
        .cloned()
        .unwrap_or_default()
}
