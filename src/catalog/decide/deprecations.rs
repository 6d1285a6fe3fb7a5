//! What is said about parts of the API that are to go: that each has a replacement, and stays long enough.

use chrono::{Months, NaiveDate};
use toml::{Table, Value};

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::read::told;
use crate::catalog::deprecation::{Deprecation, LEAST_MONTHS};
use crate::catalog::policy::DeprecationPolicy;
use crate::error::quote;

/// The deprecations of the file, in the order of their places.
pub(super) fn decided(value: Option<Value>, faults: &mut Faults) -> Vec<Deprecation> {
    let entries = match value {
        None => Table::new(),
        Some(Value::Table(entries)) => entries,
        Some(_) => {
            faults.file(
                Kind::DeprecationMalformed,
                "deprecations is no table; write [deprecations]",
            );
            Table::new()
        }
    };
    let mut deprecations = Vec::new();
    for (place, value) in entries {
        match deprecation(&place, value) {
            Ok(deprecation) => deprecations.push(deprecation),
            Err((kind, text)) => {
                faults.file(kind, format_args!("the deprecation of {} {text}", quote(&place)));
            }
        }
    }
    deprecations
}

fn deprecation(place: &str, value: Value) -> Result<Deprecation, (Kind, String)> {
    let malformed = |text: String| (Kind::DeprecationMalformed, text);
    let policy: DeprecationPolicy = value
        .try_into()
        .map_err(|error| malformed(format!("cannot be read: {}", told(&error))))?;
    let declared = day(&policy.declared).map_err(malformed)?;
    let removed_after = day(&policy.removed_after).map_err(malformed)?;
    let least = declared.checked_add_months(Months::new(LEAST_MONTHS));
    if least.is_none_or(|least| removed_after < least) {
        let least = least.unwrap_or(NaiveDate::MAX);
        return Err((
            Kind::DeprecationTooSoon,
            format!(
                "leaves less than {LEAST_MONTHS} months from its declaration; write `removed_after = \"{least}\"` or later"
            ),
        ));
    }
    Ok(Deprecation {
        place: place.into(),
        replacement: policy.r#use,
        removed_after,
    })
}

fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("has the day {}; a day is like 2027-06-01", quote(text)))
}
